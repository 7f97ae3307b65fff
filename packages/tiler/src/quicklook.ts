import { type BandProfile, type BandStatistics, integerRange, isMirrored, isRotated, isSouthUp } from '@inlay/geo';
import { type GeoTiffRaster, type RasterImage, type ReadBudget, readReduced } from '@inlay/geotiff';
import {
  BYTE_STRETCH,
  type Picture,
  type RasterArray,
  type SampleStatistics,
  type Stretch,
  applyPalette,
  computeStatistics,
  numericBand,
  rescaleToBytes,
  validPixels,
} from '@inlay/raster';
import { percentileStretch } from './default-stretch.ts';
import { type Display, alphaBandOf, chooseDisplay } from './display.ts';
import { encodePng } from './encode.ts';
import { flipPicture, paintChannels } from './paint.ts';
import { chooseLevel, readMaskOfOtherSize } from './quicklook-level.ts';

/** What a quicklook needs of an open raster. */
export type QuicklookRaster = Pick<GeoTiffRaster, 'profile' | 'images'>;

/** How large a quicklook is and what it may cost. */
export interface QuicklookOptions {
  /** Longest side in pixels, default 512. Smaller rasters are not enlarged. */
  readonly size?: number;
  /** How much may be read; see `readReduced`. */
  readonly budget?: ReadBudget;
  readonly signal?: AbortSignal | undefined;
}

/** A thumbnail and what was learned while making it. */
export interface Quicklook {
  readonly png: Buffer;
  /** Size of the picture in pixels. */
  readonly width: number;
  readonly height: number;
  readonly display: Display['kind'];
  /** 1-based bands shown: one (gray, palette) or three (red, green, blue). */
  readonly bands: readonly number[];
  /** The values that became 0 and 255, per colour channel of the picture: one for gray, three for RGB and palettes. */
  readonly stretch: readonly Stretch[];
  /** One per band; null where no pixel is valid, and for bands beyond the first {@link MAX_STATISTICS_BANDS}. */
  readonly statistics: readonly (BandStatistics | null)[];
  /** The picture comes from single pixels of the raster, or is smaller than asked for, for want of overviews. */
  readonly sampled: boolean;
}

/** Hyperspectral rasters have hundreds of bands; the first ones are summarised. */
export const MAX_STATISTICS_BANDS = 64;

const DEFAULT_SIZE = 512;

/**
 * Makes a raster's thumbnail and the statistics of its bands from one read of the smallest sufficient level.
 *
 * North is up (south-up and mirrored rasters are flipped, rotated ones shown as stored) and pixels are taken to be
 * square. Nodata, masked, NaN and alpha 0 are transparent. Bytes that call themselves RGB, and palettes, keep their
 * colours; everything else is stretched between its 2nd and 98th percentile.
 *
 * @throws GeoTiffError as `readReduced`: `geotiff/too-expensive`, `geotiff/unsupported-compression` and
 *   `geotiff/damaged-block` mean no thumbnail, not a useless raster.
 */
