import type { DataType, Footprints, Nodata, Positions } from '@inlay/geo';
import { type NumericSamples, numericBand } from '../numeric-samples.ts';
import { type RasterArray, type Samples, allocateSamples } from '../raster-array.ts';
import type { Resampling } from '../resample.ts';
import { validPixels } from '../validity.ts';
import { warpAverage, warpMode } from './area.ts';
import { warpBilinear, warpConvolution } from './convolution.ts';
import { gatherNearest, gatherTriple, type NearestList, nearestPixels } from './nearest.ts';

/**
 * Kernels are widened where a target pixel spans this many source pixels along either axis. Below, a kernel of its own
 * size still touches every source pixel; gdalwarp does the same, to the pixel.
 */
const WIDENING_SCALE = 2;

/** What a warp is made from. */
export interface WarpOptions {
  readonly kernel: Resampling;
  /** One per band of the source: the value that takes no part; null where there is none. */
  readonly nodata: readonly (Nodata | null)[];
  /** Where each target pixel lies in the source. */
  readonly positions: Positions;
  /**
   * Source pixels per target pixel along the source's columns and rows. From {@link WIDENING_SCALE} on, bilinear and cubic
   * widen by as much, so that no source pixel is passed over.
   */
  readonly scale: readonly [col: number, row: number];
  /** How far each target pixel reaches in the source; needed by `average` and `mode`, which ignore `scale`. */
  readonly footprints?: Footprints;
}

/** A raster on another grid. */
export interface WarpedRaster {
  readonly width: number;
  readonly height: number;
  /** The source's; Float64 for complex and 64-bit samples. */
  readonly dataType: DataType;
  /** Row-major, length = width * height. What an invalid pixel holds means nothing. */
  readonly bands: readonly NumericSamples[];
  /** One per band: length = width * height, non-zero = valid. Bands valid at the same pixels share an array. */
  readonly valid: readonly Uint8Array[];
}

/** Everything that the kernels ask of the source; arrays are row-major. */
export interface WarpSource {
  readonly width: number;
  readonly height: number;
  readonly samples: NumericSamples;
  /** Non-zero = valid; null where every pixel is. */
  readonly valid: Uint8Array | null;
}

/**
 * Takes a raster to another grid.
 *
 * A target pixel is valid where the source pixel its centre lies in is valid, whatever the kernel, so that the edge of
 * the data does not move with it; for `average` and `mode`, where any source pixel under it is valid. Invalid source
 * pixels take no part; bilinear and cubic share their weight among the others. Results are in the source's data type,
 * rounded and clamped to its range.
 */
export function warpRaster(source: RasterArray, options: WarpOptions): WarpedRaster {
  const { kernel, positions, nodata, scale } = options;
  const { width, height } = positions;
  const inputs = numericSources(source, nodata);
  const dataType = resultType(source.dataType);
  if (kernel === 'average' || kernel === 'mode') {
    const { footprints } = options;
    if (footprints === undefined) throw new RangeError(`${kernel} needs the footprints of the target's pixels`);
    const warp = kernel === 'average' ? warpAverage : warpMode;
    const warped = inputs.map((input) => warp(input, positions, footprints, allocate(dataType, positions)));
    return { width, height, dataType, bands: warped.map((band) => band.samples), valid: warped.map((b) => b.valid) };
  }
  const pixels = nearestPixels(positions, source);
  const masks = new Map<Uint8Array | null, Uint8Array>();
  const valid = inputs.map((input) => {
    let mask = masks.get(input.valid);
    if (mask === undefined) {
      mask = validAt(pixels, input.valid);
      masks.set(input.valid, mask);
    }
    return mask;
  });
  if (kernel === 'nearest') {
    const samples = inputs.map((input) => input.samples);
    const bands = isByteTriple(samples)
      ? gatherTriple(samples, pixels)
      : samples.map((band) => gatherNearest(band, pixels, allocate(dataType, positions)));
    return { width, height, dataType, bands, valid };
  }
  const bands = inputs.map(() => allocate(dataType, positions));
  const isWidened = Math.max(...scale) >= WIDENING_SCALE;
  if (kernel === 'bilinear' && !isWidened) warpBilinear(inputs, positions, pixels, bands);
  else warpConvolution(inputs, positions, pixels, bands, { kernel, scale: isWidened ? scale : [1, 1] });
  return { width, height, dataType, bands, valid };
}

/**
 * {@link warpRaster} with the nearest neighbour, of pixels that were read one by one: no memory is written but what is
 * needed of the source.
 * @param picked one row: the pixels of a `NearestList`
 * @param places of that list
 */
