import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { GeoTiffError } from '../error.ts';
import { type CodecBlock, damaged, maximumBytes, requireLength } from './codec.ts';
import { describeZlibError } from './deflate.ts';

/**
 * Compression 50000: one Zstandard frame (RFC 8878).
 * @throws GeoTiffError `geotiff/unsupported-compression` on a Node.js older than 22.15, which has no Zstandard.
 */
export async function decodeZstd(encoded: Uint8Array, block: CodecBlock): Promise<Uint8Array> {
  // The declared floor of Node.js 22.12 is older than the function; remove when it is raised to 22.15.
  const zstdDecompress = zlib.zstdDecompress as typeof zlib.zstdDecompress | undefined;
  if (zstdDecompress === undefined) {
    throw new GeoTiffError('geotiff/unsupported-compression', 'ZSTD compression needs Node.js 22.15 or newer');
  }
  const limit = maximumBytes(block);
  let decoded: Uint8Array;
  try {
    decoded = await promisify(zstdDecompress)(encoded, { maxOutputLength: limit });
  } catch (error) {
    throw damaged(describeZlibError(error, limit), error);
  }
  return requireLength(decoded, block);
}
