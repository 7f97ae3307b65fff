import type { Affine } from './affine.ts';
import { type BBox, bboxOfRaster } from './bbox.ts';

/** Where a raster's pixels are: an affine and a size in pixels. The CRS is stated beside it. */
export interface PixelGrid {
  readonly affine: Affine;
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

export function bboxOfGrid(grid: PixelGrid): BBox {
  return bboxOfRaster(grid.affine, grid.width, grid.height);
}
