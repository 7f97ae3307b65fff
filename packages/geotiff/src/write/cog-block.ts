import { deflateSync } from 'node:zlib';
import { isComplex, isRepresentable } from '@inlay/geo';
import { allocateSamples, isBigSamples, type Samples } from '@inlay/raster';
import { decodeBlock } from '../block-decode.ts';
import { blockFormatOf, type CogFormat, predictorOfFormat } from './cog-format.ts';
import { compressTile, DEFLATE_LEVEL } from './compress-block.ts';
import { predictFloats, predictHorizontally } from './predict.ts';

/** Of JPEG and WebP where none is asked for. */
const DEFAULT_QUALITY = 75;

/**
 * A tile as it is stored, deflated.
 *
 * @param bands one array for each sample of a pixel, in the format's data type; length = width * height, for complex types
 *   twice that
 * @param size of the part of the tile that lies in the image, from its top-left corner; the rest is padding
 * @returns null for a tile that need not be stored: readers find in its place what it holds
 */
export function encodeCogBlock(
  bands: readonly Samples[],
  size: { readonly width: number; readonly height: number },
  format: CogFormat,
): Uint8Array | null {
  const bytes = predictedTile(bands, size, format);
  return bytes === null ? null : deflateSync(bytes, { level: DEFLATE_LEVEL });
}

/** {@link encodeCogBlock} with any compression, done in other threads where it can be. */
export async function compressCogBlock(
  bands: readonly Samples[],
  size: { readonly width: number; readonly height: number },
  format: CogFormat,
): Promise<Uint8Array | null> {
  const bytes = predictedTile(bands, size, format);
  if (bytes === null) return null;
  const { compression = 'deflate', quality = DEFAULT_QUALITY, samplesPerPixel, blockSize } = format;
  return await compressTile(compression, { bytes, width: blockSize, height: blockSize, samplesPerPixel }, quality);
}

/** The samples of a whole tile, pixel by pixel and predicted; null where it need not be stored. */
function predictedTile(
  bands: readonly Samples[],
  size: { readonly width: number; readonly height: number },
  format: CogFormat,
): Uint8Array | null {
  const { dataType, samplesPerPixel, blockSize } = format;
  const { width, height } = size;
  const parts = isComplex(dataType) ? 2 : 1;
  const isRight = bands.length === samplesPerPixel && bands.every(({ length }) => length === width * height * parts);
  if (!isRight || width > blockSize || height > blockSize) {
    throw new RangeError(`a tile of ${samplesPerPixel} samples is not made of ${bands.length} of ${width}x${height}`);
  }
  const unstored = unstoredValue(format);
  if (bands.every((samples) => isFilledWith(samples, unstored))) return null;
  const block = allocateSamples(dataType, blockSize * blockSize * samplesPerPixel);
  for (const [sample, samples] of bands.entries()) {
    for (let row = 0; row < height; row += 1) {
      let from = row * width * parts;
      let to = (row * blockSize * samplesPerPixel + sample) * parts;
      for (let col = 0; col < width; col += 1, to += samplesPerPixel * parts) {
        for (let part = 0; part < parts; part += 1) block[to + part] = samples[from++]!;
      }
    }
  }
  const { rowBytes, bitsPerSample } = blockFormatOf(format);
  const bytes = new Uint8Array(block.buffer);
  const predictor = predictorOfFormat(format);
  const rows = { bytes, rowBytes, samplesPerPixel, bitsPerSample };
  if (predictor === 2) predictHorizontally(rows);
  else if (predictor === 3) predictFloats(rows);
  return bytes;
}

/**
 * The samples of a whole tile, padding included: one array for each sample of a pixel.
 * @param encoded null for a tile that is not stored
 * @throws GeoTiffError `geotiff/damaged-block`
 */
export async function decodeCogBlock(encoded: Uint8Array | null, format: CogFormat): Promise<readonly Samples[]> {
  const { dataType, samplesPerPixel, blockSize } = format;
  const count = blockSize * blockSize;
  const bands = Array.from({ length: samplesPerPixel }, () => allocateSamples(dataType, count));
  if (encoded === null) {
    const unstored = unstoredValue(format);
    for (const samples of bands) samples.fill((isBigSamples(samples) ? BigInt(unstored) : unstored) as never);
    return bands;
  }
  const decoded = await decodeBlock(encoded, blockFormatOf(format), blockSize, true);
  const parts = isComplex(dataType) ? 2 : 1;
  for (const [sample, samples] of bands.entries()) {
    let from = sample * parts;
    for (let at = 0; at < samples.length; at += parts, from += samplesPerPixel * parts) {
      for (let part = 0; part < parts; part += 1) samples[at + part] = decoded[from + part]!;
    }
  }
  return bands;
}

/** What readers find where a tile is not stored (GDAL's SPARSE_OK). Of complex samples, only 0 is the same to all. */
function unstoredValue({ nodata, dataType }: CogFormat): number | bigint {
  return nodata !== null && !isComplex(dataType) && isRepresentable(nodata, dataType) ? nodata : 0;
}

function isFilledWith(samples: Samples, value: number | bigint): boolean {
  if (isBigSamples(samples)) {
    const wanted = BigInt(value);
    return samples.every((sample) => sample === wanted);
  }
  const wanted = samples instanceof Float32Array ? Math.fround(Number(value)) : Number(value);
  if (Number.isNaN(wanted)) return samples.every((sample) => Number.isNaN(sample));
  return samples.every((sample) => sample === wanted);
}
