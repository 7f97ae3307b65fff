import { createHash } from 'node:crypto';
import type { PictureGrid, RenderOptions } from '@inlay/tiler';
import type { PictureShape } from './pixel-task.ts';

/** Grows whenever the same parameters give other pixels than before, so that no cache shows both side by side. */
const RENDERER = 1;

/** All that a picture depends on. */
export interface PictureFacts {
  /** `RasterSource.key`. */
  readonly sourceKey: string;
  /** `SourceWatch.stateOf`. */
  readonly fileState: string;
  readonly options: RenderOptions;
  readonly picture: PictureGrid;
  readonly format: string;
  readonly shape: PictureShape | null;
}

/** A text that is the same for the same picture, and for no other. */
export function pictureKey({ sourceKey, fileState, options, picture, format, shape }: PictureFacts): string {
  const { grid, crs } = picture;
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([RENDERER, sourceKey, fileState, optionsKey(options), format, grid, crs.code ?? crs.parametersKey]),
  );
  for (const ring of shape ?? []) hash.update(ring);
  return hash.digest('hex').slice(0, 32);
}

/** Options as text: JSON, with the numbers that JSON has no words for. */
export function optionsKey(options: RenderOptions): string {
  return JSON.stringify(options, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  });
}
