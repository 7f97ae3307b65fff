import { type BandProfile, MASK_ALL_VALID, MASK_NODATA, type Nodata, type RasterLayout } from '@inlay/geo';
import { memoize } from './memoize.ts';
import { nodataAt, type NodataByBand, type PlanOptions } from './plan-options.ts';
import type { VrtKind, VrtSourceInput } from './problem.ts';
import { bandSelector } from './select-bands.ts';

/** Sources and options that say the same as others. */
export interface SourcesAndOptions {
  readonly inputs: readonly VrtSourceInput[];
  readonly planOptions: PlanOptions;
}

/**
 * Where sources are warped, warping has to know what their pixels mean by nodata: what `sourceNodata` says is then
 * said by the sources themselves, and the option is left out. Sources of one layout object still have one.
 *
 * @param order in which sources stand in the document; null for that of `sources`
 */
export function withSourceNodata(
  sources: readonly VrtSourceInput[],
  options: PlanOptions,
  kind: VrtKind,
  order: Int32Array | null,
): SourcesAndOptions {
  const { sourceNodata, ...planOptions } = options;
  if (options.crs === undefined || sourceNodata === undefined) return { inputs: sources, planOptions: options };
  if (kind === 'band_stack') return { inputs: withStackNodata(sources, sourceNodata, planOptions, order), planOptions };
  const folded = memoize((layout: RasterLayout) =>
    withNodata(layout, (bandOffset) => nodataAt(sourceNodata, bandOffset)),
  );
  const inputs = sources.map((source) => ({
    ...source,
    profile: { ...source.profile, layout: folded(source.profile.layout) },
  }));
  return { inputs, planOptions: { ...planOptions, nodata: options.nodata ?? sourceNodata } };
}

/** A stack's nodata values count along its own bands. */
function withStackNodata(
  sources: readonly VrtSourceInput[],
  sourceNodata: NodataByBand,
  options: PlanOptions,
  order: Int32Array | null,
): VrtSourceInput[] {
  const select = bandSelector(options, 'band_stack');
  const inputs = [...sources];
  let before = 0;
  for (const index of order ?? sources.keys()) {
    const source = sources[index];
    if (source === undefined) throw new RangeError(`there is no source ${index} to put in order`);
    const { layout } = source.profile;
    const { bandNumbers } = select(layout);
    const first = before;
    const nodataOf = (bandOffset: number) => {
      const position = bandNumbers.indexOf(bandOffset + 1);
      return position === -1 ? null : nodataAt(sourceNodata, first + position);
    };
    inputs[index] = { ...source, profile: { ...source.profile, layout: withNodata(layout, nodataOf) } };
    before += bandNumbers.length;
  }
  return inputs;
}

function withNodata(layout: RasterLayout, nodataOf: (bandOffset: number) => ReturnType<typeof nodataAt>): RasterLayout {
  return { ...layout, bands: layout.bands.map((band, bandOffset) => bandWithNodata(band, nodataOf(bandOffset))) };
}

/** What is said of pixels in so many words is more than what masks say. */
function bandWithNodata(band: BandProfile, nodata: Nodata | null): BandProfile {
  const unmasked = band.maskFlags === MASK_NODATA ? MASK_ALL_VALID : band.maskFlags;
  return { ...band, nodata, maskFlags: nodata === null ? unmasked : MASK_NODATA };
}
