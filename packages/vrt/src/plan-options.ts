import { type BBox, type Crs, crsLabel, DATA_TYPES, type DataType, type Nodata } from '@inlay/geo';
import { VrtError } from './error.ts';
import type { VrtKind } from './problem.ts';
import type { ResolutionStrategy } from './resolution.ts';

/** How pixels are resampled where a source's resolution or place differs from the output's: GDAL's names. */
export type Resampling =
  | 'nearest'
  | 'bilinear'
  | 'cubic'
  | 'cubicspline'
  | 'lanczos'
  | 'average'
  | 'rms'
  | 'mode'
  | 'gauss';

/** Nodata values by band, the last one standing for all further bands; `none` where no value means nodata. */
export type NodataByBand = readonly Nodata[] | 'none';

/**
 * How many pixels an output has that is so many and a fraction long: half up, so that up to half a pixel of the sources
 * is cut off at the far edges (gdalbuildvrt), or one more, so that nothing is. A thousandth of a pixel is no fraction.
 */
export type SizeRounding = 'nearest' | 'contain';

/** How to plan a virtual raster. */
export interface PlanOptions {
  /**
   * The output's CRS, whichever the sources are in. Sources in another one, rotated, south-up and mirrored ones, and
   * those whose pixels do not lie on the output's are warped to its grid (gdal.org, "VRT -- Warped Dataset"), without
   * approximation; all others are placed as they are. Resolution, bounds and alignment are in this CRS. Unless they say
   * otherwise, the grid has the lines of a source whose resolution is the output's, so that its pixels are copied, and
   * reaches beyond the sources by less than a pixel.
   */
  readonly crs?: Crs;
  readonly resolutionStrategy: ResolutionStrategy;
  /** The output's own resolution in units of the CRS, instead of the strategy's: both sides of a pixel, positive. */
  readonly resolution?: number | readonly [x: number, y: number];
  /** Widens the output until its edges are whole multiples of the resolution, so that outputs fit each other. */
  readonly align?: boolean;
  /**
   * The output's extent in its CRS, instead of the union of all sources. In degrees, sources are shifted by whole turns
   * of the Earth into it; one that crosses both of its ends is placed at each.
   */
  readonly bounds?: BBox;
  /** `nearest` unless set. */
  readonly sizeRounding?: SizeRounding;
  /**
   * Moves each source whose pixels are whole numbers of the output's onto the output's grid, by up to half a pixel, so
   * that every reader takes the same pixels. Otherwise a source off the grid keeps its place to the fraction of a
   * pixel, and versions of GDAL differ in which pixels they read. Either way there is a warning. The grid stays what it
   * is. Not together with `crs`, which warps such sources.
   */
  readonly snap?: boolean;
  /**
   * The bands to take of each source, in this order; a band may be taken twice. All of them unless set. A number is a band's
   * position in each file, 1-based. A name is looked for in each file by itself, so that files may have their bands in
   * different orders: first among descriptions, exactly and then in any case, then among common names
   * (`eo:common_name` in the band's metadata) and colour interpretations (`red`, `nir`, ...).
   */
  readonly bands?: readonly (number | string)[];
  /** What the sources' pixels mean by nodata, whatever the sources say; by source band, in a stack by output band. */
  readonly sourceNodata?: NodataByBand;
  /** The output's nodata, by output band; unless set, `sourceNodata` or else that of the first source. */
  readonly nodata?: NodataByBand;
  /**
   * The type of the output's bands: one that all sources' values fit into (`promote`), or this one, in which values
   * that it has not are rounded and cut off. Unless set, sources of different types are a problem.
   */
  readonly dataType?: 'promote' | DataType;
  /** Fills places without data with the nodata value, but does not tell readers that it means that. */
  readonly hideNodata?: boolean;
  /** Appends an alpha band to a mosaic that says where sources are, if need be in place of the sources' own. */
  readonly addAlpha?: boolean;
  /** Reads every pixel of the sources, whatever their masks and alpha bands say. */
  readonly ignoreSourceMasks?: boolean;
  /** Pixels whose mask or alpha (0..255) is no greater than this become nodata (GDAL 3.9 and later); mosaics only. */
  readonly maskThreshold?: number;
  /**
   * Overrules the resampling that readers ask for. Sources that are warped are warped with it, and with the nearest
   * neighbour unless it is set; `gauss` is for readers only.
   */
  readonly resampling?: Resampling;
  /**
   * What becomes of a pixel that several sources have; mosaics only. `last` (the last one sent, the same as nothing),
   * `first` (the first one sent), or what GDAL makes of all their values: `min`, `max` (GDAL 3.8 and later), `mean`,
   * `median` (3.12 and later). Where there is a {@link paintOrder}, `last` and `first` are its top and its bottom.
   */
  readonly pixelFunction?: PixelFunctionCall;
  /**
   * Positions of all sources in the order sent, from the bottom of a mosaic to its top; in a stack, from its first band
   * on. The order sent unless set. The reference is the first source sent all the same, and problems name positions in the
   * order sent. `paintOrder` makes one of dates, resolutions or cloud cover.
   */
  readonly paintOrder?: Int32Array | readonly number[];
}

