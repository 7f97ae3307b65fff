import type { BBox, PixelGrid } from '@inlay/geo';
import type { Placements } from './plan.ts';
import type { VrtSourceInput } from './problem.ts';
import { affineOf } from './target-grid.ts';

/**
 * Where each source is read from and what it fills, in the order sent; sources that fill no part of the grid are
 * left out. The arithmetic is gdalbuildvrt's, operation by operation, so that the rectangles are the same to the
 * last bit. The sources must be north-up and in the grid's CRS.
 *
 * @param extent what the grid was made to cover; its top-left corner is the grid's
 * @param variants variant of each source, by its position in the order sent; negative for one to leave out
 */
export function placeSources(
  sources: readonly VrtSourceInput[],
  grid: PixelGrid,
  extent: BBox,
  variants: Int32Array,
): Placements {
  const sourceIndex = new Int32Array(sources.length);
  const sourceWidth = new Int32Array(sources.length);
  const sourceHeight = new Int32Array(sources.length);
  const placedVariants = new Int32Array(sources.length);
  const srcRects = new Float64Array(4 * sources.length);
  const dstRects = new Float64Array(4 * sources.length);
  const [minX, minY, maxX, maxY] = extent;
  const [xResolution, , , , yStep] = grid.affine;
  const yResolution = -yStep;

  let count = 0;
  for (const [index, { profile }] of sources.entries()) {
    const variant = variants[index] ?? 0;
    if (variant < 0) continue;
    const [a, , c, , e, f] = affineOf(profile);
    const across = placeAxis(c, profile.width, a, minX, maxX, grid.width, xResolution);
    if (across === null) continue;
    // Down the page everything grows when the signs are turned round.
    const down = placeAxis(-f, profile.height, -e, -maxY, -minY, grid.height, yResolution);
    if (down === null) continue;
    sourceIndex[count] = index;
    sourceWidth[count] = profile.width;
    sourceHeight[count] = profile.height;
    placedVariants[count] = variant;
    setRect(srcRects, count, across.srcOffset, down.srcOffset, across.srcSize, down.srcSize);
    setRect(dstRects, count, across.dstOffset, down.dstOffset, across.dstSize, down.dstSize);
    count += 1;
  }
  return {
    count,
    sourceIndex: sourceIndex.subarray(0, count),
    variant: placedVariants.subarray(0, count),
    sourceWidth: sourceWidth.subarray(0, count),
    sourceHeight: sourceHeight.subarray(0, count),
    srcRects: srcRects.subarray(0, 4 * count),
    dstRects: dstRects.subarray(0, 4 * count),
  };
}

function setRect(rects: Float64Array, placement: number, x: number, y: number, width: number, height: number): void {
  const at = 4 * placement;
  rects[at] = x;
  rects[at + 1] = y;
  rects[at + 2] = width;
  rects[at + 3] = height;
}

/** Places each source over the whole grid, which has its size: see {@link placeSources}, for rasters that lie nowhere. */
export function placeWhole(
  sources: readonly VrtSourceInput[],
  grid: PixelGrid,
  _extent: BBox,
  variants: Int32Array,
): Placements {
  const indexes = Int32Array.from(variants.keys()).filter((index) => (variants[index] ?? 0) >= 0);
  const count = indexes.length;
  const rects = new Float64Array(4 * count).map((_, at) => [0, 0, grid.width, grid.height][at % 4] ?? 0);
  return {
    count,
    sourceIndex: indexes,
    variant: indexes.map((index) => variants[index] ?? 0),
    sourceWidth: indexes.map((index) => sources[index]?.profile.width ?? grid.width),
    sourceHeight: indexes.map((index) => sources[index]?.profile.height ?? grid.height),
    srcRects: rects,
    dstRects: rects.slice(),
  };
}

/** One axis of SrcRect and DstRect, in pixels of the source and of the output. */
interface AxisPlacement {
  readonly srcOffset: number;
  readonly srcSize: number;
  readonly dstOffset: number;
  readonly dstSize: number;
}

/**
 * Places a source along one axis. All coordinates grow with the pixels.
 * @returns null where the source fills no part of the output
 */
function placeAxis(
  sourceStart: number,
  sourcePixels: number,
  sourceResolution: number,
  start: number,
  end: number,
  pixels: number,
  resolution: number,
): AxisPlacement | null {
  const sourceEnd = sourceStart + sourcePixels * sourceResolution;
  if (sourceEnd <= start || sourceStart >= end) return null;

  let srcOffset = 0;
  let dstOffset = 0;
  if (sourceStart < start) srcOffset = (start - sourceStart) / sourceResolution;
  else dstOffset = (sourceStart - start) / resolution;

  const scale = sourceResolution / resolution;
  let srcSize = srcOffset > 0 ? sourcePixels - srcOffset : sourcePixels;
  let dstSize = srcSize * scale;
  if (dstOffset + dstSize > pixels) {
    dstSize = pixels - dstOffset;
    srcSize = dstSize / scale;
  }
  // gdalbuildvrt drops what is empty before rounding, and can so write a size of 0, which no GDAL reads back.
  const placement = {
    srcOffset: snap(srcOffset),
    srcSize: snap(srcSize),
    dstOffset: snap(dstOffset),
    dstSize: snap(dstSize),
  };
  return placement.srcSize > 0 && placement.dstSize > 0 ? placement : null;
}

/** Whole pixels where it is within a thousandth of one: what rounding errors in affines leave. */
function snap(pixels: number): number {
  const nearest = Math.floor(pixels + 0.5);
  return Math.abs(nearest - pixels) < 1e-3 ? nearest : pixels;
}
