import { MessageChannel, type MessagePort, type Transferable, Worker } from 'node:worker_threads';
import { CodedError } from '@inlay/geo';
import { TilerError } from '../error.ts';
import type { FromWorker, TaskFailure, ToWorker } from './messages.ts';

/**
 * Terminology: a *task* is plain data that a thread turns into a result. It is *queued* until a thread has a free
 * *place*, then *running* until the thread answers. A task nobody waits for any more keeps its place until then.
 */

/** How a pool is set up. */
export interface WorkerPoolOptions {
  /** A module that calls `serveTasks`. */
  readonly module: URL;
  /** Threads, started as they are needed. */
  readonly threads: number;
  /** Tasks that a thread works on at once, default 1: more where they wait for bytes. */
  readonly tasksPerThread?: number;
  /** Tasks that wait for a place at most; more are refused. */
  readonly maxQueued: number;
  /** What the module finds as `workerData`. */
  readonly workerData?: object;
  /**
   * Takes one end of a channel for each thread that is started; the module finds the other as `workerData.port`. For what
   * threads ask of those who own the pool while they work on a task.
   */
  readonly connect?: (port: MessagePort) => void;
  /** A thread's JavaScript heap in MiB; one that needs more ends and is replaced. Node's default unless given. */
  readonly heapMebibytes?: number;
  /**
   * A thread's room for new objects, in MiB. Threads that make few objects, and large arrays beside them, had better
   * have little: it is full sooner, and what the arrays took is back without a look at the whole heap. Node's default
   * unless given.
   */
  readonly youngMebibytes?: number;
  /** What threads are called in tools. */
  readonly name?: string;
}

/** `workerData` of a thread whose pool has {@link WorkerPoolOptions.connect}. */
export type Connected<Data> = Data & { readonly port: MessagePort };

/** How a task is run. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Parts of the task that are handed over instead of copied; they are empty afterwards. */
  readonly transfer?: readonly Transferable[];
  /**
   * A number that tasks share which need the same things: the same thread gets them where it has no more to do than the
   * others, because it may still have those. Any whole number; unless given, whichever thread has least to do.
   */
  readonly affinity?: number;
}

/** What a pool is doing. */
export interface WorkerPoolState {
  readonly threads: number;
  readonly running: number;
  readonly queued: number;
  /** Threads that ended unasked since the pool was made. */
  readonly crashes: number;
}

/** Threads that run tasks. */
export interface WorkerPool<Task, Result> {
  /**
   * Runs a task.
   * @throws TilerError `tiler/overloaded` where too many wait, `tiler/worker-crashed` where the thread ended,
   *   `tiler/closed` after {@link close}; the signal's reason when aborted; what the task threw, with its code.
   */
  run(task: Task, options?: RunOptions): Promise<Result>;
  state(): WorkerPoolState;
  /** Ends all threads; tasks that are queued or running fail with `tiler/closed`. Harmless when repeated. */
  close(): Promise<void>;
}

interface Job {
  readonly id: number;
  readonly task: unknown;
  readonly transfer: readonly Transferable[];
  readonly affinity: number | null;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  /** Takes the listener off the signal. */
  release(): void;
}

interface Thread {
  /** 0-based, below the number of threads; that of a thread that ended goes to the next one that is started. */
  readonly place: number;
  readonly worker: Worker;
  readonly running: Map<number, Job>;
}

/** A thread may have so many tasks more than the least busy one and still get those of its affinity. */
const PATIENT_TASKS = 1;

