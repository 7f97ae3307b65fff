import { DATA_TYPE_BYTES, isComplex } from '@inlay/geo';
import { type Samples, allocateSamples } from '@inlay/raster';
import type { BlockFormat } from './block-format.ts';
import { HOST_IS_LITTLE_ENDIAN, reverseBits, swapBytes, swapTriplets } from './codecs/byte-order.ts';
import { type CodecBlock, wantedBytes } from './codecs/codec.ts';
import { decoderFor } from './codecs/decoders.ts';
import { undoFloatingPointPredictor, undoHorizontalPredictor } from './codecs/predictor.ts';
import { unpackBits, widenHalfFloats } from './codecs/unpack.ts';
import { GeoTiffError } from './error.ts';

const JPEG = 7;
const WEBP = 50001;

/**
 * Decodes a block into samples of the image's data type and the machine's byte order. Length = rows * blockWidth *
 * samplesPerPixel (twice that for complex samples): pixel-interleaved unless the file is planar.
 *
 * @param rows rows wanted: `blockHeight`, fewer in the last strip.
 * @param inThisThread whether to decompress before returning where the codec can, rather than in another thread.
 * @throws GeoTiffError `geotiff/damaged-block`, `geotiff/unsupported-compression`, `geotiff/unsupported`
 */
export function decodeBlock(
  encoded: Uint8Array,
  format: BlockFormat,
  rows: number,
  inThisThread: boolean,
): Samples | Promise<Samples> {
  const { compression } = format;
  const block: CodecBlock = { ...format, width: format.blockWidth, rows, storedRows: format.blockHeight, inThisThread };
  // libtiff leaves JPEG streams alone, whatever FillOrder says; nothing else has a byte order of its own.
  const input = format.bitsReversed && compression !== JPEG && compression !== WEBP ? reverseBits(encoded) : encoded;
  const decoded = decoderFor(compression)(input, block);
  return decoded instanceof Uint8Array
    ? toSamples(decoded, block, format)
    : decoded.then((bytes) => toSamples(bytes, block, format));
}

function toSamples(decoded: Uint8Array, block: CodecBlock, format: BlockFormat): Samples {
  const { bitsPerSample, rowBytes, predictor, samplesPerPixel, dataType } = format;
  const { rows } = block;
  const bytes = aligned(decoded.subarray(0, wantedBytes(block)));
  const packed = { bytes, rows, rowBytes, samplesPerRow: format.blockWidth * samplesPerPixel, bitsPerSample };

  if (predictor === 3) {
    requireFloats(format);
    undoFloatingPointPredictor({ bytes, rowBytes, samplesPerPixel, bitsPerSample }, HOST_IS_LITTLE_ENDIAN);
  } else if (isWholeBytes(bitsPerSample)) {
    if (format.littleEndian !== HOST_IS_LITTLE_ENDIAN) swapBytes(bytes, valueBytes(format));
    if (predictor === 2) undoHorizontalPredictor({ bytes, rowBytes, samplesPerPixel, bitsPerSample });
  } else if (predictor === 2) {
    throw new GeoTiffError('geotiff/unsupported', `predictor 2 with ${bitsPerSample} bits a sample is not read`);
  } else {
    // libtiff swaps 24-bit samples of big-endian files while GDAL packs them high byte first, both when writing and
    // when reading; what is found in such files is what the two make of it.
    if (bitsPerSample === 24 && !format.littleEndian) swapTriplets(bytes);
    return unpackBits(packed, dataType);
  }
  if (dataType === 'Float16' || dataType === 'CFloat16') {
    return widenHalfFloats(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2));
  }
  const { constructor } = allocateSamples(dataType, 0);
  const SampleArray = constructor as new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Samples;
  return new SampleArray(bytes.buffer, bytes.byteOffset, bytes.byteLength / partBytes(format));
}

function isWholeBytes(bits: number): boolean {
  return bits === 8 || bits === 16 || bits === 32 || bits === 64 || bits === 128;
}

/** Bytes of a sample, of one part where samples are complex. */
function partBytes({ dataType }: BlockFormat): number {
  return isComplex(dataType) ? DATA_TYPE_BYTES[dataType] / 2 : DATA_TYPE_BYTES[dataType];
}

/** Bytes that have an order: predictor 2 differences complex samples as whole integers, so they are swapped whole. */
function valueBytes(format: BlockFormat): number {
  return format.predictor === 2 ? format.bitsPerSample / 8 : partBytes(format);
}

function requireFloats({ dataType, bitsPerSample }: BlockFormat): void {
  if (dataType.startsWith('Float')) return;
  throw new GeoTiffError('geotiff/unsupported', `predictor 3 on ${bitsPerSample}-bit ${dataType} samples is not read`);
}

/** The same bytes at an address that every typed array accepts; codecs may return a view into a larger buffer. */
function aligned(bytes: Uint8Array): Uint8Array {
  // Not slice(): on a Buffer, which node:zlib returns, that does not copy.
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}
