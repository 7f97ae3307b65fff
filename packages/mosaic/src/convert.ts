import { type DataType, integerRange, isComplex } from '@inlay/geo';
import { allocateSamples, isBigSamples, type Samples } from '@inlay/raster';

/**
 * Samples in another data type, as GDAL converts them (GDALCopyWords): integers are clamped to the range, halves are
 * rounded away from 0, NaN becomes 0 in an integer, and of a complex number the real part is left. The very same array
 * where nothing changes.
 */
export function convertSamples(samples: Samples, from: DataType, to: DataType): Samples {
  if (from === to) return samples;
  const fromParts = isComplex(from) ? 2 : 1;
  const toParts = isComplex(to) ? 2 : 1;
  const count = samples.length / fromParts;
  const converted = allocateSamples(to, count);
  if (fromParts === 2 && toParts === 2) {
    const put = writerOf(converted, partTypeOf(to));
    for (let at = 0; at < samples.length; at += 1) put(at, samples[at]!);
    return converted;
  }
  const put = writerOf(converted, partTypeOf(to));
  for (let at = 0; at < count; at += 1) put(at * toParts, samples[at * fromParts]!);
  return converted;
}

/** One value as a sample of a type, converted as {@link convertSamples} does; what the type's array holds. */
export function convertValue(value: number | bigint, to: DataType): number | bigint {
  const one = allocateSamples(to, 1);
  writerOf(one, partTypeOf(to))(0, value);
  return one[0]!;
}

/** Writes a value as a sample of an array, converted as {@link convertSamples} does. */
export type Put = (at: number, value: number | bigint) => void;

/** The writer of an array of a data type; of complex types it writes one part. */
export function sampleWriter(target: Samples, dataType: DataType): Put {
  return writerOf(target, partTypeOf(dataType));
}

/** The type of one part of a complex number; other types are their own. */
function partTypeOf(dataType: DataType): DataType {
  return isComplex(dataType) ? (dataType.slice(1) as DataType) : dataType;
}

function writerOf(target: Samples, dataType: DataType): Put {
  const range = integerRange(dataType);
  if (range === null) {
    const floats = target as Float32Array | Float64Array;
    return (at, value) => {
      floats[at] = Number(value);
    };
  }
  const [low, high] = range;
  if (isBigSamples(target)) {
    return (at, value) => {
      const whole = typeof value === 'bigint' ? value : wholeOf(value, low, high);
      target[at] = whole < low ? low : whole > high ? high : whole;
    };
  }
  const [least, greatest] = [Number(low), Number(high)];
  return (at, value) => {
    const number = Number(value);
    // The comparisons are false for NaN, which is then 0.
    target[at] = number >= least ? (number > greatest ? greatest : roundHalfAway(number)) : number < least ? least : 0;
  };
}

function wholeOf(value: number, low: bigint, high: bigint): bigint {
  if (Number.isNaN(value)) return 0n;
  if (!Number.isFinite(value)) return value > 0 ? high : low;
  return BigInt(roundHalfAway(value));
}

function roundHalfAway(value: number): number {
  return value < 0 ? -Math.floor(-value + 0.5) : Math.floor(value + 0.5);
}
