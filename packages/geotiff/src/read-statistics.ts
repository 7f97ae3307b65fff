import type { Window } from '@inlay/geo';
import { type BandSummary, type SummaryOptions, createBandSummary } from '@inlay/raster';
import { maskByAlpha } from './alpha-mask.ts';
import type { PixelLevel, RasterLevels } from './levels.ts';
import { readLevel } from './read-level.ts';

/** What to find out of a raster's bands, and at what cost. */
export interface StatisticsOptions extends Omit<SummaryOptions, 'approximate' | 'maxKept'> {
  /** 1-based bands, in the order wanted; default all. */
  readonly bands?: readonly number[];
  /** 1-based band whose zeros are invalid pixels; null without one. */
  readonly alphaBand?: number | null;
  /** Pixels looked at, about; default 2^22, 2048 x 2048. Infinity for all of them. */
  readonly maxPixels?: number;
  readonly signal?: AbortSignal | undefined;
}

const MAX_PIXELS = 2 ** 22;

/** Values kept for percentiles, all bands together: 128 MiB. */
const MAX_KEPT_VALUES = 2 ** 24;

/** Decoded pixels held at once; a single row of blocks may be more. */
const STRIPE_BYTES = 16 * 2 ** 20;

/**
 * Statistics of a raster's bands, in the order asked for; null for a band without a valid pixel.
 *
 * Exact where the raster has no more than `maxPixels`. Of larger ones the finest overview that has no more is read
 * instead or, for want of one, blocks at regular distances of the coarsest level: the result says so (`approximate`).
 *
 * @throws as `readLevel`
 */
export async function readStatistics(
  { levels }: Pick<RasterLevels, 'levels'>,
  { bands, alphaBand = null, maxPixels = MAX_PIXELS, signal, ...options }: StatisticsOptions = {},
): Promise<(BandSummary | null)[]> {
  const [full] = levels;
  const wanted = bands ?? full.nodata.map((_, bandOffset) => bandOffset + 1);
  const affordable = levels.find(({ width, height }) => width * height <= maxPixels);
  const level = affordable ?? levels.at(-1)!;
  const windows = affordable === undefined ? scatteredBlocks(level, maxPixels) : stripes(level);
  const summaries = wanted.map((band) =>
    createBandSummary(level.image.format.dataType, level.nodata[band - 1] ?? null, {
      ...options,
      approximate: affordable !== full,
      maxKept: Math.floor(MAX_KEPT_VALUES / wanted.length),
    }),
  );
  const read = alphaBand === null || wanted.includes(alphaBand) ? wanted : [...wanted, alphaBand];
  for (const window of windows) {
    const { raster } = await readLevel(level, window, { bands: read, signal });
    const pixels = alphaBand === null ? raster : maskByAlpha(raster, read.indexOf(alphaBand));
    for (const [i, summary] of summaries.entries()) summary.add(pixels.bands[i]!, pixels.mask);
  }
  return summaries.map((summary) => summary.finish());
}

/** All of a level, some rows of blocks at a time. */
function* stripes({ width, height, image: { format } }: PixelLevel): Generator<Window> {
  const rowBytes = format.blockCols * format.blockBytes * (format.planar ? format.bandCount : 1);
  const rows = Math.max(1, Math.floor(STRIPE_BYTES / rowBytes)) * format.blockHeight;
  for (let rowOff = 0; rowOff < height; rowOff += rows) {
    yield { colOff: 0, rowOff, width, height: Math.min(rows, height - rowOff) };
  }
}

/** Blocks at regular distances, whole ones, of about so many pixels together; of a larger block its first rows. */
function* scatteredBlocks({ width, height, image: { format } }: PixelLevel, maxPixels: number): Generator<Window> {
  const { blockWidth, blockHeight, blockCols, blockRows } = format;
  const count = Math.max(1, Math.floor(maxPixels / (blockWidth * blockHeight)));
  const spacing = (blockCols * blockRows) / count;
  // As far apart in both directions, as far as there are two.
  const colStep = Math.max(1, Math.min(blockCols, Math.ceil(Math.sqrt(spacing))));
  const rowStep = Math.max(1, Math.ceil(spacing / colStep));
  const rows = Math.max(1, Math.min(blockHeight, Math.floor(maxPixels / blockWidth)));
  for (let row = Math.floor(rowStep / 2); row < blockRows; row += rowStep) {
    for (let col = Math.floor(colStep / 2); col < blockCols; col += colStep) {
      const [colOff, rowOff] = [col * blockWidth, row * blockHeight];
      yield { colOff, rowOff, width: Math.min(blockWidth, width - colOff), height: Math.min(rows, height - rowOff) };
    }
  }
}
