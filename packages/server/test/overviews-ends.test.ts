import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff } from '@inlay/testing';
import { call, checkNothingOver, type Child, kill, settle, start } from './killable-server.ts';

// Rendering levels that does not come to its end: cancelled, or killed with its process.

const SIDE = 400;
const ACROSS = 6;
const KILLS = 3;

describe('rendering levels that is broken off', { timeout: 600_000 }, () => {
  let dataDir: string;
  let tiles: string;
  let child: Child;
  let ids: string[];

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'inlay-levels-end-'));
    tiles = join(dataDir, 'tiles');
    await mkdir(tiles);
    for (let tile = 0; tile < ACROSS * ACROSS; tile += 1) {
      const [col, row] = [tile % ACROSS, Math.floor(tile / ACROSS)];
      const origin = [500_000 + col * SIDE * 10, 5_300_000 - row * SIDE * 10] as const;
      const bytes = makeGeoTiff({ width: SIDE, height: SIDE, origin, resolution: 10, epsg: 32633 });
      await writeFile(join(tiles, `${String(tile).padStart(2, '0')}.tif`), bytes);
    }
    child = await start(dataDir, tiles);
    const registered = await call(child, 'POST', '/api/ingest/register-rasters', { prefix: tiles });
    await settle(child, registered.body.job_id);
    const { body } = await call(child, 'GET', '/api/datasets/?limit=1000&sort=title');
    ids = body.datasets.map((dataset: { id: string }) => dataset.id);
  });
  after(async () => {
    if (child.process.exitCode === null && child.process.signalCode === null) await kill(child);
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Creates a mosaic. @returns the job that renders its levels, once it runs */
  async function rendering(): Promise<string> {
    const created = await call(child, 'POST', '/api/ingest/vrt/create', {
      source_dataset_ids: ids,
      vrt_type: 'mosaic',
      resolution_strategy: 'finest',
      title: 'mosaic',
    });
    const { dataset_id: datasetId } = await settle(child, created.body.job_id);
    for (;;) {
      const { body } = await call(child, 'GET', '/api/jobs?kind=vrt_overviews&limit=1000');
      const job = body.jobs.find((one: { dataset_id: string | null }) => one.dataset_id === datasetId);
      assert.notEqual(job?.status, 'complete', 'it was over before it could be broken off');
      if (job?.status === 'running') return job.id;
      await delay(5);
    }
  }

  async function leftOver(): Promise<string[]> {
    const stored = await readdir(join(dataDir, 'objects'), { recursive: true });
    return [
      ...stored.filter((name) => name.startsWith('overviews') && name.endsWith('.tif')),
      ...(await readdir(join(dataDir, 'scratch'))),
    ];
  }

  it('leaves nothing behind when it is cancelled', async () => {
    const id = await rendering();
    const { status } = await call(child, 'POST', `/api/jobs/${id}/cancel`);
    assert.equal(status, 200);
    assert.equal((await settle(child, id)).status, 'cancelled');
    // The worker notices a little later than the row says.
    for (let look = 0; (await leftOver()).length > 0 && look < 200; look += 1) await delay(50);
    assert.deepEqual(await leftOver(), []);
  });

  it('is done when it is tried again after that', async () => {
    const { body } = await call(child, 'GET', '/api/jobs?kind=vrt_overviews&limit=1&status=cancelled');
    const { id } = body.jobs[0];
    assert.equal((await call(child, 'POST', `/api/jobs/${id}/retry`)).status, 202);
    assert.equal((await settle(child, id)).status, 'complete');
    assert.equal((await leftOver()).length, 1);
  });

  it(`begins anew when its process is killed, and leaves nothing over, ${KILLS} times`, async () => {
    for (let round = 0; round < KILLS; round += 1) {
      const id = await rendering();
      // From the start of its thread to the last of its blocks.
      await delay(300 * round);
      await kill(child);
      child = await start(dataDir, tiles);
      const { status, error_message: reason } = await settle(child, id);
      assert.equal(status, 'complete', reason ?? '');
    }
    const { body } = await call(child, 'GET', '/api/jobs?limit=1000');
    for (const job of body.jobs as { id: string }[]) await settle(child, job.id);
    assert.equal((await leftOver()).length, 1 + KILLS);
    await kill(child);
    const files = await checkNothingOver(dataDir);
    assert.equal(files.filter((file) => file.startsWith('overviews')).length, 1 + KILLS);
  });
});
