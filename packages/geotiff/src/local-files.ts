import { GeoTiffError } from './error.ts';
import { fileSource } from './file-source.ts';
import { type RasterFiles, type SidecarSuffix, sidecarName } from './raster-files.ts';
import type { Source } from './source.ts';

/** Options of {@link localRasterFiles}. */
export interface LocalFilesOptions {
  /**
   * Names of the files in the raster's folder, where the caller has listed it: whoever opens thousands of rasters of one
   * folder saves the attempts to open sidecars that are not there.
   */
  readonly folderListing?: ReadonlySet<string>;
}

/**
 * A raster on local disk with what lies beside it.
 * @throws GeoTiffError `geotiff/source-unavailable`
 */
export async function localRasterFiles(path: string, { folderListing }: LocalFilesOptions = {}): Promise<RasterFiles> {
  const main = await fileSource(path);
  return {
    main,
    async sibling(suffix: SidecarSuffix): Promise<Source | null> {
      if (folderListing !== undefined && !folderListing.has(sidecarName(main.name, suffix))) return null;
      try {
        return await fileSource(sidecarName(path, suffix));
      } catch (error) {
        if (error instanceof GeoTiffError && error.details['system'] === 'ENOENT') return null;
        throw error;
      }
    },
  };
}
