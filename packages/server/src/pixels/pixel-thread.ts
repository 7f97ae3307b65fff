import { workerData } from 'node:worker_threads';
import { createBlockCache } from '@inlay/geotiff';
import { type Connected, serveTasks } from '@inlay/tiler';
import { linksOver } from '../s3/link-port.ts';
import { createFileStorage } from '../storage/file-storage.ts';
import { createOpenedRasters } from './opened-rasters.ts';
import { drawPicture } from './draw-picture.ts';
import type { PixelTask } from './pixel-task.ts';
import type { PixelThreadData } from './pixel-threads.ts';
import { decideRecipe } from './decide-recipe.ts';
import { readPoints } from './read-points.ts';
import { summarizeBands } from './summarize-bands.ts';

// A thread that reads and renders. It owns the rasters it has opened and the blocks it has decoded, and gets nothing but
// plain data: which raster, where the server has found that its bytes are, and what to make of it.

const { storageDirectory, sourceRoots, port, blockCacheBytes, maxOpen } = workerData as Connected<PixelThreadData>;

const deps = {
  opened: createOpenedRasters({
    storage: createFileStorage(storageDirectory),
    sourceRoots,
    objectLinks: linksOver(port),
    maxOpen,
  }),
  // Decompression in this thread: a trip to another and back would only delay it.
  cache: createBlockCache({ maxBytes: blockCacheBytes, inThisThread: true }),
};

serveTasks(async (task: PixelTask, signal: AbortSignal) => {
  switch (task.kind) {
    case 'recipe':
      return { result: await decideRecipe(deps, task, signal) };
    case 'picture': {
      const result = await drawPicture(deps, task, signal);
      return { result, transfer: result.kind === 'picture' ? [result.bytes.buffer] : [] };
    }
    case 'points':
      return { result: await readPoints(deps, task, signal) };
    default:
      return { result: await summarizeBands(deps, task, signal) };
  }
});
