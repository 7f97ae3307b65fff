import type { Samples } from '@inlay/raster';
import { type BlockCache, type ReadBlocks, blockKey, withoutCache } from './block-cache.ts';
import { decodeBlock } from './block-decode.ts';
import { withPlace } from './block-error.ts';
import { type PlannedRead, planReads } from './block-plan.ts';
import {
  type BlockPosition,
  type StoredBlock,
  blockIndex,
  blocksAtHand,
  locateBlocks,
  rowsOfBlock,
} from './block-table.ts';
import { damaged } from './codecs/codec.ts';
import { decoderFor } from './codecs/decoders.ts';
import { GeoTiffError } from './error.ts';
import { giveBack } from './give-back.ts';
import type { PixelImage } from './pixel-image.ts';
import { type SharedWork, shareWork } from './shared-work.ts';

/** No codec makes a block much larger than it was; what declares more is damaged, not compressed. */
const MAX_EXPANSION = 2;
const EXPANSION_ALLOWANCE_BYTES = 2 ** 16;

/** Takes what is read, block by block, in no particular order. */
export interface BlockVisitor {
  /** `samples` as `decodeBlock` returns them, not to be changed; null where the block is not stored. */
  take(position: BlockPosition, samples: Samples | null): void;
  /**
   * Takes note of a block that cannot be had, instead of failing; left out, the error is thrown. Only for what is wrong
   * with the block or its bytes: an image that cannot be read at all is an error.
   */
  miss?(position: BlockPosition, error: GeoTiffError): void;
}

/** How blocks are read. */
export interface ReadBlocksOptions {
  /** Shared with others; without it, nothing is kept. */
  readonly cache?: BlockCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A block that is stored, and its number. */
interface WantedBlock extends StoredBlock {
  readonly index: number;
}

/**
 * Reads and decodes blocks with bounded concurrency and memory. When one fails, no further read is started for this
 * caller; others that share a read go on.
 * @throws GeoTiffError naming the file and, for `geotiff/damaged-block`, the block; the signal's reason when aborted.
 */
export async function readBlocks(
  image: PixelImage,
  positions: readonly BlockPosition[],
  visitor: BlockVisitor,
  { cache = withoutCache(), signal }: ReadBlocksOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const { table, format } = image;
  requireDecoder(image);
  const located =
    blocksAtHand(table, format, positions) ??
    (await locateBlocks(table, format, positions, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      for (const position of positions) refuse(position, error, visitor);
      return [];
    }));
  const works = request(image, located, visitor, cache);
  if (works.size === 0) return;
  const failure = new AbortController();
  const either = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  await Promise.all(
    [...works].map(([work, blocks]) =>
      work.join(either).then(
        (read) => blocks.forEach((block) => deliver(image, block, read.get(block.index)!, visitor)),
        (error: unknown) => {
          either.throwIfAborted();
          blocks.forEach((block) => refuse(block, error, visitor));
        },
      ),
    ),
  ).catch((error: unknown) => {
    failure.abort(error);
    throw error;
  });
}

/**
 * {@link readBlocks} without waiting for anything.
 * @returns false where some block is not in the cache; nothing was visited then.
 */
export function visitCachedBlocks(
  image: PixelImage,
  positions: readonly BlockPosition[],
  visitor: BlockVisitor,
  cache: BlockCache,
): boolean {
  const located = blocksAtHand(image.table, image.format, positions);
  if (located === null) return false;
  const found: (Samples | null)[] = [];
  for (const block of located) {
    const samples = block.byteLength === 0 ? null : cache.get(blockKey(image, blockIndex(image.format, block)));
    if (samples === undefined) return false;
    found.push(samples);
  }
  cache.totals.hits += found.length;
  for (const [i, block] of located.entries()) visitor.take(block, found[i]!);
  return true;
}

/** Visits what is at hand, joins what others are reading, and starts to read the rest: nothing is awaited. */
function request(
  image: PixelImage,
  located: readonly StoredBlock[],
  visitor: BlockVisitor,
  cache: BlockCache,
): Map<SharedWork<ReadBlocks>, WantedBlock[]> {
  const works = new Map<SharedWork<ReadBlocks>, WantedBlock[]>();
  const missing: WantedBlock[] = [];
  for (const stored of located) {
    if (stored.byteLength === 0) {
      visitor.take(stored, null);
      continue;
    }
    const block = { ...stored, index: blockIndex(image.format, stored) };
    const key = blockKey(image, block.index);
    const samples = cache.get(key);
    const pending = cache.pending.get(key);
    if (samples !== undefined) {
      cache.totals.hits++;
      visitor.take(block, samples);
    } else if (pending !== undefined) {
      cache.totals.joined++;
      const wanted = works.get(pending);
      if (wanted === undefined) works.set(pending, [block]);
      else wanted.push(block);
    } else {
      const implausible = implausibility(image, block);
      if (implausible === null) missing.push(block);
      else refuse(block, implausible, visitor);
    }
  }
  cache.totals.misses += missing.length;
  for (const read of planReads(missing, image.format.blockBytes)) {
    works.set(startRead(image, read, cache), [...read.blocks]);
  }
  return works;
}

