import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type RangeServer, startRangeServer } from './range-server.ts';
import { square } from './square.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// How the sources of virtual rasters are: told from the catalogue, which a check in the background keeps up to date.

describe('the health of sources', () => {
  let server: TestServer;
  let web: RangeServer;
  let folder: string;
  let root: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-health-'));
    root = join(folder, 'root');
    await mkdir(root);
    web = await startRangeServer();
    server = await startTestServer({ sourceRoots: [root, web.url] });
  });
  after(async () => {
    await server.close();
    await web.close();
    await rm(folder, { recursive: true, force: true });
  });

  let round = 0;
  let a: string;
  let b: string;
  let path: string;
  let mosaic: string;
  beforeEach(async () => {
    round += 1;
    path = join(root, `${round}.tif`);
    await writeFile(path, square(0));
    web.files.set(`/${round}.tif`, square(1));
    const sent = await server.call('POST', '/api/ingest/register-rasters', {
      json: { hrefs: [path, `${web.url}/${round}.tif`] },
    });
    await server.waitForJob(sent.body.job_id);
    const rows = await server.query('SELECT dataset_id AS id, location FROM rasters');
    a = rows.find((row) => row['location'] === path)?.['id'] as string;
    b = rows.find((row) => row['location'] === `${web.url}/${round}.tif`)?.['id'] as string;
    mosaic = await server.addVrt([a, b], { title: `mosaic ${round}` });
    await server.settled();
  });

  async function status(id = mosaic, query = ''): Promise<{ sources: Record<string, string>; health: object }> {
    const { body } = await server.call('GET', `/api/datasets/${id}/vrt/status/${query}`);
    const entries = body.source_health.map((source: { dataset_id: string; status: string }) => [
      source.dataset_id,
      source.status,
    ]);
    return { sources: Object.fromEntries(entries), health: body.health };
  }
  const counts = (changes: object): object => ({ healthy: 0, stale: 0, missing: 0, inaccessible: 0, ...changes });
  /** Has the files of the mosaic looked at now. */
  async function check(id = mosaic): Promise<void> {
    const sent = await server.call('POST', `/api/datasets/${id}/check-files`);
    assert.deepEqual([sent.status, sent.body.files], [202, 2]);
    await server.running.checkHealth();
  }
  const fileStatus = async (id: string): Promise<string> =>
    (await server.call('GET', `/api/datasets/${id}`)).body.raster.file_status;

  it('is told of a file that is gone, and of one that comes back', async () => {
    assert.deepEqual(await status(), { sources: { [a]: 'healthy', [b]: 'healthy' }, health: counts({ healthy: 2 }) });
    await rename(path, `${path}.away`);
    web.files.delete(`/${round}.tif`);
    const before = web.log.length;
    assert.equal((await status()).sources[a], 'healthy', 'nobody has looked yet');
    assert.equal(web.log.length, before, 'asking for the state asks nobody else');
    await check();
    assert.deepEqual(await status(), { sources: { [a]: 'missing', [b]: 'missing' }, health: counts({ missing: 2 }) });
    assert.deepEqual([await fileStatus(a), await fileStatus(b)], ['missing', 'missing']);

    await rename(`${path}.away`, path);
    web.files.set(`/${round}.tif`, square(1));
    await check();
    assert.deepEqual((await status()).sources, { [a]: 'healthy', [b]: 'healthy' });
  });

  it('is told of a file that has changed, until it is refreshed and the mosaic built anew', async () => {
    await writeFile(path, square(0, 99));
    web.files.set(
      `/${round}.tif`,
      makeGeoTiff({ width: 9, height: 8, origin: [13, 49], resolution: 1 / 8, epsg: 4326 }),
    );
    await check();
    assert.deepEqual(await status(), { sources: { [a]: 'stale', [b]: 'stale' }, health: counts({ stale: 2 }) });
    assert.deepEqual([await fileStatus(a), await fileStatus(b)], ['changed', 'changed']);
    for (const id of [a, b]) {
      const sent = await server.call('POST', `/api/datasets/${id}/refresh`);
      assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    }
    assert.deepEqual([await fileStatus(a), (await status()).sources[a]], ['healthy', 'stale']);
    const sent = await server.call('POST', `/api/datasets/${mosaic}/vrt/regenerate/`);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    assert.deepEqual(await status(), { sources: { [a]: 'healthy', [b]: 'healthy' }, health: counts({ healthy: 2 }) });
  });

  it(
    'is told of a server that does not answer, which is then left alone for a while',
    { timeout: 60_000 },
    async () => {
      web.withoutHead.add(`/${round}.tif`);
      await check();
      assert.deepEqual((await status()).sources, { [a]: 'healthy', [b]: 'healthy' }, 'GET answers where HEAD does not');
      web.stalled.add(`/${round}.tif`);
      await check();
      assert.deepEqual((await status()).sources, { [a]: 'healthy', [b]: 'inaccessible' });
      web.release();
      await check();
      assert.deepEqual((await status()).sources, { [a]: 'healthy', [b]: 'healthy' });
    },
  );

  it('is told of a folder that may not be read any more', async (t) => {
    if (process.getuid?.() === 0) return t.skip('root may read everything');
    await chmod(root, 0o000);
    await check();
    await chmod(root, 0o700);
    assert.deepEqual((await status()).sources, { [a]: 'inaccessible', [b]: 'healthy' });
    await check();
  });

  it('is told of an upload that is gone from storage', async () => {
    const upload = await server.addRaster(square(3), { title: 'upload' });
    const other = await server.addRaster(square(4), { title: 'other' });
    const lone = await server.addVrt([upload, other]);
    const [row] = await server.query('SELECT object_key FROM rasters WHERE dataset_id = $1', [upload]);
    await rm(join(server.dataDir, 'objects', row?.['object_key'] as string));
    await check(lone);
    assert.deepEqual((await status(lone)).sources, { [upload]: 'missing', [other]: 'healthy' });
  });

  it('is told of a source that the owner of the mosaic may not see any more', async () => {
    const owner = await server.user('editor');
    const shared = await server.addRaster(square(5), { title: 'shared', visibility: 'internal' });
    const own = await server.addRaster(square(6), { title: 'own', token: owner });
    const theirs = await server.addVrt([shared, own], { token: owner, title: 'theirs' });
    assert.deepEqual((await status(theirs)).sources, { [shared]: 'healthy', [own]: 'healthy' });
    await server.call('PATCH', `/api/datasets/${shared}`, { json: { visibility: 'private' } });
    assert.deepEqual(await status(theirs), {
      sources: { [shared]: 'inaccessible', [own]: 'healthy' },
      health: counts({ healthy: 1, inaccessible: 1 }),
    });
  });

  it('comes in pages, and as counts with every dataset that is listed', async () => {
    const first = await server.call('GET', `/api/datasets/${mosaic}/vrt/status/?limit=1`);
    assert.deepEqual(
      first.body.source_health.map((source: { dataset_id: string }) => source.dataset_id),
      [a],
    );
    assert.equal(first.body.source_health_total, 2);
    const second = await server.call('GET', `/api/datasets/${mosaic}/vrt/status/?limit=1&skip=1`);
    assert.deepEqual(
      second.body.source_health.map((source: { dataset_id: string }) => source.dataset_id),
      [b],
    );
    const { body } = await server.call('GET', `/api/datasets/?q=mosaic ${round}`);
    assert.deepEqual(body.datasets[0].raster.health, counts({ healthy: 2 }));
    const raster = (await server.call('GET', `/api/datasets/${a}`)).body.raster;
    assert.deepEqual([raster.health, raster.auto_regenerate], [null, null]);
  });

  it('can be searched by', async () => {
    const found = async (health: string): Promise<Set<string>> => {
      const { body } = await server.call('GET', `/api/datasets/?limit=1000&health=${health}`);
      return new Set(body.datasets.map(({ id }: { id: string }) => id));
    };
    assert.ok((await found('healthy')).has(mosaic));
    await rm(path);
    await check();
    const missing = await found('missing');
    assert.deepEqual([missing.has(mosaic), missing.has(a), missing.has(b)], [true, true, false]);
    assert.deepEqual([(await found('healthy')).has(mosaic), (await found('stale')).has(mosaic)], [false, false]);
    assert.equal((await server.call('GET', '/api/datasets/?health=broken')).status, 422);
  });

  it('is looked at for those who may change the dataset', async () => {
    const stranger = await server.user('editor');
    const hidden = await server.call('POST', `/api/datasets/${mosaic}/check-files`, { token: stranger });
    assert.equal(hidden.status, 404);
  });

  describe('a mosaic that is to follow its sources', () => {
    let first: string;
    let second: string;
    let own: string;
    beforeEach(async () => {
      first = await server.addRaster(square(0, 10), { title: 'first' });
      second = await server.addRaster(square(1, 20), { title: 'second' });
      own = await server.addVrt([first, second]);
      await server.settled();
      const patched = await server.call('PATCH', `/api/datasets/${own}`, { json: { auto_regenerate: true } });
      assert.deepEqual([patched.status, patched.body.raster.auto_regenerate], [200, true]);
    });
    async function replace(id: string, value: number): Promise<void> {
      const form = new FormData();
      form.set('file', new Blob([square(0, value)]), 'new.tif');
      const sent = await server.call('POST', `/api/datasets/${id}/replace`, { body: form });
      assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    }
    const builds = async (): Promise<number> =>
      (await server.call('GET', `/api/datasets/${own}/vrt/generations/`)).body.total;
    const hasWaited = (): Promise<unknown> =>
      server.query(
        'UPDATE vrts SET regenerate_due_at = now() WHERE dataset_id = $1 AND regenerate_due_at IS NOT NULL',
        [own],
      );

    it('is built anew once, however many were replaced', async () => {
      for (let value = 11; value < 16; value += 1) await replace(first, value);
      await server.running.checkHealth();
      assert.equal(await builds(), 1, 'not before it has been quiet for a while');
      await hasWaited();
      await server.running.checkHealth();
      await server.settled();
      assert.equal(await builds(), 2);
      assert.equal((await status(own)).sources[first], 'healthy');
      const { body } = await server.call('GET', `/api/datasets/${own}/point/12.5,48.5`);
      assert.deepEqual(body.values, [15]);
      await hasWaited();
      await server.running.checkHealth();
      assert.equal(await builds(), 2, 'and not again');
    });

    it('waits for a build that is running', async () => {
      await replace(first, 33);
      await server.running.checkHealth();
      const [row] = await server.query('SELECT created_by FROM datasets WHERE id = $1', [own]);
      const [job] = await server.query(
        `INSERT INTO jobs (id, kind, input, status, owner, dataset_id, queued, attempt, lease_expires_at)
         VALUES (gen_random_uuid(), 'vrt_change', '{}', 'running', $1, $2, true, 1, now() + interval '1 hour')
         RETURNING id`,
        [row?.['created_by'], own],
      );
      await hasWaited();
      await server.running.checkHealth();
      assert.equal((await status(own)).sources[first], 'stale');
      await server.query('DELETE FROM jobs WHERE id = $1', [job?.['id']]);
      await hasWaited();
      await server.running.checkHealth();
      await server.settled();
      assert.equal((await status(own)).sources[first], 'healthy');
    });

    it('is none that is a raster', async () => {
      const refused = await server.call('PATCH', `/api/datasets/${first}`, { json: { auto_regenerate: true } });
      assert.deepEqual([refused.status, refused.body.detail[0].type], [422, 'invalid_option']);
    });
  });
});

describe('a server that reads changed files again by itself', () => {
  it('makes a new version of each that it finds changed', async () => {
    const root = await mkdtemp(join(tmpdir(), 'inlay-health-'));
    const server = await startTestServer({ sourceRoots: [root], refreshChanged: true });
    try {
      const path = join(root, 'a.tif');
      await writeFile(path, square(0, 1));
      const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { hrefs: [path] } });
      const { dataset_id: id } = await server.waitForJob(sent.body.job_id);
      await server.settled();
      await writeFile(path, square(0, 200));
      await server.call('POST', `/api/datasets/${id}/check-files`);
      await server.running.checkHealth();
      await server.settled();
      const { raster } = (await server.call('GET', `/api/datasets/${id}`)).body;
      assert.deepEqual([raster.bands[0].statistics.mean, raster.file_status], [200, 'healthy']);
      assert.equal((await server.call('GET', `/api/datasets/${id}/versions`)).body.total, 2);
    } finally {
      await server.close();
      await rm(root, { recursive: true, force: true });
    }
  });
});
