import type { RasterLayout } from '@inlay/geo';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Definitions } from '../catalog/definitions.ts';
import type { Tables } from '../db/tables.ts';
import { ServerError } from '../error.ts';
import { readShared } from '../storage/read-shared.ts';
import type { Storage } from '../storage/storage.ts';
import { type MosaicMember, writeMembers } from './member-table.ts';
import { loadMembers, type MemberRow, type PixelRow } from './pixel-store.ts';
import { makeReadable } from '../virtual-rasters/make-readable.ts';
import type { MosaicParts, RasterPlace } from './raster-source.ts';

/** What virtual rasters are read by, loaded once for each build and each state of its members. */
export interface Mosaics {
  /** @throws ServerError `not_implemented` where a build was not made ready for reading */
  load(row: Pick<PixelRow, 'generation_id' | 'mosaic_key' | 'member_epoch'>): Promise<MosaicParts>;
}

export interface MosaicsDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly storage: Storage;
}

/** Of compiled mosaics and their members, both in memory that threads share: some million sources. */
const MAX_BYTES = 2 ** 28;

export function createMosaics({ db, definitions, storage }: MosaicsDeps): Mosaics {
  const compiled = new LRUCache<string, Promise<SharedArrayBuffer>>({ max: 256 });
  const places = new LRUCache<string, MosaicParts>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ compiled: mosaic, members }) => mosaic.byteLength + members.byteLength,
  });

  async function members(generationId: string): Promise<SharedArrayBuffer> {
    const rows = await loadMembers(db, generationId);
    const layouts = await definitions.layouts(
      db,
      rows.map((row) => row.layout_id),
    );
    return writeMembers(rows.map((row) => memberOf(row, layouts.get(row.layout_id)!)));
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

  return {
    async load({ generation_id: generationId, mosaic_key: storedKey, member_epoch: epoch }) {
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
      let reading = compiled.get(mosaicKey);
      if (reading === undefined) {
        reading = readShared(storage, mosaicKey);
        compiled.set(mosaicKey, reading);
        reading.catch(() => compiled.delete(mosaicKey));
      }
      const parts: MosaicParts = {
        kind: 'mosaic',
        id: key,
        generationId,
        compiled: await reading,
        members: await members(generationId),
      };
      places.set(key, parts);
      return parts;
    },
  };
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
