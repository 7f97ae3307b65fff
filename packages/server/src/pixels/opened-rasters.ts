import { openLevels, openRaster, type RasterLevels } from '@inlay/geotiff';
import { LRUCache } from 'lru-cache';
import { locationFiles, storedRasterFiles } from '../catalog/raster-files.ts';
import { allowedPlace, type SourceRoots } from '../catalog/source-roots.ts';
import { findChangedSources, isUrl } from '../catalog/source-state.ts';
import { ServerError } from '../error.ts';
import type { Storage } from '../storage/storage.ts';
import type { RasterSource } from './raster-source.ts';

export interface OpenedRastersDeps {
  readonly storage: Storage;
  readonly sourceRoots: SourceRoots;
}

/** What opening a raster needs to know of it. */
export type OpenableRaster = Pick<
  RasterSource,
  'datasetId' | 'version' | 'name' | 'width' | 'height' | 'layout' | 'place'
>;

/** Rasters that are kept open, because opening one takes longer than reading a tile of it. */
export interface OpenedRasters {
  /**
   * Does something with a raster, which stays open until it is done.
   * @throws ServerError `source_changed`, `source_unavailable`; GeoTiffError
   */
  use<T>(raster: OpenableRaster, signal: AbortSignal, work: (levels: RasterLevels) => Promise<T>): Promise<T>;
}

/** Each holds a file or two open. */
const MAX_OPEN = 256;

/**
 * A registered file is looked at again after so long: its owner may write over it at any time. Between two looks a tile
 * may be of the newer bytes; files that are put in place of others, as most tools do, are never mixed.
 */
const FILE_RECHECK_MS = 2000;
const URL_RECHECK_MS = 60_000;

interface Entry {
  readonly levels: Promise<RasterLevels>;
  users: number;
  isDropped: boolean;
  checkedAt: number;
}

export function createOpenedRasters(deps: OpenedRastersDeps): OpenedRasters {
  const close = (entry: Entry): void => {
    // One that could not be opened has nothing to close.
    void entry.levels.then((levels) => levels.close()).catch(() => undefined);
  };
  const held = new LRUCache<string, Entry>({
    max: MAX_OPEN,
    dispose: (entry) => {
      entry.isDropped = true;
      if (entry.users === 0) close(entry);
    },
  });

  function entryOf(raster: OpenableRaster): Entry {
    const key = blockKey(raster);
    const known = held.get(key);
    if (known !== undefined) return known;
    // Opened for all who come meanwhile, so no single one's signal ends it; it is bounded by the reader's own limits.
    const entry: Entry = { levels: openFor(deps, raster), users: 0, isDropped: false, checkedAt: Date.now() };
    held.set(key, entry);
    entry.levels.catch(() => {
      if (held.peek(key) === entry) held.delete(key);
    });
    return entry;
  }

  async function recheck(raster: OpenableRaster, entry: Entry, signal: AbortSignal): Promise<void> {
    const { place } = raster;
    if (place.kind !== 'registered') return;
    const patience = isUrl(place.location) ? URL_RECHECK_MS : FILE_RECHECK_MS;
    if (Date.now() - entry.checkedAt < patience) return;
    entry.checkedAt = Date.now();
    try {
      await requireUnchanged(raster, signal);
    } catch (error) {
      if (held.peek(blockKey(raster)) === entry) held.delete(blockKey(raster));
      throw error;
    }
  }

  return {
    async use(raster, signal, work) {
      const entry = entryOf(raster);
      entry.users += 1;
      try {
        const levels = await entry.levels;
        signal.throwIfAborted();
        await recheck(raster, entry, signal);
        return await work(levels);
      } finally {
        entry.users -= 1;
        if (entry.users === 0 && entry.isDropped) close(entry);
      }
    },
  };
}

/** What a raster's decoded blocks are known by: no two versions of its pixels share it. */
function blockKey({ datasetId, version }: OpenableRaster): string {
  return `${datasetId}/${version}`;
}

async function openFor({ storage, sourceRoots }: OpenedRastersDeps, raster: OpenableRaster): Promise<RasterLevels> {
  const { place, name, layout } = raster;
  const files =
    place.kind === 'stored'
      ? await storedRasterFiles(storage, place.objectKey, name)
      : await locationFiles(await requireAllowed(place.location, name, sourceRoots), sourceRoots);
  const opened = await openRaster(files);
  try {
    await requireUnchanged(raster, new AbortController().signal);
    const { width, height, layout: found } = opened.profile;
    if (width !== raster.width || height !== raster.height || found.bands.length !== layout.bands.length) {
      throw changed(`"${name}" is not the raster that was catalogued`);
    }
    // What the catalogue says of nodata counts, which may have been given with the upload.
    return await openLevels({ ...opened, profile: { ...opened.profile, layout } }, { cacheKey: blockKey(raster) });
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
async function requireUnchanged({ name, place }: OpenableRaster, signal: AbortSignal): Promise<void> {
  if (place.kind !== 'registered') return;
  const [sentence] = await findChangedSources([{ label: name, registered: place }], signal);
  if (sentence !== undefined) throw changed(sentence);
}

function changed(sentence: string): ServerError {
  return new ServerError('source_changed', `${sentence}. Register it again to show what it is now.`);
}
