import { GeoTiffError } from './error.ts';
import { type HttpSourceOptions, httpSource } from './http-source.ts';
import { type RasterFiles, type SidecarSuffix, sidecarName } from './raster-files.ts';

/** Options of {@link httpRasterFiles}. */
export interface HttpFilesOptions extends HttpSourceOptions {
  /** The sidecars to look for, one request each; none unless set, because most web servers have none. */
  readonly sidecars?: readonly SidecarSuffix[];
}

/** A raster on a web server with the sidecars that were asked for. A query is repeated for each of them. */
export function httpRasterFiles(url: string, options: HttpFilesOptions = {}): RasterFiles {
  const sidecars = new Set(options.sidecars);
  return {
    main: httpSource(url, options),
    async sibling(suffix, fetchOptions) {
      if (!sidecars.has(suffix)) return null;
      const address = new URL(url);
      address.pathname = sidecarName(address.pathname, suffix);
      const source = httpSource(address.href, options);
      try {
        await source.fetch(0, 1, fetchOptions);
        return source;
      } catch (error) {
        const status = error instanceof GeoTiffError ? error.details['status'] : null;
        if (status === 404 || status === 410) return null;
        throw error;
      }
    },
  };
}
