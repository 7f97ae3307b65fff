import type { Samples } from '@inlay/raster';
import { createBlockMemory } from './block-memory.ts';
import type { GeoTiffError } from './error.ts';
import { type Limiter, createLimiter } from './limiter.ts';
import type { SharedWork } from './shared-work.ts';

/** What one read of a file came to: by block number, samples, or why there are none. */
export type ReadBlocks = ReadonlyMap<number, Samples | GeoTiffError>;

/** What a cache has done since it was made. */
export interface BlockCacheCounts {
  /** Blocks found decoded, and blocks that another reader was just decoding. */
  readonly hits: number;
  readonly joined: number;
  /** Blocks that were read and decoded. */
  readonly misses: number;
  /** Reads of files, and the bytes they asked for. */
  readonly reads: number;
  readonly readBytes: number;
  /** Milliseconds from asking for bytes until they were there, and of decoding them: of all blocks together. */
  readonly fetchMs: number;
  readonly decodeMs: number;
  /** Of the blocks held now. */
  readonly heldBytes: number;
}

/**
 * Decoded blocks, shared by whoever reads with it: what is being read is read once, what was read is kept up to a limit
 * in bytes, and of what nobody has asked for again, the oldest goes first. It holds no threads, files or timers: dropping it is closing it. Its owner
 * needs `counts` and `clear`; the rest is for the readers of this package.
 */
export interface BlockCache {
  counts(): BlockCacheCounts;
  /** Forgets all blocks. */
  clear(): void;
  /** See {@link BlockCacheOptions}. */
  readonly inThisThread: boolean;
  /** Admits reads, by the bytes they decode to. */
  readonly limiter: Limiter;
  /** What is being read, by {@link blockKey}. */
  readonly pending: Map<string, SharedWork<ReadBlocks>>;
  /** Kept up by readers; see {@link BlockCacheCounts}. */
  readonly totals: { -readonly [Count in Exclude<keyof BlockCacheCounts, 'heldBytes'>]: number };
  /** By {@link blockKey}; not to be changed, and to be used up before anything is kept. */
  get(key: string): Samples | undefined;
  keep(key: string, samples: Samples): void;
}

/** Options of {@link createBlockCache}. */
export interface BlockCacheOptions {
  /** Of decoded blocks held; 0 to keep none. */
  readonly maxBytes: number;
  /** Reads of files under way at once, by all readers together; default 16. */
  readonly maxReads?: number;
  /** Bytes of blocks being decoded at once; default 256 MiB. A larger block is decoded alone. */
  readonly maxDecodingBytes?: number;
  /**
   * Decompress in the calling thread: for workers that paint one tile at a time, whom a trip to another thread and back
   * would only delay. Default false.
   */
  readonly inThisThread?: boolean;
}

const MAX_READS = 16;
const MAX_DECODING_BYTES = 256 * 2 ** 20;

/** A cache for blocks of any number of rasters. */
export function createBlockCache(options: BlockCacheOptions): BlockCache {
  const { maxBytes, maxReads = MAX_READS, maxDecodingBytes = MAX_DECODING_BYTES, inThisThread = false } = options;
  const held = createBlockMemory(maxBytes);
  const totals = { hits: 0, joined: 0, misses: 0, reads: 0, readBytes: 0, fetchMs: 0, decodeMs: 0 };
  return {
    inThisThread,
    limiter: createLimiter(maxReads, maxDecodingBytes),
    pending: new Map(),
    totals,
    get: (key) => held.get(key),
    keep(key, samples) {
      held.keep(key, samples);
    },
    counts: () => ({ ...totals, heldBytes: held.heldBytes() }),
    clear: () => held.clear(),
  };
}

/** Reads of one caller without a cache. */
const MAX_OWN_READS = 6;

/** Keeps nothing, and bounds what one call may have under way. */
export function withoutCache(): BlockCache {
  return createBlockCache({ maxBytes: 0, maxReads: MAX_OWN_READS });
}

/** What a block is cached under. */
export function blockKey(image: { readonly cacheKey: string }, index: number): string {
  return `${image.cacheKey}#${index}`;
}
