import { type BandProfile, type Nodata, integerRange } from '@inlay/geo';
import { BYTE_STRETCH, type Stretch, type Resampling } from '@inlay/raster';
import { alphaBandOf, chooseDisplay } from '../display.ts';
import type { Channel, RecipeDraft } from './recipe.ts';
import type { Algorithm, RenderOptions, RenderProblem, RescaleChoice } from './render-options.ts';

/** A draft, or all that the raster cannot do of what is asked. */
export type DraftedRecipe =
  | { readonly draft: RecipeDraft; readonly problems: null }
  | { readonly draft: null; readonly problems: readonly RenderProblem[] };

/** Slopes from here on are white; the steepest places of most rasters. */
const STEEP_DEGREES = 60;

/** Metres in units that elevations come in. */
const METRES: ReadonlyMap<string, number> = new Map([
  ['ft', 0.3048],
  ['foot', 0.3048],
  ['feet', 0.3048],
  ['us-ft', 1200 / 3937],
  ['us survey foot', 1200 / 3937],
  ['ftus', 1200 / 3937],
  ['cm', 0.01],
  ['mm', 0.001],
  ['km', 1000],
]);

/** Chooses, from a raster's bands and what was asked for, how it is shown. Pure; opens nothing. */
export function draftRecipe(bands: readonly BandProfile[], options: RenderOptions): DraftedRecipe {
  const problems = problemsOf(bands, options);
  if (problems.length > 0) return { draft: null, problems };
  const display = chooseDisplay(bands);
  const shown = options.bands ?? display.bands;
  const { algorithm, colors, rescale } = options;
  const first = bands[shown[0]! - 1]!;
  const isElevation = algorithm !== undefined;
  const channels: readonly Channel[] = options.expression
    ? options.expression.blocks.map((node) => ({ kind: 'expression', node }))
    : shown.map((band) => toChannel(band, bands[band - 1]!, isElevation));
  const single = options.expression === undefined && channels.length === 1;
  const palette =
    single && first.colorInterp === 'Palette' && colors === undefined && rescale === undefined && !isElevation
      ? first.colorTable
      : null;
  const ramp = colors?.kind === 'named' ? colors.name : null;
  let paint: RecipeDraft['paint'];
  if (algorithm !== undefined)
    paint = { kind: 'algorithm', algorithm, stretch: stretchOfAlgorithm(algorithm, rescale), ramp };
  else if (colors?.kind === 'classes') paint = colors;
  else if (palette !== null) paint = { kind: 'palette', palette };
  else paint = { kind: 'unstretched', ramp };

  const isCategorical =
    palette !== null ||
    (colors?.kind === 'classes' && colors.classes.kind === 'values') ||
    (single && first.categories !== null);
  const alphaBand = alphaBandOf(bands);
  const used = options.expression?.bands ?? shown;
  const read = [...new Set([...used, ...(alphaBand === null ? [] : [alphaBand])])];
  return {
    problems: null,
    draft: {
      recipe: {
        bands: read,
        nodata: read.map((band) => nodataOf(bands[band - 1]!, options.nodata, band === alphaBand)),
        alpha: alphaBand === null ? null : { band: alphaBand, opaque: opaqueValue(bands[alphaBand - 1]!) },
        kernel: chooseKernel(options.resampling, isCategorical, isElevation),
        channels,
        colorFormula: options.colorFormula ?? [],
      },
      paint,
      stretches: paint.kind === 'unstretched' ? stretchesOf(channels, bands, options) : [],
      profiles: bands,
    },
  };
}