/** What the default mode knows as a {@link PlanOptions.pixelFunction}. */
export const PIXEL_FUNCTIONS = ['last', 'first', 'min', 'max', 'mean', 'median'] as const;

/**
 * A function by name. In the compatible mode, one of GDAL's built-in functions (gdal.org, "VRT -- Derived bands"), or one
 * that readers have registered, with its arguments; else one of {@link PIXEL_FUNCTIONS}, without any.
 */
export interface PixelFunctionCall {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, string>>;
}

/**
 * How to plan what gdalbuildvrt would have built: it accepts missing CRSs, stacks of several types and extents and
 * whatever nodata there is, and looks for the first rule that a source breaks, never for all.
 */
export interface CompatibleOptions extends PlanOptions {
  readonly mode: 'compatible';
  /** Leaves out a source that does not fit, instead of planning nothing. */
  readonly skipIncompatible?: boolean;
  /** Takes coordinates as they are, whichever CRSs they are in; the output has the first source's. */
  readonly allowCrsDifference?: boolean;
  /** The output's CRS in place of the sources'. Their coordinates stay what they are. */
  readonly assignedCrs?: Crs;
  /** Numbers only. */
  readonly bands?: readonly number[];
  /** The sources are painted in the order sent. */
  readonly paintOrder?: never;
}

/** Arguments are written as XML attributes. */
const ATTRIBUTE_NAME = /^[A-Za-z_][\w.-]*$/;

/**
 * Checks what a type cannot say.
 * @throws {VrtError} `vrt/invalid-option`
 */
export function checkOptions(options: PlanOptions | CompatibleOptions, kind: VrtKind): void {
  const { resolution, bounds, bands, sourceNodata, nodata, maskThreshold, pixelFunction } = options;
  if (resolution !== undefined && !pairOf(resolution).every((size) => Number.isFinite(size) && size > 0)) {
    refuse('resolution', resolution, 'give one positive number, or one for x and one for y');
  }
  if (bounds !== undefined && !(bounds.every(Number.isFinite) && bounds[0] < bounds[2] && bounds[1] < bounds[3])) {
    refuse('bounds', bounds, 'give [minX, minY, maxX, maxY] with an area');
  }
  if (bands !== undefined && (bands.length === 0 || !bands.every(isBand))) {
    refuse('bands', bands, 'give at least one band, by its number, counted from 1, or by its name');
  }
  checkDataType(options);
  if (sourceNodata?.length === 0) refuse('sourceNodata', sourceNodata, 'give a value, or "none"');
  if (nodata?.length === 0) refuse('nodata', nodata, 'give a value, or "none"');
  if (maskThreshold !== undefined && !(maskThreshold >= 0)) {
    refuse('maskThreshold', maskThreshold, 'give a number of 0 to 255');
  }
  if ('mode' in options) refuseBeyondGdalbuildvrt(options);
  if (options.crs !== undefined) refuseWithCrs(options);
  const misnamed = Object.keys(pixelFunction?.arguments ?? {}).find((name) => !ATTRIBUTE_NAME.test(name));
  if (misnamed !== undefined) refuse('pixelFunction', misnamed, 'name an argument in letters, digits and underscores');
  if (pixelFunction !== undefined && !('mode' in options)) checkFunction(pixelFunction);
  if (kind === 'mosaic') return;
  if (options.addAlpha === true) refuse('addAlpha', true, 'add alpha to a mosaic; a band stack has none');
  if (pixelFunction !== undefined) {
    refuse('pixelFunction', pixelFunction.name, 'call it in a mosaic; a stack has one source per band');
  }
}

