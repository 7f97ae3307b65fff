import { readStatistics, type RasterLevels } from '@inlay/geotiff';
import type { BandAnswer, StatisticsTask } from './pixel-task.ts';
import { type ReadingDeps, withRaster } from './read-pixels.ts';
import { summarizeMosaic } from './summarize-mosaic.ts';

/** Statistics of bands, from every pixel of small rasters and from an overview of large ones. */
export async function summarizeBands(
  deps: ReadingDeps,
  task: StatisticsTask,
  signal: AbortSignal,
): Promise<(BandAnswer | null)[]> {
  const { source, bands, nodata, percentiles, bins } = task;
  const { place } = source;
  if (place.kind === 'mosaic') return await summarizeMosaic(deps, task, place, signal);
  const alpha = 1 + source.layout.bands.findIndex(({ colorInterp }) => colorInterp === 'Alpha');
  return await withRaster(deps.opened, { ...source, place }, signal, ({ levels }) =>
    readStatistics(nodata === undefined ? levels : withNodata(levels, nodata), {
      bands,
      alphaBand: alpha === 0 || bands.includes(alpha) ? null : alpha,
      percentiles,
      bins,
      signal,
    }),
  );
}

function withNodata(
  { levels }: RasterLevels,
  nodata: NonNullable<StatisticsTask['nodata']>,
): Pick<RasterLevels, 'levels'> {
  const [full, ...overviews] = levels.map((level) => ({ ...level, nodata: level.nodata.map(() => nodata) }));
  return { levels: [full!, ...overviews] };
}
