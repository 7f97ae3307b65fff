import { type DataType, type Nodata, integerRange, isComplex, isInteger, isRepresentable } from '@inlay/geo';
import { emptySample } from './empty-sample.ts';
import { type Samples, isBigSamples } from './raster-array.ts';

/** Consecutive samples of one row as doubles, and which of them count. */
export interface SampleRow {
  /** 0 where a sample is not valid. */
  readonly values: Float64Array;
  /** 1 = valid, 0 = not; says nothing where {@link isWhole}. */
  readonly valid: Uint8Array;
  /** Every sample is valid. */
  isWhole: boolean;
}

export function createSampleRow(length: number): SampleRow {
  return { values: new Float64Array(length), valid: new Uint8Array(length), isWhole: true };
}

/** Fills a row with the samples from `start` on; the row's own length tells how many. */
export type LoadRow = (row: SampleRow, samples: Samples, mask: Uint8Array | null, start: number) => void;

/**
 * How samples of a type are loaded. Invalid are those the mask leaves out, those equal to `nodata`, NaN and infinities,
 * as in `validPixels`. Complex samples become their moduli; 64-bit integers are compared with nodata exactly, and
 * counted as doubles.
 */
export function rowLoader(dataType: DataType, nodata: Nodata | null): LoadRow {
  const copy = isComplex(dataType) ? copyModuli : copyNumbers;
  const isAlwaysValid = isInteger(dataType) && (nodata === null || !isRepresentable(nodata, dataType));
  const hole = nodata === null ? Number.NaN : dataType === 'Float32' ? Math.fround(Number(nodata)) : Number(nodata);
  return (row, samples, mask, start) => {
    const { values, valid } = row;
    if (isBigSamples(samples)) copyBigints(values, samples, start);
    else copy(values, samples, start);
    row.isWhole = true;
    if (isAlwaysValid && mask === null) return;
    let count = 0;
    if (isAlwaysValid) {
      for (let i = 0; i < values.length; i++) count += valid[i] = mask![start + i] === 0 ? 0 : 1;
    } else if (isBigSamples(samples)) {
      const bigHole = BigInt(nodata!);
      for (let i = 0; i < values.length; i++) {
        count += valid[i] = samples[start + i] === bigHole || mask?.[start + i] === 0 ? 0 : 1;
      }
    } else {
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        count += valid[i] =
          value === hole || !Number.isFinite(value) || (mask !== null && mask[start + i] === 0) ? 0 : 1;
      }
    }
    row.isWhole = count === values.length;
    if (!row.isWhole) for (let i = 0; i < values.length; i++) if (valid[i] === 0) values[i] = 0;
  };
}

function copyNumbers(
  values: Float64Array,
  samples: Exclude<Samples, BigInt64Array | BigUint64Array>,
  start: number,
): void {
  // The engine's own conversion: a loop over eight kinds of array would be slow for all of them.
  values.set(samples.subarray(start, start + values.length));
}

function copyModuli(
  values: Float64Array,
  samples: Exclude<Samples, BigInt64Array | BigUint64Array>,
  start: number,
): void {
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.hypot(samples[2 * (start + i)]!, samples[2 * (start + i) + 1]!);
  }
}

function copyBigints(values: Float64Array, samples: BigInt64Array | BigUint64Array, start: number): void {
  for (let i = 0; i < values.length; i++) values[i] = Number(samples[start + i]);
}

/** Stores computed values as samples of a type: rounded, clamped to its range, and never by chance its nodata value. */
export type StoreRow = (result: Samples, start: number, values: Float64Array, valid: Uint8Array) => void;

/**
 * How values are stored, `valid` zero where there is none: those become `nodata` where the type can say it, else NaN,
 * else 0. Halves are rounded away from zero. A valid value that would read as nodata is moved to its neighbour, as GDAL
 * does.
 * @param dataType not complex.
 */
export function rowStorer(dataType: DataType, nodata: Nodata | null): StoreRow {
  const range = integerRange(dataType);
  const empty = emptySample(dataType, nodata);
  const isHole = nodata !== null && isRepresentable(nodata, dataType);
  if (range === null) return floatStorer(dataType, Number(empty));
  if (typeof empty === 'bigint') return bigintStorer(range, empty, isHole);
  const [least, greatest] = [Number(range[0]), Number(range[1])];
  const neighbour = empty === greatest ? empty - 1 : empty + 1;
  return (result, start, values, valid) => {
    for (let i = 0; i < values.length; i++) {
      if (valid[i] === 0) {
        values[i] = empty;
        continue;
      }
      const value = values[i]!;
      const rounded = Math.min(greatest, Math.max(least, value < 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5)));
      values[i] = isHole && rounded === empty ? neighbour : rounded;
    }
    (result as Uint8Array).set(values, start);
  };
}

function floatStorer(dataType: DataType, emptyValue: number): StoreRow {
  const isDouble = dataType === 'Float64';
  const empty = isDouble ? emptyValue : Math.fround(emptyValue);
  const neighbour = isDouble ? nextDouble(empty) : nextFloat(empty);
  return (result, start, values, valid) => {
    for (let i = 0; i < values.length; i++) {
      if (valid[i] === 0) values[i] = empty;
      else if ((isDouble ? values[i]! : Math.fround(values[i]!)) === empty) values[i] = neighbour;
    }
    (result as Float64Array).set(values, start);
  };
}

function bigintStorer([least, greatest]: readonly [bigint, bigint], empty: bigint, isHole: boolean): StoreRow {
  const neighbour = empty === greatest ? empty - 1n : empty + 1n;
  return (result, start, values, valid) => {
    const samples = result as BigInt64Array;
    for (let i = 0; i < values.length; i++) {
      let value = empty;
      if (valid[i] !== 0) {
        value = BigInt(values[i]! < 0 ? Math.ceil(values[i]! - 0.5) : Math.floor(values[i]! + 0.5));
        value = value < least ? least : value > greatest ? greatest : value;
        if (isHole && value === empty) value = neighbour;
      }
      samples[start + i] = value;
    }
  };
}

/** The next larger 32-bit float of a finite value. */
function nextFloat(value: number): number {
  if (value === 0) return 2 ** -149;
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0]! += value > 0 ? 1 : -1;
  return new Float32Array(bits.buffer)[0]!;
}

/** The next larger double of a finite value. */
function nextDouble(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0]! += value > 0 ? 1n : -1n;
  return new Float64Array(bits.buffer)[0]!;
}
