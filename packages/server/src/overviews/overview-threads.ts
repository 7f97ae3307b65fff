import { createWorkerPool, type WorkerPool } from '@inlay/tiler';
import type { SourceAccess, SourceRoots } from '../catalog/source-roots.ts';
import { serveLinks } from '../s3/link-port.ts';
import type { MakeBlock, OverviewTask } from './overview-task.ts';

/** What the thread is told when it starts. */
export interface OverviewThreadData {
  readonly storageDirectory: string;
  readonly sourceRoots: SourceRoots;
  /** Of decoded blocks that it keeps. */
  readonly blockCacheBytes: number;
  /** Rasters that it keeps open. */
  readonly maxOpen: number;
}

/** One thread for one job. */
export interface OverviewThread {
  readonly makeBlock: MakeBlock;
  close(): Promise<void>;
}

/** Blocks that are made at once: while one waits for its sources' bytes, another is computed. */
export const BLOCKS_AT_ONCE = 2;

/** Neighbouring blocks of a level have sources in common, and hardly more than that is read twice. */
const BLOCK_CACHE_BYTES = 64 * 2 ** 20;

/** As many as one block touches, and those of its neighbours. */
const MAX_OPEN = 256;

/** Starts when it is first asked. */
export function createOverviewThread({
  storageDirectory,
  sourceRoots,
  objectLinks,
}: Pick<OverviewThreadData, 'storageDirectory'> & SourceAccess): OverviewThread {
  const pool: WorkerPool<OverviewTask, Uint8Array | null> = createWorkerPool({
    module: new URL('./overview-thread.ts', import.meta.url),
    threads: 1,
    tasksPerThread: BLOCKS_AT_ONCE,
    maxQueued: BLOCKS_AT_ONCE,
    workerData: {
      storageDirectory,
      sourceRoots,
      blockCacheBytes: BLOCK_CACHE_BYTES,
      maxOpen: MAX_OPEN,
    } satisfies OverviewThreadData,
    connect: (port) => serveLinks(port, objectLinks),
    name: 'inlay-overviews',
  });
  return { makeBlock: (task, signal) => pool.run(task, { signal }), close: () => pool.close() };
}
