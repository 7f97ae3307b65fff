/** Count, extremes, mean and squared deviations of values that come in portions. */
export interface Moments {
  /** Takes the values whose `valid` is not zero; all of them where it is null. */
  add(values: Float64Array, valid: Uint8Array | null): void;
  current(): MomentsSoFar;
}

/** What {@link Moments} come to. */
export interface MomentsSoFar {
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  /** Sum of squared differences from the mean. */
  readonly squares: number;
}

const NOTHING: MomentsSoFar = { count: 0, minimum: Infinity, maximum: -Infinity, mean: 0, squares: 0 };

/**
 * A small spread on a large mean (elevations in millimetres) keeps its digits: each portion is gone through twice, its
 * squares being taken of differences from its mean, and portions are pooled as members of a mosaic are.
 */
export function createMoments(): Moments {
  let total = NOTHING;
  return {
    add(values, valid) {
      total = poolMoments(total, momentsOf(values, valid));
    },
    current: () => total,
  };
}

/** Of two sets of values together (Chan, Golub and LeVeque 1979, formula 1.5b). */
export function poolMoments(a: MomentsSoFar, b: MomentsSoFar): MomentsSoFar {
  if (b.count === 0) return a;
  if (a.count === 0) return b;
  const count = a.count + b.count;
  const difference = b.mean - a.mean;
  return {
    count,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
    mean: a.mean + (difference * b.count) / count,
    squares: a.squares + b.squares + (difference * difference * a.count * b.count) / count,
  };
}

function momentsOf(values: Float64Array, valid: Uint8Array | null): MomentsSoFar {
  let count = 0;
  let minimum = Infinity;
  let maximum = -Infinity;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (valid !== null && valid[i] === 0) continue;
    const value = values[i]!;
    count++;
    sum += value;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  if (count === 0) return NOTHING;
  // Values near the largest double overflow the sum; half-way between the extremes is then near enough.
  const mean = Number.isFinite(sum) ? sum / count : minimum / 2 + maximum / 2;
  let squares = 0;
  let residue = 0;
  for (let i = 0; i < values.length; i++) {
    if (valid !== null && valid[i] === 0) continue;
    const difference = values[i]! - mean;
    squares += difference * difference;
    residue += difference;
  }
  // What rounding left in the sum of the differences is no deviation.
  return { count, minimum, maximum, mean, squares: Math.max(0, squares - (residue * residue) / count) };
}
