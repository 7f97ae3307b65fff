import type { ExportBody, ValidationItem } from '@inlay/contract';
import {
  type BandProfile,
  DATA_TYPE_BYTES,
  type DataType,
  isComplex,
  isInteger,
  isRepresentable,
  type Nodata,
  nodataFromJson,
  sameNodata,
} from '@inlay/geo';
import { promotedType } from '@inlay/vrt';
import { shapeIn } from '../pixels/feature-shape.ts';
import { inOwnPlace, isPlaced, type PlacedRaster } from '../pixels/placed-raster.ts';
import type { RasterSource } from '../pixels/raster-source.ts';
import { type ExportCrss, exportGrid, type ExportGrid, fault } from './export-grid.ts';
import type { ExportFile, ExportPlan } from './export-plan.ts';

/** A plan, or all that is wrong with what was asked for. */
export type ExportPlanning = { readonly plan: ExportPlan } | { readonly items: readonly ValidationItem[] };

/** Side of a block in pixels, and of blocks whose pixels have many samples. */
const BLOCK_SIZE = 512;
const SMALL_BLOCK_SIZE = 256;

/** Bytes of a pixel, all bands, from which on blocks are small, and beyond which there is no export. */
const LARGE_PIXEL = 64;
const MAX_PIXEL = 1024;

const DEFAULT_QUALITY = 75;

/** Whether a request needs the dataset to lie somewhere. */
export function needsPlace({ bbox, feature, crs, resolution, width, height }: ExportBody): boolean {
  return [bbox, feature, crs, resolution, width, height].some((field) => field !== undefined);
}

/**
 * Decides everything about an export from what is known of the dataset; nothing is read.
 * @param maxBytes most bytes of samples that an export may have, uncompressed
 */
export function planExport(
  source: RasterSource,
  request: ExportBody & Required<Pick<ExportBody, 'resampling' | 'format' | 'compression'>>,
  crss: ExportCrss,
  maxBytes: number,
): ExportPlanning {
  const items: ValidationItem[] = [];
  const bands = request.bidx ?? source.layout.bands.map((_, bandOffset) => bandOffset + 1);
  for (const [index, band] of bands.entries()) {
    if (source.layout.bands[band - 1] === undefined) items.push(noBand(index, band, source.layout.bands.length));
  }
  const placed = exportGrid(somewhere(source), request, crss);
  if ('items' in placed) items.push(...placed.items);
  if (items.length > 0 || 'items' in placed) return { items };

  const profiles = bands.map((band) => source.layout.bands[band - 1]!);
  const values = valuesOf(profiles, request, placed);
  if ('items' in values) return values;
  const file = fileOf(profiles, request, placed, values, source);
  items.push(
    ...encodingFaults(request, profiles, values),
    ...sizeFaults(placed, profiles.length, values, file, maxBytes),
  );
  if (items.length > 0) return { items };

  const alphaOffset = source.layout.bands.findIndex(({ colorInterp }) => colorInterp === 'Alpha');
  const alphaBand = alphaOffset === -1 ? null : alphaOffset + 1;
  const writesAlpha = alphaBand !== null && bands.includes(alphaBand);
  return {
    plan: {
      grid: placed.grid,
      crs: placed.crs,
      georeference: {
        affine: source.affine === null ? null : placed.grid.affine,
        crs: source.crs === null ? null : placed.crs,
      },
      origin: placed.origin,
      kernel: request.resampling,
      bands,
      alphaBand,
      ...values,
      hasMask: source.layout.mask !== null || (values.nodata === null && !writesAlpha),
      shape: placed.rings === null ? null : shapeIn({ grid: placed.grid, crs: placed.crs }, placed.rings),
      file,
    },
  };
}

/** The dataset with a place; what of it is not known does not matter to whoever asks for no other pixels. */
function somewhere(source: RasterSource): RasterSource & PlacedRaster {
  if (isPlaced(source)) return source;
  const own = inOwnPlace(source);
  return { ...own, affine: source.affine ?? own.affine };
}

type Values = Pick<ExportPlan, 'dataType' | 'rescale' | 'nodata'>;

