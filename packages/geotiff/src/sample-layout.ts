import type { ColorEntry, ColorInterp, DataType } from '@inlay/geo';
import { malformed, unsupported } from './error.ts';
import { TAG } from './tiff-tag.ts';
import type { TagValues } from './tiff-directory.ts';

/** PhotometricInterpretation (TIFF 6.0 p. 37). */
const PHOTOMETRIC = { MinIsWhite: 0, MinIsBlack: 1, Rgb: 2, Palette: 3, Mask: 4, Separated: 5, YCbCr: 6, CieLab: 8 };

/** How an image's samples are stored and what they mean. */
export interface SampleLayout {
  readonly bandCount: number;
  readonly dataType: DataType;
  readonly bitsPerSample: number;
  /** Where fewer bits than the data type has. */
  readonly nbits: number | null;
  /** One per band. */
  readonly colorInterps: readonly ColorInterp[];
  /** The first band's. */
  readonly colorTable: readonly ColorEntry[] | null;
  readonly planarSeparate: boolean;
  /** The TIFF Compression tag (TIFF 6.0 p. 30). */
  readonly compressionCode: number;
  readonly isYCbCr: boolean;
}

/**
 * @param nodata The file's nodata, null where it has none: GDAL makes its palette entry transparent.
 * @throws GeoTiffError `unsupported`, `malformed`
 */
export function readSampleLayout(tags: TagValues, name: string, nodata: number | null): SampleLayout {
  const bandCount = tags.number(TAG.SamplesPerPixel) ?? 1;
  if (bandCount < 1) throw malformed(name, 'it declares no bands');
  const bits = uniform(tags.numbers(TAG.BitsPerSample) ?? [1], name, 'bits per sample');
  const format = uniform(tags.numbers(TAG.SampleFormat) ?? [1], name, 'sample formats');
  const dataType = dataTypeOf(bits, format);
  if (dataType === null) {
    throw unsupported(
      name,
      `has samples of ${bits} bits (TIFF sample format ${format}); convert it with gdal_translate`,
    );
  }
  const photometric = tags.number(TAG.PhotometricInterpretation) ?? PHOTOMETRIC.MinIsBlack;
  // GDAL converts these to RGBA while reading, which is no longer the file's own values.
  if (photometric === PHOTOMETRIC.Separated || photometric === PHOTOMETRIC.CieLab) {
    const space = photometric === PHOTOMETRIC.Separated ? 'CMYK' : 'CIE L*a*b*';
    throw unsupported(name, `has ${space} colours; convert it to RGB`);
  }
  const colorTable = colorTableOf(tags, photometric, bits, bandCount, nodata);
  return {
    bandCount,
    dataType,
    bitsPerSample: bits,
    nbits: isWholeType(bits, dataType) ? null : bits,
    colorInterps: colorInterpsOf(photometric, bandCount, tags.numbers(TAG.ExtraSamples) ?? [], colorTable !== null),
    colorTable,
    planarSeparate: tags.number(TAG.PlanarConfiguration) === 2,
    compressionCode: tags.number(TAG.Compression) ?? 1,
    isYCbCr: photometric === PHOTOMETRIC.YCbCr,
  };
}

/** TIFF allows one value per sample, but libtiff, and so GDAL, only reads files where they agree. */
function uniform(values: readonly number[], name: string, what: string): number {
  const first = values[0];
  if (first === undefined) throw malformed(name, `it declares no ${what}`);
  if (values.some((value) => value !== first)) throw unsupported(name, `has bands with different ${what}; split it`);
  return first;
}

const WHOLE_TYPE_BITS = [8, 16, 32, 64, 128];

function isWholeType(bits: number, dataType: DataType): boolean {
  // A TIFF of 16-bit floats is GDAL's Float16 from version 3.11 on.
  return WHOLE_TYPE_BITS.includes(bits) && !(dataType === 'Float32' && bits !== 32);
}

/** GDAL's data type for TIFF's BitsPerSample and SampleFormat (TIFF 6.0 p. 80); null for combinations it refuses. */
function dataTypeOf(bits: number, format: number): DataType | null {
  const isSigned = format === 2;
  const isFloat = format === 3;
  const isComplexInteger = format === 5;
  const isComplexFloat = format === 6;
  if (isFloat) {
    if (bits === 16) return 'Float16';
    if (bits === 24 || bits === 32) return 'Float32';
    return bits === 64 ? 'Float64' : null;
  }
  if (isComplexInteger) {
    if (bits === 32) return 'CInt16';
    return bits === 64 ? 'CInt32' : null;
  }
  if (isComplexFloat) {
    if (bits === 32) return 'CFloat16';
    if (bits === 64) return 'CFloat32';
    return bits === 128 ? 'CFloat64' : null;
  }
  if (bits < 1) return null;
  if (bits <= 8) return isSigned && bits === 8 ? 'Int8' : 'Byte';
  if (bits <= 16) return isSigned && bits === 16 ? 'Int16' : 'UInt16';
  if (bits <= 32) return isSigned && bits === 32 ? 'Int32' : 'UInt32';
  if (bits !== 64) return null;
  return isSigned ? 'Int64' : 'UInt64';
}

/** ExtraSamples 1 (associated alpha) and 2 (unassociated) are alpha; the last ones of a pixel are extra (TIFF 6.0 p. 31). */
function colorInterpsOf(
  photometric: number,
  bandCount: number,
  extraSamples: readonly number[],
  hasColorTable: boolean,
): ColorInterp[] {
  const firstExtra = bandCount - extraSamples.length;
  return Array.from({ length: bandCount }, (_, bandOffset): ColorInterp => {
    const isRgb = photometric === PHOTOMETRIC.Rgb || photometric === PHOTOMETRIC.YCbCr;
    if (isRgb && bandOffset < 3) return (['Red', 'Green', 'Blue'] as const)[bandOffset]!;
    if (!isRgb && bandOffset === 0) {
      if (hasColorTable) return 'Palette';
      return photometric === PHOTOMETRIC.Mask ? 'Undefined' : 'Gray';
    }
    const extra = extraSamples[bandOffset - firstExtra];
    return extra === 1 || extra === 2 ? 'Alpha' : 'Undefined';
  });
}

function colorTableOf(
  tags: TagValues,
  photometric: number,
  bits: number,
  bandCount: number,
  nodata: number | null,
): ColorEntry[] | null {
  if (bits > 16) return null;
  const length = 2 ** bits;
  if (photometric === PHOTOMETRIC.Palette) {
    const map = tags.numbers(TAG.ColorMap);
    if (map === null || map.length < 3 * length) return null;
    // 16-bit components; writers that put 8-bit ones there are recognised by having nothing above 255 (libtiff too).
    const divisor = map.some((component) => component > 255) ? 257 : 1;
    const at = (index: number): number => Math.floor(map[index]! / divisor);
    return Array.from({ length }, (_, i) => [at(i), at(length + i), at(2 * length + i), i === nodata ? 0 : 255]);
  }
  if (photometric === PHOTOMETRIC.MinIsWhite) {
    return Array.from({ length }, (_, i) => grey(Math.floor((255 * (length - 1 - i)) / (length - 1))));
  }
  const isBilevel = photometric === PHOTOMETRIC.MinIsBlack && bits === 1 && bandCount === 1;
  return isBilevel ? [grey(0), grey(255)] : null;
}

function grey(value: number): ColorEntry {
  return [value, value, value, 255];
}
