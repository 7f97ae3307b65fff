import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { RasterProfile } from '@inlay/geo';
import { localRasterFiles, openRaster, type RasterFiles, sidecarName } from '@inlay/geotiff';
import { headerSource } from './header-source.ts';

/** A raster's facts and what is odd about its file, in words. */
export interface LocalProfile {
  readonly profile: RasterProfile;
  readonly warnings: readonly string[];
}

/** Rasters read before timers, signals and the screen get their turn. */
const READS_IN_A_ROW = 50;

/**
 * Reads the headers of a raster on this machine, and of its sidecars. No pixels.
 *
 * @throws GeoTiffError
 */
export async function openProfile(path: string, signal: AbortSignal): Promise<LocalProfile> {
  return profileOf(await localRasterFiles(path), signal);
}

/**
 * {@link openProfile} for many rasters, one after the other: each folder is listed once, so that a raster without
 * sidecars costs one file to open and not seven more to look for.
 */
export function profileReader(signal: AbortSignal): (path: string) => Promise<LocalProfile> {
  const listings = new Map<string, ReadonlySet<string> | null>();
  let reads = 0;
  return async (path) => {
    reads += 1;
    if (reads % READS_IN_A_ROW === 0) await setImmediate();
    const folder = dirname(path);
    const known = listings.get(folder);
    const names = known === undefined ? await namesIn(folder) : known;
    listings.set(folder, names);
    return names === null ? openProfile(path, signal) : profileOf(await listedFiles(path, names), signal);
  };
}

async function profileOf(files: RasterFiles, signal: AbortSignal): Promise<LocalProfile> {
  const raster = await openRaster(files, { signal });
  try {
    return { profile: raster.profile, warnings: raster.warnings.map(({ message }) => message) };
  } finally {
    await raster.close();
  }
}

async function listedFiles(path: string, names: ReadonlySet<string>): Promise<RasterFiles> {
  return {
    main: await headerSource(path),
    sibling: async (suffix) =>
      names.has(sidecarName(basename(path), suffix)) ? headerSource(sidecarName(path, suffix)) : null,
  };
}

/** Null for a folder that is not there or may not be listed: its files are then looked for one by one. */
async function namesIn(folder: string): Promise<ReadonlySet<string> | null> {
  return readdir(folder).then(
    (names) => new Set(names),
    () => null,
  );
}
