import type { BBox, PixelGrid } from '@inlay/geo';
import type { TurnRanges } from './earth-frame.ts';
import type { Misalignment } from './misalignment.ts';
import type { Placements } from './plan.ts';
import { ownPixels, PlacementColumns, type Span } from './placement-columns.ts';
import type { VrtSourceInput } from './problem.ts';
import { affineOf } from './source-place.ts';
import { isWholePixels, toWholePixels } from './whole-pixels.ts';

/** What sources are placed in. */
export interface Destination {
  readonly grid: PixelGrid;
  /** What the grid was made to cover; its top-left corner is the grid's. */
  readonly extent: BBox;
  /** The whole turns that sources are shifted by; null where none is. */
  readonly turns: TurnRanges | null;
  /** See `PlanOptions.snap`. */
  readonly snaps: boolean;
  /** Told of every source that is placed. */
  readonly misalignment: Misalignment;
}

/**
 * Where each source is read from and what it fills, in the order sent; sources that fill no part of the grid are
 * left out. The arithmetic is gdalbuildvrt's, operation by operation, so that the rectangles are the same to the
 * last bit. The sources must be north-up and in the grid's CRS.
 *
 * @param variants variant of each source, by its position in the order sent; negative for one to leave out
 */
export function placeSources(
  sources: readonly VrtSourceInput[],
  destination: Destination,
  variants: Int32Array,
): Placements {
  const columns = new PlacementColumns(sources.length);
  const place = sourcePlacer(destination, columns);
  for (const [index, source] of sources.entries()) {
    const variant = variants[index] ?? 0;
    if (variant >= 0) place(source, index, variant);
  }
  return columns.done();
}

/** Adds where a source lies to the columns: nowhere, once, or once at each of several turns. */
export function sourcePlacer(
  { grid, extent: [minX, minY, maxX, maxY], turns, snaps, misalignment }: Destination,
  columns: PlacementColumns,
): (source: VrtSourceInput, index: number, variant: number) => void {
  const [xResolution, , , , yStep] = grid.affine;
  const across = { start: minX, end: maxX, pixels: grid.width, resolution: xResolution };
  // Down the page everything grows when the signs are turned round.
  const down = { start: -maxY, end: -minY, pixels: grid.height, resolution: -yStep };
  return ({ profile }, index, variant) => {
    const [a, , c, , e, f] = affineOf(profile);
    const { width, height } = profile;
    const isMoved = snaps && isWholePixels(a / xResolution, width) && isWholePixels(e / yStep, height);
    const place = isMoved ? snapAxis : placeAxis;
    const y = place(-f, height, -e, down);
    if (y === null) return;
    const last = turns?.last[index] ?? 0;
    for (let at = turns?.first[index] ?? 0; at <= last; at += 1) {
      const x = place(turns === null ? c : c + at * turns.turn, width, a, across);
      if (x === null) continue;
      misalignment.add(index, x.start, y.start, isMoved);
      columns.add(index, variant, profile, x, y);
    }
  };
}

/** Places each source over the whole grid, which has its size: see {@link placeSources}, for rasters that lie nowhere. */
export function placeWhole(
  sources: readonly VrtSourceInput[],
  { grid: { width, height } }: Destination,
  variants: Int32Array,
): Placements {
  const columns = new PlacementColumns(sources.length);
  for (const [index, { profile }] of sources.entries()) {
    const variant = variants[index] ?? 0;
    if (variant >= 0) columns.add(index, variant, profile, ownPixels(0, width), ownPixels(0, height));
  }
  return columns.done();
}

/** One axis of the output. Coordinates grow with the pixels. */
interface Axis {
  readonly start: number;
  readonly end: number;
  readonly pixels: number;
  readonly resolution: number;
}

/** One axis of a source. */
interface AxisPlacement extends Span {
  /** Where in the output the source begins, before it is cut or moved, in pixels. */
  readonly start: number;
}

/**
 * Places a source along one axis. All coordinates grow with the pixels.
 * @returns null where the source fills no part of the output
 */
function placeAxis(
  sourceStart: number,
  sourcePixels: number,
  sourceResolution: number,
  { start, end, pixels, resolution }: Axis,
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
  const wholeOffset = toWholePixels(dstOffset);
  const placement = {
    start: sourceStart < start ? toWholePixels((sourceStart - start) / resolution) : wholeOffset,
    srcOffset: toWholePixels(srcOffset),
    srcSize: toWholePixels(srcSize),
    dstOffset: wholeOffset,
    dstSize: toWholePixels(dstSize),
  };
  return placement.srcSize > 0 && placement.dstSize > 0 ? placement : null;
}

/**
 * Places a source whose pixels are whole numbers of the output's along one axis, moved by up to half a pixel of the
 * output so that it begins on a line of the grid.
 */
function snapAxis(
  sourceStart: number,
  sourcePixels: number,
  sourceResolution: number,
  { start, pixels, resolution }: Axis,
): AxisPlacement | null {
  const parts = Math.round(sourceResolution / resolution);
  const exact = toWholePixels((sourceStart - start) / resolution);
  const offset = Math.floor(exact + 0.5);
  const [dstOffset, dstEnd] = [Math.max(0, offset), Math.min(pixels, offset + sourcePixels * parts)];
  const dstSize = dstEnd - dstOffset;
  if (dstSize <= 0) return null;
  return { start: exact, srcOffset: (dstOffset - offset) / parts, srcSize: dstSize / parts, dstOffset, dstSize };
}
