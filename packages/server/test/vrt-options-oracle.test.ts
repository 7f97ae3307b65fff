import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Gdal, GDAL_IS_ABSENT, openGdal, type RasterSpec } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

const run = promisify(execFile);

/** The program of the GDAL that the tests compare with. */
async function gdalwarp(args: readonly string[]): Promise<void> {
  const folder = process.env['INLAY_TEST_GDAL_BIN'];
  await run(folder === undefined || folder === '' ? 'gdalwarp' : join(folder, 'gdalwarp'), [...args]);
}

// Each option of create from HTTP to the pixels that GDAL reads in the downloaded VRT, against the GDAL program that has
// the same option.

describe('an option of create', () => {
  let gdal: Gdal | null = null;
  let server: TestServer;
  let folder: string;
  /** Overlapping rasters of 10 and 20 m, two bands each, their corners between each other's pixels. */
  let files: string[];
  let ids: string[];

  before(async () => {
    gdal = await openGdal();
    folder = await mkdtemp(join(tmpdir(), 'inlay-options-'));
    server = await startTestServer();
    if (gdal === null) return;
    files = [];
    ids = [];
    for (const [index, resolution] of [10, 20, 10].entries()) {
      const file = join(folder, `source${index}.tif`);
      await gdal.makeRaster(file, {
        width: 40 + index,
        height: 36,
        geoTransform: [500_003 + index * 207.3, resolution, 0, 5_300_001 - index * 97.7, 0, -resolution],
        crs: 'EPSG:32633',
        bands: [
          { dataType: 'UInt16', nodata: 7, description: 'red' },
          { dataType: 'UInt16', nodata: 7, description: 'nir' },
        ],
        seed: index + 1,
      });
      files.push(file);
      ids.push(await server.addRaster(await readFile(file), { title: `source ${index}` }));
    }
  });
  after(async () => {
    await gdal?.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Creates, waits, downloads with local paths: the path of the VRT, and what the catalogue says of it. */
  async function build(request: object) {
    const json = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'x', ...request };
    const created = await server.call('POST', '/api/ingest/vrt/create', { json });
    assert.equal(created.status, 202, JSON.stringify(created.body));
    const job = await server.waitForJob(created.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const path = join(folder, `${job.id}.vrt`);
    const download = await server.call('GET', `/api/datasets/${job.dataset_id}/download/vrt?sources=local`);
    await writeFile(path, download.body);
    const dataset = (await server.call('GET', `/api/datasets/${job.dataset_id}`)).body;
    const checked = await server.call('POST', '/api/ingest/vrt/validate', { json });
    return { path, dataset, job, download, plan: checked.body.plan };
  }

  /** What GDAL sees: size, place, and of each band what it is and its pixels. */
  async function seen(oracle: Gdal, path: string): Promise<unknown> {
    const { width, height, geoTransform, bands } = await oracle.describe(path);
    return {
      size: [width, height],
      geoTransform,
      bands: bands.map(({ dataType, nodata, colorInterp, pixels, maskPixels }) => ({
        dataType,
        nodata,
        colorInterp,
        pixels,
        maskPixels,
      })),
    };
  }

  const LIKE_GDALBUILDVRT: readonly [name: string, options: object, args: readonly string[]][] = [
    ['resampling', { resampling: 'bilinear' }, ['-r', 'bilinear', '-resolution', 'highest']],
    ['resolution', { resolution: 15 }, ['-tr', '15', '15']],
    ['resolution of x and y', { resolution: [30, 12.5] }, ['-tr', '30', '12.5']],
    ['align', { resolution: 20, align: true }, ['-tr', '20', '20', '-tap']],
    [
      'bounds',
      { bounds: [500_100, 5_299_700, 500_500, 5_299_950] },
      ['-te', '500100', '5299700', '500500', '5299950', '-resolution', 'highest'],
    ],
    ['bands', { bands: [2, 1] }, ['-b', '2', '-b', '1', '-resolution', 'highest']],
    ['bands by name', { bands: ['nir', 'RED'] }, ['-b', '2', '-b', '1', '-resolution', 'highest']],
    ['pixel_function "last"', { pixel_function: 'last' }, ['-resolution', 'highest']],
    ['nodata', { nodata: 65_535 }, ['-vrtnodata', '65535', '-resolution', 'highest']],
    ['nodata by band', { nodata: [0, '9'] }, ['-vrtnodata', '0 9', '-resolution', 'highest']],
    ['nodata "none"', { nodata: 'none' }, ['-vrtnodata', 'none', '-resolution', 'highest']],
  ];
  for (const [name, options, args] of LIKE_GDALBUILDVRT) {
    it(`${name} has the pixels of gdalbuildvrt ${args.join(' ')}`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      const { path, dataset, plan } = await build(options);
      const theirs = join(folder, `${dataset.id}-gdal.vrt`);
      await gdal.buildvrt(theirs, files, args);
      assert.deepEqual(await seen(gdal, path), await seen(gdal, theirs));

      // The catalogue and the dry run say what GDAL sees, and the catalogue what it was built with.
      const { width, height, geoTransform, bands } = await gdal.describe(theirs, false);
      assert.deepEqual([dataset.raster.width, dataset.raster.height], [width, height]);
      assert.deepEqual(dataset.raster.geotransform, geoTransform);
      assert.deepEqual([plan.width, plan.height], [width, height]);
      assert.deepEqual(
        plan.bands.map((band: { dtype: string; nodata: unknown }) => [band.dtype, band.nodata]),
        bands.map((band) => [band.dataType, band.nodata]),
      );
      assert.deepEqual(dataset.raster.options, options);
      assert.equal(dataset.raster.requires_gdal, null);
      const { body } = await server.call('GET', `/api/datasets/${dataset.id}/vrt/generations/`);
      assert.deepEqual(body.generations[0].options, options);
    });
  }

  const ORDERS: readonly [order: string, facts: readonly object[], bottomToTop: readonly number[]][] = [
    [
      'datetime',
      [
        { datetime: '2026-06-03T00:00:00Z' },
        { datetime: '2026-06-01T00:00:00Z' },
        { datetime: '2026-06-02T00:00:00Z' },
      ],
      [1, 2, 0],
    ],
    ['cloud_cover', [{ cloud_cover: 0 }, { cloud_cover: null }, { cloud_cover: 90.5 }], [1, 2, 0]],
    ['resolution', [], [1, 0, 2]],
  ];
  for (const [order, facts, bottomToTop] of ORDERS) {
    it(`source_order ${order} has the pixels of gdalbuildvrt with the files in that order`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      for (const [index, json] of facts.entries()) await server.call('PATCH', `/api/datasets/${ids[index]}`, { json });
      const { path, dataset, job } = await build({ source_order: order });
      const theirs = join(folder, `${dataset.id}-gdal.vrt`);
      const ordered = bottomToTop.map((index) => files[index] ?? '');
      await gdal.buildvrt(theirs, ordered, ['-resolution', 'highest']);
      assert.deepEqual(await seen(gdal, path), await seen(gdal, theirs));
      const { body } = await server.call('GET', `/api/datasets/${dataset.id}/vrt-sources/`);
      assert.deepEqual(
        body.sources.map((source: { dataset_id: string; position: number }) => [source.dataset_id, source.position]),
        bottomToTop.map((index, position) => [ids[index], position]),
      );
      const unknown = 'The cloud_cover of "source 1" is not known: it lies beneath all others.';
      assert.deepEqual(
        job.warnings.filter((warning) => warning.includes('not known')),
        order === 'cloud_cover' ? [unknown] : [],
      );
    });
  }

  it('source_order is decided when the request is accepted, and the thumbnail repeats it', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    for (const [index, id] of ids.entries()) {
      await server.call('PATCH', `/api/datasets/${id}`, { json: { datetime: `2026-06-0${3 - index}T00:00:00Z` } });
    }
    const { dataset } = await build({ source_order: 'datetime' });
    for (const id of ids) await server.call('PATCH', `/api/datasets/${id}`, { json: { datetime: null } });
    await server.settled();
    const { body } = await server.call('GET', `/api/datasets/${dataset.id}/vrt-sources/`);
    assert.deepEqual(
      body.sources.map((source: { dataset_id: string }) => source.dataset_id),
      ids.toReversed(),
    );
    assert.equal((await server.call('GET', `/api/datasets/${dataset.id}/quicklook`)).status, 200);
  });

  it('pixel_function "first" has the pixels of gdalbuildvrt with the files in reverse order', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const { path, dataset } = await build({ pixel_function: 'first' });
    const theirs = join(folder, `${dataset.id}-gdal.vrt`);
    await gdal.buildvrt(theirs, files.toReversed(), ['-resolution', 'highest']);
    assert.deepEqual(await seen(gdal, path), await seen(gdal, theirs));
    assert.equal(dataset.raster.requires_gdal, null);
  });

  for (const name of ['min', 'max', 'mean', 'median'] as const) {
    it(`pixel_function ${name} has the pixels of gdalbuildvrt -pixel-function, and says which GDAL it needs`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      if (/^3\.([6-9]|1[01])\./.test(gdal.version)) return t.skip('needs GDAL 3.12: set INLAY_TEST_GDAL_BIN');
      const { path, dataset, job, download, plan } = await build({ pixel_function: name });
      const theirs = join(folder, `${dataset.id}-gdal.vrt`);
      await gdal.buildvrt(theirs, files, ['-resolution', 'highest', '-pixel-function', name]);
      assert.deepEqual(await seen(gdal, path), await seen(gdal, theirs));
      const needed = name === 'min' || name === 'max' ? '3.8' : '3.12';
      assert.deepEqual([dataset.raster.requires_gdal, plan.requires_gdal], [needed, needed]);
      assert.equal(download.headers.get('x-requires-gdal'), needed);
      assert.ok(job.warnings.includes(`GDAL ${needed} or newer is needed to read it as it is meant.`));
      const { body } = await server.call('GET', `/api/datasets/${dataset.id}/vrt/generations/`);
      assert.equal(body.generations[0].requires_gdal, needed);
    });
  }

  const TYPES = [
    ['promote', 'Int32'],
    ['Float64', 'Float64'],
  ] as const;
  for (const [dtype, expected] of TYPES) {
    it(`dtype ${dtype} makes ${expected} of bytes, Int16 and UInt16, with all their values`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      const converted: string[] = [];
      const mixed: string[] = [];
      for (const [index, dataType] of (['Byte', 'Int16', 'UInt16'] as const).entries()) {
        const least = [0, -32_768, 65_000][index] ?? 0;
        const spec = (type: typeof dataType | typeof expected): RasterSpec => ({
          width: 20,
          height: 10,
          geoTransform: [500_000 + 150 * index, 10, 0, 5_300_000, 0, -10],
          crs: 'EPSG:32633',
          bands: [{ dataType: type, values: Array.from({ length: 200 }, (_, pixel) => least + pixel) }],
        });
        const [own, as] = ['own', 'as'].map((name) => join(folder, `${dtype}-${name}${index}.tif`));
        await gdal.makeRaster(own ?? '', spec(dataType));
        await gdal.makeRaster(as ?? '', spec(expected));
        mixed.push(await server.addRaster(await readFile(own ?? '')));
        converted.push(as ?? '');
      }
      const refused = await server.call('POST', '/api/ingest/vrt/validate', {
        json: { source_dataset_ids: mixed, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'x' },
      });
      assert.deepEqual(refused.body.problems[0].type, 'dtype_mismatch');
      const { path, plan } = await build({ source_dataset_ids: mixed, dtype });
      const theirs = join(folder, `${dtype}-gdal.vrt`);
      await gdal.buildvrt(theirs, converted, ['-resolution', 'highest']);
      assert.deepEqual(await seen(gdal, path), await seen(gdal, theirs));
      assert.equal(plan.bands[0].dtype, expected);
    });
  }

  it('size_rounding "contain" is as wide and high as the sources and cuts nothing off', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const sizeOf = async (options: object): Promise<number[]> => {
      const { plan } = await build({ source_dataset_ids: ids.slice(0, 1).concat(ids[2] ?? ''), ...options });
      return [plan.width, plan.height];
    };
    // 834.6 x 555.4 m, by 30 m: 27.82 x 18.51 pixels; by 100 m: 8.35 x 5.55.
    assert.deepEqual(await sizeOf({ resolution: 100 }), [8, 6]);
    assert.deepEqual(await sizeOf({ resolution: 100, size_rounding: 'contain' }), [9, 6]);
  });

  it('snap moves sources onto the grid of the first one, pixel by pixel', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const sent = [ids[0] ?? '', ids[2] ?? ''];
    const { path } = await build({ source_dataset_ids: sent, snap: true });
    // Its corner is 41.46 and 19.54 pixels away from the first one's.
    const { width } = await gdal.describe(path, false);
    const whole = await gdal.values(path, 1);
    const source = await gdal.values(files[2] ?? '', 1);
    const covered = await gdal.values(files[0] ?? '', 1);
    assert.equal(covered.length, 40 * 36);
    const pixels = Array.from(source, (value, pixel) => [
      value,
      whole[(20 + Math.trunc(pixel / 42)) * width + 41 + (pixel % 42)],
    ]);
    assert.deepEqual(
      pixels.map(([, shown]) => shown),
      pixels.map(([value]) => value),
    );
  });

  for (const [how, resampling] of [
    ['near', undefined],
    ['bilinear', 'bilinear'],
  ] as const) {
    it(`crs has the pixels of gdalwarp -et 0 -r ${how} of rasters of two zones, one of them rotated`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      const mixed: string[] = [];
      const mixedIds: string[] = [];
      const places: [epsg: number, geoTransform: number[]][] = [
        [32633, [499_000, 10, 0, 5_300_000, 0, -10]],
        [32632, [948_000, 20, 0, 5_318_000, 0, -20]],
        [32633, [499_500, 8, 3, 5_299_700, 3, -8]],
      ];
      for (const [index, [epsg, geoTransform]] of places.entries()) {
        const file = join(folder, `zone-${how}-${index}.tif`);
        await gdal.makeRaster(file, {
          width: 60,
          height: 50,
          geoTransform,
          crs: `EPSG:${epsg}`,
          bands: [{ dataType: 'Byte', nodata: 0 }],
          seed: index + 20,
        });
        mixed.push(file);
        mixedIds.push(await server.addRaster(await readFile(file), { title: `zone ${index}` }));
      }
      const refused = await server.call('POST', '/api/ingest/vrt/validate', {
        json: { source_dataset_ids: mixedIds, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'x' },
      });
      assert.deepEqual(
        refused.body.problems.map((item: { type: string }) => item.type),
        ['crs_mismatch', 'rotated_raster'],
      );
      const options = { crs: 'EPSG:32633', ...(resampling === undefined ? {} : { resampling }) };
      const { path, dataset, plan } = await build({ source_dataset_ids: mixedIds, ...options });
      assert.deepEqual(plan.crs, { code: 'EPSG:32633', name: 'WGS 84 / UTM zone 33N' });
      assert.deepEqual(dataset.raster.options, options);

      const theirs = join(folder, `zone-${how}-gdal.tif`);
      const [minX, minY, maxX, maxY] = plan.bounds as number[];
      const grid = ['-te', minX, minY, maxX, maxY, '-ts', plan.width, plan.height].map(String);
      await gdalwarp(['-t_srs', 'EPSG:32633', ...grid, '-et', '0', '-r', how, ...mixed, theirs]);
      assert.deepEqual(await gdal.values(path, 1), await gdal.values(theirs, 1));
      assert.ok(await gdal.sameCrs(path, theirs));
    });
  }

  it('bands stacks bands of sources that have several', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    if (/^3\.[67]\./.test(gdal.version)) return t.skip('gdalbuildvrt -separate took one band each before GDAL 3.8');
    const stacked: string[] = [];
    const stackedIds: string[] = [];
    for (const [index, resolution] of [10, 20].entries()) {
      const file = join(folder, `stack${index}.tif`);
      await gdal.makeRaster(file, {
        width: 400 / resolution,
        height: 200 / resolution,
        geoTransform: [500_000, resolution, 0, 5_300_000, 0, -resolution],
        crs: 'EPSG:32633',
        bands: [{ dataType: 'Byte' }, { dataType: 'Byte' }, { dataType: 'Byte' }],
        seed: index + 10,
      });
      stacked.push(file);
      stackedIds.push(await server.addRaster(await readFile(file)));
    }
    const { path } = await build({ source_dataset_ids: stackedIds, vrt_type: 'band_stack', bands: [3, 1] });
    const theirs = join(folder, 'stack-gdal.vrt');
    await gdal.buildvrt(theirs, stacked, ['-separate', '-b', '3', '-b', '1', '-resolution', 'highest']);
    assert.deepEqual(await seen(gdal, path), await seen(gdal, theirs));
  });
});
