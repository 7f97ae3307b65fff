import type { VrtPlan } from './plan.ts';

/** A rectangle of the output in its pixels, from the top-left corner: `[xOff, yOff, xSize, ySize]`, possibly fractional. */
export type OutputRect = readonly [xOff: number, yOff: number, xSize: number, ySize: number];

/** Where an output has no source, and where several. */
export interface CoverageMap {
  /** Rectangles that do not overlap each other. */
  readonly gaps: readonly OutputRect[];
  readonly overlaps: readonly OutputRect[];
  /** False where there are more edges than lines of the map: then narrow places may be missing, and edges are rough. */
  readonly isExact: boolean;
}

/** Lines across each axis: at most half as many rectangles as their product, a picture's worth. */
const MOST_LINES = 48;
/** Edges nearer than this, in pixels, are one but for rounding. */
const SAME_EDGE = 1e-3;

/**
 * A map of the places of a mosaic that no source covers, and that several do, in a bounded number of rectangles: exact where
 * the sources have few edges, as neighbours in a grid do. Null where rectangles are not the sources' outlines: of a mosaic
 * with warped sources, and of a band stack.
 */
export function mapCoverage(
  { kind, warp, grid, placements }: Pick<VrtPlan, 'kind' | 'warp' | 'grid' | 'placements'>,
  mostLines: number = MOST_LINES,
): CoverageMap | null {
  if (kind !== 'mosaic' || warp !== null) return null;
  const { count, dstRects } = placements;
  const columns = linesOf(dstRects, count, 0, grid.width, mostLines);
  const rows = linesOf(dstRects, count, 1, grid.height, mostLines);
  const width = columns.lines.length - 1;
  const height = rows.lines.length - 1;
  const stride = width + 1;
  // Changes at the corners of each rectangle, summed up along both axes (Crow 1984, turned around).
  const counts = new Int32Array(stride * (height + 1));
  for (let placement = 0; placement < count; placement += 1) {
    const at = 4 * placement;
    const left = columns.cellFrom(dstRects[at]!);
    const top = rows.cellFrom(dstRects[at + 1]!);
    const right = columns.cellFrom(dstRects[at]! + dstRects[at + 2]!);
    const bottom = rows.cellFrom(dstRects[at + 1]! + dstRects[at + 3]!);
    counts[top * stride + left]! += 1;
    counts[top * stride + right]! -= 1;
    counts[bottom * stride + left]! -= 1;
    counts[bottom * stride + right]! += 1;
  }
  for (let row = 0; row <= height; row += 1) {
    for (let column = 0; column <= width; column += 1) {
      const at = row * stride + column;
      const [above, before] = [row === 0 ? 0 : counts[at - stride]!, column === 0 ? 0 : counts[at - 1]!];
      counts[at]! += above + before - (row === 0 || column === 0 ? 0 : counts[at - stride - 1]!);
    }
  }
  const cells: Cells = { counts, stride, columns: columns.lines, rows: rows.lines };
  return {
    gaps: rectanglesOf(cells, (sources) => sources === 0),
    overlaps: rectanglesOf(cells, (sources) => sources > 1),
    isExact: columns.isExact && rows.isExact,
  };
}

interface Lines {
  /** Ascending, from 0 to the output's size. */
  readonly lines: readonly number[];
  readonly isExact: boolean;
  /** The first cell whose middle is not before a coordinate; as many as there are cells where there is none. */
  readonly cellFrom: (coordinate: number) => number;
}

/** Lines at the edges of the rectangles along x (axis 0) or y (axis 1), or evenly where those are too many. */
function linesOf(rects: Float64Array, count: number, axis: 0 | 1, size: number, most: number): Lines {
  const edges = new Set<number>([0, size]);
  for (let at = axis; at < 4 * count && edges.size <= 4 * most; at += 4) {
    for (const edge of [rects[at]!, rects[at]! + rects[at + 2]!]) if (edge > 0 && edge < size) edges.add(edge);
  }
  const sorted = [...edges].sort((a, b) => a - b);
  const distinct = sorted.filter((edge, index) => index === 0 || edge - sorted[index - 1]! > SAME_EDGE);
  const isExact = distinct.length <= most + 1;
  const lines = isExact ? distinct : Array.from({ length: most + 1 }, (_, line) => (size * line) / most);
  const middles = lines.slice(1).map((line, index) => (line + lines[index]!) / 2);
  return {
    lines,
    isExact,
    cellFrom(coordinate) {
      let [low, high] = [0, middles.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (middles[middle]! < coordinate) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}

interface Cells {
  /** Sources by cell, row by row. */
  readonly counts: Int32Array;
  readonly stride: number;
  readonly columns: readonly number[];
  readonly rows: readonly number[];
}

/** The cells that are wanted in few rectangles: runs along rows, joined with equal runs of the row above. */
function rectanglesOf({ counts, stride, columns, rows }: Cells, isWanted: (sources: number) => boolean): OutputRect[] {
  const found: { readonly from: number; readonly to: number; readonly top: number; bottom: number }[] = [];
  let above = new Map<string, (typeof found)[number]>();
  for (let row = 0; row < rows.length - 1; row += 1) {
    const here = new Map<string, (typeof found)[number]>();
    for (let from = 0; from < columns.length - 1; from += 1) {
      if (!isWanted(counts[row * stride + from]!)) continue;
      let to = from + 1;
      while (to < columns.length - 1 && isWanted(counts[row * stride + to]!)) to += 1;
      const run = above.get(`${from}-${to}`) ?? { from, to, top: row, bottom: row };
      if (run.top === row) found.push(run);
      run.bottom = row + 1;
      here.set(`${from}-${to}`, run);
      from = to;
    }
    above = here;
  }
  return found.map(({ from, to, top, bottom }): OutputRect => {
    const [x, y] = [columns[from]!, rows[top]!];
    return [x, y, columns[to]! - x, rows[bottom]! - y];
  });
}
