import type { Positions } from '@inlay/geo';
import type { NumericSamples } from '../numeric-samples.ts';

/**
 * Source pixels: a centre this close to the edge between two belongs to the latter one. Grids that are a whole factor
 * apart put every centre on an edge, and rounding must not decide from pixel to pixel (gdalwarp does the same).
 */
export const EDGE_TOLERANCE = 1e-8;

/** The indices of the last warp: new memory would take longer to get than to fill. */
let lastPixels = new Int32Array(0);

/** Indices are kept from warp to warp up to this many: 512 x 512 pixels. */
const KEPT_PIXELS = 2 ** 18;

/**
 * The source pixel each target pixel's centre lies in: row-major 0-based index, -1 outside of the source.
 * Length = positions' width * height. To be used up before the next call, which may write over them.
 */
export function nearestPixels(
  { cols, rows }: Positions,
  { width, height }: { readonly width: number; readonly height: number },
): Int32Array {
  const pixels = lastPixels.length === cols.length ? lastPixels : new Int32Array(cols.length);
  if (pixels.length <= KEPT_PIXELS) lastPixels = pixels;
  for (let i = 0; i < pixels.length; i++) {
    const col = Math.floor(cols[i]! + EDGE_TOLERANCE);
    const row = Math.floor(rows[i]! + EDGE_TOLERANCE);
    // Not a number compares false: pixels without a position are outside.
    pixels[i] = col >= 0 && row >= 0 && col < width && row < height ? row * width + col : -1;
  }
  return pixels;
}

/** The source pixels of a nearest-neighbour warp, for those target pixels that have one. */
export interface NearestList {
  /** Positions of the target's pixels, row-major, ascending; null where all of them have one. */
  readonly places: Int32Array | null;
  /** Column and row of each one's source pixel, 0-based. */
  readonly cols: Int32Array;
  readonly rows: Int32Array;
}

/** {@link nearestPixels} as a list: for sources that are asked for no more than these pixels. */
export function nearestList(
  { cols, rows }: Positions,
  { width, height }: { readonly width: number; readonly height: number },
): NearestList {
  const list = { cols: new Int32Array(cols.length), rows: new Int32Array(cols.length) };
  const whole = fillList(cols, rows, width, height, list.cols, list.rows, null);
  if (whole === cols.length) return { places: null, ...list };
  const places = new Int32Array(cols.length);
  const count = fillList(cols, rows, width, height, list.cols, list.rows, places);
  return {
    places: places.subarray(0, count),
    cols: list.cols.subarray(0, count),
    rows: list.rows.subarray(0, count),
  };
}

/** Lists what has a source pixel; without `places`, only until something has none. Returns how many are listed. */
function fillList(
  cols: Float64Array,
  rows: Float64Array,
  width: number,
  height: number,
  toCols: Int32Array,
  toRows: Int32Array,
  places: Int32Array | null,
): number {
  let count = 0;
  for (let i = 0; i < cols.length; i++) {
    const col = Math.floor(cols[i]! + EDGE_TOLERANCE);
    const row = Math.floor(rows[i]! + EDGE_TOLERANCE);
    // Not a number compares false.
    if (!(col >= 0 && row >= 0 && col < width && row < height)) {
      if (places === null) return count;
      continue;
    }
    if (places !== null) places[count] = i;
    toCols[count] = col;
    toRows[count++] = row;
  }
  return count;
}

/** Picks samples by {@link nearestPixels} into `out`, an array of the same type; where there is none, out keeps its 0. */
export function gatherNearest(samples: NumericSamples, pixels: Int32Array, out: NumericSamples): NumericSamples {
  if (samples.constructor !== out.constructor) {
    for (let i = 0; i < pixels.length; i++) if (pixels[i]! >= 0) out[i] = samples[pixels[i]!]!;
    return out;
  }
  // Bits are moved, not values: one loop for each width instead of one that has seen every kind of array.
  if (samples.BYTES_PER_ELEMENT === 1) gather8(asBytes(samples), pixels, asBytes(out));
  else if (samples.BYTES_PER_ELEMENT === 2) gather16(asShorts(samples), pixels, asShorts(out));
  else if (samples.BYTES_PER_ELEMENT === 4) gather32(asWords(samples), pixels, asWords(out));
  else gather64(samples as Float64Array, pixels, out as Float64Array);
  return out;
}

/** {@link gatherNearest} of three arrays of bytes at once: each index is looked at once, not three times. */
export function gatherTriple(
  [red, green, blue]: readonly [Uint8Array, Uint8Array, Uint8Array],
  pixels: Int32Array,
): [Uint8Array, Uint8Array, Uint8Array] {
  const [toRed, toGreen, toBlue] = [0, 1, 2].map(() => new Uint8Array(pixels.length)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  for (let i = 0; i < pixels.length; i++) {
    const pixel = pixels[i]!;
    if (pixel < 0) continue;
    toRed[i] = red[pixel]!;
    toGreen[i] = green[pixel]!;
    toBlue[i] = blue[pixel]!;
  }
  return [toRed, toGreen, toBlue];
}

function gather8(from: Uint8Array, pixels: Int32Array, to: Uint8Array): void {
  for (let i = 0; i < pixels.length; i++) if (pixels[i]! >= 0) to[i] = from[pixels[i]!]!;
}

function gather16(from: Uint16Array, pixels: Int32Array, to: Uint16Array): void {
  for (let i = 0; i < pixels.length; i++) if (pixels[i]! >= 0) to[i] = from[pixels[i]!]!;
}

function gather32(from: Uint32Array, pixels: Int32Array, to: Uint32Array): void {
  for (let i = 0; i < pixels.length; i++) if (pixels[i]! >= 0) to[i] = from[pixels[i]!]!;
}

function gather64(from: Float64Array, pixels: Int32Array, to: Float64Array): void {
  for (let i = 0; i < pixels.length; i++) if (pixels[i]! >= 0) to[i] = from[pixels[i]!]!;
}

function asBytes({ buffer, byteOffset, byteLength }: NumericSamples): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function asShorts({ buffer, byteOffset, length }: NumericSamples): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}

function asWords({ buffer, byteOffset, length }: NumericSamples): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}
