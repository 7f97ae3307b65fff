import { type Kysely, sql } from 'kysely';
import { type Actor, visibleTo } from '../access.ts';
import type { RecordType, SourceState, StoredStatistics, Tables, Visibility } from '../db/tables.ts';

type Db = Kysely<Tables>;

/** The transaction that wrote the row as it is (PostgreSQL, 5.6, "System Columns"): no two states of it have the same. */
const STAMP = sql<string>`rasters.xmin::text`.as('stamp');

/** What every request for pixels looks up: whose they are, and which version of them there is. */
export interface PixelRow {
  id: string;
  record_type: RecordType;
  visibility: Visibility;
  version: number;
  generation_id: string | null;
  /** Another whenever anything that is known of the raster changes, its statistics included. */
  stamp: string;
}

/**
 * A dataset whose pixels the actor may see, or undefined: there is none, they may not see it, or it is a virtual raster
 * with a source that they may not see. Its pixels are its sources', whatever its own visibility.
 */
export async function findPixels(db: Db, actor: Actor | null, id: string): Promise<PixelRow | undefined> {
  return await db
    .selectFrom('datasets')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .leftJoin('vrts', 'vrts.dataset_id', 'datasets.id')
    .leftJoin('vrt_generations', 'vrt_generations.id', 'vrts.generation_id')
    .select([
      'datasets.id',
      'datasets.record_type',
      'datasets.visibility',
      'rasters.version',
      'vrts.generation_id',
      STAMP,
    ])
    .where('datasets.id', '=', id)
    .where((eb) => visibleTo(actor)(eb as never))
    .$if(actor?.role !== 'admin', (query) =>
      query.where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('datasets')
              .select(sql`1`.as('hidden'))
              .where(sql<boolean>`datasets.id = ANY (vrt_generations.source_ids)`)
              .where((eb) => eb.not(visibleTo(actor)(eb))),
          ),
        ),
      ),
    )
    .executeTakeFirst();
}

/** What rendering a raster starts from. */
export interface RasterFactsRow {
  version: number;
  stamp: string;
  title: string;
  width: number;
  height: number;
  affine: number[] | null;
  georeference: 'affine' | 'gcp' | 'rpc' | 'none';
  crs_id: number | null;
  layout_id: number;
  statistics: (StoredStatistics | null)[];
  bbox: number[] | null;
  object_key: string | null;
  location: string | null;
  source_state: Record<string, SourceState> | null;
}

/** The facts of a dataset's raster, without looking at who asks. */
export async function loadRasterFacts(db: Db, id: string): Promise<RasterFactsRow | undefined> {
  return await db
    .selectFrom('rasters')
    .innerJoin('datasets', 'datasets.id', 'rasters.dataset_id')
    .select([
      'rasters.version',
      STAMP,
      'datasets.title',
      'rasters.width',
      'rasters.height',
      'rasters.affine',
      'rasters.georeference',
      'rasters.crs_id',
      'rasters.layout_id',
      'rasters.statistics',
      'datasets.bbox',
      'rasters.object_key',
      'rasters.location',
      'rasters.source_state',
    ])
    .where('rasters.dataset_id', '=', id)
    .executeTakeFirst();
}

/** How a dataset is called, for documents that name it. */
export async function loadTitle(db: Db, id: string): Promise<{ title: string; summary: string | null } | undefined> {
  return await db.selectFrom('datasets').select(['title', 'summary']).where('id', '=', id).executeTakeFirst();
}
