import * as lerc from 'lerc';
import { type CodecBlock, damaged, maximumBytes } from './codec.ts';
import { inflateBytes } from './deflate.ts';
import { decompressZstd } from './zstd.ts';

/*
 * Terminology (github.com/Esri/lerc). A *blob* is one compressed picture; several may follow each other, one a *band*.
 * A band has *depth* values a pixel, side by side, and at most one mask.
 */

/** Second value of tag 50674, LercParameters: what a blob was compressed with once more (libtiff, tiff.h). */
const ADDED_DEFLATE = 1;
const ADDED_ZSTD = 2;

const MAGIC = 'Lerc2 ';

/** What LERC adds to pixels that it cannot compress: a header and a range for each band, and a mask. */
const OVERHEAD_BYTES = 4096;

/**
 * Compression 34887: LERC, possibly deflated or packed by Zstandard. NaN, and alpha that is either 0 or 255, are stored
 * as masks and come back (libtiff, tif_lerc.c). libtiff hands it samples in the file's byte order, so that those of
 * big-endian files come out swapped, as they do of other codecs.
 */
export async function decodeLerc(encoded: Uint8Array, block: CodecBlock): Promise<Uint8Array> {
  await lerc.load();
  const limit = 2 * maximumBytes(block) + OVERHEAD_BYTES;
  const added = block.lercParameters[1] ?? 0;
  let blob = encoded;
  if (added === ADDED_DEFLATE) blob = await inflateBytes(encoded, limit);
  else if (added === ADDED_ZSTD) blob = await decompressZstd(encoded, limit);
  requireSize(blob, block);
  let decoded: lerc.LercData;
  try {
    decoded = lerc.decode(blob, { returnInterleaved: true });
  } catch (error) {
    throw damaged(`its LERC data does not decode: ${(error as Error).message}`, error);
  }
  return interleave(decoded, block);
}

/** Reads the size out of the header before the decoder sets memory aside for it (Lerc2.h, HeaderInfo). */
function requireSize(blob: Uint8Array, { width, rows, storedRows, samplesPerPixel }: CodecBlock): void {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (blob.length < 26 || !MAGIC.split('').every((letter, i) => blob[i] === letter.charCodeAt(0))) {
    throw damaged('its LERC data does not start as LERC does');
  }
  const version = view.getInt32(6, true);
  // Versions 3 and later have a checksum before the size, 4 and later the depth after it.
  const at = version >= 3 ? 14 : 10;
  const height = view.getInt32(at, true);
  const columns = view.getInt32(at + 4, true);
  const depth = version >= 4 ? view.getInt32(at + 8, true) : 1;
  if (columns !== width || height < rows || height > storedRows || depth < 1 || depth > samplesPerPixel) {
    throw damaged(`its LERC data is ${columns}x${height} pixels of ${depth} samples, not ${width}x${rows}`);
  }
}

/** One array of whole pixels. */
function interleave({ pixels, mask, bandMasks, depthCount, height }: lerc.LercData, block: CodecBlock): Uint8Array {
  const { samplesPerPixel, rowBytes, width } = block;
  const first = pixels[0]!;
  const pixelCount = width * height;
  const SampleArray = first.constructor as new (length: number) => lerc.PixelTypedArray;
  if (first.BYTES_PER_ELEMENT * samplesPerPixel * width !== rowBytes) {
    throw damaged(`its LERC data has samples of ${8 * first.BYTES_PER_ELEMENT} bits`);
  }
  if (pixels.length === 1 && depthCount === samplesPerPixel) {
    if (mask !== null) fillMasked(first, mask, depthCount, 0, depthCount);
    return bytesOf(first);
  }
  const samples = new SampleArray(pixelCount * samplesPerPixel);
  if (pixels.length === samplesPerPixel && depthCount === 1) {
    for (const [band, values] of pixels.entries()) {
      const valid = bandMasks?.[band] ?? mask;
      for (let i = 0; i < pixelCount; i++) samples[i * samplesPerPixel + band] = values[i]!;
      if (valid !== null) fillMasked(samples, valid, samplesPerPixel, band, 1);
    }
    return bytesOf(samples);
  }
  if (pixels.length === 1 && depthCount === samplesPerPixel - 1 && mask !== null && first instanceof Uint8Array) {
    for (let i = 0; i < pixelCount; i++) {
      for (let band = 0; band < depthCount; band++) samples[i * samplesPerPixel + band] = first[i * depthCount + band]!;
      samples[i * samplesPerPixel + depthCount] = mask[i] === 0 ? 0 : 255;
    }
    return bytesOf(samples);
  }
  throw damaged(`its LERC data has ${pixels.length} bands of ${depthCount} samples, not ${samplesPerPixel}`);
}

/** NaN where the mask says that there is nothing; integers stay what the decoder made of them, 0. */
function fillMasked(
  samples: lerc.PixelTypedArray,
  mask: Uint8Array,
  step: number,
  offset: number,
  count: number,
): void {
  if (!(samples instanceof Float32Array || samples instanceof Float64Array)) return;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) samples.fill(Number.NaN, i * step + offset, i * step + offset + count);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: lerc.PixelTypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
