import { type BandReads, type CompiledMosaic, sourceId } from './compiled-mosaic.ts';

/** A mosaic and the versions of its sources, by their position in the order sent: two files of one id differ in theirs. */
export interface MosaicState {
  readonly mosaic: CompiledMosaic;
  readonly versions: readonly number[];
}

/** A rectangle of the output, possibly fractional: `[xOff, yOff, xSize, ySize]`. */
export type ChangedArea = readonly [xOff: number, yOff: number, xSize: number, ySize: number];

/**
 * Where some bands of a mosaic can have other pixels than those of an earlier one: where a source lies, or lay, that the
 * other one does not have in that version, at that place, read like that, or painted in that order.
 *
 * @param bands 1-based; the mask of the dataset is always among them
 * @returns null where everything can differ: another grid, other bands, another way of resampling
 */
export function changedAreas(
  before: MosaicState,
  after: MosaicState,
  bands: readonly number[],
): readonly ChangedArea[] | null {
  if (!isComparable(before.mosaic, after.mosaic)) return null;
  const areas: ChangedArea[] = [];
  const painted: ((state: MosaicState) => BandReads | null)[] = bands.map(
    (band) =>
      ({ mosaic }) =>
        mosaic.bands[band - 1] ?? null,
  );
  painted.push(({ mosaic }) => mosaic.mask);
  const seen = new Set<string>();
  for (const readsOf of painted) {
    const [old, now] = [readsOf(before), readsOf(after)];
    if (old === null || now === null) continue;
    // Bands of one mosaic mostly have the same placements: what is found of one is found of all.
    const key = JSON.stringify([old.firstPlacement, old.placementCount, now.firstPlacement, now.placementCount]);
    const reads = JSON.stringify([old.reads, now.reads], bigintsAsText);
    if (seen.has(key + reads)) continue;
    seen.add(key + reads);
    areas.push(...changesOf(before, old, after, now));
  }
  return areas;
}

/** Whether what is alike in two mosaics are pixels, too. */
function isComparable(a: CompiledMosaic, b: CompiledMosaic): boolean {
  return frameOf(a) === frameOf(b);
}

function frameOf({ grid, crs, bands, mask, resampling, warp }: CompiledMosaic): string {
  const frame = {
    grid,
    crs: crs?.code ?? crs?.wkt ?? null,
    bands: bands.map(({ dataType, nodata, hideNodata, colorInterp, pixelFunction }) => ({
      dataType,
      // JSON has no NaN.
      nodata: `${nodata}`,
      hideNodata,
      colorInterp,
      pixelFunction,
    })),
    hasMask: mask !== null,
    resampling,
    warp: warp?.resampling ?? null,
  };
  return JSON.stringify(frame);
}

interface Place {
  readonly key: string;
  readonly area: ChangedArea;
}

function changesOf(before: MosaicState, old: BandReads, after: MosaicState, now: BandReads): ChangedArea[] {
  const oldPlaces = placesOf(before, old);
  const newPlaces = placesOf(after, now);
  const positions = new Map(oldPlaces.map(({ key }, position) => [key, position]));
  const matches = newPlaces.map(({ key }) => positions.get(key) ?? -1);
  const kept = longestAscending(matches);
  const keptBefore = new Set([...kept].map((at) => matches[at]!));
  return [
    ...oldPlaces.filter((_, position) => !keptBefore.has(position)),
    ...newPlaces.filter((_, position) => !kept.has(position)),
  ].map(({ area }) => area);
}

/** The placements of a band, each with a text that no other of them has, and that is the same for the same pixels. */
function placesOf({ mosaic, versions }: MosaicState, { firstPlacement, placementCount, reads }: BandReads): Place[] {
  const { placements, sources, warp } = mosaic;
  const readTexts = reads.map((read) => JSON.stringify(read, bigintsAsText));
  const seen = new Map<string, number>();
  return Array.from({ length: placementCount }, (_, index): Place => {
    const placement = firstPlacement + index;
    const source = placements.sourceIndex[placement]!;
    const at = 4 * placement;
    const [x, y, width, height] = placements.dstRects.subarray(at, at + 4);
    const row = warp === null ? -1 : sources.warps[source]!;
    const text = [
      sourceId(mosaic, source),
      versions[source],
      ...placements.srcRects.subarray(at, at + 4),
      x,
      y,
      width,
      height,
      readTexts[placements.variant[placement]!],
      row < 0 ? '' : warp!.levels[row],
    ].join(' ');
    const count = seen.get(text) ?? 0;
    seen.set(text, count + 1);
    return { key: `${text} ${count}`, area: [x!, y!, width!, height!] };
  });
}

function bigintsAsText(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/**
 * The positions of the longest run of ascending values, not all of them side by side; values below 0 are left out. What
 * is not in it is what has moved.
 */
function longestAscending(values: readonly number[]): Set<number> {
  const tails: number[] = [];
  const previous = new Int32Array(values.length).fill(-1);
  for (const [at, value] of values.entries()) {
    if (value < 0) continue;
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[tails[middle]!]! < value) low = middle + 1;
      else high = middle;
    }
    previous[at] = low === 0 ? -1 : tails[low - 1]!;
    tails[low] = at;
  }
  const run = new Set<number>();
  for (let at = tails.at(-1) ?? -1; at >= 0; at = previous[at]!) run.add(at);
  return run;
}
