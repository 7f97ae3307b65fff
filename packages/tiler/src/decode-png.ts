import { promisify } from 'node:util';
import { crc32, inflate } from 'node:zlib';
import type { Picture } from '@inlay/raster';
import { TilerError } from './error.ts';
import { PNG_COLOR_TYPES, PNG_FILTER, PNG_SIGNATURE } from './png-format.ts';

const inflateAsync = promisify(inflate);

/** Longest side of a picture that is decoded, in pixels: thumbnails are far smaller. */
const MAX_SIDE = 4096;

/**
 * Decodes a PNG of 8-bit gray, gray and alpha, RGB or RGBA, not interlaced: what `encodePng` writes, with any filter.
 * @throws TilerError `tiler/malformed-png`
 */
export async function decodePng(png: Uint8Array): Promise<Picture> {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  if (!bytes.subarray(0, 8).equals(PNG_SIGNATURE)) throw malformed('it does not start as a PNG does');
  let header: Buffer | null = null;
  const parts: Buffer[] = [];
  for (const { type, data } of chunks(bytes)) {
    if (type === 'IHDR') header = data;
    else if (type === 'IDAT') parts.push(data);
  }
  if (header === null || header.length !== 13) throw malformed('it has no header');
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const channels = ([1, 2, 3, 4] as const).find((count) => PNG_COLOR_TYPES[count] === header[9]);
  if (channels === undefined || header[8] !== 8 || header[12] !== 0) {
    throw malformed(`bit depth ${header[8]}, colour type ${header[9]}, interlace ${header[12]} are not read`);
  }
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw malformed(`${width}x${height} pixels, at most ${MAX_SIDE} in each direction`);
  }
  const filteredBytes = height * (1 + width * channels);
  let rows: Buffer;
  try {
    rows = await inflateAsync(Buffer.concat(parts), { maxOutputLength: filteredBytes, chunkSize: filteredBytes + 64 });
  } catch (error) {
    throw malformed('its pixels do not decompress', error);
  }
  if (rows.length !== filteredBytes) throw malformed(`its pixels are ${rows.length} bytes, not ${filteredBytes}`);
  unfilter(rows, width * channels, channels);
  return { layout: 'pixel-interleaved', width, height, channels, data: rows.subarray(0, width * height * channels) };
}

function* chunks(bytes: Buffer): Generator<{ type: string; data: Buffer }> {
  let at = 8;
  while (at < bytes.length) {
    if (at + 12 > bytes.length) throw malformed('it ends within a chunk');
    const length = bytes.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > bytes.length) throw malformed('it ends within a chunk');
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) throw malformed('a checksum is wrong');
    yield { type: bytes.toString('latin1', at + 4, at + 8), data: bytes.subarray(at + 8, end - 4) };
    at = end;
  }
}

/** Undoes the row filters (PNG, 9.2) in place, rows closing up over their filter bytes; `step` is the bytes of a pixel. */
function unfilter(rows: Uint8Array, rowBytes: number, step: number): void {
  for (let from = 0, start = 0; from < rows.length; from += rowBytes + 1, start += rowBytes) {
    const filter = rows[from]!;
    if (filter > PNG_FILTER.paeth) throw malformed(`a row has filter ${filter}`);
    rows.copyWithin(start, from + 1, from + 1 + rowBytes);
    if (filter === PNG_FILTER.none) continue;
    for (let i = 0; i < rowBytes; i++) {
      const left = i < step ? 0 : rows[start + i - step]!;
      const up = start === 0 ? 0 : rows[start + i - rowBytes]!;
      const upLeft = i < step || start === 0 ? 0 : rows[start + i - rowBytes - step]!;
      rows[start + i]! += predict(filter, left, up, upLeft);
    }
  }
}

function predict(filter: number, left: number, up: number, upLeft: number): number {
  switch (filter) {
    case PNG_FILTER.sub:
      return left;
    case PNG_FILTER.up:
      return up;
    case PNG_FILTER.average:
      return (left + up) >> 1;
    default:
      return paeth(left, up, upLeft);
  }
}

/** Whichever neighbour is nearest to left + up - upLeft (PNG, 9.4). */
function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toUpLeft = Math.abs(estimate - upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}

function malformed(reason: string, cause?: unknown): TilerError {
  return new TilerError('tiler/malformed-png', `the thumbnail is not usable: ${reason}; make it again`, { cause });
}
