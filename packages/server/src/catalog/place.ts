import { bboxOfRaster, bboxToLonLat, footprintOf, type RasterProfile } from '@inlay/geo';
import type { Place } from './new-dataset-store.ts';

/** Where on Earth a raster lies, as far as its CRS lets one say. */
export function placeOnEarth(profile: RasterProfile): Place {
  const { affine, crs, width, height } = profile;
  if (affine === null || crs === null) return { bbox: null, footprint: null };
  return {
    bbox: bboxToLonLat(bboxOfRaster(affine, width, height), crs),
    footprint: footprintOf({ affine, width, height }, crs),
  };
}
