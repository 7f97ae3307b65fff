import type { Footprints, Positions } from '@inlay/geo';
import type { NumericSamples } from '../numeric-samples.ts';
import type { WarpSource } from './warp.ts';

/** One band on the target's grid: length of both arrays = the target's pixels, `valid` non-zero = valid. */
export interface WarpedBand {
  readonly samples: NumericSamples;
  readonly valid: Uint8Array;
}

/** Kernels over the area of a target pixel: the box around what it covers of the source. */
export type AreaKernel = (
  source: WarpSource,
  positions: Positions,
  footprints: Footprints,
  out: NumericSamples,
) => WarpedBand;

/** Edges this close to that of a source pixel do not touch it, in source pixels. */
const EDGE_TOLERANCE = 1e-6;

/** The mean of the valid source pixels a target pixel covers, each weighing as much as is covered of it. */
export const warpAverage: AreaKernel = (source, { cols, rows }, { halfCols, halfRows }, out) => {
  const { width, height, samples, valid: sourceValid } = source;
  const valid = new Uint8Array(cols.length);
  const isWhole = !(out instanceof Float32Array || out instanceof Float64Array);
  for (let i = 0; i < cols.length; i++) {
    const left = Math.max(0, cols[i]! - halfCols[i]!);
    const right = Math.min(width, cols[i]! + halfCols[i]!);
    const top = Math.max(0, rows[i]! - halfRows[i]!);
    const bottom = Math.min(height, rows[i]! + halfRows[i]!);
    // Not a number compares false.
    if (!(right - left > EDGE_TOLERANCE && bottom - top > EDGE_TOLERANCE)) continue;
    const firstCol = Math.floor(left + EDGE_TOLERANCE);
    const lastCol = Math.max(firstCol, Math.ceil(right - EDGE_TOLERANCE) - 1);
    const firstRow = Math.floor(top + EDGE_TOLERANCE);
    const lastRow = Math.max(firstRow, Math.ceil(bottom - EDGE_TOLERANCE) - 1);
    let sum = 0;
    let weights = 0;
    for (let row = firstRow; row <= lastRow; row++) {
      const tall = Math.min(bottom, row + 1) - Math.max(top, row);
      const start = row * width;
      for (let col = firstCol; col <= lastCol; col++) {
        if (sourceValid !== null && sourceValid[start + col] === 0) continue;
        const weight = tall * (Math.min(right, col + 1) - Math.max(left, col));
        sum += samples[start + col]! * weight;
        weights += weight;
      }
    }
    if (weights <= 0) continue;
    valid[i] = 1;
    const mean = sum / weights;
    out[i] = isWhole ? Math.floor(mean + 0.5) : mean;
  }
  return { samples: out, valid };
};

/** Values that are counted in a plain list; pixels with more different ones under them use a map. */
const LISTED_VALUES = 64;

/** The commonest of the valid source pixels a target pixel touches; of equally common ones the first met. */
export const warpMode: AreaKernel = (source, { cols, rows }, { halfCols, halfRows }, out) => {
  const { width, height, samples, valid: sourceValid } = source;
  const valid = new Uint8Array(cols.length);
  const values = new Float64Array(LISTED_VALUES);
  const counts = new Uint32Array(LISTED_VALUES);
  for (let i = 0; i < cols.length; i++) {
    const left = Math.max(0, cols[i]! - halfCols[i]!);
    const right = Math.min(width, cols[i]! + halfCols[i]!);
    const top = Math.max(0, rows[i]! - halfRows[i]!);
    const bottom = Math.min(height, rows[i]! + halfRows[i]!);
    if (!(right - left > EDGE_TOLERANCE && bottom - top > EDGE_TOLERANCE)) continue;
    const firstCol = Math.floor(left + EDGE_TOLERANCE);
    const lastCol = Math.max(firstCol, Math.ceil(right - EDGE_TOLERANCE) - 1);
    const firstRow = Math.floor(top + EDGE_TOLERANCE);
    const lastRow = Math.max(firstRow, Math.ceil(bottom - EDGE_TOLERANCE) - 1);
    let listed = 0;
    let overflow: Map<number, number> | null = null;
    for (let row = firstRow; row <= lastRow; row++) {
      for (let at = row * width + firstCol; at <= row * width + lastCol; at++) {
        if (sourceValid !== null && sourceValid[at] === 0) continue;
        const value = samples[at]!;
        let place = 0;
        while (place < listed && values[place] !== value) place++;
        if (place < listed) {
          counts[place]!++;
        } else if (listed < LISTED_VALUES) {
          values[listed] = value;
          counts[listed++] = 1;
        } else {
          overflow ??= new Map();
          overflow.set(value, (overflow.get(value) ?? 0) + 1);
        }
      }
    }
    if (listed === 0) continue;
    valid[i] = 1;
    out[i] = commonest(values, counts, listed, overflow);
  }
  return { samples: out, valid };
};

function commonest(
  values: Float64Array,
  counts: Uint32Array,
  listed: number,
  overflow: ReadonlyMap<number, number> | null,
): number {
  let best = 0;
  for (let place = 1; place < listed; place++) if (counts[place]! > counts[best]!) best = place;
  let [value, count] = [values[best]!, counts[best]!];
  for (const [other, occurrences] of overflow ?? []) {
    if (occurrences > count) [value, count] = [other, occurrences];
  }
  return value;
}
