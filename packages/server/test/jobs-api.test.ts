import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff } from '@inlay/testing';
import { type RangeServer, startRangeServer } from './range-server.ts';
import { type Answer, type Job, startTestServer, type TestServer } from './test-server.ts';

// Jobs as their owner sees them: listed, cancelled at every stage, tried again.

const tile = (index: number): Uint8Array<ArrayBuffer> =>
  makeGeoTiff({
    width: 8,
    height: 8,
    origin: [500_000 + 80 * index, 5_300_000],
    resolution: 10,
    epsg: 32633,
  });

describe('jobs', () => {
  let server: TestServer;
  let web: RangeServer;
  let folder: string;
  let fromWeb: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-jobs-'));
    web = await startRangeServer();
    server = await startTestServer({ sourceRoots: [web.url, folder], workerConcurrency: 2 });
    for (const index of [0, 1]) web.files.set(`/${index}.tif`, tile(index));
    const sent = await register([0, 1].map((index) => `${web.url}/${index}.tif`));
    await server.waitForJob(sent.body.job_id);
    const { body } = await server.call('GET', '/api/datasets/?sort=title');
    fromWeb = body.datasets.map((dataset: { id: string }) => dataset.id);
    await server.settled();
  });
  after(async () => {
    web.release();
    await server.close();
    await web.close();
    await rm(folder, { recursive: true, force: true });
  });

  const register = (hrefs: string[], token?: string): Promise<Answer> =>
    server.call('POST', '/api/ingest/register-rasters', { json: { hrefs }, ...(token === undefined ? {} : { token }) });
  const create = (ids: readonly string[], title = 'mosaic'): Promise<Answer> =>
    server.call('POST', '/api/ingest/vrt/create', {
      json: { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title },
    });
  const get = async (id: string): Promise<Job> => (await server.call('GET', `/api/jobs/${id}`)).body;
  const cancel = (id: string): Promise<Answer> => server.call('POST', `/api/jobs/${id}/cancel`);
  const retry = (id: string): Promise<Answer> => server.call('POST', `/api/jobs/${id}/retry`);
  async function reaches(id: string, status: string): Promise<Job> {
    const deadline = performance.now() + 10_000;
    for (;;) {
      const job = await get(id);
      if (job.status === status) return job;
      assert.ok(performance.now() < deadline, `job ${id} is ${job.status}, not ${status}`);
      await delay(10);
    }
  }
  /** What is left when all is done: datasets, objects and unfinished writes. */
  async function leftovers(): Promise<unknown> {
    await server.settled();
    const { body } = await server.call('GET', '/api/datasets/?limit=1000');
    return { datasets: body.datasets.map((dataset: { id: string }) => dataset.id), files: await server.storedFiles() };
  }

  /** Keeps both workers of the queue for rasters busy until they are cancelled; their ids. */
  async function occupy(): Promise<string[]> {
    const names = ['stall-a.tif', 'stall-b.tif'];
    const ids = [];
    for (const name of names) {
      web.stalled.add(`/${name}`);
      ids.push((await register([`${web.url}/${name}`])).body.job_id as string);
    }
    for (const id of ids) await reaches(id, 'running');
    return ids;
  }

  it('are cancelled while they run, and what they waited for is let go', async () => {
    const before = await leftovers();
    const ids = await occupy();
    for (const id of ids) {
      const answer = await cancel(id);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.status, 'cancelled');
      assert.ok(answer.body.completed_at !== null);
    }
    for (const id of ids) {
      const { body: log } = await server.call('GET', '/api/audit?action=job.cancel');
      assert.ok(log.entries.some((entry: { subject_id: string }) => entry.subject_id === id));
      const again = await cancel(id);
      assert.equal(again.status, 409);
      assert.equal(again.body.code, 'job_not_cancellable');
    }
    assert.deepEqual(await leftovers(), before);
    // The workers are free again: they take the next one at once.
    const startedAt = performance.now();
    const sent = await register([`${web.url}/none.tif`]);
    await server.waitForJob(sent.body.job_id);
    assert.ok(performance.now() - startedAt < 5000);
  });

  it('are cancelled before they run, and then never do', async () => {
    const before = await leftovers();
    const busy = await occupy();
    const waiting = await register([`${web.url}/0.tif`]);
    const { job_id: id } = waiting.body;
    assert.equal((await get(id)).status, 'pending');
    assert.equal((await cancel(id)).status, 200);
    for (const other of busy) await cancel(other);
    web.release();
    await delay(100);
    assert.equal((await get(id)).status, 'cancelled');
    assert.equal((await get(id)).progress, 0);
    assert.deepEqual(await leftovers(), before);
  });

  it('that upload are cancelled at each stage, and what can never be committed is removed', async () => {
    const upload = async (query = ''): Promise<string> => {
      const form = new FormData();
      form.append('file', new Blob([tile(5)]), 'a.tif');
      const sent = await server.call('POST', `/api/ingest/upload${query}`, { body: form });
      return sent.body.job_id as string;
    };
    const before = await leftovers();
    const received = await upload();
    assert.equal((await cancel(received)).status, 200);
    assert.equal((await get(received)).can_retry, false);
    assert.deepEqual(await leftovers(), before);
    const commit = await server.call('POST', `/api/ingest/commit/${received}`, { json: { title: 'late' } });
    assert.equal(commit.status, 409);
    assert.equal((await server.call('POST', `/api/ingest/preview/${received}`)).status, 409);
    assert.equal((await retry(received)).status, 409);

    const busy = await occupy();
    const committed = await upload('?commit=true');
    assert.equal((await cancel(committed)).status, 200);
    for (const other of busy) await cancel(other);
    web.release();
    // Committed, it may be tried again: its bytes wait for that.
    assert.equal((await get(committed)).can_retry, true);
    const retried = await retry(committed);
    assert.equal(retried.status, 202);
    assert.equal(retried.body.status, 'pending');
    const job = await server.waitForJob(committed);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    await server.settled();
    const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
    await server.call('DELETE', `/api/datasets/${job.dataset_id}`, { json: { confirm_title: body.title } });
    assert.deepEqual(await leftovers(), before);
  });

  it('that build are cancelled, leave no artifact, and build when tried again', async () => {
    const before = await leftovers();
    web.stalled.add('/0.tif');
    const sent = await create(fromWeb, 'cancelled');
    const running = await reaches(sent.body.job_id, 'running');
    // Its sources are held while it runs, and let go with it.
    const held = await server.call('DELETE', `/api/datasets/${fromWeb[0]}`, { json: { confirm_title: '0.tif' } });
    assert.equal(held.status, 409);
    assert.deepEqual(held.body.dependent_vrts, [{ vrt_dataset_id: null, vrt_dataset_title: 'cancelled' }]);
    assert.equal((await cancel(running.id)).status, 200);
    assert.deepEqual(await leftovers(), before);

    web.release();
    assert.equal((await retry(running.id)).status, 202);
    const job = await server.waitForJob(running.id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    assert.equal(job.progress, 1);
    assert.equal((await retry(running.id)).status, 409);
    await server.settled();
    await server.call('DELETE', `/api/datasets/${job.dataset_id}`, { json: { confirm_title: 'cancelled' } });
    assert.deepEqual(await leftovers(), before);
  });

  it('that are tried again ten times at the same moment are tried again once', async () => {
    const sent = await create(fromWeb);
    web.stalled.add('/0.tif');
    await cancel(sent.body.job_id);
    const job = await get(sent.body.job_id);
    if (job.status === 'cancelled') {
      const answers = await Promise.all(Array.from({ length: 10 }, () => retry(job.id)));
      const statuses = answers.map(({ status }) => status).toSorted();
      assert.deepEqual(statuses, [202, ...Array.from({ length: 9 }, () => 409)]);
    }
    web.release();
    const done = await server.waitForJob(job.id);
    assert.equal(done.status, 'complete', done.error_message ?? '');
    const made = await server.call('GET', `/api/datasets/?job_id=${job.id}`);
    assert.equal(made.body.total, 1);
    await server.settled();
    await server.call('DELETE', `/api/datasets/${done.dataset_id}`, { json: { confirm_title: 'mosaic' } });
  });

  it('whose source went in between say so when they are tried again', async () => {
    const paths = [join(folder, 'a.tif'), join(folder, 'b.tif')];
    for (const [index, path] of paths.entries()) await writeFile(path, tile(index));
    const registered = await server.waitForJob((await register(paths)).body.job_id);
    const { body } = await server.call('GET', `/api/datasets/?job_id=${registered.id}&sort=title`);
    const ids = body.datasets.map((dataset: { id: string }) => dataset.id);
    await rm(paths[0] as string);
    const failed = await server.waitForJob((await create(ids)).body.job_id);
    assert.equal(failed.status, 'failed');
    assert.equal(failed.can_retry, true);
    assert.equal(
      (await server.call('DELETE', `/api/datasets/${ids[0]}`, { json: { confirm_title: 'a.tif' } })).status,
      204,
    );
    const again = await retry(failed.id);
    assert.equal(again.status, 422);
    assert.deepEqual(
      again.body.detail.map(({ type, input }: { type: string; input: unknown }) => [type, input]),
      [['source_not_found', ids[0]]],
    );
    const { body: still } = await server.call('GET', `/api/jobs/${failed.id}`);
    assert.deepEqual([still.status, still.can_retry], ['failed', true]);
  });

  it('are listed newest first, page by page, by kind and by status', async () => {
    await server.settled();
    const list = async (query: string) => (await server.call('GET', `/api/jobs?${query}`)).body;
    const all = await list('limit=1000');
    assert.equal(all.jobs.length, all.total);
    const times = all.jobs.map((job: { created_at: string }) => job.created_at);
    assert.deepEqual(times, times.toSorted().toReversed());
    const paged: string[] = [];
    for (let skip = 0; skip < all.total; skip += 3) {
      const page = await list(`limit=3&skip=${skip}`);
      assert.deepEqual([page.total, page.limit, page.skip], [all.total, 3, skip]);
      paged.push(...page.jobs.map((job: Job) => job.id));
    }
    assert.deepEqual(
      paged,
      all.jobs.map((job: Job) => job.id),
    );
    let counted = 0;
    for (const status of ['pending', 'running', 'complete', 'failed', 'cancelled']) {
      const { jobs, total } = await list(`limit=1000&status=${status}`);
      assert.ok(jobs.every((job: Job) => job.status === status));
      counted += total;
    }
    assert.equal(counted, all.total);
    const { jobs } = await list('limit=1000&kind=vrt_create&status=cancelled');
    assert.ok(jobs.every((job: { kind: string }) => job.kind === 'vrt_create'));
    for (const query of ['status=done', 'kind=tiles', 'owner=me', 'limit=0']) {
      assert.equal((await server.call('GET', `/api/jobs?${query}`)).status, 422, query);
    }
  });

  it('show every field that the contract names, and none of their lists', async () => {
    const { body } = await server.call('GET', '/api/jobs?limit=1&kind=vrt_create');
    assert.deepEqual(Object.keys(body.jobs[0]).toSorted(), [
      'can_retry',
      'completed_at',
      'created_at',
      'current_step',
      'dataset_id',
      'error_message',
      'id',
      'kind',
      'owner_name',
      'progress',
      'request_id',
      'result',
      'source_dataset_id',
      'source_filename',
      'started_at',
      'status',
      'title',
      'warnings',
    ]);
  });
});
