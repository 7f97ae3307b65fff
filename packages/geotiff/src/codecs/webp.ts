import sharp, { type OutputInfo } from 'sharp';
import { GeoTiffError } from '../error.ts';
import { type CodecBlock, damaged, maximumBytes, requireLength, type TileSamples } from './codec.ts';

/** Compression 50001: a WebP picture of three (RGB) or four (RGBA) bands, lossy or lossless. */
export async function decodeWebp(encoded: Uint8Array, block: CodecBlock): Promise<Uint8Array> {
  const samples = block.samplesPerPixel;
  if (samples !== 3 && samples !== 4) {
    throw new GeoTiffError('geotiff/unsupported-compression', `WebP holds 3 or 4 bands, not ${samples}`, {
      details: { compression: 'WEBP', samples },
    });
  }
  const picture = sharp(encoded, { failOn: 'error', limitInputPixels: block.width * block.storedRows });
  let decoded: { data: Buffer; info: OutputInfo };
  try {
    // The encoder leaves out an alpha channel that is opaque throughout.
    decoded = await (samples === 4 ? picture.ensureAlpha() : picture.removeAlpha())
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw damaged(`its WebP data does not decode: ${(error as Error).message}`, error);
  }
  const { data, info } = decoded;
  if (info.width !== block.width || info.channels !== samples || data.length > maximumBytes(block)) {
    throw damaged(`its WebP data is ${info.width}x${info.height} pixels, not ${block.width}x${block.rows}`);
  }
  return requireLength(data, block);
}

/** The counterpart for tiles of three or four samples. @param quality 1 to 100 */
export async function encodeWebp(
  { bytes, width, height, samplesPerPixel }: TileSamples,
  quality: number,
): Promise<Uint8Array> {
  return await sharp(bytes, { raw: { width, height, channels: samplesPerPixel as 3 | 4 } })
    .webp({ quality, exact: true })
    .toBuffer();
}
