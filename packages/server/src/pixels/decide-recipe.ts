import type { BlockCache } from '@inlay/geotiff';
import { type ChannelStatistics, type PreparedRecipe, prepareRecipe } from '@inlay/tiler';
import type { StoredStatistics } from '../db/tables.ts';
import type { OpenedRasters } from './opened-rasters.ts';
import { pixelSourceOf } from './placed-raster.ts';
import type { RecipeTask } from './pixel-task.ts';

/** What reading in a thread takes. */
export interface ReadingDeps {
  readonly opened: OpenedRasters;
  readonly cache: BlockCache;
}

/** Decides how a raster is shown; reads pixels only where statistics are needed that the catalogue does not have. */
export async function decideRecipe(
  { opened, cache }: ReadingDeps,
  { source, options }: RecipeTask,
  signal: AbortSignal,
): Promise<PreparedRecipe> {
  const statistics = source.statistics.map(channelStatistics);
  return await opened.use(source, signal, (levels) =>
    prepareRecipe(pixelSourceOf(source, levels, cache), options, { statistics, signal }),
  );
}

/** Statistics without percentiles are of files that bring their own: for a stretch, a look at the pixels says more. */
function channelStatistics(known: StoredStatistics | null): ChannelStatistics | null {
  if (known === null || known.percentiles === undefined || known.percentiles.length === 0) return null;
  return { ...known, percentiles: known.percentiles };
}
