import { type BandProfile, MASK_ALL_VALID, MASK_NODATA, MASK_PER_DATASET, type RasterLayout } from '@inlay/geo';
import type { BandSources, Placements, SourceRead, VrtBandPlan } from './plan.ts';

/** The distinct layouts of some sources, and which source has which. */
export interface LayoutGroups {
  /** In the order of first appearance, the reference's first. */
  readonly layouts: readonly RasterLayout[];
  /** Position in `layouts`, by source. */
  readonly layoutOf: Int32Array;
}

/** Groups sources by layout **object**; equal layouts in different objects are different groups. */
export function groupByLayout(
  sources: readonly { readonly profile: { readonly layout: RasterLayout } }[],
): LayoutGroups {
  const numbers = new Map<RasterLayout, number>();
  const layoutOf = new Int32Array(sources.length);
  for (const [index, { profile }] of sources.entries()) {
    let number = numbers.get(profile.layout);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(profile.layout, number);
    }
    layoutOf[index] = number;
  }
  return { layouts: [...numbers.keys()], layoutOf };
}

/**
 * The bands of a mosaic: what decides on pixels is the first layout's; what describes them is kept where all
 * layouts agree. All layouts have the same number of bands.
 */
export function mosaicBands(layouts: readonly RasterLayout[], placements: Placements): VrtBandPlan[] {
  const [reference] = layouts;
  // oxlint-disable-next-line oxc/no-map-spread -- bands are few
  return (reference?.bands ?? []).map((band, bandOffset) => {
    const bands = layouts.flatMap(({ bands }) => bands[bandOffset] ?? []);
    return {
      firstPlacement: 0,
      placementCount: placements.count,
      reads: bands.map((source) => readBand(source, bandOffset + 1)),
      dataType: band.dataType,
      nodata: band.nodata,
      colorInterp: band.colorInterp,
      colorTable: band.colorTable,
      ...calibrationOf(band),
      ...commonDescription(band, bands),
    };
  });
}

/** The bands of a band stack: the bands of each placed source in turn, with neither colours nor palettes. */
export function stackBands(sourceLayouts: readonly RasterLayout[], placements: Placements): VrtBandPlan[] {
  const bands: VrtBandPlan[] = [];
  for (const [placement, sourceIndex] of placements.sourceIndex.entries()) {
    for (const [bandOffset, band] of (sourceLayouts[sourceIndex]?.bands ?? []).entries()) {
      bands.push({
        firstPlacement: placement,
        placementCount: 1,
        reads: [readBand(band, bandOffset + 1)],
        dataType: band.dataType,
        nodata: band.nodata,
        colorInterp: null,
        colorTable: null,
        ...calibrationOf(band),
        ...commonDescription(band, [band]),
      });
    }
  }
  return bands;
}

/**
 * The dataset mask of a mosaic, made of all sources as soon as one of them has a mask stored beside its pixels;
 * null where none has. Alpha bands and nodata values make no dataset mask.
 */
export function mosaicMask(layouts: readonly RasterLayout[], placements: Placements): BandSources | null {
  if (!layouts.some(({ bands }) => bands[0]?.maskFlags === MASK_PER_DATASET)) return null;
  return {
    firstPlacement: 0,
    placementCount: placements.count,
    reads: layouts.flatMap(({ bands: [first], mask }): SourceRead[] => {
      const block = mask ?? first;
      if (block === undefined) return [];
      const { blockWidth, blockHeight } = block;
      return [{ sourceBand: 'mask', dataType: 'Byte', blockWidth, blockHeight, nodata: null, useMask: true }];
    }),
  };
}

/** A band's nodata takes precedence over its mask; an alpha band is its own mask. */
function readBand(band: BandProfile, sourceBand: number): SourceRead {
  const { dataType, blockWidth, blockHeight, nodata, maskFlags, colorInterp } = band;
  const isMasked = colorInterp === 'Alpha' || (maskFlags !== MASK_ALL_VALID && maskFlags !== MASK_NODATA);
  return { sourceBand, dataType, blockWidth, blockHeight, nodata, useMask: nodata === null && isMasked };
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

function sameTexts(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
