import type { RasterProfile } from '@inlay/geo';
import { localRasterFiles, openRaster } from '@inlay/geotiff';

/** A raster's facts and what is odd about its file, in words. */
export interface LocalProfile {
  readonly profile: RasterProfile;
  readonly warnings: readonly string[];
}

/**
 * Reads the headers of a raster on this machine, and of its sidecars. No pixels.
 *
 * @throws GeoTiffError
 */
export async function openProfile(path: string, signal: AbortSignal): Promise<LocalProfile> {
  const raster = await openRaster(await localRasterFiles(path), { signal });
  try {
    return { profile: raster.profile, warnings: raster.warnings.map(({ message }) => message) };
  } finally {
    await raster.close();
  }
}
