import {
  type Affine,
  type BBox,
  bboxOfRaster,
  type Crs,
  isMirrored,
  isRotated,
  isSouthUp,
  type PixelGrid,
  sameCrs,
  turnWidth,
  unionBBox,
} from '@inlay/geo';
import { type ResolutionStrategy, RunningResolution } from './resolution.ts';
import { type PlacedRaster, warpedExtent } from './warp-extent.ts';
import { ON_LINE, type WarpTarget } from './warp-placement.ts';

/** The strategies that have a resolution for every set of sources. */
export type WarpResolutionStrategy = Extract<ResolutionStrategy, 'finest' | 'coarsest' | 'average'>;

/** What a source contributes to the choice of a grid. */
interface Contribution {
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

/** Whether a source has to be warped whatever the grid: any but those that are north-up in the CRS. */
function isForeign({ crs, affine }: PlacedRaster, target: Crs): boolean {
  return !sameCrs(crs, target) || isRotated(affine) || isSouthUp(affine) || isMirrored(affine);
}

/**
 * Whether a source has to be warped to be in the target: where it is in another CRS, rotated, south-up or mirrored,
 * and where the grid's pixels do not each lie in one pixel of the source. Mosaics can place such a source as it is,
 * but versions of GDAL differ in which of two neighbouring pixels they then read.
 */
export function needsWarp(source: PlacedRaster, { grid, crs }: WarpTarget): boolean {
  if (isForeign(source, crs)) return true;
  const [x, , left, , y, top] = grid.affine;
  const [a, , c, , e, f] = source.affine;
  return !isOnLines((c - left) / x, a / x, source.width) || !isOnLines((f - top) / y, e / y, source.height);
}

/** Whether pixels from an offset on, each `size` pixels of the grid long, begin and end on the grid's lines. */
function isOnLines(offset: number, size: number, count: number): boolean {
  const whole = Math.round(size);
  return whole >= 1 && Math.abs(size - whole) * count < ON_LINE && Math.abs(offset - Math.round(offset)) < ON_LINE;
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
  for (const [index, source] of sources.entries()) {
    const contribution = contributionOf(source, crs);
    if (contribution === null) {
      unplaced.push(index);
      continue;
    }
    contributions.push(contribution);
    running.add(...contribution.resolution);
  }
  if (contributions.length === 0) return { grid: null, unplaced };
  const native = contributions.find(
    ({ affine, resolution }) => affine !== null && isNear(resolution[0], running.x) && isNear(resolution[1], running.y),
  );
  const [x, y] = native?.resolution ?? [running.x, running.y];
  const union = unionAround(
    contributions.map(({ bounds }) => bounds),
    turnWidth(crs),
  );
  const [minX, minY, maxX, maxY] = native?.affine ? snapOutwards(union, native.affine) : union;
  const [width, height] = [(maxX - minX) / x, (maxY - minY) / y].map((size) => Math.max(1, Math.trunc(size + 0.5)));
  return { grid: { affine: [x, 0, minX, 0, -y, maxY], width: width ?? 1, height: height ?? 1 }, unplaced };
}

/** Resolutions that differ by no more than this share of them are not told apart. */
const NEAR = 0.01;

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= NEAR * b;
}

function contributionOf(source: PlacedRaster, crs: Crs): Contribution | null {
  const { affine, width, height } = source;
  if (!isForeign(source, crs)) {
    return { bounds: bboxOfRaster(affine, width, height), resolution: [affine[0], -affine[4]], affine };
  }
  const extent = warpedExtent(source, crs);
  if (extent === null || extent.outline === null || extent.resolution === null) return null;
  return { bounds: extent.outline, resolution: [extent.resolution, extent.resolution], affine: null };
}

/** The union of boxes each of which may be shifted by whole turns: the one that leaves out the widest gap. */
function unionAround(boxes: readonly BBox[], turn: number | null): BBox {
  const plain = boxes.reduce(unionBBox);
  if (turn === null || plain[2] - plain[0] <= turn / 2) return plain;
  const shifted = boxes.map(([minX, minY, maxX, maxY]): BBox => {
    const turns = Math.floor((minX + turn / 2) / turn) * turn;
    return [minX - turns, minY, maxX - turns, maxY];
  });
  const fromWest = shifted.toSorted((first, second) => first[0] - second[0]);
  // Each box after a gap in turn as the western end: those west of it come round again in the east.
  const reaches = fromWest.map(([, , maxX]) => maxX);
  for (let index = 1; index < reaches.length; index += 1) {
    reaches[index] = Math.max(reaches[index] ?? NaN, reaches[index - 1] ?? NaN);
  }
  const easternmost = reaches.at(-1) ?? NaN;
  let start = 0;
  let narrowest = easternmost - (fromWest[0]?.[0] ?? NaN);
  for (const [index, [minX]] of fromWest.entries()) {
    const reach = reaches[index - 1] ?? Infinity;
    const width = Math.max(easternmost, reach + turn) - minX;
    if (minX > reach && width < narrowest - ROUNDING * turn) [start, narrowest] = [index, width];
  }
  const best = fromWest
    .map(([minX, minY, maxX, maxY], index): BBox => {
      const shift = index < start ? turn : 0;
      return [minX + shift, minY, maxX + shift, maxY];
    })
    .reduce(unionBBox);
  return best[2] - best[0] < plain[2] - plain[0] - ROUNDING * turn ? best : plain;
}

/** What widths may differ by for no reason, as a share of a turn. */
const ROUNDING = 1e-9;

/** The smallest box around another whose edges are lines of a grid. */
function snapOutwards([minX, minY, maxX, maxY]: BBox, [a, , c, , e, f]: Affine): BBox {
  const down = (value: number) => Math.floor(value + ON_LINE);
  const up = (value: number) => Math.ceil(value - ON_LINE);
  return [
    c + down((minX - c) / a) * a,
    f + up((minY - f) / e) * e,
    c + up((maxX - c) / a) * a,
    f + down((maxY - f) / e) * e,
  ];
}
