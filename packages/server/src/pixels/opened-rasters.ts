import { openLevels, openRaster, type RasterLevels, shareWork, type SharedWork } from '@inlay/geotiff';
import { LRUCache } from 'lru-cache';
import { locationFiles, storedRasterFiles } from '../catalog/raster-files.ts';
import { allowedPlace, isLocal, type SourceAccess, type SourceRoots } from '../catalog/source-roots.ts';
import { findChangedSources, sameStates, stateAt } from '../catalog/source-state.ts';
import { statFilesHere } from '../catalog/stat-files.ts';
import { ServerError } from '../error.ts';
import { isObject } from '../s3/object-place.ts';
import type { ObjectLinks } from '../s3/object-links.ts';
import type { Storage } from '../storage/storage.ts';
import type { RasterPlace, RasterSource } from './raster-source.ts';

export interface OpenedRastersDeps extends SourceAccess {
  readonly storage: Storage;
  /** Rasters kept open; each holds a file or two. */
  readonly maxOpen: number;
}

/** What opening a raster needs to know of it. */
export type OpenableRaster = Pick<RasterSource, 'datasetId' | 'version' | 'name' | 'width' | 'height' | 'layout'> & {
  readonly place: RasterPlace;
};

/** Rasters that are kept open, because opening one takes longer than reading a tile of it. */
export interface OpenedRasters {
  /**
   * A raster, which stays open until it is let go.
   * @throws ServerError `source_changed`, `source_unavailable`; GeoTiffError
   */
  hold(raster: OpenableRaster, signal: AbortSignal): Promise<HeldRaster>;
}

/** A raster that is kept open for somebody. */
export interface HeldRaster {
  readonly levels: RasterLevels;
  /**
   * To be asked after reading and before what was read is used.
   * @throws ServerError `source_changed` where a local file has been written over
   */
  requireSameFile(): void;
  /** Once. */
  release(): void;
}

/**
 * A registered raster and all that lies beside it are looked at again after so long. The file itself is looked at after
 * each read as well, which takes some thousandths of a millisecond; whoever sends a remote file is told, or tells,
 * which version it is.
 */
const FILE_RECHECK_MS = 2000;
const REMOTE_RECHECK_MS = 60_000;

interface Entry {
  /** Opening it; who comes later joins what is done. */
  readonly opening: SharedWork<RasterLevels>;
  /** Null until it is open. */
  levels: RasterLevels | null;
  users: number;
  isDropped: boolean;
  checkedAt: number;
}

export function createOpenedRasters(deps: OpenedRastersDeps): OpenedRasters {
  const close = (entry: Entry): void => {
    // What closing may fail with is nobody's concern any more.
    void entry.levels?.close().catch(() => undefined);
  };
  const held = new LRUCache<string, Entry>({
    max: deps.maxOpen,
    dispose: (entry) => {
      entry.isDropped = true;
      if (entry.users === 0) close(entry);
    },
  });

  function drop(key: string, entry: Entry): void {
    if (held.peek(key) === entry) held.delete(key);
  }

  function entryOf(raster: OpenableRaster): Entry {
    const key = blockKey(raster);
    const known = held.get(key);
    if (known !== undefined) return known;
    const entry: Entry = {
      opening: shareWork(
        async (signal) => {
          const levels = await openFor(deps, raster, signal);
          if (signal.aborted) await levels.close();
          signal.throwIfAborted();
          entry.levels = levels;
          return levels;
        },
        // It failed, or nobody waited for it any more: the next one begins anew.
        () => entry.levels === null && drop(key, entry),
      ),
      levels: null,
      users: 0,
      isDropped: false,
      checkedAt: Date.now(),
    };
    held.set(key, entry);
    return entry;
  }

  async function recheck(raster: OpenableRaster, entry: Entry, signal: AbortSignal): Promise<void> {
    const { place } = raster;
    if (place.kind !== 'registered') return;
    const patience = isLocal(place.location) ? FILE_RECHECK_MS : REMOTE_RECHECK_MS;
    if (Date.now() - entry.checkedAt < patience) return;
    entry.checkedAt = Date.now();
    try {
      await requireUnchanged(raster, deps.objectLinks, signal);
    } catch (error) {
      drop(blockKey(raster), entry);
      throw error;
    }
  }

  return {
    async hold(raster, signal) {
      const entry = entryOf(raster);
      entry.users += 1;
      const release = (): void => {
        entry.users -= 1;
        if (entry.users === 0 && entry.isDropped) close(entry);
      };
      try {
        const levels = entry.levels ?? (await entry.opening.join(signal));
        await recheck(raster, entry, signal);
        return { levels, requireSameFile: () => requireSameFile(raster, () => drop(blockKey(raster), entry)), release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

/** What a raster's decoded blocks are known by: no two versions of its pixels share it. */
function blockKey({ datasetId, version }: OpenableRaster): string {
  return `${datasetId}/${version}`;
}

async function openFor(
  { storage, sourceRoots, objectLinks }: OpenedRastersDeps,
  raster: OpenableRaster,
  signal: AbortSignal,
): Promise<RasterLevels> {
  const { place, name, layout } = raster;
  const files =
    place.kind === 'stored'
      ? await storedRasterFiles(storage, place.objectKey, name)
      : await locationFiles(await requireAllowed(place.location, name, sourceRoots), place.states, {
          sourceRoots,
          objectLinks,
        });
  const opened = await openRaster(files, { signal });
  try {
    // An object of a bucket is asked for by its ETag: no other has been read.
    if (place.kind === 'registered' && !isObject(place.location)) await requireUnchanged(raster, objectLinks, signal);
    const { width, height, layout: found } = opened.profile;
    if (width !== raster.width || height !== raster.height || found.bands.length !== layout.bands.length) {
      throw changed(`"${name}" is not the raster that was catalogued`);
    }
    // What the catalogue says of nodata counts, which may have been given with the upload.
    return await openLevels(
      { ...opened, profile: { ...opened.profile, layout } },
      { cacheKey: blockKey(raster), signal },
    );
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function requireAllowed(location: string, name: string, roots: SourceRoots): Promise<string> {
  const place = await allowedPlace(location, roots);
  if (place.ok) return place.location;
  throw new ServerError('source_unavailable', `The file behind "${name}" cannot be read where it was registered.`);
}

/** @throws ServerError `source_changed` */
async function requireUnchanged(
  { name, place }: OpenableRaster,
  links: ObjectLinks,
  signal: AbortSignal,
): Promise<void> {
  if (place.kind !== 'registered') return;
  const [sentence] = await findChangedSources([{ label: name, registered: place }], links, signal);
  if (sentence !== undefined) throw changed(sentence);
}

/**
 * What was read of a local file that has been written over is thrown away.
 * @throws ServerError `source_changed`
 */
function requireSameFile({ name, place }: OpenableRaster, drop: () => void): void {
  if (place.kind !== 'registered' || !isLocal(place.location)) return;
  const [recorded, now] = [place.states[''], stateAt(statFilesHere([place.location]), 0)];
  if (recorded !== undefined && now !== null && sameStates({ '': recorded }, { '': now })) return;
  drop();
  throw changed(`"${name}" has changed since it was registered`);
}

function changed(sentence: string): ServerError {
  return new ServerError('source_changed', `${sentence}. Register it again to show what it is now.`);
}
