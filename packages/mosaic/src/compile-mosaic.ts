import {
  type BandProfile,
  type Crs,
  MASK_ALPHA,
  MASK_NODATA,
  MASK_PER_DATASET,
  type RasterLayout,
  nodataToJson,
} from '@inlay/geo';
import {
  type PlacedRaster,
  profileWarper,
  type SourceRead,
  type VrtPlan,
  type WarpedSource,
  type WarpPlan,
} from '@inlay/vrt';
import type { BandRead, BandTraits, CompiledMosaic, SourceTraits } from './compiled-mosaic.ts';
import { MosaicError } from './error.ts';
import type { Size } from './lattice.ts';
import { allocateMosaic, type MosaicSections, sealMosaic } from './mosaic-layout.ts';
import { writeMeta } from './mosaic-meta.ts';
import { openCompiledMosaic } from './open-compiled-mosaic.ts';
import { requireKnown } from './pixel-function.ts';
import { buildIndex, indexBytes } from './spatial-index.ts';
import { WARP_KERNELS, type WarpKernel } from './warp-sampler.ts';

/** A source of a plan, as far as reading it goes. */
export interface MosaicSource {
  /** What the caller calls it: the id that it is opened by. */
  readonly id: string;
  /** Of the source as it is, whether it is warped or not. */
  readonly layout: RasterLayout;
}

/** How to compile. */
export interface CompileOptions {
  /** Puts the mosaic in shared memory, so that worker threads use it without a copy. */
  readonly shared?: boolean;
}

/**
 * Makes a plan ready for reading: once for each generation of a mosaic.
 * @param sources by their position in the order sent
 * @throws {MosaicError} `mosaic/unsupported` for a pixel function, or a way of warping, that is not computed here
 */
export function compileMosaic(
  plan: VrtPlan<Crs | null>,
  sources: readonly MosaicSource[],
  { shared = false }: CompileOptions = {},
): CompiledMosaic {
  const { placements } = plan;
  for (const { pixelFunction } of plan.bands) if (pixelFunction !== null) requireKnown(pixelFunction);
  const missing = placements.sourceIndex.find((source) => sources[source] === undefined);
  if (missing !== undefined)
    throw new RangeError(`the plan has a source ${missing}, of ${sources.length} that are given`);
  const { bands, mask, variantOf } = mergeVariants(plan);
  const { tables, rows } = tabulate(sources, plan.warp);
  const dstRects = placements.dstRects.map(asWritten);
  const index = buildIndex(dstRects);
  const ids = encodeIds(sources);
  const meta = writeMeta({
    grid: plan.grid,
    crs: plan.crs,
    bands,
    mask,
    resampling: plan.resampling,
    traits: tables.traits,
    warp: plan.warp === null ? null : { crss: tables.crss, resampling: warpKernel(plan.warp) },
  });

  const { bytes, sections } = allocateMosaic(
    {
      placements: placements.count,
      sources: sources.length,
      overviewSets: tables.overviewSets.length,
      levels: tables.overviewSets.reduce((sum, levels) => sum + levels.length, 0),
      idBytes: ids.bytes.length,
      warps: tables.warps.length,
      indexBytes: indexBytes(placements.count),
      metaBytes: meta.length,
    },
    shared,
  );
  sections.srcRects.set(placements.srcRects.map(asWritten));
  sections.dstRects.set(dstRects);
  if (index !== null) sections.index.set(new Uint8Array(index.data));
  sections.sourceIndex.set(placements.sourceIndex);
  sections.variant.set(placements.variant.map((variant) => variantOf[variant] ?? 0));
  for (const [placement, source] of placements.sourceIndex.entries()) {
    sections.sizes[2 * source] = placements.sourceWidth[placement]!;
    sections.sizes[2 * source + 1] = placements.sourceHeight[placement]!;
  }
  for (const [source, row] of rows.entries()) {
    sections.traits[source] = row.traits;
    sections.overviewSets[source] = row.overviewSet;
    sections.maskOverviewSets[source] = row.maskOverviewSet;
    if (tables.warps.length > 0) sections.warps[source] = row.warp;
  }
  fillOverviewSets(sections, tables.overviewSets);
  fillWarps(sections, tables);
  sections.idStarts.set(ids.starts);
  sections.idBytes.set(ids.bytes);
  sections.meta.set(meta);
  sealMosaic(bytes);
  return openCompiledMosaic(bytes, { isTrusted: true });
}

