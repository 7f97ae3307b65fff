import type { Positions } from '@inlay/geo';
import type { NumericSamples } from '../numeric-samples.ts';
import type { WarpSource } from './warp.ts';

/**
 * Kernels that weigh the source pixels around a position. All work row by row of the target: places and weights are
 * found once for a row and used for every band.
 */

/** Weights of what is valid may sum to less than this, and then say nothing. */
const LEAST_WEIGHT = 1e-6;

/**
 * Bilinear between the four nearest pixels, for targets no coarser than the source.
 * @param pixels of `nearestPixels`: negative where the target has no counterpart.
 * @param outs one per source, length = that of `pixels`.
 */
export function warpBilinear(
  sources: readonly WarpSource[],
  positions: Positions,
  pixels: Int32Array,
  outs: readonly NumericSamples[],
): void {
  const { width, height } = positions;
  const places = {
    first: new Int32Array(width),
    right: new Int32Array(width),
    below: new Int32Array(width),
    shareX: new Float64Array(width),
    shareY: new Float64Array(width),
  };
  const row = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    placeRow(sources[0]!, positions, pixels, start, places);
    for (let band = 0; band < sources.length; band++) {
      const { samples, valid } = sources[band]!;
      if (valid === null) blendRow(samples, pixels, start, places, row);
      else blendMaskedRow(samples, valid, pixels, start, places, row);
      storeRow(row, outs[band]!, start);
    }
  }
}

/** Where the four pixels of each target pixel of a row are, and how near the position is to the latter ones. */
interface BilinearPlaces {
  /** Index of the pixel top left. */
  readonly first: Int32Array;
  /** Steps from there to the right one and the one below: 0 at the source's edge. */
  readonly right: Int32Array;
  readonly below: Int32Array;
  readonly shareX: Float64Array;
  readonly shareY: Float64Array;
}

function placeRow(
  { width, height }: WarpSource,
  { cols, rows }: Positions,
  pixels: Int32Array,
  start: number,
  { first, right, below, shareX, shareY }: BilinearPlaces,
): void {
  for (let i = 0; i < first.length; i++) {
    if (pixels[start + i]! < 0) continue;
    const col = cols[start + i]! - 0.5;
    const row = rows[start + i]! - 0.5;
    const left = Math.floor(col);
    const top = Math.floor(row);
    const firstCol = left < 0 ? 0 : left;
    const firstRow = top < 0 ? 0 : top;
    first[i] = firstRow * width + firstCol;
    right[i] = left < 0 || left + 1 >= width ? 0 : 1;
    below[i] = top < 0 || top + 1 >= height ? 0 : width;
    shareX[i] = col - left;
    shareY[i] = row - top;
  }
}

function blendRow(
  samples: NumericSamples,
  pixels: Int32Array,
  start: number,
  { first, right, below, shareX, shareY }: BilinearPlaces,
  out: Float64Array,
): void {
  for (let i = 0; i < out.length; i++) {
    if (pixels[start + i]! < 0) {
      out[i] = 0;
      continue;
    }
    const at = first[i]!;
    const under = at + below[i]!;
    const step = right[i]!;
    const x = shareX[i]!;
    const top = samples[at]! * (1 - x) + samples[at + step]! * x;
    const bottom = samples[under]! * (1 - x) + samples[under + step]! * x;
    out[i] = top + (bottom - top) * shareY[i]!;
  }
}

function blendMaskedRow(
  samples: NumericSamples,
  valid: Uint8Array,
  pixels: Int32Array,
  start: number,
  { first, right, below, shareX, shareY }: BilinearPlaces,
  out: Float64Array,
): void {
  for (let i = 0; i < out.length; i++) {
    const pixel = pixels[start + i]!;
    out[i] = 0;
    if (pixel < 0 || valid[pixel] === 0) continue;
    const at = first[i]!;
    const under = at + below[i]!;
    const step = right[i]!;
    const x = shareX[i]!;
    const y = shareY[i]!;
    let sum = 0;
    let weights = 0;
    if (valid[at] !== 0) {
      const weight = (1 - x) * (1 - y);
      sum += samples[at]! * weight;
      weights += weight;
    }
    if (valid[at + step] !== 0) {
      const weight = x * (1 - y);
      sum += samples[at + step]! * weight;
      weights += weight;
    }
    if (valid[under] !== 0) {
      const weight = (1 - x) * y;
      sum += samples[under]! * weight;
      weights += weight;
    }
    if (valid[under + step] !== 0) {
      const weight = x * y;
      sum += samples[under + step]! * weight;
      weights += weight;
    }
    out[i] = weights > LEAST_WEIGHT ? sum / weights : samples[pixel]!;
  }
}

