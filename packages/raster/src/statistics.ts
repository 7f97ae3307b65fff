import type { BandStatistics } from '@inlay/geo';
import { percentiles } from './percentiles.ts';
import type { NumericSamples } from './numeric-samples.ts';

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
 * Statistics of the valid samples; null where none is valid.
 *
 * Two passes, so that a small spread on a large mean (elevations in millimetres) keeps its digits: the second
 * sums squares of differences from the mean, with Chan's correction for what rounding left in their sum.
 *
 * @param valid from `validPixels`: length = samples.length, non-zero = counts.
 * @param approximate what the result says of itself: true where `samples` is a reduced-resolution level.
 */
export function computeStatistics(
  samples: NumericSamples,
  valid: Uint8Array,
  approximate: boolean,
): SampleStatistics | null {
  let validCount = 0;
  let minimum = Infinity;
  let maximum = -Infinity;
  let sum = 0;
  for (let i = 0; i < samples.length; i++) {
    if (valid[i] === 0) continue;
    const value = samples[i]!;
    validCount++;
    sum += value;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  if (validCount === 0) return null;
  // Values near the largest double overflow the sum; half-way between the extremes is then near enough.
  const mean = Number.isFinite(sum) ? sum / validCount : minimum / 2 + maximum / 2;

  let squares = 0;
  let residue = 0;
  for (let i = 0; i < samples.length; i++) {
    if (valid[i] === 0) continue;
    const difference = samples[i]! - mean;
    squares += difference * difference;
    residue += difference;
  }
  const variance = (squares - (residue * residue) / validCount) / validCount;
  const [percentile2, percentile98] = percentiles(samples, valid, { minimum, maximum, validCount }, [2, 98]);
  return {
    minimum,
    maximum,
    mean,
    stddev: Math.sqrt(Math.max(0, variance)),
    validPercent: (100 * validCount) / samples.length,
    validCount,
    percentile2: percentile2!,
    percentile98: percentile98!,
    approximate,
  };
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
 * Mean and standard deviation are those of the pooled pixels, each member weighing as much as it has valid pixels
 * (Chan, Golub and LeVeque 1979, formula 1.5b). Approximate, since overlaps count twice; `validPercent` is null,
 * since gaps between the members are not known here.
 */
export function combineStatistics(members: Iterable<StatisticsMember>): BandStatistics | null {
  let count = 0;
  let minimum = Infinity;
  let maximum = -Infinity;
  let mean = 0;
  let squares = 0;
  for (const { statistics, pixelCount } of members) {
    const weight = (pixelCount * (statistics.validPercent ?? 100)) / 100;
    if (!(weight > 0)) continue;
    const total = count + weight;
    const difference = statistics.mean - mean;
    mean += (difference * weight) / total;
    squares += weight * statistics.stddev ** 2 + (difference * difference * count * weight) / total;
    count = total;
    minimum = Math.min(minimum, statistics.minimum);
    maximum = Math.max(maximum, statistics.maximum);
  }
  if (count === 0) return null;
  return { minimum, maximum, mean, stddev: Math.sqrt(squares / count), validPercent: null, approximate: true };
}
