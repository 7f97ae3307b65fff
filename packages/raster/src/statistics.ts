import type { BandStatistics, DataType } from '@inlay/geo';
import { createDistribution } from './distribution.ts';
import { type Histogram, combineHistograms } from './histogram.ts';
import { percentilesOfMembers } from './member-percentiles.ts';
import { type MomentsSoFar, createMoments, poolMoments } from './moments.ts';
import type { NumericSamples } from './numeric-samples.ts';
import { type BandSummary, STRETCH_PERCENTILES } from './summary.ts';

/** Statistics of one array with the two percentiles that a default stretch runs between. */
export interface SampleStatistics extends BandStatistics {
  /** Never null here: every pixel was looked at. */
  readonly validPercent: number;
  /** Number of valid pixels. */
  readonly validCount: number;
  readonly percentile2: number;
  readonly percentile98: number;
}

/**
 * Statistics of the valid samples of an array at hand, percentiles exact; null where none is valid. For what arrives in
 * parts, or is large: `createBandSummary`.
 *
 * @param valid from `validPixels`: length = samples.length, non-zero = counts.
 * @param approximate what the result says of itself: true where `samples` is a reduced-resolution level.
 */
export function computeStatistics(
  samples: NumericSamples,
  valid: Uint8Array,
  approximate: boolean,
): SampleStatistics | null {
  const values = samples instanceof Float64Array ? samples : Float64Array.from(samples);
  const moments = createMoments();
  moments.add(values, valid);
  const { count, minimum, maximum, mean, squares } = moments.current();
  if (count === 0) return null;
  const distribution = createDistribution(countableType(samples), count);
  distribution.add(values, valid);
  const sorted = distribution.sort();
  const [percentile2, percentile98] = STRETCH_PERCENTILES.map((rank) => sorted.at(Math.ceil((rank / 100) * count)));
  return {
    minimum,
    maximum,
    mean,
    stddev: Math.sqrt(squares / count),
    validPercent: (100 * count) / samples.length,
    validCount: count,
    percentile2: percentile2!,
    percentile98: percentile98!,
    approximate,
  };
}

/** A data type that holds what the array does, as far as it matters to a distribution. */
function countableType(samples: NumericSamples): DataType {
  if (samples instanceof Uint8Array) return 'Byte';
  if (samples instanceof Int8Array) return 'Int8';
  if (samples instanceof Uint16Array) return 'UInt16';
  return samples instanceof Int16Array ? 'Int16' : 'Float64';
}

/** One member's part in the statistics of a mosaic. */
export interface StatisticsMember {
  readonly statistics: BandStatistics;
  /** Pixels the member contributes, valid or not: its width * height. */
  readonly pixelCount: number;
}

/**
 * A mosaic's statistics from its members', without a pixel being read; null where no member has a valid pixel.
 *
 * Mean and standard deviation are those of the pooled pixels, each member weighing as much as it has valid pixels.
 * Approximate, since overlaps count twice; `validPercent` is null, since gaps between the members are not known here.
 */
export function combineStatistics(members: Iterable<StatisticsMember>): BandStatistics | null {
  let pooled: MomentsSoFar | null = null;
  for (const member of members) {
    const count = weightOf(member);
    if (!(count > 0)) continue;
    const { minimum, maximum, mean, stddev } = member.statistics;
    const moments = { count, minimum, maximum, mean, squares: count * stddev ** 2 };
    pooled = pooled === null ? moments : poolMoments(pooled, moments);
  }
  if (pooled === null) return null;
  const { count, minimum, maximum, mean, squares } = pooled;
  return { minimum, maximum, mean, stddev: Math.sqrt(squares / count), validPercent: null, approximate: true };
}

/** Valid pixels of a member. */
function weightOf({ statistics, pixelCount }: StatisticsMember): number {
  return (pixelCount * (statistics.validPercent ?? 100)) / 100;
}

/** What is known of a mosaic's band from its members alone. */
export interface CombinedSummary extends BandStatistics {
  /** In the order asked for. */
  readonly percentiles: BandSummary['percentiles'];
  readonly histogram: Histogram;
}

/** What to find out of members. */
export interface CombineOptions {
  /** 0..100; default 2 and 98. */
  readonly percentiles?: readonly number[];
  /** Default 256. */
  readonly bins?: number;
  /** {@link combineStatistics} of all members where these are some of them: between its extremes the histogram lies. */
  readonly whole?: BandStatistics;
}

/** {@link combineStatistics} with percentiles and a histogram, from those of the members. */
export function combineSummaries(
  members: readonly { readonly statistics: BandSummary | CombinedSummary; readonly pixelCount: number }[],
  { percentiles = STRETCH_PERCENTILES, bins = 256, whole }: CombineOptions = {},
): CombinedSummary | null {
  const combined = whole ?? combineStatistics(members);
  if (combined === null) return null;
  const weighed = members.map((member) => ({ ...member.statistics, weight: weightOf(member) }));
  const values = percentilesOfMembers(weighed, percentiles);
  if (values === null) return null;
  return {
    ...combined,
    percentiles: percentiles.map((rank, i) => ({ rank, value: values[i]! })),
    histogram: combineHistograms(weighed, combined, bins),
  };
}
