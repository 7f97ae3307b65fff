import type { Samples } from '@inlay/raster';

/**
 * Decoded blocks by key, in memory that is set aside once and written over in a circle. Blocks come and go by the
 * thousand, each as large as some hundred small objects: taken from the allocator and given back one by one, they would
 * leave it with gaps that nothing else fits into, and the process with twice the memory that they need.
 */
export interface BlockMemory {
  /**
   * The samples of a block, to be used up before the next {@link keep}, which may write over them; undefined where they
   * are not there.
   */
  get(key: string): Samples | undefined;
  /** Copies a block in. Those that have lain longest without being asked for make room for it. */
  keep(key: string, samples: Samples): void;
  /** Of the blocks that are there, with what each takes beside its samples. */
  heldBytes(): number;
  clear(): void;
}

/** Memory is set aside in pieces of this size, as they are needed; a larger block is not kept. */
const PIECE_BYTES = 64 * 2 ** 20;

/** Starts of blocks: every typed array accepts them. */
const ALIGNMENT = 8;

/** What an entry takes beside its samples: key, array object, place in the order. */
const ENTRY_BYTES = 300;

/** Blocks that are moved on, because they were asked for, when one is kept; then the oldest goes all the same. */
const MOST_MOVED = 4;

interface Entry {
  samples: Samples;
  /** Where its room begins and ends, counted over all pieces. */
  start: number;
  end: number;
  /** It was asked for since it was written here. */
  isWanted: boolean;
}

/** @param maxBytes of all blocks together, with what each takes beside its samples */
export function createBlockMemory(maxBytes: number): BlockMemory {
  const pieceCount = Math.max(1, Math.ceil(maxBytes / PIECE_BYTES));
  const pieceBytes = Math.floor(maxBytes / pieceCount / ALIGNMENT) * ALIGNMENT;
  const capacity = pieceCount * pieceBytes;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  // In the order in which they lie in the circle, from the next one to be written over.
  const entries = new Map<string, Entry>();
  let next = 0;
  let held = 0;

  /** Puts bytes where the next ones go, whatever was there. */
  const write = (key: string, samples: Samples): void => {
    const room = roomOf(samples);
    const piece = Math.floor(next / pieceBytes);
    const bytes = (pieces[piece] ??= new Uint8Array(pieceBytes));
    const offset = next % pieceBytes;
    bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), offset);
    const SampleArray = samples.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => Samples;
    const kept = new SampleArray(bytes.buffer, offset, samples.length);
    entries.set(key, { samples: kept, start: next, end: next + room, isWanted: false });
    held += room;
    next = (next + room) % capacity;
  };

  const drop = (key: string, { start, end }: Entry): void => {
    entries.delete(key);
    held -= end - start;
  };

  /** The block that is written over next. */
  const oldest = (): readonly [string, Entry] | undefined => entries.entries().next().value;

  /** Goes on to where a room fits into one piece, from the last piece to the first; what lies in between is dropped. */
  const skipTo = (room: number): void => {
    if ((next % pieceBytes) + room <= pieceBytes) return;
    const end = (Math.floor(next / pieceBytes) + 1) * pieceBytes;
    for (let first = oldest(); first !== undefined; first = oldest()) {
      if (first[1].start < next || first[1].start >= end) break;
      drop(...first);
    }
    next = end % capacity;
  };

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entry.isWanted = true;
      return entry.samples;
    },
    keep(key, samples) {
      const room = roomOf(samples);
      if (room > pieceBytes || entries.has(key)) return;
      let moved = 0;
      for (;;) {
        skipTo(room);
        const first = oldest();
        if (first === undefined || first[1].start >= next + room || first[1].end <= next) break;
        drop(...first);
        if (!first[1].isWanted || moved === MOST_MOVED) continue;
        // To the beginning of the gap before it, which is of the same piece: a copy may overlap.
        write(first[0], first[1].samples);
        moved += 1;
      }
      write(key, samples);
    },
    heldBytes: () => held,
    clear() {
      entries.clear();
      pieces.length = 0;
      [next, held] = [0, 0];
    },
  };
}

function roomOf({ byteLength }: Samples): number {
  return Math.ceil((byteLength + ENTRY_BYTES) / ALIGNMENT) * ALIGNMENT;
}
