import { DATA_TYPE_BYTES, type DataType, isComplex, type Nodata } from '@inlay/geo';
import type { BlockFormat } from '../block-format.ts';
import { HOST_IS_LITTLE_ENDIAN } from '../codecs/byte-order.ts';
import { type CogCompression, COMPRESSION_TAG } from './compress-block.ts';

/**
 * How this package writes the samples of a cloud-optimised GeoTIFF: tiles, all samples of a pixel side by side, in the
 * machine's own byte order; deflate with a predictor unless another compression is named.
 */
export interface CogFormat {
  /** Of every sample. Half floats are stored as 32-bit ones: that is what memory holds of them. */
  readonly dataType: DataType;
  /** Samples of a pixel, 1 to 65,535. */
  readonly samplesPerPixel: number;
  /** Columns and rows of a tile, a multiple of 16 (TIFF 6.0, page 67). */
  readonly blockSize: number;
  /** What readers are told that nodata is, and what a tile that is not stored holds; null: nothing, and 0. */
  readonly nodata: Nodata | null;
  /** The first three samples are red, green and blue. */
  readonly isRgb: boolean;
  /** The last sample is alpha, unassociated: GDAL makes it the others' mask. */
  readonly hasAlpha: boolean;
  /** `deflate` unless set. JPEG is for bytes of one or three samples, WebP for those of three or four. */
  readonly compression?: CogCompression;
  /** 1 to 100, of `jpeg` and `webp`; 75 unless set. */
  readonly quality?: number;
  /** Whether values are predicted where compression and type know how; unless set they are. */
  readonly isPredicted?: boolean;
}

/** The type that samples are stored in. */
export function storedType(dataType: DataType): DataType {
  return dataType === 'Float16' ? 'Float32' : dataType === 'CFloat16' ? 'CFloat32' : dataType;
}

/**
 * TIFF predictors: 2 for integers up to 32 bits, 3 for floats. Not every libtiff in use undoes 2 for 64 bits, and complex
 * samples gain nothing.
 */
export function predictorOf(dataType: DataType): BlockFormat['predictor'] {
  if (isComplex(dataType)) return 1;
  if (dataType.startsWith('Float')) return 3;
  return DATA_TYPE_BYTES[dataType] <= 4 ? 2 : 1;
}

/** Photometric interpretations (TIFF 6.0, page 37). */
const PHOTOMETRIC = { minIsBlack: 1, rgb: 2, yCbCr: 6 };

/** Tag 262: JPEG stores colour as luminance and chroma. */
export function photometricOf({ isRgb, compression, samplesPerPixel }: CogFormat): number {
  if (compression === 'jpeg' && samplesPerPixel === 3) return PHOTOMETRIC.yCbCr;
  return isRgb || compression === 'webp' ? PHOTOMETRIC.rgb : PHOTOMETRIC.minIsBlack;
}

/** SampleFormat (TIFF 6.0, page 80; 5 and 6 are complex integers and floats). */
export function sampleFormatOf(dataType: DataType): number {
  if (isComplex(dataType)) return dataType.startsWith('CInt') ? 5 : 6;
  if (dataType.startsWith('Float')) return 3;
  return dataType.startsWith('Int') ? 2 : 1;
}

/** The predictor that tiles in this format are written with. */
export function predictorOfFormat({
  dataType,
  compression = 'deflate',
  isPredicted = true,
}: CogFormat): BlockFormat['predictor'] {
  const knowsOne = compression === 'deflate' || compression === 'zstd' || compression === 'lzw';
  return knowsOne && isPredicted ? predictorOf(storedType(dataType)) : 1;
}

/** What reading a tile of an image in this format takes. */
export function blockFormatOf(format: CogFormat): BlockFormat {
  const { dataType, samplesPerPixel, blockSize } = format;
  const stored = storedType(dataType);
  const rowBytes = blockSize * samplesPerPixel * DATA_TYPE_BYTES[stored];
  return {
    width: blockSize,
    height: blockSize,
    tiled: true,
    blockWidth: blockSize,
    blockHeight: blockSize,
    blockCols: 1,
    blockRows: 1,
    blocksPerStrip: 1,
    planar: false,
    bandCount: samplesPerPixel,
    samplesPerPixel,
    bitsPerSample: 8 * DATA_TYPE_BYTES[stored],
    dataType: stored,
    rowBytes,
    blockBytes: rowBytes * blockSize,
    compression: COMPRESSION_TAG[format.compression ?? 'deflate'],
    predictor: predictorOfFormat(format),
    photometric: photometricOf(format),
    littleEndian: HOST_IS_LITTLE_ENDIAN,
    bitsReversed: false,
    jpegTables: null,
    lercParameters: [],
  };
}
