import type { DataType, Nodata } from '@inlay/geo';

const NUMBER = /^\s*[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?/;
/** Spellings C libraries have printed; Microsoft's `-1.#IND` is NaN too. */
const NOT_A_NUMBER = /^\s*[+-]?(?:nan|(?:1\.)?#?(?:ind|qnan|snan))|^\s*-?1\.#(?:ind|qnan|snan)/i;
const INFINITE = /^\s*([+-]?)(?:inf|1\.#inf)/i;

/** The number at the start of a text as GDAL's CPLAtofM reads it: the rest is ignored, no number is 0, `1,5` is 1.5. */
export function parseNumber(text: string): number {
  if (NOT_A_NUMBER.test(text)) return NaN;
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  const match = NUMBER.exec(text);
  return match === null ? 0 : Number(match[0].replace(',', '.'));
}

/** The integer at the start of a text, clamped to the type's range; no integer is 0. `-1` wraps for UInt64, as in C. */
function parseBigInt(text: string, dataType: 'Int64' | 'UInt64'): bigint {
  const match = /^\s*([+-]?\d+)/.exec(text);
  // No 64-bit integer has more than 20 digits; more would only be work.
  const value = match === null ? 0n : BigInt(match[1]!.slice(0, 24));
  if (dataType === 'Int64') return clamp(value, -(2n ** 63n), 2n ** 63n - 1n);
  if (value < 0n) return BigInt.asUintN(64, clamp(value, -(2n ** 63n), 0n));
  return clamp(value, 0n, 2n ** 64n - 1n);
}

function clamp(value: bigint, min: bigint, max: bigint): bigint {
  if (value < min) return min;
  return value > max ? max : value;
}

/**
 * A nodata text read for a band of `dataType`: a bigint for 64-bit integers, else a number, rounded to single precision
 * where the band is (so that `-3.4028235e+38`, as many writers print it, is the least float). GDAL 3.6 does the same.
 */
export function parseNodata(text: string, dataType: DataType): Nodata {
  if (dataType === 'Int64' || dataType === 'UInt64') return parseBigInt(text, dataType);
  return roundNodata(parseNumber(text), dataType);
}

/** The number as a band of `dataType` holds it: see {@link parseNodata}. */
export function roundNodata(value: number, dataType: DataType): number {
  return dataType === 'Float32' ? Math.fround(value) : value;
}
