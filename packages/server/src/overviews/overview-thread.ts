import { workerData } from 'node:worker_threads';
import { createBlockCache } from '@inlay/geotiff';
import { type Connected, serveTasks } from '@inlay/tiler';
import { createOpenedRasters } from '../pixels/opened-rasters.ts';
import { linksOver } from '../s3/link-port.ts';
import { createFileStorage } from '../storage/file-storage.ts';
import { makeBlock } from './make-block.ts';
import type { OverviewThreadData } from './overview-threads.ts';
import type { OverviewTask } from './overview-task.ts';

// A thread that makes blocks of overviews, apart from those that draw what somebody is waiting for.

const { storageDirectory, sourceRoots, port, blockCacheBytes, maxOpen } = workerData as Connected<OverviewThreadData>;

const deps = {
  opened: createOpenedRasters({
    storage: createFileStorage(storageDirectory),
    sourceRoots,
    objectLinks: linksOver(port),
    maxOpen,
  }),
  cache: createBlockCache({ maxBytes: blockCacheBytes, inThisThread: true }),
};

serveTasks(async (task: OverviewTask, signal: AbortSignal) => {
  const block = await makeBlock(deps, task, signal);
  if (block === null) return { result: null };
  // A buffer that is handed over has to be the block's alone.
  const own = block.byteLength === block.buffer.byteLength ? block : Uint8Array.from(block);
  return { result: own, transfer: [own.buffer as ArrayBuffer] };
});
