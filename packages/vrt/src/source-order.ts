import { VrtError } from './error.ts';
import type { Placements } from './plan.ts';
import type { CompatibleOptions, PlanOptions } from './plan-options.ts';

/** What can decide which of two sources lies on top: the newer, the finer, or the one with fewer clouds. */
export const SOURCE_ORDERS = ['datetime', 'resolution', 'cloud_cover'] as const;

export type SourceOrder = (typeof SOURCE_ORDERS)[number];

/** Whether a source with a greater key lies higher. */
const GREATER_IS_HIGHER: Readonly<Record<SourceOrder, boolean>> = {
  datetime: true,
  resolution: false,
  cloud_cover: false,
};

/**
 * The positions of sources from the bottom to the top, for `PlanOptions.paintOrder`: the newest on top, the one with the
 * smallest pixels, or the one with the least cloud cover. Sources whose key is unknown lie below all others, and those
 * with equal keys in the order sent, the last of them on top.
 *
 * @param keys by position in the order sent: milliseconds since 1970, the length of a pixel's side in units that all have
 *   in common, or per cent of clouds; null or NaN where unknown
 */
export function paintOrder(keys: ArrayLike<number | null>, by: SourceOrder): Int32Array {
  const sign = GREATER_IS_HIGHER[by] ? 1 : -1;
  const heights = Float64Array.from(keys, (key) => (key === null || Number.isNaN(key) ? -Infinity : sign * key));
  const order = Int32Array.from(heights.keys());
  // Infinities minus themselves are NaN, so that heights are compared and not subtracted.
  return order.sort((a, b) => {
    const [heightA = 0, heightB = 0] = [heights[a], heights[b]];
    return heightA === heightB ? a - b : heightA < heightB ? -1 : 1;
  });
}

/**
 * The positions of sources in document order, which readers paint in; null where that is the order sent. What is first in
 * the order that is asked for has to be painted last for `first` to be on top.
 * @throws {VrtError} `vrt/invalid-option` where `paintOrder` does not hold each source's position once
 */
export function documentOrder(sourceCount: number, options: PlanOptions | CompatibleOptions): Int32Array | null {
  // Compatible means in the order sent, and gdalbuildvrt knows no function `first`.
  if ('mode' in options) return null;
  const isReversed = options.pixelFunction?.name === 'first';
  if (options.paintOrder === undefined) {
    return isReversed ? Int32Array.from({ length: sourceCount }, (_, place) => sourceCount - 1 - place) : null;
  }
  const order = Int32Array.from(options.paintOrder);
  checkPermutation(options.paintOrder, sourceCount);
  return isReversed ? order.reverse() : order;
}

function checkPermutation(order: Int32Array | readonly number[], sourceCount: number): void {
  const refuse = (actual: string): never => {
    throw new VrtError(
      'vrt/invalid-option',
      `paintOrder cannot ${actual}: give the position of each of the ${sourceCount} sources once, from the bottom to the top`,
      { details: { option: 'paintOrder' } },
    );
  };
  if (order.length !== sourceCount) refuse(`have ${order.length} positions`);
  const isSeen = new Uint8Array(sourceCount);
  for (const position of order) {
    if (!Number.isInteger(position) || position < 0 || position >= sourceCount) refuse(`hold ${position}`);
    if (isSeen[position] === 1) refuse(`hold ${position} twice`);
    isSeen[position] = 1;
  }
}

/** The placements in document order; those of one source stay together and in their order. Linear. */
export function inDocumentOrder(placements: Placements, order: Int32Array | null): Placements {
  if (order === null) return placements;
  const { count, sourceIndex, srcRects, dstRects } = placements;
  const rank = new Int32Array(order.length);
  for (const [place, source] of order.entries()) rank[source] = place;
  // A counting sort: first how many placements come before each source's, then where each of them goes.
  const next = new Int32Array(order.length + 1);
  for (const source of sourceIndex) next[rank[source]! + 1]! += 1;
  for (let place = 0; place < order.length; place += 1) next[place + 1]! += next[place]!;
  const from = new Int32Array(count);
  for (const [placement, source] of sourceIndex.entries()) {
    from[next[rank[source]!]!] = placement;
    next[rank[source]!]! += 1;
  }
  const column = (values: Int32Array): Int32Array => from.map((placement) => values[placement]!);
  const rects = (values: Float64Array): Float64Array =>
    new Float64Array(4 * count).map((_, at) => values[4 * from[at >> 2]! + (at & 3)]!);
  return {
    count,
    sourceIndex: column(sourceIndex),
    variant: column(placements.variant),
    sourceWidth: column(placements.sourceWidth),
    sourceHeight: column(placements.sourceHeight),
    srcRects: rects(srcRects),
    dstRects: rects(dstRects),
  };
}
