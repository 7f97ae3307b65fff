import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import type { Picture } from '@inlay/raster';
import { PNG_COLOR_TYPES, PNG_FILTER, PNG_SIGNATURE } from './png-format.ts';

const deflateAsync = promisify(deflate);

/** How a picture is packed. */
export interface PngOptions {
  /** zlib level: 1 for tiles made on request, 6 for what is stored. */
  readonly level?: number;
  /**
   * `up` (each byte less the one above it) for continuous tones, where it saves a quarter and costs next to nothing;
   * `none` for few flat colours, which it would only blur.
   */
  readonly filter?: 'up' | 'none';
}

/** A picture as PNG, 8 bits a channel, not interlaced. */
export async function encodePng(picture: Picture, { level = 6, filter = 'up' }: PngOptions = {}): Promise<Buffer> {
  const { width, height, channels } = picture;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = PNG_COLOR_TYPES[channels];
  const pixels = await deflateAsync(filterRows(picture, filter), { level });
  return Buffer.concat([PNG_SIGNATURE, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** Rows as PNG compresses them, each behind a byte that tells its filter. */
function filterRows({ width, height, channels, data }: Picture, filter: 'up' | 'none'): Uint8Array {
  const rowBytes = width * channels;
  const rows = new Uint8Array(height * (rowBytes + 1));
  let written = 0;
  for (let row = 0; row < height; row++) {
    rows[written++] = PNG_FILTER[filter];
    const start = row * rowBytes;
    rows.set(data.subarray(start, start + rowBytes), written);
    // The row above the first one counts as zeros.
    if (filter === 'up' && row > 0) {
      for (let i = 0; i < rowBytes; i++) rows[written + i]! -= data[start - rowBytes + i]!;
    }
    written += rowBytes;
  }
  return rows;
}

/** Length, type, data, checksum of type and data (PNG, 5.3). */
function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
