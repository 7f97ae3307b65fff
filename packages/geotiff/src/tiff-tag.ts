/**
 * The TIFF tags this package reads, by their names in TIFF 6.0, in the GeoTIFF standard (OGC 19-008r4, annex G)
 * and in GDAL's GTiff driver page. Plain numbers: `@cogeotiff/core` types only some of them.
 */
export const TAG = {
  NewSubfileType: 254,
  ImageWidth: 256,
  ImageLength: 257,
  BitsPerSample: 258,
  Compression: 259,
  PhotometricInterpretation: 262,
  DocumentName: 269,
  ImageDescription: 270,
  StripOffsets: 273,
  SamplesPerPixel: 277,
  RowsPerStrip: 278,
  StripByteCounts: 279,
  MinSampleValue: 280,
  MaxSampleValue: 281,
  XResolution: 282,
  YResolution: 283,
  PlanarConfiguration: 284,
  ResolutionUnit: 296,
  Software: 305,
  DateTime: 306,
  Artist: 315,
  HostComputer: 316,
  Predictor: 317,
  ColorMap: 320,
  TileWidth: 322,
  TileLength: 323,
  TileOffsets: 324,
  TileByteCounts: 325,
  ExtraSamples: 338,
  SampleFormat: 339,
  YCbCrSubSampling: 530,
  Copyright: 33432,
  ModelPixelScale: 33550,
  ModelTiepoint: 33922,
  ModelTransformation: 34264,
  GeoKeyDirectory: 34735,
  GeoDoubleParams: 34736,
  GeoAsciiParams: 34737,
  GdalMetadata: 42112,
  GdalNodata: 42113,
  LercParameters: 50674,
  RpcCoefficients: 50844,
} as const;

/** Bytes of one value of each TIFF field type (TIFF 6.0 p. 15, BigTIFF); unlisted types are unknown. */
const FIELD_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** Bytes of one value of a TIFF field type; null for types no reader knows. */
export function fieldBytes(fieldType: number): number | null {
  return FIELD_BYTES[fieldType] ?? null;
}

/**
 * The values of a field as numbers: rationals divided, 64-bit integers rounded to doubles, text as byte values.
 * `bytes` holds `count` values of `fieldType`.
 */
export function decodeNumbers(bytes: Uint8Array, fieldType: number, count: number, littleEndian: boolean): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = FIELD_BYTES[fieldType]!;
  const values = Array.from<number>({ length: count });
  for (let i = 0; i < count; i++) values[i] = decodeNumber(view, i * size, fieldType, littleEndian);
  return values;
}

/** One value of a field, at byte `at` of `view`. */
export function decodeNumber(view: DataView, at: number, fieldType: number, littleEndian: boolean): number {
  switch (fieldType) {
    case 3:
      return view.getUint16(at, littleEndian);
    case 4:
    case 13:
      return view.getUint32(at, littleEndian);
    case 5:
      return view.getUint32(at, littleEndian) / view.getUint32(at + 4, littleEndian);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, littleEndian);
    case 9:
      return view.getInt32(at, littleEndian);
    case 10:
      return view.getInt32(at, littleEndian) / view.getInt32(at + 4, littleEndian);
    case 11:
      return view.getFloat32(at, littleEndian);
    case 12:
      return view.getFloat64(at, littleEndian);
    case 16:
    case 18:
      return Number(view.getBigUint64(at, littleEndian));
    case 17:
      return Number(view.getBigInt64(at, littleEndian));
    default:
      return view.getUint8(at);
  }
}

const UTF8 = new TextDecoder('utf-8');

/** Text up to the first NUL. TIFF says ASCII; GDAL writes and reads UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return UTF8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
