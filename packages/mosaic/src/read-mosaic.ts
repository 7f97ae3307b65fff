import type { DataType, Nodata, Window } from '@inlay/geo';
import type { PixelList } from '@inlay/geotiff';
import { type RasterArray, type Resampling, RESAMPLINGS, type Samples } from '@inlay/raster';
import { promotedType } from '@inlay/vrt';
import type { CompiledMosaic, MosaicBand } from './compiled-mosaic.ts';
import { compose, type ComposeOptions, composePlanned, type ComposeReport, type Planner } from './compose.ts';
import { convertSamples } from './convert.ts';
import { MosaicError } from './error.ts';
import { MosaicComposer } from './mosaic-composer.ts';
import type { Fidelity } from './fidelity.ts';
import type { Size } from './lattice.ts';
import { planSpots } from './plan-spots.ts';
import { resampleMosaic } from './resample-mosaic.ts';
import type { OpenSource } from './source-port.ts';

/** What to read. */
export interface MosaicRequest {
  /** In pixels of the output, possibly fractional. What lies beyond its edges has no sources. */
  readonly window: Window;
  /** Columns and rows of the result, over which the window is spread. */
  readonly width: number;
  readonly height: number;
  /** 1-based, in the order wanted; all unless set. */
  readonly bands?: readonly number[];
  /** `nearest` unless set, or whatever the mosaic itself says. */
  readonly resampling?: Resampling;
}

