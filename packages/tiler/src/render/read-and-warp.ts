import { meshFootprints, meshPositions, type Positions } from '@inlay/geo';
import { type RasterArray, type WarpedRaster, numericBand, warpRaster } from '@inlay/raster';
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
