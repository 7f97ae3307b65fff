import { isCodedError } from '@inlay/geo';
import { actorOfUser } from '../auth/user-store.ts';
import { type Actor, mayChange } from '../access.ts';
import { JobError } from '../error.ts';
import { completeJob, heartbeat, insertJob } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import { type Attempt, type Handler, OvertakenError } from '../jobs/worker.ts';
import { type DatasetRow, findDataset, lockDatasets } from './dataset-store.ts';
import { type ReadRegisteredDeps, readRegistered, stateOf } from './read-registered.ts';
import { sameStates } from './source-state.ts';
import { replaceRaster } from './version-store.ts';

export interface RefreshDeps extends ReadRegisteredDeps {
  readonly queue: Queue;
}

/** The `input` of a `raster_refresh` job. */
export interface RefreshInput {
  readonly v: 1;
  readonly datasetIds: readonly string[];
}

/** A job's warnings are read by people. */
const MAX_WARNINGS = 100;

/**
 * The `raster_refresh` job: registered rasters whose files have changed are read again and get a new version. What is
 * built of the former one stays as it is, and shows nothing where the file was: its old pixels are gone.
 */
export function refreshHandler(deps: RefreshDeps): Handler {
  return {
    run: (attempt) => refreshAll(deps, attempt),
    // What was refreshed is good by itself and stays.
    giveUp: () => Promise.resolve(),
  };
}

async function refreshAll(deps: RefreshDeps, { job, signal, report }: Attempt): Promise<void> {
  const { datasetIds } = job.input as RefreshInput;
  const actor = await actorOfUser(deps.db, job.owner);
  const warnings: string[] = [];
  const refreshed: string[] = [];
  for (const [index, id] of datasetIds.entries()) {
    signal.throwIfAborted();
    const shown = { progress: index / datasetIds.length, step: 'reading header' };
    report(shown.progress, shown.step);
    try {
      const outcome = await refreshOne(deps, { job, signal }, actor, id, shown);
      if (outcome === 'refreshed') refreshed.push(id);
      else if (warnings.length < MAX_WARNINGS) warnings.push(outcome);
    } catch (error) {
      signal.throwIfAborted();
      // Asked for one, its failure is the job's; of many, the others are read all the same.
      if (datasetIds.length === 1 || !isCodedError(error)) throw error;
      if (warnings.length < MAX_WARNINGS) warnings.push(error.message);
    }
  }
  await deps.db.transaction().execute(async (trx) => {
    const datasetId = datasetIds.length === 1 ? (datasetIds[0] ?? null) : null;
    if (!(await completeJob(trx, job.id, job.attempt, { datasetId, warnings })))
      throw new OvertakenError('cancelled or taken over');
    if (refreshed.length === 0) return;
    const followUp = await insertJob(trx, {
      kind: 'quicklook',
      input: { v: 1, datasetIds: refreshed },
      owner: job.owner,
      requestId: job.request_id,
      queued: true,
    });
    await deps.queue.send(trx, 'quicklook', followUp);
  });
  deps.queue.wake('quicklook');
}

/** @returns why there was nothing to do, as a sentence, or that something was done */
async function refreshOne(
  deps: RefreshDeps,
  { job, signal }: Pick<Attempt, 'job' | 'signal'>,
  actor: Actor | null,
  id: string,
  shown: { progress: number; step: string },
): Promise<string> {
  const row = actor === null ? undefined : await findDataset(deps.db, actor, id);
  if (actor === null || row === undefined || row.location === null || !mayChange(actor, row)) {
    throw new JobError(
      'dataset_gone',
      'The dataset was deleted, or may no longer be changed by whoever asked for this.',
    );
  }
  const state = await stateOfFile(deps, row, signal);
  if (sameStates(row.source_state ?? {}, state)) return `"${row.title}" has not changed.`;
  const { place, raster } = await readRegistered(deps, row.location, state, signal);
  return await deps.db.transaction().execute(async (trx) => {
    await lockDatasets(trx, [id]);
    if (!(await heartbeat(trx, job.id, job.attempt, shown))) throw new OvertakenError('cancelled or taken over');
    const version = await replaceRaster(trx, id, { place, raster, jobId: job.id }, row.version);
    return version === null ? `"${row.title}" has just been read again by another job.` : 'refreshed';
  });
}

async function stateOfFile(deps: RefreshDeps, row: DatasetRow, signal: AbortSignal) {
  try {
    return await stateOf(deps, row.location ?? '', signal);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    throw new JobError('unreadable_raster', `"${row.title}" cannot be read: ${error.message}.`, { cause: error });
  }
}
