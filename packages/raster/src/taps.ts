/**
 * Along one axis, which source positions weigh in at each target position. Target position `t` takes the `counts[t]`
 * positions from `firsts[t]` on, their weights starting at `weights[t * stride]`. Both bounds grow with `t`.
 */
export interface Taps {
  /** 0-based, within the source. */
  readonly firsts: Uint32Array;
  /** 0 where no source position lies under the kernel. */
  readonly counts: Uint32Array;
  /** Entries per target position. */
  readonly stride: number;
  readonly weights: Float64Array;
  /** Sum of the weights of each target position: 1 for kernels, the length covered for boxes. */
  readonly totals: Float64Array;
}

/** One axis of a resampling, in pixels. */
export interface Axis {
  readonly sourceLength: number;
  /** The part of the source that is spread over the target; fractional, may reach beyond the source. */
  readonly start: number;
  readonly length: number;
  readonly targetLength: number;
}

/** A symmetric function of the distance in pixels, 0 from `radius` on. */
export interface Kernel {
  readonly radius: number;
  readonly weight: (distance: number) => number;
  /** Some weights are negative: a result can lie outside of what it is made from. */
  readonly overshoots: boolean;
}

/** The triangle of linear interpolation. */
export const BILINEAR: Kernel = {
  radius: 1,
  weight: (distance) => Math.max(0, 1 - Math.abs(distance)),
  overshoots: false,
};

/** Keys' cubic convolution with a = -0.5 (Keys 1981, formula 4), which GDAL calls `cubic`. */
export const CUBIC: Kernel = {
  radius: 2,
  weight(distance) {
    const x = Math.abs(distance);
    if (x <= 1) return x * x * (1.5 * x - 2.5) + 1;
    return x < 2 ? x * (x * (-0.5 * x + 2.5) - 4) + 2 : 0;
  },
  overshoots: true,
};

/** Bounds this close to a whole pixel are on it, so that rounding adds no pixel of weight nothing. */
const SNAP = 1e-8;

/**
 * Weights of a kernel around the centre of each target pixel, stretched to the target's pixels where those are the
 * larger ones (GDAL's overview resampling). They sum to 1: past the source's edge the rest counts for more. Nothing is
 * extrapolated: target pixels whose centres lie beyond the source have no weights.
 */
export function kernelTaps(kernel: Kernel, { sourceLength, start, length, targetLength }: Axis): Taps {
  const step = length / targetLength;
  const scale = Math.max(1, step);
  const radius = kernel.radius * scale;
  const taps = emptyTaps(targetLength, 2 * Math.ceil(radius) + 2);
  for (let at = 0; at < targetLength; at++) {
    const centre = start + (at + 0.5) * step;
    const isInside = centre >= 0 && centre <= sourceLength;
    const first = Math.max(0, Math.floor(centre - radius + 0.5));
    const end = isInside ? Math.min(sourceLength, Math.floor(centre + radius + 0.5)) : first;
    place(taps, at, first, end, (source) => kernel.weight((source + 0.5 - centre) / scale));
    normalise(taps, at);
  }
  return taps;
}

/** The length of each source pixel that lies under each target pixel: exactly 1 for those covered whole. */
export function boxTaps({ sourceLength, start, length, targetLength }: Axis): Taps {
  const step = length / targetLength;
  const taps = emptyTaps(targetLength, Math.ceil(step) + 2);
  for (let at = 0; at < targetLength; at++) {
    const low = start + (at * length) / targetLength;
    const high = start + ((at + 1) * length) / targetLength;
    const first = Math.max(0, Math.floor(low + SNAP));
    const end = Math.min(sourceLength, Math.ceil(high - SNAP));
    place(taps, at, first, end, (source) => {
      const left = low - source < SNAP ? source : low;
      const right = source + 1 - high < SNAP ? source + 1 : high;
      return right - left;
    });
  }
  return taps;
}

function emptyTaps(targetLength: number, stride: number): Taps {
  return {
    firsts: new Uint32Array(targetLength),
    counts: new Uint32Array(targetLength),
    stride,
    weights: new Float64Array(targetLength * stride),
    totals: new Float64Array(targetLength),
  };
}

function place(taps: Taps, at: number, first: number, end: number, weightOf: (source: number) => number): void {
  if (end <= first) {
    // Keeps the bounds ascending where a target pixel lies beyond the source.
    taps.firsts[at] = at === 0 ? 0 : taps.firsts[at - 1]! + taps.counts[at - 1]!;
    return;
  }
  taps.firsts[at] = first;
  taps.counts[at] = end - first;
  for (let source = first; source < end; source++) {
    const weight = weightOf(source);
    taps.weights[at * taps.stride + source - first] = weight;
    taps.totals[at]! += weight;
  }
}

function normalise({ counts, stride, weights, totals }: Taps, at: number): void {
  const total = totals[at]!;
  if (total === 0) return;
  for (let i = at * stride; i < at * stride + counts[at]!; i++) weights[i]! /= total;
  totals[at] = 1;
}
