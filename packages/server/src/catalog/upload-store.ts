import { type Kysely, sql } from 'kysely';
import type { Tables } from '../db/tables.ts';
import type { Job } from '../jobs/job-store.ts';
import { doomObjects } from './doomed-store.ts';
import type { UploadInput } from './uploads.ts';

type Db = Kysely<Tables>;

/** Notes that all bytes have arrived. Undefined where the job was cancelled meanwhile. */
export async function markReceived(db: Db, jobId: string, input: UploadInput): Promise<Job | undefined> {
  return await db
    .updateTable('jobs')
    .set({ input: JSON.stringify(input), current_step: 'waiting for commit', updated_at: sql`now()` })
    .where('id', '=', jobId)
    .where('status', '=', 'pending')
    .returningAll()
    .executeTakeFirst();
}

/** Forgets an upload that never came to be one. */
export async function forgetUpload(db: Db, jobId: string): Promise<void> {
  await db.deleteFrom('jobs').where('id', '=', jobId).where('status', '=', 'pending').execute();
}

/** Uploads that nobody committed, or whose bytes are kept for a retry that did not come, for at least `hours`. */
export async function findStaleUploads(db: Db, hours: number): Promise<Pick<Job, 'id' | 'status' | 'input'>[]> {
  return await db
    .selectFrom('jobs')
    .select(['id', 'status', 'input'])
    .where('kind', '=', 'upload')
    .where(
      sql<boolean>`(status IN ('failed', 'cancelled') AND input -> 'stored' <> 'null'::jsonb OR status = 'pending' AND NOT queued)`,
    )
    .where(sql<boolean>`updated_at < now() - make_interval(hours => ${hours})`)
    .limit(1000)
    .execute();
}

/**
 * Gives an upload's bytes up, unless it was committed or tried again since it was found stale; one that still waited
 * for its commit has failed by that.
 */
export async function expireUpload(db: Db, job: Pick<Job, 'id' | 'status' | 'input'>, key: string): Promise<void> {
  const emptied: UploadInput = { ...(job.input as UploadInput), stored: null };
  const expired = {
    status: 'failed' as const,
    error_code: 'upload_expired',
    error_message: 'The upload was not committed within a day.',
  };
  await db.transaction().execute(async (trx) => {
    let stillStale = trx
      .updateTable('jobs')
      .set({ input: JSON.stringify(emptied), ...(job.status === 'pending' ? expired : {}) })
      .where('id', '=', job.id)
      .where('status', '=', job.status);
    if (job.status === 'pending') stillStale = stillStale.where('queued', '=', false);
    const { numUpdatedRows } = await stillStale.executeTakeFirst();
    if (numUpdatedRows === 1n) await doomObjects(trx, [key]);
  });
}

/** The objects of what came of this job, as long as it is the newest version or kept as a former one. */
export async function publishedObjects(db: Db, jobId: string): Promise<ReadonlySet<string | null>> {
  const rows = await db
    .selectFrom('rasters')
    .select(['object_key', 'quicklook_key'])
    .where('job_id', '=', jobId)
    .unionAll(db.selectFrom('raster_versions').select(['object_key', 'quicklook_key']).where('job_id', '=', jobId))
    .execute();
  return new Set(rows.flatMap((row) => [row.object_key, row.quicklook_key]));
}
