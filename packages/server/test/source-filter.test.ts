import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Virtual rasters of what a search finds: whom it finds, in which order, and what is refused.

describe('source_filter', () => {
  let server: TestServer;
  let editor: string;
  const ids: Record<string, string> = {};

  /** A raster of 8 x 8 pixels of 10 m, so many tiles east of the first. */
  const tile = (east: number): Uint8Array<ArrayBuffer> =>
    makeGeoTiff({ width: 8, height: 8, origin: [500_000 + east * 80, 5_300_000], resolution: 10, epsg: 32633 });
  /** One, three degrees further north. */
  const far = (): Uint8Array<ArrayBuffer> =>
    makeGeoTiff({ width: 8, height: 8, origin: [500_000, 5_633_000], resolution: 10, epsg: 32633 });

  before(async () => {
    server = await startTestServer();
    editor = await server.user('editor');
    ids['a'] = await server.addRaster(tile(0), { title: 'B04 a' });
    ids['b'] = await server.addRaster(tile(1), { title: 'B04 b' });
    ids['c'] = await server.addRaster(tile(2), { title: 'B03 c', visibility: 'public' });
    ids['far'] = await server.addRaster(far(), { title: 'B04 far' });
    ids['theirs'] = await server.addRaster(tile(3), { title: 'B04 of the editor', token: editor });
    const times = { a: '2026-06-03T10:00:00Z', b: '2026-06-01T12:00:00+02:00', c: '2026-07-01T00:00:00Z' };
    for (const [name, datetime] of Object.entries(times)) {
      assert.equal((await server.call('PATCH', `/api/datasets/${ids[name]}`, { json: { datetime } })).status, 200);
    }
    await server.settled();
  });
  after(() => server.close());

  const body = (filter: unknown, change: object = {}): object => ({
    source_filter: filter,
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: 'found',
    ...change,
  });
  const create = (filter: unknown, change: object = {}, token: string = server.admin): Promise<Answer> =>
    server.call('POST', '/api/ingest/vrt/create', { json: body(filter, change), token });
  const validate = (filter: unknown, change: object = {}): Promise<Answer> =>
    server.call('POST', '/api/ingest/vrt/validate', { json: body(filter, change) });

  /** Builds, and says which rasters it was built of, the lowest first. */
  async function built(filter: unknown, token: string = server.admin): Promise<(string | undefined)[]> {
    const created = await create(filter, {}, token);
    assert.equal(created.status, 202, JSON.stringify(created.body));
    const job = await server.waitForJob(created.body.job_id, token);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const { body: listed } = await server.call('GET', `/api/datasets/${job.dataset_id}/vrt-sources/`, { token });
    const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
    return listed.sources.map((source: { dataset_id: string }) => names.get(source.dataset_id));
  }

  it('takes the rasters whose title matches, the newest on top', async () => {
    assert.deepEqual(await built({ q: 'b04' }), ['a', 'b', 'far', 'theirs']);
  });

  it('takes those within a box', async () => {
    assert.deepEqual(await built({ q: 'B04', bbox: [14, 47, 16, 48] }), ['a', 'b', 'theirs']);
  });

  it('takes those of an interval, whatever offset a time was stated with', async () => {
    assert.deepEqual(await built({ datetime: '2026-06-01T10:00:00Z/2026-06-30T00:00:00Z' }), ['a', 'b']);
    assert.deepEqual(await built({ datetime: '2026-06-03T00:00:00Z/..' }), ['a', 'c']);
  });

  it('takes none that the caller may not see', async () => {
    assert.deepEqual(await built({ q: 'B0' }, editor), ['c', 'theirs']);
  });

  it('takes no virtual raster', async () => {
    await server.addVrt([ids['a'] ?? '', ids['b'] ?? ''], { title: 'B04 virtual' });
    assert.deepEqual(await built({ q: 'B04' }), ['a', 'b', 'far', 'theirs']);
  });

  it('keeps what it found when more comes to match later', async () => {
    const created = await create({ q: 'B04 ' });
    const later = await server.addRaster(tile(4), { title: 'B04 later' });
    const job = await server.waitForJob(created.body.job_id);
    const { body: dataset } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
    assert.equal(dataset.raster.source_count, 4);
    await server.call('DELETE', `/api/datasets/${later}`, { json: { confirm_title: 'B04 later' } });
  });

  const refused: [what: string, filter: unknown, expected: [type: string, ...loc: (string | number)[]]][] = [
    ['finds nothing', { q: 'no such' }, ['too_few_sources', 'source_filter']],
    ['finds one', { q: 'B03' }, ['too_few_sources', 'source_filter']],
    ['asks for nothing', {}, ['value_error', 'source_filter']],
    ['has a box of three numbers', { bbox: [1, 2, 3] }, ['too_short', 'source_filter', 'bbox']],
    [
      'has an interval that ends before it begins',
      { datetime: '2026-07-01T00:00:00Z/2026-06-01T00:00:00Z' },
      ['datetime_parsing', 'source_filter', 'datetime'],
    ],
    ['has a day without a time', { datetime: '2026-07-01' }, ['datetime_parsing', 'source_filter', 'datetime']],
    ['has an interval open at both ends', { datetime: '../..' }, ['datetime_parsing', 'source_filter', 'datetime']],
    ['has an empty text', { q: '' }, ['string_too_short', 'source_filter', 'q']],
    [
      'names a collection',
      { collection_id: '00000000-0000-4000-8000-000000000001' },
      ['not_supported_yet', 'source_filter', 'collection_id'],
    ],
    ['has an unknown member', { colour: 'red' }, ['extra_forbidden', 'source_filter', 'colour']],
  ];
  for (const [what, filter, [type, ...loc]] of refused) {
    it(`is refused where it ${what}`, async () => {
      const answer = await create(filter);
      assert.equal(answer.status, 422, JSON.stringify(answer.body));
      assert.deepEqual(
        answer.body.detail.map((item: { type: string; loc: unknown[] }) => [item.type, ...item.loc.slice(1)]),
        [[type, ...loc]],
      );
    });
  }

  it('is refused beside source_dataset_ids', async () => {
    const answer = await create({ q: 'B04' }, { source_dataset_ids: [ids['a'], ids['b']] });
    assert.equal(answer.status, 422);
    assert.equal(answer.body.detail[0].msg, 'Value error, give source_dataset_ids or source_filter, not both');
  });

  it('tells which of the rasters that it found do not fit, by their id', async () => {
    const other = await server.addRaster(
      makeGeoTiff({ width: 8, height: 8, origin: [500_000, 5_300_000], resolution: 10, epsg: 32632 }),
      { title: 'B04 of another zone' },
    );
    const { body: checked } = await validate({ q: 'B04' });
    assert.equal(checked.valid, false);
    assert.deepEqual(checked.sources, {
      total: 5,
      accepted: 4,
      refused: 1,
      refused_sources: [{ index: 4, dataset_id: other, title: 'B04 of another zone', rules: ['crs_mismatch'] }],
    });
    assert.deepEqual([checked.problem_count, checked.plan], [1, null]);
    const [item] = checked.problems;
    assert.deepEqual([item.loc, item.input, item.type], [['body', 'source_filter'], other, 'crs_mismatch']);
  });

  it('answers in bounded lists however many rasters it finds, with how many there are', async () => {
    // As if 1,500 copies of a raster had been registered in another CRS; through the API that would take minutes.
    await server.query(
      `WITH added AS (
         INSERT INTO datasets (id, record_type, title, visibility, created_by)
         SELECT gen_random_uuid(), 'raster_dataset', 'many ' || number, 'private', created_by
         FROM datasets, generate_series(1, 1500) number WHERE id = $1 RETURNING id, title
       )
       INSERT INTO rasters
         (dataset_id, width, height, affine, georeference, crs_id, layout_id, statistics, size_bytes)
       SELECT added.id, width, height, affine, georeference, CASE title WHEN 'many 1' THEN crs_id END, layout_id, '[null]', 1
       FROM added, rasters WHERE dataset_id = $1`,
      [ids['a']],
    );
    const { body: checked } = await validate({ q: 'many' });
    assert.deepEqual([checked.problems.length, checked.problem_count], [1000, 1499]);
    assert.equal(checked.problems[999].ctx.total, 1499);
    const { total, accepted, refused, refused_sources: listed } = checked.sources;
    assert.deepEqual([total, accepted, refused, listed.length], [1500, 1, 1499, 1000]);
    assert.deepEqual(listed[0].rules, ['missing_crs']);
  });
});
