import {
  type Affine,
  type BBox,
  bboxOfRaster,
  type Crs,
  isMirrored,
  isRotated,
  isSouthUp,
  type PixelGrid,
  type RasterProfile,
  sameCrs,
  turnWidth,
  unionBBox,
} from '@inlay/geo';
import { shortestWay } from './earth-frame.ts';
import { memoize } from './memoize.ts';
import { type ResolutionStrategy, RunningResolution } from './resolution.ts';
import { isWholePixels, WHOLE_PIXEL } from './whole-pixels.ts';
import { type PlacedRaster, type WarpedExtent, warpedExtent } from './warp-extent.ts';
import type { WarpTarget } from './warp-placement.ts';

/** The strategies that have a resolution for every set of sources. */
export type WarpResolutionStrategy = Extract<ResolutionStrategy, 'finest' | 'coarsest' | 'average'>;

/** What a source contributes to the choice of a grid. */
export interface Contribution {
  readonly bounds: BBox;
  /** Both sides of a pixel, positive. */
  readonly resolution: readonly [x: number, y: number];
  /** The pixels' own grid, where they can be copied into an output that has it. */
  readonly affine: Affine | null;
}

/** A grid, and the sources that have no say in it. */
export interface SuggestedGrid {
  /** Null where no source has a say in it. */
  readonly grid: PixelGrid | null;
  /** Positions of sources whose extent in the CRS is not known: they hold a pole, or go beyond the projection. */
  readonly unplaced: readonly number[];
}

/**
 * Tells which rasters have to be warped whatever the grid: any but those that are north-up in the CRS. Each distinct
 * CRS object is compared once. A raster that is nowhere is one of them.
 */
export function foreignTo(target: Crs): (raster: Pick<RasterProfile, 'affine' | 'crs'>) => boolean {
  const isSame = memoize((crs: Crs) => sameCrs(crs, target));
  return ({ crs, affine }) =>
    affine === null || crs === null || isRotated(affine) || isSouthUp(affine) || isMirrored(affine) || !isSame(crs);
}

/**
 * Whether a source has to be warped to be in the target: where it is in another CRS, rotated, south-up or mirrored,
 * and where the grid's pixels do not each lie in one pixel of the source. Mosaics can place such a source as it is,
 * but versions of GDAL differ in which of two neighbouring pixels they then read.
 */
export function needsWarp(source: PlacedRaster, { grid, crs }: WarpTarget): boolean {
  return foreignTo(crs)(source) || !liesOnLines(source, grid);
}

/** Whether the pixels of a raster that is north-up in a grid's CRS are whole pixels of the grid, or several each. */
export function liesOnLines(source: PlacedRaster, grid: PixelGrid): boolean {
  const [x, , left, , y, top] = grid.affine;
  const [a, , c, , e, f] = source.affine;
  return isOnLines((c - left) / x, a / x, source.width) && isOnLines((f - top) / y, e / y, source.height);
}

/** Whether pixels from an offset on, each `size` pixels of the grid long, begin and end on the grid's lines. */
function isOnLines(offset: number, size: number, count: number): boolean {
  return isWholePixels(size, count) && Math.abs(offset - Math.round(offset)) < WHOLE_PIXEL;
}

/**
 * The grid in a CRS that holds all sources, at the resolution that the strategy picks among theirs. A source that has
 * to be warped has the resolution that gdalwarp would give it. Around the antimeridian, the narrower of the two ways
 * is taken, so that x may run past 180 degrees.
 *
 * Where a source is north-up in the CRS and has the resolution that was picked, or one within a hundredth of it, the
 * grid's lines are that source's, so that its pixels are copied as they are; the edges move outwards by less than a
 * pixel. (A neighbouring UTM zone's pixels are a thousandth smaller or larger: no reason to resample all others.)
 * Else the top-left corner is that of the union. The size is rounded half up, as for sources in one CRS.
 */
export function suggestGrid(
  sources: readonly PlacedRaster[],
  crs: Crs,
  strategy: WarpResolutionStrategy,
): SuggestedGrid {
  const running = new RunningResolution(strategy);
  const contributions: Contribution[] = [];
  const unplaced: number[] = [];
  const isForeign = foreignTo(crs);
  for (const [index, source] of sources.entries()) {
    const contribution = isForeign(source) ? contributionOfWarped(warpedExtent(source, crs)) : contributionOf(source);
    if (contribution === null) {
      unplaced.push(index);
      continue;
    }
    contributions.push(contribution);
    running.add(...contribution.resolution);
  }
  if (contributions.length === 0) return { grid: null, unplaced };
  const native = nativeNear(contributions, [running.x, running.y], NEAR);
  const [x, y] = native?.resolution ?? [running.x, running.y];
  const [minX, minY, maxX, maxY] = boundsAround(contributions, native, turnWidth(crs));
  const [width, height] = [(maxX - minX) / x, (maxY - minY) / y].map((size) => Math.max(1, Math.trunc(size + 0.5)));
  return { grid: { affine: [x, 0, minX, 0, -y, maxY], width: width ?? 1, height: height ?? 1 }, unplaced };
}

/** Resolutions that differ by no more than this share of them are not told apart where a strategy picks one. */
export const NEAR = 0.01;

/** The first source that is north-up in the CRS and has a resolution, or one that differs by no more than a share. */
export function nativeNear(
  contributions: readonly Contribution[],
  [x, y]: readonly [number, number],
  share: number,
): Contribution | null {
  const isNear = (a: number, b: number) => Math.abs(a - b) <= share * b;
  const found = contributions.find(
    ({ affine, resolution }) => affine !== null && isNear(resolution[0], x) && isNear(resolution[1], y),
  );
  return found ?? null;
}

/** What a source that is north-up in the CRS contributes. */
export function contributionOf({ affine, width, height }: PlacedRaster): Contribution {
  return { bounds: bboxOfRaster(affine, width, height), resolution: [affine[0], -affine[4]], affine };
}

/** What a source that has to be warped contributes; null where it is not known where it lies. */
export function contributionOfWarped(extent: WarpedExtent | null): Contribution | null {
  if (extent === null || extent.outline === null || extent.resolution === null) return null;
  return { bounds: extent.outline, resolution: [extent.resolution, extent.resolution], affine: null };
}

/** The box around contributions, the short way around the Earth, and from there out to the lines of one of them. */
export function boundsAround(
  contributions: readonly Contribution[],
  native: Contribution | null,
  turn: number | null,
): BBox {
  const west = Float64Array.from(contributions, ({ bounds }) => bounds[0]);
  const east = Float64Array.from(contributions, ({ bounds }) => bounds[2]);
  const turns = turn === null ? null : shortestWay([west, east], turn);
  const union = contributions
    .map(({ bounds: [minX, minY, maxX, maxY] }, index): BBox => {
      const shift = (turns?.[index] ?? 0) * (turn ?? 0);
      return [minX + shift, minY, maxX + shift, maxY];
    })
    .reduce(unionBBox);
  return native === null || native.affine === null ? union : snapOutwards(union, native.affine);
}

/** The smallest box around another whose edges are lines of a grid. */
function snapOutwards([minX, minY, maxX, maxY]: BBox, [a, , c, , e, f]: Affine): BBox {
  const down = (value: number) => Math.floor(value + WHOLE_PIXEL);
  const up = (value: number) => Math.ceil(value - WHOLE_PIXEL);
  return [
    c + down((minX - c) / a) * a,
    f + up((minY - f) / e) * e,
    c + up((maxX - c) / a) * a,
    f + down((maxY - f) / e) * e,
  ];
}
