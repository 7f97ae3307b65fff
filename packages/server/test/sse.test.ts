import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff } from '@inlay/testing';
import { type RangeServer, startRangeServer } from './range-server.ts';
import { type Job, startTestServer, type TestServer } from './test-server.ts';

// GET /api/jobs/{id}/events: a job followed to its end.

const tile = (index: number): Uint8Array =>
  makeGeoTiff({ width: 8, height: 8, origin: [500_000 + 80 * index, 5_300_000], resolution: 10, epsg: 32633 });

describe('the events of a job', () => {
  let server: TestServer;
  let web: RangeServer;

  before(async () => {
    web = await startRangeServer();
    server = await startTestServer({ sourceRoots: [web.url] });
  });
  after(async () => {
    web.release();
    await server.close();
    await web.close();
  });

  async function start(hrefs: readonly string[]): Promise<string> {
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { hrefs } });
    return sent.body.job_id as string;
  }

  async function open(id: string, signal?: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${server.admin}`, origin: 'https://map.example' };
    return await fetch(`${server.url}/api/jobs/${id}/events`, { headers, ...(signal === undefined ? {} : { signal }) });
  }

  /** Reads events as they come, by the rules of the HTML standard's "event stream" as far as they are used. */
  async function* events(response: Response): AsyncGenerator<Job> {
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        if (block[0]?.startsWith(':')) continue;
        assert.equal(block[0], 'event: job');
        assert.match(block[1] ?? '', /^data: \{/);
        assert.equal(block.length, 2);
        yield JSON.parse((block[1] ?? '').slice(6)) as Job;
      }
    }
    assert.equal(text, '');
  }

  it('begin at once, never go back, and end with the job', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `/many-${index}.tif`);
    for (const [index, name] of names.entries()) web.files.set(name, tile(index));
    web.stalled.add('/many-199.tif');
    const id = await start(names.map((name) => web.url + name));
    const response = await open(id);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    assert.match(response.headers.get('x-request-id') ?? '', /./);
    const seen: Job[] = [];
    for await (const job of events(response)) {
      seen.push(job);
      if (job.progress > 0.5) web.release();
    }
    const progress = seen.map((job) => job.progress);
    assert.deepEqual(
      progress,
      progress.toSorted((a, b) => a - b),
    );
    assert.ok(new Set(progress).size >= 3, progress.join(' '));
    assert.ok(seen.slice(0, -1).every((job) => ['pending', 'running'].includes(job.status) && job.progress < 1));
    const last = seen.at(-1) as Job;
    assert.deepEqual([last.status, last.progress], ['complete', 1]);
    const { body } = await server.call('GET', `/api/jobs/${id}`);
    assert.deepEqual(last, body);
  });

  it('tell the steps of a virtual raster that is built and changed, and never go back', async () => {
    for (const index of [0, 1, 2]) web.files.set(`/step-${index}.tif`, tile(400 + index));
    const registered = await start([0, 1, 2].map((index) => `${web.url}/step-${index}.tif`));
    await server.waitForJob(registered);
    await server.settled();
    const { body } = await server.call('GET', `/api/datasets/?job_id=${registered}&sort=title`);
    const ids: string[] = body.datasets.map((dataset: { id: string }) => dataset.id);

    /** Held up while it looks at the last of its sources. */
    async function follow(held: string, path: string, json: object): Promise<Job> {
      web.stalled.add(held);
      const sent = await server.call('POST', path, { json });
      assert.equal(sent.status, 202, JSON.stringify(sent.body));
      const seen: Job[] = [];
      for await (const job of events(await open(sent.body.job_id))) {
        seen.push(job);
        if (job.current_step === 'checking sources') web.release();
      }
      const progress = seen.map((job) => job.progress);
      assert.deepEqual(
        progress,
        progress.toSorted((a, b) => a - b),
      );
      const steps = seen.flatMap(({ status, current_step: step }) => (status === 'running' && step ? [step] : []));
      assert.ok(steps.includes('checking sources'), steps.join());
      const places = steps.map((step) =>
        ['queued', 'loading sources', 'planning', 'checking sources', 'writing', 'publishing'].indexOf(step),
      );
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
      );
      assert.ok(!places.includes(-1), steps.join());
      assert.ok(progress[0]! >= 0 && seen.slice(0, -1).every((job) => job.progress < 1), progress.join());
      const last = seen.at(-1)!;
      assert.deepEqual([last.status, last.progress], ['complete', 1], last.error_message ?? '');
      return last;
    }
    const created = await follow('/step-1.tif', '/api/ingest/vrt/create', {
      source_dataset_ids: ids.slice(0, 2),
      vrt_type: 'mosaic',
      resolution_strategy: 'finest',
      title: 'in steps',
    });
    const sources = `/api/ingest/vrt/${created.dataset_id}/sources/`;
    await follow('/step-2.tif', sources, { source_dataset_id: ids[2] });
  });

  it('of a job that has ended are one, and the end', async () => {
    const id = await start([`${web.url}/none.tif`]);
    await server.waitForJob(id);
    const seen = [];
    for await (const job of events(await open(id))) seen.push(job);
    assert.deepEqual(
      seen.map((job) => job.status),
      ['failed'],
    );
  });

  it('tell all who follow when the job is cancelled', async () => {
    web.stalled.add('/stalled.tif');
    const id = await start([`${web.url}/stalled.tif`]);
    const followers = await Promise.all(Array.from({ length: 5 }, () => open(id)));
    const lasts = followers.map(async (response) => {
      let last: Job | undefined;
      for await (const job of events(response)) last = job;
      return last?.status;
    });
    await delay(50);
    const startedAt = performance.now();
    assert.equal((await server.call('POST', `/api/jobs/${id}/cancel`)).status, 200);
    assert.deepEqual(
      await Promise.all(lasts),
      Array.from({ length: 5 }, () => 'cancelled'),
    );
    assert.ok(performance.now() - startedAt < 5000);
    web.release();
  });

  it('follow a job that is tried again from where it begins', async () => {
    web.files.set('/again.tif', tile(300));
    web.stalled.add('/again.tif');
    const id = await start([`${web.url}/again.tif`]);
    await server.call('POST', `/api/jobs/${id}/cancel`);
    await server.call('POST', `/api/jobs/${id}/retry`);
    const response = await open(id);
    web.release();
    const seen: Job[] = [];
    for await (const job of events(response)) seen.push(job);
    assert.equal(seen.at(-1)?.status, 'complete', seen.at(-1)?.error_message ?? '');
  });

  it('cost nothing any more once nobody listens', async () => {
    web.stalled.add('/left.tif');
    const id = await start([`${web.url}/left.tif`]);
    const asked = async (): Promise<number> => {
      const before = process.resourceUsage().userCPUTime;
      await delay(300);
      return process.resourceUsage().userCPUTime - before;
    };
    const aborts = Array.from({ length: 50 }, () => new AbortController());
    const responses = await Promise.all(aborts.map((abort) => open(id, abort.signal)));
    assert.ok(responses.every((response) => response.status === 200));
    for (const abort of aborts) abort.abort();
    await delay(100);
    assert.ok((await asked()) < 300_000, 'the server is busy with clients that are gone');
    // The server stops at once: no stream holds it.
    assert.equal((await server.call('POST', `/api/jobs/${id}/cancel`)).status, 200);
    web.release();
  });

  it('end when the server does', async () => {
    const other = await startTestServer({ sourceRoots: [web.url] });
    web.stalled.add('/ends.tif');
    const sent = await other.call('POST', '/api/ingest/register-rasters', { json: { hrefs: [`${web.url}/ends.tif`] } });
    const response = await fetch(`${other.url}/api/jobs/${sent.body.job_id}/events`, {
      headers: { authorization: `Bearer ${other.admin}` },
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const startedAt = performance.now();
    await other.close();
    assert.ok(performance.now() - startedAt < 8000);
    await assert.rejects(async () => {
      for (;;) {
        const { done } = await reader.read();
        if (done) throw new Error('ended');
      }
    });
    web.release();
  });
});
