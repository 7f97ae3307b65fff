import { GeoTiffError } from '../error.ts';
import type { Codec } from './codec.ts';
import { decodeDeflate } from './deflate.ts';
import { decodeJpeg } from './jpeg.ts';
import { decodeLerc } from './lerc.ts';
import { decodeLzw } from './lzw.ts';
import { decodePackBits } from './packbits.ts';
import { decodeUncompressed } from './uncompressed.ts';
import { decodeWebp } from './webp.ts';
import { decodeZstd } from './zstd.ts';

/** Values of tag 259 (TIFF 6.0, page 30; the numbers beyond it as libtiff registers them) that are read. */
const DECODERS: ReadonlyMap<number, Codec> = new Map<number, Codec>([
  [1, decodeUncompressed],
  [5, decodeLzw],
  [7, decodeJpeg],
  [8, decodeDeflate],
  [32773, decodePackBits],
  [32946, decodeDeflate],
  [34887, decodeLerc],
  [50000, decodeZstd],
  [50001, decodeWebp],
]);

/** How messages name the ones that are not. */
const UNREAD: ReadonlyMap<number, string> = new Map([
  [2, 'CCITT RLE'],
  [3, 'CCITT fax 3'],
  [4, 'CCITT fax 4'],
  [6, 'old-style JPEG'],
  [34712, 'JPEG 2000'],
  [34925, 'LZMA'],
  [50002, 'JPEG XL'],
  [52546, 'JPEG XL'],
]);

/** Compression 1, no compression. */
export const UNCOMPRESSED = 1;

/**
 * The decoder for a value of tag 259.
 * @throws GeoTiffError `geotiff/unsupported-compression`, naming the compression.
 */
export function decoderFor(compression: number): Codec {
  const decoder = DECODERS.get(compression);
  if (decoder === undefined) {
    const name = UNREAD.get(compression) ?? `compression ${compression}`;
    throw new GeoTiffError('geotiff/unsupported-compression', `pixels compressed with ${name} are not read`, {
      details: { compression: name },
    });
  }
  return decoder;
}
