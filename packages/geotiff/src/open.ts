import type { RasterProfile } from '@inlay/geo';
import type { RasterImages } from './images.ts';
import { openTiff } from './open-tiff.ts';
import type { RasterFiles } from './raster-files.ts';
import type { RasterWarning } from './raster-warning.ts';
import { readProfile } from './read-profile.ts';
import type { FetchOptions, Source } from './source.ts';

/** A raster whose headers are read and whose pixels can be. */
export interface GeoTiffRaster {
  readonly profile: RasterProfile;
  readonly images: RasterImages;
  /** What was left out or looks wrong, in plain words; empty for most rasters. */
  readonly warnings: readonly RasterWarning[];
  /** Closes the raster's sources, `files.main` included. Harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Opens a raster: reads its headers and the sidecars that matter, no pixels. Takes over `files`: its sources are closed
 * by {@link GeoTiffRaster.close}, and at once when opening fails.
 * @throws GeoTiffError with any of its codes; the signal's reason when aborted.
 */
export async function openRaster(files: RasterFiles, options: FetchOptions = {}): Promise<GeoTiffRaster> {
  const opened: Source[] = [files.main];
  async function close(): Promise<void> {
    await Promise.all(opened.map((source) => source.close()));
  }
  const warnings: RasterWarning[] = [];
  try {
    options.signal?.throwIfAborted();
    const main = await openTiff(files.main, options);
    const { profile, images } = await readProfile(main, { files, options, warnings }, opened);
    return { profile, images, warnings, close };
  } catch (error) {
    await close();
    throw error;
  }
}
