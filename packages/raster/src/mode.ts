import { type DataType, type Nodata, isComplex } from '@inlay/geo';
import { emptySample } from './empty-sample.ts';
import { type Samples, allocateSamples } from './raster-array.ts';
import type { Taps } from './taps.ts';

/** Counts values as they come, and tells which was the first to be the most frequent. */
interface Tally {
  add(value: number | bigint): void;
  /** The most frequent value so far, of several the one that got there first; null where none was added. Starts anew. */
  take(): number | bigint | null;
}

/**
 * The most frequent valid sample of each target pixel's rectangle; of several, the one that reached its count first
 * when rows are read from top to bottom (as in GDAL). Samples that lie partly in a rectangle count like the others.
 *
 * Length of the results = cols.counts.length * rows.counts.length.
 * @param valid length = width * height, non-zero = counts; null where every sample does.
 */
export function modesOf(
  { samples, width, valid }: { readonly samples: Samples; readonly width: number; readonly valid: Uint8Array | null },
  dataType: DataType,
  nodata: Nodata | null,
  cols: Taps,
  rows: Taps,
): Samples {
  if (isComplex(dataType)) throw new RangeError(`the most frequent of ${dataType} samples is not defined`);
  const size = { width: cols.counts.length, height: rows.counts.length };
  const result = allocateSamples(dataType, size.width * size.height);
  const tally = samples instanceof Uint8Array ? byteTally() : anyTally();
  const empty = emptySample(dataType, nodata);
  let at = 0;
  for (let targetRow = 0; targetRow < size.height; targetRow++) {
    const firstRow = rows.firsts[targetRow]!;
    const endRow = firstRow + rows.counts[targetRow]!;
    for (let targetCol = 0; targetCol < size.width; targetCol++) {
      const firstCol = cols.firsts[targetCol]!;
      const count = cols.counts[targetCol]!;
      for (let row = firstRow; row < endRow; row++) {
        const start = row * width + firstCol;
        for (let i = start; i < start + count; i++) {
          if (valid === null || valid[i] !== 0) tally.add(samples[i]!);
        }
      }
      result[at++] = (tally.take() ?? empty) as never;
    }
  }
  return result;
}

function byteTally(): Tally {
  const counts = new Uint32Array(256);
  const seen: number[] = [];
  let best = -1;
  return {
    add(value) {
      const byte = value as number;
      if (counts[byte]!++ === 0) seen.push(byte);
      if (best < 0 || counts[byte]! > counts[best]!) best = byte;
    },
    take() {
      const mode = best < 0 ? null : best;
      for (const byte of seen) counts[byte] = 0;
      seen.length = 0;
      best = -1;
      return mode;
    },
  };
}

/** Up to this many distinct values are searched one by one, which beats a map for the few pixels of most rectangles. */
const FEW_VALUES = 16;

function anyTally(): Tally {
  const values: (number | bigint)[] = [];
  const counts: number[] = [];
  const places = new Map<number | bigint, number>();
  let best = -1;
  const placeOf = (value: number | bigint): number => {
    if (values.length <= FEW_VALUES) return values.indexOf(value);
    if (places.size === 0) for (const [place, known] of values.entries()) places.set(known, place);
    return places.get(value) ?? -1;
  };
  return {
    add(value) {
      let place = placeOf(value);
      if (place < 0) {
        place = values.push(value) - 1;
        counts.push(0);
        if (places.size > 0) places.set(value, place);
      }
      counts[place]!++;
      if (best < 0 || counts[place]! > counts[best]!) best = place;
    },
    take() {
      const mode = best < 0 ? null : values[best]!;
      values.length = 0;
      counts.length = 0;
      places.clear();
      best = -1;
      return mode;
    },
  };
}
