import { type BBox, bboxOfRaster, type Crs, invert, sameCrs, transformBetween } from '@inlay/geo';
import type { PictureGrid } from '@inlay/tiler';
import type { PlacedRaster } from './placed-raster.ts';

/** How large a picture is to be. */
export type PictureSize =
  /** Longest side in pixels, at most; no more pixels than the raster has there. */
  { readonly maxSize: number } | { readonly width: number; readonly height: number };

/** A box as a picture of a raster, north up. @param bbox not empty, in `crs` */
export function boxGrid(raster: PlacedRaster, bbox: BBox, crs: Crs, size: PictureSize): PictureGrid {
  const [minX, minY, maxX, maxY] = bbox;
  const { width, height } = 'width' in size ? size : fitted(pixelsIn(raster, bbox, crs), size.maxSize);
  return {
    crs,
    grid: { affine: [(maxX - minX) / width, 0, minX, 0, (minY - maxY) / height, maxY], width, height },
  };
}

/** The whole raster in its own CRS, or in another; null where that one cannot express it. */
export function wholeGrid(raster: PlacedRaster, crs: Crs, size: PictureSize): PictureGrid | null {
  const own = bboxOfRaster(raster.affine, raster.width, raster.height);
  const bbox = sameCrs(crs, raster.crs) ? own : projectedBBox(own, raster.crs, crs);
  return bbox === null ? null : boxGrid(raster, bbox, crs, size);
}

/** Points along each edge of a box that is projected: enough for its bends. */
const EDGE_POINTS = 21;

/** The box around a box in another CRS; null where a part of its edge has no place there. */
export function projectedBBox([minX, minY, maxX, maxY]: BBox, from: Crs, to: Crs): BBox | null {
  const transform = transformBetween(from, to);
  if (transform === null) return null;
  let found: BBox | null = null;
  for (let i = 0; i <= EDGE_POINTS; i += 1) {
    const x = minX + ((maxX - minX) * i) / EDGE_POINTS;
    const y = minY + ((maxY - minY) * i) / EDGE_POINTS;
    for (const point of [transform(x, minY), transform(x, maxY), transform(minX, y), transform(maxX, y)]) {
      if (point === null) return null;
      const [px, py] = point;
      found =
        found === null
          ? [px, py, px, py]
          : [Math.min(found[0], px), Math.min(found[1], py), Math.max(found[2], px), Math.max(found[3], py)];
    }
  }
  return found !== null && found[2] > found[0] && found[3] > found[1] ? found : null;
}

/** About how many of a raster's pixels a box is wide and high, judged in its middle; null where it has no place. */
function pixelsIn(
  raster: PlacedRaster,
  [minX, minY, maxX, maxY]: BBox,
  crs: Crs,
): { width: number; height: number } | null {
  const toPixels = invert(raster.affine);
  const transform = transformBetween(crs, raster.crs);
  if (toPixels === null || transform === null) return null;
  const [a, b, c, d, e, f] = toPixels;
  const at = (x: number, y: number): readonly [number, number] | null => {
    const point = transform(x, y);
    return point === null ? null : [a * point[0] + b * point[1] + c, d * point[0] + e * point[1] + f];
  };
  const [x, y] = [(minX + maxX) / 2, (minY + maxY) / 2];
  // A hundredth of the box on each side: near enough for a slope, far enough from rounding.
  const [dx, dy] = [(maxX - minX) / 200, (maxY - minY) / 200];
  const [left, right, bottom, top] = [at(x - dx, y), at(x + dx, y), at(x, y - dy), at(x, y + dy)];
  if (left === null || right === null || bottom === null || top === null) return null;
  return {
    width: 100 * Math.hypot(right[0] - left[0], right[1] - left[1]),
    height: 100 * Math.hypot(top[0] - bottom[0], top[1] - bottom[1]),
  };
}

/** A size with these proportions and no side above `maxSize`; square where there are none. */
function fitted(pixels: { width: number; height: number } | null, maxSize: number): { width: number; height: number } {
  if (pixels === null) return { width: maxSize, height: maxSize };
  const scale = Math.min(1, maxSize / Math.max(pixels.width, pixels.height));
  const side = (length: number): number => Math.min(maxSize, Math.max(1, Math.round(length * scale)));
  return { width: side(pixels.width), height: side(pixels.height) };
}
