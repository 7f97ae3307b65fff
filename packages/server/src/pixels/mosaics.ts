import type { RasterLayout } from '@inlay/geo';
import { LRUCache } from 'lru-cache';
import { ServerError } from '../error.ts';
import { readShared } from '../storage/read-shared.ts';
import type { Storage } from '../storage/storage.ts';
import type { SourceLists } from '../virtual-rasters/generation-store.ts';
import { makeReadable } from '../virtual-rasters/make-readable.ts';
import { type MemoryDeps, sourceListsOf } from '../virtual-rasters/source-memory.ts';
import { deriveMembers, type MosaicMember, writeMembers } from './member-table.ts';
import { type BuiltOf, loadMembers, type MemberRow, type PixelRow } from './pixel-store.ts';
import type { MosaicParts, RasterPlace } from './raster-source.ts';

/** What virtual rasters are read by, loaded once for each build and each state of its members. */
export interface Mosaics {
  /** @throws ServerError `not_implemented` where a build was not made ready for reading */
  load(row: Pick<PixelRow, 'id' | 'generation_id' | 'mosaic_key' | 'member_epoch'>): Promise<MosaicParts>;
}

export interface MosaicsDeps extends MemoryDeps {
  readonly storage: Storage;
}

/** Of compiled mosaics and their members, both in memory that threads share: some million sources. */
const MAX_BYTES = 2 ** 28;

export function createMosaics(deps: MosaicsDeps): Mosaics {
  const { db, definitions, storage } = deps;
  const compiled = new LRUCache<string, Promise<SharedArrayBuffer>>({ max: 256 });
  const places = new LRUCache<string, MosaicParts>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ compiled: mosaic, members }) => mosaic.byteLength + members.byteLength,
  });

  /** Under what the newest parts of a virtual raster are known, by its id: the next build of it has most of the same. */
  const newest = new LRUCache<string, string>({ max: 4096 });

  async function membersOf(rows: readonly MemberRow[]): Promise<MosaicMember[]> {
    const layouts = await definitions.layouts(
      db,
      rows.map((row) => row.layout_id),
    );
    return rows.map((row) => memberOf(row, layouts.get(row.layout_id)!));
  }

  /** @param former what is known of an earlier build of the same, with its members as they are now */
  async function members(generationId: string, former: MosaicParts | undefined): Promise<SharedArrayBuffer> {
    const derived = former === undefined ? null : await derive(generationId, former);
    return derived ?? writeMembers(await membersOf(await loadMembers(db, { generationId })));
  }

  /** Loads those members alone that `former` has not; null where that is most of them. */
  async function derive(generationId: string, former: MosaicParts): Promise<SharedArrayBuffer | null> {
    const now = await sourceListsOf(deps, generationId);
    const then = await sourceListsOf(deps, former.generationId);
    if (now === undefined || then === undefined) return null;
    const { from, others } = differenceOf(now, then);
    if (2 * others.ids.length > from.length) return null;
    const rows = others.ids.length === 0 ? [] : await loadMembers(db, others);
    return rows.length === others.ids.length ? deriveMembers(former.members, from, await membersOf(rows)) : null;
  }

  /** By build: one that an older version made is made ready once, and one that cannot be is not tried for each tile. */
  const readable = new LRUCache<string, Promise<string | null>>({ max: 1024 });
  function keyOf(generationId: string): Promise<string | null> {
    let making = readable.get(generationId);
    if (making === undefined) {
      making = makeReadable({ db, definitions, storage }, generationId);
      readable.set(generationId, making);
      making.catch(() => readable.delete(generationId));
    }
    return making;
  }

  const underWay = new Map<string, Promise<MosaicParts>>();

  return {
    async load({ id, generation_id: generationId, mosaic_key: storedKey, member_epoch: epoch }) {
      const mosaicKey = storedKey ?? (generationId === null ? null : await keyOf(generationId));
      if (generationId === null || mosaicKey === null) {
        throw new ServerError(
          'not_implemented',
          'This version cannot show this virtual raster: it asks for what only GDAL computes, or was built by an older ' +
            'version of sources that have changed since. Open its VRT in QGIS, or create it again.',
        );
      }
      const key = `${generationId} ${epoch}`;
      const known = places.get(key);
      if (known !== undefined) return known;
      let loading = underWay.get(key);
      if (loading === undefined) {
        loading = loadParts(id, key, { generationId, mosaicKey, epoch }).finally(() => underWay.delete(key));
        underWay.set(key, loading);
      }
      return await loading;
    },
  };

  async function loadParts(
    id: string,
    key: string,
    { generationId, mosaicKey, epoch }: { generationId: string; mosaicKey: string; epoch: number },
  ): Promise<MosaicParts> {
    let reading = compiled.get(mosaicKey);
    if (reading === undefined) {
      reading = readShared(storage, mosaicKey);
      compiled.set(mosaicKey, reading);
      reading.catch(() => compiled.delete(mosaicKey));
    }
    const former = places.get(newest.get(id) ?? '');
    const parts: MosaicParts = {
      kind: 'mosaic',
      id: key,
      generationId,
      epoch,
      compiled: await reading,
      members: await members(generationId, former?.epoch === epoch ? former : undefined),
    };
    places.set(key, parts);
    newest.set(id, key);
    return parts;
  }
}

/** Where the sources of a build are in an earlier one, in the same version; those that are not. */
function differenceOf(now: SourceLists, then: SourceLists): { from: Int32Array; others: BuiltOf } {
  const places = new Map(then.source_ids.map((id, place) => [id, place]));
  const ids: string[] = [];
  const versions: number[] = [];
  const from = Int32Array.from(now.source_ids, (id, index) => {
    const place = places.get(id);
    const version = now.source_versions[index] ?? 1;
    if (place !== undefined && then.source_versions[place] === version) return place;
    ids.push(id);
    versions.push(version);
    return -1;
  });
  return { from, others: { ids, versions } };
}

function memberOf(row: MemberRow, layout: RasterLayout): MosaicMember {
  return {
    datasetId: row.id,
    version: row.version,
    name: row.title,
    width: row.width,
    height: row.height,
    layout,
    place: placeOf(row),
    isReplaced: row.version !== row.built_version,
  };
}

/** Where a single raster's bytes are. */
export function placeOf(row: Pick<MemberRow, 'object_key' | 'location' | 'source_state'>): RasterPlace {
  return row.location === null
    ? { kind: 'stored', objectKey: row.object_key ?? '' }
    : { kind: 'registered', location: row.location, states: row.source_state ?? {} };
}
