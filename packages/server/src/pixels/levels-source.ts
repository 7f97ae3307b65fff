import type { Window } from '@inlay/geo';
import { type BlockCache, type PixelLevel, type RasterLevels, readLevel } from '@inlay/geotiff';
import { createAverage, nearestIndices, pickPixels, type RasterArray } from '@inlay/raster';
import { type PixelSource, TilerError, windowInLevel, type WindowRequest } from '@inlay/tiler';
import type { RasterSource } from './raster-source.ts';

/** What could not be read while a picture was made. */
export interface Damage {
  /** Blocks whose pixels are taken for invalid. */
  missing: number;
  /** Why the first of them could not be read; null where none is missing. */
  firstProblem: string | null;
}

/** A raster that has a place on the map. */
export type PlacedRaster = Pick<RasterSource, 'width' | 'height' | 'layout'> & {
  readonly affine: NonNullable<RasterSource['affine']>;
  readonly crs: NonNullable<RasterSource['crs']>;
};

/** Samples of a window that is reduced while it is read; more are refused. */
const MAX_REDUCED_SAMPLES = 2 ** 27;

/** Samples held at once while a window is reduced. */
const STRIPE_SAMPLES = 2 ** 22;

/** Rows that are read together at least, so that a file in strips is not read once for each of its rows. */
const MIN_STRIPE_ROWS = 64;

/**
 * A raster's levels as the renderer reads them, decoded blocks going through a cache. A block that cannot be read is
 * transparent and counted in `damage`: one bad block of a large raster costs its own place in a tile, not the tile.
 */
export function levelsSource(
  { affine, crs, width, height, layout }: PlacedRaster,
  { levels }: Pick<RasterLevels, 'levels'>,
  cache: BlockCache,
  damage: Damage,
): PixelSource {
  const source: PixelSource = {
    grid: { affine, width, height },
    crs,
    bands: layout.bands,
    levels: levels.slice(1).map((level) => ({ width: level.width, height: level.height })),
    async readWindow(request, signal) {
      const level = levels[request.level]!;
      const window = windowInLevel(source, request);
      const read = async (part: Window): Promise<RasterArray> => {
        const result = await readLevel(level, part, { bands: request.bands, cache, damage: 'transparent', signal });
        damage.missing += result.missingBlocks;
        damage.firstProblem ??= result.firstProblem?.message ?? null;
        return result.raster;
      };
      const isWhole = window.width === request.width && window.height === request.height;
      return isWhole ? await read(window) : await readFewerPixels(read, level, window, request);
    },
  };
  return source;
}

/** Reads a window stripe by stripe into fewer pixels. */
async function readFewerPixels(
  read: (window: Window) => Promise<RasterArray>,
  level: PixelLevel,
  window: Window,
  request: WindowRequest,
): Promise<RasterArray> {
  const samples = window.width * window.height * request.bands.length;
  if (samples > MAX_REDUCED_SAMPLES) {
    throw new TilerError(
      'tiler/too-expensive',
      `this picture takes ${samples} samples of the raster, at most ${MAX_REDUCED_SAMPLES} are read; zoom in, or add ` +
        'overviews (gdaladdo)',
      { details: { samples, limit: MAX_REDUCED_SAMPLES } },
    );
  }
  const nodata = request.bands.map((band) => level.nodata[band - 1] ?? null);
  const rows = Math.max(MIN_STRIPE_ROWS, Math.floor(STRIPE_SAMPLES / (window.width * request.bands.length)));
  const stripes = async function* (): AsyncGenerator<{ top: number; stripe: RasterArray }> {
    for (let top = 0; top < window.height; top += rows) {
      const height = Math.min(rows, window.height - top);
      yield { top, stripe: await read({ ...window, rowOff: window.rowOff + top, height }) };
    }
  };
  if (request.resampling === 'nearest') {
    const cols = nearestIndices(window.width, request.width);
    const wanted = nearestIndices(window.height, request.height);
    const parts: RasterArray[] = [];
    for await (const { top, stripe } of stripes()) {
      const inStripe = wanted.filter((row) => row >= top && row < top + stripe.height).map((row) => row - top);
      if (inStripe.length > 0) parts.push(pickPixels(stripe, cols, inStripe, nodata));
    }
    return stack(parts, request);
  }
  let average: ReturnType<typeof createAverage> | null = null;
  for await (const { stripe } of stripes()) {
    average ??= createAverage({
      source: window,
      target: request,
      dataType: stripe.dataType,
      nodata,
      // A block that is missing from a later stripe brings a mask.
      masked: true,
    });
    average.add(stripe.mask === null ? { ...stripe, mask: allValid(stripe) } : stripe);
  }
  return average!.finish();
}

function allValid({ width, height }: RasterArray): Uint8Array {
  return new Uint8Array(width * height).fill(255);
}

/** Parts of the same width, one below the other. */
function stack(parts: readonly RasterArray[], { width, height }: Pick<WindowRequest, 'width' | 'height'>): RasterArray {
  const [first] = parts as [RasterArray, ...RasterArray[]];
  if (parts.length === 1) return first;
  const isMasked = parts.some(({ mask }) => mask !== null);
  const whole: RasterArray = {
    ...first,
    width,
    height,
    bands: first.bands.map(
      (band) => new (band.constructor as new (length: number) => typeof band)((band.length / first.height) * height),
    ),
    mask: isMasked ? new Uint8Array(width * height) : null,
  };
  let top = 0;
  for (const part of parts) {
    for (const [index, band] of part.bands.entries())
      whole.bands[index]!.set(band as never, (band.length / part.height) * top);
    whole.mask?.set(part.mask ?? allValid(part), top * width);
    top += part.height;
  }
  return whole;
}
