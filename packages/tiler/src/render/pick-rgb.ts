import { meshPixels } from '@inlay/geo';
import { EDGE_TOLERANCE, type NearestList, type Picture, type RasterArray } from '@inlay/raster';
import type { PictureSize } from '../paint.ts';
import type { PaintPlan, PlannedRead } from '../plan-tile.ts';
import { isByteStretch } from './paint-recipe.ts';
import type { RenderRecipe } from './recipe.ts';

// What most tiles are: three bands of bytes, as they are, of the nearest pixels. Warped and painted as all others are, each
// pixel would be written down three times before it is in the picture; here it is written once.

/** Bytes of red, green and blue, and where they are valid: non-zero, null for everywhere. */
interface RgbPlanes {
  readonly red: Uint8Array;
  readonly green: Uint8Array;
  readonly blue: Uint8Array;
  readonly mask: Uint8Array | null;
}

/** Offsets of red, green and blue among the bands of a recipe that shows bytes as they are; null of any other. */
export function plainRgb({
  bands,
  nodata,
  alpha,
  kernel,
  channels,
  paint,
  colorFormula,
}: RenderRecipe): readonly number[] | null {
  if (kernel !== 'nearest' || alpha !== null || colorFormula.length > 0 || channels.length !== 3) return null;
  if (paint.kind !== 'stretch' || paint.ramp !== null || !paint.stretches.every(isByteStretch)) return null;
  const offsets = channels.map((channel) =>
    channel.kind === 'band' && channel.scale === 1 && channel.offset === 0 ? bands.indexOf(channel.band) : -1,
  );
  return offsets.every((offset) => offset >= 0 && nodata[offset] === null) ? offsets : null;
}

/**
 * The picture that warping and painting would make of a window.
 * @param offsets see {@link plainRgb}
 * @returns null where the samples are no bytes
 */
export function pickRgb(
  { width, height }: PaintPlan,
  { mesh, scaling }: PlannedRead,
  raster: RasterArray,
  offsets: readonly number[],
): Picture | null {
  const planes = planesOf(raster, offsets);
  if (planes === null) return null;
  const pixels = meshPixels(mesh, scaling, raster, EDGE_TOLERANCE, indicesOfLength(width * height));
  const { mask } = planes;
  const isWhole = !pixels.includes(-1) && (mask === null || pixels.every((pixel) => mask[pixel] !== 0));
  return isWhole ? opaque(planes, pixels, { width, height }) : withHoles(planes, pixels, { width, height });
}

/**
 * The picture of pixels that were read one by one.
 * @param raster one row: the pixels of the list
 * @returns null where the samples are no bytes
 */
export function placeRgb(
  { width, height }: PaintPlan,
  { places }: NearestList,
  raster: RasterArray,
  offsets: readonly number[],
): Picture | null {
  const planes = planesOf(raster, offsets);
  if (planes === null) return null;
  const pixels = indicesOfLength(width * height);
  if (places !== null) pixels.fill(-1);
  for (let i = 0; i < raster.width; i++) pixels[places === null ? i : places[i]!] = i;
  const isWhole = places === null && (planes.mask === null || !planes.mask.includes(0));
  return isWhole ? opaque(planes, pixels, { width, height }) : withHoles(planes, pixels, { width, height });
}

function planesOf({ bands, mask }: RasterArray, offsets: readonly number[]): RgbPlanes | null {
  const [red, green, blue] = offsets.map((offset) => bands[offset]);
  const isBytes = red instanceof Uint8Array && green instanceof Uint8Array && blue instanceof Uint8Array;
  return isBytes ? { red, green, blue, mask } : null;
}

/** @param pixels of the planes, one for each of the picture's */
function opaque({ red, green, blue }: RgbPlanes, pixels: Int32Array, size: PictureSize): Picture {
  const data = new Uint8Array(3 * pixels.length);
  for (let i = 0, to = 0; i < pixels.length; i++, to += 3) {
    const pixel = pixels[i]!;
    data[to] = red[pixel]!;
    data[to + 1] = green[pixel]!;
    data[to + 2] = blue[pixel]!;
  }
  return { layout: 'pixel-interleaved', ...size, channels: 3, data };
}

/** @param pixels of the planes, one for each of the picture's; -1 where there is none */
function withHoles({ red, green, blue, mask }: RgbPlanes, pixels: Int32Array, size: PictureSize): Picture {
  const data = new Uint8Array(4 * pixels.length);
  for (let i = 0, to = 0; i < pixels.length; i++, to += 4) {
    const pixel = pixels[i]!;
    if (pixel < 0 || (mask !== null && mask[pixel] === 0)) continue;
    data[to] = red[pixel]!;
    data[to + 1] = green[pixel]!;
    data[to + 2] = blue[pixel]!;
    data[to + 3] = 255;
  }
  return { layout: 'pixel-interleaved', ...size, channels: 4, data };
}

/** The indices of the last picture, which nobody looks at any more. */
let lastIndices = new Int32Array(0);

/** Indices are kept from picture to picture up to this many: 512 x 512 pixels. */
const KEPT_INDICES = 2 ** 18;

function indicesOfLength(length: number): Int32Array {
  if (lastIndices.length === length) return lastIndices;
  const indices = new Int32Array(length);
  if (length <= KEPT_INDICES) lastIndices = indices;
  return indices;
}