export async function renderQuicklook(raster: QuicklookRaster, options: QuicklookOptions = {}): Promise<Quicklook> {
  const { size = DEFAULT_SIZE, budget, signal } = options;
  const { profile, images } = raster;
  const { bands } = profile.layout;
  const display = chooseDisplay(bands);
  const alphaBand = alphaBandOf(bands);
  const read = [
    ...new Set([
      ...display.bands,
      ...(alphaBand === null ? [] : [alphaBand]),
      ...bands.slice(0, MAX_STATISTICS_BANDS).map((_, bandOffset) => bandOffset + 1),
    ]),
  ];
  const level = chooseLevel(images, size);
  const { raster: reduced, complete } = await readReduced(level.image, {
    width: level.width,
    height: level.height,
    bands: read,
    nodata: bands.map((band) => band.nodata),
    mask: level.mask,
    alphaBand,
    resampling: isCategorical(display, bands) ? 'nearest' : 'average',
    ...(budget === undefined ? {} : { budget }),
    signal,
  });
  const pixels: RasterArray =
    level.mask === null && images.mask !== null
      ? { ...reduced, mask: await readMaskOfOtherSize(images, reduced, signal) }
      : reduced;
  const isExact = complete && level.image === images.full && isSameSize(pixels, images.full);

  const summaries = new Map(read.map((band, offset) => [band, summarise(pixels, offset, bands[band - 1]!, !isExact)]));
  const { picture, stretch } = paint(pixels, display, alphaBand, read, summaries, bands);
  const { affine } = profile;
  const isUpright = affine === null || isRotated(affine);
  const upright = flipPicture(picture, {
    rows: !isUpright && isSouthUp(affine),
    cols: !isUpright && isMirrored(affine),
  });
  signal?.throwIfAborted();
  return {
    png: await encodePng(upright, { filter: display.kind === 'palette' ? 'none' : 'up' }),
    width: picture.width,
    height: picture.height,
    display: display.kind,
    bands: display.bands,
    stretch,
    statistics: bands.map((_, bandOffset) => {
      const statistics = summaries.get(bandOffset + 1)?.statistics ?? null;
      return bandOffset < MAX_STATISTICS_BANDS && statistics !== null ? toBandStatistics(statistics) : null;
    }),
    sampled: !complete,
  };
}

interface BandSummary {
  readonly samples: ReturnType<typeof numericBand>;
  readonly valid: Uint8Array;
  readonly statistics: SampleStatistics | null;
}

function summarise(pixels: RasterArray, offset: number, band: BandProfile, approximate: boolean): BandSummary {
  const samples = numericBand(pixels, offset);
  const valid = validPixels(samples, band.nodata, pixels.mask);
  return { samples, valid, statistics: computeStatistics(samples, valid, approximate) };
}

function paint(
  pixels: RasterArray,
  display: Display,
  alphaBand: number | null,
  read: readonly number[],
  summaries: ReadonlyMap<number, BandSummary>,
  bands: readonly BandProfile[],
): { picture: Picture; stretch: Stretch[] } {
  const shown = display.bands.map((band) => summaries.get(band)!);
  if (display.kind === 'palette') {
    const { samples, valid } = shown[0]!;
    const picture = applyPalette(samples, valid, display.palette, pixels);
    return { picture, stretch: [BYTE_STRETCH, BYTE_STRETCH, BYTE_STRETCH] };
  }
  const isPicture =
    display.kind === 'rgb' && display.isColor && display.bands.every((band) => bands[band - 1]!.dataType === 'Byte');
  const channels = shown.map(({ samples, valid, statistics }) => ({
    samples,
    valid,
    stretch: isPicture ? BYTE_STRETCH : percentileStretch(statistics),
  }));
  return {
    picture: paintChannels(channels, pixels, opacityOf(pixels, alphaBand, read, bands)),
    stretch: channels.map(({ stretch }) => stretch),
  };
}

/** The alpha band in bytes: its data type's whole range is 0..255 (16-bit alpha), 0..1 for floating point. */
function opacityOf(
  pixels: RasterArray,
  alphaBand: number | null,
  read: readonly number[],
  bands: readonly BandProfile[],
): Uint8ClampedArray | null {
  if (alphaBand === null) return null;
  const { dataType, nbits } = bands[alphaBand - 1]!;
  const opaque = nbits === null ? Number(integerRange(dataType)?.[1] ?? 1) : 2 ** nbits - 1;
  return rescaleToBytes(numericBand(pixels, read.indexOf(alphaBand)), { lo: 0, hi: opaque });
}

/** Values that name classes: a mean of two would name a third. */
function isCategorical(display: Display, bands: readonly BandProfile[]): boolean {
  return display.kind === 'palette' || bands[display.bands[0] - 1]!.categories !== null;
}

function isSameSize(pixels: RasterArray, image: RasterImage): boolean {
  return pixels.width === image.width && pixels.height === image.height;
}

function toBandStatistics(statistics: SampleStatistics): BandStatistics {
  const { minimum, maximum, mean, stddev, validPercent, approximate } = statistics;
  return { minimum, maximum, mean, stddev, validPercent, approximate };
}
