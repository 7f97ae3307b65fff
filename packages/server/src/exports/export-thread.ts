import { workerData } from 'node:worker_threads';
import { createBlockCache } from '@inlay/geotiff';
import { type Connected, serveTasks } from '@inlay/tiler';
import { createOpenedRasters } from '../pixels/opened-rasters.ts';
import { linksOver } from '../s3/link-port.ts';
import { createFileStorage } from '../storage/file-storage.ts';
import type { ExportTask, ExportThreadData } from './export-task.ts';
import { writeExport } from './write-export.ts';

// A thread that exports. Like those that render it owns what it has opened; unlike them it works on one task at a time,
// for as long as that takes.

const { storageDirectory, sourceRoots, port, blockCacheBytes, maxOpen } = workerData as Connected<ExportThreadData>;

const deps = {
  opened: createOpenedRasters({
    storage: createFileStorage(storageDirectory),
    sourceRoots,
    objectLinks: linksOver(port),
    maxOpen,
  }),
  cache: createBlockCache({ maxBytes: blockCacheBytes, inThisThread: true }),
};

serveTasks(async (task: ExportTask, signal: AbortSignal) => {
  await writeExport(deps, task, signal);
  return { result: null };
});
