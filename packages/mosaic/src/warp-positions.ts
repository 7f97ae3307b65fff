import {
  type Affine,
  apply,
  compose,
  type Crs,
  invert,
  type PixelGrid,
  type Point,
  type PointTransform,
  type Positions,
  sameCrs,
  transformBetween,
  turnWidth,
  type Window,
} from '@inlay/geo';
import type { UnwarpedSource } from './compiled-mosaic.ts';
import { MosaicError } from './error.ts';
import type { Size } from './lattice.ts';

/**
 * Pixels of the source that one of the output is as long as, along the source's columns and rows and around its centre;
 * at least 1. Kernels are stretched by it, so that no pixels are left out.
 */
export interface Shrink {
  readonly across: number;
  readonly down: number;
}

/** Where one level of the output's pixels lie in one level of a source. */
export interface LevelWarp {
  readonly source: Size;
  locate(window: Window): Positions;
  readonly shrink: Shrink;
}

/**
 * The exact transformation of every pixel's centre, as GDAL's warper does it with an error threshold of 0.
 * @param level of the warped source: 0 is the output's own grid
 * @param size of that level
 * @throws {MosaicError} `mosaic/unsupported` where one of the CRSs cannot be expressed
 */
export function warpOfLevel(
  { affine, crs, levels, level: base }: UnwarpedSource,
  target: { readonly grid: PixelGrid; readonly crs: Crs },
  level: number,
  size: Size,
): LevelWarp {
  const transform = transformBetween(target.crs, crs);
  const back = transformBetween(crs, target.crs);
  const full = levels[0]!;
  const source = levels[base + level]!;
  const sourceAffine = scaled(affine, full, source);
  const toSource = invert(sourceAffine);
  const toOutput = scaled(target.grid.affine, target.grid, size);
  const fromOutput = invert(toOutput);
  if (transform === null || back === null || toSource === null || fromOutput === null) {
    throw new MosaicError('mosaic/unsupported', `${crs.name} cannot be transformed to ${target.crs.name}`, {
      details: { from: target.crs.code, to: crs.code },
    });
  }
  const locate = sameCrs(target.crs, crs)
    ? affineLocator(compose(toSource, toOutput))
    : pointLocator(toOutput, unwrapped(transform, crs, affine, full), toSource);
  return { source, locate, shrink: shrinkAround(sourceAffine, source, back, fromOutput) };
}

/** The affine of a level: the same corner, larger pixels. */
function scaled([a, b, c, d, e, f]: Affine, full: Size, level: Size): Affine {
  const [across, down] = [full.width / level.width, full.height / level.height];
  return [a * across, b * down, c, d * across, e * down, f];
}

type Locate = LevelWarp['locate'];

function affineLocator(toSource: Affine): Locate {
  return (window) => locateEach(window, (col, row) => apply(toSource, col, row));
}

function pointLocator(toOutput: Affine, transform: PointTransform, toSource: Affine): Locate {
  return (window) =>
    locateEach(window, (col, row) => {
      const point = transform(...apply(toOutput, col, row));
      return point && apply(toSource, point[0], point[1]);
    });
}

function locateEach(
  { colOff, rowOff, width, height }: Window,
  locate: (col: number, row: number) => readonly [number, number] | null,
): Positions {
  const cols = new Float64Array(width * height);
  const rows = new Float64Array(width * height);
  for (let row = 0, at = 0; row < height; row += 1) {
    for (let col = 0; col < width; col += 1, at += 1) {
      const position = locate(colOff + col + 0.5, rowOff + row + 0.5);
      cols[at] = position === null ? NaN : position[0];
      rows[at] = position === null ? NaN : position[1];
    }
  }
  return { width, height, cols, rows };
}

/** Longitudes as the source counts them: within half a turn of its centre. */
function unwrapped(transform: PointTransform, crs: Crs, affine: Affine, { width, height }: Size): PointTransform {
  const turn = crs.kind === 'geographic' ? turnWidth(crs) : null;
  if (turn === null) return transform;
  const [centre] = apply(affine, width / 2, height / 2);
  return (x, y) => {
    const point = transform(x, y);
    return point && [point[0] - Math.round((point[0] - centre) / turn) * turn, point[1]];
  };
}

/** Kernels are left as they are where less than this becomes one pixel, in both directions (GDAL 3.13's warper, measured). */
const FROM = 2;

function shrinkAround(affine: Affine, { width, height }: Size, back: PointTransform, fromOutput: Affine): Shrink {
  const [col, row] = [width / 2, height / 2];
  const toOutput = (c: number, r: number) => {
    const point = back(...apply(affine, c, r));
    return point && apply(fromOutput, point[0], point[1]);
  };
  const [centre, right, below] = [toOutput(col, row), toOutput(col + 1, row), toOutput(col, row + 1)];
  const shrinkTo = (point: Point | null): number => {
    if (centre === null || point === null) return 1;
    const shrink = 1 / Math.hypot(point[0] - centre[0], point[1] - centre[1]);
    return Number.isFinite(shrink) ? Math.max(1, shrink) : 1;
  };
  const [across, down] = [shrinkTo(right), shrinkTo(below)];
  return Math.max(across, down) < FROM ? { across: 1, down: 1 } : { across, down };
}
