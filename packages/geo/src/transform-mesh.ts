import type { Affine, Point } from './affine.ts';
import type { BBox } from './bbox.ts';
import { evaluate, slopesAt } from './mesh-polynomial.ts';

/**
 * A coordinate transform over a rectangle of pixels, as data: so that painting a tile takes no projection per pixel,
 * and a mesh can be cached or handed to another thread.
 *
 * The rectangle is cut into cells. In each, the transform is a polynomial of second degree in either direction, exact at
 * nine points. Where the transform bends, jumps or has no value, cells are as small as they have to be: down to a
 * pixel. Pixels in no cell have no counterpart.
 */
export interface TransformMesh {
  /** Size of the rectangle in pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * {@link MESH_STRIDE} numbers a cell: col, row, width and height in whole pixels; then nine coefficients of the first
   * coordinate and nine of the second, of `u^i v^j` in the order `1, u, u2, v, uv, u2v, v2, uv2, u2v2`, with u and v
   * running from 0 to 1 across the cell, from pixel corner to pixel corner.
   */
  readonly cells: Float64Array;
  /** The transform is affine and the mesh is no approximation of it. */
  readonly isExact: boolean;
}

/** Numbers that describe a cell. */
export const MESH_STRIDE = 22;

/** Where the coefficients of the second coordinate start within a cell. */
const SECOND = 13;

/** What a mesh is made for. */
export interface MeshOptions {
  /** How far the mesh may be off, in pixels of the rectangle: one pixel is what a step of one there is in the result. */
  readonly tolerance: number;
  /** The part of the result's plane that matters: cells whose results lie elsewhere are left out. Null: everything. */
  readonly within: BBox | null;
  /**
   * How far a single cell may be off to be all of the mesh, in pixels of the rectangle: far less than the tolerance, for a
   * transform that is so close to a polynomial at all of a cell's points does nothing else between them. 0 unless given:
   * there are sixteen cells to begin with.
   */
  readonly smooth?: number;
}

/** Cells to begin with in each direction: what the transform does between their points stays unseen. */
const FIRST_CELLS = 4;

/** Cells this small and still not smooth are sampled pixel by pixel. */
const SAMPLED_SIDE = 4;

/**
 * Approximates a transform over `width` x `height` pixels.
 *
 * A cell is accepted where the polynomial agrees with the transform to within the tolerance at sixteen points between
 * the nine that it was made from, else it is cut into four.
 *
 * @param transform from pixel coordinates (corner-based: the first pixel's centre is 0.5, 0.5) to anything; null where
 *   there is no such place.
 */
export function buildMesh(
  transform: (col: number, row: number) => Point | null,
  width: number,
  height: number,
  { tolerance, within, smooth = 0 }: MeshOptions,
): TransformMesh {
  const lattice = createLattice(transform, width, height);
  const cells: number[] = [];

  const visit = (col: number, row: number, cellWidth: number, cellHeight: number): void => {
    if (cellWidth === 0 || cellHeight === 0) return;
    const samples = lattice.sample(col, row, cellWidth, cellHeight);
    if (samples.known === 0) return;
    const isWhole = samples.known === POINTS;
    const errors = isWhole ? fitCell(samples.values) : UNFITTED;
    if (within !== null && isWhole && liesOutside(samples.values, errors.any, within)) return;
    const allowed = isWhole ? tolerance * pixelSize(cellWidth, cellHeight) : 0;
    if (errors.any <= allowed) {
      cells.push(col, row, cellWidth, cellHeight, ...coefficients);
    } else if (cellWidth <= SAMPLED_SIDE && cellHeight <= SAMPLED_SIDE) {
      samplePixels(transform, col, row, cellWidth, cellHeight, cells);
    } else {
      // Where the transform bends in one direction only, as latitudes do in Mercator's projection, so are cells cut.
      const isCutAcross = cellWidth > 1 && (errors.along > allowed || cellHeight === 1);
      const isCutDown = cellHeight > 1 && (errors.down > allowed || !isCutAcross);
      const left = isCutAcross ? cellWidth >> 1 : cellWidth;
      const top = isCutDown ? cellHeight >> 1 : cellHeight;
      visit(col, row, left, top);
      visit(col + left, row, cellWidth - left, top);
      visit(col, row + top, left, cellHeight - top);
      visit(col + left, row + top, cellWidth - left, cellHeight - top);
    }
  };

  if (smooth > 0 && isSmooth(lattice.sample(0, 0, width, height), width, height, smooth, within)) {
    return { width, height, cells: Float64Array.of(0, 0, width, height, ...coefficients), isExact: false };
  }
  for (let i = 0; i < FIRST_CELLS; i++) {
    const [top, bottom] = [share(height, i), share(height, i + 1)];
    for (let j = 0; j < FIRST_CELLS; j++) {
      const [left, right] = [share(width, j), share(width, j + 1)];
      visit(left, top, right - left, bottom - top);
    }
  }
  return { width, height, cells: Float64Array.from(cells), isExact: false };
}

