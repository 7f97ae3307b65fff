import * as zlib from 'node:zlib';
import { promisify } from 'node:util';
import { GeoTiffError } from '../error.ts';
import type { TileSamples } from '../codecs/codec.ts';
import { encodeJpeg } from '../codecs/jpeg.ts';
import { encodeWebp } from '../codecs/webp.ts';
import { encodeLzw } from './encode-lzw.ts';

/** How tiles are compressed. All but the last two keep every bit. */
export type CogCompression = 'deflate' | 'zstd' | 'lzw' | 'none' | 'jpeg' | 'webp';

/** Values of tag 259 (TIFF 6.0, page 30; the last two as libtiff registers them). */
export const COMPRESSION_TAG: Readonly<Record<CogCompression, number>> = {
  none: 1,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  zstd: 50_000,
  webp: 50_001,
};

/** zlib's default: level 9 takes three times as long for two per cent. */
export const DEFLATE_LEVEL = 6;

/**
 * A tile's bytes as they are stored.
 * @param quality 1 to 100, of `jpeg` and `webp`, which take bytes
 * @throws GeoTiffError `geotiff/unsupported-compression` for `zstd` on a Node.js older than 22.15
 */
export async function compressTile(
  compression: CogCompression,
  tile: TileSamples,
  quality: number,
): Promise<Uint8Array> {
  switch (compression) {
    case 'none':
      return tile.bytes;
    case 'lzw':
      return encodeLzw(tile.bytes);
    case 'deflate':
      return await promisify(zlib.deflate)(tile.bytes, { level: DEFLATE_LEVEL });
    case 'zstd':
      return await compressZstd(tile.bytes);
    case 'jpeg':
      return await encodeJpeg(tile, quality);
    default:
      return await encodeWebp(tile, quality);
  }
}

async function compressZstd(bytes: Uint8Array): Promise<Uint8Array> {
  // As in codecs/zstd.ts: remove when the floor of Node.js is raised to 22.15.
  const { zstdCompress } = zlib as Partial<typeof zlib>;
  if (zstdCompress !== undefined) return await promisify(zstdCompress)(bytes);
  throw new GeoTiffError('geotiff/unsupported-compression', 'ZSTD compression needs Node.js 22.15 or newer');
}
