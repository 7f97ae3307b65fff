import { giveBack } from '@inlay/geotiff';
import { createWorkerPool, TilerError, type WorkerPool, type WorkerPoolState } from '@inlay/tiler';
import type { SourceAccess, SourceRoots } from '../catalog/source-roots.ts';
import { ServerError } from '../error.ts';
import { serveLinks } from '../s3/link-port.ts';
import type { AnswerOf, PictureAnswer, PixelTask } from './pixel-task.ts';

/** What a thread is told when it starts. */
export interface PixelThreadData {
  readonly storageDirectory: string;
  readonly sourceRoots: SourceRoots;
  /** Of decoded blocks that this thread keeps. */
  readonly blockCacheBytes: number;
  /** Rasters that it keeps open. */
  readonly maxOpen: number;
}

export interface PixelThreadsOptions
  extends Omit<PixelThreadData, 'blockCacheBytes' | 'maxOpen'>, Pick<SourceAccess, 'objectLinks'> {
  readonly threads: number;
  /** Of decoded blocks, all threads together. */
  readonly blockCacheBytes: number;
}

/** Threads that read and render. */
export interface PixelThreads {
  /**
   * Runs a task; the thread stops working on it when the signal is aborted.
   * @param affinity the same for tasks that read the same blocks, see the pool's
   * @throws ServerError `service_unavailable` where too many wait, it takes too long, or a thread ended; what reading
   *   and rendering throw; the signal's reason when aborted
   */
  run<T extends PixelTask>(task: T, signal: AbortSignal, affinity?: number): Promise<AnswerOf<T>>;
  state(): WorkerPoolState;
  close(): Promise<void>;
}

/** Tasks a thread works on at once: while one waits for bytes, another is rendered. */
const TASKS_PER_THREAD = 4;

/** Rasters kept open, all threads together: systems allow a process some thousand files. */
const MAX_OPEN = 1536;

/**
 * A tile leaves some tens of kilobytes of objects and a few megabytes of arrays behind. With less room than this, what a
 * few tiles work on at once outlives two collections and has to be found by a look at the whole heap; with V8's own
 * measure, each thread comes to hold a hundred megabytes for a tenth less work.
 */
const YOUNG_MEBIBYTES = 12;

/** Tasks that wait, for each thread: some seconds of work. */
const QUEUED_PER_THREAD = 64;

/** Longest time for one task, waiting included. */
const PATIENCE_MS = 30_000;

const RETRY_AFTER_SECONDS = 2;

export function createPixelThreads({
  threads,
  blockCacheBytes,
  objectLinks,
  ...data
}: PixelThreadsOptions): PixelThreads {
  const pool: WorkerPool<PixelTask, never> = createWorkerPool({
    module: new URL('./pixel-thread.ts', import.meta.url),
    threads,
    tasksPerThread: TASKS_PER_THREAD,
    maxQueued: threads * QUEUED_PER_THREAD,
    workerData: {
      ...data,
      blockCacheBytes: Math.floor(blockCacheBytes / threads),
      maxOpen: Math.max(64, Math.floor(MAX_OPEN / threads)),
    } satisfies PixelThreadData,
    connect: (port) => serveLinks(port, objectLinks),
    youngMebibytes: YOUNG_MEBIBYTES,
    name: 'inlay-pixels',
  });
  return {
    async run<T extends PixelTask>(task: T, signal: AbortSignal, affinity?: number): Promise<AnswerOf<T>> {
      const patience = AbortSignal.timeout(PATIENCE_MS);
      try {
        const answer: AnswerOf<T> = await pool.run(task, {
          signal: AbortSignal.any([signal, patience]),
          ...(affinity === undefined ? {} : { affinity }),
        });
        return task.kind === 'picture' ? (inOwnMemory(answer) as AnswerOf<T>) : answer;
      } catch (error) {
        if (patience.aborted && !signal.aborted) {
          throw unavailable(`It took over ${PATIENCE_MS / 1000} seconds. Zoom in, or add overviews to the raster.`);
        }
        throw explained(error);
      }
    },
    state: () => pool.state(),
    close: () => pool.close(),
  };
}

/**
 * An answer whose bytes are handed over by the thread, which costs it nothing, and copied here: tiles that are kept for
 * hours in the memory that a thread works in would let the allocator give none of it back.
 */
function inOwnMemory(answer: PictureAnswer): PictureAnswer {
  if (answer.kind !== 'picture') return answer;
  const bytes = new Uint8Array(answer.bytes);
  giveBack(answer.bytes);
  return { ...answer, bytes };
}

/** The pool's own troubles, in the server's words. */
function explained(error: unknown): unknown {
  if (!(error instanceof TilerError)) return error;
  if (error.code === 'tiler/overloaded')
    return unavailable('Too much is being rendered. Ask again in a moment.', error);
  if (error.code === 'tiler/worker-crashed') return unavailable('Rendering broke off. Ask again.', error);
  return error.code === 'tiler/closed' ? unavailable('The server is stopping.', error) : error;
}

function unavailable(message: string, cause?: unknown): ServerError {
  return new ServerError('service_unavailable', message, {
    details: { retry_after_seconds: RETRY_AFTER_SECONDS },
    ...(cause === undefined ? {} : { cause }),
  });
}