/** Whether a single cell is enough, which is the one fitted last then: nothing of it lies elsewhere. */
function isSmooth(
  { values, known }: CellSamples,
  width: number,
  height: number,
  smooth: number,
  within: BBox | null,
): boolean {
  if (known < POINTS) return false;
  if (within !== null) {
    const [left, top, right, bottom] = boxAround(values);
    if (left < within[0] || top < within[1] || right > within[2] || bottom > within[3]) return false;
  }
  return fitCell(values).any <= smooth * pixelSize(width, height);
}

function share(length: number, i: number): number {
  return Math.floor((length * i) / FIRST_CELLS);
}

/** The mesh of an affine transform of pixel coordinates: one cell, nothing approximated. */
export function affineMesh([a, b, c, d, e, f]: Affine, width: number, height: number): TransformMesh {
  const cells = new Float64Array(MESH_STRIDE);
  cells.set([0, 0, width, height, c, a * width, 0, b * height]);
  cells.set([f, d * width, 0, e * height], SECOND);
  return { width, height, cells, isExact: true };
}

/** Points along a cell's side, and all of them: nine make the polynomial, the others test it. */
const SIDE_POINTS = 5;
const POINTS = SIDE_POINTS * SIDE_POINTS;

interface CellSamples {
  /** x and y of the transform at the 5 x 5 points of a cell, row by row; NaN where it has no value. */
  readonly values: Float64Array;
  /** How many points have a value. */
  readonly known: number;
}

interface Lattice {
  /** The same object at every call: to be used before the next. */
  sample(col: number, row: number, width: number, height: number): CellSamples;
}

/** The transform at quarters of pixels, each asked for once: neighbouring cells and their parts share points. */
function createLattice(transform: (col: number, row: number) => Point | null, width: number, height: number): Lattice {
  const rowKeys = 4 * width + 1;
  const seen = new Map<number, Point | null>();
  const samples = { values: new Float64Array(2 * POINTS), known: 0 };
  const lookUp = (col: number, row: number): Point | null => {
    const key = 4 * row * rowKeys + 4 * col;
    let point = seen.get(key);
    if (point === undefined) {
      point = transform(col, row);
      seen.set(key, point);
    }
    return point;
  };
  return {
    sample(col, row, cellWidth, cellHeight) {
      samples.known = 0;
      let at = 0;
      for (let j = 0; j < SIDE_POINTS; j++) {
        for (let i = 0; i < SIDE_POINTS; i++) {
          const point = lookUp(
            Math.min(width, col + (cellWidth * i) / (SIDE_POINTS - 1)),
            Math.min(height, row + (cellHeight * j) / (SIDE_POINTS - 1)),
          );
          if (point !== null) samples.known++;
          samples.values[at++] = point === null ? NaN : point[0];
          samples.values[at++] = point === null ? NaN : point[1];
        }
      }
      return samples;
    },
  };
}

