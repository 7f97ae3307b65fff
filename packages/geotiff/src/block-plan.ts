import type { StoredBlock } from './block-table.ts';

/** One read of the file and the blocks that lie in it. */
export interface PlannedRead<Block extends StoredBlock = StoredBlock> {
  readonly offset: number;
  readonly byteLength: number;
  /** In file order, all within the read. */
  readonly blocks: readonly Block[];
}

/** Bytes between two blocks that are read along rather than asked for apart. */
const MAX_GAP_BYTES = 16 * 2 ** 10;

/** Blocks are not joined beyond this; a single block may be larger. */
const MAX_READ_BYTES = 4 * 2 ** 20;

/** Nor beyond this once decoded: few bytes may hold many blocks of one colour. */
const MAX_DECODED_BYTES = 32 * 2 ** 20;

/**
 * The reads that fetch all blocks with few requests: neighbours in the file are fetched together, in file order.
 * @param blockBytes of one block, decoded.
 */
export function planReads<Block extends StoredBlock>(
  blocks: readonly Block[],
  blockBytes: number,
): PlannedRead<Block>[] {
  const maxBlocks = Math.max(1, Math.floor(MAX_DECODED_BYTES / blockBytes));
  const reads: { offset: number; byteLength: number; blocks: Block[] }[] = [];
  for (const block of [...blocks].sort((a, b) => a.offset - b.offset)) {
    const last = reads.at(-1);
    const end = block.offset + block.byteLength;
    if (
      last !== undefined &&
      last.blocks.length < maxBlocks &&
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
