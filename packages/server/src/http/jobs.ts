import { isFinalJobStatus, JOB_EVENT, type Job as JobJson } from '@inlay/contract';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { type Actor, mayHaveDone } from '../access.ts';
import { recordChange } from '../audit/audit-store.ts';
import { actorOfUser } from '../auth/user-store.ts';
import { lockLinks } from '../catalog/dataset-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import { canRetry, isFromNewerProgram, isJobKind, queueOf } from '../jobs/job.ts';
import { cancelJob, findJob, findShownJob, type Job, listJobs, retryJob, type ShownJob } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Handlers as JobHandlersByKind, Worker } from '../jobs/worker.ts';
import { asOnlyBuild, isOutdatedChange } from '../virtual-rasters/change-store.ts';
import { lockShownGeneration } from '../virtual-rasters/generation-store.ts';
import { correctedInput, type RetryDeps } from '../retry.ts';
import { signedIn } from './auth.ts';
import { ANSWERED, type Handlers } from './bind.ts';
import { queueing } from './queueing.ts';

export interface JobsDeps extends RetryDeps {
  readonly db: Kysely<Tables>;
  readonly queue: Queue;
  readonly jobHandlers: JobHandlersByKind;
  /** Null in a process that only answers requests. */
  readonly worker: Worker | null;
}

/** How often a followed job is looked at when nothing tells that it changed. */
const LOOK_MS = 500;
/** Keeps proxies from closing a quiet stream. */
const COMMENT_MS = 15_000;

export function jobHandlers(
  deps: JobsDeps,
): Pick<Handlers, 'listJobs' | 'getJob' | 'cancelJob' | 'retryJob' | 'jobEvents'> {
  const { db, queue, worker } = deps;

  async function ownJob(actor: Actor | null, id: string): Promise<ShownJob> {
    const caller = signedIn(actor);
    const job = await findShownJob(db, caller, id);
    if (job === undefined || (job.owner !== caller.userId && caller.role !== 'admin')) throw notFound('job');
    return job;
  }

  return {
    listJobs: async ({ actor, query }) => {
      const caller = signedIn(actor);
      const { source_dataset_id: sourceDatasetId, ...rest } = query;
      const owner = caller.role === 'admin' ? null : caller.userId;
      const { jobs, total } = await listJobs(db, caller, { owner, sourceDatasetId, ...rest });
      return { jobs: jobs.map(jobJson), total, limit: query.limit, skip: query.skip };
    },

    getJob: async ({ actor, params }) => jobJson(await ownJob(actor, params.id)),

    cancelJob: async ({ actor, params, requestId }) => {
      const job = await ownJob(actor, params.id);
      const cancelled = await db.transaction().execute(async (trx) => {
        const row = await cancelJob(trx, job.id);
        if (row !== undefined)
          await recordChange(trx, { actor, requestId }, { action: 'job.cancel', ...aboutJob(row) });
        return row;
      });
      if (cancelled === undefined) {
        throw new ServerError('job_not_cancellable', 'The job has already ended.');
      }
      worker?.interrupt(job.id);
      // Nobody runs it, so nobody else will tidy up after it.
      if (job.status === 'pending' && isJobKind(job.kind)) await deps.jobHandlers[job.kind].giveUp(cancelled);
      return jobJson({ ...job, ...cancelled, result: null });
    },

    retryJob: async ({ actor, params, body, requestId }) => {
      const job = await ownJob(actor, params.id);
      const { kind } = job;
      if (!canRetry(job) || !isJobKind(kind)) throw new ServerError('job_not_retryable', whyNotAgain(job));
      const owner = await actorOfUser(db, job.owner);
      if (!mayHaveDone(owner, kind)) {
        throw new ServerError('forbidden', 'Whoever asked for it may no longer have it done: their role was changed.');
      }
      const whole = await findJob(db, job.id);
      const input = whole === undefined ? undefined : await correctedInput(deps, whole, body);
      const again = (): Promise<Job | undefined> =>
        db.transaction().execute(async (trx) => {
          // From here on its sources count as in use again: not while one of them is being deleted.
          await lockLinks(trx, 'link');
          if (job.dataset_id !== null && kind === 'vrt_change') await lockShownGeneration(trx, job.dataset_id);
          if (await isOutdatedChange(trx, job.id)) {
            throw new ServerError(
              'job_not_retryable',
              'The virtual raster was changed or deleted since this was asked for. Send the change again.',
            );
          }
          const row = await retryJob(trx, job.id, input);
          if (row === undefined) return undefined;
          await queue.send(trx, kind, row.id, queueOf({ kind, input: row.input }));
          await recordChange(trx, { actor, requestId }, { action: 'job.retry', ...aboutJob(row) });
          return row;
        });
      const retried = await queueing(() => asOnlyBuild(again));
      if (retried === undefined) throw new ServerError('job_not_retryable', 'The job was tried again already.');
      queue.wake(kind, queueOf({ kind, input: retried.input }));
      return jobJson({ ...job, ...retried, title: body.title ?? job.title, result: null });
    },

    jobEvents: async ({ actor, callerNow, params, reply, signal }) => {
      let job: ShownJob | null = await ownJob(actor, params.id);
      const jobNow = async (): Promise<ShownJob> => await ownJob(await callerNow(), params.id);
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      try {
        let last = '';
        let quietSince = performance.now();
        while (job !== null && !signal.aborted) {
          const data = JSON.stringify(jobJson(job));
          if (data !== last) {
            last = data;
            await write(reply.raw, `event: ${JOB_EVENT}\ndata: ${data}\n\n`, signal);
            quietSince = performance.now();
          } else if (performance.now() - quietSince > COMMENT_MS) {
            await write(reply.raw, ': still here\n\n', signal);
            quietSince = performance.now();
          }
          if (isFinalJobStatus(job.status)) break;
          await changeOf(worker, job.id, signal);
          job = await jobNow().catch(nullIfRefused);
        }
      } finally {
        // Also when the database fails: the client then asks again, instead of waiting for ever.
        reply.raw.end();
      }
      return ANSWERED;
    },
  };
}

