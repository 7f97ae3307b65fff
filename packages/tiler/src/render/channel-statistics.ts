import type { Stretch } from '@inlay/raster';
import type { RescaleChoice } from './render-options.ts';

/** What is known of a channel's values: enough to choose a stretch. */
export interface ChannelStatistics {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly stddev: number;
  /** Rank (0..100) and value of known percentiles, ascending; may be empty. */
  readonly percentiles: readonly { readonly rank: number; readonly value: number }[];
}

/** The stretch that a choice comes to for a channel. */
export function stretchOf(choice: RescaleChoice, statistics: ChannelStatistics): Stretch {
  const { minimum, maximum, mean, stddev } = statistics;
  if (choice.kind === 'range') return { lo: choice.lo, hi: choice.hi };
  if (choice.kind === 'minmax') return { lo: minimum, hi: maximum };
  if (choice.kind === 'percentiles') {
    return apart(percentileOf(statistics, choice.low), percentileOf(statistics, choice.high), statistics);
  }
  const reach = choice.factor * stddev;
  return apart(Math.max(minimum, mean - reach), Math.min(maximum, mean + reach), statistics);
}

/**
 * The stretch where nothing was asked for: between the 2nd and 98th percentile (QGIS's cumulative cut), or two standard
 * deviations around the mean where no percentiles are known.
 */
export function defaultStretch(statistics: ChannelStatistics): Stretch {
  return stretchOf(
    statistics.percentiles.length > 0 ? { kind: 'percentiles', low: 2, high: 98 } : { kind: 'stddev', factor: 2 },
    statistics,
  );
}

/** Most pixels may have one and the same value: then the whole range is shown. */
function apart(lo: number, hi: number, { minimum, maximum }: ChannelStatistics): Stretch {
  return lo < hi ? { lo, hi } : { lo: minimum, hi: maximum };
}

/** Between two known ranks, in proportion; the extremes are ranks 0 and 100. */
function percentileOf({ percentiles, minimum, maximum }: ChannelStatistics, rank: number): number {
  let [lowRank, lowValue] = [0, minimum];
  for (const high of [...percentiles, { rank: 100, value: maximum }]) {
    if (rank === high.rank) return high.value;
    if (rank < high.rank) return lowValue + ((high.value - lowValue) * (rank - lowRank)) / (high.rank - lowRank);
    [lowRank, lowValue] = [high.rank, high.value];
  }
  return maximum;
}
