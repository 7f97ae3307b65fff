/**
 * Whose resolution the output has: the smallest pixel's, the largest pixel's, the mean of all, the largest that
 * divides all of them (`common`), or the one that they must all have (`same`).
 */
export type ResolutionStrategy = 'finest' | 'coarsest' | 'average' | 'common' | 'same';

/** `common` does not cut a source's pixel into more than this many along a side (gdalbuildvrt's limit). */
const MOST_PARTS = 10_000;

/** A ratio this near to a whole number is one. */
const RATIO_TOLERANCE = 1e-8;

/** Fractions are taken for a resolution when they are this near to it. */
const FRACTION_TOLERANCE = 1e-10;

/** Resolution of the output while sources are added one by one, for x and y independently, as gdalbuildvrt does it. */
export class RunningResolution {
  /** Positive lengths of a pixel's sides; NaN before the first source. */
  x: number = NaN;
  y: number = NaN;
  #count = 0;
  readonly #strategy: ResolutionStrategy;

  constructor(strategy: ResolutionStrategy) {
    this.#strategy = strategy;
  }

  /**
   * Takes a source into account.
   * @returns false, and changes nothing, where the strategy has no resolution for it and the sources before it
   */
  add(x: number, y: number): boolean {
    if (this.#count > 0) {
      switch (this.#strategy) {
        case 'finest':
          this.x = Math.min(this.x, x);
          this.y = Math.min(this.y, y);
          break;
        case 'coarsest':
          this.x = Math.max(this.x, x);
          this.y = Math.max(this.y, y);
          break;
        case 'average':
          // A running mean (GDAL 3.7 and later): exact where all are equal, else the last bits are not sum / count.
          this.x += (x - this.x) / (this.#count + 1);
          this.y += (y - this.y) / (this.#count + 1);
          break;
        case 'same':
          if (this.x !== x || this.y !== y) return false;
          break;
        case 'common':
          return this.#divide(commonResolution(this.x, x), commonResolution(-this.y, -y));
      }
    } else {
      this.x = x;
      this.y = y;
    }
    this.#count += 1;
    return true;
  }

  #divide(x: number | null, y: number | null): boolean {
    if (x === null || y === null) return false;
    this.x = x;
    this.y = Math.abs(y);
    this.#count += 1;
    return true;
  }
}

/**
 * The largest resolution that divides two of the same sign; null where that would cut their pixels too small.
 * Negative ones, as y has them in GDAL, take the shortcut for multiples only where they are equal: the result is
 * then the same but for the last bits.
 */
function commonResolution(a: number, b: number): number | null {
  const least = Math.min(a, b);
  const ratio = Math.max(a, b) / least;
  const multiple = Math.round(ratio);
  if (multiple >= 1 && Math.abs(ratio - multiple) < RATIO_TOLERANCE) return least;
  const [numeratorA, denominatorA] = fractionOf(Math.abs(a));
  const [numeratorB, denominatorB] = fractionOf(Math.abs(b));
  const divisor = gcd(numeratorA, numeratorB);
  const multiplier = (denominatorA / gcd(denominatorA, denominatorB)) * denominatorB;
  const common = divisor / multiplier;
  if (!(Math.max(Math.abs(a), Math.abs(b)) / common <= MOST_PARTS)) return null;
  return a < 0 ? -common : common;
}

/** Numerator and denominator of the simplest fraction near a positive number, by its continued fraction. */
function fractionOf(value: number): readonly [number, number] {
  let whole = Math.floor(value);
  let rest = value;
  let [previousNumerator, previousDenominator] = [1, 0];
  let [numerator, denominator] = [whole, 1];
  // Each step at least doubles the denominator every other time, so that a double needs fewer than a hundred.
  for (let step = 0; step < 100 && Math.abs(value - numerator / denominator) > FRACTION_TOLERANCE; step += 1) {
    rest = 1 / (rest - whole);
    whole = Math.floor(rest);
    [previousNumerator, numerator] = [numerator, whole * numerator + previousNumerator];
    [previousDenominator, denominator] = [denominator, whole * denominator + previousDenominator];
  }
  return [numerator, denominator];
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
