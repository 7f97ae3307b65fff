import { EXPORT_KEPT_HOURS } from '@inlay/contract';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { doomObjects } from '../catalog/doomed-store.ts';
import type { ExportResultsTable, Tables } from '../db/tables.ts';

// The files that export jobs have made.

type Db = Kysely<Tables>;

/** A file that a job has made. */
export type ExportResult = Selectable<ExportResultsTable>;

/** Keeps a file for its job's owner from now on, in the transaction that completes the job. */
export async function insertExportResult(
  trx: Transaction<Tables>,
  result: Omit<ExportResult, 'expires_at'>,
): Promise<void> {
  await trx
    .insertInto('export_results')
    .values({ ...result, expires_at: sql<Date>`now() + make_interval(hours => ${EXPORT_KEPT_HOURS})` })
    .execute();
}

/** The file of a job; undefined where it has made none, or that has expired. */
export async function findExportResult(db: Db, jobId: string): Promise<ExportResult | undefined> {
  return await db
    .selectFrom('export_results')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
}

/** What a job has published that lies in the storage: its file, or its dataset's raster and thumbnail. */
export async function exportedObjects(db: Db, jobId: string): Promise<ReadonlySet<string | null>> {
  const results = await db.selectFrom('export_results').select('object_key').where('job_id', '=', jobId).execute();
  const rasters = await db
    .selectFrom('rasters')
    .innerJoin('datasets', 'datasets.id', 'rasters.dataset_id')
    .select(['rasters.object_key', 'rasters.quicklook_key'])
    .where('datasets.job_id', '=', jobId)
    .execute();
  return new Set([
    ...results.map(({ object_key: key }) => key),
    ...rasters.flatMap(({ object_key: key, quicklook_key: quicklook }) => [key, quicklook]),
  ]);
}

/** How many files have expired and are still there, what they take, and the keys of the first of them. */
export async function listExpiredExports(
  db: Db,
  limit: number,
): Promise<{ count: number; bytes: number; keys: string[] }> {
  const expired = db.selectFrom('export_results').where('expires_at', '<=', sql<Date>`now()`);
  const { count, bytes } = await expired
    .select([sql<number>`count(*)::int`.as('count'), sql<number>`coalesce(sum(bytes), 0)::float8`.as('bytes')])
    .executeTakeFirstOrThrow();
  const rows = await expired.select('object_key').orderBy('expires_at').limit(limit).execute();
  return { count, bytes, keys: rows.map(({ object_key: key }) => key) };
}

/** Forgets files that have expired; they are removed with whatever else is doomed. */
export async function expireExports(db: Db): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const expired = await trx
      .deleteFrom('export_results')
      .where('expires_at', '<=', sql<Date>`now()`)
      .returning('object_key')
      .execute();
    await doomObjects(
      trx,
      expired.map(({ object_key: key }) => key),
    );
  });
}

/** Forgets the files that were exported of a dataset, in the transaction that deletes it; they are removed with its own. */
export async function forgetExportsOf(trx: Transaction<Tables>, datasetId: string): Promise<void> {
  const forgotten = await trx
    .deleteFrom('export_results')
    .using('jobs')
    .whereRef('jobs.id', '=', 'export_results.job_id')
    .where('jobs.kind', '=', 'export')
    .where(sql<boolean>`jobs.input ->> 'datasetId' = ${datasetId}`)
    .returning('export_results.object_key')
    .execute();
  await doomObjects(
    trx,
    forgotten.map(({ object_key: key }) => key),
  );
}

/**
 * Fails what is exported of a dataset, or waits to be, in the transaction that deletes the dataset. What has been written of
 * it is removed by its worker, which is to be interrupted once that is committed, or finds out at its next sign of life.
 *
 * @returns the jobs that have failed
 */
export async function failExportsOf(trx: Transaction<Tables>, datasetId: string): Promise<string[]> {
  const failed = await trx
    .updateTable('jobs')
    .set({
      status: 'failed',
      current_step: null,
      error_code: 'export_refused',
      error_message: 'The dataset was deleted before the export was done.',
      lease_expires_at: null,
      completed_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .where('kind', '=', 'export')
    .where('status', 'in', ['pending', 'running'])
    .where(sql<boolean>`input ->> 'datasetId' = ${datasetId}`)
    .returning('id')
    .execute();
  return failed.map(({ id }) => id);
}
