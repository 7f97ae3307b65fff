import type { PixelGrid, Window } from '@inlay/geo';
import type { Placements } from './plan.ts';

/** A part of an output, in whole pixels, and what is painted in it. */
export interface Region {
  readonly window: Window;
  /** Positions in the plan's placements, ascending: what was on top stays on top. */
  readonly members: Int32Array;
}

export interface RegionOptions {
  /** Regions with more members than this are cut again. */
  readonly target: number;
  /** Placements up to this many pixels to the left of a region or above it are members too; at least 0. */
  readonly margin: number;
}

/**
 * Cuts an output into windows that cover it without overlapping, by halving what is too full at edges of sources (a
 * k-d tree, Bentley 1975): n log n for n placements. A placement is a member of every region that it paints in.
 *
 * A region that lies to the right of another or below it comes after it. Regions stay fuller than the target where no
 * cut would relieve them: where very many sources lie on top of each other, and once the placements that belong to
 * several regions have doubled the number of members.
 */
export function cutIntoRegions(placements: Placements, grid: PixelGrid, options: RegionOptions): Region[] {
  const edges = paintedEdges(placements, grid);
  const everything: Part = {
    bounds: [0, 0, grid.width, grid.height],
    members: Int32Array.from({ length: placements.count }, (_, placement) => placement),
    isFinal: placements.count === 0,
  };
  let parts: readonly Part[] = [everything];
  let spare = placements.count;
  // Level by level, so that what is spare is not used up in one corner.
  while (parts.some(({ isFinal }) => !isFinal)) {
    parts = parts.flatMap((part): Part[] => {
      if (part.isFinal) return [part];
      const cut = part.members.length > options.target ? bestCut(part, edges, options.margin) : null;
      if (cut === null || cut.sharedCount > spare) return [{ ...part, isFinal: true }];
      spare -= cut.sharedCount;
      return halves(part, cut, edges, options.margin);
    });
  }
  return parts.map(({ bounds: [left, top, right, bottom], members }) => ({
    window: { colOff: left, rowOff: top, width: right - left, height: bottom - top },
    members,
  }));
}

/** By axis (0 across the columns, 1 down the rows), then by placement. */
interface Edges {
  readonly near: readonly [left: Int32Array, top: Int32Array];
  readonly far: readonly [right: Int32Array, bottom: Int32Array];
}

type Axis = 0 | 1;

/** A region that may yet be cut. */
interface Part {
  readonly bounds: readonly [left: number, top: number, right: number, bottom: number];
  readonly members: Int32Array;
  readonly isFinal: boolean;
}

/** A line between two pixels: before column (axis 0) or row (axis 1) `at`. */
interface Cut {
  readonly axis: Axis;
  readonly at: number;
  readonly firstCount: number;
  readonly secondCount: number;
  /** How many of them are members on both sides. */
  readonly sharedCount: number;
}

/** The whole pixels that placements paint: readers paint every pixel that a rectangle touches. */
function paintedEdges({ count, dstRects }: Placements, { width, height }: PixelGrid): Edges {
  const [left, top] = [new Int32Array(count), new Int32Array(count)];
  const [right, bottom] = [new Int32Array(count), new Int32Array(count)];
  for (let placement = 0, at = 0; placement < count; placement += 1, at += 4) {
    left[placement] = Math.max(0, Math.floor(dstRects[at]!));
    top[placement] = Math.max(0, Math.floor(dstRects[at + 1]!));
    right[placement] = Math.min(width, Math.ceil(dstRects[at]! + dstRects[at + 2]!));
    bottom[placement] = Math.min(height, Math.ceil(dstRects[at + 1]! + dstRects[at + 3]!));
  }
  return { near: [left, top], far: [right, bottom] };
}

/** The fuller side of a cut that relieves a part has at most this share of its members. */
const LARGEST_SHARE = 0.75;

/** How much cheaper a cut that makes a long part narrower must be than one that makes it shorter. */
const NARROWING_DISCOUNT = 0.75;