export function placePixels(
  picked: RasterArray,
  places: Int32Array | null,
  { width, height, nodata }: Pick<WarpOptions, 'nodata'> & { readonly width: number; readonly height: number },
): WarpedRaster {
  const inputs = numericSources(picked, nodata);
  const dataType = resultType(picked.dataType);
  const length = width * height;
  if (places === null) {
    return {
      width,
      height,
      dataType,
      bands: inputs.map(({ samples }) => samples),
      valid: inputs.map(({ valid }) => valid ?? allValid(length)),
    };
  }
  const masks = new Map<Uint8Array | null, Uint8Array>();
  return {
    width,
    height,
    dataType,
    bands: inputs.map(({ samples }) => scatter(samples, places, allocate(dataType, { width, height }))),
    valid: inputs.map(({ valid }) => {
      let mask = masks.get(valid);
      if (mask === undefined) {
        mask = new Uint8Array(length);
        scatter(valid ?? allValid(places.length), places, mask);
        masks.set(valid, mask);
      }
      return mask;
    }),
  };
}

function scatter(samples: NumericSamples, places: Int32Array, out: NumericSamples): NumericSamples {
  for (let i = 0; i < places.length; i++) out[places[i]!] = samples[i]!;
  return out;
}

/** Marks of pixels all of which are valid: most pictures', which share them. Not to be changed. */
let lastAllValid: Uint8Array = new Uint8Array(0);

function allValid(length: number): Uint8Array {
  if (lastAllValid.length !== length) lastAllValid = new Uint8Array(length).fill(1);
  return lastAllValid;
}

/** The pixels of a list, as a raster of one row. */
export function pickListed(raster: RasterArray, { cols, rows }: Pick<NearestList, 'cols' | 'rows'>): RasterArray {
  const { width, dataType, mask } = raster;
  const parts = dataType.startsWith('C') ? 2 : 1;
  const pick = <T extends Samples>(samples: T, into: T, each: number): T => {
    for (let i = 0; i < cols.length; i++) {
      const from = (rows[i]! * width + cols[i]!) * each;
      for (let part = 0; part < each; part++) into[i * each + part] = samples[from + part]!;
    }
    return into;
  };
  return {
    ...raster,
    width: cols.length,
    height: 1,
    bands: raster.bands.map((band) => pick(band, allocateSamples(dataType, cols.length), parts)),
    mask: mask === null ? null : pick(mask, new Uint8Array(cols.length), 1),
  };
}

function isByteTriple(
  bands: readonly NumericSamples[],
): bands is readonly NumericSamples[] & readonly [Uint8Array, Uint8Array, Uint8Array] {
  return bands.length === 3 && bands.every((band) => band instanceof Uint8Array);
}

function resultType(dataType: DataType): DataType {
  return dataType.startsWith('C') || dataType === 'Int64' || dataType === 'UInt64' ? 'Float64' : dataType;
}

function allocate(
  dataType: DataType,
  { width, height }: { readonly width: number; readonly height: number },
): NumericSamples {
  return allocateSamples(dataType, width * height) as NumericSamples;
}

/** The bands as numbers with what is valid in them; bands that differ in nothing share the array of what is valid. */
function numericSources(source: RasterArray, nodata: readonly (Nodata | null)[]): WarpSource[] {
  const { width, height, mask } = source;
  let shared: Uint8Array | null | undefined;
  return source.bands.map((_, bandOffset) => {
    const samples = numericBand(source, bandOffset);
    const hole = nodata[bandOffset] ?? null;
    const isShared = hole === null && !(samples instanceof Float32Array || samples instanceof Float64Array);
    if (isShared) {
      shared ??= mask === null || !mask.includes(0) ? null : mask;
      return { width, height, samples, valid: shared };
    }
    const valid = validPixels(samples, hole, mask);
    return { width, height, samples, valid: valid.includes(0) ? valid : null };
  });
}

function validAt(pixels: Int32Array, sourceValid: Uint8Array | null): Uint8Array {
  const valid = new Uint8Array(pixels.length);
  if (sourceValid === null) {
    for (let i = 0; i < valid.length; i++) valid[i] = pixels[i]! < 0 ? 0 : 1;
  } else {
    for (let i = 0; i < valid.length; i++) {
      const pixel = pixels[i]!;
      valid[i] = pixel >= 0 && sourceValid[pixel] !== 0 ? 1 : 0;
    }
  }
  return valid;
}
