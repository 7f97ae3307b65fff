import type { Nodata } from '@inlay/geo';
import { type RasterArray, createAverage } from '@inlay/raster';
import { maskByAlpha } from './alpha-mask.ts';
import { GeoTiffError } from './error.ts';
import type { RasterImage } from './images.ts';
import { type PixelImage, openPixelImage } from './pixel-image.ts';
import { nonZero, readMaskPixels, readPixels } from './read-window.ts';
import { type Lattice, densestAffordable, readLattice } from './sample-lattice.ts';

/** How much may be read for one reduced picture. */
export interface ReadBudget {
  /** Bytes of blocks after decoding, mask included. */
  readonly decodedBytes: number;
  /** Number of blocks, mask included. */
  readonly blocks: number;
}

/**
 * Some five seconds of one core at worst, where a file with overviews needs a hundredth. Blocks of a remote file cost a
 * request each: less may be wanted there.
 */
export const DEFAULT_READ_BUDGET: ReadBudget = { decodedBytes: 2 ** 30, blocks: 8192 };

/** Every pixel takes part up to this share of the budget's bytes; averaging costs four times what decoding does. */
const AVERAGED_SHARE = 1 / 4;

/** What to read of an image, and into how many pixels. */
export interface ReducedOptions {
  /** Columns and rows wanted, at most the image's own. */
  readonly width: number;
  readonly height: number;
  /** 1-based bands, in the order wanted. */
  readonly bands: readonly number[];
  /** Nodata value of each band of the image. */
  readonly nodata: readonly (Nodata | null)[];
  /** The mask image of the same size; null without one. */
  readonly mask: RasterImage | null;
  /** 1-based band, one of {@link bands}, whose zeros are as invalid as the mask's; null without one. */
  readonly alphaBand?: number | null;
  /** `nearest` for categories; `average` for everything else. */
  readonly resampling: 'average' | 'nearest';
  readonly budget?: ReadBudget;
  readonly signal?: AbortSignal | undefined;
}

/** A whole image in fewer pixels. */
export interface ReducedRead {
  /** As large as asked for, smaller where the budget did not allow more. */
  readonly raster: RasterArray;
  /** Every pixel of the image took part. */
  readonly complete: boolean;
}

/** Decoded pixels that are held at once while an image streams by; a single row of blocks may be more. */
const STRIPE_BYTES = 16 * 2 ** 20;

/**
 * Reads a whole image reduced to a picture's size, in bounded memory whatever its own size.
 *
 * - Well within the budget and `average`: every pixel streams by, in stripes of full width.
 * - Otherwise single pixels are read on a regular lattice, and with them only the blocks they lie in: of a striped
 *   image that is one strip per row of the picture.
 * - Where even those exceed the budget (huge tiled images without overviews), the lattice is thinned until they fit, so
 *   the picture comes out smaller than asked for. Never below {@link MIN_LATTICE_SIDE}: then it is too expensive.
 *
 * @throws GeoTiffError `geotiff/too-expensive`, and as `readWindow`.
 */
export async function readReduced(raster: RasterImage, options: ReducedOptions): Promise<ReducedRead> {
  const { width, height, mask, signal, budget = DEFAULT_READ_BUDGET } = options;
  if (width < 1 || height < 1 || width > raster.width || height > raster.height) {
    throw new RangeError(`cannot reduce ${raster.width}x${raster.height} pixels to ${width}x${height}`);
  }
  const image = await openPixelImage(raster, { signal });
  const maskImage = mask === null ? null : await openPixelImage(mask, { signal });
  const { format } = image;
  const formats = maskImage === null ? [format] : [format, maskImage.format];
  const planes = format.planar ? new Set(options.bands).size : 1;
  const whole = { blocks: 0, decodedBytes: 0 };
  for (const { blockCols, blockRows, blockBytes, planar } of formats) {
    const blocks = blockCols * blockRows * (planar ? planes : 1);
    whole.blocks += blocks;
    whole.decodedBytes += blocks * blockBytes;
  }
  const affordable =
    whole.blocks <= budget.blocks &&
    whole.decodedBytes <= budget.decodedBytes * AVERAGED_SHARE &&
    raster.width <= MAX_STREAMED_WIDTH;
  if (affordable && options.resampling === 'average') {
    return { raster: await streamAverage(image, maskImage, options), complete: true };
  }
  const lattice = densestAffordable(formats, { width, height }, planes, budget);
  if (lattice === null) {
    throw new GeoTiffError(
      'geotiff/too-expensive',
      `${raster.source.name} is ${raster.width}x${raster.height} pixels in ${whole.blocks} blocks; a picture of it ` +
        `would take too much reading. Add overviews (gdaladdo) or convert it to a COG`,
      { details: { source: raster.source.name, blocks: whole.blocks, decodedBytes: whole.decodedBytes } },
    );
  }
  return {
    raster: await readMaskedLattice(image, maskImage, lattice, options),
    complete: lattice.cols.length === raster.width && lattice.rows.length === raster.height,
  };
}

/** Wider images are not averaged: the average keeps a few numbers per column. */
const MAX_STREAMED_WIDTH = 2 ** 22;

/** Averages the image stripe by stripe; a stripe is whole rows of blocks. */
async function streamAverage(
  image: PixelImage,
  mask: PixelImage | null,
  options: ReducedOptions,
): Promise<RasterArray> {
  const { bands, nodata, alphaBand = null, signal } = options;
  const { format, width, height } = image;
  const average = createAverage({
    source: image,
    target: options,
    dataType: format.dataType,
    nodata: bands.map((band) => nodata[band - 1] ?? null),
    masked: mask !== null || alphaBand !== null,
  });
  const blockRowBytes = format.blockCols * format.blockBytes;
  const stripeRows = Math.max(1, Math.floor(STRIPE_BYTES / blockRowBytes)) * format.blockHeight;
  for (let rowOff = 0; rowOff < height; rowOff += stripeRows) {
    signal?.throwIfAborted();
    const window = { colOff: 0, rowOff, width, height: Math.min(stripeRows, height - rowOff) };
    const pixels = await readPixels(image, window, { bands, nodata, signal });
    const stripe = mask === null ? pixels : { ...pixels, mask: await readMaskPixels(mask, window, { signal }) };
    average.add(alphaBand === null ? stripe : maskByAlpha(stripe, bands.indexOf(alphaBand)));
  }
  return average.finish();
}

async function readMaskedLattice(
  image: PixelImage,
  mask: PixelImage | null,
  lattice: Lattice,
  { bands, nodata, alphaBand = null, signal }: ReducedOptions,
): Promise<RasterArray> {
  let pixels = await readLattice(image, lattice, { bands, nodata, signal });
  if (mask !== null) {
    const validity = await readLattice(mask, lattice, { bands: [1], nodata: [], signal });
    pixels = { ...pixels, mask: nonZero(validity.bands[0]!) };
  }
  return alphaBand === null ? pixels : maskByAlpha(pixels, bands.indexOf(alphaBand));
}
