import sharp from 'sharp';
import { GeoTiffError } from '../error.ts';
import { type CodecBlock, damaged, requireLength, type TileSamples } from './codec.ts';
import { completeJpeg } from './jpeg-stream.ts';

/** Photometric interpretation YCbCr (TIFF 6.0, section 21). */
const YCBCR = 6;

/**
 * Compression 7: a baseline or progressive JPEG stream of 8-bit samples (TIFF Technical Note 2). YCbCr blocks come out
 * as RGB, as GDAL presents them; everything else (RGB, gray, gray and alpha, four bands) as it was stored.
 */
export async function decodeJpeg(encoded: Uint8Array, block: CodecBlock): Promise<Uint8Array> {
  const samples = block.samplesPerPixel;
  const { stream, frame } = completeJpeg(encoded, block.jpegTables, block.photometric === YCBCR && samples === 3);
  if (frame.precision !== 8) {
    throw new GeoTiffError('geotiff/unsupported-compression', `JPEG of ${frame.precision} bits a sample is not read`, {
      details: { compression: 'JPEG', bits: frame.precision },
    });
  }
  if (frame.components !== samples) throw damaged(`its JPEG data has ${frame.components} components, not ${samples}`);
  if (frame.width !== block.width || frame.height < block.rows || frame.height > block.storedRows) {
    throw damaged(`its JPEG data is ${frame.width}x${frame.height} pixels, not ${block.width}x${block.rows}`);
  }
  let picture = sharp(stream, { failOn: 'error', limitInputPixels: frame.width * frame.height });
  if (samples === 1) picture = picture.toColourspace('b-w');
  // Without both, libvips would convert "CMYK", which is what it takes any four components for, to sRGB.
  if (samples === 4) picture = picture.pipelineColourspace('cmyk').toColourspace('cmyk');
  let decoded: Buffer;
  try {
    decoded = await picture.raw().toBuffer();
  } catch (error) {
    throw damaged(`its JPEG data does not decode: ${(error as Error).message}`, error);
  }
  if (samples === 4) invert(decoded);
  return requireLength(decoded, block);
}

/** Undoes that libvips inverts four-component streams with an Adobe marker, as Photoshop's CMYK wants. */
function invert(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = 255 - bytes[i]!;
}

/**
 * The counterpart for tiles of one or three samples: a stream of its own tables. RGB becomes YCbCr with half the chroma
 * along each axis, which tags 262 and 530 have to say ({@link JPEG_SUBSAMPLING}).
 * @param quality 1 to 100
 */
export async function encodeJpeg(
  { bytes, width, height, samplesPerPixel }: TileSamples,
  quality: number,
): Promise<Uint8Array> {
  const picture = sharp(bytes, { raw: { width, height, channels: samplesPerPixel as 1 | 3 } });
  const shown = samplesPerPixel === 1 ? picture.toColourspace('b-w') : picture;
  return await shown.jpeg({ quality, chromaSubsampling: '4:2:0', optimiseCoding: true }).toBuffer();
}

/** YCbCrSubSampling, tag 530 (TIFF 6.0, page 91). */
export const JPEG_SUBSAMPLING: readonly [number, number] = [2, 2];
