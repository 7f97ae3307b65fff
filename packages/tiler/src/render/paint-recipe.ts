import {
  BYTE_STRETCH,
  type MaskedSamples,
  type Picture,
  type Surface,
  type WarpedRaster,
  applyColorOperations,
  applyPalette,
  colorByClass,
  colorMapByName,
  contours,
  encodeElevation,
  evaluateExpression,
  hillshade,
  rescaleToBytes,
  slope,
} from '@inlay/raster';
import { paintPlanes, pictureOfRgba } from '../paint.ts';
import type { Channel, RenderRecipe } from './recipe.ts';
import type { Algorithm } from './render-options.ts';

/** Metres on the ground that a pixel of each row of a warped raster spans, along the row and across. */
export interface GroundSteps {
  readonly metresX: Float64Array;
  readonly metresY: Float64Array;
}

/** Pixels that the warped raster has more than the picture on each side: what a recipe needs around it. */
export function bufferOf({ paint }: Pick<RenderRecipe, 'paint'>): number {
  if (paint.kind !== 'algorithm') return 0;
  return paint.algorithm.kind === 'terrainrgb' || paint.algorithm.kind === 'terrarium' ? 0 : 1;
}

/**
 * The picture of a warped raster: the raster's size, less {@link bufferOf} on each side.
 * @param ground needed by hillshade and slope.
 */
export function paintRecipe(recipe: RenderRecipe, warped: WarpedRaster, ground: GroundSteps | null): Picture {
  const { paint } = recipe;
  const bands = new Map(
    recipe.bands.map((band, i): [number, MaskedSamples] => [
      band,
      { samples: warped.bands[i]!, valid: warped.valid[i]! },
    ]),
  );
  const channels = recipe.channels.map((channel) => valuesOf(channel, bands, warped.width * warped.height));
  const first = channels[0]!;
  const buffer = bufferOf(recipe);
  const size = { width: warped.width - 2 * buffer, height: warped.height - 2 * buffer };
  const opacity = opacityOf(recipe, bands, warped.width, buffer);
  if (paint.kind === 'palette')
    return pictureOfRgba(applyPalette(first.samples, first.valid, paint.palette, size).data, size, opacity);
  if (paint.kind === 'classes')
    return pictureOfRgba(colorByClass(first.samples, first.valid, paint.classes), size, opacity);
  if (paint.kind === 'algorithm') {
    const { algorithm } = paint;
    if (algorithm.kind === 'terrainrgb' || algorithm.kind === 'terrarium') {
      return pictureOfRgba(encodeElevation(first.samples, first.valid, algorithm), size, opacity);
    }
    const surface: Surface = { ...warped, ...first, ...requireGround(ground, algorithm) };
    if (algorithm.kind === 'contours') return pictureOfRgba(contours(surface, algorithm), size, opacity);
    const derived = algorithm.kind === 'hillshade' ? hillshade(surface, algorithm) : slope(surface, algorithm);
    return stretched([derived], [paint.stretch], paint.ramp);
  }
  return stretched(channels, paint.stretches, paint.ramp);

  function stretched(
    values: readonly MaskedSamples[],
    stretches: readonly { readonly lo: number; readonly hi: number }[],
    ramp: string | null,
  ): Picture {
    const masks = values.map(({ valid }) => valid);
    let planes: readonly (Uint8Array | Uint8ClampedArray)[] = values.map(({ samples }, i) =>
      samples instanceof Uint8Array && isByteStretch(stretches[i]!) ? samples : rescaleToBytes(samples, stretches[i]!),
    );
    const colors = ramp === null ? null : colorMapByName(ramp);
    if (colors !== null) planes = [0, 1, 2].map((channel) => throughRamp(planes[0]!, colors, channel));
    if (recipe.colorFormula.length > 0) planes = applyColorOperations(planes, recipe.colorFormula);
    return paintPlanes(planes, masks, size, opacity);
  }
}

function valuesOf(channel: Channel, bands: ReadonlyMap<number, MaskedSamples>, length: number): MaskedSamples {
  if (channel.kind === 'expression') return evaluateExpression(channel.node, bands, length);
  const band = bands.get(channel.band)!;
  const { scale, offset } = channel;
  if (scale === 1 && offset === 0) return band;
  return { samples: Float64Array.from(band.samples, (value) => value * scale + offset), valid: band.valid };
}

/** Whether bytes are shown as they are. */
export function isByteStretch({ lo, hi }: { readonly lo: number; readonly hi: number }): boolean {
  return lo === BYTE_STRETCH.lo && hi === BYTE_STRETCH.hi;
}

function throughRamp(plane: Uint8Array | Uint8ClampedArray, ramp: Uint8Array, channel: number): Uint8Array {
  const out = new Uint8Array(plane.length);
  for (let i = 0; i < out.length; i++) out[i] = ramp[4 * plane[i]! + channel]!;
  return out;
}

/** The alpha band in bytes, without the buffer; null where the raster has none. */
function opacityOf(
  { alpha }: RenderRecipe,
  bands: ReadonlyMap<number, MaskedSamples>,
  width: number,
  buffer: number,
): Uint8ClampedArray | null {
  if (alpha === null) return null;
  const { samples, valid } = bands.get(alpha.band)!;
  const bytes = rescaleToBytes(samples, { lo: 0, hi: alpha.opaque });
  for (let i = 0; i < bytes.length; i++) if (valid[i] === 0) bytes[i] = 0;
  if (buffer === 0) return bytes;
  const inner = width - 2 * buffer;
  const rows = bytes.length / width - 2 * buffer;
  const cropped = new Uint8ClampedArray(inner * rows);
  for (let row = 0; row < rows; row++) {
    const from = (row + buffer) * width + buffer;
    cropped.set(bytes.subarray(from, from + inner), row * inner);
  }
  return cropped;
}

function requireGround(ground: GroundSteps | null, { kind }: Algorithm): GroundSteps {
  if (ground === null) throw new RangeError(`${kind} needs to know how large pixels are on the ground`);
  return ground;
}