/** A kernel and how much wider than at the source's own resolution it is. */
export interface ConvolutionKernel {
  readonly kernel: 'bilinear' | 'cubic';
  /** Source pixels per target pixel along columns and rows; below 1 counts as 1. */
  readonly scale: readonly [col: number, row: number];
}

/** Pixels on each side of a position that a kernel looks at, at scale 1. */
export const KERNEL_RADIUS: Readonly<Record<'bilinear' | 'cubic', number>> = { bilinear: 1, cubic: 2 };

/** The widest kernel, in source pixels along one axis; coarser targets than that are undersampled. */
const MAX_TAPS = 64;

/** Bilinear or cubic, widened or not: each target pixel is a weighted mean of all source pixels in the kernel's reach. */
export function warpConvolution(
  sources: readonly WarpSource[],
  positions: Positions,
  pixels: Int32Array,
  outs: readonly NumericSamples[],
  { kernel, scale }: ConvolutionKernel,
): void {
  const { width, height } = positions;
  const { width: sourceWidth, height: sourceHeight } = sources[0]!;
  const across = createTaps(width, kernel, scale[0]);
  const down = createTaps(width, kernel, scale[1]);
  const row = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let i = 0; i < width; i++) {
      if (pixels[start + i]! < 0) continue;
      placeTaps(across, i, positions.cols[start + i]!, sourceWidth);
      placeTaps(down, i, positions.rows[start + i]!, sourceHeight);
    }
    for (let band = 0; band < sources.length; band++) {
      const { samples, valid } = sources[band]!;
      if (valid === null) sumRow(samples, sourceWidth, pixels, start, across, down, row);
      else sumMaskedRow(samples, valid, sourceWidth, pixels, start, across, down, row);
      storeRow(row, outs[band]!, start);
    }
  }
}

/** Where the kernel of each target pixel of a row lies along one axis of the source. */
interface Taps {
  readonly kernel: 'bilinear' | 'cubic';
  readonly scale: number;
  /** Entries of {@link weights} for each pixel. */
  readonly stride: number;
  /** First source column or row, and how many. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Sum to 1 for each pixel. */
  readonly weights: Float64Array;
}

function createTaps(width: number, kernel: 'bilinear' | 'cubic', scale: number): Taps {
  const radius = KERNEL_RADIUS[kernel];
  const used = Math.min(Math.max(1, scale), MAX_TAPS / 2 / radius);
  const stride = Math.ceil(2 * radius * used) + 1;
  return {
    kernel,
    scale: used,
    stride,
    first: new Int32Array(width),
    count: new Int32Array(width),
    weights: new Float64Array(width * stride),
  };
}

function placeTaps(
  { kernel, scale, stride, first, count, weights }: Taps,
  i: number,
  at: number,
  length: number,
): void {
  const before = Math.floor(at - 0.5) - 1;
  if (kernel === 'cubic' && scale === 1 && before >= 0 && before + 3 < length) {
    placeCubic(weights, i * stride, at - 0.5 - (before + 1));
    first[i] = before;
    count[i] = 4;
    return;
  }
  const reach = KERNEL_RADIUS[kernel] * scale;
  const from = Math.max(0, Math.ceil(at - reach - 0.5));
  const to = Math.min(length - 1, Math.floor(at + reach - 0.5));
  let sum = 0;
  const start = i * stride;
  for (let tap = from; tap <= to; tap++) {
    const distance = Math.abs(tap + 0.5 - at) / scale;
    const weight = kernel === 'cubic' ? cubicWeight(distance) : Math.max(0, 1 - distance);
    weights[start + tap - from] = weight;
    sum += weight;
  }
  first[i] = from;
  count[i] = to - from + 1;
  for (let tap = 0; tap <= to - from; tap++) weights[start + tap]! /= sum;
}

/** {@link cubicWeight} of the four pixels around, multiplied out; `t` is the way gone from the second to the third. */
function placeCubic(weights: Float64Array, start: number, t: number): void {
  weights[start] = ((-0.5 * t + 1) * t - 0.5) * t;
  weights[start + 1] = (1.5 * t - 2.5) * t * t + 1;
  weights[start + 2] = ((-1.5 * t + 2) * t + 0.5) * t;
  weights[start + 3] = (0.5 * t - 0.5) * t * t;
}

