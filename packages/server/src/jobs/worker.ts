import { EventEmitter } from 'node:events';
import { isCodedError } from '@inlay/geo';
import type { Kysely } from 'kysely';
import { mayHaveDone } from '../access.ts';
import { actorOfUser } from '../auth/user-store.ts';
import type { Tables } from '../db/tables.ts';
import { JobError } from '../error.ts';
import type { Log } from '../log.ts';
import { repeat } from '../repeat.ts';
import {
  advance,
  HEARTBEAT_MS,
  isFromNewerProgram,
  isJobKind,
  type JobKind,
  LEASE_SECONDS,
  QUEUE_NAMES,
  queueOf,
  SWEEP_MS,
} from './job.ts';
import { claimJob, failJob, findStalled, heartbeat, type Job, releaseJob } from './job-store.ts';
import type { Delivery, Queue } from './queue.ts';

/** What a handler works with. */
export interface Attempt {
  readonly job: Job;
  /** Fires when the job is cancelled, overtaken, or the process stops. */
  readonly signal: AbortSignal;
  /** `progress` 0..1, `step` a few words a person reads. Written at most every {@link REPORT_MS}. */
  report(progress: number, step: string): void;
  readonly log: Log;
}

/**
 * Does a job's work and publishes its result together with the job's completion, in one transaction
 * (`completeJob`). Idempotent: it may run again after a crash at any point. `giveUp` removes what attempts of a job
 * that will not be tried again have left outside the database.
 */
export interface Handler {
  run(attempt: Attempt): Promise<void>;
  giveUp(job: Pick<Job, 'id' | 'input' | 'attempt'>): Promise<void>;
}

export type Handlers = Readonly<Record<JobKind, Handler>>;

/** Thrown by handlers that find their attempt overtaken when they want to publish. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

const REPORT_MS = 250;

export interface WorkerOptions {
  readonly db: Kysely<Tables>;
  readonly queue: Queue;
  readonly handlers: Handlers;
  readonly log: Log;
  readonly concurrency: number;
  /** Called with each step that a job begins, before it does. */
  readonly onStep?: StepObserver | undefined;
}

export type StepObserver = (job: Pick<Job, 'id' | 'kind' | 'attempt'>, step: string) => void;

export interface Worker {
  /** Aborts the job if it runs in this process. */
  interrupt(jobId: string): void;
  /** Emits a job's id whenever its row changed through this process. */
  readonly changes: EventEmitter<{ changed: [jobId: string] }>;
  stop(): Promise<void>;
}

