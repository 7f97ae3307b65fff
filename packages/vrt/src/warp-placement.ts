import {
  type Crs,
  intersectWindows,
  type OverviewProfile,
  type PixelGrid,
  type RasterLayout,
  turnWidth,
  type Window,
} from '@inlay/geo';
import { MOST_TURNS } from './earth-frame.ts';
import { type PlacedRaster, warpedExtent, type WarpedExtent } from './warp-extent.ts';
import { WHOLE_PIXEL } from './whole-pixels.ts';

/** The raster that sources are warped to. */
export interface WarpTarget {
  /** North-up. */
  readonly grid: PixelGrid;
  readonly crs: Crs;
}

/** Pixels added on each side: what rounding and another library's idea of the projection can make of an edge. */
const MARGIN = 1;

/** Where a source goes in the target, and what of it is read. */
export interface WarpPlacement {
  /**
   * The parts of the target that the source covers, in whole pixels, from west to east. Mostly one; none where the
   * source lies beside the target; two where it crosses the antimeridian and the target goes around the Earth. They
   * hold every pixel that warping fills, and some more around the edges. A source whose outline cannot be followed
   * (it holds a pole, or goes beyond the projection) is taken to cover everything.
   */
  readonly windows: readonly Window[];
  /** The source's reduced-resolution level to warp from, 0-based; null for full resolution. */
  readonly overviewLevel: number | null;
}

/** Places a source in the target; null where the CRS of one of the two cannot be expressed, so that nothing is known. */
export function placeWarped(
  source: PlacedRaster & { readonly layout: RasterLayout },
  target: WarpTarget,
): WarpPlacement | null {
  const extent = warpedExtent(source, target.crs);
  return extent === null ? null : placeExtent(source, extent, target);
}

/** See {@link placeWarped}, of a source whose extent in the target's CRS has been computed. */
export function placeExtent(
  source: { readonly width: number; readonly layout: RasterLayout },
  extent: WarpedExtent,
  target: WarpTarget,
): WarpPlacement {
  return { windows: windowsOf(extent, target), overviewLevel: overviewLevelFor(source, extent, target) };
}

function windowsOf({ bounds }: WarpedExtent, { grid, crs }: WarpTarget): Window[] {
  const whole: Window = { colOff: 0, rowOff: 0, width: grid.width, height: grid.height };
  if (bounds === null) return [whole];
  const [xResolution, , left, , yStep, top] = grid.affine;
  const [minX, minY, maxX, maxY] = bounds;
  const turn = turnWidth(crs);
  const right = left + grid.width * xResolution;
  if (turn !== null && right - left > MOST_TURNS * turn) return [whole];
  const windows: Window[] = [];
  for (const turns of turnsBetween(bounds, left, right, turn)) {
    const shift = turns === 0 || turn === null ? 0 : turns * turn;
    const [colOff, rowOff] = [
      Math.floor((minX + shift - left) / xResolution + WHOLE_PIXEL) - MARGIN,
      Math.floor((maxY - top) / yStep + WHOLE_PIXEL) - MARGIN,
    ];
    const covered: Window = {
      colOff,
      rowOff,
      width: Math.ceil((maxX + shift - left) / xResolution - WHOLE_PIXEL) + MARGIN - colOff,
      height: Math.ceil((minY - top) / yStep - WHOLE_PIXEL) + MARGIN - rowOff,
    };
    const inside = intersectWindows(covered, whole);
    if (inside !== null) windows.push(inside);
  }
  return joinTouching(windows);
}

/** The whole turns of the Earth by which bounds can be shifted so that they may reach into left..right. */
function turnsBetween(
  [minX, , maxX]: readonly [number, number, number, number],
  left: number,
  right: number,
  turn: number | null,
): number[] {
  if (turn === null) return [0];
  const first = Math.ceil((left - maxX) / turn);
  const last = Math.floor((right - minX) / turn);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** Windows from west to east, those that touch or overlap as one. */
function joinTouching(windows: readonly Window[]): Window[] {
  const joined: Window[] = [];
  for (const window of windows) {
    const last = joined.at(-1);
    if (last === undefined || last.colOff + last.width < window.colOff) joined.push(window);
    else joined[joined.length - 1] = { ...last, width: window.colOff + window.width - last.colOff };
  }
  return joined;
}

/** A level is taken although it is this much coarser than the target, as a factor. */
const COARSER_BY = 0.1;

/**
 * The coarsest level that is no coarser than the target, as gdalwarp chooses it (`-ovr AUTO`), so that a coarse
 * target does not leave out most pixels of a fine source; only levels that are masked as the source is.
 */
function overviewLevelFor(
  { width, layout }: { readonly width: number; readonly layout: RasterLayout },
  { resolution }: WarpedExtent,
  { grid }: WarpTarget,
): number | null {
  if (resolution === null) return null;
  const [xResolution, , , , yStep] = grid.affine;
  const ratio = Math.sqrt(xResolution * -yStep) / resolution;
  const level = layout.overviews.findLastIndex(
    (reduced) => width / reduced.width <= ratio + COARSER_BY && isMaskedAlike(reduced, layout),
  );
  return level === -1 ? null : level;
}

/**
 * Whether readers that open a level know its mask. Where the mask has no such level, they take every pixel for valid;
 * and the levels of a mask in a file of its own are in yet another file, which need not be where that one is read from.
 */
function isMaskedAlike(level: OverviewProfile, { mask }: RasterLayout): boolean {
  if (mask === null) return true;
  const { location, overviews } = mask;
  return (
    location === 'internal' && overviews.some(({ width, height }) => width === level.width && height === level.height)
  );
}
