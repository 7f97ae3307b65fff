import { readStatistics, type RasterLevels } from '@inlay/geotiff';
import { readMosaic } from '@inlay/mosaic';
import { createBandSummary } from '@inlay/raster';
import { openMosaic, sourceOpener } from './mosaic-source.ts';
import type { BandAnswer, StatisticsTask } from './pixel-task.ts';
import type { MosaicPlace } from './raster-source.ts';
import { type ReadingDeps, withRaster } from './read-pixels.ts';

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

/** Pixels of a mosaic that are looked at. */
const MAX_PIXELS = 2 ** 20;

async function summarizeMosaic(
  deps: ReadingDeps,
  { source, bands, nodata, percentiles, bins }: StatisticsTask,
  place: MosaicPlace,
  signal: AbortSignal,
): Promise<(BandAnswer | null)[]> {
  const { mosaic, memberOf } = openMosaic(place);
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (source.width * source.height)));
  const { raster, nodata: own } = await readMosaic(
    mosaic,
    {
      window: { colOff: 0, rowOff: 0, width: source.width, height: source.height },
      width: Math.max(1, Math.floor(source.width * scale)),
      height: Math.max(1, Math.floor(source.height * scale)),
      bands,
    },
    sourceOpener(deps, memberOf),
    { onSourceError: 'transparent', signal },
  );
  return raster.bands.map((samples, i) => {
    const hole = nodata ?? own[i] ?? null;
    const summary = createBandSummary(raster.dataType, hole, { percentiles, bins, approximate: scale < 1 });
    summary.add(samples, raster.mask);
    return summary.finish();
  });
}

function withNodata(
  { levels }: RasterLevels,
  nodata: NonNullable<StatisticsTask['nodata']>,
): Pick<RasterLevels, 'levels'> {
  const [full, ...overviews] = levels.map((level) => ({ ...level, nodata: level.nodata.map(() => nodata) }));
  return { levels: [full!, ...overviews] };
}
