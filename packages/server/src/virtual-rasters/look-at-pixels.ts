import { BYTE_STRETCH } from '@inlay/raster';
import type { RenderRecipe } from '@inlay/tiler';
import { MAX_SUMMARIZED_BANDS, STORED_BINS, STORED_PERCENTILES, toStored } from '../catalog/band-summaries.ts';
import { QUICKLOOK_SIZE } from '../catalog/quicklook.ts';
import type { QuicklookFacts, StoredStatistics } from '../db/tables.ts';
import { wholeGrid } from '../pixels/picture-grids.ts';
import type { PixelThreads } from '../pixels/pixel-threads.ts';
import { inOwnPlace } from '../pixels/placed-raster.ts';
import type { RasterSource } from '../pixels/raster-source.ts';

// What is found out of a virtual raster by reading it, in the threads that read for maps, too.

/** Statistics of its bands, as they are stored; null for a band without a valid pixel, and beyond the first 64. */
export async function readStatistics(
  threads: PixelThreads,
  source: RasterSource,
  signal: AbortSignal,
): Promise<(StoredStatistics | null)[]> {
  const bands = source.layout.bands.slice(0, MAX_SUMMARIZED_BANDS).map((_, bandOffset) => bandOffset + 1);
  const what = { bands, nodata: undefined, percentiles: STORED_PERCENTILES, bins: STORED_BINS };
  const answers = await threads.run({ kind: 'statistics', source, ...what }, signal);
  return source.layout.bands.map((_, bandOffset) => {
    const answer = answers[bandOffset] ?? null;
    return answer === null ? null : toStored(answer);
  });
}

/** A thumbnail. */
export interface DrawnThumbnail {
  readonly png: Uint8Array;
  readonly facts: QuicklookFacts;
  /** Why parts of it are transparent that should not be; mostly empty. */
  readonly problems: readonly string[];
}

/** The whole raster as a map shows it where nothing is asked for; null where it has no pixel to be shown. */
export async function drawThumbnail(
  threads: PixelThreads,
  source: RasterSource,
  signal: AbortSignal,
): Promise<DrawnThumbnail | null> {
  const options = { resampling: 'average' } as const;
  const { recipe } = await threads.run({ kind: 'recipe', source, options }, signal);
  const placed = inOwnPlace(source);
  const picture = wholeGrid(placed, placed.crs, { maxSize: QUICKLOOK_SIZE });
  if (recipe === null || picture === null) return null;
  const task = { kind: 'picture', source, recipe, picture, format: 'png', shape: null } as const;
  const answer = await threads.run(task, signal);
  if (answer.kind !== 'picture') return null;
  const { width, height } = picture.grid;
  return { png: answer.bytes, facts: { width, height, stretch: stretchOf(recipe) }, problems: answer.read.problems };
}

/** How its bytes came of the values; palettes have their own colours. */
function stretchOf({ paint }: RenderRecipe): QuicklookFacts['stretch'] {
  if (paint.kind === 'stretch') return [...paint.stretches];
  return [BYTE_STRETCH, BYTE_STRETCH, BYTE_STRETCH];
}
