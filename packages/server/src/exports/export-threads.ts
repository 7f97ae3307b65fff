import { createWorkerPool, TilerError, type WorkerPool } from '@inlay/tiler';
import type { SourceAccess } from '../catalog/source-roots.ts';
import { ServerError } from '../error.ts';
import { serveLinks } from '../s3/link-port.ts';
import { type ExportTask, type ExportThreadData, PROGRESS_UNITS } from './export-task.ts';

export type ExportThreadsOptions = Pick<ExportThreadData, 'storageDirectory'> &
  SourceAccess & {
    /** Exports at a time. */
    readonly threads: number;
  };

/** Threads that export: started by the first export, and idle between them. */
export interface ExportThreads {
  /**
   * Writes the file that a task names.
   * @param onProgress the share that is done, 0..1, some times a second
   * @throws what reading and writing throw; ServerError `service_unavailable` where the thread ended; the signal's reason
   */
  run(
    task: Omit<ExportTask, 'progress'>,
    options: { readonly signal: AbortSignal; readonly onProgress: (share: number) => void },
  ): Promise<void>;
  close(): Promise<void>;
}

/** Of decoded blocks that a thread keeps: neighbouring parts of an export read some of them again. */
const BLOCK_CACHE_BYTES = 64 * 2 ** 20;
const MAX_OPEN = 256;
const PROGRESS_MS = 250;

export function createExportThreads({ threads, objectLinks, ...data }: ExportThreadsOptions): ExportThreads {
  const pool: WorkerPool<ExportTask, null> = createWorkerPool({
    module: new URL('./export-thread.ts', import.meta.url),
    threads,
    // Jobs wait in their queue: what is here is running.
    maxQueued: threads,
    workerData: { ...data, blockCacheBytes: BLOCK_CACHE_BYTES, maxOpen: MAX_OPEN } satisfies ExportThreadData,
    connect: (port) => serveLinks(port, objectLinks),
    name: 'inlay-exports',
  });
  return {
    async run(task, { signal, onProgress }) {
      const progress = new SharedArrayBuffer(4);
      const done = new Int32Array(progress);
      const timer = setInterval(() => onProgress(Atomics.load(done, 0) / PROGRESS_UNITS), PROGRESS_MS);
      try {
        await pool.run({ ...task, progress }, { signal });
      } catch (error) {
        if (error instanceof TilerError && error.code === 'tiler/worker-crashed') {
          throw new ServerError('service_unavailable', 'Exporting broke off. Try the job again.', { cause: error });
        }
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
    close: () => pool.close(),
  };
}