/** The document holds 15 digits (`%.15g`): a reader of it, and this one, count from the same numbers. */
function asWritten(pixels: number): number {
  return Number.isInteger(pixels) ? pixels : Number(pixels.toPrecision(15));
}

/** The bands with each distinct way of reading once, and which of them a plan's variant is. */
function mergeVariants(plan: VrtPlan<Crs | null>): Pick<CompiledMosaic, 'bands' | 'mask'> & { variantOf: number[] } {
  const all = plan.mask === null ? plan.bands : [...plan.bands, plan.mask];
  const variantCount = Math.max(0, ...all.map(({ reads }) => reads.length));
  const merged = new Map<string, number>();
  const kept: number[] = [];
  const variantOf: number[] = [];
  for (let variant = 0; variant < variantCount; variant += 1) {
    const key = jsonKey(all.map(({ reads }) => reads.slice(variant, variant + 1).map(bandRead)));
    let number = merged.get(key);
    if (number === undefined) {
      number = kept.push(variant) - 1;
      merged.set(key, number);
    }
    variantOf.push(number);
  }
  const readsOf = (reads: readonly SourceRead[]) =>
    kept.flatMap((variant) => reads.slice(variant, variant + 1).map(bandRead));
  return {
    variantOf,
    bands: plan.bands.map(
      ({ firstPlacement, placementCount, reads, dataType, nodata, hideNodata, colorInterp, pixelFunction }) => ({
        firstPlacement,
        placementCount,
        reads: readsOf(reads),
        dataType,
        nodata,
        hideNodata,
        colorInterp,
        pixelFunction,
      }),
    ),
    mask:
      plan.mask === null
        ? null
        : {
            firstPlacement: plan.mask.firstPlacement,
            placementCount: plan.mask.placementCount,
            reads: readsOf(plan.mask.reads),
          },
  };
}

function bandRead({ sourceBand, nodata, useMask, alphaBand, constant, maskThreshold }: SourceRead): BandRead {
  return { sourceBand, nodata, useMask, alphaBand, constant, maskThreshold };
}

/** Equal for what reads alike. */
function jsonKey(value: unknown): string {
  return JSON.stringify(value, (key, item: unknown) =>
    key === 'nodata' && item !== null ? `${typeof item} ${nodataToJson(item as number | bigint)}` : item,
  );
}

interface LayoutRow {
  readonly traits: number;
  readonly overviewSet: number;
  readonly maskOverviewSet: number;
}

interface SourceRow extends LayoutRow {
  /** Row of the warp columns; -1 for none. */
  readonly warp: number;
}

interface WarpRow extends LayoutRow {
  readonly raster: PlacedRaster;
  readonly level: number;
  readonly crs: number;
}

/** What sources have in common, stored once. */
class SourceTables {
  readonly traits: SourceTraits[] = [];
  readonly overviewSets: (readonly Size[])[] = [];
  readonly warps: WarpRow[] = [];
  readonly crss: Crs[] = [];
  // By object: catalogues hand out one for each.
  readonly #crsNumbers = new Map<Crs, number>();
  readonly #layouts = new Map<RasterLayout, LayoutRow>();
  // By content.
  readonly #traitNumbers = new Map<string, number>();
  readonly #overviewSetNumbers = new Map<string, number>();

