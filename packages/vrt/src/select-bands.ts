import { type BandProfile, MASK_PER_DATASET, type RasterLayout } from '@inlay/geo';
import { nodataAt, type PlanOptions } from './plan-options.ts';
import type { VrtKind } from './problem.ts';

/** A layout with only those bands that go into the output, in the output's order. */
export interface SelectedLayout extends RasterLayout {
  /** Number of each band in the file, 1-based; 0 where the file lacks a band that was asked for. */
  readonly bandNumbers: readonly number[];
  /** How many bands could be asked for: all of the file's but an alpha band that is used up. */
  readonly selectableCount: number;
  /** The alpha band that goes into the output's added one. */
  readonly alpha: { readonly band: BandProfile; readonly number: number } | null;
  /** The file's band 1, whether it is selected or not. */
  readonly firstBand: BandProfile;
  /** The file has a mask stored beside its pixels. */
  readonly hasStoredMask: boolean;
}

/** Makes a {@link SelectedLayout} of a layout: one and the same for the same layout object. */
export type BandSelector = (layout: RasterLayout) => SelectedLayout;

/** The selector that the options ask for; see {@link selectBands}. */
export function bandSelector(options: PlanOptions, kind: VrtKind): BandSelector {
  const selected = new Map<RasterLayout, SelectedLayout>();
  return (layout) => {
    const known = selected.get(layout);
    if (known !== undefined) return known;
    const made = selectBands(layout, options, kind);
    selected.set(layout, made);
    return made;
  };
}

/**
 * The bands that the options ask for, with the nodata that the options say they have. An alpha band that comes last
 * is no colour where alpha is added or where a threshold makes nodata of it.
 */
function selectBands(layout: RasterLayout, options: PlanOptions, kind: VrtKind): SelectedLayout {
  const { bands: wanted, addAlpha = false, maskThreshold, sourceNodata } = options;
  const last = layout.bands.at(-1);
  const isAlphaUsedUp = last?.colorInterp === 'Alpha' && (addAlpha || maskThreshold !== undefined);
  const selectableCount = layout.bands.length - (isAlphaUsedUp ? 1 : 0);
  const numbers = wanted ?? Array.from({ length: selectableCount }, (_, bandOffset) => bandOffset + 1);
  const bandNumbers = numbers.map((number) => (number <= selectableCount ? number : 0));
  const bandAt = (number: number): BandProfile[] => {
    const band = layout.bands[number - 1];
    if (band === undefined) return [];
    // A stack's nodata values are counted along its own bands, whose number only the whole list of sources tells.
    if (sourceNodata === undefined || kind === 'band_stack') return [band];
    return [{ ...band, nodata: nodataAt(sourceNodata, number - 1) }];
  };
  const alpha = isAlphaUsedUp && maskThreshold === undefined ? bandAt(layout.bands.length)[0] : undefined;
  const [firstBand] = layout.bands;
  if (firstBand === undefined) throw new TypeError('a layout without bands cannot be in a virtual raster');
  return {
    ...layout,
    bands: bandNumbers.filter((number) => number > 0).flatMap(bandAt),
    bandNumbers,
    selectableCount,
    alpha: alpha === undefined ? null : { band: alpha, number: layout.bands.length },
    firstBand,
    hasStoredMask: firstBand.maskFlags === MASK_PER_DATASET,
  };
}

/** The bands that were asked for and that the file has not. */
export function missingBands({ bandNumbers }: SelectedLayout, wanted: readonly number[] = []): readonly number[] {
  return wanted.filter((_, index) => bandNumbers[index] === 0);
}
