import type { StoredBlock } from './block-table.ts';

/** One read of the file and the blocks that lie in it. */
export interface PlannedRead {
  readonly offset: number;
  readonly byteLength: number;
  /** In file order, all within the read. */
  readonly blocks: readonly StoredBlock[];
}

/** Bytes between two blocks that are read along rather than asked for apart. */
const MAX_GAP_BYTES = 16 * 2 ** 10;

/** Blocks are not joined beyond this; a single block may be larger. */
const MAX_READ_BYTES = 4 * 2 ** 20;

/** The reads that fetch all blocks with few requests: neighbours in the file are fetched together, in file order. */
export function planReads(blocks: readonly StoredBlock[]): PlannedRead[] {
  const reads: { offset: number; byteLength: number; blocks: StoredBlock[] }[] = [];
  for (const block of [...blocks].sort((a, b) => a.offset - b.offset)) {
    const last = reads.at(-1);
    const end = block.offset + block.byteLength;
    if (
      last !== undefined &&
      block.offset - (last.offset + last.byteLength) <= MAX_GAP_BYTES &&
      end - last.offset <= MAX_READ_BYTES
    ) {
      last.blocks.push(block);
      last.byteLength = Math.max(last.byteLength, end - last.offset);
    } else {
      reads.push({ offset: block.offset, byteLength: block.byteLength, blocks: [block] });
    }
  }
  return reads;
}
