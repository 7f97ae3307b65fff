import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { type CodecBlock, damaged, maximumBytes, requireLength } from './codec.ts';

const inflateAsync = promisify(inflate);

/** The most bytes one byte of a deflate stream can become (zlib's "Maximum Compression Factor", 1032:1). */
const MAX_RATIO = 1032;

/** Least output buffer that zlib accepts. */
const MIN_CHUNK_BYTES = 64;

/**
 * Compression 8 and its older number 32946: a zlib stream (Adobe's TIFF Technical Note "Adobe Photoshop TIFF
 * Technical Notes", 2002).
 */
export async function decodeDeflate(encoded: Uint8Array, block: CodecBlock): Promise<Uint8Array> {
  const limit = maximumBytes(block);
  // One output buffer of the right size: with zlib's default of 16 KiB it would grow and copy.
  const chunkSize = Math.max(MIN_CHUNK_BYTES, Math.min(limit, encoded.length * MAX_RATIO));
  let decoded: Uint8Array;
  try {
    decoded = await inflateAsync(encoded, { chunkSize, maxOutputLength: limit });
  } catch (error) {
    throw damaged(describeZlibError(error, limit), error);
  }
  return requireLength(decoded, block);
}

/** What went wrong in a decompressor of node:zlib, in words. */
export function describeZlibError(error: unknown, limit: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return `it decompresses to more than the ${limit} bytes of a block`;
  return `decompression failed: ${message}`;
}
