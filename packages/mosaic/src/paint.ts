import { isComplex, type DataType, type Nodata } from '@inlay/geo';
import { allocateSamples, type Samples } from '@inlay/raster';
import type { AxisRead } from './axis-read.ts';
import { convertValue } from './convert.ts';

/** The cells of one band while sources are painted over each other. */
export interface Layer {
  readonly dataType: DataType;
  readonly width: number;
  readonly height: number;
  /** Length = width * height, for complex types twice that. */
  readonly samples: Samples;
  /** Length = width * height; 1 where a source has painted. */
  readonly painted: Uint8Array;
}

/** An empty layer: filled with the band's nodata, as its type can hold it, and with 0 where it has none (GDAL). */
export function createLayer(dataType: DataType, nodata: Nodata | null, width: number, height: number): Layer {
  const samples = allocateSamples(dataType, width * height);
  if (nodata !== null) {
    const fill = convertValue(nodata, dataType);
    if (fill !== 0 && fill !== 0n) fillReal(samples, fill, isComplex(dataType));
  }
  return { dataType, width, height, samples, painted: new Uint8Array(width * height) };
}

function fillReal(samples: Samples, fill: number | bigint, isPair: boolean): void {
  if (!isPair) {
    samples.fill(fill as never);
    return;
  }
  for (let at = 0; at < samples.length; at += 2) samples[at] = fill;
}

/**
 * Paints the cells of two axes.
 * @param samples in the layer's data type, row by row of the cells
 * @param left marks of the cells that are left as they are, non-zero; null for none
 */
export function paint(layer: Layer, x: AxisRead, y: AxisRead, samples: Samples, left: Uint8Array | null): void {
  const parts = isComplex(layer.dataType) ? 2 : 1;
  for (let row = 0; row < y.cells; row += 1) {
    const from = row * x.cells;
    const to = (y.cell + row) * layer.width + x.cell;
    if (left === null) {
      layer.samples.set(samples.subarray(from * parts, (from + x.cells) * parts) as never, to * parts);
      layer.painted.fill(1, to, to + x.cells);
      continue;
    }
    for (let col = 0; col < x.cells; col += 1) {
      if (left[from + col] !== 0) continue;
      for (let part = 0; part < parts; part += 1) {
        layer.samples[(to + col) * parts + part] = samples[(from + col) * parts + part]!;
      }
      layer.painted[to + col] = 1;
    }
  }
}

/** Paints one value; see {@link paint}. */
export function paintConstant(layer: Layer, x: AxisRead, y: AxisRead, value: number, left: Uint8Array | null): void {
  const samples = allocateSamples(layer.dataType, x.cells * y.cells);
  fillReal(samples, convertValue(value, layer.dataType), isComplex(layer.dataType));
  paint(layer, x, y, samples, left);
}
