import type { Placements } from './plan.ts';

/** `[xOff, yOff, xSize, ySize]` of a SrcRect or DstRect, in pixels. */
export type Rect = readonly [xOff: number, yOff: number, xSize: number, ySize: number];

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
    srcRect: Rect,
    dstRect: Rect,
  ): void {
    if (this.#count === this.#sourceIndex.length) this.#grow();
    const at = this.#count;
    this.#sourceIndex[at] = sourceIndex;
    this.#variant[at] = variant;
    this.#sourceWidth[at] = size.width;
    this.#sourceHeight[at] = size.height;
    setRect(this.#srcRects, at, srcRect);
    setRect(this.#dstRects, at, dstRect);
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

function setRect(rects: Float64Array, placement: number, rect: Rect): void {
  const at = 4 * placement;
  rects[at] = rect[0];
  rects[at + 1] = rect[1];
  rects[at + 2] = rect[2];
  rects[at + 3] = rect[3];
}

function grown<Column extends Int32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