function isBand(band: number | string): boolean {
  return typeof band === 'string' ? band.trim() !== '' : Number.isSafeInteger(band) && band >= 1;
}

function checkFunction({ name, arguments: values = {} }: PixelFunctionCall): void {
  if (!PIXEL_FUNCTIONS.some((known) => known === name)) {
    refuse('pixelFunction', name, `choose one of ${PIXEL_FUNCTIONS.join(', ')}`);
  }
  const [argument] = Object.keys(values);
  // propagateNoData, for one, makes pixels depend on which other pixels are read with them.
  if (argument !== undefined) refuse('pixelFunction', argument, `call ${name} without arguments`);
}

function checkDataType(options: PlanOptions | CompatibleOptions): void {
  const { dataType } = options;
  if (dataType === undefined) return;
  if (dataType !== 'promote' && !DATA_TYPES.includes(dataType)) {
    refuse('dataType', dataType, `give "promote", or one of ${DATA_TYPES.join(', ')}`);
  }
  if ('mode' in options) refuse('dataType', dataType, 'leave out the compatible mode: gdalbuildvrt converts no types');
}

/** What gdalbuildvrt has no equal of. */
function refuseBeyondGdalbuildvrt({ crs, sizeRounding, snap }: PlanOptions): void {
  if (crs !== undefined) refuse('crs', crsLabel(crs), 'gdalbuildvrt warps nothing; leave out the compatible mode');
  if (sizeRounding === 'contain') refuse('sizeRounding', sizeRounding, 'gdalbuildvrt rounds half up');
  if (snap === true) refuse('snap', snap, 'gdalbuildvrt keeps sources where they are');
}

/** What warped sources cannot do. */
function refuseWithCrs({ snap, resampling, addAlpha, ignoreSourceMasks, maskThreshold }: PlanOptions): void {
  if (snap === true) refuse('snap', snap, 'with crs, sources off the grid are warped to it');
  if (resampling === 'gauss') refuse('resampling', resampling, 'with crs, choose one that sources can be warped with');
  const advice = 'with crs, masks say where warped sources end; they become the mask of the output';
  if (addAlpha === true) refuse('addAlpha', addAlpha, advice);
  if (ignoreSourceMasks === true) refuse('ignoreSourceMasks', ignoreSourceMasks, advice);
  if (maskThreshold !== undefined) refuse('maskThreshold', maskThreshold, advice);
}

/** `[x, y]` of a resolution that may be one number for both. */
export function pairOf(resolution: number | readonly [number, number]): readonly [number, number] {
  return typeof resolution === 'number' ? [resolution, resolution] : resolution;
}

/** The value for a band (0-based), the last one standing for all further bands; null for `none`. */
export function nodataAt(values: NodataByBand, bandOffset: number): Nodata | null {
  return values === 'none' ? null : (values[bandOffset] ?? values.at(-1) ?? null);
}

function refuse(option: keyof PlanOptions, value: unknown, advice: string): never {
  const shown = Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
  throw new VrtError('vrt/invalid-option', `${option} cannot be ${shown}: ${advice}`, { details: { option } });
}