  add(layout: RasterLayout): SourceRow {
    return { ...this.#layout(layout), warp: -1 };
  }

  /** @param layout that the source has once it is warped */
  addWarped(layout: RasterLayout, { profile, overviewLevel }: WarpedSource): SourceRow {
    const crs = numberOf(profile.crs, profile.crs, this.#crsNumbers, this.crss);
    const level = overviewLevel === null ? 0 : overviewLevel + 1;
    const warp = this.warps.push({ ...this.#layout(profile.layout), raster: profile, level, crs }) - 1;
    return { ...this.#layout(layout), warp };
  }

  #layout(layout: RasterLayout): LayoutRow {
    const known = this.#layouts.get(layout);
    if (known !== undefined) return known;
    const traits = traitsOf(layout);
    const row = {
      traits: numberOf(traits, jsonKey(traits), this.#traitNumbers, this.traits),
      overviewSet: this.#overviewSet(layout.overviews),
      maskOverviewSet: this.#overviewSet(layout.mask?.overviews ?? []),
    };
    this.#layouts.set(layout, row);
    return row;
  }

  #overviewSet(overviews: readonly Size[]): number {
    const levels = overviews.map(({ width, height }) => ({ width, height }));
    return numberOf(levels, jsonKey(levels), this.#overviewSetNumbers, this.overviewSets);
  }
}

/** The rows of all sources, and what they have in common; a warped source has the traits and levels of a warped one. */
function tabulate(
  sources: readonly MosaicSource[],
  warp: WarpPlan | null,
): { readonly tables: SourceTables; readonly rows: readonly SourceRow[] } {
  const tables = new SourceTables();
  const warper = warp === null ? null : profileWarper(warp.target, warp.resampling);
  const rows = sources.map(({ layout }, index) => {
    const warped = warp?.sources.get(index);
    if (warped === undefined || warper === null) return tables.add(layout);
    return tables.addWarped(warper(warped.profile, warped.overviewLevel).layout, warped);
  });
  return { tables, rows };
}

function warpKernel({ resampling }: WarpPlan): WarpKernel {
  const known = WARP_KERNELS.find((kernel) => kernel === resampling);
  if (known !== undefined) return known;
  const message = `sources that are warped by ${resampling} cannot be read; by ${WARP_KERNELS.join(', ')} they can`;
  throw new MosaicError('mosaic/unsupported', message, { details: { resampling } });
}

/** The position of an item in a list, where it is added once for each key. */
function numberOf<Key, Item>(item: Item, key: Key, numbers: Map<Key, number>, list: Item[]): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  const number = list.push(item) - 1;
  numbers.set(key, number);
  return number;
}

function traitsOf({ bands }: RasterLayout): SourceTraits {
  const alpha = bands.findLastIndex(({ colorInterp }) => colorInterp === 'Alpha');
  const isUsed = bands.some(({ maskFlags }) => (maskFlags & MASK_ALPHA) !== 0);
  return { bands: bands.map(bandTraits), alphaBand: isUsed && alpha >= 0 ? alpha + 1 : null };
}

function bandTraits(band: BandProfile): BandTraits {
  const { dataType, nodata } = band;
  return { dataType, nodata, validity: validityOf(band) };
}

function validityOf({ colorInterp, maskFlags }: BandProfile): BandTraits['validity'] {
  if ((maskFlags & MASK_NODATA) !== 0) return 'nodata';
  if (colorInterp === 'Alpha') return 'self';
  if ((maskFlags & MASK_ALPHA) !== 0) return 'alpha';
  return (maskFlags & MASK_PER_DATASET) !== 0 ? 'stored' : 'all';
}

function fillOverviewSets(
  { overviewSetStarts, levelSizes }: MosaicSections,
  overviewSets: SourceTables['overviewSets'],
): void {
  let level = 0;
  for (const [overviewSet, levels] of overviewSets.entries()) {
    overviewSetStarts[overviewSet] = level;
    for (const { width, height } of levels) {
      levelSizes.set([width, height], 2 * level);
      level += 1;
    }
  }
  overviewSetStarts[overviewSets.length] = level;
}

function fillWarps(sections: MosaicSections, { warps }: SourceTables): void {
  for (const [row, { raster, level, crs, ...layout }] of warps.entries()) {
    sections.affines.set(raster.affine, 6 * row);
    sections.warpCrs[row] = crs;
    sections.warpSizes.set([raster.width, raster.height], 2 * row);
    sections.warpOverviewSets[row] = layout.overviewSet;
    sections.warpMaskOverviewSets[row] = layout.maskOverviewSet;
    sections.warpLevels[row] = level;
    sections.warpTraits[row] = layout.traits;
  }
}

function encodeIds(sources: readonly MosaicSource[]): { starts: Uint32Array; bytes: Uint8Array } {
  const starts = new Uint32Array(sources.length + 1);
  for (const [source, { id }] of sources.entries()) starts[source + 1] = starts[source]! + Buffer.byteLength(id);
  const bytes = new Uint8Array(starts.at(-1)!);
  const encoder = new TextEncoder();
  for (const [source, { id }] of sources.entries()) encoder.encodeInto(id, bytes.subarray(starts[source]));
  return { starts, bytes };
}