function problemsOf(bands: readonly BandProfile[], options: RenderOptions): RenderProblem[] {
  const problems: RenderProblem[] = [];
  const add = (loc: RenderProblem['loc'], msg: string, input: unknown): void => {
    problems.push({ loc, msg, type: 'value_error', input });
  };
  for (const [item, band] of (options.bands ?? []).entries()) {
    if (band > bands.length) add(['bidx', item], `there is no band ${band}; the raster has ${bands.length}`, band);
  }
  const missing = options.expression?.bands.find((band) => band > bands.length);
  if (missing !== undefined) {
    add(['expression'], `there is no band ${missing}; the raster has ${bands.length}`, options.expression?.text);
  }
  const channels = options.expression?.blocks.length ?? options.bands?.length ?? chooseDisplay(bands).bands.length;
  if (channels !== 1 && channels !== 3) {
    const msg = `gives ${channels} results; one is shown, or three as red, green and blue`;
    add(['expression'], msg, options.expression?.text);
  }
  const how = options.expression === undefined ? 'choose one with bidx' : 'give one expression';
  if (options.algorithm !== undefined && channels !== 1) {
    add(['algorithm'], `takes elevations of one band, not ${channels}; ${how}`, options.algorithm.kind);
  }
  if (options.colors !== undefined && channels !== 1) {
    const parameter = options.colors.kind === 'named' ? 'colormap_name' : 'colormap';
    add(
      [parameter],
      `colours one band, not ${channels}; ${how}`,
      options.colors.kind === 'named' ? options.colors.name : null,
    );
  }
  if (options.rescale?.length === 3 && channels === 1) {
    add(['rescale'], 'is given for three channels, but one is shown', null);
  }
  const { algorithm, colors } = options;
  const isStretched = algorithm?.kind === 'hillshade' || algorithm?.kind === 'slope';
  if (algorithm !== undefined && colors !== undefined && (colors.kind === 'classes' || !isStretched)) {
    add(['colormap'], `${algorithm.kind} has colours of its own`, null);
  }
  if (algorithm !== undefined && options.rescale !== undefined) {
    if (!isStretched) add(['rescale'], `${algorithm.kind} has colours of its own`, null);
    else if (options.rescale[0]!.kind !== 'range') add(['rescale'], `${algorithm.kind} takes a range only`, null);
  }
  return problems;
}

/** Elevations are brought to metres; other values are shown as stored, as rio-tiler does. */
function toChannel(band: number, { scale, offset, unit }: BandProfile, isElevation: boolean): Channel {
  if (!isElevation) return { kind: 'band', band, scale: 1, offset: 0 };
  const metres = METRES.get((unit ?? '').trim().toLowerCase()) ?? 1;
  return { kind: 'band', band, scale: (scale ?? 1) * metres, offset: (offset ?? 0) * metres };
}

function stretchOfAlgorithm(algorithm: Algorithm, rescale: readonly RescaleChoice[] | undefined): Stretch {
  const [choice] = rescale ?? [];
  if (choice?.kind === 'range') return { lo: choice.lo, hi: choice.hi };
  return algorithm.kind === 'slope' ? { lo: 0, hi: STEEP_DEGREES } : BYTE_STRETCH;
}

/** An alpha band's zeros are holes whatever its nodata; a nodata value of the file's would make its opaque pixels some. */
function nodataOf(band: BandProfile, override: Nodata | undefined, isAlpha: boolean): Nodata | null {
  return isAlpha ? null : (override ?? band.nodata);
}

/** The alpha band's value for full opacity: its data type's greatest (16-bit alpha), 1 for floating point. */
function opaqueValue({ dataType, nbits }: BandProfile): number {
  return nbits === null ? Number(integerRange(dataType)?.[1] ?? 1) : 2 ** nbits - 1;
}

/** Classes have no values in between; elevations by the nearest pixel are stairs. */
function chooseKernel(wanted: Resampling | undefined, isCategorical: boolean, isElevation: boolean): Resampling {
  if (isCategorical) return wanted === 'mode' ? 'mode' : 'nearest';
  return wanted ?? (isElevation ? 'bilinear' : 'nearest');
}

const COLOR_BANDS: readonly string[] = ['Red', 'Green', 'Blue'];

/**
 * Bytes that are shown as red, green and blue keep their values where a band calls itself one of those; all else is
 * stretched by its statistics.
 */
function stretchesOf(
  channels: readonly Channel[],
  bands: readonly BandProfile[],
  { rescale }: RenderOptions,
): (Stretch | RescaleChoice | null)[] {
  const profiles = channels.map((channel) => (channel.kind === 'band' ? bands[channel.band - 1]! : null));
  const isPicture =
    channels.length === 3 &&
    profiles.every((band) => band?.dataType === 'Byte') &&
    profiles.some((band) => COLOR_BANDS.includes(band!.colorInterp));
  return channels.map((_, index) => {
    const choice = rescale?.[index] ?? rescale?.[0] ?? null;
    if (choice?.kind === 'range') return { lo: choice.lo, hi: choice.hi };
    return choice === null && isPicture ? BYTE_STRETCH : choice;
  });
}
