import { type Affine, type DataType, type Nodata } from '@inlay/geo';
import type { ConvertedFormat } from './formats.ts';

/** What the first bytes of a picture or grid say of it: enough to judge and to preview it. */
export interface PictureHeader {
  readonly width: number;
  readonly height: number;
  readonly bandCount: number;
  readonly dataType: DataType;
  readonly nodata: Nodata | null;
  /** Whether samples are indexes into a palette. */
  readonly isPalette: boolean;
  /** Null where the format has none; pictures have none. */
  readonly affine: Affine | null;
}

/** How many of a file's first bytes {@link readPictureHeader} may need: JPEGs begin with profiles and thumbnails. */
export const PICTURE_HEADER_BYTES: number = 1024 * 1024;

/** The facts in a file's first bytes; null where they are not there or make no sense. */
export function readPictureHeader(format: ConvertedFormat, head: Uint8Array): PictureHeader | null {
  const header = READERS[format](head);
  return header !== null && header.width > 0 && header.height > 0 ? header : null;
}

const READERS: Readonly<Record<ConvertedFormat, (head: Uint8Array) => PictureHeader | null>> = {
  PNG: readPng,
  JPEG: readJpeg,
  AAIGrid: readAsciiGrid,
};

/** Bands by PNG's colour type (PNG, third edition, 11.2.1); a palette is one band. */
const PNG_BANDS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

function readPng(head: Uint8Array): PictureHeader | null {
  if (head.byteLength < 26) return null;
  const view = viewOf(head);
  const bandCount = PNG_BANDS[view.getUint8(25)];
  if (view.getUint32(12) !== 0x49_48_44_52 || bandCount === undefined) return null; // "IHDR"
  const dataType = view.getUint8(24) === 16 ? 'UInt16' : 'Byte';
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return { width, height, bandCount, dataType, nodata: null, isPalette: view.getUint8(25) === 3, affine: null };
}

/** Walks the segments up to the frame header (ITU-T T.81, B.2.2); GDAL reads 8 bits per sample only. */
function readJpeg(head: Uint8Array): PictureHeader | null {
  const view = viewOf(head);
  let offset = 2;
  while (offset + 10 <= head.byteLength) {
    if (view.getUint8(offset) !== 0xff) return null;
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) {
      offset += 1; // fill byte
      continue;
    }
    if (isFrame(marker)) {
      if (view.getUint8(offset + 4) !== 8) return null;
      const [height, width] = [view.getUint16(offset + 5), view.getUint16(offset + 7)];
      return {
        width,
        height,
        bandCount: view.getUint8(offset + 9),
        dataType: 'Byte',
        nodata: null,
        isPalette: false,
        affine: null,
      };
    }
    offset += 2 + view.getUint16(offset + 2);
  }
  return null;
}

/** SOF0 to SOF15, without DHT, JPG and DAC, which lie between them (T.81, table B.1). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** The keywords before the numbers (gdal.org, AAIGrid driver): a cell size or dx and dy, a corner or a centre. */
function readAsciiGrid(head: Uint8Array): PictureHeader | null {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 4096));
  const keys = new Map<string, string>();
  let keysEnd = 0;
  for (const { 0: pair, 1: key = '', 2: value = '', index } of text.matchAll(/\b([a-z_]+)\s+([-+.\w]+)/gi)) {
    if (!/^[-+]?(\d|\.\d|nan)/i.test(value) || keys.has(key.toLowerCase())) break;
    keys.set(key.toLowerCase(), value);
    keysEnd = index + pair.length;
  }
  const number = (key: string): number => Number(keys.get(key) ?? NaN);
  const [width, height] = [number('ncols'), number('nrows')];
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height)) return null;
  const dx = keys.has('dx') ? number('dx') : number('cellsize');
  const dy = keys.has('dy') ? number('dy') : number('cellsize');
  const left = keys.has('xllcenter') ? number('xllcenter') - dx / 2 : number('xllcorner');
  const bottom = keys.has('yllcenter') ? number('yllcenter') - dy / 2 : number('yllcorner');
  const affine: Affine = [dx, 0, left, 0, -dy, bottom + dy * height];
  const nodata = keys.get('nodata_value');
  return {
    width,
    height,
    bandCount: 1,
    // GDAL takes Int32 where it finds no decimal point in the first 100 kB of numbers (aaigriddataset.cpp).
    dataType: /\.|nan/i.test(new TextDecoder('latin1').decode(head.subarray(keysEnd, keysEnd + 100_000)))
      ? 'Float32'
      : 'Int32',
    nodata: nodata === undefined ? null : Number(nodata),
    isPalette: false,
    affine: affine.every(Number.isFinite) ? affine : null,
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
