import type { Window } from '@inlay/geo';
import type { PixelList } from '@inlay/geotiff';
import { type AxisPlacement, type AxisRead, hasFractionalOffset, readAlongAxis } from './axis-read.ts';
import { type BandRead, type BandReads, type CompiledMosaic, type SourceTraits } from './compiled-mosaic.ts';
import type { Fidelity } from './fidelity.ts';
import { maskedBand, maskKind } from './mask-kind.ts';
import { canBeNodata } from './nodata-match.ts';
import { searchIndex } from './spatial-index.ts';

/** Cells to fill, and the part of the output that they are spread over. */
export interface CellGrid {
  /** In pixels of the output, possibly fractional, possibly beyond its edges. */
  readonly window: Window;
  /** Columns and rows of cells. */
  readonly width: number;
  readonly height: number;
}

/** What is read of one placement. */
export interface PlannedRead {
  readonly placement: number;
  readonly sourceIndex: number;
  readonly x: AxisRead;
  readonly y: AxisRead;
  readonly parts: readonly PlannedPart[];
  /** Where single cells are wanted, those that it is read for; left out where all are. */
  readonly spots?: Spots;
}

/** Some of the cells of a list. */
export interface Spots {
  /** All of the list's. */
  readonly cells: PixelList;
  /** Positions in the list, ascending; null for all of them. */
  readonly places: Int32Array | null;
}

/** How many they are. */
export function spotCount({ cells, places }: Spots): number {
  return places === null ? cells.cols.length : places.length;
}

/** One of the targets that a placement has pixels for. */
export interface PlannedPart {
  /** Position in the targets. */
  readonly target: number;
  readonly read: BandRead;
}

/** A band, or the mask, to be filled. */
export interface ReadTarget extends BandReads {
  /** Every source counts, not only the topmost: none hides another. */
  readonly takesAll: boolean;
}

/** What has to be read, bottom first. */
export interface ReadsPlan {
  readonly reads: readonly PlannedRead[];
  /** Placements that lie wholly under others that nothing shines through: they are not read. */
  readonly hiddenCount: number;
}

/** Bands of fewer placements than this are looked through one by one: those of a stack have one each. */
const FEW_PLACEMENTS = 4;

/**
 * Which sources have pixels for some cells, and which of theirs, in document order. Costs what the sources that lie there
 * cost, however many others there are.
 *
 * @param isFailed sources to leave out, as if they were not there
 * @param isDamaged sources that others shine through, because parts of them cannot be read
 */
export function planReads(
  mosaic: CompiledMosaic,
  grid: CellGrid,
  targets: readonly ReadTarget[],
  fidelity: Fidelity,
  isFailed: (sourceIndex: number) => boolean,
  isDamaged: (sourceIndex: number) => boolean = () => false,
): ReadsPlan {
  const groups = groupTargets(targets);
  const reads = readsThatTouch(mosaic, grid, groups, targets, isFailed);
  if (reads.length < 2) return { reads, hiddenCount: 0 };
  const visible = dropHidden(mosaic, grid, reads, groups, targets, fidelity, isDamaged);
  return { reads: visible, hiddenCount: reads.length - visible.length };
}

/** What has pixels for some cells, hidden or not, in document order. */
export function readsThatTouch(
  mosaic: CompiledMosaic,
  grid: CellGrid,
  groups: readonly TargetGroup[],
  targets: readonly ReadTarget[],
  isFailed: (sourceIndex: number) => boolean,
): PlannedRead[] {
  const { placements } = mosaic;
  const reads: PlannedRead[] = [];
  for (const placement of candidates(mosaic, grid, groups)) {
    const sourceIndex = placements.sourceIndex[placement]!;
    const variant = placements.variant[placement]!;
    const parts = partsOf(placement, variant, groups, targets);
    if (parts.length === 0 || isFailed(sourceIndex)) continue;
    const axes = axesOf(mosaic, grid, placement, sourceIndex);
    if (axes !== null) reads.push({ placement, sourceIndex, ...axes, parts });
  }
  return reads;
}

/** Targets that are made of the same placements. */
export interface TargetGroup {
  readonly first: number;
  readonly end: number;
  /** Positions in the targets. */
  readonly members: number[];
}

