import type { SortedValues } from './distribution.ts';

/** How many values lie in each of some equal intervals, as `numpy.histogram` counts them. */
export interface Histogram {
  /** Ascending, one more than there are counts. A value on an edge belongs to the interval above it, but for the last. */
  readonly edges: readonly number[];
  /** Of all valid pixels; fractional where they were estimated. */
  readonly counts: readonly number[];
}

/**
 * Counts values between their extremes; a constant gets half a unit on either side.
 * @param total what the counts add up to, where the values are a sample of as many.
 */
export function histogramOf(
  values: SortedValues,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
  bins: number,
  total: number,
): Histogram {
  const edges = equalEdges(minimum, maximum, bins);
  const below = edges.map((edge, i) => (i === bins ? values.count : values.countBelow(edge)));
  const scale = values.isSample ? total / values.count : 1;
  // Values below the first edge are what rounding put there.
  return { edges, counts: below.slice(1).map((count, i) => (count - (i === 0 ? 0 : below[i]!)) * scale) };
}

/** `bins + 1` edges from the least value to the greatest. */
export function equalEdges(minimum: number, maximum: number, bins: number): number[] {
  const [low, high] = minimum < maximum ? [minimum, maximum] : [minimum - 0.5, maximum + 0.5];
  // Halved before they are subtracted: the ends of a Float64 band may be further apart than a double can say.
  const step = (high / 2 - low / 2) / bins;
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + 2 * i * step));
}

/** Several histograms as one, each interval's values taken for evenly spread. Weights say what each adds up to. */
export function combineHistograms(
  members: readonly { readonly histogram: Histogram; readonly weight: number }[],
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
  bins: number,
): Histogram {
  const edges = equalEdges(minimum, maximum, bins);
  const counts = new Float64Array(bins);
  const [low, high] = [edges[0]!, edges[bins]!];
  for (const { histogram, weight } of members) {
    const total = histogram.counts.reduce((sum, count) => sum + count, 0);
    if (!(total > 0 && weight > 0)) continue;
    for (const [bin, count] of histogram.counts.entries()) {
      if (count > 0)
        spread(counts, [low, high], histogram.edges[bin]!, histogram.edges[bin + 1]!, (count * weight) / total);
    }
  }
  return { edges, counts: [...counts] };
}

/** Adds an interval's count to the bins it overlaps, by the share of it that lies in each. */
function spread(
  counts: Float64Array,
  [low, high]: readonly [number, number],
  from: number,
  to: number,
  count: number,
): void {
  const bins = counts.length;
  const placeOf = (value: number): number => Math.min(bins, Math.max(0, ((value - low) / (high - low)) * bins));
  const [start, end] = [placeOf(from), placeOf(to)];
  if (!(end > start)) {
    counts[Math.min(bins - 1, Math.floor(start))]! += count;
    return;
  }
  for (let bin = Math.floor(start); bin < Math.min(bins, Math.ceil(end)); bin++) {
    const overlap = Math.min(end, bin + 1) - Math.max(start, bin);
    counts[bin]! += (count * overlap) / (end - start);
  }
}
