import { type Nodata, type Window, isComplex } from '@inlay/geo';
import { modesOf } from './mode.ts';
import { pickPixels } from './pick.ts';
import type { RasterArray } from './raster-array.ts';
import { type ReductionOptions, createReduction } from './reduction.ts';
import { type Axis, BILINEAR, CUBIC, type Kernel, type Taps, boxTaps, kernelTaps } from './taps.ts';
import { bandValidity } from './validity.ts';

/** GDAL's names of the kernels there are. */
export const RESAMPLINGS = ['nearest', 'bilinear', 'cubic', 'average', 'mode'] as const;

export type Resampling = (typeof RESAMPLINGS)[number];

/** What a kernel needs beside the pixels. */
export interface ResampleTarget {
  /** Columns and rows of the result, at least 1 each. */
  readonly width: number;
  readonly height: number;
  /** One per band of the source: the value that takes no part; null where there is none. */
  readonly nodata: readonly (Nodata | null)[];
  /**
   * The part of the source that is spread over the target; default all of it. Fractional, in pixels of the source
   * array. Kernels also look at what lies around it ({@link kernelReach}); what lies beyond the array is invalid.
   */
  readonly window?: Window;
}

/**
 * One kernel: a window of the source at another size, same bands. Each band is interpolated from its own valid samples:
 * those that the mask does not leave out, that are not nodata, and finite. Target pixels without any become nodata,
 * else NaN, else 0; the mask tells where any pixel under the kernel was valid.
 *
 * `nearest` and `mode` keep samples as they are. The others compute in doubles, round integers (halves away from zero),
 * and make Float64 moduli of complex samples.
 */
export type ResampleKernel = (source: RasterArray, target: ResampleTarget) => RasterArray;

/** The kernel of a name. */
export const RESAMPLE_KERNELS: Readonly<Record<Resampling, ResampleKernel>> = {
  nearest: resampleNearest,
  bilinear: resampleBilinear,
  cubic: resampleCubic,
  average: resampleAverage,
  mode: resampleMode,
};

/** Resamples a window by a kernel's name. */
export function resampleWindow(
  source: RasterArray,
  { resampling, ...target }: ResampleTarget & { readonly resampling: Resampling },
): RasterArray {
  return RESAMPLE_KERNELS[resampling](source, target);
}

/**
 * How many source pixels around a window a kernel looks at, in one direction: read that much more on each side, as far
 * as there is more, and results do not depend on where windows are cut.
 * @param pixelsPerTarget source pixels that become one target pixel; below 1 where the result is larger.
 */
export function kernelReach(resampling: Resampling, pixelsPerTarget: number): number {
  const kernel = resampling === 'bilinear' ? BILINEAR : resampling === 'cubic' ? CUBIC : null;
  return kernel === null ? 0 : Math.ceil(kernel.radius * Math.max(1, pixelsPerTarget)) + 1;
}

/**
 * The source row or column that nearest-neighbour takes for each target one: the one its centre lies in.
 * Length = `targetLength`, 0-based, ascending.
 */
export function nearestIndices(sourceLength: number, targetLength: number): Uint32Array {
  const indices = new Uint32Array(targetLength);
  for (let i = 0; i < targetLength; i++) {
    indices[i] = Math.min(sourceLength - 1, Math.floor(((i + 0.5) * sourceLength) / targetLength));
  }
  return indices;
}

/** Centres this close below a pixel's edge are taken for lying on it (as in GDAL's RasterIO). */
const NEAREST_SNAP = 1e-10;

/** Each target pixel is the source pixel its centre lies in: for categories, and where speed is all. */
export function resampleNearest(source: RasterArray, target: ResampleTarget): RasterArray {
  const { width, height, nodata, window } = target;
  requireArea(target);
  if (window === undefined) {
    return pickPixels(source, nearestIndices(source.width, width), nearestIndices(source.height, height), nodata);
  }
  return pickPixels(
    source,
    centreIndices(window.colOff, window.width, width, source.width),
    centreIndices(window.rowOff, window.height, height, source.height),
    nodata,
  );
}

