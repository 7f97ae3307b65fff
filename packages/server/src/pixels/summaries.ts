import { isSummary, STORED_BINS } from '../catalog/band-summaries.ts';
import type { BandAnswer, StatisticsTask } from './pixel-task.ts';
import type { PixelThreads } from './pixel-threads.ts';
import type { RasterSource } from './raster-source.ts';
import { createSharedCache } from './shared-cache.ts';

/** What is asked of a raster's bands. */
export type SummaryRequest = Omit<StatisticsTask, 'kind' | 'source'>;

/** Statistics of bands, as they were stored where they were, else made once for all who ask. */
export interface Summaries {
  /** One for each band asked for; null where no pixel is valid. @throws as `PixelThreads.run` */
  of(source: RasterSource, request: SummaryRequest, signal: AbortSignal): Promise<readonly (BandAnswer | null)[]>;
}

const CACHE_BYTES = 16 * 2 ** 20;

/** A number in a list. */
const NUMBER_BYTES = 8;

export function createSummaries(threads: PixelThreads): Summaries {
  const held = createSharedCache<readonly (BandAnswer | null)[]>({
    maxBytes: CACHE_BYTES,
    bytesOf: (answers) =>
      answers.reduce((sum, answer) => sum + NUMBER_BYTES * (20 + 2 * (answer?.histogram.edges.length ?? 0)), 0),
  });
  return {
    async of(source, request, signal) {
      const stored = storedSummaries(source, request);
      if (stored !== null) return stored;
      const { bands, nodata, percentiles, bins } = request;
      const key = [source.key, bands, String(nodata), percentiles, bins].join(' ');
      const { value } = await held.obtain(
        key,
        (ownSignal) => threads.run({ kind: 'statistics', source, ...request }, ownSignal),
        signal,
      );
      return value;
    },
  };
}

/** The answer where the catalogue has all of it, else null. */
function storedSummaries(
  { statistics }: RasterSource,
  { bands, nodata, percentiles, bins }: SummaryRequest,
): (BandAnswer | null)[] | null {
  if (nodata !== undefined || bins !== STORED_BINS) return null;
  const answers: BandAnswer[] = [];
  for (const band of bands) {
    const stored = statistics[band - 1] ?? null;
    if (stored === null || !isSummary(stored)) return null;
    const { minimum, maximum, mean, stddev, validPercent, approximate, histogram } = stored;
    // Extremes that the file itself states may be of other pixels than the histogram.
    if (histogram.edges[0] !== minimum || histogram.edges.at(-1) !== maximum) return null;
    const found = percentiles.map((rank) => stored.percentiles.find((known) => known.rank === rank));
    if (!found.every((known) => known !== undefined)) return null;
    answers.push({ minimum, maximum, mean, stddev, validPercent, approximate, percentiles: found, histogram });
  }
  return answers;
}
