import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff, startPostgres } from '@inlay/testing';
import { type RangeServer, startRangeServer } from './range-server.ts';
import { type Answer, type CallOptions, startTestServer, type TestServer } from './test-server.ts';

// What may happen while a virtual raster is being built anew: other changes, failures, cancels, deletions. A build is held up
// by a web server that does not answer when one of its sources is looked at.

const tile = (index: number): Uint8Array<ArrayBuffer> =>
  makeGeoTiff({ width: 8, height: 8, origin: [500_000 + 80 * index, 5_300_000], resolution: 10, epsg: 32633 });

const HELD = '/3.tif';

describe('while a virtual raster is built anew', () => {
  let server: TestServer;
  let web: RangeServer;
  /** Of the web server's tiles; the last one is at {@link HELD}. */
  let ids: string[];

  before(async () => {
    web = await startRangeServer();
    server = await startTestServer({ sourceRoots: [web.url], workerConcurrency: 2 });
    const hrefs = [0, 1, 2, 3].map((index) => `${web.url}/${index}.tif`);
    for (const index of [0, 1, 2, 3]) web.files.set(`/${index}.tif`, tile(index));
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { hrefs } });
    await server.waitForJob(sent.body.job_id);
    await server.settled();
    const { body } = await server.call('GET', '/api/datasets/?sort=title');
    ids = body.datasets.map((dataset: { id: string }) => dataset.id);
  });
  after(async () => {
    web.release();
    await server.close();
    await web.close();
  });

  const send = (method: string, path: string, json?: unknown, options: CallOptions = {}): Promise<Answer> =>
    server.call(method, path, { ...(json === undefined ? {} : { json }), ...options });
  const add = (vrt: string, index: number): Promise<Answer> =>
    send('POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_id: ids[index] });
  const remove = (vrt: string, index: number): Promise<Answer> =>
    send('DELETE', `/api/ingest/vrt/${vrt}/sources/${ids[index]}/`);
  const regenerate = (vrt: string): Promise<Answer> => send('POST', `/api/datasets/${vrt}/vrt/regenerate/`);
  const statusOf = async (vrt: string) => (await send('GET', `/api/datasets/${vrt}/vrt/status/`)).body;
  const sourcesOf = async (vrt: string): Promise<string[]> => {
    const { body } = await send('GET', `/api/datasets/${vrt}/vrt-sources/`);
    return body.sources.map((source: { dataset_id: string }) => source.dataset_id);
  };
  const datasetOf = async (vrt: string) => (await send('GET', `/api/datasets/${vrt}`)).body;
  const take = (...indexes: number[]): string[] => indexes.map((index) => ids[index] as string);
  const create = (title: string, ...indexes: number[]) => server.addVrt(take(...indexes), { title });

  /** Begins an add that hangs while it looks at its source. */
  async function beginAdd(vrt: string): Promise<string> {
    web.stalled.add(HELD);
    const requests = web.log.length;
    const { status, body } = await add(vrt, 3);
    assert.equal(status, 202, JSON.stringify(body));
    while (!web.log.slice(requests).some((line) => line.endsWith(HELD))) await delay(5);
    return body.job_id as string;
  }
  async function statusOfJob(id: string): Promise<string> {
    return (await send('GET', `/api/jobs/${id}`)).body.status as string;
  }

  it('shows what it showed before, says what goes on, and takes no second change', async () => {
    const vrt = await create('busy', 0, 1, 2);
    const before = { sources: await sourcesOf(vrt), dataset: await datasetOf(vrt), status: await statusOf(vrt) };
    const job = await beginAdd(vrt);

    const status = await statusOf(vrt);
    assert.equal(status.status, 'regenerating');
    assert.equal(status.generation_id, before.status.generation_id);
    assert.deepEqual([status.active_generation.job_id, status.active_generation.change], [job, 'sources_added']);
    assert.ok(status.active_generation.elapsed_seconds >= 0);
    assert.deepEqual(await sourcesOf(vrt), before.sources);
    assert.deepEqual({ ...(await datasetOf(vrt)), raster: null }, { ...before.dataset, raster: null });
    const refusals = [
      await add(vrt, 3),
      await remove(vrt, 0),
      await send('PUT', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_ids: take(1, 0) }),
      await regenerate(vrt),
      await send('POST', `/api/datasets/${vrt}/vrt/rollback/`, { generation_id: before.status.generation_id }),
    ];
    for (const refused of refusals) assert.deepEqual([refused.status, refused.body.code], [409, 'regenerating']);

    const listed = (await send('GET', `/api/datasets/${vrt}/vrt/generations/`)).body;
    assert.equal(listed.total, 2);
    const [newest] = listed.generations;
    assert.deepEqual(
      [newest.id, newest.status, newest.number, newest.source_count, newest.is_current, newest.completed_at],
      [status.active_generation.generation_id, 'running', null, 4, false, null],
    );

    web.release();
    assert.equal((await server.waitForJob(job)).status, 'complete');
    const after = await statusOf(vrt);
    assert.deepEqual([after.status, after.generation_id], ['ready', status.active_generation.generation_id]);
    assert.deepEqual(await sourcesOf(vrt), take(0, 1, 2, 3));
  });

  it('keeps the source that is being added, and those it has, from being deleted', async () => {
    const vrt = await create('keeping', 0, 1);
    const job = await beginAdd(vrt);
    const refused = await send('DELETE', `/api/datasets/${ids[3]}`, { confirm_title: '3.tif' });
    assert.equal(refused.status, 409);
    assert.ok(
      refused.body.dependent_vrts.some((dependent: { vrt_dataset_id: string }) => dependent.vrt_dataset_id === vrt),
      JSON.stringify(refused.body),
    );
    web.release();
    assert.equal((await server.waitForJob(job)).status, 'complete');
  });

  it('is as it was when the build is cancelled, and the same change can be tried again', async () => {
    const vrt = await create('cancelled', 0, 1);
    await server.settled();
    const files = await server.storedFiles();
    const before = await statusOf(vrt);
    const job = await beginAdd(vrt);
    assert.equal((await send('POST', `/api/jobs/${job}/cancel`)).status, 200);
    assert.deepEqual({ ...(await statusOf(vrt)) }, before);
    const { generations } = (await send('GET', `/api/datasets/${vrt}/vrt/generations/`)).body;
    assert.deepEqual([generations[0].status, generations[0].error_message], ['failed', 'It was cancelled.']);
    web.release();
    assert.deepEqual(await server.storedFiles(), files);

    assert.equal((await send('POST', `/api/jobs/${job}/retry`)).status, 202);
    assert.equal((await server.waitForJob(job)).status, 'complete');
    assert.deepEqual(await sourcesOf(vrt), take(0, 1, 3));
  });

  it('is as it was when the build fails, says why, and is ready again after the next one', async () => {
    const vrt = await create('failing', 0, 1);
    await server.settled();
    const files = await server.storedFiles();
    const before = await statusOf(vrt);
    const bytes = web.files.get(HELD) as Uint8Array;
    const job = await beginAdd(vrt);
    web.files.delete(HELD);
    web.release();
    const failed = await server.waitForJob(job);
    assert.equal(failed.status, 'failed');
    assert.match(failed.error_message ?? '', /"3\.tif" cannot be found/);
    assert.equal(failed.can_retry, true);

    const status = await statusOf(vrt);
    assert.deepEqual([status.status, status.generation_id], ['failed', before.generation_id]);
    assert.deepEqual([status.last_failure.job_id, status.last_failure.error_message], [job, failed.error_message]);
    assert.equal((await datasetOf(vrt)).raster.status, 'ready');
    assert.deepEqual(await sourcesOf(vrt), take(0, 1));
    assert.deepEqual(await server.storedFiles(), files);
    const { generations } = (await send('GET', `/api/datasets/${vrt}/vrt/generations/`)).body;
    assert.deepEqual([generations[0].status, generations[0].error_message], ['failed', failed.error_message]);

    web.files.set(HELD, bytes);
    assert.equal((await send('POST', `/api/jobs/${job}/retry`)).status, 202);
    assert.equal((await server.waitForJob(job)).status, 'complete');
    assert.deepEqual((await statusOf(vrt)).last_failure, null);
    assert.equal((await statusOf(vrt)).status, 'ready');
  });

  it('refuses to try a change again that was made to what it no longer shows', async () => {
    const vrt = await create('moved on', 0, 1);
    const job = await beginAdd(vrt);
    await send('POST', `/api/jobs/${job}/cancel`);
    web.release();
    assert.equal((await server.waitForJob((await add(vrt, 2)).body.job_id)).status, 'complete');
    const retried = await send('POST', `/api/jobs/${job}/retry`);
    assert.deepEqual([retried.status, retried.body.code], [409, 'job_not_retryable']);
    assert.deepEqual(await sourcesOf(vrt), take(0, 1, 2));
  });

  it('does not let a retry and another change build at once', async () => {
    const vrt = await create('two at once', 0, 1);
    const first = await beginAdd(vrt);
    await send('POST', `/api/jobs/${first}/cancel`);
    const second = await beginAdd(vrt);
    const retried = await send('POST', `/api/jobs/${first}/retry`);
    assert.deepEqual([retried.status, retried.body.code], [409, 'regenerating']);
    web.release();
    assert.equal((await server.waitForJob(second)).status, 'complete');
  });

  it('can be deleted, which ends the build and leaves nothing', async () => {
    await server.settled();
    const files = await server.storedFiles();
    const vrt = await create('going', 0, 1);
    const job = await beginAdd(vrt);
    assert.equal((await send('DELETE', `/api/datasets/${vrt}`, { confirm_title: 'going' })).status, 204);
    assert.equal(await statusOfJob(job), 'cancelled');
    web.release();
    const retried = await send('POST', `/api/jobs/${job}/retry`);
    assert.deepEqual([retried.status, retried.body.code], [409, 'job_not_retryable']);
    await server.settled();
    assert.deepEqual(await server.storedFiles(), files);
  });

  it('takes one of two rasters that are added at the same moment, and the other once that has ended', async () => {
    const vrt = await create('two adds', 0, 1);
    for (const path of ['/2.tif', HELD]) web.stalled.add(path);
    const indexes = [2, 3];
    const answers = await Promise.all(indexes.map((index) => add(vrt, index)));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [202, 409]);
    const [first, second] = answers[0]?.status === 202 ? [0, 1] : [1, 0];
    assert.equal(answers[second]?.body.code, 'regenerating');
    assert.deepEqual(await sourcesOf(vrt), take(0, 1));
    web.release();
    assert.equal((await server.waitForJob(answers[first]?.body.job_id)).status, 'complete');
    assert.deepEqual(await sourcesOf(vrt), take(0, 1, indexes[first]!));

    const again = await add(vrt, indexes[second]!);
    assert.equal((await server.waitForJob(again.body.job_id)).status, 'complete');
    assert.deepEqual(await sourcesOf(vrt), take(0, 1, indexes[first]!, indexes[second]!));
    assert.equal((await datasetOf(vrt)).raster.width, 32);
  });

  it('takes one of ten changes that come at the same moment', async () => {
    const vrt = await create('ten', 0, 1);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? add(vrt, 2) : regenerate(vrt))),
    );
    const accepted = answers.filter(({ status }) => status === 202);
    // A build is quick: what comes after its end is taken too, and an add of what is there by then is refused.
    for (const { status, body } of answers) {
      assert.ok(status === 202 || ['regenerating', 'already_linked'].includes(body.code), JSON.stringify(body));
    }
    for (const { body } of accepted) assert.equal((await server.waitForJob(body.job_id)).status, 'complete');
    const { generations } = (await send('GET', `/api/datasets/${vrt}/vrt/generations/`)).body;
    assert.equal(generations.length, 1 + accepted.length);
    assert.ok(accepted.length >= 1);
  });

  it('removes a source whose file has gone, which stands in nobody’s way', async () => {
    const vrt = await create('with a gap', 0, 1, 2, 3);
    const bytes = web.files.get(HELD) as Uint8Array;
    web.files.delete(HELD);
    const other = await server.waitForJob((await remove(vrt, 0)).body.job_id);
    assert.equal(other.status, 'complete', other.error_message ?? '');
    const whole = await server.waitForJob((await regenerate(vrt)).body.job_id);
    assert.match(whole.error_message ?? '', /"3\.tif" cannot be found/);
    const job = await server.waitForJob((await remove(vrt, 3)).body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    assert.deepEqual(await sourcesOf(vrt), take(1, 2));
    web.files.set(HELD, bytes);
  });

  it('fails where a source was hidden from its owner meanwhile, and shows what it showed', async () => {
    const editor = await server.user('editor');
    const shared = await server.addRaster(tile(5), { title: 'shared', visibility: 'internal' });
    const own: string[] = [];
    for (const index of [6, 7]) own.push(await server.addRaster(tile(index), { token: editor }));
    const vrt = await server.addVrt([...own, shared], { token: editor });
    await send('PATCH', `/api/datasets/${shared}`, { visibility: 'private' });
    const options = { token: editor };
    const refused = await send('POST', `/api/datasets/${vrt}/vrt/regenerate/`, {}, options);
    assert.equal(refused.status, 422);
    assert.deepEqual(
      refused.body.detail.map((item: { type: string; loc: unknown; input: string }) => [
        item.type,
        item.loc,
        item.input,
      ]),
      [['source_not_found', ['path', 'id'], shared]],
    );
    // The one who owns it can do without.
    const left = await send('DELETE', `/api/ingest/vrt/${vrt}/sources/${shared}/`, undefined, options);
    assert.equal((await server.waitForJob(left.body.job_id, editor)).status, 'complete');
    assert.deepEqual(await sourcesOf(vrt), own);
  });
});

