import { type BBox, IDENTITY, type PixelGrid } from '@inlay/geo';
import type { Frame } from './admission.ts';
import { atTurns, edgesOf, shortestWay, type TurnRanges, turnsThatReach } from './earth-frame.ts';
import { pairOf, type PlanOptions, type SizeRounding } from './plan-options.ts';
import { named, nameOf, type Problem, type VrtKind, type VrtSourceInput } from './problem.ts';
import { RunningResolution } from './resolution.ts';
import { affineOf } from './source-place.ts';

/** The output grid, or the reasons why there is none. */
export interface GridChoice {
  /** Null exactly where `problems` is not empty. */
  readonly grid: PixelGrid | null;
  /** What the grid was made to cover: its far edges lie within a pixel of the grid's. */
  readonly extent: BBox;
  /** The whole turns that sources are shifted by; null where none is. */
  readonly turns: TurnRanges | null;
  readonly problems: readonly Problem[];
}

/** Widest and highest raster that GDAL addresses: sizes are 32-bit signed integers. */
const MAX_SIZE = 2 ** 31 - 1;

/** Offsets are exact to this share of a pixel; see `placeSources`. */
const OFFSET_PRECISION = 1e-3;

/**
 * The grid that covers all sources at the resolution that the strategy picks for x and y independently, as
 * gdalbuildvrt computes it. Its corner is the top-left of the union. The size is rounded **half up** unless the options
 * say otherwise, so that the far edges lie within half a pixel of the union's, on either side.
 *
 * The sources of the frame must be north-up and in one CRS, or else of one size.
 */
export function chooseGrid(
  sources: readonly VrtSourceInput[],
  frame: Frame,
  options: PlanOptions,
  kind: VrtKind,
): GridChoice {
  if (!frame.isGeoreferenced) return gridOfFirst(sources, frame.isPlaced);
  const { resolution, problems } = chooseResolution(sources, frame.isPlaced, options, kind);
  const { bounds, turnsInto } = chooseBounds(sources, frame, options);
  const extent = options.align === true ? alignOutwards(bounds, resolution) : bounds;
  const turns = turnsInto(extent);
  if (problems.length > 0) return { grid: null, extent, turns, problems };
  const finest = () => finestSource(sources, frame.isPlaced);
  return { ...gridOver(extent, resolution, options.sizeRounding, { kind, finest }), extent, turns };
}

/**
 * The bounds that were asked for, and then the turns at which sources lie in them; or else the box around all sources,
 * each shifted by whole turns where that makes it narrower.
 */
function chooseBounds(
  sources: readonly VrtSourceInput[],
  { turn, isCovered }: Frame,
  { bounds }: PlanOptions,
): { readonly bounds: BBox; readonly turnsInto: (extent: BBox) => TurnRanges | null } {
  if (turn === null) return { bounds: bounds ?? unionOf(sources, isCovered, null), turnsInto: () => null };
  const edges = edgesOf(sources);
  if (bounds !== undefined) return { bounds, turnsInto: (extent) => turnsThatReach(edges, extent, turn) };
  const shifts = shortestWay(edges, turn);
  const turns = shifts && atTurns(shifts, turn);
  return { bounds: unionOf(sources, isCovered, turns), turnsInto: () => turns };
}

/** What problems of a grid name. */
export interface GridSubject {
  readonly kind: VrtKind;
  /** The source with the smallest pixels. */
  readonly finest: () => { readonly source: VrtSourceInput; readonly index: number };
}

/** The grid over an extent, from its top-left corner; or what is wrong with such a grid. */
export function gridOver(
  [minX, minY, maxX, maxY]: BBox,
  [xResolution, yResolution]: readonly [number, number],
  rounding: SizeRounding | undefined,
  subject: GridSubject,
): { readonly grid: PixelGrid | null; readonly problems: readonly Problem[] } {
  const width = sizeOf((maxX - minX) / xResolution, rounding);
  const height = sizeOf((maxY - minY) / yResolution, rounding);
  const problems: Problem[] = [];
  if (width === 0 || height === 0) problems.push(empty(subject.kind, width, height));
  else if (!isSize(width) || !isSize(height)) problems.push(tooLarge(subject, width, height));
  if (
    !tellsPixelsApart(xResolution, Math.max(Math.abs(minX), Math.abs(maxX))) ||
    !tellsPixelsApart(yResolution, Math.max(Math.abs(minY), Math.abs(maxY)))
  ) {
    problems.push(tooFine(subject, xResolution, yResolution));
  }
  if (problems.length > 0) return { grid: null, problems };
  return { grid: { affine: [xResolution, 0, minX, 0, -yResolution, maxY], width, height }, problems };
}

/** Pixels of an output that is so many pixels long, fractions included. */
function sizeOf(pixels: number, rounding: SizeRounding = 'nearest'): number {
  return rounding === 'nearest' ? Math.trunc(0.5 + pixels) : Math.ceil(pixels - OFFSET_PRECISION);
}

/** The smallest box around another whose edges are whole multiples of the resolution. */
export function alignOutwards([minX, minY, maxX, maxY]: BBox, [x, y]: readonly [number, number]): BBox {
  return [Math.floor(minX / x) * x, Math.floor(minY / y) * y, Math.ceil(maxX / x) * x, Math.ceil(maxY / y) * y];
}

