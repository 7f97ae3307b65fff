import { promisify } from 'node:util';
import { constants, crc32, deflate, deflateSync } from 'node:zlib';
import type { Picture } from '@inlay/raster';
import sharp from 'sharp';
import { PNG_COLOR_TYPES, PNG_FILTER, PNG_SIGNATURE } from './png-format.ts';

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
    return encodePngSync(picture, isFlat ? { level: 6, filter: 'none' } : { level: 1, filter: 'up', strategy: 'rle' });
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

/** How a PNG is packed. */
export interface PngOptions {
  /** zlib level: 1 for tiles made on request, 6 for what is stored. */
  readonly level?: number;
  /**
   * `up` (each byte less the one above it) for continuous tones, where it saves a quarter and costs next to nothing;
   * `none` for few flat colours, which it would only blur.
   */
  readonly filter?: 'up' | 'none';
  /** `rle` looks for repeated bytes only: on filtered noise nearly as small as the default, in half the time. */
  readonly strategy?: 'default' | 'rle';
}

/** A picture as PNG, 8 bits a channel, not interlaced. */
export async function encodePng(picture: Picture, options: PngOptions = {}): Promise<Buffer<ArrayBuffer>> {
  const { level = 6, filter = 'up', strategy = 'default' } = options;
  return assemble(picture, await deflateAsync(filterRows(picture, filter), { level, strategy: STRATEGIES[strategy] }));
}

/** The rows of the last picture that was packed at once: they are used up, and new memory is slow to get. */
let lastRows: Uint8Array = new Uint8Array(0);

/** Rows are kept from picture to picture up to this size: 512 x 512 pixels of RGBA. */
const KEPT_ROWS_BYTES = 512 * (4 * 512 + 1);

/** {@link encodePng} at once: for threads that have nothing else to do. */
export function encodePngSync(picture: Picture, options: PngOptions = {}): Buffer<ArrayBuffer> {
  const { level = 6, filter = 'up', strategy = 'default' } = options;
  const rows = filterRows(picture, filter, lastRows);
  if (rows.length <= KEPT_ROWS_BYTES) lastRows = rows;
  // Room for the whole result: collecting it from zlib's chunks of 16 kB takes a fifth of the time otherwise.
  return assemble(picture, deflateSync(rows, { level, strategy: STRATEGIES[strategy], chunkSize: rows.length + 1024 }));
}

const STRATEGIES = { default: constants.Z_DEFAULT_STRATEGY, rle: constants.Z_RLE } as const;

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

/**
 * Rows as PNG compresses them, each behind a byte that tells its filter.
 * @param memory is written over and returned where it has the right size
 */
function filterRows(
  { width, height, channels, data }: Picture,
  filter: 'up' | 'none',
  memory?: Uint8Array,
): Uint8Array {
  const rowBytes = width * channels;
  const length = height * (rowBytes + 1);
  const rows = memory?.length === length ? memory : new Uint8Array(length);
  let written = 0;
  for (let row = 0; row < height; row++) {
    rows[written++] = PNG_FILTER[filter];
    const start = row * rowBytes;
    // The row above the first one counts as zeros.
    if (filter === 'none' || row === 0) rows.set(data.subarray(start, start + rowBytes), written);
    else for (let i = start; i < start + rowBytes; i++) rows[written + i - start] = data[i]! - data[i - rowBytes]!;
    written += rowBytes;
  }
  return rows;
}
