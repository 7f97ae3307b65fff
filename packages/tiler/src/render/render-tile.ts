import { type TileIndex, type TileMatrixSet, gridOfTile } from '@inlay/geo';
import { type ImageFormat, encodePicture } from '../encode.ts';
import type { PixelSource, ReadProblem } from '../pixel-source.ts';
import { isFlat, type RenderRecipe } from './recipe.ts';
import { type RenderContext, type RenderedPicture, renderPicture } from './render-picture.ts';

/** Which tile, and as what. */
export interface TileRequest {
  readonly set: TileMatrixSet;
  readonly tile: TileIndex;
  /** Pixels in each direction; the set's own tile size unless given. `@2x` is twice that. */
  readonly size?: number;
  /** Pixels added on each side, default 0. */
  readonly buffer?: number;
  readonly format: ImageFormat;
  /** 1..100 for JPEG and WebP. */
  readonly quality?: number;
}

/** A finished tile, or why there is none. */
export type RenderedTile =
  | {
      readonly kind: 'tile';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly format: ImageFormat;
      /** Pixels in each direction, buffer included. */
      readonly size: number;
      /** What could not be read and is transparent: see `WindowRead`. */
      readonly problems: readonly ReadProblem[];
    }
  | Exclude<RenderedPicture, { kind: 'picture' }>;

/**
 * Renders one tile. The same request of the same pixels gives the same bytes.
 * @throws RangeError where the set has no such tile; what the source throws; the signal's reason when aborted.
 */
export async function renderTile(
  source: PixelSource,
  recipe: RenderRecipe,
  { set, tile, format, quality, ...drawing }: TileRequest,
  context: RenderContext = {},
): Promise<RenderedTile> {
  const grid = gridOfTile(set, tile, drawing);
  const rendered = await renderPicture(source, recipe, { grid, crs: set.crs }, context);
  if (rendered.kind !== 'picture') return rendered;
  context.signal?.throwIfAborted();
  const startedAt = performance.now();
  const bytes = await encodePicture(rendered.picture, {
    format,
    isFlat: isFlat(recipe),
    ...(quality === undefined ? {} : { quality }),
  });
  context.onStage?.('encode', performance.now() - startedAt);
  return { kind: 'tile', bytes, format, size: grid.width, problems: rendered.problems };
}
