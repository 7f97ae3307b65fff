import type { PixelList } from '@inlay/geotiff';
import type { CompiledMosaic } from './compiled-mosaic.ts';
import type { Fidelity } from './fidelity.ts';
import {
  type CellGrid,
  groupTargets,
  isOpaque,
  type PlannedRead,
  type ReadsPlan,
  readsThatTouch,
  type ReadTarget,
} from './plan-reads.ts';
import { isReadBySpots } from './source-pixels.ts';

/** More sources than these, each of which is held against every cell, are read as a whole. */
const MOST_SOURCES = 64;

/**
 * Which sources have pixels for single cells, and for which of them: from the top down, cells that are surely filled are
 * not asked of what lies below. Null where the cells had better be read as a whole: where bands are made of different
 * sources, or of all of them at once, or are masked by what is read apart.
 *
 * @param cells within the grid
 * @param isFailed see `planReads`, as is the rest
 */
export function planSpots(
  mosaic: CompiledMosaic,
  grid: CellGrid,
  cells: PixelList,
  targets: readonly ReadTarget[],
  fidelity: Fidelity,
  isFailed: (sourceIndex: number) => boolean,
  isDamaged: (sourceIndex: number) => boolean,
): ReadsPlan | null {
  const groups = groupTargets(targets);
  if (groups.length !== 1 || targets.some(({ takesAll }) => takesAll)) return null;
  const touching = readsThatTouch(mosaic, grid, groups, targets, isFailed);
  if (touching.length > MOST_SOURCES) return null;
  const traitsOf = ({ sourceIndex }: PlannedRead) => mosaic.traits[mosaic.sources.traits[sourceIndex]!]!;
  if (!touching.every((read) => isReadBySpots(read, traitsOf(read), fidelity))) return null;

  const reads: PlannedRead[] = [];
  let open: Int32Array | null = null;
  for (const read of touching.reverse()) {
    const hides =
      !isDamaged(read.sourceIndex) && read.parts.every((part) => isOpaque(part.read, traitsOf(read), fidelity));
    const places = placesIn(cells, open, read, true);
    if (places === null || places.length > 0) reads.push({ ...read, spots: { cells, places } });
    if (hides) open = places === null ? new Int32Array(0) : placesIn(cells, open, read, false);
  }
  return { reads: reads.reverse(), hiddenCount: touching.length - reads.length };
}

/**
 * Those of some cells that a read fills, or the others.
 * @param open positions in the list; null for all
 * @returns null where a read fills all of the list
 */
function placesIn(
  { cols, rows }: PixelList,
  open: Int32Array | null,
  { x, y }: Pick<PlannedRead, 'x' | 'y'>,
  isFilled: boolean,
): Int32Array | null {
  const length = open === null ? cols.length : open.length;
  const places = new Int32Array(length);
  let count = 0;
  for (let at = 0; at < length; at += 1) {
    const place = open === null ? at : open[at]!;
    const col = cols[place]! - x.cell;
    const row = rows[place]! - y.cell;
    const isInside = col >= 0 && row >= 0 && col < x.cells && row < y.cells;
    if (isInside === isFilled) places[count++] = place;
  }
  return isFilled && count === cols.length ? null : places.subarray(0, count);
}
