import { meshFootprints, meshPositions, type Positions } from '@inlay/geo';
import { giveBack } from '@inlay/geotiff';
import {
  type NearestList,
  type RasterArray,
  type WarpedRaster,
  nearestList,
  numericBand,
  pickListed,
  placePixels,
  warpRaster,
} from '@inlay/raster';
import type { PixelSource, WindowRead } from '../pixel-source.ts';
import type { PaintPlan, PlannedRead } from '../plan-tile.ts';
import type { RenderRecipe } from './recipe.ts';

/** What reading and warping need of a recipe. */
export type WarpRecipe = Pick<RenderRecipe, 'bands' | 'nodata' | 'alpha' | 'kernel'>;

/** Reads the windows of a plan, all at once. */
export function readPlanned(
  source: PixelSource,
  plan: PaintPlan,
  recipe: WarpRecipe,
  signal: AbortSignal | undefined,
): Promise<WindowRead[]> {
  return Promise.all(plan.reads.map(({ request }) => source.readWindow({ ...request, bands: recipe.bands }, signal)));
}

/** Windows of so many pixels for each of the picture's are not read as a whole where the nearest pixels are enough. */
const LISTED_OVERSAMPLING = 4;

/** The pixels that each read of a plan takes, where they are few of their windows; else null. */
export function listPixels(plan: PaintPlan, { kernel }: WarpRecipe): readonly NearestList[] | null {
  const most = LISTED_OVERSAMPLING * plan.width * plan.height;
  if (kernel !== 'nearest' || plan.reads.every(({ levelPixels }) => levelPixels <= most)) return null;
  return plan.reads.map(({ mesh, scaling, request }) =>
    nearestList(meshPositions(mesh, scaling, positionsOfSize(mesh)), request),
  );
}

/** Reads listed pixels, one row a read: one by one where that is what the source can, else out of their window. */
export function readListed(
  source: PixelSource,
  plan: PaintPlan,
  lists: readonly NearestList[],
  { bands }: WarpRecipe,
  signal: AbortSignal | undefined,
): Promise<WindowRead[]> {
  return Promise.all(
    plan.reads.map(async ({ request: window, levelPixels }, i) => {
      const request = { ...window, bands };
      const isWhole = request.width * request.height === levelPixels;
      const picked = isWhole ? await source.readPixels?.(request, lists[i]!, signal) : null;
      if (picked !== null && picked !== undefined) return picked;
      const { raster, problems } = await source.readWindow(request, signal);
      return { raster: pickListed(raster, lists[i]!), problems };
    }),
  );
}

/** Puts listed pixels in their places: `rasters[i]` is of `lists[i]`, which is used up. */
export function placeListed(
  { width, height }: PaintPlan,
  lists: readonly NearestList[],
  rasters: readonly RasterArray[],
  recipe: WarpRecipe,
): WarpedRaster {
  const { nodata } = recipe;
  const parts = lists.map(({ places, cols, rows }, i) => {
    const placed = placePixels(withAlphaAsMask(rasters[i]!, recipe), places, { width, height, nodata });
    for (const list of [places, cols, rows]) if (list !== null) giveBack(list);
    return placed;
  });
  return parts.reduce((whole, part) => fillGaps(whole, part));
}

/** Takes what was read to the picture's grid: `rasters[i]` is what `plan.reads[i]` asked for. */
export function warpPlanned(plan: PaintPlan, rasters: readonly RasterArray[], recipe: WarpRecipe): WarpedRaster {
  const parts = plan.reads.map((read, i) => warpOne(read, rasters[i]!, recipe));
  return parts.reduce((whole, part) => fillGaps(whole, part));
}

function warpOne({ mesh, scaling, scale }: PlannedRead, raster: RasterArray, recipe: WarpRecipe): WarpedRaster {
  const { kernel, nodata } = recipe;
  return warpRaster(withAlphaAsMask(raster, recipe), {
    kernel,
    nodata,
    scale,
    positions: meshPositions(mesh, scaling, positionsOfSize(mesh)),
    ...(kernel === 'average' || kernel === 'mode'
      ? { footprints: meshFootprints(mesh, scaling, { halfCol: scale[0] / 2, halfRow: scale[1] / 2 }) }
      : {}),
  });
}

/** The last picture's positions, which nobody looks at any more: a warp ends before anything else begins. */
let lastPositions: Positions = { width: 0, height: 0, cols: new Float64Array(), rows: new Float64Array() };

/** Positions are kept from picture to picture up to this size: 512 x 512 pixels. */
const KEPT_POSITIONS = 2 ** 18;

function positionsOfSize({ width, height }: { readonly width: number; readonly height: number }): Positions {
  if (lastPositions.width === width && lastPositions.height === height) return lastPositions;
  const count = width * height;
  const positions = { width, height, cols: new Float64Array(count), rows: new Float64Array(count) };
  if (count <= KEPT_POSITIONS) lastPositions = positions;
  return positions;
}

/** Colours under full transparency are leftovers: they take no part in any mean. */
function withAlphaAsMask(raster: RasterArray, { alpha, bands }: WarpRecipe): RasterArray {
  if (alpha === null) return raster;
  const opacity = numericBand(raster, bands.indexOf(alpha.band));
  const mask = new Uint8Array(opacity.length);
  for (let i = 0; i < mask.length; i++)
    mask[i] = opacity[i] !== 0 && (raster.mask === null || raster.mask[i] !== 0) ? 1 : 0;
  return { ...raster, mask };
}

/** The first raster, completed by the second where it has nothing. */
function fillGaps(whole: WarpedRaster, part: WarpedRaster): WarpedRaster {
  const bands = whole.bands.map((band, index) => {
    const [valid, from, fromValid] = [whole.valid[index]!, part.bands[index]!, part.valid[index]!];
    const filled = band.slice();
    for (let i = 0; i < filled.length; i++) if (valid[i] === 0 && fromValid[i] !== 0) filled[i] = from[i]!;
    return filled;
  });
  const valid = whole.valid.map((mask, index) => {
    const other = part.valid[index]!;
    return mask.map((value, i) => (value !== 0 || other[i] !== 0 ? 1 : 0));
  });
  return { ...whole, bands, valid };
}
