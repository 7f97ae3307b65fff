import type { Crs } from '@inlay/geo';
import type { Placements, VrtPlan } from './plan.ts';
import type { Problem } from './problem.ts';

/** How much of an output its sources cover, as areas in output pixels. */
export interface Coverage {
  /** Covered by at least one source. */
  readonly covered: number;
  /** Covered by at least two. */
  readonly overlapped: number;
  /** The whole output. */
  readonly total: number;
}

/** Areas that differ by no more than this share of the whole are the same but for rounding. */
const ROUNDING = 1e-9;

/**
 * Warnings about places of a mosaic that no source covers (`gaps`), and places that several do (`overlaps`). Not
 * part of planning: it sorts all edges, which takes longer than the plan; `measured` spares that. None about a mosaic with warped sources:
 * their rectangles hold them, but are not their outlines.
 */
export function coverageWarnings(plan: VrtPlan<Crs | null>, measured: Coverage | null = null): Problem[] {
  if (plan.kind !== 'mosaic' || plan.warp !== null) return [];
  const { covered, overlapped, total } = measured ?? measureCoverage(plan);
  const warnings: Problem[] = [];
  if (total - covered > total * ROUNDING) {
    warnings.push(gaps(plan, percent(total - covered, total)));
  }
  if (overlapped > total * ROUNDING) {
    const share = percent(overlapped, total);
    warnings.push({
      index: -1,
      type: 'overlaps',
      field: 'extent',
      message: `${share} of the mosaic is covered by several sources: ${whatCounts(plan)}`,
      expected: null,
      actual: share,
      fix: 'nothing, if that is what is wanted',
    });
  }
  return warnings;
}

/** What becomes of a pixel that several sources have. */
function whatCounts({ bands, placements: { sourceIndex } }: VrtPlan<Crs | null>): string {
  const name = bands.find(({ pixelFunction }) => pixelFunction !== null)?.pixelFunction?.name;
  if (name !== undefined) return `the pixel has the ${name} of their values`;
  const isAscending = sourceIndex.every((source, place) => place === 0 || source >= (sourceIndex[place - 1] ?? 0));
  return `the last one in the order ${isAscending ? 'sent' : 'that they are painted in'} is on top`;
}

/** Where nothing tells places without sources from pixels, readers take them for black ones. */
function gaps({ bands, mask }: VrtPlan<Crs | null>, share: string): Problem {
  const isTransparent = mask !== null || bands.some(({ colorInterp }) => colorInterp === 'Alpha');
  const unmarked = isTransparent ? 0 : bands.filter(({ nodata, hideNodata }) => nodata === null || hideNodata).length;
  const value = bands.every(({ nodata }) => nodata === null) ? ' of the value 0' : '';
  const where = unmarked < bands.length ? ` in ${unmarked} of ${bands.length} bands` : '';
  const become = isTransparent ? 'transparent' : unmarked === 0 ? 'nodata' : `valid pixels${value}${where} to readers`;
  return {
    index: -1,
    type: 'gaps',
    field: 'extent',
    message: `${share} of the mosaic is covered by no source: it will be ${become}`,
    expected: '0 %',
    actual: share,
    fix:
      unmarked === 0
        ? 'add the missing sources, if there should be any'
        : 'set nodata to a value that no valid pixel has, or addAlpha; or add the missing sources',
  };
}

/**
 * Exact areas of the union of all rectangles and of their overlaps, by sweeping a line down over their upper and
 * lower edges (Bentley 1977): n log n for n placements.
 */
export function measureCoverage({ grid, placements }: Pick<VrtPlan, 'grid' | 'placements'>): Coverage {
  const columns = Float64Array.from(edgesOf(placements, 0)).sort();
  const xs = columns.filter((x, index) => index === 0 || x !== columns[index - 1]);
  const column = new Map(Array.from(xs, (x, index) => [x, index]));
  const line = new CoveredLine(xs);

  const rows = Float64Array.from(edgesOf(placements, 1));
  const order = Int32Array.from(rows, (_, edge) => edge).sort((a, b) => at(rows, a) - at(rows, b));
  let covered = 0;
  let overlapped = 0;
  let previous = 0;
  for (const edge of order) {
    const y = at(rows, edge);
    covered += (y - previous) * line.covered;
    overlapped += (y - previous) * line.overlapped;
    previous = y;
    // The even edges are the upper ones, where a rectangle begins.
    const left = at(placements.dstRects, 4 * (edge >> 1));
    const right = left + at(placements.dstRects, 4 * (edge >> 1) + 2);
    line.add(column.get(left) ?? 0, column.get(right) ?? 0, edge % 2 === 0 ? 1 : -1);
  }
  return { covered, overlapped, total: grid.width * grid.height };
}

/** Near and far edge of each placement in turn, along x (axis 0) or y (axis 1). */
function* edgesOf({ count, dstRects }: Placements, axis: 0 | 1): Generator<number> {
  for (let placement = 0; placement < count; placement += 1) {
    const near = at(dstRects, 4 * placement + axis);
    yield near;
    yield near + at(dstRects, 4 * placement + axis + 2);
  }
}

/** A segment tree over intervals between `xs`: how long the parts are that one, or more, of the added cover. */
class CoveredLine {
  readonly #xs: Float64Array;
  /** By node: how often its whole interval was added, and the lengths covered once or more, twice or more. */
  readonly #counts: Int32Array;
  readonly #once: Float64Array;
  readonly #twice: Float64Array;

  constructor(xs: Float64Array) {
    const nodes = 4 * Math.max(1, xs.length);
    this.#xs = xs;
    this.#counts = new Int32Array(nodes);
    this.#once = new Float64Array(nodes);
    this.#twice = new Float64Array(nodes);
  }

  get covered(): number {
    return at(this.#once, 1);
  }

  get overlapped(): number {
    return at(this.#twice, 1);
  }

  /** Adds `change` to the cover between the positions `from` and `to` in `xs`. */
  add(from: number, to: number, change: 1 | -1): void {
    if (from < to) this.#add(1, 0, this.#xs.length - 1, from, to, change);
  }

  #add(node: number, low: number, high: number, from: number, to: number, change: number): void {
    if (from <= low && high <= to) {
      this.#counts[node] = at(this.#counts, node) + change;
    } else {
      const middle = (low + high) >> 1;
      if (from < middle) this.#add(2 * node, low, middle, from, to, change);
      if (to > middle) this.#add(2 * node + 1, middle, high, from, to, change);
    }
    const isLeaf = high - low === 1;
    const onceBelow = isLeaf ? 0 : at(this.#once, 2 * node) + at(this.#once, 2 * node + 1);
    const twiceBelow = isLeaf ? 0 : at(this.#twice, 2 * node) + at(this.#twice, 2 * node + 1);
    const length = at(this.#xs, high) - at(this.#xs, low);
    const count = at(this.#counts, node);
    this.#once[node] = count > 0 ? length : onceBelow;
    this.#twice[node] = count > 1 ? length : count === 1 ? onceBelow : twiceBelow;
  }
}

function percent(part: number, whole: number): string {
  const share = (100 * part) / whole;
  return `${share < 0.1 ? 'less than 0.1' : share.toFixed(1)} %`;
}

/** An element that is known to exist. */
function at(values: Float64Array | Int32Array, index: number): number {
  return values[index] ?? NaN;
}
