import type { Nodata } from '@inlay/geo';
import type { NumericSamples } from './numeric-samples.ts';
import { type Samples, isBigSamples } from './raster-array.ts';

/**
 * Which pixels of a band count. Length = samples.length, 1 = valid, 0 = not.
 *
 * Invalid are pixels the mask (non-zero = valid, null = no mask) leaves out, pixels equal to `nodata`, NaN
 * whatever nodata says (as in GDAL), and infinities, which no mean and no stretch survives.
 */
export function validPixels(samples: NumericSamples, nodata: Nodata | null, mask: Uint8Array | null): Uint8Array {
  const valid = new Uint8Array(samples.length);
  const hole = nodataAsStored(samples, nodata);
  const canBeAnything = samples instanceof Float32Array || samples instanceof Float64Array;
  if (mask === null && Number.isNaN(hole) && !canBeAnything) return valid.fill(1);
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if ((mask === null || mask[i] !== 0) && value !== hole && Number.isFinite(value)) valid[i] = 1;
  }
  return valid;
}

/** {@link validPixels} of samples of any type but complex; null where every pixel is valid and no look is needed. */
export function bandValidity(samples: Samples, nodata: Nodata | null, mask: Uint8Array | null): Uint8Array | null {
  if (!isBigSamples(samples)) {
    const isAlwaysFinite = !(samples instanceof Float32Array || samples instanceof Float64Array);
    return isAlwaysFinite && nodata === null ? mask : validPixels(samples, nodata, mask);
  }
  if (nodata === null || !Number.isInteger(Number(nodata))) return mask;
  const hole = BigInt(nodata);
  const valid = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    if (samples[i] !== hole && (mask === null || mask[i] !== 0)) valid[i] = 1;
  }
  return valid;
}

/**
 * The nodata value as it compares with samples of this array: rounded to 32 bits for Float32 (a file that says
 * -3.4028234663852886e+38 in text means the nearest float), NaN where there is none, since nothing equals NaN.
 */
function nodataAsStored(samples: NumericSamples, nodata: Nodata | null): number {
  if (nodata === null) return Number.NaN;
  return samples instanceof Float32Array ? Math.fround(Number(nodata)) : Number(nodata);
}
