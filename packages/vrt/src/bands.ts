import {
  type BandProfile,
  type DataType,
  MASK_ALL_VALID,
  MASK_NODATA,
  type Nodata,
  type RasterLayout,
} from '@inlay/geo';
import { pixelFunctionOf } from './pixel-function.ts';
import type { BandSources, Placements, SourceRead, VrtBandPlan } from './plan.ts';
import { nodataAt, type PlanOptions } from './plan-options.ts';
import type { BandSelector, SelectedLayout } from './select-bands.ts';

/** The distinct layouts of some sources, and which source has which. */
export interface LayoutGroups {
  /** In the order of first appearance, the reference's first. */
  readonly layouts: readonly RasterLayout[];
  /** Position in `layouts`, by source; -1 for a source that is not placed. */
  readonly layoutOf: Int32Array;
}

/** Groups placed sources by layout **object**; equal layouts in different objects are different groups. */
export function groupByLayout(
  sources: readonly { readonly profile: { readonly layout: RasterLayout } }[],
  isPlaced: Uint8Array,
): LayoutGroups {
  const numbers = new Map<RasterLayout, number>();
  const layoutOf = new Int32Array(sources.length).fill(-1);
  for (const [index, { profile }] of sources.entries()) {
    if (isPlaced[index] === 0) continue;
    let number = numbers.get(profile.layout);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(profile.layout, number);
    }
    layoutOf[index] = number;
  }
  return { layouts: [...numbers.keys()], layoutOf };
}

/** What an output band is decided to be, beyond what describes it. */
export interface BandDecision {
  readonly dataType: DataType;
  readonly nodata: Nodata | null;
  /** What a mask threshold makes of the pixels below it. */
  readonly fill: Nodata;
}

/** Decides on an output band (0-based) from the reference's. */
export type DecideBand = (reference: BandProfile, bandOffset: number) => BandDecision;

/** As gdalbuildvrt decides: the first source's type and nodata. */
export function decideAsGdal(options: PlanOptions): DecideBand {
  return (reference, bandOffset) => ({
    dataType: reference.dataType,
    nodata: outputNodata(options, bandOffset, reference.nodata),
    fill: outputNodata(options, bandOffset, null) ?? 0,
  });
}

/**
 * The bands of a mosaic: what decides on pixels is the first layout's; what describes them is kept where all
 * layouts agree. All layouts have the same number of bands.
 */
export function mosaicBands(
  layouts: readonly SelectedLayout[],
  placements: Placements,
  options: PlanOptions,
  decide: DecideBand,
): VrtBandPlan[] {
  const all = { firstPlacement: 0, placementCount: placements.count };
  const [reference] = layouts;
  // oxlint-disable-next-line oxc/no-map-spread -- bands are few
  const bands = (reference?.bands ?? []).map((band, bandOffset): VrtBandPlan => {
    const { dataType, nodata, fill } = decide(band, bandOffset);
    const peers = layouts.flatMap(({ bands }) => bands[bandOffset] ?? []);
    return {
      ...all,
      reads: layouts.flatMap(({ bands, bandNumbers, alphaBand }): SourceRead[] => {
        const [source, number] = [bands[bandOffset], bandNumbers[bandOffset]];
        if (source === undefined || number === undefined) return [];
        return [{ ...readBand(source, number, options, fill), alphaBand }];
      }),
      dataType,
      nodata,
      hideNodata: options.hideNodata ?? false,
      colorInterp: band.colorInterp,
      colorTable: band.colorTable,
      pixelFunction: pixelFunctionOf(options, { ...band, dataType }),
      ...calibrationOf(band),
      ...commonDescription(band, peers),
    };
  });
  if (options.addAlpha !== true) return bands;
  return [...bands, { ...NO_PARTICULARS, ...all, colorInterp: 'Alpha', reads: readAlphas(layouts, options) }];
}

/**
 * The bands of a band stack: the bands of each placed source in turn, with neither colours nor palettes.
 * @param sourceLayouts layout of each source, by its position in the order sent
 */
export function stackBands(
  sourceLayouts: readonly RasterLayout[],
  placements: Placements,
  select: BandSelector,
  options: PlanOptions,
  decide: DecideBand,
): VrtBandPlan[] {
  const { maskThreshold: _forMosaics, ...readOptions } = options;
  const bands: VrtBandPlan[] = [];
  for (const [placement, sourceIndex] of placements.sourceIndex.entries()) {
    if (placements.sourceIndex[placement - 1] === sourceIndex) continue;
    let placementCount = 1;
    while (placements.sourceIndex[placement + placementCount] === sourceIndex) placementCount += 1;
    const layout = sourceLayouts[sourceIndex];
    if (layout === undefined) throw new RangeError(`placement ${placement} names a source that does not exist`);
    const { bands: sourceBands, bandNumbers } = select(layout);
    for (const [bandOffset, sourceBand] of sourceBands.entries()) {
      const { sourceNodata } = options;
      const band =
        sourceNodata === undefined ? sourceBand : { ...sourceBand, nodata: nodataAt(sourceNodata, bands.length) };
      const { dataType, nodata } = decide(band, bands.length);
      bands.push({
        ...NO_PARTICULARS,
        firstPlacement: placement,
        placementCount,
        reads: [readBand(band, bandNumbers[bandOffset] ?? 0, readOptions, 0)],
        dataType,
        nodata,
        hideNodata: options.hideNodata ?? false,
        ...calibrationOf(band),
        ...commonDescription(band, [band]),
      });
    }
  }
  return bands;
}

