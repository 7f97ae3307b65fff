import {
  isFinalJobStatus,
  type Job,
  JOB_EVENT,
  JOB_STATUSES,
  type JobList,
  type QueryOf,
  type RetryJob,
  type Routes,
  routes,
} from '@inlay/contract';
import { ClientError, isApiError } from './error.ts';
import { call, type CallOptions, type Endpoint, request } from './request.ts';
import { readEvents } from './server-sent-events.ts';

/** How {@link JobCalls.waitForJob} waits. */
export interface WaitOptions extends CallOptions {
  /** Called with the job at first and whenever it changed, the last time with its end. */
  readonly onProgress?: ((job: Job) => void) | undefined;
  /** How long the server may be out of reach before waiting ends with the error; 60 seconds. */
  readonly patienceMs?: number | undefined;
  /** How long a stream may be silent before the job is polled instead; 20 seconds, the server speaks every 15. */
  readonly silenceMs?: number | undefined;
}

/** What can be done with jobs. */
export interface JobCalls {
  getJob(id: string, options?: CallOptions): Promise<Job>;
  /** One page, newest first. */
  listJobs(query?: QueryOf<Routes['listJobs']>, options?: CallOptions): Promise<JobList>;
  cancelJob(id: string, options?: CallOptions): Promise<Job>;
  /** `correction` says what is to be other than it was. */
  retryJob(id: string, options?: CallOptions & { readonly correction?: RetryJob | undefined }): Promise<Job>;
  /**
   * Waits until a job has ended and returns it as it is then: complete, failed or cancelled. Follows its events, and
   * polls where a proxy lets none through or the connection breaks.
   *
   * @throws ApiError where the job cannot be asked for; ClientError where the server stays out of reach
   */
  waitForJob(id: string, options?: WaitOptions): Promise<Job>;
}

export function jobCalls(endpoint: Endpoint): JobCalls {
  return {
    getJob: (id, options) => call(endpoint, routes.getJob, { params: { id }, ...options }),
    listJobs: (query, options) => call(endpoint, routes.listJobs, { query, ...options }),
    cancelJob: (id, options) => call(endpoint, routes.cancelJob, { params: { id }, ...options }),
    retryJob: (id, { correction, ...options } = {}) =>
      call(endpoint, routes.retryJob, { params: { id }, body: correction, ...options }),
    waitForJob: (id, options) => waitForJob(endpoint, id, options),
  };
}

async function waitForJob(endpoint: Endpoint, id: string, options: WaitOptions = {}): Promise<Job> {
  let last = '';
  const report = (job: Job): void => {
    const now = JSON.stringify(job);
    if (now !== last) options.onProgress?.(job);
    last = now;
  };
  const ended = await followEvents(endpoint, id, report, options);
  return ended ?? (await poll(endpoint, id, report, options));
}

/** The job once its events tell that it has ended; null where there are no events, or they break off. */
async function followEvents(
  endpoint: Endpoint,
  id: string,
  report: (job: Job) => void,
  { signal, silenceMs = 20_000 }: WaitOptions,
): Promise<Job | null> {
  const hangUp = new AbortController();
  const either = signal === undefined ? hangUp.signal : AbortSignal.any([signal, hangUp.signal]);
  let timer = setTimeout(() => hangUp.abort(), silenceMs);
  const restartTimer = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => hangUp.abort(), silenceMs);
  };
  try {
    const headers = { accept: 'text/event-stream' };
    const response = await request(endpoint, routes.jobEvents, { params: { id }, headers, signal: either });
    if (response.body === null || response.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
      return null;
    }
    for await (const { event, data } of readEvents(response.body, restartTimer)) {
      if (event !== JOB_EVENT) continue;
      const job = parseJob(data);
      report(job);
      if (isFinalJobStatus(job.status)) return job;
    }
    return null;
  } catch (error) {
    signal?.throwIfAborted();
    if (!hangUp.signal.aborted && !isPassing(error)) throw error;
    return null;
  } finally {
    clearTimeout(timer);
    // Ends the request whatever it is doing: its answer is not read any further.
    hangUp.abort();
  }
}

const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 5000;

/** Asks for the job again and again: soon while it changes, less and less often while it does not. */
async function poll(
  endpoint: Endpoint,
  id: string,
  report: (job: Job) => void,
  { signal, patienceMs = 60_000 }: WaitOptions,
): Promise<Job> {
  let reachedAt = Date.now();
  let delayMs = FIRST_DELAY_MS;
  let last = '';
  for (;;) {
    let retryAfterMs = 0;
    try {
      const job = await call(endpoint, routes.getJob, { params: { id }, signal });
      reachedAt = Date.now();
      report(job);
      if (isFinalJobStatus(job.status)) return job;
      const now = JSON.stringify(job);
      delayMs = now === last ? Math.min(delayMs * 1.5, LAST_DELAY_MS) : FIRST_DELAY_MS;
      last = now;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error) || Date.now() - reachedAt > patienceMs) throw error;
      if (isApiError(error)) retryAfterMs = 1000 * (error.retryAfterSeconds ?? 0);
      delayMs = Math.min(delayMs * 1.5, LAST_DELAY_MS);
    }
    await sleep(Math.max(delayMs, retryAfterMs), signal);
  }
}

/** What a server that restarts, or a proxy before it, answers for a while. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function isPassing(error: unknown): boolean {
  if (isApiError(error)) return PASSING_STATUSES.has(error.status);
  return error instanceof ClientError && error.code === 'sdk/unreachable';
}

/** @throws ClientError `sdk/unexpected-answer` */
function parseJob(data: string): Job {
  let job: unknown;
  try {
    job = JSON.parse(data);
  } catch (error) {
    throw new ClientError('sdk/unexpected-answer', 'An event of the job is not JSON.', { cause: error });
  }
  if (isJob(job)) return job;
  throw new ClientError('sdk/unexpected-answer', 'An event of the job does not describe a job.');
}

/** Looks only at what waiting needs, so that a newer server's jobs can be waited for. */
function isJob(value: unknown): value is Job {
  if (typeof value !== 'object' || value === null) return false;
  const { id, status } = value as Partial<Job>;
  return typeof id === 'string' && (JOB_STATUSES as readonly unknown[]).includes(status);
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
