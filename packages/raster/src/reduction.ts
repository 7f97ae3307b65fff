import { type DataType, type Nodata, isComplex } from '@inlay/geo';
import { type RasterArray, type Samples, allocateSamples } from './raster-array.ts';
import { type LoadRow, type SampleRow, type StoreRow, createSampleRow, rowLoader, rowStorer } from './sample-row.ts';
import type { Taps } from './taps.ts';

/** A weighted sum in two directions. Sizes in pixels. */
export interface ReductionOptions {
  readonly dataType: DataType;
  /** One per band: the value that takes no part; null where there is none. */
  readonly nodata: readonly (Nodata | null)[];
  /** Whether the rows carry a mask. */
  readonly masked: boolean;
  readonly cols: Taps;
  readonly rows: Taps;
  /**
   * `area`: the mean of all valid samples under a target pixel, by weight. `each-axis`: rows are interpolated first,
   * each from the valid samples it has, then columns from the valid rows (GDAL's convolution).
   */
  readonly normalise: 'area' | 'each-axis';
  /**
   * Whether half of the pixels under the kernel must be valid and neighbours for a result, in each direction: what GDAL
   * asks of kernels with negative weights, whose sum says little otherwise.
   */
  readonly requiresRun: boolean;
}

/** A reduction that holds the target rows being summed, however tall the source. */
export interface Reduction {
  /** Takes the next rows: full width, in order, top to bottom. */
  readonly add: (stripe: RasterArray) => void;
  /** The result, once every row was added. */
  readonly finish: () => RasterArray;
}

/** Type of the result: complex samples are summed as their moduli. */
export function reducedType(dataType: DataType): DataType {
  return isComplex(dataType) ? 'Float64' : dataType;
}

/** Sums rows that arrive in stripes; the order of summation does not depend on where they are cut. */
export function createReduction(options: ReductionOptions): Reduction {
  const { dataType, nodata, masked, cols, rows } = options;
  const resultType = reducedType(dataType);
  const size = { width: cols.counts.length, height: rows.counts.length };
  const bands = nodata.map((hole) =>
    createBand(options, rowLoader(dataType, hole), rowStorer(resultType, hole), {
      ...size,
      result: allocateSamples(resultType, size.width * size.height),
    }),
  );
  const mask = masked ? new Uint8Array(size.width * size.height) : null;
  const maskBand = mask === null ? null : createBand(options, loadMask, storeMask, { ...size, result: mask });
  let sourceRow = 0;
  return {
    add(stripe) {
      const stripeWidth = stripe.width;
      for (let row = 0; row < stripe.height; row++, sourceRow++) {
        for (const [bandOffset, band] of bands.entries()) {
          band.add(sourceRow, stripe.bands[bandOffset]!, stripe.mask, row * stripeWidth);
        }
        if (stripe.mask !== null) maskBand?.add(sourceRow, stripe.mask, stripe.mask, row * stripeWidth);
      }
    },
    finish() {
      for (const band of bands) band.finish();
      maskBand?.finish();
      return { layout: 'band-separate', ...size, dataType: resultType, bands: bands.map(({ result }) => result), mask };
    },
  };
}

const loadMask: LoadRow = rowLoader('Byte', 0);

const storeMask: StoreRow = (result, start, _values, valid) => {
  for (let i = 0; i < valid.length; i++) result[start + i] = valid[i] === 0 ? 0 : 255;
};

/** A target row being summed. */
interface OpenRow {
  readonly sums: Float64Array;
  /** Weights of source rows with holes, per column. */
  readonly weights: Float64Array;
  /** Weight of source rows without holes, the same in every column but for the column's own total. */
  wholeWeight: number;
  hasHoles: boolean;
  /** Valid source rows one after another, now and at most, per column. */
  readonly runs: Uint32Array;
  readonly longestRuns: Uint32Array;
}

interface ReducedBand {
  readonly result: Samples;
  add(sourceRow: number, samples: Samples, mask: Uint8Array | null, start: number): void;
  finish(): void;
}

function createBand(
  { cols, rows, normalise, requiresRun }: ReductionOptions,
  load: LoadRow,
  store: StoreRow,
  { width, height, result }: { readonly width: number; readonly height: number; readonly result: Samples },
): ReducedBand {
  const firstCol = cols.firsts[0]!;
  const endCol = cols.firsts[width - 1]! + cols.counts[width - 1]!;
  const input = createSampleRow(endCol - firstCol);
  const row = { values: new Float64Array(width), weights: new Float64Array(width) };
  const valid = new Uint8Array(width);
  const open: OpenRow[] = [];
  const spare: OpenRow[] = [];
  let firstOpen = 0;

  const close = (): void => {
    const sum = open.shift()!;
    writeQuotients(sum, cols, requiresRun ? halfOf(rows.counts[firstOpen]!) : 0, valid);
    store(result, firstOpen * width, sum.sums, valid);
    firstOpen++;
    clear(sum);
    spare.push(sum);
  };

  return {
    result,
    add(sourceRow, samples, mask, start) {
      // Opened once the first source row of their own has come.
      while (firstOpen + open.length < height && rows.firsts[firstOpen + open.length]! <= sourceRow) {
        open.push(spare.pop() ?? createOpenRow(width, requiresRun));
      }
      while (open.length > 0 && endOf(rows, firstOpen) <= sourceRow) close();
      if (open.length === 0) return;
      load(input, samples, mask, start + firstCol);
      if (input.isWhole) sumWhole(input.values, firstCol, cols, row.values);
      else if (normalise === 'area') sumValid(input, firstCol, cols, row);
      else interpolateValid(input, firstCol, cols, row, requiresRun);
      for (const [index, sum] of open.entries()) {
        const at = firstOpen + index;
        const tap = sourceRow - rows.firsts[at]!;
        if (tap >= rows.counts[at]!) continue;
        const weight = rows.weights[at * rows.stride + tap]!;
        addRow(sum, row.values, weight);
        if (input.isWhole) sum.wholeWeight += weight;
        else addWeights(sum, row.weights, weight);
        if (requiresRun) countRuns(sum, input.isWhole ? null : row.weights);
      }
    },
    finish() {
      while (open.length > 0) close();
      valid.fill(0);
      for (; firstOpen < height; firstOpen++) store(result, firstOpen * width, row.values, valid);
    },
  };
}

