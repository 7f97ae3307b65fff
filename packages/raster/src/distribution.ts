import { type DataType, integerRange } from '@inlay/geo';

/** How often which values occur: gathered value by value, in bounded memory. */
export interface Distribution {
  /** Takes the values whose `valid` is not zero; all of them where it is null. */
  add(values: Float64Array, valid: Uint8Array | null): void;
  /** What was gathered, in ascending order. To be asked once, at the end. */
  sort(): SortedValues;
}

/** Values in ascending order, some of them many times. */
export interface SortedValues {
  /** Number of values gathered. */
  readonly count: number;
  /** They are a random sample of those that came. */
  readonly isSample: boolean;
  /** The value at a 1-based position. */
  at(position: number): number;
  /** How many values are less than `limit`. */
  countBelow(limit: number): number;
}

/** Integers of at most 16 bits are counted, one counter a value, however many come. */
const MAX_COUNTED_SPAN = 65_536;

/**
 * A distribution of values of one data type: exact for integers of at most 16 bits, and for up to `maxKept` others. Of
 * more than those it keeps as many at random (the same ones in every run).
 */
export function createDistribution(dataType: DataType, maxKept: number): Distribution {
  const range = integerRange(dataType);
  const span = range === null ? Infinity : Number(range[1] - range[0]) + 1;
  return range !== null && span <= MAX_COUNTED_SPAN
    ? countedDistribution(Number(range[0]), span)
    : keptDistribution(maxKept);
}

function countedDistribution(least: number, span: number): Distribution {
  // Doubles: a hundred thousand pixels squared are more than 32 bits can count.
  const counts = new Float64Array(span);
  return {
    add(values, valid) {
      for (let i = 0; i < values.length; i++) {
        if (valid === null || valid[i] !== 0) counts[values[i]! - least]!++;
      }
    },
    sort() {
      const upTo = new Float64Array(span);
      let total = 0;
      for (let bin = 0; bin < span; bin++) upTo[bin] = total += counts[bin]!;
      return {
        count: total,
        isSample: false,
        at: (position) => least + firstIndex(span, (bin) => upTo[bin]! >= position),
        countBelow(limit) {
          const below = Math.min(span, Math.ceil(limit - least));
          return below <= 0 ? 0 : upTo[below - 1]!;
        },
      };
    },
  };
}

/** Values kept at first; the array grows to what is allowed. */
const FIRST_CAPACITY = 4096;

function keptDistribution(maxKept: number): Distribution {
  let kept = new Float64Array(Math.min(maxKept, FIRST_CAPACITY));
  let seen = 0;
  const sampler = createSampler(maxKept);
  const grow = (): void => {
    const larger = new Float64Array(Math.min(maxKept, 2 * kept.length));
    larger.set(kept);
    kept = larger;
  };
  return {
    add(values, valid) {
      for (let i = 0; i < values.length; i++) {
        if (valid !== null && valid[i] === 0) continue;
        if (seen < maxKept) {
          if (seen === kept.length) grow();
          kept[seen] = values[i]!;
        } else if (seen === sampler.next) {
          kept[sampler.replace()] = values[i]!;
        }
        seen++;
      }
    },
    sort() {
      const count = Math.min(seen, maxKept);
      const sorted = kept.subarray(0, count).sort();
      return {
        count,
        isSample: seen > maxKept,
        at: (position) => sorted[position - 1]!,
        countBelow: (limit) => firstIndex(count, (i) => sorted[i]! >= limit),
      };
    },
  };
}

/** Which values of a stream replace which of those kept, so that each had the same chance. */
interface Sampler {
  /** 0-based number of the next value to keep. */
  readonly next: number;
  /** Where it goes; finds the one after it. */
  replace(): number;
}

/** Li's algorithm L (ACM Transactions on Mathematical Software 20, 1994): it looks at kept values only. */
function createSampler(size: number): Sampler {
  const random = randomNumbers();
  let next = size;
  let largest = 1;
  const advance = (): void => {
    largest *= random() ** (1 / size);
    next += Math.floor(Math.log(random()) / Math.log1p(-largest)) + 1;
  };
  advance();
  next--;
  return {
    get next() {
      return next;
    },
    replace() {
      advance();
      return Math.floor(random() * size);
    },
  };
}

/** Uniform numbers in (0, 1), always the same (mulberry32). */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

/** The first of `length` indices that a condition holds for, which then holds for all after it; `length` if for none. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