/** What becomes of the samples. */
function valuesOf(
  profiles: readonly BandProfile[],
  request: ExportBody,
  { origin }: ExportGrid,
): Values | { readonly items: readonly ValidationItem[] } {
  const { rescale } = request;
  const own = storedType(promotedType(new Set(profiles.map(({ dataType }) => dataType))));
  const dataType = request.dtype ?? (rescale === undefined ? own : 'Byte');
  const items: ValidationItem[] = [];
  if (storedType(dataType) !== dataType) {
    items.push(
      fault('dtype', `${dataType} is not written: ask for ${storedType(dataType)}, which holds the same values`),
    );
  }
  if (origin === null && (isComplex(own) || is64Bit(own))) {
    const error = `samples of ${own} are exported on the dataset's own pixels only: leave crs, resolution, width and height out, or build a virtual raster with a dtype first`;
    items.push(fault('resampling', error));
  }
  if (rescale !== undefined) items.push(...rescaleFaults(rescale, profiles.length, own, dataType));
  const nodata = nodataOf(profiles, request, dataType, own);
  if (nodata !== null && request.nodata !== undefined && !isRepresentable(nodata, dataType)) {
    items.push(fault('nodata', `${String(nodata)} is no value of ${dataType}`));
  }
  if (items.length > 0) return { items };
  const stretches = rescale === undefined ? null : profiles.map((_, index) => rescale[index] ?? rescale[0]!);
  return { dataType, rescale: stretches, nodata };
}

/** 16-bit floats are read as 32-bit ones, and written so. */
function storedType(dataType: DataType): DataType {
  return dataType === 'Float16' ? 'Float32' : dataType === 'CFloat16' ? 'CFloat32' : dataType;
}

function is64Bit(dataType: DataType): boolean {
  return dataType === 'Int64' || dataType === 'UInt64';
}

function rescaleFaults(
  rescale: readonly (readonly [number, number])[],
  bandCount: number,
  own: DataType,
  dataType: DataType,
): ValidationItem[] {
  const items: ValidationItem[] = [];
  if (rescale.length !== 1 && rescale.length !== bandCount) {
    items.push(
      fault('rescale', `it has ${rescale.length} pairs, the export ${bandCount} bands: give one pair, or one for each`),
    );
  }
  if (!rescale.every(([min, max]) => min < max))
    items.push(fault('rescale', 'each pair is [min, max] with min below max'));
  if (!isInteger(dataType) || is64Bit(dataType)) {
    items.push(fault('dtype', `values are rescaled to integers of up to 32 bits, not to ${dataType}`));
  }
  if (isComplex(own)) items.push(fault('rescale', `samples of ${own} are not rescaled`));
  return items;
}

/** The nodata value of the export; null where there is none, or bands disagree, or it has lost its meaning. */
function nodataOf(
  profiles: readonly BandProfile[],
  { nodata: asked, rescale, compression }: ExportBody,
  dataType: DataType,
  own: DataType,
): Nodata | null {
  if (asked === 'none') return null;
  if (asked !== undefined) {
    const value = nodataFromJson(asked);
    return is64Bit(dataType) && typeof value === 'number' && Number.isInteger(value)
      ? BigInt(value)
      : numberUnless64(value, dataType);
  }
  const first = profiles[0]!.nodata;
  const isLossy = compression === 'jpeg' || compression === 'webp';
  if (rescale !== undefined || isLossy || !profiles.every(({ nodata }) => sameNodata(nodata, first))) return null;
  return first !== null && dataType !== own && !isRepresentable(first, dataType) ? null : first;
}

function numberUnless64(value: Nodata, dataType: DataType): Nodata {
  return is64Bit(dataType) ? value : Number(value);
}

