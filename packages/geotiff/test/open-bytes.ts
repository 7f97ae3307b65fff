import { type GeoTiffRaster, memoryRasterFiles, openRaster } from '@inlay/geotiff';
import { type RawEntry, type RawTiff, image, tiffBytes } from './tiff-bytes.ts';

/** Opens bytes as `a.tif`, with sidecars by suffix. */
export function open(
  bytes: Uint8Array,
  sidecars: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<GeoTiffRaster> {
  const files = new Map<string, Uint8Array>([['a.tif', bytes]]);
  for (const [suffix, content] of Object.entries(sidecars)) {
    files.set(
      suffix === '.tfw' ? 'a.tfw' : `a.tif${suffix}`,
      typeof content === 'string' ? new TextEncoder().encode(content) : content,
    );
  }
  return openRaster(memoryRasterFiles('a.tif', files));
}

export function openTiff(
  tiff: RawTiff,
  sidecars: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<GeoTiffRaster> {
  return open(tiffBytes(tiff).bytes, sidecars);
}

/** A plain image with some tags changed. */
export function changed(changes: Readonly<Record<number, RawEntry | null>>, width = 16, height = 8): RawTiff {
  return { directories: [image(width, height, changes)] };
}
