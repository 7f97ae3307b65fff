import type { GeoTiffRaster } from '@inlay/geotiff';

/**
 * Tags that a conversion by GDAL carries over, or that only say how pixels are stored (TIFF 6.0; GeoTIFF; gdal.org,
 * GTiff driver). Any other may hold what nobody reads here: a colour profile, a camera's data, a maker's own.
 */
const CARRIED_TAGS: ReadonlySet<number> = new Set([
  254, 256, 257, 258, 259, 262, 266, 269, 270, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 296, 305, 306, 315,
  316, 317, 320, 322, 323, 324, 325, 338, 339, 347, 530, 532, 33_432, 33_550, 33_922, 34_264, 34_735, 34_736, 34_737,
  42_112, 42_113, 50_674,
]);
const ORIENTATION = 274;
const EXTRA_SAMPLES = 338;
/** Colour that is multiplied by alpha already (TIFF 6.0, page 31). */
const ASSOCIATED_ALPHA = 1;
const LOSSY = /JPEG|WEBP|LERC|JXL/;

/** What of a file a conversion cannot be trusted to carry over, one phrase each; empty for most. */
export function notCarried({ profile, images }: GeoTiffRaster): string[] {
  const { image } = images.full;
  const reasons: string[] = [];
  const known = 1 + images.overviews.length + (images.mask === null ? 0 : 1) + images.maskOverviews.length;
  if (image.tiff.images.length > known) reasons.push('further pages');
  const foreign = [...image.tags.keys()].filter((tag) => !CARRIED_TAGS.has(tag));
  if (foreign.length > 0) reasons.push(`TIFF tags (${foreign.slice(0, 5).join(', ')})`);
  if ((image.tags.get(ORIENTATION)?.value ?? 1) !== 1) reasons.push('the orientation of its rows');
  const extra: unknown = image.tags.get(EXTRA_SAMPLES)?.value;
  if ([extra].flat().includes(ASSOCIATED_ALPHA)) reasons.push('colours multiplied by alpha');
  if (profile.georeference === 'gcp' || profile.georeference === 'rpc') reasons.push('control points');
  const { compression } = profile.layout.storage;
  if (LOSSY.test(compression ?? '')) reasons.push(`${compression} as it was compressed`);
  return reasons;
}
