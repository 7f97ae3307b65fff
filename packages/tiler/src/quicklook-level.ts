import { type RasterImage, type RasterImages, readReduced } from '@inlay/geotiff';
import { resampleNearest } from '@inlay/raster';

/** The level to read and the size to reduce it to. */
export interface QuicklookLevel {
  readonly image: RasterImage;
  /** The mask of exactly the level's size; null without one. */
  readonly mask: RasterImage | null;
  /** Columns and rows of the picture: longest side = size, or the level's own where that is smaller. */
  readonly width: number;
  readonly height: number;
}

/** The smallest level whose longest side is at least `size` pixels; full resolution where none is. */
export function chooseLevel(images: RasterImages, size: number): QuicklookLevel {
  const sufficient = [images.full, ...images.overviews].filter(({ width, height }) => Math.max(width, height) >= size);
  const image = sufficient.reduce((best, level) => (level.width < best.width ? level : best), images.full);
  const mask =
    [images.mask, ...images.maskOverviews].find(
      (candidate) => candidate?.width === image.width && candidate.height === image.height,
    ) ?? null;
  const scale = Math.min(1, size / Math.max(image.width, image.height));
  return {
    image,
    mask,
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  };
}

/**
 * The raster's mask at a picture's size where the level that the picture was made from has none of its own:
 * length = width * height, non-zero = valid; null where the raster has no mask at all.
 */
export async function readMaskOfOtherSize(
  images: RasterImages,
  { width, height }: { readonly width: number; readonly height: number },
  signal: AbortSignal | undefined,
): Promise<Uint8Array | null> {
  if (images.mask === null) return null;
  const sufficient = [images.mask, ...images.maskOverviews].filter(
    (mask) => mask.width >= width && mask.height >= height,
  );
  const mask = sufficient.reduce((best, candidate) => (candidate.width < best.width ? candidate : best), images.mask);
  const { raster } = await readReduced(mask, {
    width: Math.min(width, mask.width),
    height: Math.min(height, mask.height),
    bands: [1],
    nodata: [],
    mask: null,
    resampling: 'nearest',
    signal,
  });
  return resampleNearest(raster, { width, height, nodata: [null] }).bands[0] as Uint8Array;
}
