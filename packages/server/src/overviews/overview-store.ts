import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.ts';
import type { EarlierBuild } from './earlier-overviews.ts';
import type { StoredOverviews } from './stored-overviews.ts';

type Db = Kysely<Tables>;
type Trx = Transaction<Tables>;

/** A build as rendering its levels goes. */
export interface BuildToRender {
  readonly dataset_id: string;
  readonly number: number;
  readonly source_versions: number[];
  readonly mosaic_key: string | null;
  readonly overviews: StoredOverviews | null;
}

/** Undefined for a build that is not kept any more. */
export async function findBuild(db: Db, generationId: string): Promise<BuildToRender | undefined> {
  return await db
    .selectFrom('vrt_generations')
    .select(['dataset_id', 'number', 'source_versions', 'mosaic_key', 'overviews'])
    .where('id', '=', generationId)
    .executeTakeFirst();
}

/** The newest build of a virtual raster before a certain one that has rendered levels. */
export async function findEarlierBuild(
  db: Db,
  { dataset_id: datasetId, number }: Pick<BuildToRender, 'dataset_id' | 'number'>,
): Promise<EarlierBuild | null> {
  const row = await db
    .selectFrom('vrt_generations')
    .select(['mosaic_key', 'source_versions', 'overviews'])
    .where('dataset_id', '=', datasetId)
    .where('number', '<', number)
    .where(sql<boolean>`overviews <> 'null'`)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined || row.mosaic_key === null || row.overviews === null) return null;
  return { mosaicKey: row.mosaic_key, versions: row.source_versions, overviews: row.overviews };
}

/** Levels of a build, null where it has none; what is read of it depends on them. */
export async function findOverviews(db: Db, generationId: string): Promise<StoredOverviews | null> {
  const row = await db
    .selectFrom('vrt_generations')
    .select('overviews')
    .where('id', '=', generationId)
    .executeTakeFirst();
  return row?.overviews ?? null;
}

/** Links levels to their build. False where it is not kept any more, or has some. */
export async function linkOverviews(trx: Trx, generationId: string, overviews: StoredOverviews): Promise<boolean> {
  const updated = await trx
    .updateTable('vrt_generations')
    .set({ overviews: JSON.stringify(overviews) })
    .where('id', '=', generationId)
    .where(sql<boolean>`overviews = 'null'`)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

/** Which of these keys a build's levels are stored under. */
export async function linkedKeys(db: Db, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const { rows } = await sql<{ key: string }>`
    SELECT object ->> 'key' AS key
    FROM vrt_generations, jsonb_array_elements(overviews -> 'objects') AS object
    WHERE jsonb_typeof(overviews) = 'object' AND object ->> 'key' = ANY (${sql.val([...keys])}::text[])`.execute(db);
  return new Set(rows.map(({ key }) => key));
}

/** The objects of a build's levels, for whoever removes it. */
export function overviewKeys({ overviews }: { readonly overviews: StoredOverviews | null }): string[] {
  return (overviews?.objects ?? []).map(({ key }) => key);
}
