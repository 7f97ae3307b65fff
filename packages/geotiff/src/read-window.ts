import { type Nodata, type Window, intersectWindows, isComplex } from '@inlay/geo';
import type { RasterArray, Samples } from '@inlay/raster';
import { createTargets } from './block-targets.ts';
import { type BlockFormat, readBlockFormat } from './block-format.ts';
import { readBlocks } from './block-reader.ts';
import type { BlockPosition } from './block-table.ts';
import { GeoTiffError } from './error.ts';
import type { RasterImage } from './images.ts';

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
 * Reads a window of one image (full resolution, an overview or a mask) in the data type the file stores.
 *
 * Values are GDAL's: 1-bit samples are 0 and 1, YCbCr JPEG is RGB, 16-bit floats are widened.
 *
 * @param window whole pixels within the image.
 * @throws GeoTiffError `geotiff/damaged-block`, `geotiff/unsupported-compression`, `geotiff/unsupported`,
 *   `geotiff/malformed`, `geotiff/too-large`; RangeError where the window or a band is outside the image.
 */
export async function readWindow(raster: RasterImage, window: Window, options: ReadOptions = {}): Promise<RasterArray> {
  const format = await readBlockFormat(raster, options.signal);
  return readFormattedWindow(raster, format, window, options);
}

/** {@link readWindow} with the format already read, for those who read many windows of one image. */
export async function readFormattedWindow(
  raster: RasterImage,
  format: BlockFormat,
  window: Window,
  options: ReadOptions = {},
): Promise<RasterArray> {
  const { bands = allBands(format), nodata = [], mask = null, signal } = options;
  requireInside(format, window, bands);
  const { dataType } = format;
  const partsPerSample = isComplex(dataType) ? 2 : 1;
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
  const targets = createTargets(format, bands, nodata, pixelCount);

  await readBlocks(
    raster,
    format,
    blocksOf(format, window, bands),
    ({ plane, col, row }, samples) => {
      const area = intersectWindows(window, {
        colOff: col * format.blockWidth,
        rowOff: row * format.blockHeight,
        width: format.blockWidth,
        height: format.blockHeight,
      })!;
      const copy: RowCopy = {
        count: area.width,
        rows: area.height,
        parts: partsPerSample,
        from:
          ((area.rowOff - row * format.blockHeight) * format.blockWidth + area.colOff - col * format.blockWidth) *
          format.samplesPerPixel,
        fromStep: format.samplesPerPixel,
        fromRow: format.blockWidth * format.samplesPerPixel,
        to: (area.rowOff - window.rowOff) * window.width + area.colOff - window.colOff,
        toRow: window.width,
      };
      for (const target of targets.byPlane.get(plane)!) {
        if (samples === null) fillRows(target.samples, target.fill, copy);
        else copyRows(samples, target.samples, { ...copy, from: copy.from + target.sampleOffset });
      }
    },
    signal,
  );
  return {
    layout: 'band-separate',
    width: window.width,
    height: window.height,
    dataType,
    bands: targets.bands,
    mask: mask === null ? null : await readMask(mask, window, signal),
  };
}

/**
 * Reads a window of a mask image: length = width * height, non-zero = valid. A block that is not stored is invalid, as
 * in GDAL.
 * @throws as {@link readWindow}
 */
export async function readMask(mask: RasterImage, window: Window, signal?: AbortSignal): Promise<Uint8Array> {
  const { bands } = await readWindow(mask, window, { bands: [1], signal });
  const samples = bands[0]!;
  return samples instanceof Uint8Array
    ? samples
    : Uint8Array.from(samples as ArrayLike<number>, (value) => +(value !== 0));
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
  if (count > MAX_WINDOW_BLOCKS) {
    throw new GeoTiffError('geotiff/too-large', `a window of ${count} blocks; at most ${MAX_WINDOW_BLOCKS} are read`, {
      details: { blocks: count, limit: MAX_WINDOW_BLOCKS },
    });
  }
  const positions: BlockPosition[] = [];
  for (const plane of planes) {
    for (let row = firstRow; row <= lastRow; row++) {
      for (let col = firstCol; col <= lastCol; col++) positions.push({ plane, col, row });
    }
  }
  return positions;
}

/** A rectangle to copy between two arrays; places and steps count samples, of `parts` array entries each. */
interface RowCopy {
  readonly count: number;
  readonly rows: number;
  readonly parts: number;
  readonly from: number;
  readonly fromStep: number;
  readonly fromRow: number;
  readonly to: number;
  readonly toRow: number;
}

function copyRows(source: Samples, target: Samples, copy: RowCopy): void {
  const { count, rows, parts, fromStep } = copy;
  for (let row = 0; row < rows; row++) {
    let from = (copy.from + row * copy.fromRow) * parts;
    let to = (copy.to + row * copy.toRow) * parts;
    if (fromStep === 1) {
      target.set(source.subarray(from, from + count * parts) as never, to);
      continue;
    }
    const skip = (fromStep - 1) * parts;
    const end = to + count * parts;
    while (to < end) {
      for (let part = 0; part < parts; part++) target[to++] = source[from++]!;
      from += skip;
    }
  }
}

function fillRows(target: Samples, fill: number | bigint, { count, rows, parts, to, toRow }: RowCopy): void {
  for (let row = 0; row < rows; row++) {
    const start = (to + row * toRow) * parts;
    target.fill(fill as never, start, start + count * parts);
  }
}
