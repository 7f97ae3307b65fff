import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RasterProfile } from '@inlay/geo';
import { fileSource, openRaster, singleFile } from '@inlay/geotiff';
import { writeTiles } from './tiles.ts';

/** The profile of the first tile, without statistics; plain JSON, because no tile has a nodata value. */
export async function readFirstTile(): Promise<RasterProfile> {
  const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
  try {
    const [path = ''] = await writeTiles(folder, 1);
    const raster = await openRaster(singleFile(await fileSource(path)));
    const { profile } = raster;
    await raster.close();
    return { ...profile, statistics: [] };
  } finally {
    await rm(folder, { recursive: true });
  }
}