/** Null where no cut relieves the part. */
function bestCut(part: Part, edges: Edges, margin: number): Cut | null {
  const [left, top, right, bottom] = part.bounds;
  const longer: Axis = right - left >= bottom - top ? 0 : 1;
  const shortening = bestCutAlong(longer, part, edges, margin);
  const leastCost = part.members.length / 2;
  // A window of any place touches the fewest regions when they are square.
  if (shortening !== null && NARROWING_DISCOUNT * cost(shortening) <= leastCost) return shortening;
  const narrowing = bestCutAlong(longer === 0 ? 1 : 0, part, edges, margin);
  if (shortening === null || narrowing === null) return shortening ?? narrowing;
  return cost(narrowing) < NARROWING_DISCOUNT * cost(shortening) ? narrowing : shortening;
}

function bestCutAlong(axis: Axis, { bounds, members }: Part, edges: Edges, margin: number): Cut | null {
  const [near, far] = [edges.near[axis], edges.far[axis]];
  let best: Cut | null = null;
  for (const at of positionsToCut(near, members, bounds[axis])) {
    let firstCount = 0;
    let secondCount = 0;
    for (let index = 0; index < members.length; index += 1) {
      const member = members[index]!;
      if (near[member]! < at) firstCount += 1;
      if (far[member]! > at - margin) secondCount += 1;
    }
    if (Math.max(firstCount, secondCount) > LARGEST_SHARE * members.length) continue;
    const cut: Cut = { axis, at, firstCount, secondCount, sharedCount: firstCount + secondCount - members.length };
    if (best === null || cost(cut) < cost(best)) best = cut;
  }
  return best;
}

/** What is shared is written, kept and parsed twice; that one side is fuller costs only balance. */
function cost({ firstCount, secondCount, sharedCount }: Cut): number {
  return Math.max(firstCount, secondCount) + 4 * sharedCount;
}

/** Medians of this many members are within some two per cent of the middle. */
const SAMPLE_SIZE = 1023;

/** The fractional part of the golden ratio: its multiples, modulo 1, are spread evenly, whatever their number. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Where members begin, about the middle of them: a grid of tiles is cut between tiles. */
function positionsToCut(near: Int32Array, members: Int32Array, start: number): ReadonlySet<number> {
  const isSampled = members.length > SAMPLE_SIZE;
  const inside: number[] = [];
  for (let index = 0; index < Math.min(members.length, SAMPLE_SIZE); index += 1) {
    // Every so many-th would be the same column of every row, where rows are of a likely length.
    const member = members[isSampled ? Math.floor(((index * GOLDEN) % 1) * members.length) : index]!;
    if (near[member]! > start) inside.push(near[member]!);
  }
  const sorted = Int32Array.from(inside).sort();
  return new Set([1 / 2, 3 / 8, 5 / 8].flatMap((share) => sorted[Math.floor(share * sorted.length)] ?? []));
}

function halves({ bounds, members }: Part, cut: Cut, edges: Edges, margin: number): Part[] {
  const { axis, at, firstCount, secondCount } = cut;
  const [near, far] = [edges.near[axis], edges.far[axis]];
  const [first, second] = [new Int32Array(firstCount), new Int32Array(secondCount)];
  let inFirst = 0;
  let inSecond = 0;
  for (let index = 0; index < members.length; index += 1) {
    const member = members[index]!;
    if (near[member]! < at) {
      first[inFirst] = member;
      inFirst += 1;
    }
    if (far[member]! > at - margin) {
      second[inSecond] = member;
      inSecond += 1;
    }
  }
  const [left, top, right, bottom] = bounds;
  return [
    { bounds: axis === 0 ? [left, top, at, bottom] : [left, top, right, at], members: first, isFinal: false },
    { bounds: axis === 0 ? [at, top, right, bottom] : [left, at, right, bottom], members: second, isFinal: false },
  ];
}
