import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { GeoTiffError } from '../error.ts';
import { type CodecBlock, damaged, maximumBytes, requireLength } from './codec.ts';
import { describeZlibError } from './deflate.ts';

/**
 * Compression 50000: one Zstandard frame (RFC 8878).
 * @throws GeoTiffError `geotiff/unsupported-compression` on a Node.js older than 22.15, which has no Zstandard.
 */
export function decodeZstd(encoded: Uint8Array, block: CodecBlock): Uint8Array | Promise<Uint8Array> {
  const decoded = decompressZstd(encoded, maximumBytes(block), block.inThisThread);
  return decoded instanceof Uint8Array
    ? requireLength(decoded, block)
    : decoded.then((bytes) => requireLength(bytes, block));
}

/**
 * Decompresses to at most `limit` bytes, in this thread where the caller says so.
 * @throws GeoTiffError as {@link decodeZstd}
 */
export function decompressZstd(
  encoded: Uint8Array,
  limit: number,
  inThisThread = false,
): Uint8Array | Promise<Uint8Array> {
  // The declared floor of Node.js 22.12 is older than the functions; remove when it is raised to 22.15.
  const { zstdDecompress, zstdDecompressSync } = zlib as Partial<typeof zlib>;
  if (zstdDecompress === undefined || zstdDecompressSync === undefined) {
    throw new GeoTiffError('geotiff/unsupported-compression', 'ZSTD compression needs Node.js 22.15 or newer');
  }
  const options = { chunkSize: Math.max(MIN_CHUNK_BYTES, limit), maxOutputLength: limit };
  const refuse = (error: unknown): never => {
    throw damaged(describeZlibError(error, limit), error);
  };
  if (!inThisThread) return promisify(zstdDecompress)(encoded, options).catch(refuse);
  try {
    return zstdDecompressSync(encoded, options);
  } catch (error) {
    return refuse(error);
  }
}

/** Least output buffer that node:zlib accepts. */
const MIN_CHUNK_BYTES = 64;
