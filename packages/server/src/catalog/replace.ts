import type { Kysely, Transaction } from 'kysely';
import type { Actor } from '../access.ts';
import type { Tables } from '../db/tables.ts';
import { ServerError } from '../error.ts';
import { insertJob, type Job } from '../jobs/job-store.ts';
import type { DatasetRow } from './dataset-store.ts';
import { checkCommit, type CommitFields, receiveAndCommit, type UploadDeps } from './uploads.ts';
import { findReplacement, lockReplacement } from './version-store.ts';
import type { RefreshDeps, RefreshInput } from './refresh-job.ts';

type ReplaceFields = Pick<CommitFields, 'srid_override' | 'nodata_override'>;

/**
 * Receives a file that is to take the place of an uploaded raster, and queues the work. One at a time for each dataset:
 * which of two replacements is the newer one is not decided by which of them is converted sooner.
 *
 * @throws ServerError `not_replaceable`, `dataset_busy`; ValidationError where the file is not one to catalogue
 */
export async function replaceUpload(
  deps: UploadDeps,
  actor: Actor,
  row: DatasetRow,
  upload: { filename: string; bytes: AsyncIterable<Uint8Array>; fields: ReplaceFields },
  context: { requestId: string; signal: AbortSignal },
): Promise<Job> {
  requireUploaded(row);
  // Before the file arrives: else it would arrive for nothing.
  await checkCommit(upload.fields);
  await requireIdle(deps.db, row);
  const fields = { title: row.title, ...upload.fields };
  return await receiveAndCommit(
    deps,
    actor,
    upload,
    () => fields,
    { ...context, replaces: row.id },
    async (trx) => {
      await lockReplacement(trx, row.id);
      await requireIdle(trx, row);
    },
  );
}

/**
 * Queues another look at the files behind registered rasters.
 * @throws ServerError `not_replaceable`
 */
export async function refreshRaster(
  deps: RefreshDeps,
  actor: Actor,
  row: DatasetRow,
  requestId: string,
): Promise<string> {
  if (row.location === null) {
    throw new ServerError(
      'not_replaceable',
      row.record_type === 'vrt_dataset'
        ? `"${row.title}" is virtual: what it shows changes when it is regenerated.`
        : `"${row.title}" was uploaded, so nothing changes behind it. Replace it: POST /api/datasets/{id}/replace.`,
    );
  }
  return await queueRefresh(deps, { owner: actor.userId, requestId }, [row.id]);
}

/** Queues the job that reads the files behind registered rasters again. */
export async function queueRefresh(
  { db, queue }: RefreshDeps,
  { owner, requestId }: { readonly owner: string; readonly requestId: string | null },
  datasetIds: readonly string[],
): Promise<string> {
  const input: RefreshInput = { v: 1, datasetIds };
  const [only] = datasetIds;
  const jobId = await db.transaction().execute(async (trx) => {
    const id = await insertJob(trx, {
      kind: 'raster_refresh',
      input,
      owner,
      requestId,
      ...(datasetIds.length === 1 && only !== undefined ? { datasetId: only } : {}),
      queued: true,
    });
    await queue.send(trx, 'raster_refresh', id);
    return id;
  });
  queue.wake('raster_refresh');
  return jobId;
}

function requireUploaded(row: DatasetRow): void {
  if (row.record_type === 'vrt_dataset') {
    throw new ServerError('not_replaceable', `"${row.title}" is virtual: change its sources instead.`);
  }
  if (row.object_key !== null) return;
  throw new ServerError(
    'not_replaceable',
    `"${row.title}" was registered where it lies. Change the file there, then POST /api/datasets/{id}/refresh.`,
  );
}

async function requireIdle(db: Kysely<Tables> | Transaction<Tables>, row: DatasetRow): Promise<void> {
  const jobId = await findReplacement(db, row.id);
  if (jobId === undefined) return;
  throw new ServerError('dataset_busy', `"${row.title}" is being replaced already. Wait for that job, or cancel it.`, {
    details: { job_id: jobId },
  });
}