function whyNotAgain({ kind, status, input }: ShownJob): string {
  if (status !== 'failed' && status !== 'cancelled') {
    return `Only failed or cancelled jobs can be tried again; this one is ${status}.`;
  }
  return !isJobKind(kind) || isFromNewerProgram({ kind, input })
    ? 'A newer version of this program has accepted the job than the one that answers: update it, then retry.'
    : 'What the job worked on is gone; start over.';
}

/** What is refused to whoever could see a job until now: their token was revoked, their role changed, or the job is gone. */
const REFUSALS: ReadonlySet<string> = new Set(['invalid_token', 'unauthorized', 'not_found']);

function nullIfRefused(error: unknown): null {
  if (error instanceof ServerError && REFUSALS.has(error.code)) return null;
  throw error;
}

/** Resolves when this process changed the job, or after {@link LOOK_MS}: another process may have. */
async function changeOf(worker: Worker | null, jobId: string, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const changed = async (): Promise<void> => {
    if (worker === null) return await new Promise(() => {});
    let id = '';
    while (id !== jobId) [id] = (await once(worker.changes, 'changed', { signal: either })) as [string];
  };
  try {
    await Promise.race([delay(LOOK_MS, undefined, { signal: either }), changed()]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop.abort();
  }
}

async function write(stream: NodeJS.WritableStream, text: string, signal: AbortSignal): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain', { signal });
}

export function jobJson(job: ShownJob): JobJson {
  return {
    id: job.id,
    kind: job.kind as JobJson['kind'],
    status: job.status,
    dataset_id: job.dataset_id,
    source_dataset_id: job.source_dataset_id,
    title: job.title,
    owner_name: job.owner_name,
    source_filename: job.source_filename,
    result:
      job.result === null
        ? null
        : {
            href: `/api/jobs/${job.id}/result`,
            filename: job.result.filename,
            bytes: job.result.bytes,
            sha256: job.result.sha256,
            expires_at: new Date(job.result.expires_at).toISOString(),
          },
    error_message: job.error_message,
    can_retry: canRetry(job),
    warnings: job.warnings,
    progress: Math.round(job.progress * 1000) / 1000,
    current_step: job.current_step,
    request_id: job.request_id,
    created_at: job.created_at.toISOString(),
    started_at: job.started_at?.toISOString() ?? null,
    completed_at: job.completed_at?.toISOString() ?? null,
  };
}

function aboutJob({ id, kind, dataset_id: datasetId }: Pick<Job, 'id' | 'kind' | 'dataset_id'>) {
  return { subjectId: id, details: { kind }, ...(datasetId === null ? {} : { datasetId }) };
}
