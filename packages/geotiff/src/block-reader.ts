import type { Samples } from '@inlay/raster';
import { decodeBlock } from './block-decode.ts';
import type { BlockFormat } from './block-format.ts';
import { type PlannedRead, planReads } from './block-plan.ts';
import { type BlockPosition, type StoredBlock, locateBlocks, rowsOfBlock } from './block-table.ts';
import { damaged } from './codecs/codec.ts';
import { decoderFor } from './codecs/decoders.ts';
import { GeoTiffError } from './error.ts';
import type { RasterImage } from './images.ts';

/** Reads under way at once for one call. */
const MAX_CONCURRENT_READS = 6;

/** Bytes of decoded blocks held at once for one call, above which fewer reads run together. */
const MAX_BYTES_IN_FLIGHT = 256 * 2 ** 20;

/** No codec makes a block much larger than it was; what declares more is damaged, not compressed. */
const MAX_EXPANSION = 2;
const EXPANSION_ALLOWANCE_BYTES = 2 ** 16;

/**
 * Takes a decoded block: `samples` as `decodeBlock` returns them, null where the block is not stored. Called once a
 * block, in no particular order.
 */
export type VisitBlock = (position: BlockPosition, samples: Samples | null) => void;

/**
 * Reads and decodes blocks with bounded concurrency and memory. When one fails, no further read is started and the
 * ones under way have ended before the error is thrown.
 * @throws GeoTiffError naming the file and, for `geotiff/damaged-block`, the block; the signal's reason when aborted.
 */
export async function readBlocks(
  raster: RasterImage,
  format: BlockFormat,
  positions: readonly BlockPosition[],
  visit: VisitBlock,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  nameSource(raster, () => decoderFor(format.compression));
  const stored: StoredBlock[] = [];
  for (const block of await locateBlocks(raster, format, positions, signal)) {
    if (block.byteLength === 0) {
      visit(block, null);
    } else {
      requirePlausible(raster, format, block);
      stored.push(block);
    }
  }
  const reads = planReads(stored);
  const failure = new AbortController();
  const either = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < reads.length) {
      either.throwIfAborted();
      await readTogether(raster, format, reads[next++]!, visit, either);
    }
  };
  const workers = Math.max(1, Math.min(MAX_CONCURRENT_READS, Math.floor(MAX_BYTES_IN_FLIGHT / format.blockBytes)));
  await Promise.all(
    Array.from({ length: Math.min(workers, reads.length) }, () =>
      work().catch((error: unknown) => failure.abort(error)),
    ),
  );
  signal?.throwIfAborted();
  failure.signal.throwIfAborted();
}

async function readTogether(
  raster: RasterImage,
  format: BlockFormat,
  read: PlannedRead,
  visit: VisitBlock,
  signal: AbortSignal,
): Promise<void> {
  const bytes = new Uint8Array(await raster.source.fetch(read.offset, read.byteLength, { signal }));
  for (const block of read.blocks) {
    signal.throwIfAborted();
    const start = block.offset - read.offset;
    const encoded = bytes.subarray(start, start + block.byteLength);
    let samples: Samples;
    try {
      if (encoded.length < block.byteLength) throw damaged('the file ends within it');
      samples = await decodeBlock(encoded, format, rowsOfBlock(format, block.row));
    } catch (error) {
      throw withPlace(raster, format, block, error);
    }
    visit(block, samples);
  }
}

/** Refuses what a block cannot be, before any memory is set aside for it. */
function requirePlausible(raster: RasterImage, format: BlockFormat, block: StoredBlock): void {
  const largest = format.blockHeight * format.rowBytes * MAX_EXPANSION + EXPANSION_ALLOWANCE_BYTES;
  const { size } = raster.source;
  if (block.byteLength > largest) {
    throw withPlace(raster, format, block, damaged(`it is said to be ${block.byteLength} bytes long`));
  }
  if (size !== null && block.offset + block.byteLength > size) {
    throw withPlace(raster, format, block, damaged('the file ends before or within it'));
  }
}

/** The error with the name of the file, and of the block where that is what is damaged. */
function withPlace(raster: RasterImage, format: BlockFormat, block: BlockPosition, error: unknown): unknown {
  if (!(error instanceof GeoTiffError)) return error;
  const { name } = raster.source;
  if (error.code !== 'geotiff/damaged-block') return withName(name, error);
  const plane = format.planar ? ` of band ${block.plane + 1}` : '';
  const place = format.tiled ? `the tile in column ${block.col}, row ${block.row}` : `strip ${block.row}`;
  return new GeoTiffError('geotiff/damaged-block', `${name}: ${place}${plane} is damaged: ${error.message}`, {
    details: { source: name, plane: block.plane, col: block.col, row: block.row },
    cause: error,
  });
}

function nameSource(raster: RasterImage, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw error instanceof GeoTiffError ? withName(raster.source.name, error) : error;
  }
}

function withName(name: string, error: GeoTiffError): GeoTiffError {
  return new GeoTiffError(error.code, `${name}: ${error.message}`, {
    details: { ...error.details, source: name },
    cause: error,
  });
}
