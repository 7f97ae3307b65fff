import type { Window } from '@inlay/geo';
import type { CompiledMosaic } from '@inlay/mosaic';

/** A part of a mosaic, and how many pixels it is looked at in. */
export interface SampledPart {
  /** In pixels of the mosaic. */
  readonly window: Window;
  readonly width: number;
  readonly height: number;
}

/** What is looked at in place of every pixel of a mosaic. */
export interface MosaicSample {
  readonly parts: readonly SampledPart[];
  /** `full`: every pixel; `reduced`: the whole mosaic in fewer pixels; `parts`: some of its sources. */
  readonly of: 'full' | 'reduced' | 'parts';
}

/** What a sample may take. */
export interface SampleLimits {
  /** Pixels that are looked at. */
  readonly maxPixels: number;
  /** Sources that are opened. */
  readonly maxSources: number;
}

/** Parts that are looked at where there are too many sources for all of them. */
const PARTS = 64;

/** A part in which more sources lie is made smaller. */
const SOURCES_PER_PART = 8;

/** As often as that, to half its sides each time. */
const MAX_HALVINGS = 6;

/**
 * What to look at of some bands (1-based) of a mosaic: all of it where it has few sources. Of others places at regular
 * distances in the area that their sources cover, so that a large source counts for as much as many small ones in its
 * place, and gaps between sources for nothing.
 */
export function sampleMosaic(
  mosaic: CompiledMosaic,
  bands: readonly number[],
  { maxPixels, maxSources }: SampleLimits,
): MosaicSample {
  const { width, height } = mosaic.grid;
  const ranges = placementRanges(mosaic, bands);
  const count = ranges.reduce((sum, range) => sum + range.count, 0);
  if (count <= maxSources) {
    const part = partOf({ colOff: 0, rowOff: 0, width, height }, maxPixels);
    return { parts: [part], of: part.width === width && part.height === height ? 'full' : 'reduced' };
  }
  const parts: SampledPart[] = [];
  let opened = 0;
  for (const placement of spreadByArea(mosaic, ranges)) {
    const { window, touched } = narrowed(mosaic, ranges, placementWindow(mosaic, placement));
    // One part there has to be, however many sources lie on top of each other in it.
    if (parts.length > 0 && opened + touched > maxSources) continue;
    opened += touched;
    parts.push(partOf(window, maxPixels / PARTS));
  }
  return { parts, of: 'parts' };
}

/** Placements that bands have, each range once: those of a mosaic have all of them in common. */
interface PlacementRange {
  readonly first: number;
  readonly count: number;
}

function placementRanges({ bands: all }: CompiledMosaic, bands: readonly number[]): PlacementRange[] {
  const ranges = new Map<string, PlacementRange>();
  for (const band of bands) {
    const { firstPlacement: first, placementCount: count } = all[band - 1]!;
    ranges.set(`${first} ${count}`, { first, count });
  }
  return [...ranges.values()];
}

/** Some placements, at equal distances in the sum of the areas of all. */
function spreadByArea({ placements: { dstRects } }: CompiledMosaic, ranges: readonly PlacementRange[]): number[] {
  const areaOf = (placement: number): number => dstRects[4 * placement + 2]! * dstRects[4 * placement + 3]!;
  const all = function* (): Generator<number> {
    for (const { first, count } of ranges) for (let at = first; at < first + count; at += 1) yield at;
  };
  let total = 0;
  for (const placement of all()) total += areaOf(placement);
  const found: number[] = [];
  let sum = 0;
  for (const placement of all()) {
    sum += areaOf(placement);
    const wanted = (found.length + 0.5) * (total / PARTS);
    if (sum < wanted) continue;
    // A source that is larger than the distance stands for all places in it.
    while (found.length < PARTS && (found.length + 0.5) * (total / PARTS) <= sum) found.push(placement);
  }
  return [...new Set(found)];
}

/** Where a placement lies, in whole pixels of the mosaic. */
function placementWindow({ grid, placements: { dstRects } }: CompiledMosaic, placement: number): Window {
  const [x = 0, y = 0, width = 0, height = 0] = dstRects.subarray(4 * placement, 4 * placement + 4);
  const [colOff, rowOff] = [Math.max(0, Math.floor(x)), Math.max(0, Math.floor(y))];
  return {
    colOff: Math.min(colOff, grid.width - 1),
    rowOff: Math.min(rowOff, grid.height - 1),
    width: Math.max(1, Math.min(grid.width, Math.ceil(x + width)) - colOff),
    height: Math.max(1, Math.min(grid.height, Math.ceil(y + height)) - rowOff),
  };
}

/** The middle of a window, as large as it can be with few sources in it. */
function narrowed(
  { index }: CompiledMosaic,
  ranges: readonly PlacementRange[],
  whole: Window,
): { window: Window; touched: number } {
  let window = whole;
  for (let halvings = 0; ; halvings += 1) {
    const { colOff, rowOff, width, height } = window;
    // Boxes that merely share an edge with it are found as well: a pixel less on each side, where there is one to spare.
    const [col, row] = [Math.min(1, (width - 1) / 2), Math.min(1, (height - 1) / 2)];
    const found =
      index?.search(colOff + col, rowOff + row, colOff + width - col, rowOff + height - row, (placement) =>
        ranges.some(({ first, count }) => placement >= first && placement < first + count),
      ) ?? [];
    if (found.length <= SOURCES_PER_PART || halvings === MAX_HALVINGS) return { window, touched: found.length };
    window = {
      colOff: colOff + Math.floor(width / 4),
      rowOff: rowOff + Math.floor(height / 4),
      width: Math.max(1, Math.ceil(width / 2)),
      height: Math.max(1, Math.ceil(height / 2)),
    };
  }
}

function partOf(window: Window, maxPixels: number): SampledPart {
  const scale = Math.min(1, Math.sqrt(maxPixels / (window.width * window.height)));
  return {
    window,
    width: Math.max(1, Math.floor(window.width * scale)),
    height: Math.max(1, Math.floor(window.height * scale)),
  };
}
