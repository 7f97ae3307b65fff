import type { Nodata, RasterProfile, Window } from '@inlay/geo';
import { type BlockCache, type PixelLevel, type RasterLevels, readLevel, readLevelPixels } from '@inlay/geotiff';
import { type RasterArray, allocateSamples, createAverage, nearestIndices, pickPixels } from '@inlay/raster';
import { TilerError } from './error.ts';
import { type PixelSource, type WindowRead, type WindowRequest, windowInLevel } from './pixel-source.ts';

/** How a GeoTIFF is read. */
export interface GeotiffPixelSourceOptions {
  /** Where decoded blocks are kept; without it, each read decodes what it needs. */
  readonly cache?: BlockCache;
  /** What a block is that cannot be read: an error (the default), or transparent, which the read tells. */
  readonly damage?: 'refuse' | 'transparent';
}

/** Samples of the raster, all bands, that are read for one picture at most where no overview is coarse enough. */
const MAX_REDUCED_SAMPLES = 2 ** 27;

/** Samples held at once while a window is reduced. */
const STRIPE_SAMPLES = 2 ** 22;

/** Rows that are read together at least, so that a file in strips is not read once for each of its rows. */
const MIN_STRIPE_ROWS = 64;

/**
 * A GeoTIFF to render from; null where it has no place on Earth (no affine georeference, or no CRS). The levels stay the
 * caller's to close.
 */
export function geotiffPixelSource(
  { affine, crs, width, height, layout }: RasterProfile,
  { levels }: Pick<RasterLevels, 'levels'>,
  options: GeotiffPixelSourceOptions = {},
): PixelSource | null {
  if (affine === null || crs === null) return null;
  const source: PixelSource = {
    grid: { affine, width, height },
    crs,
    bands: layout.bands,
    levels: levels.slice(1).map(({ width, height }) => ({ width, height })),
    readWindow: async (request, signal) => {
      const level = levels[request.level];
      if (level === undefined) throw new RangeError(`level ${request.level} of a raster with ${levels.length}`);
      const problems = new Map<string, WindowRead['problems'][number]>();
      const read = async (window: Window): Promise<RasterArray> => {
        const { raster, firstProblem } = await readLevel(level, window, { ...options, bands: request.bands, signal });
        if (firstProblem !== null) problems.set(firstProblem.message, firstProblem);
        return raster;
      };
      const window = windowInLevel(source, request);
      const isWhole = window.width === request.width && window.height === request.height;
      // Stripes are masked one by one where blocks are missing: then all of them have to be.
      const isMasked = level.mask !== null || options.damage === 'transparent';
      const raster = isWhole
        ? await read(window)
        : await readFewerPixels(read, level, window, request, isMasked, signal);
      return { raster, problems: Array.from(problems.values(), ({ code, message }) => ({ code, message })) };
    },
    readPixels: async (request, { cols, rows }, signal) => {
      const level = levels[request.level];
      if (level === undefined) throw new RangeError(`level ${request.level} of a raster with ${levels.length}`);
      const { colOff, rowOff } = windowInLevel(source, request);
      for (let i = 0; i < cols.length; i++) cols[i]! += colOff;
      for (let i = 0; i < rows.length; i++) rows[i]! += rowOff;
      const read = { ...options, bands: request.bands, signal };
      const { raster, firstProblem } = await readLevelPixels(level, { cols, rows }, read);
      const problems = firstProblem === null ? [] : [{ code: firstProblem.code, message: firstProblem.message }];
      return { raster, problems };
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
  isMasked: boolean,
  signal: AbortSignal | undefined,
): Promise<RasterArray> {
  const samples = window.width * window.height * request.bands.length;
  if (samples > MAX_REDUCED_SAMPLES) {
    throw new TilerError(
      'tiler/too-expensive',
      `this picture takes ${samples} samples of the raster, at most ${MAX_REDUCED_SAMPLES} are read; zoom in, or add ` +
        `overviews (gdaladdo)`,
      { details: { samples, limit: MAX_REDUCED_SAMPLES } },
    );
  }
  const stripeRows = Math.max(MIN_STRIPE_ROWS, Math.floor(STRIPE_SAMPLES / (window.width * request.bands.length)));
  const stripes = async function* (): AsyncGenerator<RasterArray> {
    for (let row = 0; row < window.height; row += stripeRows) {
      signal?.throwIfAborted();
      const height = Math.min(stripeRows, window.height - row);
      const stripe = await read({ ...window, rowOff: window.rowOff + row, height });
      yield isMasked && stripe.mask === null ? { ...stripe, mask: wholeMask(stripe) } : stripe;
    }
  };
  const nodata = request.bands.map((band) => level.nodata[band - 1] ?? null);
  return request.resampling === 'nearest'
    ? pickFromStripes(stripes(), window, request, nodata)
    : averageStripes(stripes(), window, request, nodata, isMasked);
}

async function averageStripes(
  stripes: AsyncIterable<RasterArray>,
  source: Window,
  target: WindowRequest,
  nodata: readonly (Nodata | null)[],
  masked: boolean,
): Promise<RasterArray> {
  let average: ReturnType<typeof createAverage> | null = null;
  for await (const stripe of stripes) {
    average ??= createAverage({ source, target, dataType: stripe.dataType, nodata, masked });
    average.add(stripe);
  }
  return average!.finish();
}

/** Takes the nearest pixels from stripes that follow each other from the window's top. */
async function pickFromStripes(
  stripes: AsyncIterable<RasterArray>,
  window: Window,
  { width, height }: WindowRequest,
  nodata: readonly (Nodata | null)[],
): Promise<RasterArray> {
  const cols = nearestIndices(window.width, width);
  const rows = nearestIndices(window.height, height);
  let result: RasterArray | null = null;
  let firstRow = 0;
  let written = 0;
  for await (const stripe of stripes) {
    const end = firstRow + stripe.height;
    const here = rows.filter((row) => row >= firstRow && row < end).map((row) => row - firstRow);
    const picked = pickPixels(stripe, cols, here, nodata);
    result ??= {
      ...picked,
      height,
      bands: picked.bands.map(() => allocateSamples(stripe.dataType, width * height)),
      mask: picked.mask === null ? null : new Uint8Array(width * height),
    };
    for (const [index, band] of picked.bands.entries()) {
      const out = result.bands[index]!;
      out.set(band as never, (out.length / height) * written);
    }
    if (picked.mask !== null) result.mask?.set(picked.mask, width * written);
    written += here.length;
    firstRow = end;
  }
  return result!;
}

function wholeMask({ width, height }: RasterArray): Uint8Array {
  return new Uint8Array(width * height).fill(255);
}
