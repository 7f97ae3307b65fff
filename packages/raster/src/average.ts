import type { DataType, Nodata } from '@inlay/geo';
import { type Reduction, createReduction } from './reduction.ts';
import { boxTaps } from './taps.ts';

/** What an average is made from and what it becomes. Sizes in pixels. */
export interface AverageOptions {
  readonly source: { readonly width: number; readonly height: number };
  /** At least 1 by 1. */
  readonly target: { readonly width: number; readonly height: number };
  readonly dataType: DataType;
  /** One per band: the value that takes no part; null where there is none. */
  readonly nodata: readonly (Nodata | null)[];
  /** Whether the stripes carry a mask. */
  readonly masked: boolean;
}

/**
 * Reduces a raster that arrives in stripes. Each target pixel is the mean of the valid source pixels it covers,
 * weighted by the area covered (GDAL's `average`); it is valid where any of them is.
 *
 * Integers are rounded, 64-bit ones counted as doubles. Complex samples come out as the mean of their moduli in
 * Float64. A pixel without a valid sample becomes nodata, else NaN, else 0.
 */
export function createAverage({ source, target, dataType, nodata, masked }: AverageOptions): Reduction {
  if (target.width < 1 || target.height < 1) {
    throw new RangeError(`cannot average into ${target.width}x${target.height} pixels`);
  }
  return createReduction({
    dataType,
    nodata,
    masked,
    cols: boxTaps({ sourceLength: source.width, start: 0, length: source.width, targetLength: target.width }),
    rows: boxTaps({ sourceLength: source.height, start: 0, length: source.height, targetLength: target.height }),
    normalise: 'area',
    requiresRun: false,
  });
}
