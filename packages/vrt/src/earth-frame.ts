import { type BBox, type Crs, turnWidth } from '@inlay/geo';
import type { VrtSourceInput } from './problem.ts';
import { affineOf } from './source-place.ts';

/** By which whole turns of the Earth sources are shifted, so that they lie in one frame of longitudes. */
export interface TurnRanges {
  /** One turn in units of the CRS: 360 for degrees. */
  readonly turn: number;
  /** By position in the order sent: a source is placed at each of the turns from `first` to `last`, mostly one. */
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Left and right edge of boxes, by position. */
export type Edges = readonly [west: Float64Array, east: Float64Array];

/** The edges of the boxes around sources, each in its own CRS. */
export function edgesOf(sources: readonly VrtSourceInput[]): Edges {
  const edges: Edges = [new Float64Array(sources.length), new Float64Array(sources.length)];
  for (const [index, { profile }] of sources.entries()) {
    const [a, b, c] = affineOf(profile);
    const [across, down] = [profile.width * a, profile.height * b];
    edges[0][index] = c + Math.min(0, across) + Math.min(0, down);
    edges[1][index] = c + Math.max(0, across) + Math.max(0, down);
  }
  return edges;
}

/** What widths may differ by for no reason, as a share of a turn. */
const ROUNDING = 1e-9;

/** Sources or outputs this many turns wide or away are mistaken, or meant as they are: they are not shifted. */
export const MOST_TURNS = 4;

const DEGREE = Math.PI / 180;

/**
 * One turn in a CRS whose sources may be shifted by whole turns as they are: 360 where coordinates are degrees, and
 * null for all others. Projected ones end at the edge of their map, and what readers make of grads beyond a turn
 * (EPSG:4807) is not known.
 */
export function turnOfDegrees(crs: Crs): number | null {
  const isInDegrees = crs.kind === 'geographic' && Math.abs(crs.unit.factor / DEGREE - 1) < ROUNDING;
  return isInDegrees ? turnWidth(crs) : null;
}

/**
 * By how many turns each of some boxes is to be shifted so that they lie closest together: tiles at 175..180 and
 * -180..-175 become neighbours, and longitudes of 0..360 join those of -180..180. The smaller part of the boxes is the
 * one that moves; of two equal ones the eastern or western so that the union begins within -180..180. n log n for n boxes.
 *
 * @returns null where shifting does not make their union narrower
 */
export function shortestWay(edges: Edges, turn: number): Int32Array | null {
  const [west] = edges;
  const plain = widthOf(edges, turn, null);
  // Boxes within half a turn leave out the other half: there is no wider gap.
  if (west.length < 2 || plain <= turn / 2 || !west.every((x) => Math.abs(x) <= MOST_TURNS * turn)) return null;
  let best: { width: number; moved: number; turns: Int32Array | null } = { width: plain, moved: 0, turns: null };
  for (const cut of [-turn / 2, 0, afterWidestGap(edges, turn)]) {
    if (cut === null) continue;
    const turns = turnsFrom(cut, edges, turn);
    const width = widthOf(edges, turn, turns);
    const moved = turns.reduce((sum, by) => sum + (by === 0 ? 0 : 1), 0);
    const saved = best.width - width;
    if (saved > ROUNDING * turn || (best.turns !== null && saved > -ROUNDING * turn && moved < best.moved)) {
      best = { width, moved, turns };
    }
  }
  return best.turns;
}

function spanOf([west, east]: Edges, turn: number, turns: Int32Array | null): readonly [minX: number, maxX: number] {
  let [minX, maxX] = [Infinity, -Infinity];
  for (let index = 0; index < west.length; index += 1) {
    const shift = (turns?.[index] ?? 0) * turn;
    minX = Math.min(minX, west[index]! + shift);
    maxX = Math.max(maxX, east[index]! + shift);
  }
  return [minX, maxX];
}

function widthOf(edges: Edges, turn: number, turns: Int32Array | null): number {
  const [minX, maxX] = spanOf(edges, turn, turns);
  return maxX - minX;
}

/**
 * The shifts into the turn that begins at `cut`, and from there as one so that most boxes stay where they are; where
 * as many stay either way, so that all of them together begin within -180..180, and may run past that.
 */
function turnsFrom(cut: number, edges: Edges, turn: number): Int32Array {
  const turns = turnsToBeginAt(cut, edges[0], turn);
  const [minX] = spanOf(edges, turn, turns);
  const [toUsual = 0] = turnsToBeginAt(-turn / 2, Float64Array.of(minX), turn);
  const counts = new Map<number, number>();
  for (const by of turns) counts.set(by, (counts.get(by) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const back = [...counts.keys()].filter((by) => counts.get(by) === most);
  const chosen = back.includes(-toUsual) ? -toUsual : Math.min(...back);
  return turns.map((by) => by - chosen);
}

/** The turns that bring each x into the turn that begins at `cut`; an x there but for rounding is there already. */
function turnsToBeginAt(cut: number, xs: Float64Array, turn: number): Int32Array {
  return Int32Array.from(xs, (x) => -Math.floor((x - cut) / turn + ROUNDING));
}

/** Where the boxes begin again after the widest gap between them; null where they leave none between -180 and 180. */
function afterWidestGap([west, east]: Edges, turn: number): number | null {
  const turns = turnsToBeginAt(-turn / 2, west, turn);
  const starts = west.map((x, index) => x + turns[index]! * turn).sort();
  const ends = east.map((x, index) => x + turns[index]! * turn).sort();
  // Boxes that run past the turn's end come round again at its beginning.
  const comesRound = ends.at(-1)! - turn;
  let widest: { width: number; after: number } | null = null;
  for (let index = 1; index < starts.length; index += 1) {
    // As many boxes end before this one begins as begin before it: nothing spans the gap.
    const width = starts[index]! - Math.max(ends[index - 1]!, comesRound);
    if (width > ROUNDING * turn && width > (widest?.width ?? 0)) widest = { width, after: starts[index]! };
  }
  return widest?.after ?? null;
}

/** Each box at the turn that it is shifted by. */
export function atTurns(turns: Int32Array, turn: number): TurnRanges {
  return { turn, first: turns, last: turns };
}

/**
 * Each box at every turn at which it reaches into left..right; at one only where it covers all of that, and as it is
 * where there is no such turn.
 */
export function turnsThatReach([west, east]: Edges, [left, , right]: BBox, turn: number): TurnRanges | null {
  if (right - left > MOST_TURNS * turn) return null;
  const first = new Int32Array(west.length);
  const last = new Int32Array(west.length);
  for (let index = 0; index < west.length; index += 1) {
    const [minX, maxX] = [west[index]!, east[index]!];
    if (!(Math.max(Math.abs(minX), Math.abs(maxX)) <= MOST_TURNS * turn)) continue;
    const covering = turnThatCovers(minX, maxX, left, right, turn);
    const least = covering ?? Math.floor((left - maxX) / turn + ROUNDING) + 1;
    const most = covering ?? Math.ceil((right - minX) / turn - ROUNDING) - 1;
    if (least > most) continue;
    first[index] = least;
    last[index] = most;
  }
  return { turn, first, last };
}

/** A turn at which a box holds all of left..right: none if it can; null where there is no such turn. */
function turnThatCovers(minX: number, maxX: number, left: number, right: number, turn: number): number | null {
  const rounding = ROUNDING * turn;
  const covers = (turns: number) => minX + turns * turn <= left + rounding && maxX + turns * turn >= right - rounding;
  if (covers(0)) return 0;
  const nearest = Math.floor((left - minX) / turn + ROUNDING);
  return covers(nearest) ? nearest : null;
}
