import type { BBox } from './bbox.ts';
import { evaluate, slopesAt } from './mesh-polynomial.ts';
import { MESH_STRIDE, type TransformMesh } from './transform-mesh.ts';

/** Where the coefficients of the first and second coordinate start within a cell. */
const FIRST = 4;
const SECOND = 13;

/** Where the pixels of a rectangle lie in another raster. Arrays are row-major, length = width * height. */
export interface Positions {
  readonly width: number;
  readonly height: number;
  /** Position of each pixel's centre in the other raster's pixels, corner-based; NaN where it has none. */
  readonly cols: Float64Array;
  readonly rows: Float64Array;
}

/** What is done to a mesh's results: `scale * result + offset`, in each coordinate. */
export interface MeshScaling {
  readonly colScale: number;
  readonly colOffset: number;
  readonly rowScale: number;
  readonly rowOffset: number;
}

/**
 * The results of a mesh at the centres of its pixels.
 * @param into arrays of the mesh's size that are written over and returned, for callers whose last ones are used up: a
 *   tile's are a megabyte, and the system hands out new memory more slowly than this fills it. New ones unless given.
 */
export function meshPositions(mesh: TransformMesh, scaling: MeshScaling, into?: Positions): Positions {
  const { width, height, cells } = mesh;
  const { cols, rows } = into ?? {
    cols: new Float64Array(width * height),
    rows: new Float64Array(width * height),
  };
  if (!coversAll(mesh)) {
    cols.fill(NaN);
    rows.fill(NaN);
  }
  for (let cell = 0; cell < cells.length; cell += MESH_STRIDE) {
    fillCell(cells, cell, FIRST, width, cols, scaling.colScale, scaling.colOffset);
    fillCell(cells, cell, SECOND, width, rows, scaling.rowScale, scaling.rowOffset);
  }
  return { width, height, cols, rows };
}

function coversAll({ width, height, cells }: TransformMesh): boolean {
  let covered = 0;
  for (let cell = 0; cell < cells.length; cell += MESH_STRIDE) covered += cells[cell + 2]! * cells[cell + 3]!;
  return covered === width * height;
}

function fillCell(
  cells: Float64Array,
  cell: number,
  axis: number,
  rowLength: number,
  out: Float64Array,
  scale: number,
  offset: number,
): void {
  const [col, row, width, height] = [cells[cell]!, cells[cell + 1]!, cells[cell + 2]!, cells[cell + 3]!];
  const at = cell + axis;
  for (let j = 0; j < height; j++) {
    const v = (j + 0.5) / height;
    const [constant, linear, square] = alongRow(cells, at, v, width, scale, offset);
    const start = (row + j) * rowLength + col;
    for (let i = 0; i < width; i++) {
      const u = i + 0.5;
      out[start + i] = constant + u * (linear + u * square);
    }
  }
}

/**
 * The pixel of another raster that the centre of each of a mesh's pixels lies in, as {@link meshPositions} has it: row-major
 * 0-based index, -1 where it lies in none. Without the two numbers a pixel that positions take.
 * @param size of the other raster in pixels, after scaling
 * @param tolerance a centre this close to the edge between two pixels belongs to the latter one
 * @param into an array of the mesh's size that is written over and returned
 */
export function meshPixels(
  mesh: TransformMesh,
  { colScale, colOffset, rowScale, rowOffset }: MeshScaling,
  { width, height }: { readonly width: number; readonly height: number },
  tolerance: number,
  into: Int32Array,
): Int32Array {
  const { cells } = mesh;
  if (!coversAll(mesh)) into.fill(-1);
  for (let cell = 0; cell < cells.length; cell += MESH_STRIDE) {
    const [left, top, cellWidth, cellHeight] = [cells[cell]!, cells[cell + 1]!, cells[cell + 2]!, cells[cell + 3]!];
    for (let j = 0; j < cellHeight; j++) {
      const v = (j + 0.5) / cellHeight;
      const [c0, c1, c2] = alongRow(cells, cell + FIRST, v, cellWidth, colScale, colOffset);
      const [r0, r1, r2] = alongRow(cells, cell + SECOND, v, cellWidth, rowScale, rowOffset);
      const start = (top + j) * mesh.width + left;
      for (let i = 0; i < cellWidth; i++) {
        const u = i + 0.5;
        const col = c0 + u * (c1 + u * c2) + tolerance;
        const row = r0 + u * (r1 + u * r2) + tolerance;
        // Not a number compares false. What is not negative is rounded down by being cut off.
        into[start + i] =
          col >= 0 && row >= 0 && col < width && row < height ? Math.trunc(row) * width + Math.trunc(col) : -1;
      }
    }
  }
  return into;
}

/** The polynomial of a coordinate along one row of a cell: its coefficients for a position in pixels. */
function alongRow(
  cells: Float64Array,
  at: number,
  v: number,
  width: number,
  scale: number,
  offset: number,
): [constant: number, linear: number, square: number] {
  return [
    (cells[at]! + v * (cells[at + 3]! + v * cells[at + 6]!)) * scale + offset,
    ((cells[at + 1]! + v * (cells[at + 4]! + v * cells[at + 7]!)) * scale) / width,
    ((cells[at + 2]! + v * (cells[at + 5]! + v * cells[at + 8]!)) * scale) / (width * width),
  ];
}

/** How far each pixel of a rectangle reaches in another raster. Row-major, length = width * height. */
export interface Footprints {
  /** Half the size, in the other raster's pixels, of the box around the pixel's area. */
  readonly halfCols: Float32Array;
  readonly halfRows: Float32Array;
}

