import { type DataType, isComplex, isRepresentable, type Nodata } from '@inlay/geo';
import { isBigSamples, type Samples } from '@inlay/raster';
import type { Fidelity } from './fidelity.ts';

/** The types that GDAL's ComplexSource compares as what they are. */
const COMPARED_EXACTLY: ReadonlySet<DataType> = new Set(['Byte', 'UInt16', 'Int16']);

/** The types whose presence, in the source or in the output, makes GDAL compare doubles instead of floats. */
const WIDE: ReadonlySet<DataType> = new Set(['Int32', 'UInt32', 'Int64', 'UInt64', 'Float64']);

/** FLT_EPSILON. GDAL takes it for doubles too. */
const EPSILON = 1.1920928955078125e-7;

/** Units in the last place that may be between two values. */
const ULPS = 2;

/**
 * Marks the samples that are a source's nodata. Null where none can be: nodata is not among the type's values, or the
 * type is complex, where GDAL knows no nodata.
 * @returns length = samples.length, 1 = nodata
 */
export function nodataMarks(
  samples: Samples,
  dataType: DataType,
  outputType: DataType,
  nodata: Nodata,
  fidelity: Fidelity,
): Uint8Array | null {
  if (!canBeNodata(dataType, nodata, fidelity)) return null;
  if (fidelity === 'exact' || COMPARED_EXACTLY.has(dataType)) return marksOfValue(samples, nodata);
  const marks = marksNear(samples, Number(nodata), !WIDE.has(dataType) && !WIDE.has(outputType));
  // Measured on 3.13: on the way from 32 to 64 bits, NaN is nodata whatever nodata is.
  if (dataType !== 'Float32' || outputType !== 'Float64') return marks;
  return marks.map((mark, at) => (mark !== 0 || Number.isNaN(samples[at]) ? 1 : 0));
}

/** Whether a pixel of a type can be nodata at all. */
export function canBeNodata(dataType: DataType, nodata: Nodata, fidelity: Fidelity): boolean {
  if (isComplex(dataType)) return false;
  if (fidelity === 'exact') return isRepresentable(nodata, dataType);
  if (!COMPARED_EXACTLY.has(dataType)) return true;
  // GDAL looks at the range and then cuts off what comes after the point.
  return typeof nodata === 'number' && isRepresentable(Math.trunc(nodata), dataType);
}

/**
 * Marks the samples that GDAL's own mask of a band with nodata leaves out: integers are compared exactly, floats as in
 * {@link nodataMarks}, each in its own type.
 */
export function nodataMaskMarks(
  samples: Samples,
  dataType: DataType,
  nodata: Nodata,
  fidelity: Fidelity,
): Uint8Array | null {
  if (isComplex(dataType) || !isRepresentable(nodata, dataType)) return null;
  const isFloat = samples instanceof Float32Array || samples instanceof Float64Array;
  if (fidelity === 'exact' || !isFloat) return marksOfValue(samples, nodata);
  return marksNear(samples, Number(nodata), samples instanceof Float32Array);
}

function marksOfValue(samples: Samples, nodata: Nodata): Uint8Array {
  const marks = new Uint8Array(samples.length);
  if (isBigSamples(samples)) {
    const value = BigInt(nodata);
    for (let at = 0; at < samples.length; at += 1) marks[at] = samples[at] === value ? 1 : 0;
    return marks;
  }
  const number = Number(nodata);
  const value =
    samples instanceof Float32Array
      ? Math.fround(number)
      : samples instanceof Float64Array
        ? number
        : Math.trunc(number);
  if (Number.isNaN(value)) return marksOfNaN(samples);
  for (let at = 0; at < samples.length; at += 1) marks[at] = samples[at] === value ? 1 : 0;
  return marks;
}

function marksOfNaN(samples: Samples): Uint8Array {
  const marks = new Uint8Array(samples.length);
  for (let at = 0; at < samples.length; at += 1) marks[at] = Number.isNaN(samples[at]) ? 1 : 0;
  return marks;
}

function marksNear(samples: Samples, nodata: number, inFloats: boolean): Uint8Array {
  const value = inFloats ? Math.fround(nodata) : nodata;
  if (Number.isNaN(value)) return marksOfNaN(samples);
  const marks = new Uint8Array(samples.length);
  for (let at = 0; at < samples.length; at += 1) {
    const sample = Number(samples[at]);
    if (sample === value) {
      marks[at] = 1;
      continue;
    }
    // The far larger part differs by far more: the exact arithmetic is for the rest.
    const difference = Math.abs(sample - value);
    const tolerance = EPSILON * Math.abs(sample + value) * ULPS;
    if (difference < 2 * tolerance && isNear(sample, value, inFloats)) marks[at] = 1;
  }
  return marks;
}

function isNear(a: number, b: number, inFloats: boolean): boolean {
  if (!inFloats) return Math.abs(a - b) < EPSILON * Math.abs(a + b) * ULPS;
  const { fround } = Math;
  return Math.abs(fround(a - b)) < fround(fround(EPSILON * Math.abs(fround(a + b))) * ULPS);
}