function startRead(image: PixelImage, read: PlannedRead<WantedBlock>, cache: BlockCache): SharedWork<ReadBlocks> {
  const keys = read.blocks.map((block) => blockKey(image, block.index));
  const decodedBytes = read.blocks.length * image.format.blockBytes;
  const work = shareWork<ReadBlocks>(
    (signal) => cache.limiter.run(decodedBytes, () => readTogether(image, read, keys, cache, signal), signal),
    () => keys.forEach((key) => cache.pending.delete(key)),
  );
  for (const key of keys) cache.pending.set(key, work);
  return work;
}

async function readTogether(
  image: PixelImage,
  { offset, byteLength, blocks }: PlannedRead<WantedBlock>,
  keys: readonly string[],
  cache: BlockCache,
  signal: AbortSignal,
): Promise<ReadBlocks> {
  cache.totals.reads++;
  cache.totals.readBytes += byteLength;
  const askedAt = performance.now();
  const bytes = new Uint8Array(await image.source.fetch(offset, byteLength, { signal }));
  cache.totals.fetchMs += performance.now() - askedAt;
  const results = new Map<number, Samples | GeoTiffError>();
  const decode = async (block: WantedBlock, i: number): Promise<void> => {
    const start = block.offset - offset;
    const startedAt = performance.now();
    const result = await decodeOne(image, block, bytes.subarray(start, start + block.byteLength), cache.inThisThread);
    cache.totals.decodeMs += performance.now() - startedAt;
    if (!(result instanceof GeoTiffError)) cache.keep(keys[i]!, result);
    results.set(block.index, result);
  };
  if (cache.inThisThread) {
    for (const [i, block] of blocks.entries()) {
      signal.throwIfAborted();
      await decode(block, i);
    }
  } else await Promise.all(blocks.map(decode));
  // Whoever waits for the blocks takes them before the event loop goes on: nothing but promises lies in between.
  setImmediate(() => {
    giveBack(bytes);
    for (const result of results.values()) if (!(result instanceof GeoTiffError)) giveBack(result);
  });
  return results;
}

/** Samples, or what is wrong with the block: which is not the fault of those beside it. */
async function decodeOne(
  { format }: PixelImage,
  block: WantedBlock,
  encoded: Uint8Array,
  inThisThread: boolean,
): Promise<Samples | GeoTiffError> {
  try {
    if (encoded.length < block.byteLength) throw damaged('the file ends within it');
    return await decodeBlock(encoded, format, rowsOfBlock(format, block.row), inThisThread);
  } catch (error) {
    if (error instanceof GeoTiffError) return error;
    throw error;
  }
}

function deliver(image: PixelImage, block: WantedBlock, result: Samples | GeoTiffError, visitor: BlockVisitor): void {
  if (result instanceof GeoTiffError) refuse(block, withPlace(image, block, result), visitor);
  else visitor.take(block, result);
}

/** What is wrong with a block or with its bytes, and not with the image or with us. */
const OF_BLOCKS: ReadonlySet<string> = new Set([
  'geotiff/damaged-block',
  'geotiff/truncated',
  'geotiff/source-unavailable',
]);

function refuse(block: BlockPosition, error: unknown, visitor: BlockVisitor): void {
  if (visitor.miss === undefined || !(error instanceof GeoTiffError) || !OF_BLOCKS.has(error.code)) throw error;
  visitor.miss(block, error);
}

/** Why a block cannot be what it is said to be, before any memory is set aside for it; null where it can. */
function implausibility(image: PixelImage, block: StoredBlock): GeoTiffError | null {
  const { blockHeight, rowBytes } = image.format;
  const largest = blockHeight * rowBytes * MAX_EXPANSION + EXPANSION_ALLOWANCE_BYTES;
  const { size } = image.source;
  if (block.byteLength > largest) {
    return withPlace(image, block, damaged(`it is said to be ${block.byteLength} bytes long`));
  }
  if (size !== null && block.offset + block.byteLength > size) {
    return withPlace(image, block, damaged('the file ends before or within it'));
  }
  return null;
}

/** Finds out before the first read whether the pixels can be decoded at all. */
function requireDecoder(image: PixelImage): void {
  try {
    decoderFor(image.format.compression);
  } catch (error) {
    throw error instanceof GeoTiffError ? withPlace(image, null, error) : error;
  }
}
