import type { Window } from '@inlay/geo';
import type { OverviewFile, OverviewPlan, RenderedLevel } from '@inlay/vrt';
import type { MosaicParts } from '../pixels/raster-source.ts';
import type { BlockPlace, WindowAbove } from './pyramid.ts';

/** What the thread that makes blocks is asked: plain data. Its answer is a block as it is stored, null for an empty one. */
export type OverviewTask = RenderTask | ReduceTask;

interface AnyTask {
  readonly place: MosaicParts;
  readonly file: OverviewFile;
  readonly resampling: OverviewPlan['resampling'];
  /** Of the level, in whole pixels. */
  readonly window: Window;
}

/** Make a block of the finest level, of the sources. */
export interface RenderTask extends AnyTask {
  readonly kind: 'render';
  readonly level: Pick<RenderedLevel, 'width' | 'height'>;
}

/** Make a block of another level, of the blocks of the level above it. */
export interface ReduceTask extends AnyTask {
  readonly kind: 'reduce';
  readonly above: WindowAbove;
  /** All that the window above touches. */
  readonly blocks: readonly (BlockPlace & { readonly bytes: Uint8Array | null })[];
}

/** Who makes blocks. @throws what reading the sources throws; the signal's reason when aborted */
export type MakeBlock = (task: OverviewTask, signal: AbortSignal) => Promise<Uint8Array | null>;
