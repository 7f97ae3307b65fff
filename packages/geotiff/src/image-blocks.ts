import { malformed, truncated } from './error.ts';
import type { HeaderReader } from './header-reader.ts';
import type { FetchOptions } from './source.ts';
import { TAG, decodeNumbers } from './tiff-tag.ts';
import type { Directory, TagEntry, TagValues, TiffStructure } from './tiff-directory.ts';

/** Block sizes beyond this are not looked at for holes: a raster of a quarter of a million blocks says enough. */
const MAX_SCANNED_BYTES = 1024 * 1024;
/** libtiff presents an uncompressed image in one strip as strips of about this size (STRIP_SIZE_DEFAULT). */
const CHOPPED_STRIP_BYTES = 8192;
/** GDAL presents a compressed image in one strip taller than this as single rows. */
const TALL_STRIP_ROWS = 2000;

/** How an image is cut into blocks. */
export interface BlockLayout {
  readonly tiled: boolean;
  /** The natural block GDAL reports, in pixels. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** Blocks the image's size asks for, all bands. */
  readonly blockCount: number;
}

/**
 * @param image Its size, and how its samples lie.
 * @throws GeoTiffError `malformed` for blocks of no size or without offsets.
 */
export function readBlockLayout(
  tags: TagValues,
  name: string,
  image: {
    readonly width: number;
    readonly height: number;
    readonly bandCount: number;
    readonly bitsPerSample: number;
    readonly planarSeparate: boolean;
    readonly compressionCode: number;
  },
): BlockLayout {
  const { width, height } = image;
  const planes = image.planarSeparate ? image.bandCount : 1;
  if (tags.has(TAG.TileWidth) || tags.has(TAG.TileLength)) {
    const blockWidth = tags.number(TAG.TileWidth) ?? 0;
    const blockHeight = tags.number(TAG.TileLength) ?? 0;
    if (blockWidth < 1 || blockHeight < 1) throw malformed(name, `its tiles are ${blockWidth} x ${blockHeight} pixels`);
    const blockCount = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * planes;
    return { tiled: true, blockWidth, blockHeight, blockCount };
  }
  const declared = tags.number(TAG.RowsPerStrip) ?? height;
  if (declared < 1) throw malformed(name, `its strips have ${declared} rows`);
  const rows = Math.min(declared, height);
  const blockCount = Math.ceil(height / rows) * planes;
  return { tiled: false, blockWidth: width, blockHeight: presentedRows(rows, image), blockCount };
}

/** Rows of a strip as GDAL presents them: a whole image in one strip appears in smaller pieces. */
function presentedRows(rows: number, image: Parameters<typeof readBlockLayout>[2]): number {
  if (rows < image.height || image.planarSeparate) return rows;
  const rowBytes = Math.ceil((image.width * image.bandCount * image.bitsPerSample) / 8);
  const chopped =
    image.compressionCode === 1 ? Math.min(rows, Math.max(1, Math.floor(CHOPPED_STRIP_BYTES / rowBytes))) : rows;
  return chopped > TALL_STRIP_ROWS ? 1 : chopped;
}

/** What the lists of blocks tell without reading a block. */
export interface BlockFacts {
  /** Entries of the list. */
  readonly listedBlocks: number;
  /** Some block is not stored (size 0). */
  readonly sparse: boolean;
  /** Some block lies beyond the end of the file. */
  readonly reachesBeyondEnd: boolean;
}

/**
 * Looks through the block lists of an image: sizes up to a limit, positions only where they are in memory already.
 * @throws GeoTiffError `malformed` where the image has no block list at all, `truncated` where the list is cut off.
 */
export async function readBlockFacts(
  reader: HeaderReader,
  structure: TiffStructure,
  directory: Directory,
  tiled: boolean,
  options?: FetchOptions,
): Promise<BlockFacts> {
  const offsetsEntry = directory.entries.get(tiled ? TAG.TileOffsets : TAG.StripOffsets);
  if (offsetsEntry === undefined) throw malformed(reader.name, 'it does not say where its pixels are');
  const listedBlocks = offsetsEntry.count;
  const countsEntry = directory.entries.get(tiled ? TAG.TileByteCounts : TAG.StripByteCounts);
  for (const entry of [offsetsEntry, countsEntry]) {
    if (entry !== undefined && reader.size !== null && entry.offset + entry.byteLength > reader.size) {
      throw truncated(reader.name, 'the list of its blocks');
    }
  }
  if (countsEntry === undefined) return { listedBlocks, sparse: false, reachesBeyondEnd: false };

  const length = Math.min(countsEntry.byteLength, MAX_SCANNED_BYTES);
  const bytes = await reader.load(countsEntry.offset, length, options);
  if (bytes.length < length) throw truncated(reader.name, 'the list of its blocks');
  const sizes = values(bytes, countsEntry, structure.littleEndian);
  const positions = reader.cached(offsetsEntry.offset, offsetsEntry.byteLength);
  const offsets = positions === null ? [] : values(positions, offsetsEntry, structure.littleEndian);
  const end = reader.size ?? Infinity;
  return {
    listedBlocks,
    sparse: sizes.includes(0),
    reachesBeyondEnd: offsets.some((offset, i) => (sizes[i] ?? 0) > 0 && offset + sizes[i]! > end),
  };
}

function values(bytes: Uint8Array, entry: TagEntry, littleEndian: boolean): number[] {
  const count = Math.min(entry.count, Math.floor(bytes.length / (entry.byteLength / entry.count)));
  return entry.count === 0 ? [] : decodeNumbers(bytes, entry.fieldType, count, littleEndian);
}
