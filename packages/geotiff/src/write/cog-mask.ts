import { deflateSync } from 'node:zlib';
import { TAG } from '../tiff-tag.ts';
import type { CogFormat } from './cog-format.ts';
import type { CogLevel } from './cog-layout.ts';
import { COMPRESSION_TAG, DEFLATE_LEVEL } from './compress-block.ts';
import { type Field, FIELD } from './tiff-fields.ts';

/** NewSubfileType (TIFF 6.0, page 36): a transparency mask, and one of a reduced-resolution image. */
const MASK = 4;
const REDUCED_MASK = 5;
/** Photometric interpretation of a transparency mask: one bit a pixel, 1 = valid (TIFF 6.0, page 37). */
const TRANSPARENCY_MASK = 4;

/**
 * A tile of a mask as it is stored: a bit for each pixel, deflated.
 * @param mask length = size's width * height, non-zero = valid; null: all are
 */
export function encodeCogMask(
  mask: Uint8Array | null,
  { width, height }: { readonly width: number; readonly height: number },
  { blockSize }: Pick<CogFormat, 'blockSize'>,
): Uint8Array {
  const rowBytes = blockSize / 8;
  const bits = new Uint8Array(rowBytes * blockSize);
  for (let row = 0; row < height; row += 1) {
    for (let col = 0; col < width; col += 1) {
      if (mask === null || mask[row * width + col] !== 0) bits[row * rowBytes + (col >> 3)]! |= 0x80 >> (col & 7);
    }
  }
  return deflateSync(bits, { level: DEFLATE_LEVEL });
}

/** What the directory of a mask says beside where its tiles are. */
export function maskFields({ blockSize }: CogFormat, { width, height }: CogLevel, index: number): Field[] {
  const short = (tag: number, value: number): Field => ({ tag, type: FIELD.short, values: [value] });
  return [
    { tag: TAG.NewSubfileType, type: FIELD.long, values: [index === 0 ? MASK : REDUCED_MASK] },
    { tag: TAG.ImageWidth, type: FIELD.long, values: [width] },
    { tag: TAG.ImageLength, type: FIELD.long, values: [height] },
    short(TAG.BitsPerSample, 1),
    short(TAG.Compression, COMPRESSION_TAG.deflate),
    short(TAG.PhotometricInterpretation, TRANSPARENCY_MASK),
    short(TAG.SamplesPerPixel, 1),
    short(TAG.PlanarConfiguration, 1),
    short(TAG.TileWidth, blockSize),
    short(TAG.TileLength, blockSize),
    short(TAG.SampleFormat, 1),
  ];
}
