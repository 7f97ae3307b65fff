import { type DataType, isComplex } from '@inlay/geo';

/**
 * Samples of one band. 16-bit floats are widened to 32 bits when read (exact, and Node 22 has no array for
 * them); 64-bit integers stay bigints so that identifiers survive.
 */
export type Samples =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/**
 * A rectangle of pixels in the file's own data type, one array per band.
 *
 * Rows run from the first row stored to the last, columns from the first to the last: whether that is north
 * to south is the affine's business, not the array's.
 */
export interface RasterArray {
  readonly layout: 'band-separate';
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  readonly dataType: DataType;
  /**
   * `bands[0]` is the first band asked for, row-major. Length = width * height; for complex types twice that,
   * real and imaginary part alternating.
   */
  readonly bands: readonly Samples[];
  /**
   * The dataset's mask. Length = width * height, non-zero = valid; null where there is none. Nodata values and
   * NaN are **not** folded in: see `validPixels`.
   */
  readonly mask: Uint8Array | null;
}

/** An 8-bit picture as encoders take it: all channels of a pixel side by side, rows from top to bottom. */
export interface Picture {
  readonly layout: 'pixel-interleaved';
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha (not premultiplied, 0 = transparent). */
  readonly channels: 1 | 2 | 3 | 4;
  /** Length = width * height * channels. */
  readonly data: Uint8Array;
}

const SAMPLE_ARRAYS = {
  Byte: Uint8Array,
  Int8: Int8Array,
  UInt16: Uint16Array,
  Int16: Int16Array,
  UInt32: Uint32Array,
  Int32: Int32Array,
  UInt64: BigUint64Array,
  Int64: BigInt64Array,
  Float16: Float32Array,
  Float32: Float32Array,
  Float64: Float64Array,
  CInt16: Int16Array,
  CInt32: Int32Array,
  CFloat16: Float32Array,
  CFloat32: Float32Array,
  CFloat64: Float64Array,
} as const satisfies Record<DataType, new (length: number) => Samples>;

/** A zero-filled array for `length` samples of a data type; complex types take two entries a sample. */
export function allocateSamples(dataType: DataType, length: number): Samples {
  return new SAMPLE_ARRAYS[dataType](isComplex(dataType) ? 2 * length : length);
}

/** An array of 64-bit integers, whose elements are bigints. */
export function isBigSamples(samples: Samples): samples is BigInt64Array | BigUint64Array {
  return samples instanceof BigInt64Array || samples instanceof BigUint64Array;
}
