import {
  type DataType,
  integerRange,
  isComplex,
  isRepresentable,
  type Nodata,
  type Positions,
  type Window,
} from '@inlay/geo';
import type { Samples } from '@inlay/raster';
import { sampleWriter } from './convert.ts';
import type { Size } from './lattice.ts';
import type { Shrink } from './warp-positions.ts';

/** How warped sources are resampled here. */
export const WARP_KERNELS = ['nearest', 'bilinear', 'cubic'] as const;

export type WarpKernel = (typeof WARP_KERNELS)[number];

/** One band of what lies under a tile. */
export interface WarpInput {
  /** Length = width * height of the window, for complex types twice that. */
  readonly samples: Samples;
  readonly dataType: DataType;
  /** Pixels of this value take no part; null where none does. */
  readonly nodata: Nodata | null;
  /** 0 takes no part; null where all do. */
  readonly validity: Uint8Array | null;
  /** Where the samples are in the source. */
  readonly window: Window;
  /** Size of the whole source, whose edge is where pixels end. */
  readonly source: Size;
}

/** A tile of a window of the output, which is to be filled. */
export interface WarpPlace {
  /** Of the window. */
  readonly samples: Samples;
  readonly tile: Window;
  readonly window: Window;
}

/** A symmetric function of the distance in pixels, 0 from its radius on. */
interface Weights {
  readonly radius: number;
  weight(distance: number): number;
}

