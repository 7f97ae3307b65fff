import { join } from 'node:path';
import { blockGrid } from '@inlay/geotiff';
import type { OverviewFile, OverviewPlan } from '@inlay/vrt';
import type { MosaicParts } from '../pixels/raster-source.ts';
import type { MakeBlock } from './overview-task.ts';
import { type BlockPlace, blocksOf, blocksTouched, blockWindow, type DirtyBlocks, windowAbove } from './pyramid.ts';
import { ScratchLevel } from './scratch-level.ts';
import { BLOCK_SIZE } from './stored-overviews.ts';

/** What there is to render. */
export interface FileToRender {
  readonly plan: Pick<OverviewPlan, 'levels' | 'resampling'>;
  readonly file: OverviewFile;
  readonly place: MosaicParts;
  /** The same file of an earlier build, and which of its blocks cannot be copied; null to render everything. */
  readonly earlier: EarlierFile | null;
}

/** A file that blocks are copied from. */
export interface EarlierFile {
  readonly dirty: NonNullable<DirtyBlocks>;
  /** A block as it is stored; null for one that is not. */
  read(level: number, place: BlockPlace, signal: AbortSignal): Promise<Uint8Array | null>;
}

/** How to render. */
export interface RenderOptions {
  readonly makeBlock: MakeBlock;
  /** A folder for the levels, which must not have any of this file yet. */
  readonly folder: string;
  /** Begins the names of what is put there. */
  readonly name: string;
  /** Blocks that are in the making at a time: no more than these, and what they are made of, are in memory. */
  readonly blocksAtOnce: number;
  readonly signal: AbortSignal;
  /** After each block. @param isCopied it was rendered for an earlier build */
  onBlock(level: number, isCopied: boolean): void;
}

/**
 * Renders all levels of a file, each block by itself: the finest level of the sources, every other of the one above it.
 * Memory does not grow with the size of the output but for two numbers for each block.
 *
 * @returns the levels, finest first; the caller closes them
 */
export async function renderFile(
  { plan, file, place, earlier }: FileToRender,
  { makeBlock, folder, name, blocksAtOnce, signal, onBlock }: RenderOptions,
): Promise<ScratchLevel[]> {
  const { resampling } = plan;
  const levels: ScratchLevel[] = [];
  try {
    for (const [index, level] of plan.levels.entries()) {
      const { cols, rows } = blockGrid(level, BLOCK_SIZE);
      const above = levels[index - 1];
      const scratch = await ScratchLevel.create(join(folder, `${name}-${index}`), level, cols * rows);
      levels.push(scratch);
      const make = async (block: BlockPlace): Promise<Made> => {
        if (earlier !== null && earlier.dirty[index]![block.row * cols + block.col] === 0) {
          return { bytes: await earlier.read(index, block, signal), isCopied: true };
        }
        const window = blockWindow(level, block);
        const task =
          above === undefined
            ? ({ kind: 'render', place, file, resampling, window, level } as const)
            : ({ kind: 'reduce', place, file, resampling, window, ...(await sourceOf(above, level, window)) } as const);
        return { bytes: await makeBlock(task, signal), isCopied: false };
      };
      const sourceOf = async (from: ScratchLevel, to: typeof level, window: ReturnType<typeof blockWindow>) => {
        const area = windowAbove(to, from, window, resampling);
        const colsAbove = blockGrid(from, BLOCK_SIZE).cols;
        const blocks = [];
        for (const block of blocksTouched(area.whole)) {
          blocks.push({ ...block, bytes: await from.read(block.row * colsAbove + block.col) });
        }
        return { above: area, blocks };
      };
      for await (const { bytes, isCopied } of inOrder(blocksOf(level), blocksAtOnce, make)) {
        signal.throwIfAborted();
        await scratch.append(bytes);
        onBlock(index, isCopied);
      }
    }
    return levels;
  } catch (error) {
    for (const level of levels) await level.close();
    throw error;
  }
}

interface Made {
  readonly bytes: Uint8Array | null;
  readonly isCopied: boolean;
}

/** What is made of items, in their order; a few are in the making at a time. */
async function* inOrder<T, R>(items: Iterable<T>, atOnce: number, make: (item: T) => Promise<R>): AsyncGenerator<R> {
  const pending: Promise<R>[] = [];
  try {
    for (const item of items) {
      const making = make(item);
      // It is awaited in its turn, which may come after it has failed; Node would take that for a failure nobody handles.
      making.catch(() => undefined);
      pending.push(making);
      if (pending.length >= atOnce) yield await pending.shift()!;
    }
    while (pending.length > 0) yield await pending.shift()!;
  } finally {
    await Promise.allSettled(pending);
  }
}
