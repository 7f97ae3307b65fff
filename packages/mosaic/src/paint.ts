import { isComplex, type DataType, type Nodata } from '@inlay/geo';
import { allocateSamples, type Samples } from '@inlay/raster';
import type { AxisRead } from './axis-read.ts';
import { convertValue } from './convert.ts';

/**
 * The cells of one band while sources are painted over each other. Memory for them is set aside when the first source is
 * painted that does not fill all of them: mostly there is one that does, and its samples are the layer.
 */
export interface Layer {
  readonly dataType: DataType;
  readonly width: number;
  readonly height: number;
  /** What cells hold that no source has painted. */
  readonly empty: number | bigint;
  /** Length = width * height, for complex types twice that; null where nothing was painted yet. */
  samples: Samples | null;
  /** The samples are a source's, and not to be written to. */
  isLent: boolean;
  /** 1 where a source has painted, length = width * height; or all of them, or none. */
  painted: Uint8Array | 'all' | 'none';
}

/** An empty layer: filled with the band's nodata, as its type can hold it, and with 0 where it has none (GDAL). */
export function createLayer(dataType: DataType, nodata: Nodata | null, width: number, height: number): Layer {
  const empty = nodata === null ? 0 : convertValue(nodata, dataType);
  return { dataType, width, height, empty, samples: null, isLent: false, painted: 'none' };
}

/** The samples of a layer as they are now. */
export function samplesOf(layer: Layer): Samples {
  return layer.samples ?? writableSamples(layer);
}

/** The samples of a layer, to be written to. */
export function writableSamples(layer: Layer): Samples {
  const { dataType, width, height, empty, samples, isLent } = layer;
  if (samples !== null && !isLent) return samples;
  const own = allocateSamples(dataType, width * height);
  if (samples !== null) own.set(samples as never);
  else if (empty !== 0 && empty !== 0n) fillReal(own, empty, isComplex(dataType));
  layer.samples = own;
  layer.isLent = false;
  return own;
}

/** Marks of what was painted, to be written to; for layers that are not painted in whole. */
export function writablePainted(layer: Layer): Uint8Array {
  if (layer.painted instanceof Uint8Array) return layer.painted;
  const marks = new Uint8Array(layer.width * layer.height);
  if (layer.painted === 'all') marks.fill(1);
  layer.painted = marks;
  return marks;
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
  if (left === null && x.cells === layer.width && y.cells === layer.height) {
    lend(layer, samples);
    return;
  }
  const parts = isComplex(layer.dataType) ? 2 : 1;
  const target = writableSamples(layer);
  const painted = layer.painted === 'all' ? null : writablePainted(layer);
  for (let row = 0; row < y.cells; row += 1) {
    const from = row * x.cells;
    const to = (y.cell + row) * layer.width + x.cell;
    if (left === null) {
      target.set(samples.subarray(from * parts, (from + x.cells) * parts) as never, to * parts);
      painted?.fill(1, to, to + x.cells);
      continue;
    }
    for (let col = 0; col < x.cells; col += 1) {
      if (left[from + col] !== 0) continue;
      for (let part = 0; part < parts; part += 1) {
        target[(to + col) * parts + part] = samples[(from + col) * parts + part]!;
      }
      if (painted !== null) painted[to + col] = 1;
    }
  }
}

/** All of a layer is what one source has. */
function lend(layer: Layer, samples: Samples): void {
  layer.samples = samples;
  layer.isLent = true;
  layer.painted = 'all';
}

/** Paints one value; see {@link paint}. */
export function paintConstant(layer: Layer, x: AxisRead, y: AxisRead, value: number, left: Uint8Array | null): void {
  const samples = allocateSamples(layer.dataType, x.cells * y.cells);
  fillReal(samples, convertValue(value, layer.dataType), isComplex(layer.dataType));
  paint(layer, x, y, samples, left);
}

/**
 * Paints single cells.
 * @param places of the cells in the layer, ascending, one for each sample; null for all of them
 * @param samples see {@link paint}; or one value for all of them
 */
export function paintSpots(
  layer: Layer,
  places: Int32Array | null,
  samples: Samples | number,
  left: Uint8Array | null,
): void {
  const count = places === null ? layer.width * layer.height : places.length;
  if (typeof samples === 'number') {
    const constants = allocateSamples(layer.dataType, count);
    fillReal(constants, convertValue(samples, layer.dataType), isComplex(layer.dataType));
    paintSpots(layer, places, constants, left);
    return;
  }
  if (left === null && places === null) {
    lend(layer, samples);
    return;
  }
  const parts = isComplex(layer.dataType) ? 2 : 1;
  const target = writableSamples(layer);
  const painted = layer.painted === 'all' ? null : writablePainted(layer);
  if (left === null && places !== null && target instanceof Uint8Array && samples instanceof Uint8Array) {
    // Most pixels there are, in loops that have seen nothing else.
    scatterBytes(samples, places, target);
    if (painted !== null) for (let at = 0; at < count; at += 1) painted[places[at]!] = 1;
    return;
  }
  for (let at = 0; at < count; at += 1) {
    if (left !== null && left[at] !== 0) continue;
    const place = places === null ? at : places[at]!;
    for (let part = 0; part < parts; part += 1) target[place * parts + part] = samples[at * parts + part]!;
    if (painted !== null) painted[place] = 1;
  }
}

function scatterBytes(samples: Uint8Array, places: Int32Array, target: Uint8Array): void {
  for (let at = 0; at < places.length; at += 1) target[places[at]!] = samples[at]!;
}
