import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gdal, openGdal, type RasterSpec } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

// A mosaic of tiles that GDAL has made, registered where they lie, for tests of what is made of mosaics.

/** The tiles: `across` x `across` squares of UTM zone 33, seamlessly side by side. */
export interface TileSpec extends Omit<RasterSpec, 'width' | 'height' | 'geoTransform' | 'crs' | 'seed'> {
  readonly across: number;
  /** In pixels. */
  readonly side: number;
  /** Columns that the tiles at the right edge have less. */
  readonly narrower?: number;
}

/** Metres. */
export const TILE_RESOLUTION = 10;
export const TILE_ORIGIN: readonly [x: number, y: number] = [600_000, 5_400_000];

/** A server with such tiles, and a mosaic of all of them whose levels are there. */
export interface TiledMosaic {
  /** The newest GDAL first. */
  readonly gdals: readonly Gdal[];
  readonly gdal: Gdal;
  readonly server: TestServer;
  readonly folder: string;
  /** Where the tiles are: `00.tif` and so on, row by row. */
  readonly tilesFolder: string;
  /** Of the tiles, in that order. */
  readonly ids: readonly string[];
  readonly mosaic: string;
  /** Downloads a virtual raster into the folder, sources as paths. @returns its path */
  download(id: string, name: string): Promise<string>;
  close(): Promise<void>;
}

/** Null where there is no GDAL. */
export async function startTiledMosaic(spec: TileSpec): Promise<TiledMosaic | null> {
  const gdals = [await openGdal(), await openGdal('system')].filter((one) => one !== null);
  const [gdal] = gdals;
  if (gdal === undefined) return null;
  const { across, side, narrower = 0, ...raster } = spec;
  const folder = await mkdtemp(join(tmpdir(), 'inlay-tiled-'));
  const tilesFolder = join(folder, 'tiles');
  await mkdir(tilesFolder);
  for (let tile = 0; tile < across * across; tile += 1) {
    const [col, row] = [tile % across, Math.floor(tile / across)];
    const [x, y] = [col * side * TILE_RESOLUTION, row * side * TILE_RESOLUTION];
    await gdal.makeRaster(join(tilesFolder, `${String(tile).padStart(2, '0')}.tif`), {
      ...raster,
      width: col === across - 1 ? side - narrower : side,
      height: side,
      geoTransform: [TILE_ORIGIN[0] + x, TILE_RESOLUTION, 0, TILE_ORIGIN[1] - y, 0, -TILE_RESOLUTION],
      crs: 'EPSG:32633',
      seed: tile + 1,
    });
  }
  const server = await startTestServer({ sourceRoots: [folder] });
  const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { prefix: tilesFolder } });
  assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
  const { body } = await server.call('GET', '/api/datasets/?record_type=raster_dataset&sort=title&limit=1000');
  const ids: string[] = body.datasets.map((dataset: { id: string }) => dataset.id);
  const mosaic = await server.addVrt(ids, { title: 'all of them' });
  await server.settled();
  return {
    gdals,
    gdal,
    server,
    folder,
    tilesFolder,
    ids,
    mosaic,
    async download(id, name) {
      const { body: document } = await server.call('GET', `/api/datasets/${id}/download/vrt?sources=local`);
      const path = join(folder, name);
      await writeFile(path, document);
      return path;
    },
    async close() {
      for (const one of gdals) await one.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
