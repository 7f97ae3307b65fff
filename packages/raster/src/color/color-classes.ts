import type { ColorEntry } from '@inlay/geo';
import type { NumericSamples } from '../numeric-samples.ts';

/** Values and their colours; a value that none of them names is transparent. */
export type ColorClasses =
  /** Single values: land cover classes and the like. */
  | { readonly kind: 'values'; readonly entries: readonly { readonly value: number; readonly color: ColorEntry }[] }
  /** `from <= value < to`; the first that holds a value decides. */
  | {
      readonly kind: 'intervals';
      readonly entries: readonly { readonly from: number; readonly to: number; readonly color: ColorEntry }[];
    };

/**
 * Samples in the colours of their classes, RGBA, length = 4 * samples.length. Invalid samples and those without a class
 * are transparent black.
 */
export function colorByClass(samples: NumericSamples, valid: Uint8Array, classes: ColorClasses): Uint8Array {
  const data = new Uint8Array(4 * samples.length);
  const find = classes.kind === 'values' ? byValue(classes.entries) : byInterval(classes.entries);
  for (let i = 0; i < samples.length; i++) {
    if (valid[i] === 0) continue;
    const color = find(samples[i]!);
    if (color === undefined || color[3] === 0) continue;
    data[4 * i] = color[0];
    data[4 * i + 1] = color[1];
    data[4 * i + 2] = color[2];
    data[4 * i + 3] = color[3];
  }
  return data;
}

function byValue(entries: readonly { readonly value: number; readonly color: ColorEntry }[]) {
  const colors = new Map(entries.map(({ value, color }) => [value, color]));
  return (value: number): ColorEntry | undefined => colors.get(value);
}

/**
 * The interval that holds a value by bisection among the edges of all of them: between two neighbouring edges the answer
 * is always the same.
 */
function byInterval(entries: readonly { readonly from: number; readonly to: number; readonly color: ColorEntry }[]) {
  const edges = Float64Array.from(new Set(entries.flatMap(({ from, to }) => [from, to]))).sort();
  const colors = Array.from(edges, (edge) => entries.find(({ from, to }) => edge >= from && edge < to)?.color);
  return (value: number): ColorEntry | undefined => {
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : colors[low - 1];
  };
}
