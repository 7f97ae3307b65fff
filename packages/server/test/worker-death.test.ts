import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff, startPostgres, type TestPostgres } from '@inlay/testing';
import { square } from './square.ts';
import { startSteppingWorker, type SteppingWorker, type Stop } from './stepping.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// One process answers requests, others work, on one PostgreSQL and one storage folder. The workers are killed, frozen and
// robbed of their jobs at each step of each kind of job: everything is done once, and nothing is left over.

/** Slow to serve as it is, so that it is converted. */
const striped = makeGeoTiff({ width: 1100, height: 8, origin: [500_000, 5_300_000], resolution: 10, epsg: 32633 });

describe('workers that die', { timeout: 900_000 }, () => {
  let postgres: TestPostgres;
  let api: TestServer;
  let folder: string;
  let root: string;
  let worker: SteppingWorker;
  let ids: string[];
  let mosaic: string;

  const startWorker = async (): Promise<SteppingWorker> =>
    await startSteppingWorker({
      databaseUrl: (api.running.config.database as { url: string }).url,
      storage: join(api.dataDir, 'objects'),
      sourceRoot: root,
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-death-'));
    root = join(folder, 'root');
    await mkdir(root);
    postgres = await startPostgres();
    const { url } = await postgres.createTestDatabase();
    api = await startTestServer({ roles: ['api'], sourceRoots: [root] }, url);
    worker = await startWorker();
    worker.run();
    ids = [await api.addRaster(square(0, 1)), await api.addRaster(square(1, 2)), await api.addRaster(square(2, 3))];
    mosaic = await api.addVrt(ids.slice(0, 2));
    await api.settled();
    await worker.kill();
  });
  after(async () => {
    await worker?.kill();
    await api?.close();
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** As if the time had passed after which a silent worker counts as dead. */
  const expireLease = (id: string): Promise<unknown> =>
    api.query(`UPDATE jobs SET lease_expires_at = now() - interval '1 second' WHERE id = $1 AND status = 'running'`, [
      id,
    ]);
  /** The steps that are not this job's are passed over. */
  async function nextOf(id: string): Promise<Stop> {
    for (;;) {
      const stop = await worker.next();
      if (stop.id === id) return stop;
      worker.go();
    }
  }
  async function checkNothingOver(): Promise<void> {
    const rows = await api.query(`
      SELECT object_key AS key FROM rasters UNION SELECT quicklook_key FROM rasters
      UNION SELECT object_key FROM raster_versions UNION SELECT quicklook_key FROM raster_versions
      UNION SELECT original ->> 'key' FROM rasters
      UNION SELECT object_key FROM vrt_generations UNION SELECT chunks_key FROM vrt_generations
      UNION SELECT mosaic_key FROM vrt_generations UNION SELECT object_key FROM export_results`);
    const named = rows.flatMap(({ key }) => (key === null ? [] : [key as string])).toSorted();
    assert.deepEqual(await api.storedFiles(), named);
  }
  async function sendForm(path: string, bytes: Uint8Array<ArrayBuffer>, name = 'a.tif'): Promise<string> {
    const form = new FormData();
    form.set('file', new Blob([bytes]), name);
    return await accepted('POST', path, { body: form });
  }
  async function accepted(method: string, path: string, options: object): Promise<string> {
    const { status, body } = await api.call(method, path, options);
    assert.equal(status, 202, JSON.stringify(body));
    return body.job_id;
  }
  async function registered(name: string, value: number): Promise<{ path: string; jobId: string }> {
    const path = join(root, name);
    await writeFile(path, square(3, value));
    const json = { hrefs: [path] };
    return { path, jobId: await accepted('POST', '/api/ingest/register-rasters', { json }) };
  }
  const create = (title: string): Promise<string> =>
    accepted('POST', '/api/ingest/vrt/create', {
      json: { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title },
    });
  const countDatasets = async (): Promise<number> => (await api.call('GET', '/api/datasets/?limit=1')).body.total;

  const exporting = (json: object): Promise<string> => accepted('POST', `/api/datasets/${mosaic}/export`, { json });
  const EXPORT_STEPS = ['planning', 'writing', 'storing'];
  const BUILD_STEPS = ['loading sources', 'planning', 'checking sources', 'writing', 'publishing'];
  const KINDS: [name: string, start: () => Promise<string>, steps: readonly string[], datasets: number][] = [
    [
      'an upload that is converted',
      () => sendForm('/api/ingest/upload?commit=true', striped, 'wide.tif'),
      ['reading header', 'converting', 'drawing thumbnail', 'publishing'],
      1,
    ],
    [
      'a replacement',
      () => sendForm(`/api/datasets/${ids[2]}/replace`, square(2, 9)),
      ['reading header', 'drawing thumbnail', 'publishing'],
      0,
    ],
    ['a registration', async () => (await registered('b.tif', 5)).jobId, ['listing files', 'read 1 of 1 headers'], 1],
    ['a new virtual raster', () => create('killed'), BUILD_STEPS, 1],
    ['an export', () => exporting({}), EXPORT_STEPS, 0],
    [
      'an export that becomes a dataset',
      () => exporting({ as_dataset: true, title: 'exported' }),
      [...EXPORT_STEPS, 'drawing thumbnail', 'publishing'],
      1,
    ],
    ['a changed virtual raster', () => accepted('POST', `/api/datasets/${mosaic}/vrt/regenerate/`, {}), BUILD_STEPS, 0],
  ];

  for (const [name, start, steps, datasets] of KINDS) {
    it(`${name} is done once, though a worker is killed at each of its steps`, async () => {
      const before = await countDatasets();
      const id = await start();
      const killedAt: string[] = [];
      for (let index = 0; index < steps.length; index += 1) {
        worker = await startWorker();
        let stop = await nextOf(id);
        assert.equal(stop.attempt, index + 1);
        // Of the steps up to this one, those that are the same each time; then it dies.
        while (stop.step !== steps[index]) {
          worker.go();
          stop = await nextOf(id);
        }
        killedAt.push(stop.step);
        await worker.kill();
        await expireLease(id);
        // Killed for as long as it is killed at other steps, it is not given up.
        await api.query('UPDATE jobs SET last_attempt = attempt + 5 WHERE id = $1', [id]);
      }
      assert.deepEqual(killedAt, steps);
      worker = await startWorker();
      worker.run();
      const job = await api.waitForJob(id);
      assert.equal(job.status, 'complete', job.error_message ?? '');
      await api.settled();
      assert.equal(await countDatasets(), before + datasets);
      await api.running.cleanUp();
      await checkNothingOver();
      await worker.kill();
    });
  }

  it('a virtual raster shows what it showed while the worker that changed it is dead', async () => {
    worker = await startWorker();
    worker.run();
    const vrt = await api.addVrt(ids.slice(0, 2), { title: 'orphaned' });
    await api.settled();
    await worker.kill();
    const get = async (path: string) => (await api.call('GET', `/api/datasets/${vrt}${path}`)).body;
    const shown = async (): Promise<unknown[]> => [
      (await get('/vrt-sources/')).sources.map((source: { dataset_id: string }) => source.dataset_id),
      (await get('/point/12.5,48.5')).values,
      (await get('/tilejson.json')).tiles,
      (await get('')).extent_bbox,
    ];
    const before = await shown();
    assert.deepEqual(before.slice(0, 2), [ids.slice(0, 2), [1]]);
    const id = await accepted('POST', `/api/ingest/vrt/${vrt}/sources/`, { json: { source_dataset_id: ids[2] } });
    worker = await startWorker();
    let stop = await nextOf(id);
    while (stop.step !== 'publishing') {
      worker.go();
      stop = await nextOf(id);
    }
    await worker.kill();
    assert.equal((await get('/vrt/status/')).status, 'regenerating');
    assert.deepEqual(await shown(), before);

    await expireLease(id);
    worker = await startWorker();
    worker.run();
    assert.equal((await api.waitForJob(id)).status, 'complete');
    const [sources, values, tiles] = await shown();
    assert.deepEqual([sources, values], [ids, [1]]);
    assert.notDeepEqual(tiles, before[2]);
    assert.equal((await get('/vrt/status/')).status, 'ready');
    await api.settled();
    await checkNothingOver();
    await worker.kill();
  });

  it('a frozen worker is given up within a minute, and publishes nothing when it comes back', async () => {
    worker = await startWorker();
    const zombie = worker;
    const id = await create('frozen');
    let stop = await nextOf(id);
    while (stop.step !== 'publishing') {
      zombie.go();
      stop = await nextOf(id);
    }
    const frozenAt = performance.now();
    worker = await startWorker();
    worker.run();
    const job = await api.waitForJob(id);
    const seconds = (performance.now() - frozenAt) / 1000;
    assert.equal(job.status, 'complete', job.error_message ?? '');
    assert.ok(seconds < 60, `taken over after ${seconds} s`);
    await api.settled();
    zombie.run();
    const first = `vrts/${id}/1.vrt`;
    await until(async () => !(await api.storedFiles()).includes(first));
    await checkNothingOver();
    const { body } = await api.call('GET', '/api/datasets/?q=frozen');
    assert.deepEqual([body.total, body.datasets[0].id], [1, job.dataset_id]);
    const [generation] = await api.query('SELECT object_key FROM vrt_generations WHERE dataset_id = $1', [
      job.dataset_id,
    ]);
    assert.equal(generation?.['object_key'], `vrts/${id}/2.vrt`);
    await zombie.kill();
    await worker.kill();
  });

  it('a job under which every worker dies is given up, with the reason, and leaves nothing', async () => {
    const id = await create('poison');
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      worker = await startWorker();
      let stop = await nextOf(id);
      assert.equal(stop.attempt, attempt);
      while (stop.step !== 'publishing') {
        worker.go();
        stop = await nextOf(id);
      }
      await worker.kill();
      await expireLease(id);
    }
    worker = await startWorker();
    worker.run();
    const job = await api.waitForJob(id);
    assert.deepEqual([job.status, job.can_retry], ['failed', true]);
    assert.match(job.error_message ?? '', /stopped without a word 5 times/);
    await until(async () => !(await api.storedFiles()).some((key) => key.startsWith(`vrts/${id}/`)));
    await checkNothingOver();
    // What killed them is gone: it can be tried again, with another title.
    const retried = await api.call('POST', `/api/jobs/${id}/retry`, { json: { title: 'cured' } });
    assert.equal(retried.status, 202, JSON.stringify(retried.body));
    const { dataset_id: dataset } = await api.waitForJob(id);
    assert.equal((await api.call('GET', `/api/datasets/${dataset}`)).body.title, 'cured');
    await api.settled();
    await worker.kill();
  });

  it('a job that is cancelled at any of its steps leaves nothing', async () => {
    await api.running.cleanUp();
    const before = await api.storedFiles();
    const total = await countDatasets();
    worker = await startWorker();
    for (const [step, start] of [
      ...BUILD_STEPS.map((name) => [name, () => create('cancelled')] as const),
      ...BUILD_STEPS.map(
        (name) => [name, () => accepted('POST', `/api/datasets/${mosaic}/vrt/regenerate/`, {})] as const,
      ),
      ['drawing thumbnail', () => sendForm(`/api/datasets/${ids[2]}/replace`, square(2, 10))] as const,
      ['publishing', () => sendForm(`/api/datasets/${ids[2]}/replace`, square(2, 11))] as const,
    ]) {
      const id = await start();
      let stop = await nextOf(id);
      while (stop.step !== step) {
        worker.go();
        stop = await nextOf(id);
      }
      assert.equal((await api.call('POST', `/api/jobs/${id}/cancel`)).status, 200);
      worker.go();
      const upload = `rasters/${id}/data.tif`; // kept for a retry, for a day
      await until(
        async () => {
          const files = (await api.storedFiles()).filter((key) => key !== upload);
          const [row] = await api.query('SELECT 1 FROM rasters WHERE job_id = $1', [id]);
          return row === undefined && JSON.stringify(files) === JSON.stringify(before);
        },
        () => worker.go(), // it goes through further steps until it notices
      );
      assert.equal((await api.call('GET', `/api/jobs/${id}`)).body.status, 'cancelled');
      await rm(join(api.dataDir, 'objects', upload), { force: true });
    }
    assert.equal(await countDatasets(), total);
    await worker.kill();
  });

  async function until(holds: () => Promise<boolean>, meanwhile: () => void = () => {}): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!(await holds())) {
      assert.ok(performance.now() < deadline, `still there: ${(await api.storedFiles()).join(', ')}`);
      meanwhile();
      await delay(100);
    }
  }
});
