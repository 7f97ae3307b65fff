import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { makeGeoTiff } from '@inlay/testing';
import { call, checkNothingOver, type Child, kill, settle, start } from './killable-server.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// Exports that do not come to their end as they began: killed with their process, without the dataset, without room.

const SIDE = 1000;
const raster = (): Uint8Array<ArrayBuffer> =>
  makeGeoTiff({
    width: SIDE,
    height: SIDE,
    origin: [500_000, 5_300_000],
    resolution: 10,
    epsg: 32633,
    value: (col, row) => (7 * col + 13 * row + ((col * row) % 31)) % 256,
  });

/** Four times as many pixels along each side, which takes some seconds. */
const LARGE = { resolution: 2.5, resampling: 'cubic' } as const;

const KILLS = 3;

describe('an export whose process is killed', { timeout: 600_000 }, () => {
  let dataDir: string;
  let tiles: string;
  let child: Child;
  let id: string;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'inlay-export-end-'));
    tiles = join(dataDir, 'tiles');
    await mkdir(tiles);
    await writeFile(join(tiles, 'a.tif'), raster());
    child = await start(dataDir, tiles);
    const registered = await call(child, 'POST', '/api/ingest/register-rasters', { hrefs: [join(tiles, 'a.tif')] });
    id = (await settle(child, registered.body.job_id)).dataset_id!;
  });
  after(async () => {
    if (child.process.exitCode === null && child.process.signalCode === null) await kill(child);
    await rm(dataDir, { recursive: true, force: true });
  });

  it(`begins anew and leaves nothing of what was written before, ${KILLS} times`, async () => {
    for (let round = 0; round < KILLS; round += 1) {
      const { body } = await call(child, 'POST', `/api/datasets/${id}/export`, LARGE);
      // In the middle of writing, each time a little further.
      let progress = 0;
      while (progress <= 0.1 * (round + 1)) {
        const job = await call(child, 'GET', `/api/jobs/${body.job_id}`);
        assert.notEqual(job.body.status, 'complete', 'it was over before it could be killed');
        ({ progress } = job.body);
        await delay(20);
      }
      assert.equal((await readdir(join(dataDir, 'scratch'))).length, 1);
      await kill(child);
      child = await start(dataDir, tiles);
      const { status, error_message: reason } = await settle(child, body.job_id);
      assert.equal(status, 'complete', reason ?? '');
      assert.deepEqual(await readdir(join(dataDir, 'scratch')), []);
    }
    const { body } = await call(child, 'GET', '/api/jobs?limit=1000');
    for (const job of body.jobs as { id: string }[]) await settle(child, job.id);
    await kill(child);
    const files = await checkNothingOver(dataDir);
    assert.equal(files.filter((file) => file.startsWith('exports')).length, KILLS);
  });
});

describe('an export whose dataset is deleted', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ workerConcurrency: 1 });
  });
  after(() => server.close());

  it('fails with the reason, whoever asked for it, and leaves nothing behind, running or waiting', async () => {
    const id = await server.addRaster(raster(), { title: 'soon gone', visibility: 'public' });
    await server.settled();
    const stranger = await server.user('viewer');
    const ask = async (): Promise<string> => {
      const sent = await server.call('POST', `/api/datasets/${id}/export`, { json: LARGE, token: stranger });
      assert.equal(sent.status, 202, JSON.stringify(sent.body));
      return sent.body.job_id;
    };
    const jobs = [await ask(), await ask()];
    const stateOf = async (job: string) => (await server.call('GET', `/api/jobs/${job}`)).body;
    while (!((await stateOf(jobs[0]!)).progress > 0.05)) await delay(20);
    assert.equal((await stateOf(jobs[1]!)).status, 'pending');

    const deleted = await server.call('DELETE', `/api/datasets/${id}`, { json: { confirm_title: 'soon gone' } });
    assert.equal(deleted.status, 204, JSON.stringify(deleted.body));
    for (const job of jobs) {
      const { status, error_message: reason } = await server.waitForJob(job, stranger);
      assert.deepEqual([status, reason], ['failed', 'The dataset was deleted before the export was done.']);
    }
    for (let look = 0; (await readdir(join(server.dataDir, 'scratch'))).length > 0 && look < 200; look += 1) {
      await delay(50);
    }
    assert.deepEqual(await readdir(join(server.dataDir, 'scratch')), []);
    await server.running.cleanUp();
    assert.deepEqual(await server.storedFiles(), []);
    const again = await server.call('POST', `/api/jobs/${jobs[0]}/retry`, { token: stranger });
    assert.equal(again.status, 202);
    assert.match((await server.waitForJob(jobs[0]!, stranger)).error_message ?? '', /was removed or hidden/);
  });
});

describe('an export without room', () => {
  const run = promisify(execFile);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-export-full-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Mounts a file system of so many bytes at a folder, which it makes. @returns how to be rid of it; null where it cannot be */
  async function mountSmall(place: string, size: string): Promise<(() => Promise<unknown>) | null> {
    await mkdir(place, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place]);
    } catch {
      return null;
    }
    return () => run('umount', [place]);
  }

  async function failedExport(server: TestServer, id: string): Promise<string> {
    const sent = await server.call('POST', `/api/datasets/${id}/export`, { json: { compression: 'none' } });
    const job = await server.waitForJob(sent.body.job_id);
    assert.deepEqual([job.status, job.can_retry], ['failed', true]);
    assert.match(job.error_message ?? '', /No space is left/);
    return job.id;
  }

  async function retried(server: TestServer, job: string): Promise<void> {
    assert.equal((await server.call('POST', `/api/jobs/${job}/retry`)).status, 202);
    const { status, error_message: reason } = await server.waitForJob(job);
    assert.equal(status, 'complete', reason ?? '');
  }

  it('to write in fails with the reason and leaves nothing; with room it is tried again', async (t) => {
    const server = await startTestServer();
    const scratch = join(server.dataDir, 'scratch');
    let unmount: (() => Promise<unknown>) | null = null;
    try {
      const id = await server.addRaster(raster(), { title: 'large' });
      await server.settled();
      const before = await server.storedFiles();
      unmount = await mountSmall(scratch, '512k');
      if (unmount === null) return t.skip('file systems cannot be mounted here');
      const job = await failedExport(server, id);
      assert.deepEqual([await readdir(scratch), await server.storedFiles()], [[], before]);
      await unmount();
      unmount = null;
      await retried(server, job);
    } finally {
      await unmount?.();
      await server.close();
    }
  });

  it('to be stored in fails with the reason and leaves nothing; with room it is tried again', async (t) => {
    const small = join(folder, 'small');
    const unmount = await mountSmall(small, '4m');
    if (unmount === null) return t.skip('file systems cannot be mounted here');
    const directory = join(small, 'objects');
    const server = await startTestServer({ storage: { kind: 'file', directory } });
    try {
      const id = await server.addRaster(raster(), { title: 'large' });
      await server.settled();
      const stored = async (): Promise<string[]> =>
        (await readdir(directory, { recursive: true })).filter((name) => /\.\w+$/.test(name)).toSorted();
      const before = await stored();
      const filler = join(small, 'filler');
      await writeFile(filler, Buffer.alloc(2.5 * 2 ** 20));
      const job = await failedExport(server, id);
      assert.deepEqual(await stored(), before);
      assert.deepEqual(await readdir(join(server.dataDir, 'scratch')), []);
      await rm(filler);
      await retried(server, job);
    } finally {
      await server.close();
      await unmount();
    }
  });
});
