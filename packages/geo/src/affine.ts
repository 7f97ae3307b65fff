/**
 * The one description of where pixels are. Origin, resolution, bounding box and orientation are all
 * derived from it, never stored beside it.
 *
 * `[a, b, c, d, e, f]` maps a pixel **corner** (col, row), counted from the top-left corner of the raster,
 * to CRS coordinates (x, y), in the order rasterio and the Python `affine` package use:
 *
 *     x = a * col + b * row + c
 *     y = d * col + e * row + f
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** GDAL's order of the same six numbers: `[c, a, b, f, d, e]` (gdal.org, "Raster Data Model"). */
export type GeoTransform = readonly [number, number, number, number, number, number];

/** A position, `[col, row]` or `[x, y]` by context. */
export type Point = readonly [number, number];

export const IDENTITY: Affine = [1, 0, 0, 0, 1, 0];

export function fromGeoTransform(gt: GeoTransform): Affine {
  return [gt[1], gt[2], gt[0], gt[4], gt[5], gt[3]];
}

export function toGeoTransform([a, b, c, d, e, f]: Affine): GeoTransform {
  return [c, a, b, f, d, e];
}

/** Pixel corner (col, row) -> CRS (x, y). */
export function apply([a, b, c, d, e, f]: Affine, col: number, row: number): Point {
  return [a * col + b * row + c, d * col + e * row + f];
}

/** The transform that applies `inner` first, then `outer`. */
export function compose(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/** CRS (x, y) -> pixel corner; null where the transform is singular (pixels without area). */
export function invert([a, b, c, d, e, f]: Affine): Affine | null {
  const determinant = a * e - b * d;
  if (determinant === 0 || !Number.isFinite(determinant)) return null;
  const ia = e / determinant;
  const ib = -b / determinant;
  const id = -d / determinant;
  const ie = a / determinant;
  return [ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)];
}

/** Length of a pixel's sides in CRS units, always positive. Vector lengths: right for rotated rasters too. */
export function resolution([a, b, , d, e]: Affine): Point {
  return [Math.hypot(a, d), Math.hypot(b, e)];
}

/** Rows or columns are not parallel to the CRS axes. */
export function isRotated([, b, , d]: Affine): boolean {
  return b !== 0 || d !== 0;
}

/** The first row is the southernmost: y grows with the row (GDAL: positive NS resolution). */
export function isSouthUp([, , , , e]: Affine): boolean {
  return e >= 0;
}

/** The first column is the easternmost: x falls with the column. */
export function isMirrored([a]: Affine): boolean {
  return a < 0;
}

/** All six numbers are finite and a pixel has an area. */
export function isUsable(affine: Affine): boolean {
  return affine.every(Number.isFinite) && affine[0] * affine[4] - affine[1] * affine[3] !== 0;
}
