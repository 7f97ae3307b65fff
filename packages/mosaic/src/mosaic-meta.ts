import {
  COLOR_INTERPS,
  type Crs,
  DATA_TYPES,
  isUsable,
  type Nodata,
  nodataFromJson,
  type NodataJson,
  nodataToJson,
  type PixelGrid,
} from '@inlay/geo';
import type { Resampling } from '@inlay/vrt';
import type { BandRead, BandReads, MosaicBand, SourceTraits } from './compiled-mosaic.ts';
import { malformedBytes } from './error.ts';
import { WARP_KERNELS, type WarpKernel } from './warp-sampler.ts';

/** What of a compiled mosaic is not in columns: some kilobytes, however many sources there are. */
export interface MosaicMeta {
  readonly grid: PixelGrid;
  readonly crs: Crs | null;
  readonly bands: readonly MosaicBand[];
  readonly mask: BandReads | null;
  readonly resampling: Resampling | null;
  readonly traits: readonly SourceTraits[];
  readonly warp: { readonly crss: readonly Crs[]; readonly resampling: WarpKernel } | null;
}

const RESAMPLINGS: readonly string[] = [
  'nearest',
  'bilinear',
  'cubic',
  'cubicspline',
  'lanczos',
  'average',
  'rms',
  'mode',
  'gauss',
] satisfies Resampling[];
const VALIDITIES: readonly string[] = ['all', 'nodata', 'stored', 'alpha', 'self'];

/** As JSON in UTF-8. The keys of nodata values are told by their names: {@link nodataToJson} is what they hold. */
export function writeMeta(meta: MosaicMeta): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify(meta, (key, value: unknown) =>
      key === 'nodata' && value !== null ? nodataToJson(value as Nodata) : value,
    ),
  );
}

/**
 * Reads what {@link writeMeta} wrote, and checks the shape of it.
 * @throws {MosaicError} `mosaic/malformed-bytes`
 */
export function readMeta(bytes: Uint8Array): MosaicMeta {
  let meta: unknown;
  try {
    // TextDecoder takes no shared memory.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.slice());
    meta = JSON.parse(text, (key, value: unknown) =>
      key === 'nodata' && value !== null ? nodataFromJson(value as NodataJson) : value,
    );
  } catch (error) {
    // Three things can be wrong here: UTF-8 (TypeError), JSON and the text of a 64-bit integer (SyntaxError).
    if (error instanceof TypeError || error instanceof SyntaxError) throw malformedBytes('its description is damaged');
    throw error;
  }
  if (!isMeta(meta)) throw malformedBytes('its description is not one of a mosaic');
  return meta;
}

function isMeta(meta: unknown): meta is MosaicMeta {
  if (!isObject(meta)) return false;
  const { grid, crs, bands, mask, resampling, traits, warp } = meta;
  return (
    isGrid(grid) &&
    (crs === null || isCrs(crs)) &&
    isListOf(bands, isBand) &&
    (mask === null || isBandReads(mask)) &&
    (resampling === null || isOneOf(RESAMPLINGS, resampling)) &&
    isListOf(traits, isTraits) &&
    (warp === null || (isObject(warp) && isListOf(warp['crss'], isCrs) && isOneOf(WARP_KERNELS, warp['resampling'])))
  );
}

function isGrid(grid: unknown): boolean {
  if (!isObject(grid)) return false;
  const { affine, width, height } = grid;
  return (
    isListOf(affine, (term) => typeof term === 'number') &&
    affine.length === 6 &&
    isUsable(affine as unknown as PixelGrid['affine']) &&
    isCount(width) &&
    isCount(height) &&
    width > 0 &&
    height > 0
  );
}

function isCrs(crs: unknown): boolean {
  if (!isObject(crs)) return false;
  const { code, wkt, proj4, unit, kind, parametersKey } = crs;
  const isText = (value: unknown) => typeof value === 'string';
  return (
    (code === null || isText(code)) &&
    isText(wkt) &&
    (proj4 === null || isText(proj4)) &&
    isText(kind) &&
    isText(parametersKey) &&
    isObject(unit) &&
    typeof unit['factor'] === 'number'
  );
}

function isBand(band: unknown): boolean {
  if (!isObject(band) || !isBandReads(band)) return false;
  const { dataType, nodata, hideNodata, colorInterp, pixelFunction } = band;
  return (
    isOneOf(DATA_TYPES, dataType) &&
    isNodata(nodata) &&
    typeof hideNodata === 'boolean' &&
    (colorInterp === null || isOneOf(COLOR_INTERPS, colorInterp)) &&
    (pixelFunction === null ||
      (isObject(pixelFunction) &&
        typeof pixelFunction['name'] === 'string' &&
        isObject(pixelFunction['arguments']) &&
        isOneOf(DATA_TYPES, pixelFunction['transferType'])))
  );
}

function isBandReads(band: unknown): boolean {
  return (
    isObject(band) &&
    isCount(band['firstPlacement']) &&
    isCount(band['placementCount']) &&
    isListOf(band['reads'], isRead)
  );
}

function isRead(read: unknown): read is BandRead {
  if (!isObject(read)) return false;
  const { sourceBand, nodata, useMask, alphaBand, constant, maskThreshold } = read;
  return (
    (sourceBand === 'mask' || (isCount(sourceBand) && sourceBand > 0)) &&
    isNodata(nodata) &&
    typeof useMask === 'boolean' &&
    (alphaBand === null || (isCount(alphaBand) && alphaBand > 0)) &&
    (constant === null || typeof constant === 'number') &&
    (maskThreshold === null || typeof maskThreshold === 'number')
  );
}

function isTraits(traits: unknown): boolean {
  if (!isObject(traits)) return false;
  const { bands, alphaBand } = traits;
  return (
    isListOf(
      bands,
      (band) =>
        isObject(band) &&
        isOneOf(DATA_TYPES, band['dataType']) &&
        isNodata(band['nodata']) &&
        isOneOf(VALIDITIES, band['validity']),
    ) &&
    (alphaBand === null || (isCount(alphaBand) && alphaBand > 0 && alphaBand <= bands.length))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(isItem);
}

function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && values.includes(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNodata(value: unknown): boolean {
  return value === null || typeof value === 'number' || typeof value === 'bigint';
}
