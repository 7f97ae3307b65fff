import type { OpenImage, OpenTiff } from './open-tiff.ts';

/** The images of one raster in one file. */
export interface SortedImages {
  readonly full: OpenImage;
  /** Finest first. */
  readonly overviews: readonly OpenImage[];
  readonly mask: OpenImage | null;
  /** Finest first. */
  readonly maskOverviews: readonly OpenImage[];
}

/**
 * Tells images apart as GDAL does: the first one of a file is the raster whatever it calls itself; reduced ones with as
 * many bands are its overviews; the first mask of its size is its mask; a reduced mask belongs to the overview of
 * its size that came before it. Further pages are other rasters.
 * Unlike GDAL, overviews are listed by size, and ones that are not smaller than the raster are left out.
 */
export function sortImages({ images }: OpenTiff): SortedImages {
  const [full, ...others] = images as [OpenImage, ...OpenImage[]];
  const overviews: OpenImage[] = [];
  const maskOverviews: OpenImage[] = [];
  let mask: OpenImage | null = null;
  for (const image of others) {
    if (image.isReduced && !image.isMask) {
      if (image.bandCount === full.bandCount && isSmaller(image, full)) overviews.push(image);
    } else if (image.isReduced && image.isMask) {
      const isUsed = maskOverviews.some((other) => isSameSize(other, image));
      if (!isUsed && overviews.some((overview) => isSameSize(overview, image))) maskOverviews.push(image);
    } else if (image.isMask && isSameSize(image, full)) {
      mask ??= image;
    }
  }
  return {
    full,
    overviews: finestFirst(overviews),
    mask,
    maskOverviews: mask === null ? [] : finestFirst(maskOverviews),
  };
}

/** The images of a `.ovr`, whose first one is an overview too, for a raster of that size. */
export function sidecarOverviews(ovr: OpenTiff, full: OpenImage): readonly OpenImage[] {
  const { full: first, overviews } = sortImages(ovr);
  return finestFirst(
    [first, ...overviews].filter((image) => image.bandCount === full.bandCount && isSmaller(image, full)),
  );
}

function isSameSize(a: OpenImage, b: OpenImage): boolean {
  return a.width === b.width && a.height === b.height;
}

function isSmaller(image: OpenImage, full: OpenImage): boolean {
  return image.width <= full.width && image.height <= full.height && !isSameSize(image, full);
}

function finestFirst(images: readonly OpenImage[]): OpenImage[] {
  return images.toSorted((a, b) => b.width * b.height - a.width * a.height);
}
