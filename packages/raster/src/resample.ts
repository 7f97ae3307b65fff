import { type Nodata, isComplex } from '@inlay/geo';
import { type RasterArray, type Samples, allocateSamples } from './raster-array.ts';
import { createAverage } from './average.ts';

/** What a kernel needs beside the pixels. */
export interface ResampleTarget {
  /** Columns and rows of the result, at least 1 each. The whole source is spread over them. */
  readonly width: number;
  readonly height: number;
  /** One per band of the source: the value that takes no part in an average; null where there is none. */
  readonly nodata: readonly (Nodata | null)[];
}

/** One kernel: the source's whole area at another size, same data type and bands. */
export type ResampleKernel = (source: RasterArray, target: ResampleTarget) => RasterArray;

/**
 * The source row or column that nearest-neighbour takes for each target one: the one its centre lies in.
 * Length = `targetLength`, 0-based, ascending.
 */
export function nearestIndices(sourceLength: number, targetLength: number): Uint32Array {
  const indices = new Uint32Array(targetLength);
  for (let i = 0; i < targetLength; i++) {
    indices[i] = Math.min(sourceLength - 1, Math.floor(((i + 0.5) * sourceLength) / targetLength));
  }
  return indices;
}

/** Each target pixel is the source pixel its centre lies in: for categories, and where speed is all. */
export const resampleNearest: ResampleKernel = (source, { width, height }) => {
  const cols = nearestIndices(source.width, width);
  const rows = nearestIndices(source.height, height);
  const partsPerSample = isComplex(source.dataType) ? 2 : 1;
  const bands = source.bands.map((band) => {
    const picked = allocateSamples(source.dataType, width * height);
    pick(band, source.width, picked, cols, rows, partsPerSample);
    return picked;
  });
  let mask: Uint8Array | null = null;
  if (source.mask !== null) {
    mask = new Uint8Array(width * height);
    pick(source.mask, source.width, mask, cols, rows, 1);
  }
  return { layout: 'band-separate', width, height, dataType: source.dataType, bands, mask };
};

/**
 * Each target pixel is the mean of the valid source pixels under it: see {@link createAverage}, which does the same
 * in stripes. The target may not be larger than the source.
 */
export const resampleAverage: ResampleKernel = (source, { width, height, nodata }) => {
  const { dataType, mask } = source;
  const average = createAverage({ source, target: { width, height }, dataType, nodata, masked: mask !== null });
  average.add(source);
  return average.finish();
};

function pick(
  from: Samples,
  fromWidth: number,
  to: Samples,
  cols: Uint32Array,
  rows: Uint32Array,
  partsPerSample: number,
): void {
  let at = 0;
  for (const row of rows) {
    for (const col of cols) {
      const start = (row * fromWidth + col) * partsPerSample;
      for (let part = 0; part < partsPerSample; part++) to[at++] = from[start + part]!;
    }
  }
}
