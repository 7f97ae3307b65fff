import { type DataType, isComplex, isRepresentable, type PixelGrid, sameNodata } from '@inlay/geo';
import { measureCoverage } from './coverage.ts';
import type { Placements, SourceRead, VrtBandPlan } from './plan.ts';

/** A rounding error of the areas. */
const ROUNDING = 1e-9;

/** Whether some output pixel may be painted by two sources. */
export function mayOverlap(grid: PixelGrid, placements: Placements): boolean {
  // Readers paint every pixel that a rectangle touches, so that sources meet in a pixel that none fills.
  if (!placements.dstRects.every(Number.isInteger)) return true;
  const { overlapped, total } = measureCoverage({ grid, placements });
  return overlapped > total * ROUNDING;
}

/** Whether what is below a source's pixels, and which of them are nodata, makes no difference to what is read. */
export function canBePlain(read: SourceRead, { nodata, pixelFunction }: VrtBandPlan, hidesMasked: boolean): boolean {
  if (read.constant !== null || read.maskThreshold !== null || pixelFunction !== null) return false;
  // What a mask hides may be painted where the output has the mask, or alpha, too, and nothing is to be put in its place.
  if (read.useMask) return hidesMasked && nodata === null;
  return read.nodata === null || sameNodata(read.nodata, nodata);
}

/** The read that takes all pixels as they are: readers copy them, and compare and convert nothing. */
export function asPlain(read: SourceRead): SourceRead {
  return { ...read, nodata: null, useMask: false, alphaBand: null };
}

/** Whether readers compute with the pixels, and do that less exactly than the types allow. */
export function isInexact(read: SourceRead, output: DataType): boolean {
  const isCompared = read.nodata !== null || read.useMask;
  return isCompared && (is64Bit(read.dataType) || is64Bit(output));
}

/** A read without nodata that readers do not look for. */
export function withoutVainNodata(read: SourceRead): SourceRead {
  const { nodata, dataType, maskThreshold } = read;
  if (nodata === null || maskThreshold !== null) return read;
  return isComplex(dataType) || !isRepresentable(nodata, dataType) ? { ...read, nodata: null } : read;
}

function is64Bit(dataType: DataType): boolean {
  return dataType === 'Int64' || dataType === 'UInt64';
}
