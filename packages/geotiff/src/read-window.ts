import { type Nodata, type Window, intersectWindows, isComplex } from '@inlay/geo';
import type { RasterArray, Samples } from '@inlay/raster';
import { createTargets } from './block-targets.ts';
import type { BlockCache } from './block-cache.ts';
import type { BlockFormat } from './block-format.ts';
import { type BlockVisitor, type ReadBlocksOptions, readBlocks, visitCachedBlocks } from './block-reader.ts';
import type { BlockPosition } from './block-table.ts';
import { type SampleRect, copySamples, copyTriples, fillSamples } from './copy-samples.ts';
import { GeoTiffError } from './error.ts';
import type { RasterImage } from './images.ts';
import { type PixelImage, openPixelImage } from './pixel-image.ts';

/** What to read of a window. */
export interface ReadOptions {
  /** 1-based bands, in the order wanted; default all. */
  readonly bands?: readonly number[];
  /** Nodata value of each band **of the image**: what blocks that are not stored are filled with; default 0. */
  readonly nodata?: readonly (Nodata | null)[];
  /** The mask image of the same size; its pixels become the result's mask. */
  readonly mask?: RasterImage | null;
  readonly signal?: AbortSignal | undefined;
}

/** The largest window that is read at once, in bytes of the result. */
export const MAX_WINDOW_BYTES: number = 2 ** 30;

/**
 * Reads a window of one image (full resolution, an overview or a mask) in the data type the file stores. For one
 * window; who reads many of one raster opens its levels: `openLevels`, `readLevel`.
 *
 * Values are GDAL's: 1-bit samples are 0 and 1, YCbCr JPEG is RGB, 16-bit floats are widened.
 *
 * @param window whole pixels within the image.
 * @throws GeoTiffError `geotiff/damaged-block`, `geotiff/unsupported-compression`, `geotiff/unsupported`,
 *   `geotiff/malformed`, `geotiff/too-large`; RangeError where the window or a band is outside the image.
 */
export async function readWindow(raster: RasterImage, window: Window, options: ReadOptions = {}): Promise<RasterArray> {
  const { mask = null, signal } = options;
  const image = await openPixelImage(raster, { signal });
  const pixels = await readPixels(image, window, options);
  return mask === null ? pixels : { ...pixels, mask: await readMask(mask, window, signal) };
}

/** {@link readWindow} of an image that is open already; without a mask. */
export async function readPixels(
  image: PixelImage,
  window: Window,
  { bands, nodata, miss, ...options }: PixelReadOptions = {},
): Promise<RasterArray> {
  const read = prepareRead(image, window, bands, nodata);
  await readBlocks(image, read.positions, { take: read.take, ...(miss === undefined ? {} : { miss }) }, options);
  return read.result;
}

/** {@link readPixels} from cached blocks alone, at once; null where one is missing. */
export function cachedPixels(
  image: PixelImage,
  window: Window,
  cache: BlockCache,
  { bands, nodata }: Pick<PixelReadOptions, 'bands' | 'nodata'> = {},
): RasterArray | null {
  const read = prepareRead(image, window, bands, nodata);
  return visitCachedBlocks(image, read.positions, read, cache) ? read.result : null;
}

/** Options of {@link readPixels}. */
export interface PixelReadOptions extends Pick<ReadOptions, 'bands' | 'nodata'>, ReadBlocksOptions {
  /** See {@link BlockVisitor}; the samples of a block that cannot be had are left at 0. */
  readonly miss?: BlockVisitor['miss'];
}

/** The blocks to visit, what to do with each, and what they fill. */
export interface PreparedRead {
  readonly positions: readonly BlockPosition[];
  readonly take: BlockVisitor['take'];
  readonly result: RasterArray;
}

export function prepareRead(
  { format }: PixelImage,
  window: Window,
  bands: readonly number[] = allBands(format),
  nodata: readonly (Nodata | null)[] = [],
): PreparedRead {
  requireInside(format, window, bands);
  const { dataType } = format;
  const parts = isComplex(dataType) ? 2 : 1;
  const pixelCount = window.width * window.height;
  const resultBytes = pixelCount * bands.length * (format.bitsPerSample / 8);
  if (resultBytes > MAX_WINDOW_BYTES) {
    throw new GeoTiffError(
      'geotiff/too-large',
      `${window.width}x${window.height} pixels of ${bands.length} bands are ${resultBytes} bytes; at most ` +
        `${MAX_WINDOW_BYTES} are read at once`,
      { details: { resultBytes, limit: MAX_WINDOW_BYTES } },
    );
  }
  const positions = blocksOf(format, window, bands);
  const targets = createTargets(format, bands, nodata, pixelCount);
  return {
    positions,
    result: {
      layout: 'band-separate',
      width: window.width,
      height: window.height,
      dataType,
      bands: targets.bands,
      mask: null,
    },
    take(position, samples) {
      const rect = rectOf(format, position, window);
      if (samples !== null && targets.triple !== null) {
        copyTriples(samples, targets.triple, rect);
        return;
      }
      for (const target of targets.byPlane.get(position.plane)!) {
        if (samples === null) fillSamples(target.samples, target.fill, rect, parts);
        else copySamples(samples, target.samples, { ...rect, from: rect.from + target.sampleOffset }, parts);
      }
    },
  };
}

