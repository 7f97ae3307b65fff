import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { JobError } from '../error.ts';
import { allowedPlace, type SourceRoots } from './source-roots.ts';

/** Files one folder may bring. */
const MAX_FILES = 1_000_000;
/** What a raster's name ends with. */
export const TIFF_NAME: RegExp = /\.tiff?$/i;

/** GeoTIFFs below a folder, sorted. Links to files are followed as far as is allowed, links to folders are not. */
export async function listRasters(
  folder: string,
  options: { readonly roots: SourceRoots; readonly signal: AbortSignal; readonly warn: (warning: string) => void },
): Promise<string[]> {
  const { roots, signal, warn } = options;
  const found = new Set<string>();
  const folders = [folder];
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    for (const entry of await entriesOf(current, warn)) {
      signal.throwIfAborted();
      const path = join(current, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile() && TIFF_NAME.test(entry.name)) found.add(path);
      else if (entry.isSymbolicLink() && TIFF_NAME.test(entry.name)) {
        const place = await allowedPlace(path, roots);
        if (place.ok) found.add(place.location);
        else warn(`${entry.name} was left out: it links to where nothing may be registered from.`);
      }
    }
    requireFewRasters(found.size);
  }
  return [...found].sort();
}

/** @throws JobError `nothing_registered` beyond what one folder may bring */
export function requireFewRasters(count: number): void {
  if (count <= MAX_FILES) return;
  throw new JobError(
    'nothing_registered',
    `The folder holds more than ${MAX_FILES} rasters. Register its subfolders one by one.`,
  );
}

/** What is in a folder; one that cannot be read is a warning. */
async function entriesOf(folder: string, warn: (warning: string) => void): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    warn(`The folder ${basename(folder)} was left out: it cannot be read.`);
    return [];
  }
}