/**
 * The areas of a mesh's pixels, from its polynomials' slopes.
 * @param fallback half sizes where a pixel stands alone and has no slope.
 */
export function meshFootprints(
  mesh: TransformMesh,
  { colScale, rowScale }: Pick<MeshScaling, 'colScale' | 'rowScale'>,
  fallback: { readonly halfCol: number; readonly halfRow: number },
): Footprints {
  const { width, height, cells } = mesh;
  const halfCols = new Float32Array(width * height);
  const halfRows = new Float32Array(width * height);
  for (let cell = 0; cell < cells.length; cell += MESH_STRIDE) {
    fillSlopes(cells, cell, FIRST, width, halfCols, colScale, fallback.halfCol);
    fillSlopes(cells, cell, SECOND, width, halfRows, rowScale, fallback.halfRow);
  }
  return { halfCols, halfRows };
}

function fillSlopes(
  cells: Float64Array,
  cell: number,
  axis: number,
  rowLength: number,
  out: Float32Array,
  scale: number,
  fallback: number,
): void {
  const [col, row, width, height] = [cells[cell]!, cells[cell + 1]!, cells[cell + 2]!, cells[cell + 3]!];
  const c = cells.subarray(cell + axis, cell + axis + 9);
  const half = Math.abs(scale) / 2;
  for (let j = 0; j < height; j++) {
    const v = (j + 0.5) / height;
    const start = (row + j) * rowLength + col;
    for (let i = 0; i < width; i++) {
      const u = (i + 0.5) / width;
      const alongU = c[1]! + 2 * u * c[2]! + v * (c[4]! + 2 * u * c[5]! + v * (c[7]! + 2 * u * c[8]!));
      const alongV = c[3]! + u * (c[4]! + u * c[5]!) + 2 * v * (c[6]! + u * (c[7]! + u * c[8]!));
      // No pixel of a transform with an area is a point: this cell is a pixel that was sampled alone.
      const isAlone = alongU === 0 && alongV === 0;
      out[start + i] = isAlone ? fallback : half * (Math.abs(alongU) / width + Math.abs(alongV) / height);
    }
  }
}

/** Steps of a mesh's result for one pixel of its rectangle: lengths along the result's two axes, and of a mean side. */
export interface MeshScale {
  readonly col: number;
  readonly row: number;
  /** Side of the square that is as large as a pixel. */
  readonly mean: number;
}

/** A cell's slopes are looked at in its middle, or in the middles of parts that are no larger than such a share of the mesh. */
const PARTS = 4;

/**
 * How large the rectangle's pixels are in the result: geometric means over the cells' parts whose middles lie in `within`,
 * each weighing as much as it has pixels; over all where none does. Null where no cell has a slope.
 */
export function meshScale({ cells, width, height, isExact }: TransformMesh, within: BBox): MeshScale | null {
  const inner = { col: 0, row: 0, mean: 0, pixels: 0 };
  const all = { col: 0, row: 0, mean: 0, pixels: 0 };
  for (let cell = 0; cell < cells.length; cell += MESH_STRIDE) {
    const [cellWidth, cellHeight] = [cells[cell + 2]!, cells[cell + 3]!];
    const across = isExact ? 1 : Math.max(1, Math.floor((PARTS * cellWidth) / width));
    const down = isExact ? 1 : Math.max(1, Math.floor((PARTS * cellHeight) / height));
    const pixels = (cellWidth * cellHeight) / (across * down);
    for (let part = 0; part < across * down; part++) {
      const [u, v] = [((part % across) + 0.5) / across, (Math.floor(part / across) + 0.5) / down];
      const slopes = slopesAt(cells, cell + FIRST, u, v, cellWidth, cellHeight);
      const area = Math.abs(slopes[0] * slopes[3] - slopes[1] * slopes[2]);
      if (!(area > 0)) continue;
      const x = evaluate(cells, cell + FIRST, u, v);
      const y = evaluate(cells, cell + SECOND, u, v);
      const isInner = x >= within[0] && x <= within[2] && y >= within[1] && y <= within[3];
      for (const sum of isInner ? [inner, all] : [all]) {
        sum.col += pixels * Math.log(Math.hypot(slopes[0], slopes[1]));
        sum.row += pixels * Math.log(Math.hypot(slopes[2], slopes[3]));
        sum.mean += (pixels * Math.log(area)) / 2;
        sum.pixels += pixels;
      }
    }
  }
  const { col, row, mean, pixels } = inner.pixels > 0 ? inner : all;
  if (pixels === 0) return null;
  return { col: Math.exp(col / pixels), row: Math.exp(row / pixels), mean: Math.exp(mean / pixels) };
}

/** The box around a mesh's results at 5 x 5 points of each cell: all of them to within a fraction of a pixel. Null without cells. */
export function bboxOfMesh({ cells }: TransformMesh): BBox | null {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let cell = 0; cell < cells.length; cell += MESH_STRIDE) {
    for (let i = 0; i < 25; i++) {
      const [u, v] = [(i % 5) / 4, Math.floor(i / 5) / 4];
      const x = evaluate(cells, cell + FIRST, u, v);
      const y = evaluate(cells, cell + SECOND, u, v);
      minX = Math.min(minX, x);
      maxX = Math.max(maxX, x);
      minY = Math.min(minY, y);
      maxY = Math.max(maxY, y);
    }
  }
  return minX <= maxX ? [minX, minY, maxX, maxY] : null;
}
