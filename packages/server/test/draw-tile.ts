import type { TileIndex, TileMatrixSet } from '@inlay/geo';
import { type GeoTiffRaster, openLevels } from '@inlay/geotiff';
import { geotiffPixelSource, parseRenderOptions, prepareRecipe, renderTile } from '@inlay/tiler';

/** A tile of an open raster, straight from the renderer. */
export async function drawTile(
  raster: GeoTiffRaster,
  set: TileMatrixSet,
  tile: TileIndex,
  {
    size,
    format = 'png',
    query = {},
  }: { size?: number; format?: 'png' | 'webp' | 'jpg'; query?: Record<string, string> } = {},
): Promise<Buffer> {
  const source = geotiffPixelSource(raster.profile, await openLevels(raster));
  const { options } = parseRenderOptions(query);
  if (source === null || options === null) throw new Error('cannot be drawn');
  const { recipe } = await prepareRecipe(source, options);
  if (recipe === null) throw new Error('cannot be drawn like that');
  const drawn = await renderTile(source, recipe, { set, tile, format, ...(size === undefined ? {} : { size }) });
  if (drawn.kind !== 'tile') throw new Error(drawn.kind);
  return Buffer.from(drawn.bytes);
}
