import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { randomNumbers } from './measure.ts';

// The tiles that both sides are measured with: 256x256 Byte GeoTIFFs, DEFLATE, 10 m, EPSG:32633, side by side in a
// square. One is made in full; the others have the same pixels at another place.

export const TILE_SIZE = 256;
export const TILE_EPSG = 32633;
const RESOLUTION = 10;
const WEST = 500_000;
const NORTH = 5_600_000;

/** Top-left corner of the tile at `index` of a square of `count`, in metres. */
export function tileOrigin(index: number, count: number): readonly [x: number, y: number] {
  const columns = Math.ceil(Math.sqrt(count));
  const step = TILE_SIZE * RESOLUTION;
  return [WEST + (index % columns) * step, NORTH - Math.floor(index / columns) * step];
}

export function tileName(index: number): string {
  return `tile-${String(index).padStart(7, '0')}.tif`;
}

/** Writes `count` tiles into a new folder. @returns their paths, in order */
export async function writeTiles(folder: string, count: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const { bytes, originAt } = makeTile();
  const view = new DataView(bytes.buffer);
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const [x, y] = tileOrigin(index, count);
    view.setFloat64(originAt, x, true);
    view.setFloat64(originAt + 8, y, true);
    const path = join(folder, tileName(index));
    await writeFile(path, bytes);
    paths.push(path);
  }
  return paths;
}

// Field types (TIFF 6.0, page 15).
const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const FIELD_BYTES: Readonly<Record<number, number>> = { [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 };

type Field = readonly [tag: number, type: number, values: readonly number[]];

/** The bytes of one tile (TIFF 6.0; OGC 19-008r4 for the keys), and where the x and y of its corner stand in them. */
function makeTile(): { bytes: Uint8Array; originAt: number } {
  const pixels = deflateSync(makePixels(), { level: 6 });
  const fields: Field[] = [
    [256, LONG, [TILE_SIZE]],
    [257, LONG, [TILE_SIZE]],
    [258, SHORT, [8]],
    [259, SHORT, [8]], // Adobe DEFLATE
    [262, SHORT, [1]],
    [277, SHORT, [1]],
    [284, SHORT, [1]],
    [322, SHORT, [TILE_SIZE]],
    [323, SHORT, [TILE_SIZE]],
    [324, LONG, [0]], // where the one block is; known once the rest is laid out
    [325, LONG, [pixels.byteLength]],
    [339, SHORT, [1]],
    [33550, DOUBLE, [RESOLUTION, RESOLUTION, 0]],
    [33922, DOUBLE, [0, 0, 0, 0, 0, 0]],
    [34735, SHORT, [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, TILE_EPSG]],
  ];
  const sizeOf = ([, type, values]: Field): number => values.length * (FIELD_BYTES[type] ?? 1);
  const directoryEnd = 8 + 2 + fields.length * 12 + 4;
  const pixelsAt = fields.reduce((end, field) => end + (sizeOf(field) > 4 ? sizeOf(field) : 0), directoryEnd);
  const bytes = new Uint8Array(pixelsAt + pixels.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x002a4949, true); // "II", 42
  view.setUint32(4, 8, true);
  view.setUint16(8, fields.length, true);
  let free = directoryEnd;
  let originAt = 0;
  for (const [index, field] of fields.entries()) {
    const [tag, type, values] = field;
    const entry = 10 + index * 12;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, type, true);
    view.setUint32(entry + 4, values.length, true);
    let at = entry + 8;
    if (sizeOf(field) > 4) {
      view.setUint32(at, free, true);
      at = free;
      free += sizeOf(field);
    }
    if (tag === 33922) originAt = at + 24;
    for (const value of tag === 324 ? [pixelsAt] : values) {
      if (type === SHORT) view.setUint16(at, value, true);
      else if (type === LONG) view.setUint32(at, value, true);
      else view.setFloat64(at, value, true);
      at += FIELD_BYTES[type] ?? 1;
    }
  }
  bytes.set(pixels, pixelsAt);
  return { bytes, originAt };
}

/** Slopes with a little noise, so that it compresses about as well as a photograph of fields does. */
function makePixels(): Uint8Array {
  const random = randomNumbers(20261122);
  const pixels = new Uint8Array(TILE_SIZE * TILE_SIZE);
  for (let at = 0; at < pixels.length; at += 1) {
    const row = Math.floor(at / TILE_SIZE);
    pixels[at] = 40 + (((at % TILE_SIZE) + row) >> 3) + Math.floor(4 * random());
  }
  return pixels;
}