function endOf(taps: Taps, at: number): number {
  return taps.firsts[at]! + taps.counts[at]!;
}

function createOpenRow(width: number, requiresRun: boolean): OpenRow {
  return {
    sums: new Float64Array(width),
    weights: new Float64Array(width),
    wholeWeight: 0,
    hasHoles: false,
    runs: new Uint32Array(requiresRun ? width : 0),
    longestRuns: new Uint32Array(requiresRun ? width : 0),
  };
}

function clear(row: OpenRow): void {
  row.sums.fill(0);
  if (row.hasHoles) row.weights.fill(0);
  row.wholeWeight = 0;
  row.hasHoles = false;
  row.runs.fill(0);
  row.longestRuns.fill(0);
}

function sumWhole(values: Float64Array, firstCol: number, cols: Taps, sums: Float64Array): void {
  const { firsts, counts, stride, weights } = cols;
  for (let col = 0; col < sums.length; col++) {
    const first = firsts[col]! - firstCol;
    const count = counts[col]!;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[first + i]! * weights[col * stride + i]!;
    sums[col] = sum;
  }
}

/** Sums of weight times value over the valid samples, and the weights' own sums. */
function sumValid({ values, valid }: SampleRow, firstCol: number, cols: Taps, row: WeightedRow): void {
  const { firsts, counts, stride, weights } = cols;
  for (let col = 0; col < row.values.length; col++) {
    const first = firsts[col]! - firstCol;
    const count = counts[col]!;
    const firstWeight = col * stride;
    let sum = 0;
    let total = 0;
    // Invalid samples are 0: without a branch that nobody can predict.
    for (let i = 0; i < count; i++) {
      const weight = weights[firstWeight + i]!;
      sum += values[first + i]! * weight;
      total += valid[first + i]! * weight;
    }
    row.values[col] = sum;
    row.weights[col] = total;
  }
}

/** Values of their own from the valid samples, with weight 1, or 0 where there are none. */
function interpolateValid(
  input: SampleRow,
  firstCol: number,
  cols: Taps,
  row: WeightedRow,
  requiresRun: boolean,
): void {
  sumValid(input, firstCol, cols, row);
  const { values, weights } = row;
  for (let col = 0; col < values.length; col++) {
    const weight = weights[col]!;
    const isValid =
      weight > NO_WEIGHT && (!requiresRun || hasRun(input.valid, cols.firsts[col]! - firstCol, cols.counts[col]!));
    values[col] = isValid ? values[col]! / weight : 0;
    weights[col] = isValid ? 1 : 0;
  }
}

/** Whether half of the samples are valid and neighbours. */
function hasRun(valid: Uint8Array, first: number, count: number): boolean {
  const wanted = halfOf(count);
  let run = 0;
  for (let i = first; run < wanted && i < first + count; i++) run = valid[i] === 0 ? 0 : run + 1;
  return run >= wanted;
}

function halfOf(count: number): number {
  return Math.floor(count / 2);
}

interface WeightedRow {
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/** Sums of weights up to this are what rounding leaves of zero; negative ones would extrapolate. */
const NO_WEIGHT = 1e-9;

function addRow({ sums }: OpenRow, values: Float64Array, weight: number): void {
  for (let col = 0; col < sums.length; col++) sums[col]! += values[col]! * weight;
}

function addWeights(row: OpenRow, weights: Float64Array, weight: number): void {
  row.hasHoles = true;
  for (let col = 0; col < weights.length; col++) row.weights[col]! += weights[col]! * weight;
}

/** `weights`: zero where the source row is invalid; null where it is valid throughout. */
function countRuns({ runs, longestRuns }: OpenRow, weights: Float64Array | null): void {
  for (let col = 0; col < runs.length; col++) {
    const run = weights === null || weights[col] !== 0 ? runs[col]! + 1 : 0;
    runs[col] = run;
    if (run > longestRuns[col]!) longestRuns[col] = run;
  }
}

/** Turns sums into means in place, and says where there is one. */
function writeQuotients(row: OpenRow, cols: Taps, minRun: number, valid: Uint8Array): void {
  const { sums, weights, wholeWeight, hasHoles, longestRuns } = row;
  for (let col = 0; col < sums.length; col++) {
    const weight = cols.totals[col]! * wholeWeight + weights[col]!;
    if (!(weight > NO_WEIGHT) || (hasHoles && minRun > 0 && longestRuns[col]! < minRun)) {
      valid[col] = 0;
    } else {
      valid[col] = 1;
      sums[col]! /= weight;
    }
  }
}
