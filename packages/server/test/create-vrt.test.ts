import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

// POST /api/ingest/vrt/create as its page documents it, and every way to get it wrong.

const UNKNOWN = '00000000-0000-4000-8000-0000000000ff';

describe('POST /api/ingest/vrt/create', () => {
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
      });
      ids.push(await server.addRaster(bytes, { title: `tile ${index}` }));
    }
  });
  after(() => server.close());

  const body = (change: object = {}): Record<string, unknown> => ({
    source_dataset_ids: ids,
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: 'example',
    summary: 'example',
    visibility: 'private',
    ...change,
  });
  const create = (json: unknown, options: object = {}) =>
    server.call('POST', '/api/ingest/vrt/create', { json, ...options });

  it('answers the page’s own call with 202 and the documented body', async () => {
    const answer = await create(body());
    assert.equal(answer.status, 202);
    assert.deepEqual(Object.keys(answer.body).sort(), ['job_id', 'message', 'status']);
    assert.equal(answer.body.status, 'accepted');
    assert.match(answer.body.job_id, /^[0-9a-f-]{36}$/);
    assert.equal(typeof answer.body.message, 'string');

    const job = await server.waitForJob(answer.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    assert.equal(job.progress, 1);
    const dataset = await server.call('GET', `/api/datasets/${job.dataset_id}/`);
    assert.equal(dataset.body.record_type, 'vrt_dataset');
    assert.equal(dataset.body.raster.status, 'ready');
    assert.equal(dataset.body.raster.source_count, 3);
    assert.deepEqual([dataset.body.raster.width, dataset.body.raster.height], [24, 8]);
    assert.equal(dataset.body.srid, 32633);
    const sources = await server.call('GET', `/api/datasets/${job.dataset_id}/vrt-sources/`);
    assert.deepEqual(
      sources.body.sources.map((source: { dataset_id: string }) => source.dataset_id),
      ids,
    );
  });

  it('takes ids in capitals, and the path with a slash at its end', async () => {
    const answer = await server.call('POST', '/api/ingest/vrt/create/', {
      json: body({ source_dataset_ids: ids.map((id) => id.toUpperCase()) }),
    });
    assert.equal(answer.status, 202);
  });

  it('refuses in the order 401, 403, shape, sources, compatibility', async () => {
    const viewer = await server.user('viewer');
    const wrong = { source_dataset_ids: 'nonsense' };
    assert.equal((await create(wrong, { token: null })).status, 401);
    assert.equal((await create(wrong, { token: 'inlay_wrong' })).status, 401);
    assert.equal((await create(wrong, { token: viewer })).status, 403);
    const shape = await create(body({ title: 12, source_dataset_ids: [UNKNOWN, ids[0]] }));
    assert.equal(shape.status, 422);
    assert.deepEqual(
      shape.body.detail.map((item: { type: string }) => item.type),
      ['string_type'],
    );
    const unknown = await create(body({ source_dataset_ids: [UNKNOWN, ids[0]] }));
    assert.deepEqual(
      unknown.body.detail.map((item: { type: string }) => item.type),
      ['source_not_found'],
    );
  });

  const bad: [what: string, change: object, expected: [type: string, loc: (string | number)[]][]][] = [
    [
      'one source',
      { source_dataset_ids: ['00000000-0000-4000-8000-000000000001'] },
      [['too_few_sources', ['body', 'source_dataset_ids']]],
    ],
    [
      'the same source twice',
      { source_dataset_ids: [UNKNOWN, UNKNOWN.toUpperCase()] },
      [['duplicate_source', ['body', 'source_dataset_ids', 1]]],
    ],
    [
      'ids that are none',
      { source_dataset_ids: ['a', UNKNOWN] },
      [['uuid_parsing', ['body', 'source_dataset_ids', 0]]],
    ],
    ['ids that are no list', { source_dataset_ids: UNKNOWN }, [['list_type', ['body', 'source_dataset_ids']]]],
    ['an unknown type', { vrt_type: 'pyramid' }, [['literal_error', ['body', 'vrt_type']]]],
    [
      'GDAL’s word for a strategy',
      { resolution_strategy: 'highest' },
      [['literal_error', ['body', 'resolution_strategy']]],
    ],
    ['an empty title', { title: '' }, [['string_too_short', ['body', 'title']]]],
    ['a blank title', { title: '  ' }, [['value_error', ['body', 'title']]]],
    ['a number for a title', { title: 12 }, [['string_type', ['body', 'title']]]],
    ['a title too long', { title: 'x'.repeat(501) }, [['string_too_long', ['body', 'title']]]],
    ['an unknown visibility', { visibility: 'secret' }, [['literal_error', ['body', 'visibility']]]],
    ['an unknown field', { colour: 'red' }, [['extra_forbidden', ['body', 'colour']]]],
    [
      'an option that does not work yet',
      { collection_id: UNKNOWN },
      [['not_supported_yet', ['body', 'collection_id']]],
    ],
    [
      'three mistakes at once',
      { title: null, vrt_type: 7, summary: 3 },
      [
        ['literal_error', ['body', 'vrt_type']],
        ['string_type', ['body', 'title']],
        ['string_type', ['body', 'summary']],
      ],
    ],
  ];
  for (const [what, change, expected] of bad) {
    it(`names the field for ${what}`, async () => {
      const answer = await create(body(change));
      assert.equal(answer.status, 422);
      const items = answer.body.detail as { loc: unknown[]; msg: string; type: string }[];
      assert.deepEqual(items.map((item) => [item.type, item.loc]).sort(), [...expected].sort());
      for (const item of items) assert.ok(item.msg.length > 0 && 'input' in item);
    });
  }

  it('refuses what is not JSON, and a body that is missing, as 422', async () => {
    const headers = { 'content-type': 'application/json' };
    const broken = await server.call('POST', '/api/ingest/vrt/create', { body: '{"title": ', headers });
    assert.equal(broken.status, 422);
    assert.equal(broken.body.detail[0].type, 'json_invalid');
    const empty = await server.call('POST', '/api/ingest/vrt/create', { body: '', headers });
    assert.equal(empty.status, 422);
    assert.equal(empty.body.detail[0].type, 'missing');
    const text = await server.call('POST', '/api/ingest/vrt/create', {
      body: 'hello',
      headers: { 'content-type': 'text/plain' },
    });
    assert.equal(text.status, 415);
  });

  it('says of every missing field that it is required', async () => {
    const answer = await create({});
    assert.deepEqual(
      answer.body.detail.map((item: { type: string; loc: string[] }) => `${item.type} ${item.loc[1]}`).sort(),
      ['missing resolution_strategy', 'missing source_dataset_ids', 'missing title', 'missing vrt_type'],
    );
  });

  it('answers alike for a source that does not exist and one of somebody else', async () => {
    const editor = await server.user('editor');
    const foreign = await create(body({ source_dataset_ids: [ids[0], UNKNOWN] }), { token: editor });
    assert.equal(foreign.status, 422);
    const [mine, unknown] = foreign.body.detail;
    assert.equal(mine.type, 'source_not_found');
    assert.deepEqual({ ...mine, input: null, msg: null, loc: null }, { ...unknown, input: null, msg: null, loc: null });
    assert.equal(mine.msg.replace(ids[0] as string, ''), unknown.msg.replace(UNKNOWN, ''));
  });

  it('lists every problem of every source, naming the id that was sent', async () => {
    const other = await server.addRaster(
      makeGeoTiff({ width: 8, height: 8, origin: [0, 0], resolution: 10, epsg: 32632 }),
      { title: 'B04' },
    );
    const float = await server.addRaster(
      makeGeoTiff({
        width: 8,
        height: 8,
        origin: [500_000, 5_300_000],
        resolution: 10,
        epsg: 32633,
        dataType: 'Float32',
      }),
      { title: 'height' },
    );
    const sent = [ids[0], other.toUpperCase(), float];
    const answer = await create(body({ source_dataset_ids: sent }));
    assert.equal(answer.status, 422);
    const [crs, dtype] = answer.body.detail;
    assert.deepEqual(crs.loc, ['body', 'source_dataset_ids', 1]);
    assert.equal(crs.type, 'crs_mismatch');
    assert.equal(crs.input, other.toUpperCase());
    assert.equal(crs.msg, 'Source "B04" is EPSG:32632, the mosaic is EPSG:32633');
    assert.deepEqual([crs.ctx.field, crs.ctx.expected, crs.ctx.actual], ['crs', 'EPSG:32633', 'EPSG:32632']);
    assert.ok(crs.ctx.fix.length > 0);
    assert.equal(dtype.type, 'dtype_mismatch');
    assert.deepEqual(dtype.loc, ['body', 'source_dataset_ids', 2]);
  });

  it('does not take a virtual raster for a source', async () => {
    const made = await server.waitForJob((await create(body())).body.job_id);
    const answer = await create(body({ source_dataset_ids: [ids[0], made.dataset_id] }));
    assert.equal(answer.body.detail[0].type, 'source_not_found');
  });

  it('stacks only rasters of the same extent', async () => {
    const answer = await create(body({ vrt_type: 'band_stack' }));
    assert.equal(answer.status, 422);
    assert.deepEqual(
      answer.body.detail.map((item: { type: string }) => item.type),
      ['grid_misaligned', 'grid_misaligned'],
    );
  });

  it('takes the short way across the antimeridian, and says so as RFC 7946 does', async () => {
    const tiles: string[] = [];
    for (const west of [175, -180]) {
      const bytes = makeGeoTiff({ width: 10, height: 10, origin: [west, 10], resolution: 0.5, epsg: 4326 });
      tiles.push(await server.addRaster(bytes, { title: `from ${west}` }));
    }
    const sources = { source_dataset_ids: tiles, title: 'across' };
    const dryRun = await server.call('POST', '/api/ingest/vrt/validate', { json: body(sources) });
    assert.deepEqual([dryRun.body.plan.width, dryRun.body.plan.height], [20, 10]);
    const job = await server.waitForJob((await create(body(sources))).body.job_id);
    const { body: dataset } = await server.call('GET', `/api/datasets/${job.dataset_id}/`);
    assert.deepEqual(dataset.raster.geotransform, [175, 0.5, 0, 10, 0, -0.5]);
    assert.deepEqual([dataset.raster.width, dataset.raster.height], [20, 10]);
    assert.deepEqual(dataset.extent_bbox, [175, 5, -175, 10]);
    for (const bbox of ['176,6,177,7', '-177,6,-176,7']) {
      const found = await server.call('GET', `/api/datasets/?record_type=vrt_dataset&bbox=${bbox}`);
      assert.deepEqual(
        found.body.datasets.map(({ id }: { id: string }) => id),
        [job.dataset_id],
      );
    }
  });

  it('says in a dry run what it would build, or why not', async () => {
    const good = await server.call('POST', '/api/ingest/vrt/validate', { json: body() });
    assert.equal(good.status, 200);
    assert.equal(good.body.valid, true);
    assert.deepEqual([good.body.plan.width, good.body.plan.height, good.body.plan.resolution], [24, 8, [10, 10]]);
    const refused = await server.call('POST', '/api/ingest/vrt/validate', { json: body({ vrt_type: 'band_stack' }) });
    assert.equal(refused.status, 200);
    assert.equal(refused.body.valid, false);
    assert.equal(refused.body.problems.length, 2);
    assert.equal(refused.body.plan, null);
  });
});
