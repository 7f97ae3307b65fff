import { type Crs, invert, transformBetween, turnWidth } from '@inlay/geo';
import type { PlacedRaster } from './placed-raster.ts';

/**
 * Finds the pixel that a point lies in, as 0-based column and row, or null outside of the raster; a whole turn around the
 * Earth further on counts as the same place. Null where coordinates of `crs` cannot be converted.
 */
export function pixelFinder(
  { affine, crs: rasterCrs, width, height }: PlacedRaster,
  crs: Crs,
): ((x: number, y: number) => readonly [col: number, row: number] | null) | null {
  const transform = transformBetween(crs, rasterCrs);
  const toPixels = invert(affine);
  if (transform === null || toPixels === null) return null;
  const [a, b, c, d, e, f] = toPixels;
  const turn = turnWidth(rasterCrs);
  const shifts = turn === null ? [0] : [0, turn, -turn];
  return (x, y) => {
    const point = transform(x, y);
    if (point === null) return null;
    for (const shift of shifts) {
      const px = point[0] + shift;
      const col = Math.floor(a * px + b * point[1] + c);
      const row = Math.floor(d * px + e * point[1] + f);
      if (col >= 0 && row >= 0 && col < width && row < height) return [col, row];
    }
    return null;
  };
}
