import { workerData } from 'node:worker_threads';
import { createBlockCache, localRasterFiles, openLevels, openRaster } from '@inlay/geotiff';
import type { RasterArray } from '@inlay/raster';
import {
  encodePicture,
  geotiffPixelSource,
  type PaintPlan,
  paintPicture,
  type PictureGrid,
  type PixelSource,
  type RenderRecipe,
  renderTile,
  serveTasks,
  type TileRequest,
} from '@inlay/tiler';

/** What render.bench.ts has its threads do. */
export type RenderTask =
  /** Everything, from the file on. */
  | { readonly kind: 'tile'; readonly path: string; readonly recipe: RenderRecipe; readonly request: TileRequest }
  /** What is left when the pixels are read. */
  | {
      readonly kind: 'paint';
      readonly recipe: RenderRecipe;
      readonly picture: PictureGrid;
      readonly plan: PaintPlan;
      readonly rasters: readonly RasterArray[];
    };

/** `maxBytes` of decoded blocks that this thread keeps. */
const cache = createBlockCache({ ...(workerData as { maxBytes: number }), inThisThread: true });
const open = new Map<string, Promise<PixelSource>>();

serveTasks(async (task: RenderTask, signal) => {
  const bytes = task.kind === 'tile' ? await tileOf(task, signal) : await paintingOf(task);
  return { result: bytes, transfer: [bytes.buffer] };
});

async function tileOf(
  { path, recipe, request }: Extract<RenderTask, { kind: 'tile' }>,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  let source = open.get(path);
  if (source === undefined) {
    source = openSource(path);
    open.set(path, source);
  }
  const tile = await renderTile(await source, recipe, request, { signal });
  return tile.kind === 'tile' ? tile.bytes : new Uint8Array(0);
}

async function openSource(path: string): Promise<PixelSource> {
  const raster = await openRaster(await localRasterFiles(path));
  return geotiffPixelSource(raster.profile, await openLevels(raster), { cache })!;
}

async function paintingOf({ recipe, picture, plan, rasters }: Extract<RenderTask, { kind: 'paint' }>) {
  return encodePicture(paintPicture(recipe, picture, plan, rasters), { format: 'png', isFlat: false });
}
