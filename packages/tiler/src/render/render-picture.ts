import { type Affine, type Crs, type PixelGrid, compose, groundResolution } from '@inlay/geo';
import { giveBack } from '@inlay/geotiff';
import type { NearestList, Picture, RasterArray, WarpedRaster } from '@inlay/raster';
import { type PaintPlan, type PictureGrid, type TilePlan, planTile } from '../plan-tile.ts';
import type { PixelSource, ReadProblem } from '../pixel-source.ts';
import { type GroundSteps, bufferOf, paintRecipe } from './paint-recipe.ts';
import { pickRgb, placeRgb, plainRgb } from './pick-rgb.ts';
import { listPixels, placeListed, readListed, readPlanned, warpPlanned } from './read-and-warp.ts';
import type { RenderRecipe } from './recipe.ts';

/** Steps of rendering, in order. */
export type RenderStage = 'plan' | 'read' | 'warp' | 'paint' | 'encode';

/** How a picture is rendered. */
export interface RenderContext {
  readonly signal?: AbortSignal | undefined;
  /** Told how long each step took, in milliseconds. */
  readonly onStage?: (stage: RenderStage, milliseconds: number) => void;
}

/** A picture, or why there is none. */
export type RenderedPicture =
  | {
      readonly kind: 'picture';
      readonly picture: Picture;
      /** What could not be read and is transparent: see `WindowRead`. */
      readonly problems: readonly ReadProblem[];
    }
  /** Nothing of the raster is there. */
  | { readonly kind: 'outside' }
  /** The raster's CRS cannot be expressed in the picture's. */
  | { readonly kind: 'unplaceable'; readonly reason: string };

/** The plan of a picture, with the pixels around it that a recipe needs. */
export function planPicture(
  source: Pick<PixelSource, 'grid' | 'crs' | 'levels'>,
  recipe: RenderRecipe,
  picture: PictureGrid,
): TilePlan {
  return planTile(source, withBuffer(recipe, picture), recipe);
}

/**
 * The picture of what a plan asked for: no reading, no waiting, plain data in and out, so that it can be left to another
 * thread. `rasters[i]` is what `plan.reads[i]` asked for.
 */
export function paintPicture(
  recipe: RenderRecipe,
  picture: PictureGrid,
  plan: PaintPlan,
  rasters: readonly RasterArray[],
  onStage?: RenderContext['onStage'],
): Picture {
  const finish = stopwatch(onStage);
  const warped = warpPlanned(plan, rasters, recipe);
  finish('warp');
  const painted = paintWarped(recipe, picture, warped);
  finish('paint');
  return painted;
}

/** What was read is used up by the warp, but for arrays that it took over. */
function giveBackRasters(
  rasters: readonly RasterArray[],
  { bands, valid }: Pick<WarpedRaster, 'bands' | 'valid'>,
): void {
  const kept = new Set<unknown>([...bands, ...valid]);
  for (const { bands: read, mask } of rasters) {
    for (const samples of mask === null ? read : [...read, mask]) if (!kept.has(samples)) giveBack(samples);
  }
}

function paintWarped(recipe: RenderRecipe, picture: PictureGrid, warped: WarpedRaster): Picture {
  const { grid, crs } = withBuffer(recipe, picture);
  return paintRecipe(recipe, warped, bufferOf(recipe) === 0 ? null : groundSteps(grid, crs));
}

/**
 * Renders a raster on any grid: a tile, a preview, a crop.
 * @throws what the source throws; the signal's reason when aborted.
 */
export async function renderPicture(
  source: PixelSource,
  recipe: RenderRecipe,
  picture: PictureGrid,
  { signal, onStage }: RenderContext = {},
): Promise<RenderedPicture> {
  const finish = stopwatch(onStage);
  const plan = planPicture(source, recipe, picture);
  const lists = plan.kind === 'paint' ? listPixels(plan, recipe) : null;
  finish('plan');
  if (plan.kind !== 'paint') return plan;
  signal?.throwIfAborted();
  const reads = await (lists === null
    ? readPlanned(source, plan, recipe, signal)
    : readListed(source, plan, lists, recipe, signal));
  finish('read');
  signal?.throwIfAborted();
  const rasters = reads.map(({ raster }) => raster);
  const problems = reads.flatMap(({ problems: found }) => found);
  const plain = paintPlain(plan, lists, rasters, recipe);
  if (plain !== null) {
    finish('warp');
    giveBackRasters(rasters, { bands: [], valid: [] });
    finish('paint');
    return { kind: 'picture', picture: plain, problems };
  }
  const warped = lists === null ? warpPlanned(plan, rasters, recipe) : placeListed(plan, lists, rasters, recipe);
  finish('warp');
  giveBackRasters(rasters, warped);
  const painted = paintWarped(recipe, picture, warped);
  for (const samples of warped.bands) giveBack(samples);
  finish('paint');
  return { kind: 'picture', picture: painted, problems };
}

/** The picture in one go where it is one of bytes as they are; null for all others. */
function paintPlain(
  plan: PaintPlan,
  lists: readonly NearestList[] | null,
  rasters: readonly RasterArray[],
  recipe: RenderRecipe,
): Picture | null {
  const offsets = plan.reads.length === 1 ? plainRgb(recipe) : null;
  if (offsets === null) return null;
  return lists === null
    ? pickRgb(plan, plan.reads[0]!, rasters[0]!, offsets)
    : placeRgb(plan, lists[0]!, rasters[0]!, offsets);
}

/** Tells how long it has been since the last step ended. */
function stopwatch(onStage: RenderContext['onStage']): (stage: RenderStage) => void {
  let last = performance.now();
  return (stage) => {
    const now = performance.now();
    onStage?.(stage, now - last);
    last = now;
  };
}

function withBuffer(recipe: RenderRecipe, picture: PictureGrid): PictureGrid {
  const buffer = bufferOf(recipe);
  return buffer === 0 ? picture : { crs: picture.crs, grid: grow(picture.grid, buffer) };
}

/** The grid with so many pixels more on each side. */
function grow({ affine, width, height }: PixelGrid, buffer: number): PixelGrid {
  const shift: Affine = [1, 0, -buffer, 0, 1, -buffer];
  return { affine: compose(affine, shift), width: width + 2 * buffer, height: height + 2 * buffer };
}

/** Rows between those whose ground resolution is computed. */
const ROW_STEP = 16;

/**
 * The ground resolution of each row, in its middle. Where a row has none (beyond the poles, or without longitudes) the
 * CRS's own units count.
 */
function groundSteps({ affine, width, height }: PixelGrid, crs: Crs): GroundSteps {
  const at = (row: number): { readonly x: number; readonly y: number } =>
    groundResolution(affine, crs, width / 2, row + 0.5) ?? {
      x: Math.hypot(affine[0], affine[3]) * crs.unit.factor,
      y: Math.hypot(affine[1], affine[4]) * crs.unit.factor,
    };
  const metresX = new Float64Array(height);
  const metresY = new Float64Array(height);
  for (let start = 0; start < height; start += ROW_STEP) {
    const end = Math.min(height - 1, start + ROW_STEP);
    const [first, last] = [at(start), at(end)];
    for (let row = start; row <= end; row++) {
      const share = end === start ? 0 : (row - start) / (end - start);
      metresX[row] = first.x + (last.x - first.x) * share;
      metresY[row] = first.y + (last.y - first.y) * share;
    }
  }
  return { metresX, metresY };
}
