import { DATA_TYPE_BYTES, isComplex, type RasterProfile } from '@inlay/geo';
import { servingReport } from '@inlay/geotiff';
import type { PictureHeader } from './picture-header.ts';

/** What is to become of an uploaded GeoTIFF. */
export type ConversionPlan =
  /** Kept byte for byte; `warning` says so where people may have expected otherwise. */
  | { readonly convert: false; readonly warning: string | null }
  /** Rewritten as a COG, for these reasons, one sentence each. */
  | { readonly convert: true; readonly reasons: readonly string[] };

/** Decoding what these hold and compressing it anew is either a second loss or a file many times as large. */
const LOSSY = /JPEG|WEBP|LERC|JXL/;

/**
 * Beyond both, a file is a few blocks written over and over, or nothing at all, and rewriting it would take hours. What
 * Deflate reaches at most is 1032:1 (RFC 1951 by its longest match in the shortest code).
 */
const HOLLOW_RATIO = 1000;
const HOLLOW_BYTES = 2 ** 30;

/** Decides by the header alone. A valid COG, and any small raster, is never converted. */
export function planConversion(name: string, profile: RasterProfile, fileBytes: number): ConversionPlan {
  const { isCog, reasons } = servingReport(profile);
  if (isCog) return { convert: false, warning: null };
  const { compression, tiled } = profile.layout.storage;
  if (tiled && LOSSY.test(compression ?? '')) {
    return {
      convert: false,
      warning: `${name} is kept as it is, without overviews: rewriting ${compression} would lose detail or multiply its size. Add overviews with gdaladdo before the upload to have it shown quickly.`,
    };
  }
  if (isHollow(pixelBytes(profile), fileBytes)) {
    return { convert: false, warning: `${name} is kept as it is: nearly all of it is empty.` };
  }
  return { convert: true, reasons };
}

/** Whether the pixels are so many more than the bytes that there can hardly be anything in them. */
export function isHollow(pixelsBytes: number, fileBytes: number): boolean {
  return pixelsBytes > HOLLOW_BYTES && pixelsBytes / fileBytes > HOLLOW_RATIO;
}

/** Bytes of all pixels, uncompressed. */
export function pixelBytes({ width, height, layout }: RasterProfile): number {
  return width * height * layout.bands.reduce((sum, { dataType }) => sum + DATA_TYPE_BYTES[dataType], 0);
}

/** The same of a picture. */
export function pictureBytes({ width, height, bandCount, dataType }: PictureHeader): number {
  return width * height * bandCount * DATA_TYPE_BYTES[dataType];
}

/** Arguments of gdal_translate, without files and drivers, that make a lossless COG of a GeoTIFF. */
export function cogArguments(profile: RasterProfile): string[] {
  return losslessCog({ predictor: hasPredictor(profile), classified: isClassified(profile) });
}

/** The same of another format's file. */
export function pictureArguments({ isPalette }: PictureHeader): string[] {
  return losslessCog({ predictor: !isPalette, classified: isPalette });
}

/** Deflate, tiles of 512, levels down to a single tile, BigTIFF where it might be needed (gdal.org, COG driver). */
function losslessCog({ predictor, classified }: { predictor: boolean; classified: boolean }): string[] {
  const options = [
    'COMPRESS=DEFLATE',
    `PREDICTOR=${predictor ? 'YES' : 'NO'}`,
    'BLOCKSIZE=512',
    'BIGTIFF=IF_SAFER',
    `OVERVIEW_RESAMPLING=${classified ? 'NEAREST' : 'AVERAGE'}`,
  ];
  return ['-of', 'COG', ...options.flatMap((option) => ['-co', option])];
}

/** Predictors are for whole samples and real numbers; older libtiffs have none for 64-bit integers (tif_predict.c). */
function hasPredictor({ layout }: RasterProfile): boolean {
  return layout.bands.every(
    ({ dataType, nbits, colorTable }) =>
      nbits === null && colorTable === null && !isComplex(dataType) && dataType !== 'Int64' && dataType !== 'UInt64',
  );
}

/** Whether the values are names rather than amounts: the mean of two of them is a third class, or none. */
function isClassified({ layout }: RasterProfile): boolean {
  return layout.bands.some(
    ({ colorTable, colorInterp, categories, dataType, nbits }) =>
      colorTable !== null || colorInterp === 'Palette' || categories !== null || nbits === 1 || isComplex(dataType),
  );
}
