import { TiffTag } from '@cogeotiff/core';
import { DATA_TYPE_BYTES, type DataType } from '@inlay/geo';
import { UNCOMPRESSED } from './codecs/decoders.ts';
import { GeoTiffError, malformed, unsupported } from './error.ts';
import type { RasterImage } from './images.ts';

/**
 * How one image (IFD) stores its pixels: everything that turns a block's bytes into samples. A *block* is a tile or a
 * strip; blocks are counted from the top-left corner, 0-based.
 */
export interface BlockFormat {
  /** Size of the image in pixels. */
  readonly width: number;
  readonly height: number;
  readonly tiled: boolean;
  /** Size of a block in pixels. Tiles at the right and bottom edge are padded to it; the last strip is shorter. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** Blocks that lie side by side, and one below the other, in one plane. */
  readonly blockCols: number;
  readonly blockRows: number;
  /** Blocks of rows that the file stores as one strip and that are read apart; 1 but for tall uncompressed strips. */
  readonly blocksPerStrip: number;
  /** Every band has blocks of its own (tag 284 = 2). */
  readonly planar: boolean;
  /** Bands of the image. */
  readonly bandCount: number;
  /** Samples side by side in a block: `bandCount`, or 1 where planar. */
  readonly samplesPerPixel: number;
  /** Both parts together for complex samples. */
  readonly bitsPerSample: number;
  readonly dataType: DataType;
  /** Bytes of a row of a block, as stored before compression. */
  readonly rowBytes: number;
  /** Bytes of a block's samples in memory, narrow samples widened to their data type. */
  readonly blockBytes: number;
  /** Tag 259. */
  readonly compression: number;
  readonly predictor: 1 | 2 | 3;
  /** Tag 262. */
  readonly photometric: number;
  readonly littleEndian: boolean;
  /** FillOrder 2: the bits of every byte are stored in reverse. */
  readonly bitsReversed: boolean;
  readonly jpegTables: Uint8Array | null;
  /** Tag 50674, see `CodecBlock`. */
  readonly lercParameters: readonly number[];
}

/**
 * The largest block that is decoded, in bytes. GDAL's default block is 256x256; files of one compressed strip do
 * exist, and reading one pixel of them costs them whole.
 */
export const MAX_BLOCK_BYTES: number = 256 * 2 ** 20;

/** Strips above this are read in parts where no compression forbids it (libtiff's STRIP_CHOPPING). */
const CHOPPED_STRIP_BYTES = 2 ** 20;

/** Photometric interpretations whose bands are not what GDAL presents, unless JPEG converts them. */
const SEPARATED = 5;
const YCBCR = 6;
const UNCONVERTED: ReadonlyMap<number, string> = new Map([
  [SEPARATED, 'CMYK'],
  [YCBCR, 'YCbCr'],
  [8, 'CIE L*a*b*'],
  [9, 'ICC L*a*b*'],
  [10, 'ITU L*a*b*'],
]);
const JPEG = 7;

/**
 * Reads an image's block format from its tags.
 * @throws GeoTiffError `geotiff/malformed`, `geotiff/unsupported`, `geotiff/too-large`
 */
export async function readBlockFormat(raster: RasterImage, signal?: AbortSignal): Promise<BlockFormat> {
  const { image, width, height } = raster;
  const tag = await tagReader(raster, signal);
  const compression = tag.number(TiffTag.Compression, UNCOMPRESSED);
  const planar = tag.number(TiffTag.PlanarConfiguration, 1) === 2;
  const bandCount = tag.number(TiffTag.SamplesPerPixel, 1);
  const bitsPerSample = tag.same(TiffTag.BitsPerSample, 1);
  const sampleFormat = tag.same(TiffTag.SampleFormat, 1);
  const photometric = tag.number(TiffTag.Photometric, 1);
  const predictor = tag.number(TiffTag.Predictor, 1);
  const tiled = image.has(TiffTag.TileWidth);
  const samplesPerPixel = planar ? 1 : bandCount;
  const blockWidth = tiled ? tag.number(TiffTag.TileWidth, 0) : width;
  const rowBytes = Math.ceil((blockWidth * samplesPerPixel * bitsPerSample) / 8);
  // Without RowsPerStrip, or with 2^32 - 1, the image is one strip (TIFF 6.0, page 39).
  const storedHeight = tiled
    ? tag.number(TiffTag.TileHeight, 0)
    : Math.min(tag.number(TiffTag.RowsPerStrip, height), height);
  for (const [name, value] of Object.entries({ width, height, blockWidth, storedHeight, bandCount, bitsPerSample })) {
    if (!Number.isInteger(value) || value < 1) {
      throw malformed(raster.source.name, `${name} is ${value}`);
    }
  }
  if (predictor !== 1 && predictor !== 2 && predictor !== 3) {
    throw unsupported(raster.source.name, `has predictor ${predictor}, which is not read`);
  }
  const colors = UNCONVERTED.get(photometric);
  if (colors !== undefined && !(photometric === YCBCR && compression === JPEG)) {
    throw unsupported(raster.source.name, `has ${colors} pixels, which are not read; convert it to RGB`);
  }
  const blockHeight = tiled || compression !== UNCOMPRESSED ? storedHeight : chopStrip(storedHeight, height, rowBytes);
  const dataType = dataTypeOf(raster, sampleFormat, bitsPerSample);
  const blockBytes = blockHeight * Math.max(rowBytes, blockWidth * samplesPerPixel * DATA_TYPE_BYTES[dataType]);
  if (blockBytes > MAX_BLOCK_BYTES) {
    throw new GeoTiffError(
      'geotiff/too-large',
      `${raster.source.name} stores its pixels in blocks of ${blockBytes} bytes, the limit is ${MAX_BLOCK_BYTES}; ` +
        `rewrite it with tiles (gdal_translate -co TILED=YES)`,
      { details: { source: raster.source.name, blockBytes, limit: MAX_BLOCK_BYTES } },
    );
  }
  return {
    width,
    height,
    tiled,
    blockWidth,
    blockHeight,
    blockCols: Math.ceil(width / blockWidth),
    blockRows: Math.ceil(height / blockHeight),
    blocksPerStrip: Math.ceil(storedHeight / blockHeight),
    planar,
    bandCount,
    samplesPerPixel,
    bitsPerSample,
    dataType,
    rowBytes,
    blockBytes,
    compression,
    predictor,
    photometric,
    littleEndian: image.tiff.isLittleEndian,
    bitsReversed: tag.number(TiffTag.FillOrder, 1) === 2,
    jpegTables: tag.bytes(TiffTag.JpegTables),
    lercParameters: tag.list(TiffTag.LercParameters),
  };
}

