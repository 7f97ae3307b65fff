import type { DataType } from '@inlay/geo';
import type { GdalVersion, VrtBandPlan } from './plan.ts';

/** Types that came after GDAL 3.6 (gdal.org, release notes of 3.7 and 3.11). */
const TYPES: Partial<Record<DataType, GdalVersion>> = { Int8: '3.7', Float16: '3.11', CFloat16: '3.11' };

/**
 * Built-in functions that leave nodata out. All others are taken for what came with gdalbuildvrt's own option for them, in
 * 3.12, together with what their documents say of sources outside of a window.
 */
const FUNCTIONS: Partial<Record<string, GdalVersion>> = { min: '3.8', max: '3.8' };
const ANY_FUNCTION: GdalVersion = '3.12';

/** `<NoDataFromMaskSource>`. */
const MASK_THRESHOLD: GdalVersion = '3.9';

/** The first GDAL that reads all of some bands as they are meant; null where every GDAL from 3.6 on does. */
export function requiredGdal(bands: readonly VrtBandPlan[]): GdalVersion | null {
  let required: GdalVersion | null = null;
  const needs = (version: GdalVersion | undefined): void => {
    if (version !== undefined && (required === null || minorOf(version) > minorOf(required))) required = version;
  };
  for (const { dataType, pixelFunction, reads } of bands) {
    needs(TYPES[dataType]);
    if (pixelFunction !== null) needs(FUNCTIONS[pixelFunction.name] ?? ANY_FUNCTION);
    for (const read of reads) {
      needs(TYPES[read.dataType]);
      if (read.maskThreshold !== null) needs(MASK_THRESHOLD);
    }
  }
  return required;
}

function minorOf(version: GdalVersion): number {
  return Number(version.slice('3.'.length));
}
