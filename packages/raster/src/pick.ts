import type { Nodata } from '@inlay/geo';
import { emptySample } from './empty-sample.ts';
import { type RasterArray, type Samples, allocateSamples } from './raster-array.ts';

/**
 * The pixels at every pairing of a row with a column: width = cols.length, height = rows.length.
 *
 * @param cols 0-based, in any order; the source's width (or more) for "none": such a pixel is masked, and holds nodata
 *   where the type can say it, else NaN, else 0.
 * @param rows likewise.
 * @param nodata one per band; null where there is none.
 */
export function pickPixels(
  source: RasterArray,
  cols: Uint32Array,
  rows: Uint32Array,
  nodata: readonly (Nodata | null)[],
): RasterArray {
  const { width, height, dataType } = source;
  const size = { width: cols.length, height: rows.length };
  const pixelCount = size.width * size.height;
  const isPartial = cols.some((col) => col >= width) || rows.some((row) => row >= height);
  const pick = isPartial ? pickInside : pickAll;
  const bands = source.bands.map((band, bandOffset) => {
    const picked = allocateSamples(dataType, pixelCount);
    if (isPartial) picked.fill(emptySample(dataType, nodata[bandOffset] ?? null) as never);
    pick(source, wordsOf(band), wordsOf(picked), cols, rows);
    return picked;
  });
  let mask: Uint8Array | null = null;
  if (source.mask !== null || isPartial) {
    mask = new Uint8Array(pixelCount);
    pick(source, source.mask ?? new Uint8Array(width * height).fill(255), mask, cols, rows);
  }
  return { layout: 'band-separate', ...size, dataType, bands, mask };
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/**
 * The same memory as unsigned words of at most 32 bits: pixels are only moved, and loops over three kinds of array stay
 * quick where loops over ten do not.
 */
function wordsOf({ buffer, byteOffset, byteLength, BYTES_PER_ELEMENT }: Samples): Words {
  if (BYTES_PER_ELEMENT === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (BYTES_PER_ELEMENT === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

type Pick = (source: RasterArray, from: Words, to: Words, cols: Uint32Array, rows: Uint32Array) => void;

const pickAll: Pick = ({ width, height }, from, to, cols, rows) => {
  const words = from.length / (width * height);
  const firstCol = cols[0]!;
  const isRun = cols.every((col, i) => col === firstCol + i);
  let at = 0;
  for (const row of rows) {
    const start = row * width;
    if (isRun) {
      to.set(from.subarray((start + firstCol) * words, (start + firstCol + cols.length) * words), at);
      at += cols.length * words;
    } else if (words === 1) {
      for (let i = 0; i < cols.length; i++) to[at++] = from[start + cols[i]!]!;
    } else {
      for (let i = 0; i < cols.length; i++) {
        for (let word = (start + cols[i]!) * words, end = word + words; word < end; word++) to[at++] = from[word]!;
      }
    }
  }
};

const pickInside: Pick = ({ width, height }, from, to, cols, rows) => {
  const words = from.length / (width * height);
  for (let targetRow = 0; targetRow < rows.length; targetRow++) {
    const row = rows[targetRow]!;
    if (row >= height) continue;
    for (let i = 0; i < cols.length; i++) {
      if (cols[i]! >= width) continue;
      const start = (row * width + cols[i]!) * words;
      const at = (targetRow * cols.length + i) * words;
      for (let word = 0; word < words; word++) to[at + word] = from[start + word]!;
    }
  }
};
