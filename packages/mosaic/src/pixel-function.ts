import type { Nodata } from '@inlay/geo';
import type { Samples } from '@inlay/raster';
import type { PixelFunction } from '@inlay/vrt';
import type { AxisRead } from './axis-read.ts';
import { convertSamples, convertValue } from './convert.ts';
import { MosaicError } from './error.ts';
import { type Layer, writablePainted, writableSamples } from './paint.ts';

/** Makes one value of the values that all sources have for a cell. */
export interface PixelReducer {
  add(x: AxisRead, y: AxisRead, samples: Samples | number, left: Uint8Array | null): void;
  /** The layer, with the result where any source had a value. */
  finish(): Layer;
}

/** Pixel functions that are computed here; see {@link requireKnown}. */
const KNOWN: ReadonlySet<string> = new Set(['min', 'max', 'mean', 'median']);

/** Values that a median holds at once. */
const MAX_VALUES = 2 ** 26;

/** @throws {MosaicError} `mosaic/unsupported` for any other than `min`, `max`, `mean` and `median` without arguments */
export function requireKnown({ name, arguments: values }: PixelFunction): void {
  if (KNOWN.has(name) && Object.keys(values).length === 0) return;
  const shown = Object.keys(values).length === 0 ? name : `${name} with arguments`;
  throw new MosaicError(
    'mosaic/unsupported',
    `pixels of a mosaic with the pixel function ${shown} cannot be read; min, max, mean and median can`,
    { details: { pixelFunction: name } },
  );
}

/**
 * The reducer of a pixel function (gdal.org, "VRT -- Derived bands"). Counted are the pixels that are valid in their
 * source and are not the band's nodata.
 */
export function createReducer({ name }: PixelFunction, layer: Layer, nodata: Nodata | null): PixelReducer {
  const cells = new Cells(layer, nodata);
  switch (name) {
    case 'min':
      return extreme(cells, (value, best) => value < best);
    case 'max':
      return extreme(cells, (value, best) => value > best);
    case 'mean':
      return mean(cells);
    default:
      return median(cells);
  }
}

type Visit = (cell: number, value: number) => void;

/** The values of sources as doubles, each with the number of its cell. */
class Cells {
  readonly layer: Layer;
  readonly #nodata: number;

  constructor(layer: Layer, nodata: Nodata | null) {
    this.layer = layer;
    // Nothing equals NaN, which is left out by itself.
    this.#nodata = nodata === null ? NaN : Number(convertValue(nodata, layer.dataType));
  }

  /** Of the layer. */
  get count(): number {
    return this.layer.width * this.layer.height;
  }

  visit(x: AxisRead, y: AxisRead, samples: Samples | number, left: Uint8Array | null, visit: Visit): void {
    for (let row = 0; row < y.cells; row += 1) {
      const from = row * x.cells;
      const to = (y.cell + row) * this.layer.width + x.cell;
      for (let col = 0; col < x.cells; col += 1) {
        if (left !== null && left[from + col] !== 0) continue;
        const value = typeof samples === 'number' ? samples : Number(samples[from + col]);
        if (value !== this.#nodata && !Number.isNaN(value)) visit(to + col, value);
      }
    }
  }

  /** Writes the values of the cells that have one. */
  finish(values: Float64Array, count: (cell: number) => number): Layer {
    const { dataType } = this.layer;
    const [samples, painted] = [writableSamples(this.layer), writablePainted(this.layer)];
    const converted = convertSamples(values, 'Float64', dataType);
    for (let cell = 0; cell < painted.length; cell += 1) {
      if (count(cell) === 0) continue;
      samples[cell] = converted[cell]!;
      painted[cell] = 1;
    }
    return this.layer;
  }
}

function extreme(cells: Cells, isBetter: (value: number, best: number) => boolean): PixelReducer {
  const best = new Float64Array(cells.count);
  const seen = new Uint8Array(best.length);
  return {
    add(x, y, samples, left) {
      cells.visit(x, y, samples, left, (cell, value) => {
        if (seen[cell] !== 0 && !isBetter(value, best[cell]!)) return;
        best[cell] = value;
        seen[cell] = 1;
      });
    },
    finish: () => cells.finish(best, (cell) => seen[cell]!),
  };
}

function mean(cells: Cells): PixelReducer {
  const sums = new Float64Array(cells.count);
  const counts = new Uint32Array(sums.length);
  return {
    add(x, y, samples, left) {
      cells.visit(x, y, samples, left, (cell, value) => {
        sums[cell]! += value;
        counts[cell]! += 1;
      });
    },
    finish: () =>
      cells.finish(
        sums.map((sum, cell) => sum / Math.max(1, counts[cell]!)),
        (cell) => counts[cell]!,
      ),
  };
}

/** Of an even number of values, the mean of the two in the middle. */
function median(cells: Cells): PixelReducer {
  const values = new Map<number, number[]>();
  let count = 0;
  return {
    add(x, y, samples, left) {
      cells.visit(x, y, samples, left, (cell, value) => {
        const own = values.get(cell);
        if (own === undefined) values.set(cell, [value]);
        else own.push(value);
        count += 1;
      });
      if (count <= MAX_VALUES) return;
      throw new MosaicError(
        'mosaic/too-large',
        `a median of more than ${MAX_VALUES} values; ask for a smaller window`,
        {
          details: { limit: MAX_VALUES },
        },
      );
    },
    finish() {
      const medians = new Float64Array(cells.count);
      for (const [cell, own] of values) {
        const sorted = Float64Array.from(own).sort();
        const middle = sorted.length >> 1;
        medians[cell] = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
      }
      return cells.finish(medians, (cell) => (values.has(cell) ? 1 : 0));
    },
  };
}
