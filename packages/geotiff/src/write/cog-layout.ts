import { type Affine, type Crs, DATA_TYPE_BYTES, nodataToJson } from '@inlay/geo';
import { JPEG_SUBSAMPLING } from '../codecs/jpeg.ts';
import { TAG } from '../tiff-tag.ts';
import { type CogFacts, factFields, hasPalette, PALETTE } from './cog-facts.ts';
import { type CogFormat, photometricOf, predictorOfFormat, sampleFormatOf, storedType } from './cog-format.ts';
import { maskFields } from './cog-mask.ts';
import { COMPRESSION_TAG } from './compress-block.ts';
import { placeFields } from './place-fields.ts';
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
  /** Of the first level; null leaves it out. */
  readonly affine: Affine | null;
  /** Null leaves it out. */
  readonly crs: Crs | null;
  /** Full resolution first, then its overviews, finest first; at least one. */
  readonly levels: readonly CogLevel[];
  /** The mask of each level, of tiles that `encodeCogMask` made; left out or empty where there is none. */
  readonly masks?: readonly CogLevel[];
  /** What else is known of the pixels. */
  readonly facts?: CogFacts;
  /** BigTIFF even where 32-bit offsets would do. */
  readonly isBig?: boolean;
}

/** A COG up to its first tile. */
export interface CogLayout {
  /**
   * What the file begins with. The tiles of the levels follow, the **coarsest** level first, each level's in order and
   * those of its mask behind them.
   */
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

/** An image of the file: a level, or the mask of one. */
interface Image {
  readonly level: CogLevel;
  readonly fields: readonly Field[];
}

function layOut(contents: CogContents, isBig: boolean): CogLayout {
  const { levels, masks = [], format } = contents;
  // Each level, and its mask directly behind it.
  const images = levels.flatMap((level, index): Image[] => {
    const image = { level, fields: levelFields(contents, level, index) };
    const mask = masks[index];
    return mask === undefined ? [image] : [image, { level: mask, fields: maskFields(format, mask, index) }];
  });
  const withBlocks = (offsets: readonly ArrayLike<number>[]): Field[][] =>
    images.map(({ level, fields }, index) =>
      [
        ...fields,
        { tag: TAG.TileOffsets, type: isBig ? FIELD.long8 : FIELD.long, values: offsets[index]! },
        { tag: TAG.TileByteCounts, type: FIELD.long, values: level.blockBytes },
      ].sort((a, b) => a.tag - b.tag),
    );
  const placeholder = withBlocks(images.map(({ level }) => level.blockBytes));
  let at = placeholder.reduce((sum, fields) => sum + directoryBytes(fields, isBig), headerBytes(isBig));
  const offsets: Float64Array[] = [];
  for (const index of dataOrder(levels.length, masks.length > 0)) {
    const { blockBytes, width, height } = images[index]!.level;
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

/** Positions of the images in the order of their tiles: the coarsest level first, a mask behind its level. */
function dataOrder(levelCount: number, hasMasks: boolean): number[] {
  const perLevel = hasMasks ? 2 : 1;
  return Array.from({ length: levelCount }, (_, i) => levelCount - 1 - i).flatMap((level) =>
    Array.from({ length: perLevel }, (_, part) => level * perLevel + part),
  );
}

const EXTRA = { unspecified: 0, unassociatedAlpha: 2 };
const REDUCED_RESOLUTION = 1;

/** What a directory says beside where its tiles are. */
function levelFields({ format, affine, crs, facts }: CogContents, { width, height }: CogLevel, index: number): Field[] {
  const { samplesPerPixel, blockSize, nodata, isRgb, hasAlpha, compression = 'deflate' } = format;
  const stored = storedType(format.dataType);
  const eachSample = (value: number): number[] => Array.from({ length: samplesPerPixel }, () => value);
  const extras = Array.from(
    { length: samplesPerPixel - (isRgb || compression === 'webp' ? 3 : 1) },
    () => EXTRA.unspecified,
  );
  if (hasAlpha && extras.length > 0) extras[extras.length - 1] = EXTRA.unassociatedAlpha;
  const short = (tag: number, values: readonly number[]): Field => ({ tag, type: FIELD.short, values });
  return [
    { tag: TAG.NewSubfileType, type: FIELD.long, values: [index === 0 ? 0 : REDUCED_RESOLUTION] },
    { tag: TAG.ImageWidth, type: FIELD.long, values: [width] },
    { tag: TAG.ImageLength, type: FIELD.long, values: [height] },
    short(TAG.BitsPerSample, eachSample(8 * DATA_TYPE_BYTES[stored])),
    short(TAG.Compression, [COMPRESSION_TAG[compression]]),
    short(TAG.PhotometricInterpretation, [hasPalette(facts) ? PALETTE : photometricOf(format)]),
    short(TAG.SamplesPerPixel, [samplesPerPixel]),
    short(TAG.PlanarConfiguration, [1]),
    ...(compression === 'none' || compression === 'jpeg' || compression === 'webp'
      ? []
      : [short(TAG.Predictor, [predictorOfFormat(format)])]),
    short(TAG.TileWidth, [blockSize]),
    short(TAG.TileLength, [blockSize]),
    ...(extras.length === 0 ? [] : [short(TAG.ExtraSamples, extras)]),
    short(TAG.SampleFormat, eachSample(sampleFormatOf(stored))),
    ...(nodata === null ? [] : [textField(TAG.GdalNodata, `${nodataToJson(nodata)}`)]),
    ...(compression === 'jpeg' && samplesPerPixel === 3 ? [short(TAG.YCbCrSubSampling, JPEG_SUBSAMPLING)] : []),
    ...(facts === undefined ? [] : factFields(facts, stored, index)),
    ...(index === 0 ? placeFields(affine, crs, facts?.areaOrPoint === 'Point') : []),
  ];
}
