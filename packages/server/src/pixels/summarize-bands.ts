import { readStatistics, type RasterLevels } from '@inlay/geotiff';
import type { ReadingDeps } from './decide-recipe.ts';
import type { BandAnswer, StatisticsTask } from './pixel-task.ts';

/** Statistics of bands, from every pixel of small rasters and from an overview of large ones. */
export async function summarizeBands(
  { opened }: Pick<ReadingDeps, 'opened'>,
  { source, bands, nodata, percentiles, bins }: StatisticsTask,
  signal: AbortSignal,
): Promise<(BandAnswer | null)[]> {
  const alpha = 1 + source.layout.bands.findIndex(({ colorInterp }) => colorInterp === 'Alpha');
  return await opened.use(source, signal, (levels) =>
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
