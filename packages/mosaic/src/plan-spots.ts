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
  const inside = new Int32Array(cells.cols.length);
  const outside = new Int32Array(cells.cols.length);
  let open: Int32Array | null = null;
  for (const read of touching.reverse()) {
    const hides =
      !isDamaged(read.sourceIndex) && read.parts.every((part) => isOpaque(part.read, traitsOf(read), fidelity));
    const { filled, others } = sortCells(cells, open, read, inside, hides ? outside : null);
    if (filled > 0) {
      const places = filled === cells.cols.length ? null : inside.slice(0, filled);
      reads.push({ ...read, spots: { cells, places } });
    }
    if (hides) open = outside.subarray(0, others);
  }
  return { reads: reads.reverse(), hiddenCount: touching.length - reads.length };
}

/**
 * Sorts some cells into those that a read fills and the others.
 * @param open positions in the list; null for all
 * @param inside where the positions of the former go
 * @param outside where those of the others go, null where they are not wanted; may be the memory of `open`
 * @returns how many the former are, and how many of the others were put down
 */
function sortCells(
  { cols, rows }: PixelList,
  open: Int32Array | null,
  { x, y }: Pick<PlannedRead, 'x' | 'y'>,
  inside: Int32Array,
  outside: Int32Array | null,
): { readonly filled: number; readonly others: number } {
  const length = open === null ? cols.length : open.length;
  let [filled, others] = [0, 0];
  for (let at = 0; at < length; at += 1) {
    const place = open === null ? at : open[at]!;
    const col = cols[place]! - x.cell;
    const row = rows[place]! - y.cell;
    if (col >= 0 && row >= 0 && col < x.cells && row < y.cells) inside[filled++] = place;
    else if (outside !== null) outside[others++] = place;
  }
  return { filled, others };
}
