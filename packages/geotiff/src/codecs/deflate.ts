import { promisify } from 'node:util';
import { inflate, inflateSync } from 'node:zlib';
import { type CodecBlock, damaged, maximumBytes, requireLength } from './codec.ts';

const inflateAsync = promisify(inflate);

/** The most bytes one byte of a deflate stream can become (zlib's "Maximum Compression Factor", 1032:1). */
const MAX_RATIO = 1032;

/** Least output buffer that zlib accepts. */
const MIN_CHUNK_BYTES = 64;

/**
 * Up to this many bytes a block is inflated at once, in less time than handing it to another thread and back would
 * cost the event loop.
 */
const INLINE_BYTES = 64 * 1024;

/**
 * Compression 8 and its older number 32946: a zlib stream (Adobe's TIFF Technical Note "Adobe Photoshop TIFF
 * Technical Notes", 2002).
 */
export function decodeDeflate(encoded: Uint8Array, block: CodecBlock): Uint8Array | Promise<Uint8Array> {
  const decoded = inflateBytes(encoded, maximumBytes(block), block.inThisThread);
  return decoded instanceof Uint8Array
    ? requireLength(decoded, block)
    : decoded.then((bytes) => requireLength(bytes, block));
}

/**
 * Inflates to at most `limit` bytes, in this thread where the caller says so or the block is small.
 * @throws GeoTiffError `geotiff/damaged-block`
 */
export function inflateBytes(
  encoded: Uint8Array,
  limit: number,
  inThisThread = false,
): Uint8Array | Promise<Uint8Array> {
  // One output buffer of the right size: with zlib's default of 16 KiB it would grow and copy.
  const chunkSize = Math.max(MIN_CHUNK_BYTES, Math.min(limit, encoded.length * MAX_RATIO));
  const options = { chunkSize, maxOutputLength: limit };
  const refuse = (error: unknown): never => {
    throw damaged(describeZlibError(error, limit), error);
  };
  if (!inThisThread && limit > INLINE_BYTES) return inflateAsync(encoded, options).catch(refuse);
  try {
    return inflateSync(encoded, options);
  } catch (error) {
    return refuse(error);
  }
}

/** What went wrong in a decompressor of node:zlib, in words. */
export function describeZlibError(error: unknown, limit: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return `it decompresses to more than the ${limit} bytes of a block`;
  return `decompression failed: ${message}`;
}
