import type { Window } from '@inlay/geo';
import { blockGrid } from '@inlay/geotiff';
import type { ChangedArea } from '@inlay/mosaic';
import { kernelReach } from '@inlay/raster';
import type { OverviewPlan, RenderedLevel } from '@inlay/vrt';
import { BLOCK_SIZE } from './stored-overviews.ts';

// Which blocks of a level are made of which of the level above it. Every level spans the output from edge to edge, so
// that a pixel of one is two of the next only where sizes are even: blocks can need a row or a column of a neighbour.

/** A block of a level, counted from the top-left corner, 0-based. */
export interface BlockPlace {
  readonly col: number;
  readonly row: number;
}

type Size = Pick<RenderedLevel, 'width' | 'height'>;

/** The pixels of a level that a block holds. */
export function blockWindow({ width, height }: Size, { col, row }: BlockPlace): Window {
  const colOff = col * BLOCK_SIZE;
  const rowOff = row * BLOCK_SIZE;
  return {
    colOff,
    rowOff,
    width: Math.min(BLOCK_SIZE, width - colOff),
    height: Math.min(BLOCK_SIZE, height - rowOff),
  };
}

/** The blocks of a level, row by row. */
export function* blocksOf(level: Size): Generator<BlockPlace> {
  const { cols, rows } = blockGrid(level, BLOCK_SIZE);
  for (let row = 0; row < rows; row += 1) {
    for (let col = 0; col < cols; col += 1) yield { col, row };
  }
}

/** How many blocks a level has. */
export function blockCount(level: Size): number {
  const { cols, rows } = blockGrid(level, BLOCK_SIZE);
  return cols * rows;
}

/** What a window of a level is made of: `exact` of the level above, and `whole` pixels of it to look at. */
export interface WindowAbove {
  readonly exact: Window;
  readonly whole: Window;
}

/** Edges this close to a pixel's lie on it (as the kernels have it). */
const SNAP = 1e-8;

export function windowAbove(
  level: Size,
  above: Size,
  window: Window,
  resampling: OverviewPlan['resampling'],
): WindowAbove {
  const across = spanAbove(window.colOff, window.width, level.width, above.width, resampling);
  const down = spanAbove(window.rowOff, window.height, level.height, above.height, resampling);
  return {
    exact: { colOff: across.start, rowOff: down.start, width: across.length, height: down.length },
    whole: {
      colOff: across.first,
      rowOff: down.first,
      width: across.end - across.first,
      height: down.end - down.first,
    },
  };
}

function spanAbove(
  offset: number,
  length: number,
  size: number,
  sizeAbove: number,
  resampling: OverviewPlan['resampling'],
) {
  const ratio = sizeAbove / size;
  const start = offset * ratio;
  const lengthAbove = length * ratio;
  const reach = kernelReach(resampling, ratio);
  return {
    start,
    length: lengthAbove,
    first: Math.max(0, Math.floor(start + SNAP) - reach),
    end: Math.min(sizeAbove, Math.ceil(start + lengthAbove - SNAP) + reach),
  };
}

/** The blocks that a window touches, row by row. */
export function blocksTouched({ colOff, rowOff, width, height }: Window): BlockPlace[] {
  const blocks: BlockPlace[] = [];
  for (let row = Math.floor(rowOff / BLOCK_SIZE); row * BLOCK_SIZE < rowOff + height; row += 1) {
    for (let col = Math.floor(colOff / BLOCK_SIZE); col * BLOCK_SIZE < colOff + width; col += 1) {
      blocks.push({ col, row });
    }
  }
  return blocks;
}

/** Which blocks of each level to render anew: 1 for those, row by row; null for all. */
export type DirtyBlocks = readonly Uint8Array[] | null;

/**
 * The blocks that hold pixels of changed areas, level by level.
 *
 * @param output size of the whole output, which the areas are in pixels of
 */
export function dirtyBlocks(
  output: Size,
  { levels, resampling }: Pick<OverviewPlan, 'levels' | 'resampling'>,
  areas: readonly ChangedArea[],
): Uint8Array[] {
  const dirty: Uint8Array[] = [];
  for (const [index, level] of levels.entries()) {
    const { cols, rows } = blockGrid(level, BLOCK_SIZE);
    const marks = new Uint8Array(cols * rows);
    const above = index === 0 ? null : { size: levels[index - 1]!, marks: dirty[index - 1]! };
    if (above === null) for (const area of areas) markArea(marks, cols, rows, output, level, area, resampling);
    else {
      const colsAbove = blockGrid(above.size, BLOCK_SIZE).cols;
      for (const { col, row } of blocksOf(level)) {
        const { whole } = windowAbove(level, above.size, blockWindow(level, { col, row }), resampling);
        const isTouched = blocksTouched(whole).some((block) => above.marks[block.row * colsAbove + block.col] !== 0);
        if (isTouched) marks[row * cols + col] = 1;
      }
    }
    dirty.push(marks);
  }
  return dirty;
}

function markArea(
  marks: Uint8Array,
  cols: number,
  rows: number,
  output: Size,
  level: RenderedLevel,
  [xOff, yOff, xSize, ySize]: ChangedArea,
  resampling: OverviewPlan['resampling'],
): void {
  // What a block is made of is composed in whole pixels of some level of the sources, which is no coarser than this one.
  const margin = 1 + kernelReach(resampling, level.factor) / level.factor;
  const blockAt = (position: number, size: number, sizeBelow: number, shift: number): number =>
    Math.floor(((position * sizeBelow) / size + shift) / BLOCK_SIZE);
  const firstCol = Math.max(0, blockAt(xOff, output.width, level.width, -margin));
  const lastCol = Math.min(cols - 1, blockAt(xOff + xSize, output.width, level.width, margin));
  const firstRow = Math.max(0, blockAt(yOff, output.height, level.height, -margin));
  const lastRow = Math.min(rows - 1, blockAt(yOff + ySize, output.height, level.height, margin));
  for (let row = firstRow; row <= lastRow; row += 1) {
    marks.fill(1, row * cols + firstCol, row * cols + lastCol + 1);
  }
}
