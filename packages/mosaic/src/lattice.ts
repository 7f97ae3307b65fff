import type { AxisRead } from './axis-read.ts';

/** Columns and rows of a level of a raster. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The pixels of one level of a raster that fill a rectangle of cells with the nearest neighbour: every pairing of a
 * column with a row, 0-based. Ascending, with repetitions where the raster is enlarged.
 */
export interface Lattice {
  /** 0 is full resolution, n the n-th overview. */
  readonly level: number;
  readonly cols: Int32Array;
  readonly rows: Int32Array;
}

/** A level may have this much fewer pixels than are asked for, when the nearest are taken (GDAL 3.9 and later). */
const OVERSAMPLING = 1.2;

/** Factors that differ by no more than this are not told apart. */
const FACTOR_TOLERANCE = 0.1;

/** What GDAL adds to a position before it is truncated. */
const ON_PIXEL = 1e-10;

/**
 * The pixels that GDAL takes for the nearest (measured on 3.12 and 3.13).
 * @param levels sizes, full resolution first
 */
export function nearestLattice(x: AxisRead, y: AxisRead, levels: readonly Size[]): Lattice {
  const full = levels[0]!;
  const level = nearestLevel(x, y, levels);
  if (level === 0) return pickPixels(x, y, full, 0);
  const reduced = levels[level]!;
  return pickPixels(
    reduceAxis(x, full.width, reduced.width),
    reduceAxis(y, full.height, reduced.height),
    reduced,
    level,
  );
}

/**
 * The pixels that GDAL takes of an alpha band of 16 bits when it is the mask of another band: of full resolution always,
 * and whole ones where they are as many as the cells, so that they are not always those that it takes of the other band
 * (GDALRescaledAlphaBand; measured on 3.13).
 */
export function fullLattice(x: AxisRead, y: AxisRead, full: Size): Lattice {
  if (x.length !== x.cells || y.length !== y.cells) return pickPixels(x, y, full, 0);
  return { level: 0, cols: ascending(x), rows: ascending(y) };
}

/** The coarsest level that is hardly coarser than what is asked for; full resolution where none is wanted. */
function nearestLevel(x: AxisRead, y: AxisRead, levels: readonly Size[]): number {
  if (levels.length === 1 || (x.cells >= x.length && y.cells >= y.length)) return 0;
  const full = levels[0]!;
  const [across, down] = [x.length / x.cells, y.length / y.cells];
  const desired = across < down || y.cells === 1 ? across : down;
  let best = 0;
  let bestFactor = 0;
  for (let level = 1; level < levels.length; level += 1) {
    const { width, height } = levels[level]!;
    const factor = Math.min(full.width / width, full.height / height);
    if (factor >= desired * OVERSAMPLING + FACTOR_TOLERANCE || factor <= bestFactor) continue;
    best = level;
    bestFactor = factor;
    if (Math.abs(desired - factor) < FACTOR_TOLERANCE) break;
  }
  return best;
}

function reduceAxis(axis: AxisRead, fullLength: number, length: number): AxisRead {
  const factor = fullLength / length;
  const start = Math.min(length - 1, Math.trunc(axis.start / factor + 0.5));
  const wanted = Math.max(1, Math.trunc(axis.length / factor + 0.5));
  return {
    ...axis,
    start,
    length: Math.min(wanted, length - start),
    exactStart: axis.exactStart / factor,
    exactLength: axis.exactLength / factor,
  };
}

function pickPixels(x: AxisRead, y: AxisRead, { width, height }: Size, level: number): Lattice {
  if (isPlain(x) && isPlain(y)) return { level, cols: ascending(x), rows: ascending(y) };
  const cols = new Int32Array(x.cells);
  // Accumulated across and multiplied down: the last bits differ, and GDAL's pixels with them.
  const across = x.exactLength / x.cells;
  let at = 0.5 * across + x.exactStart + ON_PIXEL;
  for (let cell = 0; cell < x.cells; cell += 1) {
    cols[cell] = clampPixel(at, width);
    at += across;
  }
  const rows = new Int32Array(y.cells);
  const down = y.exactLength / y.cells;
  for (let cell = 0; cell < y.cells; cell += 1) {
    rows[cell] = clampPixel((cell + 0.5) * down + y.exactStart + ON_PIXEL, height);
  }
  return { level, cols, rows };
}

/** One pixel a cell, and none of them in parts. */
function isPlain({ start, length, exactStart, exactLength, cells }: AxisRead): boolean {
  return length === cells && start === exactStart && length === exactLength;
}

function ascending({ start, cells }: AxisRead): Int32Array {
  const positions = new Int32Array(cells);
  for (let cell = 0; cell < cells; cell += 1) positions[cell] = start + cell;
  return positions;
}

function clampPixel(position: number, length: number): number {
  return Math.max(0, Math.min(length - 1, Math.trunc(position)));
}
