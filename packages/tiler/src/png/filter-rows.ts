import type { Picture } from '@inlay/raster';
import { PNG_FILTER } from '../png-format.ts';

/** Adler-32 (RFC 1950, 9): sums are taken modulo this, after so many bytes at the latest, before they exceed 31 bits. */
const ADLER_BASE = 65_521;
const ADLER_BYTES = 3800;

/**
 * Writes the rows of a picture, each less the one above it, behind the byte that says so (PNG, 9.2).
 * @param rows length = height * (width * channels + 1)
 * @returns the Adler-32 of all of it
 */
export function filterRows({ width, height, channels, data }: Picture, rows: Uint8Array): number {
  const rowBytes = width * channels;
  const sums: AdlerSums = { low: 1, high: 0 };
  for (let row = 0; row < height; row++) {
    const to = row * (rowBytes + 1);
    rows[to] = PNG_FILTER.up;
    sums.low += PNG_FILTER.up;
    sums.high += sums.low;
    for (let done = 0; done < rowBytes; done += ADLER_BYTES) {
      const end = Math.min(rowBytes, done + ADLER_BYTES);
      // The row above the first one counts as zeros.
      if (row === 0) take(data, done, end, rows, to + 1, sums);
      else takeDifferences(data, row * rowBytes, rowBytes, done, end, rows, to + 1, sums);
    }
  }
  return ((sums.high << 16) | sums.low) >>> 0;
}

interface AdlerSums {
  low: number;
  high: number;
}

function take(data: Uint8Array, start: number, end: number, rows: Uint8Array, to: number, sums: AdlerSums): void {
  let { low, high } = sums;
  for (let i = start; i < end; i++) {
    const value = data[i]!;
    rows[to + i] = value;
    low += value;
    high += low;
  }
  sums.low = low % ADLER_BASE;
  sums.high = high % ADLER_BASE;
}

function takeDifferences(
  data: Uint8Array,
  row: number,
  rowBytes: number,
  start: number,
  end: number,
  rows: Uint8Array,
  to: number,
  sums: AdlerSums,
): void {
  let { low, high } = sums;
  const above = row - rowBytes;
  for (let i = start; i < end; i++) {
    const value = (data[row + i]! - data[above + i]!) & 0xff;
    rows[to + i] = value;
    low += value;
    high += low;
  }
  sums.low = low % ADLER_BASE;
  sums.high = high % ADLER_BASE;
}