export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { db, queue, handlers, log } = options;
  const running = new Map<string, AbortController>();
  const changes = new EventEmitter<{ changed: [jobId: string] }>();
  changes.setMaxListeners(0);
  let stopping = false;

  async function runAttempt(job: Job): Promise<void> {
    const handler = isJobKind(job.kind) ? handlers[job.kind] : undefined;
    const attemptLog = log.child({ jobId: job.id, kind: job.kind, attempt: job.attempt, requestId: job.request_id });
    if (handler === undefined) {
      await failJob(db, job.id, job.attempt, {
        code: 'internal',
        message: `This worker does not know jobs of kind "${job.kind}".`,
      });
      return;
    }
    if (isJobKind(job.kind) && isFromNewerProgram({ kind: job.kind, input: job.input })) {
      await failJob(db, job.id, job.attempt, {
        code: 'internal',
        message: 'A newer version of this program has accepted it than the one that works on it: update, then retry.',
      });
      return;
    }
    const controller = new AbortController();
    running.set(job.id, controller);
    const pulse = startPulse(db, job, controller, () => changes.emit('changed', job.id));
    let lastStep = '';
    const report: Attempt['report'] = (progress, step) => {
      if (step !== lastStep) options.onStep?.(job, step);
      lastStep = step;
      pulse.report(progress, step);
    };
    const startedAt = performance.now();
    try {
      await requireRights(db, job);
      await handler.run({ job, signal: controller.signal, report, log: attemptLog });
      attemptLog.info({ ms: Math.round(performance.now() - startedAt) }, 'job complete');
    } catch (error) {
      await settle(job, error, controller.signal, handler, attemptLog);
    } finally {
      await pulse.stop();
      running.delete(job.id);
      changes.emit('changed', job.id);
    }
  }

  async function settle(
    job: Job,
    error: unknown,
    signal: AbortSignal,
    handler: Handler,
    attemptLog: Log,
  ): Promise<void> {
    if (stopping && signal.aborted) {
      await releaseJob(db, job.id, job.attempt);
      return;
    }
    if (error instanceof OvertakenError || signal.aborted) {
      attemptLog.info('job cancelled or taken over; its results are dropped');
      await handler.giveUp(job);
      return;
    }
    const known = isCodedError(error) && error.code !== 'internal';
    if (known) attemptLog.info({ code: error.code }, 'job failed');
    else attemptLog.error({ err: error }, 'job failed unexpectedly');
    const failed = await failJob(
      db,
      job.id,
      job.attempt,
      known
        ? { code: error.code, message: error.message }
        : {
            code: 'internal',
            message: `Something went wrong on our side. Retry; if it happens again, report job ${job.id}.`,
          },
    );
    if (failed) await handler.giveUp(job);
  }

  async function deliver({ jobId }: Delivery): Promise<void> {
    if (stopping) return;
    const job = await claimJob(db, jobId);
    if (job !== null) await runAttempt(job);
  }

  async function sweep(): Promise<void> {
    for (const job of await findStalled(db)) {
      if (stopping || !isJobKind(job.kind) || running.has(job.id)) continue;
      if (job.attempt >= job.last_attempt) {
        const reason = `Its worker stopped without a word ${job.attempt} times; not tried again.`;
        if (await failJob(db, job.id, job.attempt, { code: 'worker_lost', message: reason }))
          await handlers[job.kind].giveUp(job);
        changes.emit('changed', job.id);
      } else {
        const lane = queueOf({ kind: job.kind, input: job.input });
        await queue.send(db, job.kind, job.id, lane);
        queue.wake(job.kind, lane);
      }
    }
  }

  for (const name of QUEUE_NAMES) await queue.work(name, options.concurrency, deliver);
  await sweep();
  const sweeper = repeat(SWEEP_MS, sweep, (error) => log.error({ err: error }, 'looking for lost jobs failed'));

  return {
    changes,
    interrupt: (jobId) => running.get(jobId)?.abort(new OvertakenError('cancelled')),
    async stop() {
      stopping = true;
      sweeper.stop();
      for (const controller of running.values()) controller.abort(new Error('the worker is stopping'));
      await sweeper.settled();
      await queue.stop();
    },
  };
}

/** A job is worked on with the rights that its owner has by then. @throws JobError `rights_lost` */
async function requireRights(db: Kysely<Tables>, { kind, owner }: Job): Promise<void> {
  if (!isJobKind(kind) || mayHaveDone(await actorOfUser(db, owner), kind)) return;
  throw new JobError('rights_lost', 'Whoever asked for this may no longer have it done: their role was changed.');
}

/** Keeps an attempt's lease alive and its progress visible; aborts the attempt when the lease is lost. */
function startPulse(
  db: Kysely<Tables>,
  job: Job,
  controller: AbortController,
  onWritten: () => void,
): { report: Attempt['report']; stop(): Promise<void> } {
  const shown = { progress: job.progress, step: job.current_step ?? 'starting' };
  let writing: Promise<void> | null = null;
  let dirty = false;
  let lastWrite = 0;
  let lastSuccess = performance.now();
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  async function write(): Promise<void> {
    dirty = false;
    lastWrite = performance.now();
    try {
      if (!(await heartbeat(db, job.id, job.attempt, shown)) && !stopped)
        controller.abort(new OvertakenError('cancelled or taken over'));
      lastSuccess = performance.now();
      onWritten();
    } catch (error) {
      // One heartbeat that fails is no reason to stop: the lease still holds, and past it the fence keeps this
      // attempt from publishing.
      if (performance.now() - lastSuccess > LEASE_SECONDS * 1000) controller.abort(error);
    } finally {
      writing = null;
      if (!stopped) schedule(dirty ? REPORT_MS : HEARTBEAT_MS);
    }
  }
  function schedule(delayMs: number): void {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      writing = write();
    }, delayMs);
  }
  schedule(HEARTBEAT_MS);

  return {
    report(progress, step) {
      shown.progress = advance(shown.progress, progress);
      shown.step = step;
      if (dirty || stopped) return;
      dirty = true;
      if (writing === null) schedule(Math.max(0, lastWrite + REPORT_MS - performance.now()));
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      if (writing !== null) await writing;
    },
  };
}
