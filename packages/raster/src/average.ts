import { type DataType, type Nodata, isComplex, isInteger, isRepresentable } from '@inlay/geo';
import { type NumericSamples, toNumericSamples } from './numeric-samples.ts';
import { type RasterArray, type Samples, allocateSamples, isBigSamples } from './raster-array.ts';
import { validPixels } from './validity.ts';

/** What an average is made from and what it becomes. Sizes in pixels. */
export interface AverageOptions {
  readonly source: { readonly width: number; readonly height: number };
  /** At least 1 by 1 and not larger than the source in either direction. */
  readonly target: { readonly width: number; readonly height: number };
  readonly dataType: DataType;
  /** One per band: the value that takes no part; null where there is none. */
  readonly nodata: readonly (Nodata | null)[];
  /** Whether the stripes carry a mask. */
  readonly masked: boolean;
}

/** A running average that holds one target row, however tall the source. */
export interface Average {
  /** Takes the next rows: full width, in order, top to bottom. */
  readonly add: (stripe: RasterArray) => void;
  /** The reduced raster, once every row was added. */
  readonly finish: () => RasterArray;
}

/**
 * Reduces a raster that arrives in stripes. Each target pixel is the mean of the valid source pixels it covers,
 * weighted by the area covered (GDAL's `average`); it is valid where any of them is.
 *
 * Integers are rounded, 64-bit ones counted as doubles. Complex samples come out as the mean of their moduli in
 * Float64. A pixel without a valid sample becomes nodata, else NaN, else 0.
 */
export function createAverage({ source, target, dataType, nodata, masked }: AverageOptions): Average {
  const { width, height } = target;
  if (width < 1 || height < 1 || width > source.width || height > source.height) {
    throw new RangeError(`cannot average ${source.width}x${source.height} pixels into ${width}x${height}`);
  }
  const resultType = isComplex(dataType) ? 'Float64' : dataType;
  const columns = splitColumns(source.width, width);
  const bands = nodata.map((hole) => ({
    nodata: hole,
    empty: emptyValue(resultType, hole),
    row: createRow(width),
    target: createRow(width),
    result: allocateSamples(resultType, width * height),
  }));
  const maskRow = masked ? { row: createRow(width), target: createRow(width) } : null;
  const mask = masked ? new Uint8Array(width * height) : null;
  let sourceRow = 0;
  let targetRow = 0;

  /** Adds the current source row to the current target row, `share` of its height being covered. */
  const deposit = (share: number): void => {
    for (const band of bands) addRow(band.target, band.row, share);
    if (maskRow !== null) addRow(maskRow.target, maskRow.row, share);
  };

  const closeTargetRow = (): void => {
    const start = targetRow * width;
    for (const band of bands) {
      writeMeans(band.target, band.result, start, band.empty);
      clearRow(band.target);
    }
    if (maskRow !== null && mask !== null) {
      for (let col = 0; col < width; col++) mask[start + col] = maskRow.target.weights[col]! > 0 ? 255 : 0;
      clearRow(maskRow.target);
    }
    targetRow++;
  };

  const add = (stripe: RasterArray): void => {
    const inputs = bands.map((band, bandOffset) => {
      const samples = toNumericSamples(stripe.bands[bandOffset]!, dataType);
      return { samples, valid: validPixels(samples, band.nodata, stripe.mask) };
    });
    for (let row = 0; row < stripe.height; row++, sourceRow++) {
      const start = row * source.width;
      for (const [bandOffset, { samples, valid }] of inputs.entries()) {
        reduceRow(samples, valid, start, columns, bands[bandOffset]!.row);
      }
      if (maskRow !== null && stripe.mask !== null) {
        reduceRow(stripe.mask, stripe.mask, start, columns, maskRow.row);
      }
      // Exact where the edges coincide: a quotient that is an integer is not rounded.
      const top = (sourceRow * height) / source.height;
      const bottom = ((sourceRow + 1) * height) / source.height;
      if (bottom < targetRow + 1) {
        deposit(1);
      } else {
        const share = (targetRow + 1 - top) / (bottom - top);
        deposit(share);
        const edge = targetRow + 1;
        closeTargetRow();
        if (bottom > edge) deposit(1 - share);
      }
    }
  };

  return {
    add,
    finish: () => ({
      layout: 'band-separate',
      width,
      height,
      dataType: resultType,
      bands: bands.map((band) => band.result),
      mask,
    }),
  };
}

/** Weighted sums and weights of one row, length = target width. */
interface Row {
  readonly sums: Float64Array;
  readonly weights: Float64Array;
}

function createRow(width: number): Row {
  return { sums: new Float64Array(width), weights: new Float64Array(width) };
}

function clearRow(row: Row): void {
  row.sums.fill(0);
  row.weights.fill(0);
}

/** Which target column each source column falls into, and how much of it; the rest belongs to the next one. */
interface ColumnSplit {
  readonly first: Uint32Array;
  /** 0..1, 1 where the source column lies wholly in its first target column. */
  readonly share: Float64Array;
}

function splitColumns(sourceWidth: number, width: number): ColumnSplit {
  const first = new Uint32Array(sourceWidth);
  const share = new Float64Array(sourceWidth);
  for (let col = 0; col < sourceWidth; col++) {
    const left = (col * width) / sourceWidth;
    const right = ((col + 1) * width) / sourceWidth;
    first[col] = Math.floor(left);
    share[col] = Math.min(1, (first[col]! + 1 - left) / (right - left));
  }
  return { first, share };
}

function reduceRow(samples: NumericSamples, valid: Uint8Array, start: number, columns: ColumnSplit, row: Row): void {
  clearRow(row);
  const { first, share } = columns;
  const { sums, weights } = row;
  for (let col = 0; col < first.length; col++) {
    if (valid[start + col] === 0) continue;
    const value = samples[start + col]!;
    const at = first[col]!;
    const part = share[col]!;
    sums[at]! += value * part;
    weights[at]! += part;
    if (part < 1) {
      sums[at + 1]! += value * (1 - part);
      weights[at + 1]! += 1 - part;
    }
  }
}

function addRow(target: Row, row: Row, share: number): void {
  for (let col = 0; col < target.sums.length; col++) {
    target.sums[col]! += row.sums[col]! * share;
    target.weights[col]! += row.weights[col]! * share;
  }
}

function writeMeans({ sums, weights }: Row, result: Samples, start: number, empty: number): void {
  const whole = !(result instanceof Float32Array || result instanceof Float64Array);
  for (let col = 0; col < sums.length; col++) {
    const weight = weights[col]!;
    let mean = weight > 0 ? sums[col]! / weight : empty;
    if (whole) mean = Math.round(mean);
    if (isBigSamples(result)) result[start + col] = BigInt(mean);
    else result[start + col] = mean;
  }
}

function emptyValue(dataType: DataType, nodata: Nodata | null): number {
  if (nodata !== null && isRepresentable(nodata, dataType)) return Number(nodata);
  return isInteger(dataType) ? 0 : Number.NaN;
}
