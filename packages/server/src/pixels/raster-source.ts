import { createHash } from 'node:crypto';
import type { Affine, Crs, RasterLayout } from '@inlay/geo';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Definitions } from '../catalog/definitions.ts';
import type { RegisteredPlace } from '../catalog/source-state.ts';
import type { StoredStatistics, Tables } from '../db/tables.ts';
import { notFound } from '../error.ts';
import { findOverviews } from '../overviews/overview-store.ts';
import type { StoredOverviews } from '../overviews/stored-overviews.ts';
import { type Mosaics, placeOf } from './mosaics.ts';
import { loadRasterFacts, type PixelRow, type RasterFactsRow } from './pixel-store.ts';

/**
 * A raster to read pixels of, as plain data that threads are told: what the catalogue says of it, which may be more than
 * its file does (a CRS or a nodata value that was given with it), and where its bytes are.
 */
export interface RasterSource {
  readonly datasetId: string;
  /** Changes with the pixels and with all that is known of them. */
  readonly key: string;
  /** Grows with the pixels. */
  readonly version: number;
  /** How messages name it. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly affine: Affine | null;
  readonly crs: Crs | null;
  readonly layout: RasterLayout;
  /** `statistics[0]` is band 1. */
  readonly statistics: readonly (StoredStatistics | null)[];
  /** RFC 7946: west > east across the antimeridian. Null where it has no place on Earth. */
  readonly bbox: readonly [number, number, number, number] | null;
  readonly place: RasterPlace | MosaicPlace;
}

/** Where a raster's bytes are: in our storage, or where it was registered. */
export type RasterPlace =
  | { readonly kind: 'stored'; readonly objectKey: string }
  | ({ readonly kind: 'registered' } & RegisteredPlace);

/** What a virtual raster is made of. The two buffers are shared with threads, not copied. */
export interface MosaicParts {
  readonly kind: 'mosaic';
  /** Of the build and the state of its members: what threads know it by. */
  readonly id: string;
  readonly generationId: string;
  /** The state of its members: `PixelRow.member_epoch`. */
  readonly epoch: number;
  /** mosaic: `openCompiledMosaic`. */
  readonly compiled: SharedArrayBuffer;
  /** `readMembers`. */
  readonly members: SharedArrayBuffer;
}

/** What a virtual raster is read by. */
export interface MosaicPlace extends MosaicParts {
  /** Its rendered levels; null without any. */
  readonly overviews: StoredOverviews | null;
}

/** Rasters known by the version of them, so that a tile asks the database for that alone. */
export interface RasterSources {
  /**
   * Null where a virtual raster has come to show another build since the row was read: whose sources those are has to be
   * asked anew.
   *
   * @throws ServerError `not_found` where it has just been deleted, `not_implemented`
   */
  load(row: PixelRow): Promise<RasterSource | null>;
}

const HELD = 4096;

export function createRasterSources(db: Kysely<Tables>, definitions: Definitions, mosaics: Mosaics): RasterSources {
  const held = new LRUCache<string, RasterSource>({ max: HELD });

  async function mosaicPlace(row: PixelRow): Promise<MosaicPlace> {
    const parts = await mosaics.load(row);
    return { ...parts, overviews: await findOverviews(db, parts.generationId) };
  }

  return {
    async load(row) {
      const known = held.get(versionKey(row, row));
      if (known !== undefined) return known;
      const facts = await loadRasterFacts(db, row.id);
      if (facts === undefined) throw notFound('dataset');
      if (facts.generation_id !== row.generation_id) return null;
      const crs = facts.crs_id === null ? null : (await definitions.crs(db, [facts.crs_id])).get(facts.crs_id);
      const layout = (await definitions.layouts(db, [facts.layout_id])).get(facts.layout_id);
      if (layout === undefined || crs === undefined)
        throw new Error(`dataset ${row.id} names facts that are not stored`);
      const place = row.record_type === 'vrt_dataset' ? await mosaicPlace(row) : placeOf(facts);
      // What was loaded may be newer than the row.
      const key = versionKey({ ...row, overviews_id: overviewsIdOf(place) }, facts);
      const source: RasterSource = {
        datasetId: row.id,
        key,
        version: facts.version,
        name: facts.title,
        width: facts.width,
        height: facts.height,
        affine: facts.affine as Affine | null,
        crs,
        layout,
        statistics: facts.statistics,
        bbox: facts.bbox as RasterSource['bbox'],
        place,
      };
      held.set(key, source);
      return source;
    },
  };
}

function overviewsIdOf(place: RasterSource['place']): string | null {
  return place.kind === 'mosaic' ? (place.overviews?.id ?? null) : null;
}

/** What a state of a raster is known by, among all states of all rasters: of a virtual one, its members' and levels' too. */
function versionKey(
  { id, generation_id: generationId, member_epoch: epoch, overviews_id: overviewsId }: PixelRow,
  { version, stamp }: Pick<RasterFactsRow, 'version' | 'stamp'>,
): string {
  const parts = [id, version, stamp, ...(generationId === null ? [] : [generationId, epoch, overviewsId ?? ''])];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}
