import type { BandReads, CompiledMosaic, WarpColumns } from './compiled-mosaic.ts';
import { malformedBytes } from './error.ts';
import { type MosaicCounts, type MosaicSections, readSections } from './mosaic-layout.ts';
import { type MosaicMeta, readMeta } from './mosaic-meta.ts';
import { openIndex } from './spatial-index.ts';

/** How to open. */
export interface OpenMosaicOptions {
  /**
   * The bytes have been opened without this before and have not changed, as another thread hands them over: what was
   * checked then is not checked again.
   */
  readonly isTrusted?: boolean;
}

/**
 * A compiled mosaic of its bytes, which are used in place: they must not change as long as it is in use. Nothing is
 * rebuilt; checking all of it takes a tenth of a second for a million placements.
 * @throws {MosaicError} `mosaic/malformed-bytes`, `mosaic/unsupported-version`
 */
export function openCompiledMosaic(
  bytes: ArrayBuffer | SharedArrayBuffer,
  { isTrusted = false }: OpenMosaicOptions = {},
): CompiledMosaic {
  const { counts, sections } = readSections(bytes, isTrusted);
  const meta = readMeta(sections.meta);
  if (!isTrusted) checkSections(counts, sections, meta);
  const { grid, crs, bands, mask, resampling, traits } = meta;
  return {
    bytes,
    grid,
    crs,
    bands,
    mask,
    resampling,
    traits,
    placements: {
      count: counts.placements,
      sourceIndex: sections.sourceIndex,
      variant: sections.variant,
      srcRects: sections.srcRects,
      dstRects: sections.dstRects,
    },
    sources: {
      count: counts.sources,
      sizes: sections.sizes,
      traits: sections.traits,
      overviewSets: sections.overviewSets,
      maskOverviewSets: sections.maskOverviewSets,
      overviewSetStarts: sections.overviewSetStarts,
      levelSizes: sections.levelSizes,
      idStarts: sections.idStarts,
      idBytes: sections.idBytes,
      warps: sections.warps,
    },
    warp: warpColumns(counts, sections, meta),
    index: openIndex(sections.index, counts.placements),
  };
}

function warpColumns({ warps }: MosaicCounts, sections: MosaicSections, { warp }: MosaicMeta): WarpColumns | null {
  if (warps === 0) return null;
  if (warp === null) throw malformedBytes('it has warped sources and does not say how they are resampled');
  return {
    count: warps,
    affines: sections.affines,
    crs: sections.warpCrs,
    sizes: sections.warpSizes,
    overviewSets: sections.warpOverviewSets,
    maskOverviewSets: sections.warpMaskOverviewSets,
    levels: sections.warpLevels,
    traits: sections.warpTraits,
    crss: warp.crss,
    resampling: warp.resampling,
  };
}

/** Every number that leads somewhere leads to something that is there. */
function checkSections(counts: MosaicCounts, sections: MosaicSections, meta: MosaicMeta): void {
  const { traits, warp, bands, mask } = meta;
  const isNumbered = (column: Int32Array | Uint32Array, count: number, what: string) => {
    for (const number of column) {
      if (number < 0 || number >= count) throw malformedBytes(`${what} ${number} of ${count}`);
    }
  };
  isNumbered(sections.sourceIndex, counts.sources, 'source');
  isNumbered(sections.traits, traits.length, 'traits');
  isNumbered(sections.overviewSets, counts.overviewSets, 'overview set');
  isNumbered(sections.maskOverviewSets, counts.overviewSets, 'overview set');
  isNumbered(sections.warpOverviewSets, counts.overviewSets, 'overview set');
  isNumbered(sections.warpMaskOverviewSets, counts.overviewSets, 'overview set');
  isNumbered(sections.warpTraits, traits.length, 'traits');
  isNumbered(sections.warpCrs, warp?.crss.length ?? 0, 'CRS');
  checkStarts(sections.overviewSetStarts, counts.levels, 'overview sets');
  checkStarts(sections.idStarts, counts.idBytes, 'ids');
  for (const row of sections.warps) {
    if (row < -1 || row >= counts.warps) throw malformedBytes(`warped source ${row} of ${counts.warps}`);
  }
  checkWarpLevels(sections);
  checkSizes(sections.levelSizes);
  checkSizes(sections.warpSizes);
  for (const source of sections.sourceIndex) {
    if (sections.sizes[2 * source]! < 1 || sections.sizes[2 * source + 1]! < 1) {
      throw malformedBytes(`source ${source} has no pixels`);
    }
  }
  checkRects(sections.srcRects);
  checkRects(sections.dstRects);
  if (!sections.affines.every(Number.isFinite)) throw malformedBytes('an affine is not finite');
  const variantCounts = new Map<string, number>();
  for (const band of mask === null ? bands : [...bands, mask]) checkReads(band, sections.variant, variantCounts);
}

function checkStarts(starts: Uint32Array, count: number, what: string): void {
  let last = 0;
  for (const start of starts) {
    if (start < last) throw malformedBytes(`its ${what} overlap`);
    last = start;
  }
  if (last !== count || starts[0] !== 0) throw malformedBytes(`its ${what} end at ${last} and not at ${count}`);
}

function checkWarpLevels({ warpLevels, warpOverviewSets, overviewSetStarts }: MosaicSections): void {
  for (const [row, level] of warpLevels.entries()) {
    const overviewSet = warpOverviewSets[row]!;
    if (level > overviewSetStarts[overviewSet + 1]! - overviewSetStarts[overviewSet]!)
      throw malformedBytes(`there is no level ${level}`);
  }
}

function checkSizes(sizes: Int32Array): void {
  for (const size of sizes) {
    if (size < 1) throw malformedBytes(`a raster is ${size} pixels wide or high`);
  }
}

function checkRects(rects: Float64Array): void {
  for (let at = 0; at < rects.length; at += 4) {
    const isFinite = Number.isFinite(rects[at]! + rects[at + 1]! + rects[at + 2]! + rects[at + 3]!);
    if (!isFinite || !(rects[at + 2]! > 0) || !(rects[at + 3]! > 0)) throw malformedBytes('a rectangle has no area');
  }
}

/** Bands of a mosaic have all their placements in common, which are looked at once. */
function checkReads(
  { firstPlacement, placementCount, reads }: BandReads,
  variant: Int32Array,
  known: Map<string, number>,
): void {
  const end = firstPlacement + placementCount;
  if (end > variant.length) throw malformedBytes(`a band has placements up to ${end} of ${variant.length}`);
  const key = `${firstPlacement} ${placementCount}`;
  let count = known.get(key);
  if (count === undefined) {
    count = 0;
    for (let placement = firstPlacement; placement < end; placement += 1) {
      if (variant[placement]! < 0) throw malformedBytes('a placement has no variant');
      count = Math.max(count, variant[placement]! + 1);
    }
    known.set(key, count);
  }
  if (count > reads.length) throw malformedBytes(`variant ${count - 1} of ${reads.length}`);
}
