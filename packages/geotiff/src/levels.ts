import type { Nodata } from '@inlay/geo';
import type { RasterImage } from './images.ts';
import type { GeoTiffRaster } from './open.ts';
import { type PixelImage, openPixelImage } from './pixel-image.ts';

/** One resolution of a raster. */
export interface PixelLevel {
  /** Size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly image: PixelImage;
  /** The dataset's mask: of the level's own size, else of the smallest size that is not below it. Null without one. */
  readonly mask: PixelImage | null;
  /** Nodata value of each band. */
  readonly nodata: readonly (Nodata | null)[];
}

/**
 * A raster that is ready to be read any number of times. It keeps the sources open and knows where the blocks are, and
 * nothing else: a few kilobytes, where a {@link GeoTiffRaster} holds on to the file's header.
 */
export interface RasterLevels {
  /** Full resolution first, then the overviews, finest first. */
  readonly levels: readonly [PixelLevel, ...PixelLevel[]];
  /** Closes the raster's sources. Harmless when repeated. */
  close(): Promise<void>;
}

/** Options of {@link openLevels}. */
export interface OpenLevelsOptions {
  /**
   * What the raster's blocks are cached under: its identity **and** version, since blocks are never read twice. Two
   * openings under one key share their blocks. Default: a key of this opening alone.
   */
  readonly cacheKey?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Prepares a raster's levels. The raster is then not needed any more, only its profile; it is closed through the levels.
 * @throws GeoTiffError `geotiff/malformed`, `geotiff/unsupported`, `geotiff/too-large`, those of the source; the raster
 *   stays open then.
 */
export async function openLevels(
  { profile, images, close }: Pick<GeoTiffRaster, 'profile' | 'images' | 'close'>,
  { cacheKey = crypto.randomUUID(), signal }: OpenLevelsOptions = {},
): Promise<RasterLevels> {
  const nodata = profile.layout.bands.map((band) => band.nodata);
  const open = (kind: string) => (image: RasterImage, i: number) =>
    openPixelImage(image, { cacheKey: `${cacheKey}/${kind}${i}`, signal });
  const masks = await Promise.all(
    (images.mask === null ? [] : [images.mask, ...images.maskOverviews]).map(open('mask')),
  );
  const toLevel = (image: PixelImage): PixelLevel => {
    const { width, height } = image;
    const sufficient = masks.filter((mask) => mask.width >= width && mask.height >= height);
    // Finest first, so the last one is the smallest.
    return { width, height, image, mask: sufficient.at(-1) ?? masks[0] ?? null, nodata };
  };
  const full = toLevel(await open('full')(images.full, 0));
  const overviews = await Promise.all(images.overviews.map(open('overview')));
  return { levels: [full, ...overviews.map(toLevel)], close };
}