/** Where the target's centres lie in the source; `sourceLength` for those beyond its edges. */
function centreIndices(start: number, length: number, targetLength: number, sourceLength: number): Uint32Array {
  const indices = new Uint32Array(targetLength);
  for (let i = 0; i < targetLength; i++) {
    const index = Math.floor(start + ((i + 0.5) * length) / targetLength + NEAREST_SNAP);
    indices[i] = index >= 0 && index < sourceLength ? index : sourceLength;
  }
  return indices;
}

/** Linear between the centres of neighbouring pixels; stretched over more of them when reducing. */
export function resampleBilinear(source: RasterArray, target: ResampleTarget): RasterArray {
  return convolve(source, target, BILINEAR);
}

/** Cubic convolution (a = -0.5), clamped to the data type's range; stretched over more pixels when reducing. */
export function resampleCubic(source: RasterArray, target: ResampleTarget): RasterArray {
  return convolve(source, target, CUBIC);
}

function convolve(source: RasterArray, target: ResampleTarget, kernel: Kernel): RasterArray {
  const taps = tapsOf(source, target, (axis) => kernelTaps(kernel, axis));
  return reduce(source, target, { ...taps, normalise: 'each-axis', requiresRun: kernel.overshoots });
}

/** The mean of the valid pixels under each target pixel, by the area covered. */
export function resampleAverage(source: RasterArray, target: ResampleTarget): RasterArray {
  return reduce(source, target, { ...tapsOf(source, target, boxTaps), normalise: 'area', requiresRun: false });
}

/**
 * The most frequent of the valid pixels under each target pixel, of several the first; complex samples have none, their
 * nearest is taken.
 */
export function resampleMode(source: RasterArray, target: ResampleTarget): RasterArray {
  const { width, dataType } = source;
  if (isComplex(dataType)) return resampleNearest(source, target);
  const masked = maskBeyond(source, target.window);
  const { mask } = masked;
  const { cols, rows } = tapsOf(source, target, boxTaps);
  return {
    layout: 'band-separate',
    width: target.width,
    height: target.height,
    dataType,
    bands: source.bands.map((samples, bandOffset) => {
      const nodata = target.nodata[bandOffset] ?? null;
      return modesOf({ samples, width, valid: bandValidity(samples, nodata, mask) }, dataType, nodata, cols, rows);
    }),
    mask: mask === null ? null : coveredMask(mask, width, cols, rows),
  };
}

/** 255 where any pixel of the rectangle is valid. */
function coveredMask(mask: Uint8Array, width: number, cols: Taps, rows: Taps): Uint8Array {
  const flags = mask.map((flag) => (flag === 0 ? 0 : 255));
  return modesOf({ samples: flags, width, valid: mask }, 'Byte', null, cols, rows) as Uint8Array;
}

function requireArea({ width, height, window }: ResampleTarget): void {
  const isArea = width >= 1 && height >= 1 && (window === undefined || (window.width > 0 && window.height > 0));
  if (!isArea) throw new RangeError(`cannot resample ${JSON.stringify(window ?? 'all')} to ${width}x${height} pixels`);
}

function tapsOf(source: RasterArray, target: ResampleTarget, taps: (axis: Axis) => Taps): { cols: Taps; rows: Taps } {
  requireArea(target);
  const { width, height, window = { colOff: 0, rowOff: 0, width: source.width, height: source.height } } = target;
  return {
    cols: taps({ sourceLength: source.width, start: window.colOff, length: window.width, targetLength: width }),
    rows: taps({ sourceLength: source.height, start: window.rowOff, length: window.height, targetLength: height }),
  };
}

function reduce(
  source: RasterArray,
  { nodata, window }: ResampleTarget,
  how: Pick<ReductionOptions, 'cols' | 'rows' | 'normalise' | 'requiresRun'>,
): RasterArray {
  const masked = maskBeyond(source, window);
  const reduction = createReduction({ dataType: source.dataType, nodata, masked: masked.mask !== null, ...how });
  reduction.add(masked);
  return reduction.finish();
}

/** With a mask where the window reaches beyond the array: nothing else can say of every data type what is not there. */
function maskBeyond(source: RasterArray, window: Window | undefined): RasterArray {
  const { width, height, mask } = source;
  const isInside =
    window === undefined ||
    (window.colOff >= 0 &&
      window.rowOff >= 0 &&
      window.colOff + window.width <= width &&
      window.rowOff + window.height <= height);
  return isInside || mask !== null ? source : { ...source, mask: new Uint8Array(width * height).fill(255) };
}
