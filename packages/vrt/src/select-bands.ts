import { type BandProfile, MASK_PER_DATASET, type RasterLayout } from '@inlay/geo';
import { bandsNamed, type MissingBand } from './band-names.ts';
import { withOwnValidity } from './band-validity.ts';
import { nodataAt, type PlanOptions } from './plan-options.ts';
import type { VrtKind } from './problem.ts';

/** A layout with only those bands that go into the output, in the output's order. */
export interface SelectedLayout extends RasterLayout {
  /** Number of each band in the file, 1-based; as many as `bands`. */
  readonly bandNumbers: readonly number[];
  /** What could be asked for, from band 1 on: all of the file's bands but an alpha band that is used up. */
  readonly selectable: readonly BandProfile[];
  /** What was asked for and is not in `bands`. */
  readonly missing: readonly MissingBand[];
  /** The alpha band that goes into the output's added one. */
  readonly alpha: { readonly band: BandProfile; readonly number: number } | null;
  /** The file's band 1, whether it is selected or not. */
  readonly firstBand: BandProfile;
  /** The file has a mask stored beside its pixels, or one that the output can keep in no other way. */
  readonly hasStoredMask: boolean;
  /** The bands as the file declares them, in the order of `bands`: there, nodata is the one that is honoured. */
  readonly declared: readonly BandProfile[];
  /** The alpha band (1-based) that masks the others although readers would look at nodata; null without one. */
  readonly alphaBand: number | null;
}

/** Makes a {@link SelectedLayout} of a layout: one and the same for the same layout object. */
export type BandSelector = (layout: RasterLayout) => SelectedLayout;

/** The selector that the options ask for; see {@link selectBands}. */
export function bandSelector(options: PlanOptions, kind: VrtKind): BandSelector {
  const selected = new Map<RasterLayout, SelectedLayout>();
  return (layout) => {
    const known = selected.get(layout);
    if (known !== undefined) return known;
    const declared = selectBands(layout, options, kind);
    const made = 'mode' in options ? declared : withOwnValidity(declared, options, kind);
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
  const selectable = isAlphaUsedUp ? layout.bands.slice(0, -1) : layout.bands;
  const found = wanted?.map((band) => ({ wanted: band, candidates: candidatesFor(band, selectable) }));
  const bandNumbers =
    found === undefined
      ? selectable.map((_, bandOffset) => bandOffset + 1)
      : found.flatMap(({ candidates }) => (candidates.length === 1 ? candidates : []));
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
    bands: bandNumbers.flatMap(bandAt),
    bandNumbers,
    selectable,
    missing: found?.filter(({ candidates }) => candidates.length !== 1) ?? [],
    alpha: alpha === undefined ? null : { band: alpha, number: layout.bands.length },
    firstBand,
    hasStoredMask: firstBand.maskFlags === MASK_PER_DATASET,
    declared: bandNumbers.flatMap((number) => layout.bands[number - 1] ?? []),
    alphaBand: null,
  };
}

/** Numbers of the bands that can be meant; a number means itself, where there is such a band. */
function candidatesFor(wanted: number | string, selectable: readonly BandProfile[]): readonly number[] {
  if (typeof wanted === 'string') return bandsNamed(wanted, selectable);
  return wanted <= selectable.length ? [wanted] : [];
}
