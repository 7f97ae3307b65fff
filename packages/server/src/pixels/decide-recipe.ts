import { type ChannelStatistics, type PreparedRecipe, prepareRecipe } from '@inlay/tiler';
import type { StoredStatistics } from '../db/tables.ts';
import type { RecipeTask } from './pixel-task.ts';
import { type ReadingDeps, withPixels } from './read-pixels.ts';

/** Decides how a raster is shown; reads pixels only where statistics are needed that the catalogue does not have. */
export async function decideRecipe(
  deps: ReadingDeps,
  { source, options }: RecipeTask,
  signal: AbortSignal,
): Promise<PreparedRecipe> {
  const statistics = source.statistics.map(channelStatistics);
  return await withPixels(deps, source, signal, (pixels) => prepareRecipe(pixels, options, { statistics, signal }));
}

/** Statistics without percentiles are of files that bring their own: for a stretch, a look at the pixels says more. */
function channelStatistics(known: StoredStatistics | null): ChannelStatistics | null {
  if (known === null || known.percentiles === undefined || known.percentiles.length === 0) return null;
  return { ...known, percentiles: known.percentiles };
}