/**
 * Rows to read at once of an uncompressed strip: at most about {@link CHOPPED_STRIP_BYTES}, and a divisor of the
 * strip's rows unless there is but one strip, so that no block spans two strips.
 */
function chopStrip(stripRows: number, imageRows: number, rowBytes: number): number {
  const fitting = Math.max(1, Math.floor(CHOPPED_STRIP_BYTES / rowBytes));
  if (fitting >= stripRows) return stripRows;
  if (stripRows === imageRows) return fitting;
  let rows = fitting;
  while (stripRows % rows !== 0) rows--;
  return rows;
}

const UNSIGNED: Readonly<Record<number, DataType>> = { 8: 'Byte', 16: 'UInt16', 32: 'UInt32', 64: 'UInt64' };

/** GDAL's data types by SampleFormat (TIFF 6.0, page 80) and bits. 4 is "undefined", which GDAL takes for unsigned. */
const DATA_TYPES: Readonly<Record<number, Readonly<Record<number, DataType>>>> = {
  1: UNSIGNED,
  2: { 8: 'Int8', 16: 'Int16', 32: 'Int32', 64: 'Int64' },
  3: { 16: 'Float16', 32: 'Float32', 64: 'Float64' },
  4: UNSIGNED,
  5: { 32: 'CInt16', 64: 'CInt32' },
  6: { 32: 'CFloat16', 64: 'CFloat32', 128: 'CFloat64' },
};

function dataTypeOf(raster: RasterImage, sampleFormat: number, bits: number): DataType {
  const dataType = DATA_TYPES[sampleFormat]?.[bits];
  if (dataType !== undefined) return dataType;
  // Narrow integers are unsigned to GDAL, whatever the file says: it does not extend signs.
  const isInteger = DATA_TYPES[sampleFormat] === UNSIGNED || sampleFormat === 2;
  if (isInteger && bits < 32) return bits < 8 ? 'Byte' : bits < 16 ? 'UInt16' : 'UInt32';
  throw unsupported(raster.source.name, `has samples of ${bits} bits in format ${sampleFormat}, which are not read`);
}

/** Tags whose values may lie outside the IFD and so need fetching. */
const FORMAT_TAGS = [
  TiffTag.Compression,
  TiffTag.PlanarConfiguration,
  TiffTag.SamplesPerPixel,
  TiffTag.BitsPerSample,
  TiffTag.SampleFormat,
  TiffTag.Photometric,
  TiffTag.Predictor,
  TiffTag.TileWidth,
  TiffTag.TileHeight,
  TiffTag.RowsPerStrip,
  TiffTag.FillOrder,
  TiffTag.JpegTables,
  TiffTag.LercParameters,
] as const;

interface TagReader {
  number(tag: TiffTag, absent: number): number;
  /** The one value that a per-band tag has for all bands. */
  same(tag: TiffTag, absent: number): number;
  list(tag: TiffTag): readonly number[];
  bytes(tag: TiffTag): Uint8Array | null;
}

/** The longest tag read: the bits of 65,535 bands. */
const MAX_TAG_VALUES = 2 ** 16;

async function tagReader({ image, source }: RasterImage, signal: AbortSignal | undefined): Promise<TagReader> {
  const options = signal === undefined ? {} : { signal };
  const values = new Map<TiffTag, unknown>();
  for (const tag of FORMAT_TAGS) {
    const count = image.tags.get(tag)?.count ?? 0;
    if (count > MAX_TAG_VALUES) throw malformed(source.name, `its tag ${TiffTag[tag]} has ${count} values`);
    values.set(tag, await image.fetch(tag, options));
  }
  const list = (tag: TiffTag): number[] => {
    const value = values.get(tag);
    return value === null || value === undefined ? [] : typeof value === 'number' ? [value] : (value as number[]);
  };
  return {
    list,
    number: (tag, absent) => list(tag)[0] ?? absent,
    same(tag, absent) {
      const [first = absent, ...rest] = list(tag);
      if (rest.some((value) => value !== first)) {
        throw unsupported(source.name, `has bands of different ${TiffTag[tag]}, which are not read`);
      }
      return first;
    },
    bytes: (tag) => (list(tag).length === 0 ? null : Uint8Array.from(list(tag))),
  };
}