/** The box around the covered sources, in their CRS. */
function unionOf(sources: readonly VrtSourceInput[], isCovered: Uint8Array, turns: TurnRanges | null): BBox {
  let minX = Infinity;
  let minY = Infinity;
  let maxX = -Infinity;
  let maxY = -Infinity;
  for (const [index, { profile }] of sources.entries()) {
    if (isCovered[index] === 0) continue;
    const [a, , c, , e, f] = affineOf(profile);
    const left = turns === null ? c : c + (turns.first[index] ?? 0) * turns.turn;
    const right = left + profile.width * a;
    const bottom = f + profile.height * e;
    if (left < minX) minX = left;
    if (bottom < minY) minY = bottom;
    if (right > maxX) maxX = right;
    if (f > maxY) maxY = f;
  }
  return [minX, minY, maxX, maxY];
}

/** Positive lengths of a pixel's sides, and a problem for each source that the strategy has no resolution for. */
function chooseResolution(
  sources: readonly VrtSourceInput[],
  isPlaced: Uint8Array,
  { resolution, resolutionStrategy }: PlanOptions,
  kind: VrtKind,
): { resolution: readonly [number, number]; problems: Problem[] } {
  const problems: Problem[] = [];
  if (resolution !== undefined) return { resolution: pairOf(resolution), problems };
  const running = new RunningResolution(resolutionStrategy);
  for (const [index, source] of sources.entries()) {
    if (isPlaced[index] === 0) continue;
    const [a, , , , e] = affineOf(source.profile);
    if (!running.add(a, -e)) problems.push(resolutionProblem(source, index, kind, running, [a, -e]));
  }
  return { resolution: [running.x, running.y], problems };
}

/** The pixels of rasters that lie nowhere and have one size. */
function gridOfFirst(sources: readonly VrtSourceInput[], isPlaced: Uint8Array): GridChoice {
  const profile = sources[isPlaced.indexOf(1)]?.profile;
  if (profile === undefined) throw new TypeError('a grid was asked for without a source');
  const { width, height } = profile;
  return { grid: { affine: IDENTITY, width, height }, extent: [0, 0, width, height], turns: null, problems: [] };
}

/** What is wrong with a source that the strategy `same` or `common` has no resolution for. */
export function resolutionProblem(
  source: VrtSourceInput,
  index: number,
  kind: VrtKind,
  { x, y }: { readonly x: number; readonly y: number },
  own: readonly [x: number, y: number],
): Problem {
  const [expected, actual] = [`${x} x ${y}`, `${own[0]} x ${own[1]}`];
  return {
    index,
    type: 'resolution_mismatch',
    field: 'resolution',
    message: `${named(source)} has pixels of ${actual}, ${nameOf(kind)} has ${expected}, and the strategy has none for both`,
    expected,
    actual,
    fix: 'choose another resolution_strategy (finest), or leave this source out',
  };
}

function isSize(size: number): boolean {
  return size >= 1 && size <= MAX_SIZE;
}

/** Whether doubles near the coordinate are dense enough to say where in a pixel a point is. */
function tellsPixelsApart(resolution: number, coordinate: number): boolean {
  return resolution * OFFSET_PRECISION > coordinate * Number.EPSILON;
}

function empty(kind: VrtKind, width: number, height: number): Problem {
  return {
    index: -1,
    type: 'empty_output',
    field: 'size',
    message: `${titled(nameOf(kind))} would be ${width} x ${height} pixels: its extent is less than half a pixel`,
    expected: 'at least 1 pixel a side',
    actual: `${width} x ${height}`,
    fix: 'choose a finer resolution, or larger bounds',
  };
}

function tooLarge({ kind, finest }: GridSubject, width: number, height: number): Problem {
  const { source, index } = finest();
  return {
    index,
    type: 'too_large_output',
    field: 'size',
    message: `${titled(nameOf(kind))} would be ${width} x ${height} pixels: the sources lie too far apart for their resolution. ${named(source)} has the finest`,
    expected: `1 to ${MAX_SIZE} pixels a side`,
    actual: `${width} x ${height}`,
    fix: 'leave out the source that lies far from the others or whose resolution is wrong, or choose a coarser resolution_strategy',
  };
}

function tooFine({ kind, finest }: GridSubject, x: number, y: number): Problem {
  const { source, index } = finest();
  return {
    index,
    type: 'resolution_too_fine',
    field: 'resolution',
    message: `${titled(nameOf(kind))} would have pixels of ${x} x ${y}, too small to place at its coordinates. ${named(source)} has the finest`,
    expected: 'pixels that double-precision coordinates tell apart',
    actual: `${x} x ${y}`,
    fix: 'leave out the source with the wrong resolution, or choose a coarser resolution_strategy',
  };
}

function finestSource(
  sources: readonly VrtSourceInput[],
  isPlaced: Uint8Array,
): { source: VrtSourceInput; index: number } {
  let finest: { source: VrtSourceInput; index: number; area: number } | null = null;
  for (const [index, source] of sources.entries()) {
    if (isPlaced[index] === 0) continue;
    const [a, , , , e] = affineOf(source.profile);
    if (finest === null || a * -e < finest.area) finest = { source, index, area: a * -e };
  }
  if (finest === null) throw new TypeError('a grid was asked for without a source');
  return finest;
}

function titled(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