describe('of two servers on one PostgreSQL', () => {
  it('one takes a change, and the other refuses a second one until it has ended', async () => {
    const postgres = await startPostgres();
    const database = await postgres.createTestDatabase();
    const adminToken = 'a-token-for-both-of-them-of-some-length';
    const one = await startTestServer({ roles: ['api', 'worker'], adminToken }, database.url);
    const storage = { kind: 'file', directory: `${one.dataDir}/objects` } as const;
    const two = await startTestServer({ roles: ['api'], adminToken, storage }, database.url);
    try {
      const ids: string[] = [];
      for (const index of [0, 1, 2, 3]) ids.push(await one.addRaster(tile(index)));
      const vrt = await one.addVrt(ids.slice(0, 2));
      for (let round = 0; round < 10; round += 1) {
        const { body: before } = await one.call('GET', `/api/datasets/${vrt}/vrt/generations/`);
        const answers = await Promise.all(
          [one, two, one, two].map((server) => server.call('POST', `/api/datasets/${vrt}/vrt/regenerate/`)),
        );
        const accepted = answers.filter(({ status }) => status === 202);
        for (const { status, body } of answers) assert.ok(status === 202 || body.code === 'regenerating');
        for (const { body } of accepted) assert.equal((await one.waitForJob(body.job_id)).status, 'complete');
        const { body: after } = await two.call('GET', `/api/datasets/${vrt}/vrt/generations/`);
        assert.equal(after.generations[0].number, before.generations[0].number + accepted.length);
      }
    } finally {
      await two.close();
      await one.close();
      await postgres.stop();
    }
  });
});
