import type { Affine, RasterProfile } from '@inlay/geo';
import type { PlacedRaster } from './warp-extent.ts';

/** The affine of a source whose geometry has been checked. */
export function affineOf({ affine }: { readonly affine: Affine | null }): Affine {
  if (affine === null) throw new TypeError('the source has no affine: check compatibility before placing it');
  return affine;
}

/** The profile of a source whose geometry has been checked. */
export function placedOf(profile: RasterProfile): RasterProfile & PlacedRaster {
  if (!isPlaced(profile)) throw new TypeError('the source lies nowhere: check compatibility before warping it');
  return profile;
}

function isPlaced(profile: RasterProfile): profile is RasterProfile & PlacedRaster {
  return profile.affine !== null && profile.crs !== null;
}
