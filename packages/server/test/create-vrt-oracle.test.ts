import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Gdal, GDAL_IS_ABSENT, type GdalDataset, openGdal } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

// What is created through the API, downloaded and read by GDAL, against what gdalbuildvrt makes of the same files.

const DATA = fileURLToPath(new URL('../../../../shared/data/rasterio-cc0/', import.meta.url));
const GDAL_RESOLUTION = { finest: 'highest', coarsest: 'lowest', average: 'average' } as const;
const STRATEGIES = ['finest', 'coarsest', 'average'] as const;

describe('a virtual raster created through the API', () => {
  let gdal: Gdal | null = null;
  let server: TestServer;
  let folder: string;

  before(async () => {
    gdal = await openGdal();
    folder = await mkdtemp(join(tmpdir(), 'inlay-oracle-'));
    server = await startTestServer();
  });
  after(async () => {
    await gdal?.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Catalogues, creates, downloads with local paths, and compares with gdalbuildvrt of the same files. */
  async function compare(
    oracle: Gdal,
    files: string[],
    vrtType: 'mosaic' | 'band_stack',
    strategy: keyof typeof GDAL_RESOLUTION,
  ): Promise<void> {
    const ids: string[] = [];
    for (const file of files)
      ids.push(await server.addRaster(await readFile(file), { title: file.split('/').at(-1) ?? '' }));
    const created = await server.call('POST', '/api/ingest/vrt/create', {
      json: { source_dataset_ids: ids, vrt_type: vrtType, resolution_strategy: strategy, title: 'oracle' },
    });
    assert.equal(created.status, 202, JSON.stringify(created.body));
    const job = await server.waitForJob(created.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');

    const download = await server.call('GET', `/api/datasets/${job.dataset_id}/download/vrt?sources=local`);
    const ours = join(folder, `${job.id}.vrt`);
    await writeFile(ours, download.body);
    const theirs = join(folder, `${job.id}-gdal.vrt`);
    const stack = vrtType === 'band_stack' ? ['-separate'] : [];
    await oracle.buildvrt(theirs, files, ['-resolution', GDAL_RESOLUTION[strategy], ...stack]);
    assert.deepEqual(await facts(oracle, ours), await facts(oracle, theirs));
    assert.ok(await oracle.sameCrs(ours, theirs));

    // The catalogue says what GDAL sees.
    const dataset = await server.call('GET', `/api/datasets/${job.dataset_id}`);
    const seen = await oracle.describe(ours, false);
    assert.equal(dataset.body.record_type, 'vrt_dataset');
    assert.deepEqual([dataset.body.raster.width, dataset.body.raster.height], [seen.width, seen.height]);
    assert.deepEqual(dataset.body.raster.geotransform, seen.geoTransform);
    assert.deepEqual(
      dataset.body.raster.bands.map((band: { dtype: string }) => band.dtype),
      seen.bands.map((band) => band.dataType),
    );
  }

  for (const strategy of STRATEGIES) {
    it(`of four Landsat pieces, ${strategy}, reads like gdalbuildvrt's`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      if (!existsSync(DATA)) return t.skip('the shared rasters are not beside the repository');
      await compare(
        gdal,
        [1, 2, 3, 4].map((n) => `${DATA}rgb${n}.tif`),
        'mosaic',
        strategy,
      );
    });
  }

  it('of the split bands of one scene, stacked, reads like gdalbuildvrt -separate', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    if (!existsSync(DATA)) return t.skip('the shared rasters are not beside the repository');
    const files: string[] = [];
    for (const band of [1, 2, 3]) {
      const file = join(folder, `band${band}.tif`);
      const whole = await gdal.describe(`${DATA}RGB.byte.tif`, false);
      const values = await gdal.values(`${DATA}RGB.byte.tif`, band);
      await gdal.makeRaster(file, {
        width: whole.width,
        height: whole.height,
        geoTransform: whole.geoTransform ?? [],
        crs: 'EPSG:32618',
        bands: [{ dataType: 'Byte', nodata: 0, values }],
      });
      files.push(file);
    }
    await compare(gdal, files, 'band_stack', 'finest');
  });

  it('of rasters with different nodata gets a value that is data in none of them', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const ids: string[] = [];
    // The first one's nodata is data of the second, and the second one's is data of the first.
    const pixels = [
      [7, 9, 9, 3],
      [9, 7, 7, 5],
    ] as const;
    for (const [index, values] of pixels.entries()) {
      const file = join(folder, `nodata-${index}.tif`);
      await gdal.makeRaster(file, {
        width: 2,
        height: 2,
        geoTransform: [500_000 + 20 * index, 10, 0, 4_000_000, 0, -10],
        crs: 'EPSG:32633',
        bands: [{ dataType: 'Byte', nodata: values[0], values: [...values] }],
      });
      ids.push(await server.addRaster(await readFile(file), { title: `nodata ${values[0]}` }));
    }
    const created = await server.call('POST', '/api/ingest/vrt/create', {
      json: { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'apart' },
    });
    const job = await server.waitForJob(created.body.job_id);
    assert.deepEqual(job.warnings, ['Source "nodata 9" has nodata 9, the first source has nodata 7']);
    const vrt = join(folder, 'apart.vrt');
    const download = await server.call('GET', `/api/datasets/${job.dataset_id}/download/vrt?sources=local`);
    await writeFile(vrt, download.body);
    const [band] = (await gdal.describe(vrt, false)).bands;
    assert.equal(band?.nodata, 0);
    assert.deepEqual([...(await gdal.values(vrt, 1))], [0, 9, 0, 7, 9, 3, 7, 5]);
  });

  for (const strategy of STRATEGIES) {
    it(`of made rasters of mixed resolutions, ${strategy}, reads like gdalbuildvrt's`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      const files: string[] = [];
      for (const [index, resolution] of [10, 20, 15].entries()) {
        const file = join(folder, `mixed-${strategy}-${index}.tif`);
        await gdal.makeRaster(file, {
          width: 61 + index,
          height: 47,
          geoTransform: [500_000 + index * 313.7, resolution, 0, 5_300_000 - index * 97.3, 0, -resolution],
          crs: 'EPSG:32633',
          bands: [
            { dataType: 'UInt16', nodata: 7 },
            { dataType: 'UInt16', nodata: 7 },
          ],
          seed: index + 1,
        });
        files.push(file);
      }
      await compare(gdal, files, 'mosaic', strategy);
    });
  }
});

/** What must be equal: size, georeference, and of each band its properties and checksum. */
async function facts(gdal: Gdal, path: string): Promise<unknown> {
  const seen: GdalDataset = await gdal.describe(path);
  return {
    size: [seen.width, seen.height],
    geoTransform: seen.geoTransform,
    bands: seen.bands.map(
      ({ dataType, nodata, colorInterp, scale, offset, maskFlags, checksum, maskChecksum, pixels }) => ({
        dataType,
        nodata,
        colorInterp,
        scale,
        offset,
        maskFlags,
        checksum,
        maskChecksum,
        pixels,
      }),
    ),
  };
}
