import {
  type ImageFormat,
  type PictureGrid,
  type PreparedRecipe,
  type RenderOptions,
  type RenderRecipe,
} from '@inlay/tiler';
import { ValidationError } from '../error.ts';
import { optionsKey } from './render-key.ts';
import type { PictureAnswer, PictureShape } from './pixel-task.ts';
import type { PixelThreads } from './pixel-threads.ts';
import type { RasterSource } from './raster-source.ts';
import { createSharedCache, type Provenance } from './shared-cache.ts';

/** A picture to draw. */
export interface PictureRequest {
  /** `pictureKey` of the rest. */
  readonly key: string;
  readonly source: RasterSource;
  readonly options: RenderOptions;
  readonly picture: PictureGrid;
  readonly format: ImageFormat;
  readonly shape: PictureShape | null;
}

/** A picture and how it was come by. */
export interface DrawnPicture {
  readonly answer: PictureAnswer;
  readonly provenance: Provenance;
  /** Milliseconds until it was there, and those of deciding how the raster is shown; null where that was known. */
  readonly totalMs: number;
  readonly recipeMs: number | null;
}

/** Draws pictures of rasters, each once for all who ask for it, and keeps them. */
export interface Pictures {
  /** How a raster is shown. @throws ValidationError where it cannot be shown like that; as {@link PixelThreads.run} */
  recipe(source: RasterSource, options: RenderOptions, signal: AbortSignal): Promise<RenderRecipe>;
  /** @throws as {@link recipe} */
  draw(request: PictureRequest, signal: AbortSignal): Promise<DrawnPicture>;
}

/** Of recipes: some ten thousand. */
const RECIPE_BYTES = 16 * 2 ** 20;

export function createPictures(threads: PixelThreads, { cacheBytes }: { readonly cacheBytes: number }): Pictures {
  const recipes = createSharedCache<PreparedRecipe>({
    maxBytes: RECIPE_BYTES,
    bytesOf: (prepared) => 2 * JSON.stringify(prepared, bigintsAsText).length,
  });
  const drawn = createSharedCache<PictureAnswer>({
    maxBytes: cacheBytes,
    bytesOf: (answer) => (answer.kind === 'picture' ? answer.bytes.byteLength : 0),
    // What is missing may be back for the next one.
    mayKeep: (answer) => answer.kind !== 'picture' || answer.read.problems.length === 0,
  });

  async function recipe(source: RasterSource, options: RenderOptions, signal: AbortSignal): Promise<RenderRecipe> {
    const key = `${source.key} ${optionsKey(options)}`;
    const { value } = await recipes.obtain(
      key,
      (ownSignal) => threads.run({ kind: 'recipe', source, options }, ownSignal),
      signal,
    );
    if (value.recipe !== null) return value.recipe;
    throw new ValidationError(
      value.problems.map(({ loc, msg, type, input }) => ({ loc: ['query', ...loc], msg, type, input: input ?? null })),
    );
  }

  return {
    recipe,
    async draw({ key, source, options, picture, format, shape }, signal) {
      const startedAt = performance.now();
      let recipeMs: number | null = null;
      const { value, provenance } = await drawn.obtain(
        key,
        async (ownSignal) => {
          const decided = await recipe(source, options, ownSignal);
          recipeMs = performance.now() - startedAt;
          // What its statistics were for is decided; sending them along would cost more than it takes to send the rest.
          const known = { ...source, statistics: [] };
          return await threads.run(
            { kind: 'picture', source: known, recipe: decided, picture, format, shape },
            ownSignal,
            regionOf(source.datasetId, picture),
          );
        },
        signal,
      );
      return { answer: value, provenance, totalMs: performance.now() - startedAt, recipeMs };
    },
  };
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Pictures of one scale in a square of so many a side are drawn by one thread: it has decoded what their edges share. */
const REGION_PICTURES = 4;

/** A number for the part of a raster that a picture shows, the same for its neighbours of the same scale. */
function regionOf(datasetId: string, { grid: { affine, width, height } }: PictureGrid): number {
  const [a, , c, , e, f] = affine;
  const col = Math.floor(c / (REGION_PICTURES * width * a));
  const row = Math.floor(f / (REGION_PICTURES * height * e));
  let hash = Number.parseInt(datasetId.slice(0, 8), 16);
  for (const part of [col, row, Math.round(Math.log2(Math.abs(a)))]) hash = Math.imul(hash ^ part, 0x9e3779b1);
  // The upper bits: the lower ones of a product depend on fewer of its factor's.
  return hash >>> 16;
}
