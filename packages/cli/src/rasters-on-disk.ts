import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { CliError } from './error.ts';

const RASTER_EXTENSIONS: ReadonlySet<string> = new Set(['.tif', '.tiff', '.gtif', '.gtiff']);

/** Most rasters one call takes: what the API takes too. */
const MOST_RASTERS = 100_000;

/**
 * The rasters that the arguments stand for, in their order: a file is itself, a folder is every GeoTIFF in it and
 * below, by name.
 *
 * @throws CliError `cli/usage` where there are none, or too many
 */
export async function findRasters(paths: readonly string[], signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    if ((await stat(path)).isDirectory()) {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const inFolder = entries
        .filter((entry) => entry.isFile() && RASTER_EXTENSIONS.has(extname(entry.name).toLowerCase()))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
      for (const file of inFolder) found.push(file);
    } else {
      found.push(path);
    }
  }
  if (found.length === 0) throw new CliError('cli/usage', 'There is no GeoTIFF (.tif, .tiff) in what was named.');
  if (found.length > MOST_RASTERS) {
    throw new CliError('cli/usage', `${found.length} rasters are too many at once; at most ${MOST_RASTERS} are.`);
  }
  return found;
}
