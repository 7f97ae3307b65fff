import type { Positions } from '@inlay/geo';
import type { NumericSamples } from '../numeric-samples.ts';

/**
 * Source pixels: a centre this close to the edge between two belongs to the latter one. Grids that are a whole factor
 * apart put every centre on an edge, and rounding must not decide from pixel to pixel (gdalwarp does the same).
 */
const EDGE_TOLERANCE = 1e-8;

/**
 * The source pixel each target pixel's centre lies in: row-major 0-based index, -1 outside of the source.
 * Length = positions' width * height.
 */
export function nearestPixels(
  { cols, rows }: Positions,
  { width, height }: { readonly width: number; readonly height: number },
): Int32Array {
  const pixels = new Int32Array(cols.length);
  for (let i = 0; i < pixels.length; i++) {
    const col = Math.floor(cols[i]! + EDGE_TOLERANCE);
    const row = Math.floor(rows[i]! + EDGE_TOLERANCE);
    // Not a number compares false: pixels without a position are outside.
    pixels[i] = col >= 0 && row >= 0 && col < width && row < height ? row * width + col : -1;
  }
  return pixels;
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
