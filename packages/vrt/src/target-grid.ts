import type { Affine, PixelGrid } from '@inlay/geo';
import { named, nameOf, type Problem, type VrtKind, type VrtSourceInput } from './problem.ts';

/** Whose resolution the output has: the smallest pixel's, the largest pixel's, or the mean of all. */
export type ResolutionStrategy = 'finest' | 'coarsest' | 'average';

/** The output grid, or the reasons why there is none. */
export interface GridChoice {
  /** Null exactly where `problems` is not empty. */
  readonly grid: PixelGrid | null;
  readonly problems: readonly Problem[];
}

/** Widest and highest raster that GDAL addresses: sizes are 32-bit signed integers. */
const MAX_SIZE = 2 ** 31 - 1;

/** Offsets are exact to this share of a pixel; see `placeSources`. */
const OFFSET_PRECISION = 1e-3;

/**
 * The grid that covers all sources at the resolution that the strategy picks for x and y independently, as
 * gdalbuildvrt computes it. Its corner is the top-left of the union. The size is rounded **half up**, so that the
 * far edges lie within half a pixel of the union's, on either side.
 *
 * The sources must be north-up and in one CRS.
 */
export function chooseGrid(
  sources: readonly VrtSourceInput[],
  strategy: ResolutionStrategy,
  kind: VrtKind,
): GridChoice {
  const [minX, minY, maxX, maxY] = unionOf(sources);
  const [xResolution, yResolution] = chooseResolution(sources, strategy);
  const width = Math.trunc(0.5 + (maxX - minX) / xResolution);
  const height = Math.trunc(0.5 + (maxY - minY) / yResolution);

  const problems: Problem[] = [];
  if (!isSize(width) || !isSize(height)) problems.push(tooLarge(sources, kind, width, height));
  if (
    !tellsPixelsApart(xResolution, Math.max(Math.abs(minX), Math.abs(maxX))) ||
    !tellsPixelsApart(yResolution, Math.max(Math.abs(minY), Math.abs(maxY)))
  ) {
    problems.push(tooFine(sources, kind, xResolution, yResolution));
  }
  if (problems.length > 0) return { grid: null, problems };
  return { grid: { affine: [xResolution, 0, minX, 0, -yResolution, maxY], width, height }, problems };
}

/** `[minX, minY, maxX, maxY]` of all sources, in their CRS. */
function unionOf(sources: readonly VrtSourceInput[]): [number, number, number, number] {
  let minX = Infinity;
  let minY = Infinity;
  let maxX = -Infinity;
  let maxY = -Infinity;
  for (const { profile } of sources) {
    const [a, , c, , e, f] = affineOf(profile);
    const right = c + profile.width * a;
    const bottom = f + profile.height * e;
    if (c < minX) minX = c;
    if (bottom < minY) minY = bottom;
    if (right > maxX) maxX = right;
    if (f > maxY) maxY = f;
  }
  return [minX, minY, maxX, maxY];
}

/**
 * Positive lengths of a pixel's sides. The average is a running mean in the order of the sources (GDAL 3.7 and
 * later): exact where all are equal, and otherwise different from sum / count in the last bits.
 */
function chooseResolution(sources: readonly VrtSourceInput[], strategy: ResolutionStrategy): [number, number] {
  let x = NaN;
  let y = NaN;
  for (const [index, { profile }] of sources.entries()) {
    const [a, , , , e] = affineOf(profile);
    if (index === 0) {
      x = a;
      y = -e;
    } else if (strategy === 'finest') {
      x = Math.min(x, a);
      y = Math.min(y, -e);
    } else if (strategy === 'coarsest') {
      x = Math.max(x, a);
      y = Math.max(y, -e);
    } else {
      x += (a - x) / (index + 1);
      y += (-e - y) / (index + 1);
    }
  }
  return [x, y];
}

/** The affine of a source whose geometry has been checked. */
export function affineOf({ affine }: { readonly affine: Affine | null }): Affine {
  if (affine === null) throw new TypeError('the source has no affine: check compatibility before placing it');
  return affine;
}

function isSize(size: number): boolean {
  return size >= 1 && size <= MAX_SIZE;
}

/** Whether doubles near the coordinate are dense enough to say where in a pixel a point is. */
function tellsPixelsApart(resolution: number, coordinate: number): boolean {
  return resolution * OFFSET_PRECISION > coordinate * Number.EPSILON;
}

function tooLarge(sources: readonly VrtSourceInput[], kind: VrtKind, width: number, height: number): Problem {
  const { source, index } = finestSource(sources);
  return {
    index,
    type: 'too_large_output',
    field: 'size',
    message: `${titled(nameOf(kind))} would be ${width} x ${height} pixels: the sources lie too far apart for their resolution. ${named(source)} has the finest`,
    expected: `1 to ${MAX_SIZE} pixels a side`,
    actual: `${width} x ${height}`,
    fix: 'leave out the source that lies far from the others or whose resolution is wrong, or choose a coarser resolution_strategy',
  };
}

function tooFine(sources: readonly VrtSourceInput[], kind: VrtKind, x: number, y: number): Problem {
  const { source, index } = finestSource(sources);
  return {
    index,
    type: 'resolution_too_fine',
    field: 'resolution',
    message: `${titled(nameOf(kind))} would have pixels of ${x} x ${y}, too small to place at its coordinates. ${named(source)} has the finest`,
    expected: 'pixels that double-precision coordinates tell apart',
    actual: `${x} x ${y}`,
    fix: 'leave out the source with the wrong resolution, or choose a coarser resolution_strategy',
  };
}

function finestSource(sources: readonly VrtSourceInput[]): { source: VrtSourceInput; index: number } {
  let finest: { source: VrtSourceInput; index: number; area: number } | null = null;
  for (const [index, source] of sources.entries()) {
    const [a, , , , e] = affineOf(source.profile);
    if (finest === null || a * -e < finest.area) finest = { source, index, area: a * -e };
  }
  if (finest === null) throw new TypeError('a grid was asked for without a source');
  return finest;
}

function titled(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
