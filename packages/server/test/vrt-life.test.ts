import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type CallOptions, startTestServer, type TestServer } from './test-server.ts';

// A virtual raster's life over HTTP: other sources, built anew, an earlier build again. On the embedded database, or on the
// PostgreSQL server that INLAY_TEST_DATABASE_URL names.

const UNKNOWN = '00000000-0000-4000-8000-0000000000ff';
const TILE = 8;

/** A tile of one value, the index-th of a row of touching ones. */
function tile(index: number, options: { value?: number; epsg?: number } = {}): Uint8Array {
  return makeGeoTiff({
    width: TILE,
    height: TILE,
    origin: [500_000 + index * TILE * 10, 5_300_000],
    resolution: 10,
    epsg: options.epsg ?? 32633,
    value: () => options.value ?? index + 1,
  });
}

describe('changing the sources of a virtual raster', () => {
  let server: TestServer;
  let ids: string[];

  before(async () => {
    server = await startTestServer();
    ids = [];
    for (let index = 0; index < 5; index += 1)
      ids.push(await server.addRaster(tile(index), { title: `tile ${index}` }));
  });
  after(() => server.close());

  const send = (method: string, path: string, json?: unknown, options: CallOptions = {}) =>
    server.call(method, path, { ...(json === undefined ? {} : { json }), ...options });
  const sourcesOf = async (id: string): Promise<string[]> => {
    const { body } = await send('GET', `/api/datasets/${id}/vrt-sources/`);
    return body.sources.map((source: { dataset_id: string }) => source.dataset_id);
  };
  const statusOf = async (id: string) => (await send('GET', `/api/datasets/${id}/vrt/status/`)).body;
  const datasetOf = async (id: string) => (await send('GET', `/api/datasets/${id}`)).body;
  const generationsOf = async (id: string) => (await send('GET', `/api/datasets/${id}/vrt/generations/`)).body;
  const done = async (answer: { status: number; body: { job_id: string } }) => {
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    const job = await server.waitForJob(answer.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    return job;
  };
  const take = (...indexes: number[]): string[] => indexes.map((index) => ids[index] as string);

  it('adds a source on top: links, extent, pixels and the version of tiles together', async () => {
    const vrt = await server.addVrt(take(0, 1));
    const before = await datasetOf(vrt);
    const etagOf = async () => (await send('GET', `/api/datasets/${vrt}/preview`)).headers.get('etag');
    await server.settled();
    const etag = await etagOf();
    const answer = await send('POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_id: ids[2] });
    const job = await done(answer);
    assert.equal(job.dataset_id, vrt);
    assert.deepEqual(await sourcesOf(vrt), take(0, 1, 2));
    const dataset = await datasetOf(vrt);
    assert.deepEqual([before.raster.width, dataset.raster.width], [16, 24]);
    assert.equal(dataset.raster.source_count, 3);
    assert.ok(dataset.extent_bbox[2] > before.extent_bbox[2]);
    const { body: point } = await send('GET', `/api/datasets/${vrt}/point/500200,5299960?coord_crs=EPSG:32633`);
    assert.deepEqual([point.values, point.source.dataset_id], [[3], ids[2]]);
    assert.match(etag ?? '', /^"/);
    assert.notEqual(await etagOf(), etag);
  });

  it('adds several at a place among the others', async () => {
    const vrt = await server.addVrt(take(0, 1));
    const several = { source_dataset_ids: [ids[3]?.toUpperCase(), ids[2]], position: 1 };
    await done(await send('POST', `/api/ingest/vrt/${vrt}/sources`, several));
    assert.deepEqual(await sourcesOf(vrt), take(0, 3, 2, 1));
  });

  it('removes a source, and keeps at least two', async () => {
    const vrt = await server.addVrt(take(0, 1, 2));
    await done(await send('DELETE', `/api/ingest/vrt/${vrt}/sources/${ids[1]}/`));
    assert.deepEqual(await sourcesOf(vrt), take(0, 2));
    for (const id of [ids[0]?.toUpperCase(), ids[1], UNKNOWN]) {
      const refused = await send('DELETE', `/api/ingest/vrt/${vrt}/sources/${id}/`);
      assert.equal(refused.status, 422);
      assert.deepEqual(
        refused.body.detail.map((item: { type: string; loc: string[]; input: string }) => [
          item.type,
          item.loc,
          item.input,
        ]),
        [['too_few_sources', ['path', 'source_id'], id]],
      );
    }
  });

  it('says of what is no source that it is none', async () => {
    const vrt = await server.addVrt(take(0, 1, 2));
    assert.equal((await send('DELETE', `/api/ingest/vrt/${vrt}/sources/${ids[3]}`)).status, 404);
  });

  it('takes the whole list, in a new order', async () => {
    const vrt = await server.addVrt(take(0, 1, 2));
    await done(await send('PUT', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_ids: take(2, 4, 0) }));
    assert.deepEqual(await sourcesOf(vrt), take(2, 4, 0));
  });

  it('builds anew with other options, and with those it had', async () => {
    const vrt = await server.addVrt(take(0, 1));
    await done(await send('POST', `/api/datasets/${vrt}/vrt/regenerate/`, { options: { nodata: 7 } }));
    assert.equal((await datasetOf(vrt)).raster.nodata, 7);
    await done(await send('POST', `/api/datasets/${vrt}/vrt/regenerate`));
    const { raster } = await datasetOf(vrt);
    assert.deepEqual([raster.nodata, raster.options], [7, { nodata: 7 }]);
    const { generations, total } = await generationsOf(vrt);
    assert.equal(total, 3);
    assert.deepEqual(
      generations.map((generation: { number: number; change: string; status: string; is_current: boolean }) => [
        generation.number,
        generation.change,
        generation.status,
        generation.is_current,
      ]),
      [
        [3, 'regenerated', 'completed', true],
        [2, 'regenerated', 'completed', false],
        [1, 'created', 'completed', false],
      ],
    );
  });

  it('shows an earlier build again at once', async () => {
    const vrt = await server.addVrt(take(0, 1));
    const first = await statusOf(vrt);
    await done(await send('POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_id: ids[2] }));
    const back = await send('POST', `/api/datasets/${vrt}/vrt/rollback/`, { generation_id: first.generation_id });
    assert.equal(back.status, 200, JSON.stringify(back.body));
    assert.equal(back.body.generation_id, first.generation_id);
    assert.deepEqual(await sourcesOf(vrt), take(0, 1));
    assert.equal((await datasetOf(vrt)).raster.width, 16);
    await server.settled();
    assert.equal((await send('GET', `/api/datasets/${vrt}/quicklook`)).status, 200);
    const again = await send('POST', `/api/datasets/${vrt}/vrt/rollback/`, { generation_id: first.generation_id });
    assert.equal(again.status, 200);
    // What is built next gets a number of its own.
    await done(await send('POST', `/api/datasets/${vrt}/vrt/regenerate/`));
    const { generations } = await generationsOf(vrt);
    assert.deepEqual(
      generations.map((generation: { number: number }) => generation.number),
      [3, 2, 1],
    );
  });

  it('has each change written down: which build is shown since, and who brought it about', async () => {
    const vrt = await server.addVrt(take(0, 1));
    const first = await statusOf(vrt);
    const job = await done(await send('POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_id: ids[2] }));
    const second = await statusOf(vrt);
    await send('POST', `/api/datasets/${vrt}/vrt/rollback/`, { generation_id: first.generation_id });
    const { body } = await send('GET', `/api/audit?dataset_id=${vrt}&action=vrt.change`);
    assert.deepEqual(
      body.entries.map((entry: { details: unknown }) => entry.details),
      [
        { change: 'rolled_back', generation_id: first.generation_id },
        { change: 'sources_added', generation_id: second.generation_id },
      ],
    );
    assert.deepEqual(
      body.entries.map((entry: { actor_name: string }) => entry.actor_name),
      ['admin', 'admin'],
    );
    assert.equal(body.entries[1].request_id, (await send('GET', `/api/jobs/${job.id}`)).body.request_id);
  });

  it('does not roll back to a build whose source was deleted, and names it', async () => {
    const gone = await server.addRaster(tile(6), { title: 'to be deleted' });
    const vrt = await server.addVrt([ids[0] as string, ids[1] as string, gone]);
    const first = await statusOf(vrt);
    const used = await send('DELETE', `/api/datasets/${gone}`, { confirm_title: 'to be deleted' });
    assert.equal(used.status, 409);
    assert.deepEqual(used.body.dependent_vrts, [{ vrt_dataset_id: vrt, vrt_dataset_title: 'mosaic' }]);
    await done(await send('DELETE', `/api/ingest/vrt/${vrt}/sources/${gone}/`));
    assert.equal((await send('DELETE', `/api/datasets/${gone}`, { confirm_title: 'to be deleted' })).status, 204);
    const back = await send('POST', `/api/datasets/${vrt}/vrt/rollback/`, { generation_id: first.generation_id });
    assert.equal(back.status, 409);
    assert.deepEqual([back.body.code, back.body.missing_sources], ['generation_incomplete', [gone]]);
    const unknown = await send('POST', `/api/datasets/${vrt}/vrt/rollback/`, { generation_id: UNKNOWN });
    assert.equal(unknown.status, 422);
    assert.equal(unknown.body.detail[0].type, 'generation_not_found');
  });

  it('refuses in the order 401, 403 for the role, 404 and 403 for the virtual raster, and only then says what is wrong', async () => {
    const editor = await server.user('editor');
    const viewer = await server.user('viewer');
    const hidden = await server.addVrt(take(0, 1));
    const visible = await server.addVrt(take(0, 1), { visibility: 'internal' });
    const calls = (id: string): [string, string, unknown][] => [
      ['POST', `/api/ingest/vrt/${id}/sources/`, { nonsense: 1 }],
      ['PUT', `/api/ingest/vrt/${id}/sources/`, { source_dataset_ids: 'x' }],
      ['DELETE', `/api/ingest/vrt/${id}/sources/${UNKNOWN}/`, undefined],
      ['POST', `/api/datasets/${id}/vrt/regenerate/`, { nonsense: 1 }],
      ['POST', `/api/datasets/${id}/vrt/rollback/`, {}],
    ];
    for (const [method, path, json] of calls(hidden)) {
      assert.equal((await send(method, path, json, { token: null })).status, 401, path);
      assert.equal((await send(method, path, json, { token: viewer })).status, 403, path);
      assert.equal((await send(method, path, json, { token: editor })).status, 404, path);
      assert.equal((await send(method, path, json)).status, 422, path);
    }
    for (const [method, path, json] of calls(visible)) {
      assert.equal((await send(method, path, json, { token: editor })).status, 403, path);
    }
    for (const [method, path, json] of calls(ids[0] as string)) {
      assert.equal((await send(method, path, json)).status, 404, `${path}: no virtual raster`);
    }
  });

  it('names every raster that cannot be added as it was sent', async () => {
    const vrt = await server.addVrt(take(0, 1));
    const other = await server.addRaster(tile(3, { epsg: 32632 }), { title: 'other zone' });
    const cases: [unknown, number, unknown][] = [
      [{ source_dataset_id: UNKNOWN }, 422, [['source_not_found', ['body', 'source_dataset_id']]]],
      [{ source_dataset_ids: [ids[2], vrt] }, 422, [['source_not_found', ['body', 'source_dataset_ids', 1]]]],
      [{ source_dataset_ids: [ids[2], other] }, 422, [['crs_mismatch', ['body', 'source_dataset_ids', 1]]]],
      [{ source_dataset_id: other }, 422, [['crs_mismatch', ['body', 'source_dataset_id']]]],
      [{ source_dataset_ids: [ids[2], ids[2]] }, 422, [['duplicate_source', ['body', 'source_dataset_ids', 1]]]],
      [{}, 422, [['missing', ['body', 'source_dataset_id']]]],
    ];
    for (const [json, status, items] of cases) {
      const answer = await send('POST', `/api/ingest/vrt/${vrt}/sources/`, json);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.deepEqual(
        answer.body.detail.map((item: { type: string; loc: unknown[] }) => [item.type, item.loc]),
        items,
      );
    }
    const sent = other.toUpperCase();
    const shouted = await send('POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_id: sent });
    assert.equal(shouted.body.detail[0].input, sent);
    const linked = await send('POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_ids: take(2, 1) });
    assert.equal(linked.status, 409);
    assert.deepEqual([linked.body.code, linked.body.source_dataset_ids], ['already_linked', take(1)]);
    assert.deepEqual(await sourcesOf(vrt), take(0, 1));
    assert.equal((await statusOf(vrt)).status, 'ready');
  });

  it('lets nobody put a raster into it that its owner cannot see', async () => {
    const editor = await server.user('editor');
    const own: string[] = [];
    for (const index of [0, 1]) own.push(await server.addRaster(tile(index), { token: editor }));
    const vrt = await server.addVrt(own, { token: editor });
    const json = { source_dataset_id: ids[2] };
    for (const options of [{ token: editor }, {}]) {
      const answer = await send('POST', `/api/ingest/vrt/${vrt}/sources/`, json, options);
      assert.equal(answer.status, 422);
      assert.equal(answer.body.detail[0].type, 'source_not_found');
    }
  });

  it('refuses a change of what is no longer what the caller saw', async () => {
    const vrt = await server.addVrt(take(0, 1));
    const seen = (await statusOf(vrt)).generation_id;
    const add = (index: number, options: CallOptions = {}, expected: object = {}) =>
      send('POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_id: ids[index], ...expected }, options);
    await done(await add(2, { headers: { 'if-match': `"${seen}"` } }));
    const stale = await add(3, { headers: { 'if-match': `"${seen}"` } });
    assert.deepEqual([stale.status, stale.body.code], [412, 'precondition_failed']);
    const now = (await statusOf(vrt)).generation_id;
    assert.equal(stale.body.generation_id, now);
    assert.equal((await add(3, {}, { expected_generation: seen })).status, 412);
    await done(await add(3, {}, { expected_generation: now }));
  });

  it('keeps ten builds, and the files of no others', async () => {
    const vrt = await server.addVrt(take(0, 1));
    const first = (await statusOf(vrt)).generation_id;
    for (let build = 0; build < 11; build += 1) await done(await send('POST', `/api/datasets/${vrt}/vrt/regenerate/`));
    const { generations, total } = await generationsOf(vrt);
    assert.equal(total, 10);
    assert.deepEqual([generations[0].number, generations[9].number], [12, 3]);
    const back = await send('POST', `/api/datasets/${vrt}/vrt/rollback/`, { generation_id: first });
    assert.equal(back.status, 422);
    const jobs = new Set(generations.map((generation: { job_id: string }) => generation.job_id));
    const rows = await server.query('SELECT job_id::text FROM vrt_generations WHERE dataset_id = $1', [vrt]);
    assert.deepEqual(new Set(rows.map((row) => row['job_id'])), jobs);
    const stored = await server.storedFiles();
    const built = await server.query(
      `SELECT id::text FROM jobs WHERE dataset_id = $1 AND kind IN ('vrt_create', 'vrt_change')`,
      [vrt],
    );
    for (const { id } of built) {
      assert.equal(
        stored.some((file) => file.includes(id as string)),
        jobs.has(id as string),
        `files of ${id as string}`,
      );
    }
  });

  it('goes away with all of its builds', async () => {
    const before = await server.storedFiles();
    const vrt = await server.addVrt(take(0, 1));
    await done(await send('POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_id: ids[2] }));
    await server.settled();
    assert.equal((await send('DELETE', `/api/datasets/${vrt}`, { confirm_title: 'mosaic' })).status, 204);
    assert.deepEqual(await server.storedFiles(), before);
  });
});
