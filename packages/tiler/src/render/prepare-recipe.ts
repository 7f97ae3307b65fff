import {
  type MaskedSamples,
  type RasterArray,
  createBandSummary,
  evaluateExpression,
  numericBand,
  validPixels,
} from '@inlay/raster';
import type { PixelSource, WindowRequest } from '../pixel-source.ts';
import type { ChannelStatistics } from './channel-statistics.ts';
import { draftRecipe } from './draft-recipe.ts';
import { type RecipeDraft, type RenderRecipe, channelsWithoutStretch, completeRecipe } from './recipe.ts';
import type { RenderOptions, RenderProblem } from './render-options.ts';

/** A recipe, or what is wrong with what was asked for. */
export type PreparedRecipe =
  | { readonly recipe: RenderRecipe; readonly problems: null }
  | { readonly recipe: null; readonly problems: readonly RenderProblem[] };

/** What a recipe is prepared from besides the raster's bands. */
export interface PrepareOptions {
  /** Statistics kept of the raster's bands: `statistics[0]` is band 1; null or absent where there are none. */
  readonly statistics?: readonly (ChannelStatistics | null)[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decides how a raster is shown: once for all of its tiles. Reads pixels only where a stretch depends on statistics that
 * nobody kept (of an expression, say): then a small picture of the whole raster.
 */
export async function prepareRecipe(
  source: PixelSource,
  options: RenderOptions,
  { statistics = [], signal }: PrepareOptions = {},
): Promise<PreparedRecipe> {
  const { draft, problems } = draftRecipe(source.bands, options);
  if (draft === null) return { recipe: null, problems };
  const missing = channelsWithoutStretch(draft);
  const known = draft.recipe.channels.map((channel) => {
    // Kept statistics were made with the raster's own nodata.
    if (channel.kind !== 'band' || options.nodata !== undefined) return null;
    return statistics[channel.band - 1] ?? null;
  });
  if (missing.every((channel) => known[channel] !== null)) {
    return { recipe: completeRecipe(draft, known), problems: null };
  }
  const sampled = await sampleStatistics(source, draft, signal);
  return {
    recipe: completeRecipe(
      draft,
      known.map((kept, i) => kept ?? sampled[i] ?? null),
    ),
    problems: null,
  };
}

/** Pixels along the longer side of the picture that statistics are made from, about. */
const SAMPLE_SIDE = 512;

/** Rasters without an overview this small are sampled in their middle only. */
const MAX_SAMPLED_PIXELS = 2 ** 24;

const MIDDLE_SIDE = 1024;

/** Percentiles that are looked up: enough for any that is asked for to lie close to one. */
const RANKS: readonly number[] = [
  0,
  0.5,
  1,
  2,
  3,
  4,
  5,
  ...Array.from({ length: 17 }, (_, i) => 10 + 5 * i),
  95,
  96,
  97,
  98,
  99,
  99.5,
  100,
];

/** Statistics of each channel of a draft from a small picture of the raster; null where nothing is valid. */
async function sampleStatistics(
  source: PixelSource,
  { recipe }: RecipeDraft,
  signal: AbortSignal | undefined,
): Promise<(ChannelStatistics | null)[]> {
  const { raster } = await source.readWindow({ ...sampleRequest(source), bands: recipe.bands }, signal);
  const mask = maskOf(raster, recipe);
  const bands = new Map(
    recipe.bands.map((band, index): [number, MaskedSamples] => {
      const samples = numericBand(raster, index);
      return [band, { samples, valid: validPixels(samples, recipe.nodata[index] ?? null, mask) }];
    }),
  );
  return recipe.channels.map((channel) =>
    summarize(
      channel.kind === 'band'
        ? bands.get(channel.band)!
        : evaluateExpression(channel.node, bands, raster.width * raster.height),
    ),
  );
}

function maskOf(
  raster: RasterArray,
  { alpha, bands }: { readonly alpha: RenderRecipe['alpha']; readonly bands: readonly number[] },
): Uint8Array | null {
  if (alpha === null) return raster.mask;
  const opaque = numericBand(raster, bands.indexOf(alpha.band));
  return Uint8Array.from(opaque, (value, i) => (value !== 0 && (raster.mask === null || raster.mask[i] !== 0) ? 1 : 0));
}

function summarize({ samples, valid }: MaskedSamples): ChannelStatistics | null {
  // What counts is told by `valid`; the data type only chooses how values are counted.
  const builder = createBandSummary('Float64', null, { percentiles: RANKS, approximate: true });
  builder.add(samples, valid);
  return builder.finish();
}

function sampleRequest({ grid, levels }: PixelSource): Omit<WindowRequest, 'bands'> {
  const sizes = [grid, ...levels];
  let level = 0;
  for (const [index, { width, height }] of sizes.entries()) {
    if (Math.max(width, height) >= SAMPLE_SIDE && width < sizes[level]!.width) level = index;
  }
  const { width, height } = sizes[level]!;
  const [perCol, perRow] = [grid.width / width, grid.height / height];
  if (width * height > MAX_SAMPLED_PIXELS) {
    const [cols, rows] = [Math.min(width, MIDDLE_SIDE), Math.min(height, MIDDLE_SIDE)];
    const colOff = Math.floor((width - cols) / 2) * perCol;
    const rowOff = Math.floor((height - rows) / 2) * perRow;
    const window = { colOff, rowOff, width: cols * perCol, height: rows * perRow };
    return { level, window, width: cols, height: rows, resampling: 'nearest' };
  }
  const shrink = Math.min(1, (2 * SAMPLE_SIDE) / Math.max(width, height));
  return {
    level,
    window: { colOff: 0, rowOff: 0, width: grid.width, height: grid.height },
    width: Math.max(1, Math.round(width * shrink)),
    height: Math.max(1, Math.round(height * shrink)),
    resampling: 'nearest',
  };
}
