import type { NumericSamples } from './numeric-samples.ts';

/** What is known of the valid samples before their distribution is looked at. */
export interface SampleRange {
  readonly minimum: number;
  readonly maximum: number;
  /** Number of valid samples, at least 1. */
  readonly validCount: number;
}

/** Integers that span no more than this are counted, one bin a value: every 8- and 16-bit band. */
const MAX_BINS = 65_536;

/**
 * Percentiles of the valid samples, in the order asked for: the smallest sample that at least `rank` percent of them
 * do not exceed (nearest rank, so always a value that occurs).
 *
 * Exact: integers of a short range by a histogram, everything else by sorting a copy, which no stray 1e38 in a field
 * of small numbers can flatten.
 *
 * @param valid length = samples.length, non-zero = counts.
 * @param ranks percentages, 0..100.
 */
export function percentiles(
  samples: NumericSamples,
  valid: Uint8Array,
  range: SampleRange,
  ranks: readonly number[],
): number[] {
  const valueAt =
    holdsIntegers(samples) && range.maximum - range.minimum < MAX_BINS
      ? byHistogram(samples, valid, range)
      : bySorting(samples, valid, range);
  return ranks.map((rank) => valueAt(Math.max(1, Math.ceil((rank / 100) * range.validCount))));
}

/** The sample at a 1-based position of the ascending order. */
type ValueAt = (position: number) => number;

function holdsIntegers(samples: NumericSamples): boolean {
  return !(samples instanceof Float32Array || samples instanceof Float64Array);
}

function byHistogram(samples: NumericSamples, valid: Uint8Array, { minimum, maximum }: SampleRange): ValueAt {
  const counts = new Uint32Array(maximum - minimum + 1);
  for (let i = 0; i < samples.length; i++) {
    if (valid[i] !== 0) counts[samples[i]! - minimum]!++;
  }
  return (position) => {
    let bin = 0;
    for (let below = counts[0]!; below < position; below += counts[bin]!) bin++;
    return minimum + bin;
  };
}

function bySorting(samples: NumericSamples, valid: Uint8Array, { validCount }: SampleRange): ValueAt {
  const sorted = samples instanceof Float32Array ? new Float32Array(validCount) : new Float64Array(validCount);
  let filled = 0;
  for (let i = 0; i < samples.length; i++) {
    if (valid[i] !== 0) sorted[filled++] = samples[i]!;
  }
  sorted.sort();
  return (position) => sorted[position - 1]!;
}