/** A band of bytes of which nothing is known but its sources. */
export const NO_PARTICULARS: Omit<VrtBandPlan, keyof BandSources> = {
  dataType: 'Byte',
  nodata: null,
  hideNodata: false,
  colorInterp: null,
  colorTable: null,
  scale: null,
  offset: null,
  unit: null,
  description: null,
  categories: null,
  metadata: {},
  pixelFunction: null,
};

/**
 * The dataset mask of a mosaic, made of all sources as soon as one of them has a mask stored beside its pixels;
 * null where none has. Alpha bands and nodata values make no dataset mask, and an added alpha band takes its place.
 */
export function mosaicMask(
  layouts: readonly SelectedLayout[],
  placements: Placements,
  { addAlpha = false, ignoreSourceMasks = false }: PlanOptions,
): BandSources | null {
  if (addAlpha || !layouts.some(({ hasStoredMask }) => hasStoredMask)) return null;
  return {
    firstPlacement: 0,
    placementCount: placements.count,
    reads: layouts.map((layout) => readMask(layout, !ignoreSourceMasks)),
  };
}

/** The options' nodata of an output band, or `otherwise` where they name none. */
function outputNodata(options: PlanOptions, bandOffset: number, otherwise: Nodata | null): Nodata | null {
  const values = options.nodata ?? options.sourceNodata;
  return values === undefined ? otherwise : nodataAt(values, bandOffset);
}

type ReadableBand = Pick<BandProfile, 'dataType' | 'blockWidth' | 'blockHeight'>;

/** Reads a band as it is, and draws every pixel of it. */
function readAll({ dataType, blockWidth, blockHeight }: ReadableBand, sourceBand: number | 'mask'): SourceRead {
  const nothing = { nodata: null, useMask: false, alphaBand: null, constant: null, maskThreshold: null };
  return { sourceBand, dataType, blockWidth, blockHeight, ...nothing };
}

/** A band's nodata takes precedence over its mask; an alpha band is its own mask. */
function readBand(band: BandProfile, sourceBand: number, options: PlanOptions, fill: Nodata): SourceRead {
  const { maskThreshold, ignoreSourceMasks = false } = options;
  const { nodata, maskFlags, colorInterp } = band;
  const read = readAll(band, sourceBand);
  if (maskThreshold !== undefined) return { ...read, nodata: fill, maskThreshold };
  const isMasked = colorInterp === 'Alpha' || (maskFlags !== MASK_ALL_VALID && maskFlags !== MASK_NODATA);
  return { ...read, nodata, useMask: nodata === null && isMasked && !ignoreSourceMasks };
}

function readMask({ mask, firstBand }: SelectedLayout, useMask: boolean): SourceRead {
  const { blockWidth, blockHeight } = mask ?? firstBand;
  return { ...readAll({ dataType: 'Byte', blockWidth, blockHeight }, 'mask'), useMask };
}

/** How an added alpha band reads the sources: their alpha bands or masks, and what has neither is opaque. */
function readAlphas(layouts: readonly SelectedLayout[], options: PlanOptions): SourceRead[] {
  return layouts.map((layout): SourceRead => {
    const { alpha, alphaBand, hasStoredMask, firstBand } = layout;
    if (alpha !== null) return { ...readBand(alpha.band, alpha.number, options, 0), alphaBand };
    if (hasStoredMask && options.ignoreSourceMasks !== true) return readMask(layout, true);
    return { ...readAll(firstBand, 1), constant: 255 };
  });
}

/** Scale 1 and offset 0 say nothing, and are not written. */
function calibrationOf({ scale, offset }: BandProfile): Pick<VrtBandPlan, 'scale' | 'offset'> {
  return { scale: scale === 1 ? null : scale, offset: offset === 0 ? null : offset };
}

/** Unit, description, categories and metadata items that all the bands agree on. */
function commonDescription(
  first: BandProfile,
  bands: readonly BandProfile[],
): Pick<VrtBandPlan, 'unit' | 'description' | 'categories' | 'metadata'> {
  const agree = (same: (band: BandProfile) => boolean) => bands.every((band) => band === first || same(band));
  const items = Object.entries(first.metadata).filter(([key, value]) =>
    agree(({ metadata }) => metadata[key] === value),
  );
  return {
    unit: agree(({ unit }) => unit === first.unit) ? first.unit || null : null,
    description: agree(({ description }) => description === first.description) ? first.description || null : null,
    categories: agree(({ categories }) => sameTexts(categories, first.categories)) ? first.categories : null,
    metadata: Object.fromEntries(items),
  };
}

/** What the sources' metadata would say of the output, although it is not so: masks by several bands' nodata together. */
const NOT_OF_THE_OUTPUT: ReadonlySet<string> = new Set(['NODATA_VALUES']);

/** Metadata items of the datasets that all of them agree on, and whether pixels are points if they are in all. */
export function commonMetadata(layouts: readonly RasterLayout[]): Record<string, string> {
  const [first] = layouts;
  if (first === undefined) return {};
  const items = Object.entries(first.metadata).filter(
    ([key, value]) => !NOT_OF_THE_OUTPUT.has(key) && layouts.every(({ metadata }) => metadata[key] === value),
  );
  const arePoints = layouts.every(({ areaOrPoint }) => areaOrPoint === 'Point');
  return { ...Object.fromEntries(items), ...(arePoints ? { AREA_OR_POINT: 'Point' } : {}) };
}

function sameTexts(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
