import type { Affine } from './affine.ts';
import type { Crs } from './crs.ts';
import { toLonLat } from './projection.ts';

/** Mean radius of the Earth (IUGG R1), in metres. */
const EARTH_RADIUS = 6_371_008.8;

const DEGREE = Math.PI / 180;

/** Metres on the ground that one pixel spans along its row (x) and along its column (y). */
export interface GroundResolution {
  readonly x: number;
  readonly y: number;
}

/**
 * How large a raster's pixel at (col, row) is on the ground, measured on a sphere (to within 0.6 %) between the middles
 * of its sides: right for degrees, for Web Mercator away from the equator, and for rotated rasters. Null where the CRS
 * has no longitude and latitude there.
 */
export function groundResolution(affine: Affine, crs: Crs, col: number, row: number): GroundResolution | null {
  const transform = toLonLat(crs);
  if (transform === null) return null;
  const [a, b, c, d, e, f] = affine;
  const at = (col: number, row: number): readonly [number, number] | null =>
    transform(a * col + b * row + c, d * col + e * row + f);
  const [left, right, top, bottom] = [at(col - 0.5, row), at(col + 0.5, row), at(col, row - 0.5), at(col, row + 0.5)];
  if (left === null || right === null || top === null || bottom === null) return null;
  const [x, y] = [distance(left, right), distance(top, bottom)];
  return x > 0 && y > 0 ? { x, y } : null;
}

/** Metres between two points of longitude and latitude, by the haversine formula: exact for near ones too. */
function distance([lon1, lat1]: readonly [number, number], [lon2, lat2]: readonly [number, number]): number {
  const sinLat = Math.sin(((lat2 - lat1) * DEGREE) / 2);
  const sinLon = Math.sin(((lon2 - lon1) * DEGREE) / 2);
  const h = sinLat * sinLat + Math.cos(lat1 * DEGREE) * Math.cos(lat2 * DEGREE) * sinLon * sinLon;
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}