/** How to read. */
export interface ReadMosaicOptions {
  /** `gdal` unless set. */
  readonly fidelity?: Fidelity;
  /**
   * `throw` unless set: a source that cannot be read fails the read. `transparent`: it is as if it were not there, and
   * the result says so.
   */
  readonly onSourceError?: 'throw' | 'transparent';
  /** Sources that are read at the same time, at least 1; 8 unless set. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Pixels of a mosaic. */
export interface MosaicRead extends ComposeReport {
  /**
   * In the bands' data type; where they differ, in the smallest that holds all of them. Its mask is the dataset's mask
   * where the mosaic has one; else its alpha band where it has one; else it is 0 where no source has painted any of the
   * bands, and null where there is no such pixel. Pixels without data hold the band's nodata, or 0.
   */
  readonly raster: RasterArray;
  /** Nodata of each band of the result; null also where the mosaic hides it. */
  readonly nodata: readonly (Nodata | null)[];
  /** By how much the mosaic was reduced, by taking the nearest pixels, before it was resampled; 1 for `nearest`. */
  readonly reduction: number;
  /** It was reduced by more than the sources' own levels allow: there was too much to be read. */
  readonly isThinned: boolean;
}

/** Cells that are read at once: a result of 64 million pixels is no picture, and no tile. */
export const MAX_CELLS: number = 2 ** 26;

const DEFAULT_CONCURRENCY = 8;

/**
 * Reads a window of a mosaic at any scale. With the nearest neighbour, pixels are those that GDAL (3.12 and later) reads
 * of the mosaic's VRT.
 *
 * @throws {MosaicError} `mosaic/invalid-request`, `mosaic/too-large`, `mosaic/source-failed`; whatever the signal was
 *   aborted with
 */
export async function readMosaic(
  mosaic: CompiledMosaic,
  request: MosaicRequest,
  openSource: OpenSource,
  options: ReadMosaicOptions = {},
): Promise<MosaicRead> {
  const { bands, resampling, composeOptions } = check(mosaic, request, openSource, options);
  const read = resampling === 'nearest' || isUnscaled(request) ? readNearest : resampleMosaic;
  const { samples, dataTypes, mask, ...report } = await read(mosaic, request, bands, resampling, composeOptions);
  return {
    ...report,
    raster: inOneType(samples, dataTypes, mask, request),
    nodata: nodataOf(bands),
  };
}

const readNearest: typeof resampleMosaic = async (mosaic, { window, width, height }, bands, _resampling, options) => {
  const composer = new MosaicComposer(mosaic, bands, width, height);
  const report = await compose(mosaic, { window, width, height }, composer, options);
  const { samples, mask } = composer.finish();
  const dataTypes = bands.map(({ dataType }) => dataType);
  return { ...report, samples, dataTypes, mask, reduction: 1, isThinned: false };
};

/** Single cells of a request. */
export interface MosaicCellsRequest extends MosaicRequest {
  /** Column and row of each, 0-based, among the `width` x `height` that the window is spread over. */
  readonly cells: PixelList;
}

/**
 * {@link readMosaic} of single cells with the nearest neighbour, without what lies between them: the raster has one row of
 * them, in their order. Null where they cost no less than the whole: then nothing was read.
 * @throws {MosaicError} as {@link readMosaic}
 */
export async function readMosaicCells(
  mosaic: CompiledMosaic,
  request: MosaicCellsRequest,
  openSource: OpenSource,
  options: ReadMosaicOptions = {},
): Promise<MosaicRead | null> {
  const { bands, resampling, composeOptions } = check(mosaic, request, openSource, options);
  if (resampling !== 'nearest' && !isUnscaled(request)) return null;
  const { cells } = request;
  const size = { width: cells.cols.length, height: 1 };
  const composer = new MosaicComposer(mosaic, bands, size.width, size.height);
  const plan = (...excepting: Parameters<Planner>) =>
    planSpots(mosaic, request, cells, composer.targets, composeOptions.fidelity, ...excepting);
  const none = (): boolean => false;
  let planned = plan(none, none);
  if (planned === null) return null;
  const report = await composePlanned(mosaic, composer, composeOptions, (...excepting) => {
    const now = planned ?? plan(...excepting)!;
    planned = null;
    return now;
  });
  const { samples, mask } = composer.finish();
  const dataTypes = bands.map(({ dataType }) => dataType);
  return {
    ...report,
    raster: inOneType(samples, dataTypes, mask, size),
    nodata: nodataOf(bands),
    reduction: 1,
    isThinned: false,
  };
}

function check(
  mosaic: CompiledMosaic,
  request: MosaicRequest,
  openSource: OpenSource,
  { fidelity = 'gdal', onSourceError = 'throw', concurrency = DEFAULT_CONCURRENCY, signal }: ReadMosaicOptions,
): { readonly bands: MosaicBand[]; readonly resampling: Resampling; readonly composeOptions: ComposeOptions } {
  const bands = requestedBands(mosaic, request);
  if (!(concurrency >= 1)) {
    throw new MosaicError('mosaic/invalid-request', `${concurrency} sources cannot be read at a time: give 1 or more`);
  }
  checkSize(request);
  signal?.throwIfAborted();
  const composeOptions = { openSource, fidelity, onSourceError, concurrency, signal };
  return { bands, resampling: resamplingOf(mosaic, request), composeOptions };
}

function nodataOf(bands: readonly MosaicBand[]): (Nodata | null)[] {
  return bands.map(({ nodata, hideNodata }) => (hideNodata ? null : nodata));
}

/** What the mosaic says overrules what is asked for. */
function resamplingOf(mosaic: CompiledMosaic, { resampling: asked = 'nearest' }: MosaicRequest): Resampling {
  const wanted = mosaic.resampling ?? asked;
  const known = RESAMPLINGS.find((resampling) => resampling === wanted);
  if (known !== undefined) return known;
  const message = `pixels of a mosaic that is resampled by ${wanted} cannot be read; ${RESAMPLINGS.join(', ')} can`;
  throw new MosaicError('mosaic/unsupported', message, { details: { resampling: wanted } });
}

/** One cell for each pixel: there is nothing to resample. */
function isUnscaled({ window, width, height }: MosaicRequest): boolean {
  const { colOff, rowOff } = window;
  return window.width === width && window.height === height && Number.isInteger(colOff) && Number.isInteger(rowOff);
}

function inOneType(
  samples: readonly Samples[],
  dataTypes: readonly DataType[],
  mask: Uint8Array | null,
  { width, height }: Size,
): RasterArray {
  const dataType = promotedType(new Set(dataTypes));
  const bands = samples.map((band, at) => convertSamples(band, dataTypes[at]!, dataType));
  return { layout: 'band-separate', width, height, dataType, bands, mask };
}

function requestedBands({ bands }: CompiledMosaic, { bands: wanted }: MosaicRequest): MosaicBand[] {
  const numbers = wanted ?? bands.map((_, bandOffset) => bandOffset + 1);
  const found = numbers.flatMap((number) => bands[number - 1] ?? []);
  if (found.length === numbers.length && found.length > 0) return found;
  const stray = numbers.find((number) => bands[number - 1] === undefined);
  const reason = stray === undefined ? 'no band was asked for' : `there is no band ${stray} of ${bands.length}`;
  throw new MosaicError('mosaic/invalid-request', reason, { details: { bands: numbers } });
}

function checkSize({ window, width, height }: MosaicRequest): void {
  const { colOff, rowOff, width: across, height: down } = window;
  if (![colOff, rowOff, across, down].every(Number.isFinite) || !(across > 0) || !(down > 0)) {
    const shown = [colOff, rowOff, across, down].join(', ');
    throw new MosaicError('mosaic/invalid-request', `a window of [${shown}] has no pixels`, { details: { window } });
  }
  if (![width, height].every((size) => Number.isSafeInteger(size) && size >= 1)) {
    const message = `${width}x${height} is no size of a result: give whole numbers of at least 1`;
    throw new MosaicError('mosaic/invalid-request', message, { details: { width, height } });
  }
  if (width * height > MAX_CELLS) {
    throw new MosaicError(
      'mosaic/too-large',
      `${width}x${height} pixels were asked for at once; at most ${MAX_CELLS} are read`,
      { details: { width, height, limit: MAX_CELLS } },
    );
  }
}
