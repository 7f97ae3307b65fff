import { type DataType, isComplex } from '@inlay/geo';
import { type RasterArray, type Samples, isBigSamples } from './raster-array.ts';

/** Samples whose elements are numbers, one a pixel: what statistics and pictures are made from. */
export type NumericSamples = Exclude<Samples, BigInt64Array | BigUint64Array>;

/**
 * A band as plain numbers, length = width * height; the very same array wherever it already is one.
 *
 * 64-bit integers beyond 2^53 lose their last digits. Complex samples become their modulus, the amplitude that
 * a picture of a radar band shows (GDAL's own statistics take the real part instead).
 */
export function toNumericSamples(samples: Samples, dataType: DataType): NumericSamples {
  if (isBigSamples(samples)) {
    const numbers = new Float64Array(samples.length);
    for (let i = 0; i < samples.length; i++) numbers[i] = Number(samples[i]);
    return numbers;
  }
  if (!isComplex(dataType)) return samples;
  const moduli = new Float64Array(samples.length / 2);
  for (let i = 0; i < moduli.length; i++) moduli[i] = Math.hypot(samples[2 * i]!, samples[2 * i + 1]!);
  return moduli;
}

/** {@link toNumericSamples} of one band of a raster; `bandOffset` is 0-based. */
export function numericBand(raster: RasterArray, bandOffset: number): NumericSamples {
  const samples = raster.bands[bandOffset];
  if (samples === undefined) {
    throw new RangeError(`band offset ${bandOffset} of a raster array with ${raster.bands.length} bands`);
  }
  return toNumericSamples(samples, raster.dataType);
}
