import { type BandProfile, isCodedError } from '@inlay/geo';
import {
  type CompiledMosaic,
  geoTiffSource,
  type MosaicRead,
  type MosaicRequest,
  openCompiledMosaic,
  type OpenSource,
  readMosaic,
  readMosaicCells,
} from '@inlay/mosaic';
import type { PixelSource, ReadProblem, WindowRequest } from '@inlay/tiler';
import { offeredLevels } from '../overviews/stored-overviews.ts';
import { LRUCache } from 'lru-cache';
import { ServerError } from '../error.ts';
import { type MosaicMember, readMembers } from './member-table.ts';
import type { PlacedRaster } from './placed-raster.ts';
import type { MosaicParts, MosaicPlace } from './raster-source.ts';
import { openRenderedLevels } from './rendered-levels.ts';
import type { ReadingDeps } from './read-pixels.ts';

/** A virtual raster that is ready to be read in this thread. */
export interface OpenedMosaic {
  readonly mosaic: CompiledMosaic;
  readonly memberOf: (sourceIndex: number) => MosaicMember;
}

/** The buffers are shared; what is made of them here is small. */
const opened = new LRUCache<string, OpenedMosaic>({ max: 64 });

export function openMosaic(place: MosaicParts): OpenedMosaic {
  let mosaic = opened.get(place.id);
  if (mosaic === undefined) {
    mosaic = { mosaic: openCompiledMosaic(place.compiled), memberOf: readMembers(place.members).memberOf };
    opened.set(place.id, mosaic);
  }
  return mosaic;
}

/** Sources that could not be read, of which is told. */
const MAX_PROBLEMS = 100;

/** A virtual raster as the renderer reads it. */
export function mosaicPixelSource(
  deps: ReadingDeps,
  { affine, crs, width, height, layout }: PlacedRaster,
  place: MosaicPlace,
): PixelSource {
  const { mosaic, memberOf } = openMosaic(place);
  const { overviews } = place;
  const levels = offeredLevels(layout.overviews, overviews);
  const rendered = overviews === null ? null : openRenderedLevels(deps, mosaic, overviews);
  const openSource = sourceOpener(deps, memberOf, 'transparent');
  // Levels beyond these are rendered.
  const composed = levels.length - (overviews?.plan.levels.length ?? 0);
  return {
    grid: { affine, width, height },
    crs,
    bands: layout.bands.map((band, bandOffset): BandProfile => {
      // Pixels of a nodata value that is hidden are valid: readers are not to be told of it.
      return mosaic.bands[bandOffset]?.hideNodata === true ? { ...band, nodata: null } : band;
    }),
    levels,
    async readWindow(wanted, signal) {
      let missing: ReadProblem[] = [];
      if (rendered !== null && wanted.level > composed) {
        try {
          return await rendered.readWindow(wanted.level - composed - 1, wanted, signal);
        } catch (error) {
          // The sources have all that the levels have: it takes longer, and is told.
          if (!isCodedError(error)) throw error;
          missing = [problemOf(error)];
        }
      }
      const read = await readMosaic(mosaic, requestOf(wanted), openSource, { onSourceError: 'transparent', signal });
      return { raster: read.raster, problems: [...missing, ...problemsOf(read)] };
    },
    async readPixels(wanted, cells, signal) {
      // Rendered levels are a block or four: their windows are read.
      if (wanted.level > composed && rendered !== null) return null;
      const request = { ...requestOf(wanted), cells };
      const read = await readMosaicCells(mosaic, request, openSource, { onSourceError: 'transparent', signal });
      return read === null ? null : { raster: read.raster, problems: problemsOf(read) };
    },
  };
}

function requestOf({ window, width, height, bands, resampling }: WindowRequest): MosaicRequest {
  return { window, width, height, bands, resampling };
}

function problemsOf({ failures, damages }: MosaicRead): ReadProblem[] {
  return [...failures, ...damages].slice(0, MAX_PROBLEMS).map(({ error }) => problemOf(error));
}

/**
 * Opens the members of a mosaic as they are asked for, each kept open only while it is read.
 * @param damage what a block is that cannot be read: an error, or pixels that are left out
 */
export function sourceOpener(
  { opened: rasters, cache }: ReadingDeps,
  memberOf: OpenedMosaic['memberOf'],
  damage: 'refuse' | 'transparent' = 'refuse',
): OpenSource {
  return async (sourceIndex, signal) => {
    const member = memberOf(sourceIndex);
    if (member.isReplaced) {
      throw new ServerError('source_changed', `"${member.name}" is another raster now than the one it was built of`);
    }
    const held = await rasters.hold(member, signal ?? new AbortController().signal);
    const source = geoTiffSource(held.levels, member.layout, { cache, damage });
    return {
      async read(level, window, bands, readSignal) {
        const pixels = await source.read(level, window, bands, readSignal);
        held.requireSameFile();
        return pixels;
      },
      async readPixels(level, list, bands, readSignal) {
        const pixels = await source.readPixels(level, list, bands, readSignal);
        held.requireSameFile();
        return pixels;
      },
      damage: () => source.damage?.() ?? null,
      readMask: (level, window, readSignal) => source.readMask(level, window, readSignal),
      release: () => held.release(),
    };
  };
}

function problemOf(error: unknown): ReadProblem {
  return { code: codeOf(error), message: error instanceof Error ? error.message : String(error) };
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'internal';
}
