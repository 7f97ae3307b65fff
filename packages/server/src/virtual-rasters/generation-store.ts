import { type Kysely, type Selectable, sql } from 'kysely';
import { type Actor, visibleTo } from '../access.ts';
import type { Tables, VrtGenerationsTable } from '../db/tables.ts';

type Db = Kysely<Tables>;

/** A build that was published. */
export type Generation = Selectable<VrtGenerationsTable>;

/** The generation that a virtual raster shows now. */
export async function findGeneration(db: Db, generationId: string): Promise<Generation | undefined> {
  return await db.selectFrom('vrt_generations').selectAll().where('id', '=', generationId).executeTakeFirst();
}

export async function listGenerations(
  db: Db,
  datasetId: string,
  page: { limit: number; skip: number },
): Promise<{
  generations: Omit<Generation, 'source_ids' | 'source_versions' | 'chunks_key' | 'mosaic_key' | 'paint_order'>[];
  total: number;
}> {
  const own = db.selectFrom('vrt_generations').where('dataset_id', '=', datasetId);
  const generations = await own
    .select(['id', 'dataset_id', 'number', 'object_key', 'source_count', 'triggered_by', 'started_at', 'completed_at'])
    .select(['options', 'requires_gdal'])
    .orderBy('number', 'desc')
    .limit(page.limit)
    .offset(page.skip)
    .execute();
  const { total } = await own.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  return { generations, total };
}

/** A member of a virtual raster, as lists and downloads need it. */
export interface Member {
  id: string;
  title: string;
  created_by: string;
  version: number;
  width: number;
  height: number;
  affine: number[] | null;
  crs_id: number | null;
  layout_id: number;
  bbox: number[] | null;
  object_key: string | null;
  location: string | null;
  sidecars: string[];
}

/** The members that the actor may see, by id. */
export async function visibleMembers(
  db: Db,
  actor: Actor | null,
  ids: readonly string[],
): Promise<Map<string, Member>> {
  const rows = await db
    .selectFrom('datasets')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .select([
      'datasets.id',
      'datasets.title',
      'datasets.created_by',
      'datasets.bbox',
      'rasters.version',
      'rasters.width',
      'rasters.height',
      'rasters.affine',
      'rasters.crs_id',
      'rasters.layout_id',
      'rasters.object_key',
      'rasters.location',
      'rasters.sidecars',
    ])
    .where((eb) => eb('datasets.id', '=', eb.fn.any(eb.val([...ids]))))
    .where((eb) => visibleTo(actor)(eb as never))
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}
