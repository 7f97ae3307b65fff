import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// What is refused of the options of create, where it is said, and what is kept of those that are taken.

describe('the options of create', () => {
  let server: TestServer;
  let ids: string[];

  before(async () => {
    server = await startTestServer();
    ids = [];
    for (const index of [0, 1, 2]) {
      const bytes = makeGeoTiff({
        width: 8,
        height: 8,
        origin: [500_000 + index * 80, 5_300_000],
        resolution: 10,
        epsg: 32633,
        bands: 2,
      });
      ids.push(await server.addRaster(bytes, { title: `tile ${index}` }));
    }
    await server.settled();
  });
  after(() => server.close());

  const body = (change: object): object => ({
    source_dataset_ids: ids,
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: 'example',
    ...change,
  });
  const post = (call: 'create' | 'validate', change: object): Promise<Answer> =>
    server.call('POST', `/api/ingest/vrt/${call}`, { json: body(change) });

  const refused: [what: string, change: object, expected: [type: string, ...loc: (string | number)[]][]][] = [
    ['bounds without an area', { bounds: [1, 1, 1, 2] }, [['invalid_option', 'bounds']]],
    ['bounds in the wrong order', { bounds: [2, 2, 1, 1] }, [['invalid_option', 'bounds']]],
    ['bounds far from all sources', { bounds: [0, 0, 1000, 1000] }, [['empty_output', 'bounds']]],
    [
      'bounds of less than half a pixel',
      { bounds: [500_000, 5_299_990, 500_001, 5_300_000] },
      [['empty_output', 'bounds']],
    ],
    ['a resolution that is too coarse', { resolution: 10_000 }, [['empty_output', 'resolution']]],
    [
      'a resolution that is too fine',
      { resolution: 1e-9 },
      [
        ['too_large_output', 'resolution'],
        ['resolution_too_fine', 'resolution'],
      ],
    ],
    ['a nodata value that no byte can be', { nodata: -9999 }, [['invalid_option', 'nodata']]],
    ['nodata that is no number for bytes', { nodata: 'nan' }, [['invalid_option', 'nodata']]],
    ['one such value of a list', { nodata: [0, 256] }, [['invalid_option', 'nodata', 1]]],
    ['more nodata values than bands', { nodata: [0, 0, 0] }, [['invalid_option', 'nodata']]],
    [
      'a band that no source has',
      { bands: [3] },
      [
        ['band_count_mismatch', 'source_dataset_ids', 0],
        ['band_count_mismatch', 'source_dataset_ids', 1],
        ['band_count_mismatch', 'source_dataset_ids', 2],
      ],
    ],
    [
      'a name that no band has',
      { bands: ['nir'] },
      [
        ['band_not_found', 'source_dataset_ids', 0],
        ['band_not_found', 'source_dataset_ids', 1],
        ['band_not_found', 'source_dataset_ids', 2],
      ],
    ],
    ['a CRS that there is not', { crs: 'EPSG:9' }, [['unknown_crs', 'crs']]],
    ['text that is no CRS', { crs: 'UTM 33' }, [['unknown_crs', 'crs']]],
    ['a CRS of heights', { crs: 'EPSG:5773' }, [['unknown_crs', 'crs']]],
    ['a CRS around the middle of the Earth', { crs: 'EPSG:4978' }, [['unknown_crs', 'crs']]],
    ['snap beside crs', { crs: 'EPSG:4326', snap: true }, [['conflicting_options', 'snap']]],
    [
      'bounds that are not in its CRS',
      { crs: 'EPSG:4326', bounds: [500_000, 5_299_000, 501_000, 5_300_000] },
      [['empty_output', 'bounds']],
    ],
    [
      'a function without a nodata value',
      { pixel_function: 'max' },
      [['pixel_function_unsupported', 'pixel_function']],
    ],
    [
      'a function of a band stack',
      { vrt_type: 'band_stack', pixel_function: 'max' },
      [['conflicting_options', 'pixel_function']],
    ],
    ['an order that nothing is known of', { source_order: 'cloud_cover' }, [['unknown_source_order', 'source_order']]],
    [
      'two that are wrong by themselves',
      { bounds: [2, 2, 1, 1], source_filter: {}, source_dataset_ids: undefined },
      [
        ['invalid_option', 'bounds'],
        ['value_error', 'source_filter'],
      ],
    ],
  ];
  for (const [what, change, expected] of refused) {
    it(`refuse ${what}, by create and by validate alike`, async () => {
      const created = await post('create', change);
      assert.equal(created.status, 422, JSON.stringify(created.body));
      const items = created.body.detail as { type: string; loc: unknown[]; msg: string }[];
      assert.deepEqual(
        items.map(({ type, loc }) => [type, ...loc.slice(1)]),
        expected,
        JSON.stringify(items),
      );
      const checked = await post('validate', change);
      assert.equal(checked.status, 200);
      assert.deepEqual(checked.body.problems, items);
      assert.deepEqual(
        [checked.body.valid, checked.body.problem_count, checked.body.plan],
        [false, items.length, null],
      );
    });
  }

  it('are said in the value’s own words', async () => {
    const { body: answer } = await post('create', { nodata: [0, 256] });
    assert.deepEqual(answer.detail, [
      {
        loc: ['body', 'nodata', 1],
        msg: 'Band 2 is Byte: no pixel of it can be 256. Choose a value of that type, or "none"',
        type: 'invalid_option',
        input: 256,
        ctx: { field: 'nodata', expected: 'Byte', actual: '256' },
      },
    ]);
  });

  it('are kept as they were sent, and an output without options has none', async () => {
    const options = { resampling: 'cubic', bands: [2], nodata: '0', resolution: [10, 10], align: true };
    for (const sent of [options, {}]) {
      const created = await post('create', sent);
      const job = await server.waitForJob(created.body.job_id);
      assert.equal(job.status, 'complete', job.error_message ?? '');
      const { body: dataset } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
      assert.deepEqual(dataset.raster.options, sent);
      const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}/vrt/generations/`);
      assert.deepEqual(body.generations[0].options, sent);
    }
    const { body: single } = await server.call('GET', `/api/datasets/${ids[0]}`);
    assert.deepEqual([single.raster.options, single.raster.requires_gdal], [null, null]);
  });

  it('leave a job alone that was accepted before there were options', async () => {
    const created = await post('create', {});
    await server.waitForJob(created.body.job_id);
    const [row = {}] = await server.query('SELECT input FROM jobs WHERE id = $1', [created.body.job_id]);
    const { v, options, paintOrder, warnings, ...rest } = row['input'] as Record<string, unknown>;
    assert.deepEqual([v, options, paintOrder, warnings], [2, {}, null, []]);
    const former = JSON.stringify({ ...rest, v: 1 });
    await server.query(
      `UPDATE jobs SET input = $2, status = 'failed', dataset_id = NULL, error_code = 'internal' WHERE id = $1`,
      [created.body.job_id, former],
    );
    assert.equal((await server.call('POST', `/api/jobs/${created.body.job_id}/retry`)).status, 202);
    const again = await server.waitForJob(created.body.job_id);
    assert.equal(again.status, 'complete', again.error_message ?? '');
  });

  it('give statistics and a thumbnail of the bands that were taken', async () => {
    const minimum = async (change: object): Promise<[minima: number[], thumbnail: number]> => {
      const created = await post('create', change);
      const job = await server.waitForJob(created.body.job_id);
      await server.settled();
      const { body: dataset } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
      const { status } = await server.call('GET', `/api/datasets/${job.dataset_id}/quicklook`);
      const minima = dataset.raster.bands.map((band: { statistics: { minimum: number } }) => band.statistics.minimum);
      return [minima, status];
    };
    // Band n of the tiles is a ramp that begins at 50 n.
    assert.deepEqual(await minimum({}), [[50, 100], 200]);
    assert.deepEqual(await minimum({ bands: [2, 1] }), [[100, 50], 200]);
    assert.deepEqual(await minimum({ bands: [2] }), [[100], 200]);
    assert.deepEqual(await minimum({ bands: [1, 2] }), [[50, 100], 200]);
  });

  it('are counted in a verdict that lists the refused sources only', async () => {
    const { body: good } = await post('validate', {});
    assert.deepEqual(good.sources, { total: 3, accepted: 3, refused: 0, refused_sources: [] });
    const other = await server.addRaster(
      makeGeoTiff({
        width: 8,
        height: 8,
        origin: [500_000, 5_300_000],
        resolution: 10,
        epsg: 32632,
        dataType: 'UInt16',
      }),
      { title: 'other' },
    );
    const { body: bad } = await post('validate', { source_dataset_ids: [ids[0], other, ids[1]] });
    assert.deepEqual(bad.sources, {
      total: 3,
      accepted: 2,
      refused: 1,
      refused_sources: [
        {
          index: 1,
          dataset_id: other,
          title: 'other',
          rules: ['crs_mismatch', 'band_count_mismatch', 'dtype_mismatch'],
        },
      ],
    });
    const unknown = await post('validate', { source_dataset_ids: [ids[0], '00000000-0000-4000-8000-0000000000ff'] });
    assert.deepEqual([unknown.body.sources, unknown.body.problem_count], [null, 1]);
  });
});
