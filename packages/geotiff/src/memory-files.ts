import { type RasterFiles, sidecarName } from './raster-files.ts';
import { memorySource } from './source.ts';

/** A raster and its sidecars in memory, by file name. The raster's own name must be among them. */
export function memoryRasterFiles(name: string, files: ReadonlyMap<string, Uint8Array>): RasterFiles {
  const main = files.get(name);
  if (main === undefined) throw new RangeError(`${name} is not one of the files`);
  return {
    main: memorySource(name, main),
    sibling(suffix) {
      const sidecar = sidecarName(name, suffix);
      const bytes = files.get(sidecar);
      return Promise.resolve(bytes === undefined ? null : memorySource(sidecar, bytes));
    },
  };
}
