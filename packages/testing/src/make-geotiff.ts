import type { DataType } from '@inlay/geo';

/** A small GeoTIFF to make without GDAL: striped, uncompressed, pixel-interleaved, little-endian. */
export interface GeoTiffSpec {
  readonly width: number;
  readonly height: number;
  /** x and y of the top-left corner. */
  readonly origin: readonly [x: number, y: number];
  /** CRS units per pixel, positive. */
  readonly resolution: number;
  /** 4326 and other codes below 5000 are taken for geographic; null leaves the CRS out. */
  readonly epsg: number | null;
  /** `Byte` unless set. */
  readonly dataType?: 'Byte' | 'UInt16' | 'Int16' | 'Float32';
  /** 1 unless set. */
  readonly bands?: number;
  readonly nodata?: number;
  /** Value of a pixel; a ramp unless set. `band` is 1-based. */
  readonly value?: (col: number, row: number, band: number) => number;
}

// Field types (TIFF 6.0, page 15).
const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const FIELD_BYTES: Readonly<Record<number, number>> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 };

const SAMPLE_FORMATS: Partial<Record<DataType, { bits: number; format: number }>> = {
  Byte: { bits: 8, format: 1 },
  UInt16: { bits: 16, format: 1 },
  Int16: { bits: 16, format: 2 },
  Float32: { bits: 32, format: 3 },
};

type Field = readonly [tag: number, type: number, values: readonly number[]];

/** The bytes of a GeoTIFF (TIFF 6.0; OGC 19-008r4 for the keys). */
export function makeGeoTiff(spec: GeoTiffSpec): Uint8Array<ArrayBuffer> {
  const { width, height, bands = 1, dataType = 'Byte', resolution, origin } = spec;
  const { bits, format } = SAMPLE_FORMATS[dataType] ?? { bits: 8, format: 1 };
  const pixels = encodePixels(spec, bits);
  const fields: Field[] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, Array.from({ length: bands }, () => bits)],
    [259, SHORT, [1]],
    [262, SHORT, [bands >= 3 ? 2 : 1]],
    [273, LONG, [0]], // where the one strip is; known once the rest is laid out
    [277, SHORT, [bands]],
    [278, LONG, [height]],
    [279, LONG, [pixels.byteLength]],
    [284, SHORT, [1]],
    ...(bands > 1 && bands !== 3
      ? [[338, SHORT, Array.from({ length: bands >= 3 ? bands - 3 : bands - 1 }, () => 0)] as const]
      : []),
    [339, SHORT, Array.from({ length: bands }, () => format)],
    [33550, DOUBLE, [resolution, resolution, 0]],
    [33922, DOUBLE, [0, 0, 0, origin[0], origin[1], 0]],
    ...(spec.epsg === null ? [] : [[34735, SHORT, geoKeys(spec.epsg)] as const]),
    ...(spec.nodata === undefined ? [] : [[42113, ASCII, [...Buffer.from(`${spec.nodata}\0`, 'latin1')]] as const]),
  ];
  return layOut(fields, pixels);
}

function geoKeys(epsg: number): number[] {
  const isGeographic = epsg < 5000 && epsg !== 3857;
  return [1, 1, 0, 3, 1024, 0, 1, isGeographic ? 2 : 1, 1025, 0, 1, 1, isGeographic ? 2048 : 3072, 0, 1, epsg];
}

function encodePixels(spec: GeoTiffSpec, bits: number): Uint8Array {
  const { width, height, bands = 1, dataType = 'Byte' } = spec;
  const value = spec.value ?? ((col: number, row: number, band: number) => (col + row * width + band * 50) % 200);
  const bytes = new Uint8Array((width * height * bands * bits) / 8);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (let row = 0; row < height; row += 1) {
    for (let col = 0; col < width; col += 1) {
      for (let band = 1; band <= bands; band += 1) {
        const sample = value(col, row, band);
        if (dataType === 'Byte') view.setUint8(at, sample);
        else if (dataType === 'UInt16') view.setUint16(at, sample, true);
        else if (dataType === 'Int16') view.setInt16(at, sample, true);
        else view.setFloat32(at, sample, true);
        at += bits / 8;
      }
    }
  }
  return bytes;
}

/** Header, directory, values too long for it, pixels. */
function layOut(fields: readonly Field[], pixels: Uint8Array): Uint8Array<ArrayBuffer> {
  const directoryBytes = 2 + fields.length * 12 + 4;
  const sizeOf = ([, type, values]: Field): number => values.length * (FIELD_BYTES[type] ?? 1);
  const apart = fields.reduce((sum, field) => sum + (sizeOf(field) > 4 ? sizeOf(field) + (sizeOf(field) % 2) : 0), 0);
  const pixelOffset = 8 + directoryBytes + apart;
  const bytes = new Uint8Array(pixelOffset + pixels.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x4949, true);
  view.setUint16(2, 42, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, fields.length, true);
  let free = 8 + directoryBytes;
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
      free += sizeOf(field) + (sizeOf(field) % 2);
    }
    for (const value of tag === 273 ? [pixelOffset] : values) {
      if (type === ASCII) view.setUint8(at, value);
      else if (type === SHORT) view.setUint16(at, value, true);
      else if (type === LONG) view.setUint32(at, value, true);
      else view.setFloat64(at, value, true);
      at += FIELD_BYTES[type] ?? 1;
    }
  }
  bytes.set(pixels, pixelOffset);
  return bytes;
}
