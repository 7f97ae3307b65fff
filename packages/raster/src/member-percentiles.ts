import type { Histogram } from './histogram.ts';

/** What is known of how a member's values are spread. */
export interface MemberSpread {
  readonly minimum: number;
  readonly maximum: number;
  /** Rank (0..100) and value; in any order, may be empty. */
  readonly percentiles: readonly { readonly rank: number; readonly value: number }[];
  readonly histogram: Histogram;
  /** What its values add up to beside those of the others. */
  readonly weight: number;
}

/**
 * Percentiles of the values of several members together: the least value that at least so many percent do not exceed, each
 * member's values taken for evenly spread between what is known of them. That is its own percentiles as well as its
 * histogram: of a band with a few values far from the others, the histogram alone tells next to nothing.
 *
 * @param ranks 0..100
 * @returns in the order of the ranks; null where no member has a weight
 */
export function percentilesOfMembers(members: readonly MemberSpread[], ranks: readonly number[]): number[] | null {
  const spreads = members.filter(({ weight }) => weight > 0).map(toShares);
  const total = spreads.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0)) return null;
  const low = spreads.reduce((least, { values }) => Math.min(least, values[0]!), Infinity);
  const high = spreads.reduce((most, { values }) => Math.max(most, values.at(-1)!), -Infinity);
  const shareUpTo = (value: number): number =>
    spreads.reduce((sum, spread) => sum + spread.weight * shareAt(spread, value), 0) / total;
  return ranks.map((rank) => leastValue(shareUpTo, rank / 100, low, high));
}

/** Shares of a member's values that do not exceed some of them, both ascending; a value that occurs twice is a step. */
interface Shares {
  readonly values: Float64Array;
  readonly shares: Float64Array;
  readonly weight: number;
}

function toShares({ minimum, maximum, percentiles, histogram, weight }: MemberSpread): Shares {
  const total = histogram.counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  const known: (readonly [value: number, share: number])[] = [];
  for (const [bin, count] of histogram.counts.entries()) {
    known.push([histogram.edges[bin]!, below / total]);
    below += count;
  }
  for (const { rank, value } of percentiles) known.push([value, rank / 100]);
  const inside = known.filter(([value]) => value >= minimum && value <= maximum);
  const sorted = [[minimum, 0] as const, ...inside, [maximum, 1] as const].toSorted(
    (a, b) => a[0] - b[0] || a[1] - b[1],
  );
  const shares = new Float64Array(sorted.length);
  for (const [at, [, share]] of sorted.entries()) shares[at] = Math.max(at === 0 ? 0 : shares[at - 1]!, share);
  return { values: Float64Array.from(sorted, ([value]) => value), shares, weight };
}

/** The share of values that do not exceed one. */
function shareAt({ values, shares }: Shares, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  const share = shares[low - 1]!;
  if (low === values.length) return share;
  const [from, to] = [values[low - 1]!, values[low]!];
  return share + ((shares[low]! - share) * (value - from)) / (to - from);
}

/** The least double for which an ascending function is no less than a share: halving comes to it in some sixty steps. */
function leastValue(shareUpTo: (value: number) => number, share: number, low: number, high: number): number {
  // Sums of shares are off by some roundings.
  const wanted = share - 1e-12;
  if (shareUpTo(low) >= wanted) return low;
  let [below, above] = [low, high];
  for (;;) {
    const middle = below / 2 + above / 2;
    if (!(middle > below && middle < above)) return above;
    if (shareUpTo(middle) >= wanted) above = middle;
    else below = middle;
  }
}
