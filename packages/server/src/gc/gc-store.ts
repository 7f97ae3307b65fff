import { type Kysely, type RawBuilder, sql } from 'kysely';
import { lockDatasets } from '../catalog/dataset-store.ts';
import type { Tables } from '../db/tables.ts';
import { linkedKeys } from '../overviews/overview-store.ts';
import { forgetOldGenerations, KEPT_GENERATIONS } from '../virtual-rasters/generation-store.ts';
import type { JobObject } from './object-names.ts';

type Db = Kysely<Tables>;

/** Those of the objects that no row names, and that no job may be about to name. */
export async function findOrphans<T extends JobObject>(db: Db, objects: readonly T[]): Promise<T[]> {
  if (objects.length === 0) return [];
  const names = [...new Set(objects.map(({ namedBy }) => namedBy))];
  const jobIds = [...new Set(objects.map(({ jobId }) => jobId))];
  const { rows } = await sql<{ key: string }>`
    SELECT object_key AS key FROM rasters WHERE object_key = ANY (${names}::text[])
    UNION ALL SELECT quicklook_key FROM rasters WHERE quicklook_key = ANY (${names}::text[])
    UNION ALL SELECT original ->> 'key' FROM rasters WHERE job_id = ANY (${jobIds}::uuid[])
    UNION ALL SELECT object_key FROM raster_versions WHERE object_key = ANY (${names}::text[])
    UNION ALL SELECT quicklook_key FROM raster_versions WHERE quicklook_key = ANY (${names}::text[])
    UNION ALL SELECT original ->> 'key' FROM raster_versions WHERE job_id = ANY (${jobIds}::uuid[])
    UNION ALL SELECT object_key FROM vrt_generations WHERE object_key = ANY (${names}::text[])
    UNION ALL SELECT object_key FROM export_results WHERE job_id = ANY (${jobIds}::uuid[])
    UNION ALL SELECT key FROM doomed_objects WHERE key = ANY (${objects.map(({ key }) => key)}::text[])
    UNION ALL SELECT input -> 'stored' ->> 'key' FROM jobs
      WHERE id = ANY (${jobIds}::uuid[]) AND kind = 'upload' AND jsonb_typeof(input -> 'stored') = 'object'`.execute(
    db,
  );
  const { rows: active } = await sql<{ id: string }>`
    SELECT id FROM jobs WHERE id = ANY (${jobIds}::uuid[]) AND status IN ('pending', 'running')`.execute(db);
  const levels = names.filter((name) => name.startsWith('overviews/'));
  const named = new Set([...rows.map(({ key }) => key), ...(await linkedKeys(db, levels))]);
  const working = new Set(active.map(({ id }) => id));
  return objects.filter(({ key, namedBy, jobId }) => !named.has(namedBy) && !named.has(key) && !working.has(jobId));
}

/** The first of the objects that are to be removed since a transaction that was committed, and how many there are. */
export async function listDoomed(db: Db, limit: number): Promise<{ keys: string[]; count: number }> {
  const rows = await db.selectFrom('doomed_objects').select('key').orderBy('key').limit(limit).execute();
  const { count } = await db
    .selectFrom('doomed_objects')
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow();
  return { keys: rows.map(({ key }) => key), count };
}

/** How long the row of a job that went well, or was cancelled, can be asked for; and of one that failed. */
export const JOB_KEPT_DAYS = 30;
export const FAILED_JOB_KEPT_DAYS = 90;

/** Jobs that ended long ago. Those of uploads whose bytes are still kept go after these. */
const OLD_JOB: RawBuilder<boolean> = sql`
  status IN ('complete', 'cancelled', 'failed')
  AND coalesce(completed_at, updated_at) < now()
    - make_interval(days => CASE status WHEN 'failed' THEN ${sql.lit(FAILED_JOB_KEPT_DAYS)} ELSE ${sql.lit(JOB_KEPT_DAYS)} END)
  AND (kind <> 'upload' OR status = 'complete' OR jsonb_typeof(input -> 'stored') IS DISTINCT FROM 'object')`;

export async function countOldJobs(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('jobs')
    .select(sql<number>`count(*)::int`.as('count'))
    .where(OLD_JOB)
    .executeTakeFirstOrThrow();
  return count;
}

/** @returns how many there were, `limit` at most */
export async function deleteOldJobs(db: Db, limit: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('jobs')
    .where('id', 'in', (eb) => eb.selectFrom('jobs').select('id').where(OLD_JOB).limit(limit))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Virtual rasters with more builds than are kept, as there are after an interruption or with a lower limit than before. */
function crowded(db: Db) {
  return db
    .selectFrom('vrts')
    .innerJoin('vrt_generations as g', 'g.dataset_id', 'vrts.dataset_id')
    .select(['vrts.dataset_id', 'vrts.generation_id'])
    .select(sql<number>`(count(*) - ${KEPT_GENERATIONS})::int`.as('surplus'))
    .groupBy(['vrts.dataset_id', 'vrts.generation_id'])
    .having(sql<boolean>`count(*) > ${KEPT_GENERATIONS}`);
}

/** How many builds are kept beyond what is to be. */
export async function countSurplusGenerations(db: Db): Promise<number> {
  const rows = await crowded(db).execute();
  return rows.reduce((sum, { surplus }) => sum + surplus, 0);
}

/** Forgets them, virtual raster by virtual raster, and dooms their objects. */
export async function forgetSurplusGenerations(db: Db): Promise<void> {
  for (const { dataset_id: id, generation_id: shownId } of await crowded(db).execute()) {
    await db.transaction().execute(async (trx) => {
      await lockDatasets(trx, [id]);
      await forgetOldGenerations(trx, id, shownId);
    });
  }
}

/** How many rows of sign-ins there are that no longer hold. */
export async function countExpiredSignIns(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT ((SELECT count(*) FROM tokens WHERE expires_at < now())
      + (SELECT count(*) FROM sign_in_codes WHERE expires_at < now()))::int AS count`.execute(db);
  return rows[0]?.count ?? 0;
}
