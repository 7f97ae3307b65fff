import { promisify } from 'node:util';
import { constants, crc32, deflate, deflateSync } from 'node:zlib';
import type { Picture } from '@inlay/raster';
import sharp from 'sharp';
import { deflateRows, MAX_DEFLATED_BYTES } from './png/deflate-rows.ts';
import { filterRows } from './png/filter-rows.ts';
import { PNG_COLOR_TYPES, PNG_SIGNATURE } from './png-format.ts';

const deflateAsync = promisify(deflate);

/** Formats a picture can be packed in. */
export const IMAGE_FORMATS = ['png', 'webp', 'jpg'] as const;

export type ImageFormat = (typeof IMAGE_FORMATS)[number];

export const IMAGE_MEDIA_TYPES: Readonly<Record<ImageFormat, string>> = {
  png: 'image/png',
  webp: 'image/webp',
  jpg: 'image/jpeg',
};

/** How a picture is packed when it is made on request. */
export interface EncodeOptions {
  readonly format: ImageFormat;
  /** Few flat colours: classes and lines. */
  readonly isFlat: boolean;
  /** 1..100 for JPEG and WebP, default 75. */
  readonly quality?: number;
}

/** JPEG has no transparency: what is transparent becomes white. */
const JPEG_BACKGROUND = '#ffffff';

/** A picture as a file. The same picture and options give the same bytes. */
export async function encodePicture(
  picture: Picture,
  { format, isFlat, quality = 75 }: EncodeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  if (format === 'png') {
    return isFlat ? encodeFlatPng(picture) : encodeTonePng(picture);
  }
  const { width, height, channels, data } = picture;
  const image = sharp(data, { raw: { width, height, channels } });
  const packed =
    format === 'webp'
      ? // Lossy colours at the edge of what is transparent would show: there, alpha stays exact (libwebp's default).
        image.webp({ quality, effort: 1, lossless: isFlat })
      : image.flatten({ background: JPEG_BACKGROUND }).jpeg({ quality });
  return new Uint8Array(await packed.toBuffer());
}

/** How a PNG is packed that is stored. */
export interface PngOptions {
  /**
   * `up` (each byte less the one above it) for continuous tones, where it saves a quarter and costs next to nothing;
   * `none` for few flat colours, which it would only blur.
   */
  readonly filter?: PngFilter;
}

type PngFilter = 'up' | 'none';

/** A picture as PNG, 8 bits a channel, not interlaced, packed as tightly as zlib does by itself. */
export async function encodePng(picture: Picture, { filter = 'up' }: PngOptions = {}): Promise<Buffer<ArrayBuffer>> {
  return assemble(picture, await deflateAsync(rowsOf(picture, filter)));
}

/** A picture of few flat colours: they are found again and again, as they are, so what takes longest saves most. */
function encodeFlatPng(picture: Picture): Buffer<ArrayBuffer> {
  return assemble(picture, deflateSync(rowsOf(picture, 'none')));
}

/** A picture of continuous tones, at once and quickly: looking for repetitions in noise finds none. */
function encodeTonePng(picture: Picture): Buffer<ArrayBuffer> {
  const rowBytes = picture.width * picture.channels + 1;
  if (picture.height * rowBytes <= MAX_DEFLATED_BYTES) return assemble(picture, deflateRows(picture));
  return assemble(picture, deflateSync(rowsOf(picture, 'up'), { level: 1, strategy: constants.Z_RLE }));
}

/** Bytes of a chunk besides its data: length, type, checksum (PNG, 5.3). */
const CHUNK_BYTES = 12;

/** The file around the compressed rows, in memory of its own: Node's small buffers share theirs, and could not be sent. */
function assemble({ width, height, channels }: Picture, pixels: Uint8Array): Buffer<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = PNG_COLOR_TYPES[channels];
  const size = PNG_SIGNATURE.length + 3 * CHUNK_BYTES + header.length + pixels.length;
  const png = Buffer.from(new ArrayBuffer(size));
  png.set(PNG_SIGNATURE);
  let end = PNG_SIGNATURE.length;
  end = writeChunk(png, end, 'IHDR', header);
  end = writeChunk(png, end, 'IDAT', pixels);
  writeChunk(png, end, 'IEND', new Uint8Array(0));
  return png;
}

/** Length, type, data, checksum of type and data (PNG, 5.3). Returns where it ends. */
function writeChunk(png: Buffer, start: number, type: string, data: Uint8Array): number {
  png.writeUInt32BE(data.length, start);
  png.write(type, start + 4, 'latin1');
  png.set(data, start + 8);
  const end = start + 8 + data.length;
  png.writeUInt32BE(crc32(png.subarray(start + 4, end)), end);
  return end + 4;
}

/** Rows as PNG compresses them, each behind a byte that tells its filter. */
function rowsOf(picture: Picture, filter: PngFilter): Uint8Array {
  const { width, height, channels, data } = picture;
  const rowBytes = width * channels;
  const rows = new Uint8Array(height * (rowBytes + 1));
  if (filter === 'up') {
    filterRows(picture, rows);
    return rows;
  }
  for (let row = 0; row < height; row++) {
    rows.set(data.subarray(row * rowBytes, (row + 1) * rowBytes), row * (rowBytes + 1) + 1);
  }
  return rows;
}
