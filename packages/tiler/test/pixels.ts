import sharp from 'sharp';
import { type GeoTiffRaster, memorySource, openRaster, singleFile } from '@inlay/geotiff';
import { type GeoTiffSpec, makeGeoTiff } from '@inlay/testing';

/** A pixel: red, green, blue, alpha. */
export type Rgba = readonly [number, number, number, number];

/** Pixels of a PNG, row by row, read by another decoder than ours; gray counts as three equal colours. */
export async function pixelsOf(png: Uint8Array): Promise<Rgba[]> {
  const bytes = await sharp(png).toColourspace('srgb').ensureAlpha().raw().toBuffer();
  return Array.from({ length: bytes.length / 4 }, (_, i) => [...bytes.subarray(4 * i, 4 * i + 4)] as unknown as Rgba);
}

/** A PNG written by another encoder than ours, with all of PNG's row filters. */
export async function pngOf(width: number, height: number, pixels: readonly Rgba[]): Promise<Buffer> {
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width, height, channels: 4 } })
    .png({ adaptiveFiltering: true })
    .toBuffer();
}

/** One row of gray values and alphas: `null` is transparent. */
export function gray(values: readonly (number | null)[]): Rgba[] {
  return values.map((value) => (value === null ? [0, 0, 0, 0] : [value, value, value, 255]));
}

/** A small north-up raster, open. */
export async function openSmall(
  spec: Partial<GeoTiffSpec> & { width: number; height: number },
): Promise<GeoTiffRaster> {
  const bytes = makeGeoTiff({ origin: [0, 0], resolution: 1, epsg: null, ...spec });
  return openRaster(singleFile(memorySource('small.tif', bytes)));
}
