import type { Placements } from './plan.ts';

/** One axis of a SrcRect and a DstRect, in pixels of the source and of the output. */
export interface Span {
  readonly srcOffset: number;
  readonly srcSize: number;
  readonly dstOffset: number;
  readonly dstSize: number;
}

/** Collects placements in columns that grow as they are filled. */
export class PlacementColumns {
  #count = 0;
  #sourceIndex: Int32Array;
  #variant: Int32Array;
  #sourceWidth: Int32Array;
  #sourceHeight: Int32Array;
  #srcRects: Float64Array;
  #dstRects: Float64Array;

  /** @param expected number of placements; more of them take some time to make room for */
  constructor(expected: number) {
    this.#sourceIndex = new Int32Array(expected);
    this.#variant = new Int32Array(expected);
    this.#sourceWidth = new Int32Array(expected);
    this.#sourceHeight = new Int32Array(expected);
    this.#srcRects = new Float64Array(4 * expected);
    this.#dstRects = new Float64Array(4 * expected);
  }

  /**
   * Adds a placement.
   * @param size of the source, full
   */
  add(
    sourceIndex: number,
    variant: number,
    size: { readonly width: number; readonly height: number },
    across: Span,
    down: Span,
  ): void {
    if (this.#count === this.#sourceIndex.length) this.#grow();
    const at = this.#count;
    this.#sourceIndex[at] = sourceIndex;
    this.#variant[at] = variant;
    this.#sourceWidth[at] = size.width;
    this.#sourceHeight[at] = size.height;
    setRect(this.#srcRects, at, across.srcOffset, down.srcOffset, across.srcSize, down.srcSize);
    setRect(this.#dstRects, at, across.dstOffset, down.dstOffset, across.dstSize, down.dstSize);
    this.#count += 1;
  }

  /** What was added, as it was added. */
  done(): Placements {
    const count = this.#count;
    return {
      count,
      sourceIndex: this.#sourceIndex.subarray(0, count),
      variant: this.#variant.subarray(0, count),
      sourceWidth: this.#sourceWidth.subarray(0, count),
      sourceHeight: this.#sourceHeight.subarray(0, count),
      srcRects: this.#srcRects.subarray(0, 4 * count),
      dstRects: this.#dstRects.subarray(0, 4 * count),
    };
  }

  #grow(): void {
    const more = 16 + this.#count;
    const longer = (column: Int32Array) => grown(column, new Int32Array(this.#count + more));
    const longerRects = (column: Float64Array) => grown(column, new Float64Array(4 * (this.#count + more)));
    this.#sourceIndex = longer(this.#sourceIndex);
    this.#variant = longer(this.#variant);
    this.#sourceWidth = longer(this.#sourceWidth);
    this.#sourceHeight = longer(this.#sourceHeight);
    this.#srcRects = longerRects(this.#srcRects);
    this.#dstRects = longerRects(this.#dstRects);
  }
}

function setRect(rects: Float64Array, placement: number, x: number, y: number, width: number, height: number): void {
  const at = 4 * placement;
  rects[at] = x;
  rects[at + 1] = y;
  rects[at + 2] = width;
  rects[at + 3] = height;
}

function grown<Column extends Int32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}

/** An axis of a source whose pixels are the output's own, from one of them on. */
export function ownPixels(offset: number, size: number): Span {
  return { srcOffset: offset, srcSize: size, dstOffset: offset, dstSize: size };
}