export function groupTargets(targets: readonly ReadTarget[]): TargetGroup[] {
  const groups = new Map<string, TargetGroup>();
  for (const [target, { firstPlacement, placementCount, takesAll }] of targets.entries()) {
    const key = `${firstPlacement} ${placementCount} ${takesAll}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { first: firstPlacement, end: firstPlacement + placementCount, members: [target] });
    } else {
      group.members.push(target);
    }
  }
  return [...groups.values()];
}

/** Placements that may touch the cells, in document order. */
function* candidates(
  { index }: CompiledMosaic,
  { window }: CellGrid,
  groups: readonly TargetGroup[],
): Generator<number> {
  if (groups.every(({ first, end }) => end - first < FEW_PLACEMENTS)) {
    const own = new Set<number>();
    for (const { first, end } of groups)
      for (let placement = first; placement < end; placement += 1) own.add(placement);
    yield* [...own].sort((a, b) => a - b);
    return;
  }
  const { colOff, rowOff, width, height } = window;
  yield* searchIndex(index, { left: colOff, top: rowOff, right: colOff + width, bottom: rowOff + height });
}

function partsOf(
  placement: number,
  variant: number,
  groups: readonly TargetGroup[],
  targets: readonly ReadTarget[],
): PlannedPart[] {
  const parts: PlannedPart[] = [];
  for (const { first, end, members } of groups) {
    if (placement < first || placement >= end) continue;
    for (const target of members) parts.push({ target, read: targets[target]!.reads[variant]! });
  }
  return parts;
}

function axesOf(
  { placements: { srcRects, dstRects }, sources: { sizes } }: CompiledMosaic,
  { window, width, height }: CellGrid,
  placement: number,
  sourceIndex: number,
): { x: AxisRead; y: AxisRead } | null {
  const at = 4 * placement;
  const axis = (offset: 0 | 1): AxisPlacement => ({
    srcOffset: srcRects[at + offset]!,
    srcSize: srcRects[at + 2 + offset]!,
    dstOffset: dstRects[at + offset]!,
    dstSize: dstRects[at + 2 + offset]!,
    sourceLength: sizes[2 * sourceIndex + offset]!,
  });
  const [across, down] = [axis(0), axis(1)];
  const rounds = hasFractionalOffset(across.srcOffset, across.dstOffset, down.srcOffset, down.dstOffset);
  const x = readAlongAxis({ offset: window.colOff, size: window.width, cells: width }, across, rounds);
  const y = x && readAlongAxis({ offset: window.rowOff, size: window.height, cells: height }, down, rounds);
  return x && y && { x, y };
}

/**
 * Leaves out what lies wholly under pixels that nothing shines through. From the top down, cells that are surely filled
 * are marked, so that several sources together hide one, too.
 */
function dropHidden(
  mosaic: CompiledMosaic,
  { width, height }: CellGrid,
  reads: readonly PlannedRead[],
  groups: readonly TargetGroup[],
  targets: readonly ReadTarget[],
  fidelity: Fidelity,
  isDamaged: (sourceIndex: number) => boolean,
): PlannedRead[] {
  const groupOf = new Map(groups.flatMap((group) => group.members.map((target) => [target, group] as const)));
  const covers = new Map<TargetGroup, CellCover>();
  const visible: PlannedRead[] = [];
  for (const read of reads.toReversed()) {
    const { x, y, sourceIndex } = read;
    const traits = mosaic.traits[mosaic.sources.traits[sourceIndex]!]!;
    const shown: PlannedPart[] = [];
    const byGroup = new Map<TargetGroup, PlannedPart[]>();
    for (const part of read.parts) {
      const group = groupOf.get(part.target)!;
      const parts = byGroup.get(group);
      if (parts === undefined) byGroup.set(group, [part]);
      else parts.push(part);
    }
    for (const [group, parts] of byGroup) {
      if (parts.some(({ target }) => targets[target]!.takesAll)) {
        shown.push(...parts);
        continue;
      }
      const cover = covers.get(group) ?? new CellCover(width, height);
      covers.set(group, cover);
      if (cover.holds(x, y)) continue;
      shown.push(...parts);
      if (isDamaged(sourceIndex)) continue;
      if (parts.every((part) => isOpaque(part.read, traits, fidelity))) cover.add(x, y);
    }
    if (shown.length > 0) visible.push({ ...read, parts: shown });
  }
  return visible.reverse();
}

/** Whether every pixel of a source is drawn, whatever it is. */
export function isOpaque(read: BandRead, traits: SourceTraits, fidelity: Fidelity): boolean {
  const { sourceBand, nodata, useMask, maskThreshold } = read;
  if (maskThreshold !== null) return true;
  if (useMask && maskKind(read, traits) !== 'all') return false;
  return nodata === null || !canBeNodata(maskedBand(sourceBand, traits).dataType, nodata, fidelity);
}

/** Cells that are filled already. */
class CellCover {
  readonly #width: number;
  readonly #cells: Uint8Array;
  #open: number;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#cells = new Uint8Array(width * height);
    this.#open = width * height;
  }

  holds(x: AxisRead, y: AxisRead): boolean {
    if (this.#open === 0) return true;
    const end = x.cell + x.cells;
    for (let row = y.cell; row < y.cell + y.cells; row += 1) {
      const start = row * this.#width;
      if (this.#cells.subarray(start + x.cell, start + end).includes(0)) return false;
    }
    return true;
  }

  add(x: AxisRead, y: AxisRead): void {
    const end = x.cell + x.cells;
    for (let row = y.cell; row < y.cell + y.cells; row += 1) {
      const start = row * this.#width;
      const cells = this.#cells.subarray(start + x.cell, start + end);
      // Mostly neither of a source's cells is filled, or all are.
      if (!cells.includes(1)) {
        cells.fill(1);
        this.#open -= cells.length;
        continue;
      }
      for (let cell = 0; cell < cells.length; cell += 1) {
        if (cells[cell] !== 0) continue;
        cells[cell] = 1;
        this.#open -= 1;
      }
    }
  }
}
