import { type Affine, type Crs, DATA_TYPE_BYTES, nodataToJson } from '@inlay/geo';
import { TAG } from '../tiff-tag.ts';
import { type CogFormat, DEFLATE, predictorOf, sampleFormatOf, storedType } from './cog-format.ts';
import { directoryBytes, type Field, FIELD, headerBytes, textField, writeDirectories } from './tiff-fields.ts';

/** A resolution of a COG to be laid out. */
export interface CogLevel {
  /** Size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Bytes of each tile, row by row from the top-left corner; 0 for those that are not stored. */
  readonly blockBytes: Float64Array;
}

/** What a COG is made of. */
export interface CogContents {
  readonly format: CogFormat;
  /** Of the first level. */
  readonly affine: Affine;
  /** Written where it is an EPSG code; null leaves it out. */
  readonly crs: Crs | null;
  /** Full resolution first, then its overviews, finest first; at least one. */
  readonly levels: readonly CogLevel[];
  /** BigTIFF even where 32-bit offsets would do. */
  readonly isBig?: boolean;
}

/** A COG up to its first tile. */
export interface CogLayout {
  /** What the file begins with. The tiles of the levels follow, the **coarsest** level first, each level's in order. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** Of the whole file. */
  readonly bytes: number;
  readonly isBig: boolean;
}

/** Offsets have 32 bits in classic TIFF; GDAL switches a little earlier, too. */
const CLASSIC_BYTES = 2 ** 32 - 2 ** 16;

/**
 * Lays out a cloud-optimised GeoTIFF (OGC 21-026): the directories first, the full resolution's before its overviews', then
 * the tiles, the coarsest level first.
 */
export function layOutCog(contents: CogContents): CogLayout {
  const classic = contents.isBig === true ? null : layOut(contents, false);
  return classic !== null && classic.bytes <= CLASSIC_BYTES ? classic : layOut(contents, true);
}

/** Tiles across and down an image. */
export function blockGrid(
  { width, height }: { readonly width: number; readonly height: number },
  blockSize: number,
): { readonly cols: number; readonly rows: number } {
  return { cols: Math.ceil(width / blockSize), rows: Math.ceil(height / blockSize) };
}

function layOut(contents: CogContents, isBig: boolean): CogLayout {
  const { levels, format } = contents;
  const fixed = levels.map((level, index) => levelFields(contents, level, index));
  const withBlocks = (offsets: readonly ArrayLike<number>[]): Field[][] =>
    fixed.map((fields, index) =>
      [
        ...fields,
        { tag: TAG.TileOffsets, type: isBig ? FIELD.long8 : FIELD.long, values: offsets[index]! },
        { tag: TAG.TileByteCounts, type: FIELD.long, values: levels[index]!.blockBytes },
      ].sort((a, b) => a.tag - b.tag),
    );
  const placeholder = withBlocks(levels.map(({ blockBytes }) => blockBytes));
  let at = placeholder.reduce((sum, fields) => sum + directoryBytes(fields, isBig), headerBytes(isBig));
  const offsets: Float64Array[] = [];
  for (let index = levels.length - 1; index >= 0; index -= 1) {
    const { blockBytes, width, height } = levels[index]!;
    const { cols, rows } = blockGrid({ width, height }, format.blockSize);
    if (blockBytes.length !== cols * rows) {
      throw new RangeError(`${width}x${height} pixels have ${cols * rows} tiles, not ${blockBytes.length}`);
    }
    offsets[index] = blockBytes.map((bytes) => {
      if (bytes === 0) return 0;
      const offset = at;
      at += bytes;
      return offset;
    });
  }
  // Offsets that do not fit are cut off here, and the layout that has them is not used.
  return { header: writeDirectories(withBlocks(offsets), isBig), bytes: at, isBig };
}

const PHOTOMETRIC = { minIsBlack: 1, rgb: 2 };
const EXTRA = { unspecified: 0, unassociatedAlpha: 2 };
const REDUCED_RESOLUTION = 1;

/** What a directory says beside where its tiles are. */
function levelFields({ format, affine, crs }: CogContents, { width, height }: CogLevel, index: number): Field[] {
  const { samplesPerPixel, blockSize, nodata, isRgb, hasAlpha } = format;
  const stored = storedType(format.dataType);
  const eachSample = (value: number): number[] => Array.from({ length: samplesPerPixel }, () => value);
  const extras = Array.from({ length: samplesPerPixel - (isRgb ? 3 : 1) }, () => EXTRA.unspecified);
  if (hasAlpha && extras.length > 0) extras[extras.length - 1] = EXTRA.unassociatedAlpha;
  const short = (tag: number, values: readonly number[]): Field => ({ tag, type: FIELD.short, values });
  return [
    { tag: TAG.NewSubfileType, type: FIELD.long, values: [index === 0 ? 0 : REDUCED_RESOLUTION] },
    { tag: TAG.ImageWidth, type: FIELD.long, values: [width] },
    { tag: TAG.ImageLength, type: FIELD.long, values: [height] },
    short(TAG.BitsPerSample, eachSample(8 * DATA_TYPE_BYTES[stored])),
    short(TAG.Compression, [DEFLATE]),
    short(TAG.PhotometricInterpretation, [isRgb ? PHOTOMETRIC.rgb : PHOTOMETRIC.minIsBlack]),
    short(TAG.SamplesPerPixel, [samplesPerPixel]),
    short(TAG.PlanarConfiguration, [1]),
    short(TAG.Predictor, [predictorOf(stored)]),
    short(TAG.TileWidth, [blockSize]),
    short(TAG.TileLength, [blockSize]),
    ...(extras.length === 0 ? [] : [short(TAG.ExtraSamples, extras)]),
    short(TAG.SampleFormat, eachSample(sampleFormatOf(stored))),
    ...(nodata === null ? [] : [textField(TAG.GdalNodata, `${nodataToJson(nodata)}`)]),
    ...(index === 0 ? placeFields(affine, crs) : []),
  ];
}

/** Where the pixels lie (OGC 19-008r4, 7.3 and annex G): of north-up rasters by a tie point, of others by a matrix. */
function placeFields([a, b, c, d, e, f]: Affine, crs: Crs | null): Field[] {
  const isNorthUp = b === 0 && d === 0 && a > 0 && e < 0;
  const double = (tag: number, values: readonly number[]): Field => ({ tag, type: FIELD.double, values });
  const place = isNorthUp
    ? [double(TAG.ModelPixelScale, [a, -e, 0]), double(TAG.ModelTiepoint, [0, 0, 0, c, f, 0])]
    : [double(TAG.ModelTransformation, [a, b, 0, c, d, e, 0, f, 0, 0, 0, 0, 0, 0, 0, 1])];
  const keys = geoKeys(crs);
  return keys === null ? place : [...place, { tag: TAG.GeoKeyDirectory, type: FIELD.short, values: keys }];
}

/** GTModelType, GTRasterType (area) and the code of the CRS; null for what has no EPSG code of one number. */
function geoKeys(crs: Crs | null): number[] | null {
  const code = /^EPSG:(\d{4,5})$/.exec(crs?.code ?? '')?.[1];
  if (crs === null || code === undefined || Number(code) > 65_535) return null;
  if (crs.kind !== 'projected' && crs.kind !== 'geographic') return null;
  const [model, key] = crs.kind === 'projected' ? [1, 3072] : [2, 2048];
  return [1, 1, 0, 3, 1024, 0, 1, model, 1025, 0, 1, 1, key, 0, 1, Number(code)];
}
