import type { BandStatistics } from '@inlay/geo';
import { type GeoTiffRaster, openLevels, readStatistics } from '@inlay/geotiff';
import { type BandSummary, type CombinedSummary, combineStatistics, combineSummaries } from '@inlay/raster';
import type { StoredStatistics } from '../db/tables.ts';

/** Percentiles that are stored: those that stretches are made of. */
export const STORED_PERCENTILES: readonly number[] = [0.5, 1, 2, 5, 10, 25, 50, 75, 90, 95, 98, 99, 99.5];

/** Intervals of stored histograms. */
export const STORED_BINS = 64;

/** Bands that are summarised: hyperspectral rasters have hundreds. */
export const MAX_SUMMARIZED_BANDS = 64;

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
  const wanted = bands.slice(0, MAX_SUMMARIZED_BANDS).map((_, bandOffset) => bandOffset + 1);
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

/** A mosaic's band from what is stored of its members, however many there are: it keeps what it needs of them. */
export interface MemberStatistics {
  add(member: SummarizedMember): void;
  /** Null where no member has a valid pixel. */
  finish(): StoredStatistics | null;
}

/** Members that percentiles and histograms are made of; of more, every n-th one. */
const MAX_HISTOGRAMS = 512;

export function gatherMembers(): MemberStatistics {
  /** All of them as one member. */
  let pooled: { readonly statistics: BandStatistics; readonly pixelCount: number } | null = null;
  let kept: { readonly statistics: StoredSummary; readonly pixelCount: number }[] = [];
  let step = 1;
  let count = 0;
  let isSummarized = true;
  return {
    add({ statistics, pixelCount }) {
      const weight = (pixelCount * (statistics.validPercent ?? 100)) / 100;
      const members = [...(pooled === null ? [] : [pooled]), { statistics, pixelCount }];
      const combined = combineStatistics(members);
      if (combined === null) return;
      pooled = { statistics: combined, pixelCount: (pooled?.pixelCount ?? 0) + weight };
      // Without those of the others, percentiles would be of some members only.
      isSummarized &&= isSummary(statistics);
      if (isSummary(statistics) && count % step === 0) kept.push({ statistics, pixelCount });
      count += 1;
      if (kept.length <= MAX_HISTOGRAMS) return;
      kept = kept.filter((_, at) => at % 2 === 0);
      step *= 2;
    },
    finish() {
      if (pooled === null) return null;
      const summary = isSummarized
        ? combineSummaries(kept, { percentiles: STORED_PERCENTILES, bins: STORED_BINS, whole: pooled.statistics })
        : null;
      if (summary === null) return pooled.statistics;
      return { ...pooled.statistics, percentiles: summary.percentiles, histogram: summary.histogram };
    },
  };
}

/** Statistics with all that a summary has. */
type StoredSummary = StoredStatistics & Pick<CombinedSummary, 'percentiles' | 'histogram'>;

/** Whether all is there that a summary has: not so where only the file itself was asked. */
export function isSummary(statistics: StoredStatistics): statistics is StoredSummary {
  return statistics.percentiles !== undefined && statistics.histogram !== undefined;
}

/** A summary as it is stored. */
export function toStored(summary: BandStatistics & Pick<BandSummary, 'percentiles' | 'histogram'>): StoredStatistics {
  const { minimum, maximum, mean, stddev, validPercent, approximate, percentiles, histogram } = summary;
  return { minimum, maximum, mean, stddev, validPercent, approximate, percentiles, histogram };
}
