import { isCodedError, type Nodata } from '@inlay/geo';
import { type CompiledMosaic, type OpenSource, readMosaic } from '@inlay/mosaic';
import { type BandSummaryBuilder, createBandSummary, type RasterArray } from '@inlay/raster';
import { type MosaicSample, sampleMosaic } from './mosaic-sample.ts';
import { openMosaic, sourceOpener } from './mosaic-source.ts';
import type { BandAnswer, StatisticsTask } from './pixel-task.ts';
import type { MosaicPlace } from './raster-source.ts';
import type { ReadingDeps } from './read-pixels.ts';
import { openRenderedLevels } from './rendered-levels.ts';

/** Pixels of a band that are looked at. */
const MAX_PIXELS = 2 ** 20;

/** Sources that are opened for bands that are read together. */
const MAX_SOURCES = 256;

/** Bands that are read together: their pixels are in memory at the same time. */
const BANDS_AT_ONCE = 8;

/**
 * Statistics of bands of a virtual raster, whose cost does not grow with its sources: from every pixel where there are few
 * pixels and few sources; from the finest of its rendered levels that is small enough; without any from its sources, of
 * which some are looked at where there are many, each at the coarsest of its own levels that has enough pixels.
 *
 * What cannot be read is left out. Null for a band without a valid pixel.
 */
export async function summarizeMosaic(
  deps: ReadingDeps,
  task: StatisticsTask,
  place: MosaicPlace,
  signal: AbortSignal,
): Promise<(BandAnswer | null)[]> {
  const { bands } = task;
  const answers: (BandAnswer | null)[] = [];
  for (let first = 0; first < bands.length; first += BANDS_AT_ONCE) {
    const some = { ...task, bands: bands.slice(first, first + BANDS_AT_ONCE) };
    answers.push(...(await summarizeSome(deps, some, place, signal)));
  }
  return answers;
}

async function summarizeSome(
  deps: ReadingDeps,
  task: StatisticsTask,
  place: MosaicPlace,
  signal: AbortSignal,
): Promise<(BandAnswer | null)[]> {
  const { mosaic, memberOf } = openMosaic(place);
  const sample = sampleMosaic(mosaic, task.bands, { maxPixels: MAX_PIXELS, maxSources: MAX_SOURCES });
  const rendered = sample.of === 'full' ? null : await readRendered(deps, mosaic, place, task, signal);
  return rendered ?? (await readSources(mosaic, sample, sourceOpener(deps, memberOf), task, signal));
}

/** From the rendered levels; null where there are none, or where they cannot be read: the sources have all that they have. */
async function readRendered(
  deps: ReadingDeps,
  mosaic: CompiledMosaic,
  { overviews }: MosaicPlace,
  task: StatisticsTask,
  signal: AbortSignal,
): Promise<(BandAnswer | null)[] | null> {
  if (overviews === null) return null;
  const { levels } = overviews.plan;
  const affordable = levels.findIndex(({ width, height }) => width * height <= MAX_PIXELS);
  const level = affordable === -1 ? levels.length - 1 : affordable;
  const { width, height } = levels[level]!;
  const window = { colOff: 0, rowOff: 0, width: mosaic.grid.width, height: mosaic.grid.height };
  try {
    const { raster, problems } = await openRenderedLevels(deps, mosaic, overviews).readWindow(
      level,
      { level, window, width, height, bands: task.bands, resampling: 'nearest' },
      signal,
    );
    if (problems.length > 0) return null;
    const summaries = createSummaries(mosaic, raster, task, true);
    addRaster(summaries, raster);
    return summaries.map((summary) => summary.finish());
  } catch (error) {
    signal.throwIfAborted();
    if (!isCodedError(error)) throw error;
    return null;
  }
}

async function readSources(
  mosaic: CompiledMosaic,
  { parts, of }: MosaicSample,
  openSource: OpenSource,
  task: StatisticsTask,
  signal: AbortSignal,
): Promise<(BandAnswer | null)[]> {
  let summaries: BandSummaryBuilder[] | null = null;
  for (const part of parts) {
    const options = { onSourceError: 'transparent', signal } as const;
    const { raster } = await readMosaic(mosaic, { ...part, bands: task.bands }, openSource, options);
    summaries ??= createSummaries(mosaic, raster, task, of !== 'full');
    addRaster(summaries, raster);
  }
  return (summaries ?? []).map((summary) => {
    const answer = summary.finish();
    // Where no source lies, nothing was looked at: what share of the whole that is, is not known.
    return answer === null || of !== 'parts' ? answer : { ...answer, validPercent: null };
  });
}

function createSummaries(
  { bands: all }: CompiledMosaic,
  { dataType }: RasterArray,
  { bands, nodata: given, percentiles, bins }: StatisticsTask,
  approximate: boolean,
): BandSummaryBuilder[] {
  return bands.map((band) => {
    const { nodata, hideNodata } = all[band - 1]!;
    const hole: Nodata | null = given ?? (hideNodata ? null : nodata);
    return createBandSummary(dataType, hole, { percentiles, bins, approximate });
  });
}

function addRaster(summaries: readonly BandSummaryBuilder[], { bands, mask }: RasterArray): void {
  for (const [i, summary] of summaries.entries()) summary.add(bands[i]!, mask);
}
