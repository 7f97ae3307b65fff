import type { RasterLayout, Window } from '@inlay/geo';
import {
  type BlockCache,
  type GeoTiffError,
  type PixelImage,
  type PixelLevel,
  type RasterLevels,
  readLevel,
  readLevelPixels,
} from '@inlay/geotiff';
import { MosaicError } from './error.ts';
import type { Size } from './lattice.ts';
import type { OpenedSource } from './source-port.ts';

/** How a GeoTIFF is read as a source. */
export interface GeoTiffSourceOptions {
  /** Where decoded blocks are kept; without it, each read decodes what it needs. */
  readonly cache?: BlockCache | undefined;
  /** What a block is that cannot be read: an error (the default), or pixels that are left out. */
  readonly damage?: 'refuse' | 'transparent';
}

/**
 * A GeoTIFF whose levels are open as a source. They stay the caller's to close.
 * @param layout the raster's own: what tells which level of the mask is meant
 */
export function geoTiffSource(
  { levels }: Pick<RasterLevels, 'levels'>,
  layout: Pick<RasterLayout, 'mask'>,
  { cache, damage }: GeoTiffSourceOptions = {},
): OpenedSource & Required<Pick<OpenedSource, 'readPixels'>> {
  const [full] = levels;
  const masks = new Set(levels.flatMap(({ mask }) => (mask === null ? [] : [mask])));
  const maskSizes: Size[] = [full, ...(layout.mask?.overviews ?? [])];

  let problem: GeoTiffError | null = null;

  async function read(level: PixelLevel, window: Window, bands: readonly number[], signal: AbortSignal | undefined) {
    const { raster, firstProblem } = await readLevel({ ...level, mask: null }, window, {
      bands,
      cache,
      signal,
      ...(damage === undefined ? {} : { damage }),
    });
    problem ??= firstProblem;
    return raster;
  }

  return {
    damage: () => problem,
    read: async (level, window, bands, signal) => read(levels[level] ?? noLevel(level), window, bands, signal),
    async readPixels(level, pixels, bands, signal) {
      const { raster, firstProblem } = await readLevelPixels(
        { ...(levels[level] ?? noLevel(level)), mask: null },
        pixels,
        { bands, cache, signal, ...(damage === undefined ? {} : { damage }) },
      );
      problem ??= firstProblem;
      return raster;
    },
    async readMask(level, window, signal) {
      const image = [...masks].find((mask) => isOfSize(mask, maskSizes[level])) ?? noLevel(level);
      const { width, height } = image;
      const { bands } = await read({ width, height, image, mask: null, nodata: [] }, window, [1], signal);
      const values = bands[0] as Uint8Array;
      // 1-bit masks hold 0 and 1. A mask of bytes that are no more than 1 says the same.
      return values.some((value) => value > 1) ? values : values.map((value) => (value === 0 ? 0 : 255));
    },
  };
}

function isOfSize({ width, height }: PixelImage, size: Size | undefined): boolean {
  return width === size?.width && height === size.height;
}

/** Levels were planned with what the catalogue knows: a file without one of them is another file by now. */
function noLevel(level: number): never {
  const message = `a source has no level ${level}: it has changed since it was planned`;
  throw new MosaicError('mosaic/invalid-request', message, { details: { level } });
}