const WEIGHTS: Readonly<Record<WarpKernel, Weights | null>> = {
  nearest: null,
  bilinear: { radius: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  /** Keys' cubic convolution with a = -0.5 (Keys 1981, formula 4). */
  cubic: {
    radius: 2,
    weight(distance) {
      const x = Math.abs(distance);
      if (x <= 1) return x * x * (1.5 * x - 2.5) + 1;
      return x < 2 ? x * (x * (-0.5 * x + 2.5) - 4) + 2 : 0;
    },
  },
};

/** What GDAL's warper adds to a position before it is truncated. */
const ON_PIXEL = 1e-10;

/** How many pixels around a position a kernel looks at. */
export function warpReach(kernel: WarpKernel, { across, down }: Shrink): number {
  const weights = WEIGHTS[kernel];
  return weights === null ? 1 : Math.ceil(weights.radius * Math.max(across, down)) + 1;
}

/** Fills the pixels of a tile whose position is on a valid pixel of the source; the others stay as they are. */
export function sampleTile(
  kernel: WarpKernel,
  shrink: Shrink,
  input: WarpInput,
  positions: Positions,
  place: WarpPlace,
): void {
  const parts = isComplex(input.dataType) ? 2 : 1;
  const weights = WEIGHTS[kernel];
  const { samples, nodata, dataType } = input;
  if (weights === null) {
    forEachHit(input, positions, place, (from, to) => {
      for (let part = 0; part < parts; part += 1) place.samples[to * parts + part] = samples[from * parts + part]!;
    });
    return;
  }
  const put = sampleWriter(place.samples, dataType);
  const interpolator = new Interpolator(weights, shrink, input);
  const instead = nodata === null ? null : neighbourOf(nodata, dataType);
  forEachHit(input, positions, place, (_from, to, col, row) => {
    for (let part = 0; part < parts; part += 1) {
      const at = to * parts + part;
      put(at, interpolator.at(col, row, part, parts));
      if (instead !== null && isNodata(place.samples[at]!, nodata!)) put(at, instead);
    }
  });
}

/** What a valid pixel becomes whose value happens to be nodata: the integer below, or above the least (GDAL's warper). */
function neighbourOf(nodata: Nodata, dataType: DataType): number | bigint | null {
  const range = integerRange(dataType);
  if (range === null || !isRepresentable(nodata, dataType)) return null;
  const whole = BigInt(nodata);
  const neighbour = whole === range[0] ? whole + 1n : whole - 1n;
  return typeof nodata === 'bigint' ? neighbour : Number(neighbour);
}

/** Marks with 255 the pixels that {@link sampleTile} fills. */
export function markTile(
  input: Omit<WarpInput, 'samples' | 'dataType' | 'nodata'>,
  positions: Positions,
  place: WarpPlace,
): void {
  forEachHit({ ...input, samples: null, nodata: null }, positions, place, (_from, to) => {
    place.samples[to] = 255;
  });
}

type Hit = (from: number, to: number, col: number, row: number) => void;

/** Calls with the index of the pixel that a position lies in, of the one to fill, and with the position. */
function forEachHit(
  {
    samples,
    nodata,
    validity,
    window,
    source,
  }: Pick<WarpInput, 'nodata' | 'validity' | 'window' | 'source'> & { readonly samples: Samples | null },
  { cols, rows }: Positions,
  { tile, window: whole }: WarpPlace,
  hit: Hit,
): void {
  for (let at = 0; at < cols.length; at += 1) {
    const [col, row] = [cols[at]!, rows[at]!];
    if (!(col >= 0 && row >= 0 && col <= source.width && row <= source.height)) continue;
    const pixelCol = Math.min(Math.floor(col + ON_PIXEL), source.width - 1) - window.colOff;
    const pixelRow = Math.min(Math.floor(row + ON_PIXEL), source.height - 1) - window.rowOff;
    const from = pixelRow * window.width + pixelCol;
    if (validity !== null && validity[from] === 0) continue;
    if (samples !== null && nodata !== null && isNodata(samples[from]!, nodata)) continue;
    const tileCol = at % tile.width;
    const tileRow = (at - tileCol) / tile.width;
    hit(from, (tile.rowOff - whole.rowOff + tileRow) * whole.width + tile.colOff - whole.colOff + tileCol, col, row);
  }
}

function isNodata(sample: number | bigint, nodata: Nodata): boolean {
  // oxlint-disable-next-line eqeqeq -- the one comparison that holds between a bigint and a number
  return sample == nodata || (Number.isNaN(nodata) && Number.isNaN(sample));
}

/**
 * Weighted means of the valid pixels around positions. A kernel with negative weights that is not stretched needs all of
 * the pixels under it; where one is missing, bilinear weights are taken (GDAL's warper).
 */
class Interpolator {
  readonly #weights: Weights;
  readonly #shrink: Shrink;
  readonly #input: WarpInput;
  readonly #fallback: Interpolator | null;

  constructor(weights: Weights, shrink: Shrink, input: WarpInput) {
    this.#weights = weights;
    this.#shrink = shrink;
    this.#input = input;
    const { bilinear } = WEIGHTS;
    const isStretched = shrink.across > 1 || shrink.down > 1;
    this.#fallback =
      weights === bilinear || bilinear === null || isStretched ? null : new Interpolator(bilinear, shrink, input);
  }

  at(col: number, row: number, part: number, parts: number): number {
    const { window } = this.#input;
    const { radius } = this.#weights;
    const { across, down } = this.#shrink;
    const [x, y] = [col - window.colOff, row - window.rowOff];
    const [left, top] = [firstUnder(x, radius * across), firstUnder(y, radius * down)];
    const [right, bottom] = [firstUnder(x, -radius * across), firstUnder(y, -radius * down)];
    let [sum, total] = [0, 0];
    for (let pixelRow = top; pixelRow < bottom; pixelRow += 1) {
      const rowWeight = this.#weights.weight((pixelRow + 0.5 - y) / down);
      for (let pixelCol = left; pixelCol < right; pixelCol += 1) {
        const sample = this.#validSample(pixelCol, pixelRow, part, parts);
        if (sample === null) {
          if (this.#fallback !== null) return this.#fallback.at(col, row, part, parts);
          continue;
        }
        const weight = rowWeight * this.#weights.weight((pixelCol + 0.5 - x) / across);
        sum += weight * sample;
        total += weight;
      }
    }
    return sum / total;
  }

  /** Null for pixels beyond the source's edges, too. */
  #validSample(col: number, row: number, part: number, parts: number): number | null {
    const { samples, validity, nodata, window } = this.#input;
    if (col < 0 || row < 0 || col >= window.width || row >= window.height) return null;
    const pixel = row * window.width + col;
    if (validity !== null && validity[pixel] === 0) return null;
    const sample = samples[pixel * parts + part]!;
    return nodata !== null && isNodata(sample, nodata) ? null : Number(sample);
  }
}

/** The first pixel whose centre is no further from a position than the radius; of a negative one, the end of them. */
function firstUnder(position: number, radius: number): number {
  return Math.floor(position - radius + 0.5);
}
