import type { Tag } from '@cogeotiff/core';
import type { BlockFormat } from './block-format.ts';
import { UNCOMPRESSED } from './codecs/decoders.ts';
import { malformed } from './error.ts';
import type { RasterImage } from './images.ts';
import { type ListedNumbers, numbersAtHand, numbersInFile } from './listed-numbers.ts';
import { TAG, fieldBytes } from './tiff-tag.ts';

/** Which block. `plane` is the 0-based band in planar files, else 0; `col` and `row` count blocks, not pixels. */
export interface BlockPosition {
  readonly plane: number;
  readonly col: number;
  readonly row: number;
}

/** Where a block's bytes are in the file. */
export interface StoredBlock extends BlockPosition {
  readonly offset: number;
  /** 0 where the block is not stored (GDAL's SPARSE_OK): all its pixels are nodata. */
  readonly byteLength: number;
}

/** Where the blocks of an image are: two lists in the file, of which no more is kept in memory than is in use. */
export interface BlockTable {
  readonly offsets: ListedNumbers;
  /** Null where the file leaves them out, as old writers did where they can be computed. */
  readonly byteLengths: ListedNumbers | null;
}

/** Rows of pixels that a block holds: `blockHeight`, fewer in the last strip. */
export function rowsOfBlock(format: BlockFormat, row: number): number {
  const { tiled, blockHeight, height } = format;
  return tiled ? blockHeight : Math.min(blockHeight, height - row * blockHeight);
}

/** A number of its own for each block of an image, 0-based: plane by plane, row by row. */
export function blockIndex({ blockCols, blockRows }: BlockFormat, { plane, col, row }: BlockPosition): number {
  return (plane * blockRows + row) * blockCols + col;
}

/**
 * The block table of an image. Nothing is read: short lists came with the header.
 * @throws GeoTiffError `geotiff/malformed`
 */
export function openBlockTable(raster: RasterImage, format: BlockFormat): BlockTable {
  const offsets = listOf(raster, format.tiled ? TAG.TileOffsets : TAG.StripOffsets);
  const byteLengths = listOf(raster, format.tiled ? TAG.TileByteCounts : TAG.StripByteCounts);
  if (offsets === null) throw malformed(raster.source.name, 'it does not say where its pixels are');
  if (byteLengths === null && format.compression !== UNCOMPRESSED) {
    throw malformed(raster.source.name, 'it does not say how long its blocks are');
  }
  return { offsets, byteLengths };
}

function listOf({ image, source }: RasterImage, tag: number): ListedNumbers | null {
  const entry: Tag | undefined = image.tags.get(tag);
  if (entry === undefined) return null;
  if (fieldBytes(entry.dataType) === null) {
    throw malformed(source.name, `its tag ${tag} has field type ${entry.dataType}`);
  }
  if (entry.type === 'inline') return numbersAtHand(entry.value as number | readonly number[]);
  return numbersInFile(source, {
    offset: entry.dataOffset,
    count: entry.count,
    fieldType: entry.dataType,
    littleEndian: image.tiff.isLittleEndian,
  });
}

/** Entries of the lists that tell where blocks are. */
function entriesOf(format: BlockFormat, positions: readonly BlockPosition[]): Float64Array {
  const { blocksPerStrip, blockCols, blockRows } = format;
  const entriesPerPlane = blockCols * Math.ceil(blockRows / blocksPerStrip);
  return Float64Array.from(
    positions,
    ({ plane, col, row }) => plane * entriesPerPlane + Math.floor(row / blocksPerStrip) * blockCols + col,
  );
}

/**
 * Looks up where blocks are stored, in the order asked for.
 * @returns null where the file must be read first: see {@link locateBlocks}.
 */
export function blocksAtHand(
  { offsets, byteLengths }: BlockTable,
  format: BlockFormat,
  positions: readonly BlockPosition[],
): StoredBlock[] | null {
  const entries = entriesOf(format, positions);
  const starts = offsets.atHand(entries);
  const lengths = byteLengths === null ? null : byteLengths.atHand(entries);
  if (starts === null || (byteLengths !== null && lengths === null)) return null;
  return positions.map((position, i) => toStoredBlock(format, position, starts[i]!, lengths?.[i] ?? null));
}

/**
 * {@link blocksAtHand}, reading what is not at hand.
 * @throws GeoTiffError `geotiff/truncated` and those of the source; the signal's reason when aborted.
 */
export async function locateBlocks(
  { offsets, byteLengths }: BlockTable,
  format: BlockFormat,
  positions: readonly BlockPosition[],
  signal?: AbortSignal,
): Promise<StoredBlock[]> {
  const entries = entriesOf(format, positions);
  const [starts, lengths] = await Promise.all([
    offsets.read(entries, signal),
    byteLengths === null ? null : byteLengths.read(entries, signal),
  ]);
  return positions.map((position, i) => toStoredBlock(format, position, starts[i]!, lengths?.[i] ?? null));
}

function toStoredBlock(
  format: BlockFormat,
  position: BlockPosition,
  offset: number,
  listedLength: number | null,
): StoredBlock {
  const { blocksPerStrip, rowBytes, blockHeight } = format;
  const uncompressedLength = rowsOfBlock(format, position.row) * rowBytes;
  // TIFF 6.0 wants byte counts (page 40), but old writers left them out where they can be computed.
  const byteLength = listedLength ?? uncompressedLength;
  if (!(offset > 0 && byteLength > 0)) return { ...position, offset: 0, byteLength: 0 };
  if (blocksPerStrip === 1) return { ...position, offset, byteLength };
  const rowsAbove = (position.row % blocksPerStrip) * blockHeight;
  return { ...position, offset: offset + rowsAbove * rowBytes, byteLength: uncompressedLength };
}
