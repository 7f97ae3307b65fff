import { type Affine, apply } from './affine.ts';

/** `[minX, minY, maxX, maxY]` in a CRS the context states. */
export type BBox = readonly [minX: number, minY: number, maxX: number, maxY: number];

/** The box around all four corners of a raster, so that rotated and south-up ones are right too. */
export function bboxOfRaster(affine: Affine, width: number, height: number): BBox {
  const corners = [
    apply(affine, 0, 0),
    apply(affine, width, 0),
    apply(affine, 0, height),
    apply(affine, width, height),
  ] as const;
  const xs = corners.map((corner) => corner[0]);
  const ys = corners.map((corner) => corner[1]);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export function unionBBox(a: BBox, b: BBox): BBox {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

/** The common part, or null where the boxes do not share an area. */
export function intersectBBox(a: BBox, b: BBox): BBox | null {
  const box: BBox = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return box[0] < box[2] && box[1] < box[3] ? box : null;
}
