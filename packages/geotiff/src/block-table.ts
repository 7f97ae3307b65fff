import { TiffTag } from '@cogeotiff/core';
import type { BlockFormat } from './block-format.ts';
import { UNCOMPRESSED } from './codecs/decoders.ts';
import { malformed, truncated } from './error.ts';
import type { RasterImage } from './images.ts';
import { decodeNumbers, fieldBytes } from './tiff-tag.ts';

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

/** Tables up to this many bytes are read whole and kept; a page of this size is read of longer ones. */
const PAGE_BYTES = 2 ** 18;

/** Rows of pixels that a block holds: `blockHeight`, fewer in the last strip. */
export function rowsOfBlock(format: BlockFormat, row: number): number {
  const { tiled, blockHeight, height } = format;
  return tiled ? blockHeight : Math.min(blockHeight, height - row * blockHeight);
}

/**
 * Looks up where blocks are stored, in the order asked for.
 * @throws GeoTiffError `geotiff/malformed`, `geotiff/truncated`
 */
export async function locateBlocks(
  raster: RasterImage,
  format: BlockFormat,
  positions: readonly BlockPosition[],
  signal?: AbortSignal,
): Promise<StoredBlock[]> {
  const { blocksPerStrip, blockCols, blockRows } = format;
  const entriesPerPlane = blockCols * Math.ceil(blockRows / blocksPerStrip);
  const indices = positions.map(
    ({ plane, col, row }) => plane * entriesPerPlane + Math.floor(row / blocksPerStrip) * blockCols + col,
  );
  const offsets = await readEntries(raster, offsetTag(format), indices, signal);
  const byteLengths = await readEntries(raster, byteCountTag(format), indices, signal);
  if (offsets === null) throw malformed(raster.source.name, 'it does not say where its pixels are');
  if (byteLengths === null && format.compression !== UNCOMPRESSED) {
    throw malformed(raster.source.name, 'it does not say how long its blocks are');
  }
  return positions.map((position, i) => {
    const offset = offsets[i]!;
    const uncompressedLength = rowsOfBlock(format, position.row) * format.rowBytes;
    // TIFF 6.0 wants byte counts (page 40), but old writers left them out where they can be computed.
    const byteLength = byteLengths === null ? uncompressedLength : byteLengths[i]!;
    if (offset === 0 || byteLength === 0) return { ...position, offset: 0, byteLength: 0 };
    if (blocksPerStrip === 1) return { ...position, offset, byteLength };
    const rowsAbove = (position.row % blocksPerStrip) * format.blockHeight;
    return { ...position, offset: offset + rowsAbove * format.rowBytes, byteLength: uncompressedLength };
  });
}

function offsetTag(format: BlockFormat): TiffTag.TileOffsets | TiffTag.StripOffsets {
  return format.tiled ? TiffTag.TileOffsets : TiffTag.StripOffsets;
}

function byteCountTag(format: BlockFormat): TiffTag.TileByteCounts | TiffTag.StripByteCounts {
  return format.tiled ? TiffTag.TileByteCounts : TiffTag.StripByteCounts;
}

/** Values of a tag at some of its indices, 0 beyond its end as in libtiff; null where the image has no such tag. */
async function readEntries(
  { image, source }: RasterImage,
  tag: ReturnType<typeof offsetTag> | ReturnType<typeof byteCountTag>,
  indices: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float64Array | null> {
  const entry = image.tags.get(tag);
  if (entry === undefined) return null;
  const options = signal === undefined ? {} : { signal };
  const valueBytes = fieldBytes(entry.dataType);
  if (valueBytes === null) throw malformed(source.name, `its tag ${TiffTag[tag]} has field type ${entry.dataType}`);
  if (entry.type === 'inline' || entry.count * valueBytes <= PAGE_BYTES) {
    const values = (await image.fetch(tag, options)) as ArrayLike<number>;
    return Float64Array.from(indices, (index) => values[index] ?? 0);
  }
  const valuesPerPage = PAGE_BYTES / valueBytes;
  const found = new Float64Array(indices.length);
  let page: number[] = [];
  let pageNumber = -1;
  // Visited in table order, so that each page is read once whatever order the blocks are wanted in.
  const order = Uint32Array.from(indices, (_, i) => i).sort((a, b) => indices[a]! - indices[b]!);
  for (const i of order) {
    const index = indices[i]!;
    if (index >= entry.count) continue;
    if (Math.floor(index / valuesPerPage) !== pageNumber) {
      pageNumber = Math.floor(index / valuesPerPage);
      const count = Math.min(valuesPerPage, entry.count - pageNumber * valuesPerPage);
      const length = count * valueBytes;
      const bytes = new Uint8Array(
        await image.tiff.source.fetch(entry.dataOffset + pageNumber * PAGE_BYTES, length, options),
      );
      if (bytes.length < length) throw truncated(source.name, 'the table of its blocks');
      page = decodeNumbers(bytes, entry.dataType, count, image.tiff.isLittleEndian);
    }
    found[i] = page[index % valuesPerPage]!;
  }
  return found;
}
