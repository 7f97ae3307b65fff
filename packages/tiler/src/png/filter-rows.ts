import type { Picture } from '@inlay/raster';
import { PNG_FILTER } from '../png-format.ts';

/** Adler-32 (RFC 1950, 9): sums are taken modulo this, after so many bytes at the latest, before they exceed 31 bits. */
const ADLER_BASE = 65_521;
const ADLER_BYTES = 3800;

/** Words whose bytes are summed up side by side, two in each half of 32 bits, before a half is full: 65,535 / 255. */
const LANE_WORDS = 257;

/**
 * Writes the rows of a picture, each less the one above it, behind the byte that says so (PNG, 9.2).
 * @param rows length = height * (width * channels + 1)
 * @returns the Adler-32 of all of it
 */
export function filterRows({ width, height, channels, data }: Picture, rows: Uint8Array): number {
  const rowBytes = width * channels;
  const from = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const to = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const sums: AdlerSums = { low: 1, high: 0 };
  for (let row = 0; row < height; row++) {
    const start = row * (rowBytes + 1);
    rows[start] = PNG_FILTER.up;
    sums.low += PNG_FILTER.up;
    sums.high += sums.low;
    for (let done = 0; done < rowBytes; done += ADLER_BYTES) {
      const count = Math.min(ADLER_BYTES, rowBytes - done);
      // The row above the first one counts as zeros.
      if (row === 0) take(data, done, count, rows, start + 1 + done, sums);
      else takeDifferences(from, row * rowBytes + done, rowBytes, count, to, start + 1 + done, sums);
    }
  }
  return ((sums.high << 16) | sums.low) >>> 0;
}

interface AdlerSums {
  low: number;
  high: number;
}

function take(data: Uint8Array, from: number, count: number, rows: Uint8Array, to: number, sums: AdlerSums): void {
  let { low, high } = sums;
  for (let i = 0; i < count; i++) {
    const value = data[from + i]!;
    rows[to + i] = value;
    low += value;
    high += low;
  }
  sums.low = low % ADLER_BASE;
  sums.high = high % ADLER_BASE;
}

/** Four bytes at a time: they are subtracted, and summed up, side by side in a word. */
function takeDifferences(
  data: DataView,
  from: number,
  rowBytes: number,
  count: number,
  rows: DataView,
  to: number,
  sums: AdlerSums,
): void {
  let { low, high } = sums;
  const wordBytes = count & ~3;
  for (let done = 0; done < wordBytes;) {
    const end = Math.min(wordBytes, done + 4 * LANE_WORDS);
    // Of the first and third byte of each word, and of the second and fourth.
    let even = 0;
    let odd = 0;
    // Of all bytes before each word.
    let before = 0;
    for (; done < end; done += 4) {
      const word = data.getUint32(from + done, true);
      const above = data.getUint32(from + done - rowBytes, true);
      // The highest bits are kept out of it, so that no byte borrows from the next; they are put in without a carry.
      const difference = ((word | 0x80_80_80_80) - (above & 0x7f_7f_7f_7f)) ^ (~(word ^ above) & 0x80_80_80_80);
      rows.setUint32(to + done, difference, true);
      before += low;
      const evenBytes = difference & 0xff_00_ff;
      const oddBytes = (difference >>> 8) & 0xff_00_ff;
      even += evenBytes;
      odd += oddBytes;
      low += Math.imul(evenBytes + oddBytes, 0x1_00_01) >>> 16;
    }
    // Within its word, a byte counts as often as there are bytes from it on.
    high += 4 * (before + (even & 0xffff)) + 3 * (odd & 0xffff) + 2 * (even >>> 16) + (odd >>> 16);
  }
  for (let i = wordBytes; i < count; i++) {
    const value = (data.getUint8(from + i) - data.getUint8(from + i - rowBytes)) & 0xff;
    rows.setUint8(to + i, value);
    low += value;
    high += low;
  }
  sums.low = low % ADLER_BASE;
  sums.high = high % ADLER_BASE;
}