function fileOf(
  profiles: readonly BandProfile[],
  request: ExportBody & Required<Pick<ExportBody, 'resampling' | 'format' | 'compression'>>,
  { origin }: ExportGrid,
  { dataType, rescale, nodata }: Values,
  { layout }: RasterSource,
): ExportFile {
  const { compression, resampling } = request;
  const pixelBytes = profiles.length * DATA_TYPE_BYTES[dataType];
  const keepsClasses = rescale === null && (origin !== null || resampling === 'nearest' || resampling === 'mode');
  const keepsPalette = keepsClasses && profiles.length === 1 && (dataType === 'Byte' || dataType === 'UInt16');
  const blockSize = pixelBytes > LARGE_PIXEL ? SMALL_BLOCK_SIZE : BLOCK_SIZE;
  const bands = profiles.map((band): BandProfile => ({
    ...band,
    dataType,
    nbits: dataType === band.dataType && rescale === null ? band.nbits : null,
    blockWidth: blockSize,
    blockHeight: blockSize,
    nodata,
    colorTable: keepsPalette ? band.colorTable : null,
    colorInterp: band.colorInterp === 'Palette' && !keepsPalette ? 'Gray' : band.colorInterp,
    categories: keepsClasses ? band.categories : null,
    // What the values meant before they were stretched.
    ...(rescale === null ? {} : { scale: null, offset: null, unit: null }),
  }));
  const isClassified =
    isComplex(dataType) ||
    bands.some(({ colorTable, categories, nbits }) => colorTable !== null || categories !== null || nbits === 1);
  return {
    hasOverviews: request.format === 'cog',
    compression,
    quality: request.quality ?? DEFAULT_QUALITY,
    predictor: predictorOf(compression, dataType, isClassified),
    overviewResampling: isClassified ? 'nearest' : 'average',
    blockSize,
    bands,
    metadata: layout.metadata,
    areaOrPoint: layout.areaOrPoint,
  };
}

/** Differences of neighbours compress better than amounts; older libtiffs have none of 64-bit integers (tif_predict.c). */
function predictorOf(compression: ExportFile['compression'], dataType: DataType, isClassified: boolean): 1 | 2 | 3 {
  const hasPredictor = compression === 'deflate' || compression === 'zstd' || compression === 'lzw';
  if (!hasPredictor || isClassified || isComplex(dataType) || is64Bit(dataType)) return 1;
  return isInteger(dataType) ? 2 : 3;
}

/** JPEG and WebP are for pictures. */
function encodingFaults(
  { compression, quality }: ExportBody,
  profiles: readonly BandProfile[],
  { dataType }: Values,
): ValidationItem[] {
  if (compression !== 'jpeg' && compression !== 'webp') {
    if (quality === undefined) return [];
    return [
      fault('quality', `${compression} keeps every bit and has no quality: leave it out, or ask for jpeg or webp`),
    ];
  }
  const items: ValidationItem[] = [];
  const counts = compression === 'jpeg' ? [1, 3] : [3, 4];
  if (dataType !== 'Byte') {
    items.push(fault('compression', `${compression} takes bytes, not ${dataType}: give rescale, or dtype "Byte"`));
  }
  if (!counts.includes(profiles.length)) {
    const error = `${compression} takes ${counts.join(' or ')} bands, not ${profiles.length}: choose them with bidx`;
    items.push(fault('compression', error));
  }
  if (profiles.some(({ colorTable }) => colorTable !== null)) {
    items.push(
      fault('compression', `${compression} would blur the numbers of a palette: ask for deflate, zstd or lzw`),
    );
  }
  return items;
}

function sizeFaults(
  { grid: { width, height } }: ExportGrid,
  bandCount: number,
  { dataType }: Values,
  { blockSize }: ExportFile,
  maxBytes: number,
): ValidationItem[] {
  const pixelBytes = bandCount * DATA_TYPE_BYTES[dataType];
  if (pixelBytes > MAX_PIXEL) {
    const error = `a pixel of ${bandCount} bands of ${dataType} has ${pixelBytes} bytes, at most ${MAX_PIXEL} are exported: choose fewer bands`;
    return [fault('bidx', error)];
  }
  // Blocks at the edges are stored whole.
  const bytes = Math.ceil(width / blockSize) * Math.ceil(height / blockSize) * blockSize * blockSize * pixelBytes;
  if (bytes <= maxBytes && Number.isSafeInteger(bytes)) return [];
  const msg =
    `The export would have ${width} x ${height} pixels, ${bytes} bytes of samples; at most ${maxBytes} are exported. ` +
    'Cut out less of it (bbox), ask for larger pixels (resolution), or choose fewer bands (bidx)';
  return [
    { loc: ['body'], msg, type: 'export_too_large', input: null, ctx: { bytes, limit: maxBytes, width, height } },
  ];
}

function noBand(index: number, band: number, count: number): ValidationItem {
  const error = `there is no band ${band} of ${count}`;
  return {
    loc: ['body', 'bidx', index],
    msg: `Value error, ${error}`,
    type: 'value_error',
    input: band,
    ctx: { error },
  };
}