/** The cubic convolution kernel with a = -0.5 (Keys 1981, formula 15), which is GDAL's `cubic`. */
function cubicWeight(distance: number): number {
  if (distance <= 1) return (1.5 * distance - 2.5) * distance * distance + 1;
  if (distance < 2) return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
  return 0;
}

function sumRow(
  samples: NumericSamples,
  sourceWidth: number,
  pixels: Int32Array,
  start: number,
  across: Taps,
  down: Taps,
  out: Float64Array,
): void {
  const { weights: acrossWeights } = across;
  const { weights: downWeights } = down;
  for (let i = 0; i < out.length; i++) {
    if (pixels[start + i]! < 0) {
      out[i] = 0;
      continue;
    }
    const cols = across.count[i]!;
    const rows = down.count[i]!;
    const acrossAt = i * across.stride;
    const downAt = i * down.stride;
    let at = down.first[i]! * sourceWidth + across.first[i]!;
    let sum = 0;
    if (cols === 4) {
      // Nearly all pixels of a cubic kernel that is not widened.
      const [w0, w1] = [acrossWeights[acrossAt]!, acrossWeights[acrossAt + 1]!];
      const [w2, w3] = [acrossWeights[acrossAt + 2]!, acrossWeights[acrossAt + 3]!];
      for (let row = 0; row < rows; row++) {
        const line = samples[at]! * w0 + samples[at + 1]! * w1 + samples[at + 2]! * w2 + samples[at + 3]! * w3;
        sum += line * downWeights[downAt + row]!;
        at += sourceWidth;
      }
      out[i] = sum;
      continue;
    }
    for (let row = 0; row < rows; row++) {
      let line = 0;
      for (let col = 0; col < cols; col++) line += samples[at + col]! * acrossWeights[acrossAt + col]!;
      sum += line * downWeights[downAt + row]!;
      at += sourceWidth;
    }
    out[i] = sum;
  }
}

function sumMaskedRow(
  samples: NumericSamples,
  valid: Uint8Array,
  sourceWidth: number,
  pixels: Int32Array,
  start: number,
  across: Taps,
  down: Taps,
  out: Float64Array,
): void {
  const { weights: acrossWeights } = across;
  const { weights: downWeights } = down;
  for (let i = 0; i < out.length; i++) {
    const pixel = pixels[start + i]!;
    out[i] = 0;
    if (pixel < 0 || valid[pixel] === 0) continue;
    const cols = across.count[i]!;
    const rows = down.count[i]!;
    const acrossAt = i * across.stride;
    const downAt = i * down.stride;
    let at = down.first[i]! * sourceWidth + across.first[i]!;
    let sum = 0;
    let weights = 0;
    for (let row = 0; row < rows; row++) {
      const downWeight = downWeights[downAt + row]!;
      for (let col = 0; col < cols; col++) {
        if (valid[at + col] === 0) continue;
        const weight = acrossWeights[acrossAt + col]! * downWeight;
        sum += samples[at + col]! * weight;
        weights += weight;
      }
      at += sourceWidth;
    }
    out[i] = weights > LEAST_WEIGHT ? sum / weights : samples[pixel]!;
  }
}

const WHOLE_RANGES: ReadonlyMap<unknown, readonly [number, number]> = new Map<unknown, readonly [number, number]>([
  [Uint8Array, [0, 255]],
  [Int8Array, [-128, 127]],
  [Uint16Array, [0, 65_535]],
  [Int16Array, [-32_768, 32_767]],
  [Uint32Array, [0, 4_294_967_295]],
  [Int32Array, [-2_147_483_648, 2_147_483_647]],
]);

/** Writes a row of results at `start`, rounded (halves up) and clamped where the array holds integers. */
function storeRow(row: Float64Array, out: NumericSamples, start: number): void {
  const range = WHOLE_RANGES.get(out.constructor);
  if (range === undefined) {
    out.set(row, start);
    return;
  }
  const [least, most] = range;
  for (let i = 0; i < row.length; i++) {
    const value = Math.floor(row[i]! + 0.5);
    out[start + i] = value < least ? least : value > most ? most : value;
  }
}
