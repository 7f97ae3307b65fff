import { GeoTiffError } from '../error.ts';

/** What a codec needs to know of a block beside its bytes. */
export interface CodecBlock {
  /** Columns of the block. */
  readonly width: number;
  /** Rows that are wanted: fewer than {@link storedRows} in the last strip of an image. */
  readonly rows: number;
  /** Rows a full block has. Some writers fill up the last strip, so a codec accepts up to this many. */
  readonly storedRows: number;
  /** Samples of a pixel that lie side by side in the block: all of them, or 1 in planar files. */
  readonly samplesPerPixel: number;
  /** Bytes of one row; rows start on byte boundaries (TIFF 6.0, page 29). */
  readonly rowBytes: number;
  /** Tag 262 (TIFF 6.0, page 37). */
  readonly photometric: number;
  /** Tag 347: quantisation and Huffman tables that the JPEG streams of the blocks leave out; null without it. */
  readonly jpegTables: Uint8Array | null;
  /** Tag 50674: LERC's version, and what its data was compressed with once more; empty without it. */
  readonly lercParameters: readonly number[];
  /** Decompress before returning where that can be, rather than in another thread. */
  readonly inThisThread: boolean;
}

/**
 * Decodes one block. The result has at least `rows * rowBytes` bytes, never more than `storedRows * rowBytes`, and is
 * the caller's own, to change and to give back.
 * @throws GeoTiffError `geotiff/damaged-block` with the reason alone: the reader adds which block of which file.
 */
export type Codec = (encoded: Uint8Array, block: CodecBlock) => Uint8Array | Promise<Uint8Array>;

/** A tile that is to be encoded. */
export interface TileSamples {
  /** All samples of a pixel side by side, predicted where the compression goes with a predictor. */
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly samplesPerPixel: number;
}

/** Bytes a block must decode to. */
export function wantedBytes(block: CodecBlock): number {
  return block.rows * block.rowBytes;
}

/** Bytes a block may decode to at most: what stops decompression bombs. */
export function maximumBytes(block: CodecBlock): number {
  return block.storedRows * block.rowBytes;
}

/** The error of a block that does not decode; `reason` continues the sentence "the block is damaged: ...". */
export function damaged(reason: string, cause?: unknown): GeoTiffError {
  return new GeoTiffError('geotiff/damaged-block', reason, { cause });
}

/** Refuses a block that decoded to less than it should hold. */
export function requireLength(decoded: Uint8Array, block: CodecBlock): Uint8Array {
  const wanted = wantedBytes(block);
  if (decoded.length < wanted) throw damaged(`it holds ${decoded.length} bytes of pixels, not ${wanted}`);
  return decoded;
}