/** The part of a block that lies in a window it touches: where it is in the block's samples, and in the window's. */
export function rectOf(format: BlockFormat, { col, row }: BlockPosition, window: Window): SampleRect {
  const { blockWidth, blockHeight, samplesPerPixel } = format;
  const colOff = col * blockWidth;
  const rowOff = row * blockHeight;
  const area = intersectWindows(window, { colOff, rowOff, width: blockWidth, height: blockHeight })!;
  return {
    width: area.width,
    height: area.height,
    from: ((area.rowOff - rowOff) * blockWidth + area.colOff - colOff) * samplesPerPixel,
    fromStep: samplesPerPixel,
    fromRow: blockWidth * samplesPerPixel,
    to: (area.rowOff - window.rowOff) * window.width + area.colOff - window.colOff,
    toRow: window.width,
  };
}

/**
 * Reads a window of a mask image: length = width * height, non-zero = valid. A block that is not stored is invalid, as
 * in GDAL.
 * @throws as {@link readWindow}
 */
export async function readMask(mask: RasterImage, window: Window, signal?: AbortSignal): Promise<Uint8Array> {
  return readMaskPixels(await openPixelImage(mask, { signal }), window, { signal });
}

/** {@link readMask} of an image that is open already. */
export async function readMaskPixels(
  mask: PixelImage,
  window: Window,
  options: Omit<PixelReadOptions, 'bands' | 'nodata'>,
): Promise<Uint8Array> {
  return validityOf(await readPixels(mask, window, { ...options, bands: [1] }));
}

/** The first band as a mask. */
export function validityOf({ bands }: RasterArray): Uint8Array {
  const samples = bands[0]!;
  return samples instanceof Uint8Array ? samples : nonZero(samples);
}

/** 255 where a sample is not zero. Length = samples.length. */
export function nonZero(samples: Samples): Uint8Array {
  const flags = new Uint8Array(samples.length);
  for (let i = 0; i < flags.length; i++) flags[i] = Number(samples[i]) === 0 ? 0 : 255;
  return flags;
}

function allBands(format: BlockFormat): number[] {
  return Array.from({ length: format.bandCount }, (_, i) => i + 1);
}

function requireInside(format: BlockFormat, window: Window, bands: readonly number[]): void {
  const { colOff, rowOff, width, height } = window;
  const whole = [colOff, rowOff, width, height].every(Number.isInteger);
  const inside =
    colOff >= 0 &&
    rowOff >= 0 &&
    width > 0 &&
    height > 0 &&
    colOff + width <= format.width &&
    rowOff + height <= format.height;
  if (!whole || !inside) {
    throw new RangeError(`window ${JSON.stringify(window)} is not within ${format.width}x${format.height} pixels`);
  }
  const stray = bands.find((band) => !Number.isInteger(band) || band < 1 || band > format.bandCount);
  if (stray !== undefined) throw new RangeError(`band ${stray} of an image of ${format.bandCount} bands`);
}

/** Blocks of one window; no real one has more, but an image can declare tiles of one pixel. */
const MAX_WINDOW_BLOCKS = 2 ** 20;

/** The blocks that hold a window, row by row; in planar files those of the wanted bands only, each once. */
function blocksOf(format: BlockFormat, window: Window, bands: readonly number[]): BlockPosition[] {
  const { blockWidth, blockHeight } = format;
  const planes = format.planar ? [...new Set(bands)].map((band) => band - 1) : [0];
  const lastCol = Math.floor((window.colOff + window.width - 1) / blockWidth);
  const lastRow = Math.floor((window.rowOff + window.height - 1) / blockHeight);
  const firstCol = Math.floor(window.colOff / blockWidth);
  const firstRow = Math.floor(window.rowOff / blockHeight);
  const count = planes.length * (lastCol - firstCol + 1) * (lastRow - firstRow + 1);
  requireFewBlocks(count);
  const positions: BlockPosition[] = [];
  for (const plane of planes) {
    for (let row = firstRow; row <= lastRow; row++) {
      for (let col = firstCol; col <= lastCol; col++) positions.push({ plane, col, row });
    }
  }
  return positions;
}

/** @throws GeoTiffError `geotiff/too-large` */
export function requireFewBlocks(count: number): void {
  if (count <= MAX_WINDOW_BLOCKS) return;
  throw new GeoTiffError('geotiff/too-large', `a window of ${count} blocks; at most ${MAX_WINDOW_BLOCKS} are read`, {
    details: { blocks: count, limit: MAX_WINDOW_BLOCKS },
  });
}
