import type { FetchOptions, Source } from './source.ts';

/** Bytes fetched at once, aligned to multiples of itself: a small GeoTIFF's or a typical COG's header is one or two. */
const BLOCK_BYTES = 32 * 1024;
/** Blocks kept per file: headers are small, and tag arrays beyond this are read again when asked for. */
const MAX_BLOCKS = 64;
/** @cogeotiff/core reads block offsets one value at a time; only such reads are worth a whole block. */
const SINGLE_VALUE_BYTES = 16;

/** A {@link Source} that remembers the file's header, so that its thousand small reads are one or two fetches. */
export interface HeaderReader extends Source {
  /** The bytes where they are all in memory, else null. Do not write to them. */
  cached(offset: number, length: number): Uint8Array | null;
  /** The bytes, fetched in blocks and remembered; fewer where the source ends. */
  load(offset: number, length: number, options?: FetchOptions): Promise<Uint8Array>;
}

/** `fetch` passes through: pixel blocks are read exactly and once, and do not push the header out. */
export function headerReader(source: Source): HeaderReader {
  const blocks = new Map<number, Uint8Array>();
  const pending = new Map<number, Promise<void>>();

  function cached(offset: number, length: number): Uint8Array | null {
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / BLOCK_BYTES);
    if (first === last) {
      const block = blocks.get(first);
      const start = offset - first * BLOCK_BYTES;
      return block !== undefined && start + length <= block.length ? block.subarray(start, start + length) : null;
    }
    const bytes = new Uint8Array(length);
    for (let index = first; index <= last; index++) {
      const block = blocks.get(index);
      const needed = Math.min(BLOCK_BYTES, offset + length - index * BLOCK_BYTES);
      if (block === undefined || block.length < needed) return null;
      const from = Math.max(0, offset - index * BLOCK_BYTES);
      bytes.set(block.subarray(from, needed), index * BLOCK_BYTES + from - offset);
    }
    return bytes;
  }

  async function fetchBlocks(first: number, last: number, options?: FetchOptions): Promise<void> {
    const start = first * BLOCK_BYTES;
    const bytes = new Uint8Array(await source.fetch(start, (last - first + 1) * BLOCK_BYTES, options));
    for (let index = first; index <= last; index++) {
      if (blocks.size >= MAX_BLOCKS) blocks.delete(blocks.keys().next().value!);
      blocks.set(index, bytes.subarray((index - first) * BLOCK_BYTES, (index - first + 1) * BLOCK_BYTES));
    }
  }

  async function load(offset: number, length: number, options?: FetchOptions): Promise<Uint8Array> {
    const here = cached(offset, length);
    if (here !== null) return here;
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / BLOCK_BYTES);
    if (last - first + 1 > MAX_BLOCKS / 2) return new Uint8Array(await source.fetch(offset, length, options));

    let missingFrom = first;
    while (missingFrom < last && blocks.has(missingFrom)) missingFrom++;
    // Two readers of the same block share one fetch, unless the first of them is aborted.
    const running = pending.get(missingFrom);
    if (running !== undefined && first === last) {
      await running.catch(() => undefined);
      const shared = cached(offset, length);
      if (shared !== null) return shared;
    }
    const fetching = fetchBlocks(missingFrom, last, options);
    pending.set(missingFrom, fetching);
    try {
      await fetching;
    } finally {
      pending.delete(missingFrom);
    }
    return cached(offset, length) ?? endOfSource(offset, length);
  }

  /** What of the range lies before the end of the source. */
  function endOfSource(offset: number, length: number): Uint8Array {
    let available = length;
    for (let index = Math.floor(offset / BLOCK_BYTES); index * BLOCK_BYTES < offset + length; index++) {
      const block = blocks.get(index);
      if (block === undefined || block.length < BLOCK_BYTES) {
        available = Math.min(available, index * BLOCK_BYTES + (block?.length ?? 0) - offset);
        break;
      }
    }
    return available <= 0 ? new Uint8Array() : (cached(offset, available) ?? new Uint8Array());
  }

  return {
    name: source.name,
    get size() {
      return source.size;
    },
    cached,
    load,
    async fetch(offset, length, options) {
      if (length > SINGLE_VALUE_BYTES && cached(offset, length) === null) return source.fetch(offset, length, options);
      return (await load(offset, length, options)).slice().buffer;
    },
    close: () => source.close(),
  };
}