export function createWorkerPool<Task, Result>(options: WorkerPoolOptions): WorkerPool<Task, Result> {
  const { module, threads: maxThreads, tasksPerThread = 1, maxQueued } = options;
  const threads = new Set<Thread>();
  const queue: Job[] = [];
  let lastId = 0;
  let crashes = 0;
  let isClosed = false;

  const startThread = (place: number): Thread => {
    const channel = options.connect === undefined ? null : new MessageChannel();
    if (channel !== null) options.connect?.(channel.port1);
    const worker = new Worker(module, {
      workerData: channel === null ? options.workerData : { ...options.workerData, port: channel.port2 },
      transferList: channel === null ? [] : [channel.port2],
      name: options.name ?? 'inlay-tiler',
      resourceLimits: {
        ...(options.heapMebibytes === undefined ? {} : { maxOldGenerationSizeMb: options.heapMebibytes }),
        ...(options.youngMebibytes === undefined ? {} : { maxYoungGenerationSizeMb: options.youngMebibytes }),
      },
    });
    const thread: Thread = { place, worker, running: new Map() };
    threads.add(thread);
    let cause: unknown;
    worker.on('message', (message: FromWorker) => settle(thread, message));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      threads.delete(thread);
      if (!isClosed) crashes++;
      const error = isClosed ? closedError() : crashError(code, cause);
      for (const job of thread.running.values()) fail(job, error);
      dispatch();
    });
    return thread;
  };

  const settle = (thread: Thread, message: FromWorker): void => {
    const job = thread.running.get(message.id);
    if (job === undefined) return;
    thread.running.delete(message.id);
    // An idle thread keeps no process alive.
    if (thread.running.size === 0) thread.worker.unref();
    job.release();
    if (message.type === 'done') job.resolve(message.result as never);
    else job.reject(toError(message.failure));
    dispatch();
  };

  const freeThread = (affinity: number | null): Thread | null => {
    let best: Thread | null = null;
    for (const thread of threads) {
      if (thread.running.size < tasksPerThread && (best === null || thread.running.size < best.running.size))
        best = thread;
    }
    if (affinity !== null) {
      const place = affinity % maxThreads;
      const own = [...threads].find((thread) => thread.place === place);
      if (own === undefined) return startThread(place);
      const least = threads.size < maxThreads ? 0 : (best?.running.size ?? tasksPerThread);
      if (own.running.size < tasksPerThread && own.running.size <= least + PATIENT_TASKS) return own;
    }
    // A second task on a thread waits for its first: a thread of its own is better while there may be one.
    if ((best === null || best.running.size > 0) && threads.size < maxThreads) return startThread(freePlace());
    return best;
  };

  const freePlace = (): number => {
    const taken = new Set(Array.from(threads, ({ place }) => place));
    let place = 0;
    while (taken.has(place)) place++;
    return place;
  };

  const dispatch = (): void => {
    if (isClosed) return;
    while (queue.length > 0) {
      const thread = freeThread(queue[0]!.affinity);
      if (thread === null) return;
      const job = queue.shift()!;
      thread.running.set(job.id, job);
      thread.worker.ref();
      try {
        thread.worker.postMessage({ type: 'run', id: job.id, task: job.task } satisfies ToWorker, [...job.transfer]);
      } catch (error) {
        // A task that cannot be sent (a function in it, say) is the caller's mistake and nobody else's.
        thread.running.delete(job.id);
        if (thread.running.size === 0) thread.worker.unref();
        fail(job, error);
      }
    }
  };

  /** The caller is told at once; a running task keeps its place until the thread has noticed. */
  const abort = (job: Job, reason: unknown): void => {
    const place = queue.indexOf(job);
    if (place !== -1) queue.splice(place, 1);
    for (const thread of threads) {
      if (thread.running.has(job.id)) thread.worker.postMessage({ type: 'abort', id: job.id } satisfies ToWorker);
    }
    fail(job, reason);
  };

  return {
    run(task, { signal, transfer = [], affinity } = {}) {
      if (isClosed) return Promise.reject(closedError());
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      return new Promise<Result>((resolve, reject) => {
        lastId += 1;
        const onAbort = (): void => abort(job, signal?.reason);
        const job: Job = {
          id: lastId,
          task,
          transfer,
          affinity: affinity ?? null,
          resolve,
          reject,
          release: () => signal?.removeEventListener('abort', onAbort),
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        queue.push(job);
        dispatch();
        if (queue.length > maxQueued) {
          queue.pop();
          fail(job, overloadedError(maxQueued));
        }
      });
    },
    state: () => {
      const running = [...threads].reduce((sum, thread) => sum + thread.running.size, 0);
      return { threads: threads.size, running, queued: queue.length, crashes };
    },
    async close() {
      isClosed = true;
      for (const job of queue.splice(0)) fail(job, closedError());
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}

function fail(job: Job, error: unknown): void {
  job.release();
  job.reject(error);
}

function toError({ name, message, stack, code, details }: TaskFailure): Error {
  const error = code === null ? new Error(message) : new CodedError(code, message, { details });
  error.name = name;
  if (stack !== null) error.stack = stack;
  return error;
}

function crashError(exitCode: number, cause: unknown): TilerError {
  const why = cause instanceof Error ? cause.message : `exit code ${exitCode}`;
  return new TilerError('tiler/worker-crashed', `the thread that rendered this ended (${why}); ask again`, { cause });
}

function overloadedError(queued: number): TilerError {
  return new TilerError('tiler/overloaded', `${queued} pictures wait to be rendered already; ask again later`, {
    details: { queued },
  });
}

function closedError(): TilerError {
  return new TilerError('tiler/closed', 'the renderer is shutting down');
}
