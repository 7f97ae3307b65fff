import type { BandStatistics } from '@inlay/geo';
import { type GeoTiffRaster, openLevels, readStatistics } from '@inlay/geotiff';
import { type BandSummary, type CombinedSummary, combineStatistics, combineSummaries } from '@inlay/raster';
import type { StoredStatistics } from '../db/tables.ts';

/** Percentiles that are stored: those that stretches are made of. */
export const STORED_PERCENTILES: readonly number[] = [0.5, 1, 2, 5, 10, 25, 50, 75, 90, 95, 98, 99, 99.5];

/** Intervals of stored histograms. */
export const STORED_BINS = 64;

/** Bands that are summarised: hyperspectral rasters have hundreds. */
const MAX_BANDS = 64;

/** Pixels looked at when a raster is catalogued; of larger ones an overview, or some blocks. */
const MAX_PIXELS = 2 ** 20;

/**
 * Statistics of a raster's bands with percentiles and histograms; null for a band without a valid pixel, and for bands
 * beyond the first 64. What the file itself says of minimum, maximum, mean and deviation counts: it was computed from
 * every pixel, or is at least what its maker meant.
 */
export async function summarizeRaster(
  raster: GeoTiffRaster,
  signal: AbortSignal,
): Promise<(StoredStatistics | null)[]> {
  const { bands } = raster.profile.layout;
  const alpha = 1 + bands.findIndex(({ colorInterp }) => colorInterp === 'Alpha');
  const wanted = bands.slice(0, MAX_BANDS).map((_, bandOffset) => bandOffset + 1);
  const summaries = await readStatistics(await openLevels(raster, { signal }), {
    bands: wanted,
    alphaBand: alpha === 0 ? null : alpha,
    percentiles: STORED_PERCENTILES,
    bins: STORED_BINS,
    maxPixels: MAX_PIXELS,
    signal,
  });
  return bands.map((_, bandOffset) => {
    const summary = summaries[bandOffset] ?? null;
    const known = raster.profile.statistics[bandOffset] ?? null;
    return summary === null ? known : { ...toStored(summary), ...known };
  });
}

/** A member's part in a mosaic's statistics. */
export interface SummarizedMember {
  readonly statistics: StoredStatistics;
  /** Its width * height. */
  readonly pixelCount: number;
}

/** Histograms that are added up; of more members, every n-th one's. */
const MAX_HISTOGRAMS = 10_000;

/** A mosaic's band from what is stored of its members; null where none has a valid pixel. */
export function combineMembers(members: readonly SummarizedMember[]): StoredStatistics | null {
  const combined: BandStatistics | null = combineStatistics(members);
  const withHistogram = members.flatMap(({ statistics, pixelCount }) =>
    isSummary(statistics) ? [{ statistics, pixelCount }] : [],
  );
  // Without those of the others, percentiles would be of some members only.
  if (combined === null || withHistogram.length < members.length) return combined;
  const step = Math.ceil(withHistogram.length / MAX_HISTOGRAMS);
  const some = step === 1 ? withHistogram : withHistogram.filter((_, i) => i % step === 0);
  const summary = combineSummaries(some, { percentiles: STORED_PERCENTILES, bins: STORED_BINS });
  return summary === null ? combined : { ...combined, percentiles: summary.percentiles, histogram: summary.histogram };
}

/** Whether all is there that a summary has: not so where only the file itself was asked. */
export function isSummary(
  statistics: StoredStatistics,
): statistics is StoredStatistics & Pick<CombinedSummary, 'percentiles' | 'histogram'> {
  return statistics.percentiles !== undefined && statistics.histogram !== undefined;
}

function toStored(summary: BandSummary): StoredStatistics {
  const { minimum, maximum, mean, stddev, validPercent, approximate, percentiles, histogram } = summary;
  return { minimum, maximum, mean, stddev, validPercent, approximate, percentiles, histogram };
}
