import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT, openGdal } from '@inlay/testing';
import { addOverviews } from './gdal-overviews.ts';
import { type Job, startTestServer, type TestServer } from './test-server.ts';

// Coarse levels of a whole mosaic: rendered after it is published, named by its VRT, and read in place of its sources.
// The oracle is GDAL: what gdaladdo makes of the flattened mosaic, and what GDAL reads of the VRT.

const SIDE = 400;
const ACROSS = 6;
const RESOLUTION = 10;
const ORIGIN = [600_000, 5_400_000] as const;
/** Of the mosaic, one column short of whole: levels of odd sizes span it all the same. */
const WIDTH = SIDE * ACROSS - 1;
const HEIGHT = SIDE * ACROSS;
const LEVELS = [
  { width: 600, height: 600 },
  { width: 300, height: 300 },
  { width: 150, height: 150 },
];

describe('rendered levels of a virtual raster', () => {
  let gdals: Gdal[];
  let gdal: Gdal | null;
  let server: TestServer;
  let folder: string;
  let ids: string[];
  let mosaic: string;

  before(async () => {
    const opened = [await openGdal(), await openGdal('system')];
    gdals = opened.filter((one) => one !== null);
    gdal = opened[0]!;
    if (gdal === null) return;
    folder = await mkdtemp(join(tmpdir(), 'inlay-overviews-'));
    await mkdir(join(folder, 'tiles'));
    for (let tile = 0; tile < ACROSS * ACROSS; tile += 1) {
      const [col, row] = [tile % ACROSS, Math.floor(tile / ACROSS)];
      await gdal.makeRaster(join(folder, 'tiles', `${String(tile).padStart(2, '0')}.tif`), {
        width: col === ACROSS - 1 ? SIDE - 1 : SIDE,
        height: SIDE,
        geoTransform: [
          ORIGIN[0] + col * SIDE * RESOLUTION,
          RESOLUTION,
          0,
          ORIGIN[1] - row * SIDE * RESOLUTION,
          0,
          -RESOLUTION,
        ],
        crs: 'EPSG:32633',
        bands: [
          { dataType: 'Byte', nodata: 3 },
          { dataType: 'Byte', nodata: 3 },
          { dataType: 'Byte', nodata: 3 },
        ],
        seed: tile + 1,
        options: ['TILED=YES', 'BLOCKXSIZE=128', 'BLOCKYSIZE=128', 'COMPRESS=DEFLATE'],
      });
    }
    server = await startTestServer({ sourceRoots: [folder] });
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { prefix: join(folder, 'tiles') } });
    assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    const { body } = await server.call('GET', '/api/datasets/?record_type=raster_dataset&sort=title&limit=1000');
    ids = body.datasets.map((dataset: { id: string }) => dataset.id);
    mosaic = await server.addVrt(ids, { title: 'all of them' });
    await server.settled();
  });
  after(async () => {
    for (const one of gdals) await one.close();
    if (server !== undefined) await server.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  async function overviewJobs(id: string): Promise<Job[]> {
    const { body } = await server.call('GET', '/api/jobs?kind=vrt_overviews&limit=1000');
    return body.jobs.filter((job: Job) => job.dataset_id === id);
  }

  async function localVrt(id: string, name: string): Promise<string> {
    const { body } = await server.call('GET', `/api/datasets/${id}/download/vrt?sources=local`);
    const path = join(folder, name);
    await writeFile(path, body);
    return path;
  }

  it('are rendered by a job of their own, down to 256 pixels, and are among those of the dataset', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const [job, ...others] = await overviewJobs(mosaic);
    assert.deepEqual([job?.status, job?.error_message, others.length], ['complete', null, 0]);
    const { body } = await server.call('GET', `/api/datasets/${mosaic}`);
    assert.deepEqual([body.raster.width, body.raster.height], [WIDTH, HEIGHT]);
    assert.deepEqual(body.raster.overviews, LEVELS);
  });

  it('are all offered by the VRT, in GDAL 3.6 and in the newest', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = await localVrt(mosaic, 'levels.vrt');
    for (const one of gdals) {
      const { bands } = await one.describe(path, false);
      const sizes = bands.map(({ overviews }) => overviews);
      const expected = LEVELS.map(({ width, height }) => [width, height]);
      assert.deepEqual(sizes, [expected, expected, expected], one.version);
    }
  });

  it('hold what gdaladdo -r average makes of the flattened mosaic, level by level', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = await localVrt(mosaic, 'averages.vrt');
    const flat = join(folder, 'flat.tif');
    await gdal.translate(path, flat, ['-co', 'TILED=YES']);
    await addOverviews(flat, [4, 8, 16]);
    for (const { width, height } of LEVELS) {
      const whole = [0, 0, WIDTH, HEIGHT] as const;
      const expected = await gdal.read(flat, whole, [width, height], [1, 2, 3]);
      for (const one of gdals) {
        const found = await one.read(path, whole, [width, height], [1, 2, 3]);
        for (const band of [0, 1, 2]) {
          let [differ, most] = [0, 0];
          found[band]!.forEach((value, at) => {
            const d = Math.abs(Number(value) - Number(expected[band]![at]!));
            if (d > 0) differ += 1;
            most = Math.max(most, d);
          });
          console.log(one.version, width, band, differ, most);
        }
      }
    }
  });
});
