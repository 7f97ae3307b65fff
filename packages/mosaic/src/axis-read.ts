/** One axis of what is asked for: `cells` cells of equal size over the output's pixels [offset, offset + size). */
export interface AxisRequest {
  readonly offset: number;
  readonly size: number;
  readonly cells: number;
}

/** One axis of a placement. Offsets and sizes are pixels, of the source and of the output, possibly fractional. */
export interface AxisPlacement {
  readonly srcOffset: number;
  readonly srcSize: number;
  readonly dstOffset: number;
  readonly dstSize: number;
  /** Pixels of the whole source. */
  readonly sourceLength: number;
}

/** One axis of what a placement contributes to a request. */
export interface AxisRead {
  /** Whole pixels of the source, 0-based. */
  readonly start: number;
  readonly length: number;
  /** The same without rounding. */
  readonly exactStart: number;
  readonly exactLength: number;
  /** The cells that are filled: the first of them, 0-based, and how many. */
  readonly cell: number;
  readonly cells: number;
}

/** What rounding leaves: nearer to a whole number than this, in pixels or cells, is one (GDAL's reader). */
const NEARLY = 1e-3;

/** Offsets that are whole but for this do not make GDAL 3.12 round. */
const EXACT = 1e-10;

/**
 * Which pixels of a source fill which cells, along one axis, as GDAL's reader works it out (gdal.org, "VRT", SrcRect and
 * DstRect; measured on 3.12 and 3.13). A source fills every cell that it touches by more than a thousandth: where
 * rectangles are fractional, neighbours overlap by a cell, and the later one wins.
 *
 * @param rounds the source window begins at the nearest pixel instead of the one that the exact offset lies in: what
 *   GDAL does since 3.12 when it reads the nearest pixel and {@link hasFractionalOffset} holds
 * @returns null where no cell is filled
 */
export function readAlongAxis(request: AxisRequest, placement: AxisPlacement, rounds: boolean): AxisRead | null {
  const { offset, size, cells } = request;
  const { srcOffset, srcSize, dstOffset, dstSize, sourceLength } = placement;
  const [end, dstEnd] = [offset + size, dstOffset + dstSize];
  if (offset >= dstEnd || end <= dstOffset) return null;
  const first = Math.max(offset, dstOffset);
  const last = Math.min(end, dstEnd);
  let isClipped = first !== offset || last !== end;

  const scale = srcSize / dstSize;
  let exactStart = (first - dstOffset) * scale + srcOffset;
  let exactLength = (last - first) * scale;
  if (exactStart < 0) {
    exactLength += exactStart;
    exactStart = 0;
    isClipped = true;
  }
  let start = rounds ? Math.trunc(exactStart + 0.5 + EXACT) : Math.floor(exactStart);
  if (exactStart - start > 1 - NEARLY) start += 1;
  let length = Math.max(1, Math.floor(exactLength + 0.5));
  if (start + length > sourceLength) {
    length = sourceLength - start;
    isClipped = true;
  }
  if (exactStart + exactLength > sourceLength) {
    exactLength = sourceLength - exactStart;
    isClipped = true;
  }
  if (start >= sourceLength || length <= 0) return null;
  if (!isClipped) {
    return {
      start,
      length,
      exactStart: nearlyWhole(exactStart),
      exactLength: nearlyWhole(exactLength),
      cell: 0,
      cells,
    };
  }

  const cellsPerPixel = cells / size;
  const left = (((exactStart - srcOffset) / srcSize) * dstSize + dstOffset - offset) * cellsPerPixel;
  const right = (((exactStart + exactLength - srcOffset) / srcSize) * dstSize + dstOffset - offset) * cellsPerPixel;
  if (right < left) return null;
  const cell = left <= 0 ? 0 : Math.trunc(left + NEARLY);
  const sourcePixels = (cellCount: number) => (cellCount / cellsPerPixel / dstSize) * srcSize;
  const before = sourcePixels(left - cell);
  exactStart -= before;
  exactLength += before;
  const cellEnd = Math.ceil(right - NEARLY);
  const filled = Math.min(cellEnd - cell, cells - cell);
  exactLength += sourcePixels(cellEnd - right);
  if (filled < 1) return null;
  return {
    start,
    length,
    exactStart: nearlyWhole(exactStart),
    exactLength: nearlyWhole(exactLength),
    cell,
    cells: filled,
  };
}

/** Whether one of a placement's offsets is not whole: either axis decides for both. */
export function hasFractionalOffset(...offsets: readonly number[]): boolean {
  return offsets.some((offset) => Math.abs(offset - Math.round(offset)) > EXACT);
}

function nearlyWhole(pixels: number): number {
  const nearest = Math.round(pixels);
  return Math.abs(nearest - pixels) < NEARLY ? nearest : pixels;
}