/** The coefficients of the cell fitted last: nine of the first coordinate, nine of the second. */
const coefficients = new Float64Array(18);

/** Largest errors of a fit at the points in between. */
interface FitErrors {
  readonly any: number;
  /** At points that lie on the fitted columns, rows in between, and the other way round. */
  readonly down: number;
  readonly along: number;
}

const UNFITTED: FitErrors = { any: Infinity, down: Infinity, along: Infinity };

/** Fits both polynomials into {@link coefficients}. */
function fitCell(values: Float64Array): FitErrors {
  let [any, down, along] = [0, 0, 0];
  for (let axis = 0; axis < 2; axis++) {
    const to = axis * 9;
    for (let j = 0; j < 3; j++) {
      const at = axis + 2 * (2 * j * SIDE_POINTS);
      const [start, middle, end] = [values[at]!, values[at + 4]!, values[at + 8]!];
      coefficients[to + 3 * j] = start;
      coefficients[to + 3 * j + 1] = 4 * middle - 3 * start - end;
      coefficients[to + 3 * j + 2] = 2 * (start - 2 * middle + end);
    }
    for (let i = 0; i < 3; i++) {
      const at = to + i;
      const [start, middle, end] = [coefficients[at]!, coefficients[at + 3]!, coefficients[at + 6]!];
      coefficients[at + 3] = 4 * middle - 3 * start - end;
      coefficients[at + 6] = 2 * (start - 2 * middle + end);
    }
    for (let j = 0; j < SIDE_POINTS; j++) {
      for (let i = 0; i < SIDE_POINTS; i++) {
        if (i % 2 === 0 && j % 2 === 0) continue;
        const error = Math.abs(evaluate(coefficients, to, i / 4, j / 4) - values[2 * (j * SIDE_POINTS + i) + axis]!);
        any = Math.max(any, error);
        if (i % 2 === 0) down = Math.max(down, error);
        if (j % 2 === 0) along = Math.max(along, error);
      }
    }
  }
  return { any, down, along };
}

/** The side, in units of the result, of a square as large as a pixel in the middle of the cell fitted last. */
function pixelSize(width: number, height: number): number {
  const slopes = slopesAt(coefficients, 0, 0.5, 0.5, width, height);
  return Math.sqrt(Math.abs(slopes[0] * slopes[3] - slopes[1] * slopes[2]));
}

/**
 * Whether a cell's results surely lie elsewhere: the box around its points, grown by half its size and by the error,
 * does not touch the part that matters.
 */
function liesOutside(values: Float64Array, error: number, [minX, minY, maxX, maxY]: BBox): boolean {
  const [left, top, right, bottom] = boxAround(values);
  const growX = (right - left) / 2 + error;
  const growY = (bottom - top) / 2 + error;
  return left - growX > maxX || right + growX < minX || top - growY > maxY || bottom + growY < minY;
}

function boxAround(values: Float64Array): [number, number, number, number] {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < values.length; i += 2) {
    minX = Math.min(minX, values[i]!);
    maxX = Math.max(maxX, values[i]!);
    minY = Math.min(minY, values[i + 1]!);
    maxY = Math.max(maxY, values[i + 1]!);
  }
  return [minX, minY, maxX, maxY];
}

/** One constant cell for each pixel whose centre has a counterpart. */
function samplePixels(
  transform: (col: number, row: number) => Point | null,
  col: number,
  row: number,
  width: number,
  height: number,
  cells: number[],
): void {
  for (let j = row; j < row + height; j++) {
    for (let i = col; i < col + width; i++) {
      const point = transform(i + 0.5, j + 0.5);
      if (point !== null) cells.push(i, j, 1, 1, point[0], 0, 0, 0, 0, 0, 0, 0, 0, point[1], 0, 0, 0, 0, 0, 0, 0, 0);
    }
  }
}
