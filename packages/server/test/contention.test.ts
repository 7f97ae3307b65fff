import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Dice, startPostgres, type TestPostgres } from '@inlay/testing';
import { square } from './square.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// Everything at once, to the same few datasets, on PostgreSQL, where transactions wait for each other's rows: whatever is
// refused is refused for a reason, and nothing meets in a deadlock.

const CLIENTS = 8;
const REQUESTS_EACH = 30;
const SEED = Number(process.env['INLAY_TEST_SEED'] ?? 1);

describe('requests that change the same datasets at once', () => {
  let postgres: TestPostgres;
  let server: TestServer;
  let rasters: string[];
  let mosaics: string[];

  before(async () => {
    postgres = await startPostgres();
    const { url } = await postgres.createTestDatabase();
    server = await startTestServer({}, url);
    await server.user('editor', 'fritz');
    rasters = [];
    for (let index = 0; index < 5; index += 1) rasters.push(await server.addRaster(square(index, index + 1)));
    mosaics = [await server.addVrt(rasters.slice(0, 3)), await server.addVrt(rasters.slice(1, 4))];
    await server.settled();
  });
  after(async () => {
    await server.close();
    await postgres.stop();
  });

  const VISIBILITIES = ['private', 'restricted', 'internal', 'public'] as const;

  async function once(dice: Dice): Promise<void> {
    const raster = rasters[dice.integer(0, rasters.length - 1)] as string;
    const mosaic = mosaics[dice.integer(0, mosaics.length - 1)] as string;
    const either = dice.one(raster, mosaic);
    const visibility = dice.one(...VISIBILITIES);
    const kind = dice.integer(0, 15);
    const send = async (method: string, path: string, json?: unknown): Promise<void> => {
      const { status, body } = await server.call(method, path, json === undefined ? {} : { json });
      assert.ok(status < 500, `${method} ${path}: ${status} ${JSON.stringify(body)}`);
    };
    if (kind === 0) return await send('PATCH', `/api/datasets/${raster}`, { visibility });
    if (kind === 1) {
      const confirms = { confirm_public_sources: dice.once(2) };
      return await send('PATCH', `/api/datasets/${mosaic}`, { visibility, ...confirms });
    }
    if (kind === 2) return await send('PATCH', `/api/datasets/${either}`, { summary: `${dice.integer(0, 99)}` });
    if (kind === 3) {
      const grant = { user: 'fritz', level: dice.one('view', 'edit'), confirm_public_sources: true };
      return await send('PUT', `/api/datasets/${mosaic}/grants/`, grant);
    }
    if (kind === 4) return await send('PUT', `/api/datasets/${raster}/grants/`, { user: 'fritz', level: 'view' });
    if (kind === 5) return await send('DELETE', `/api/datasets/${either}/grants/fritz`);
    if (kind === 6) return await send('POST', `/api/datasets/${mosaic}/vrt/regenerate/`);
    if (kind === 7) return await send('POST', `/api/ingest/vrt/${mosaic}/sources/`, { source_dataset_id: raster });
    if (kind === 8) return await send('DELETE', `/api/ingest/vrt/${mosaic}/sources/${raster}/`);
    if (kind === 9) return await rollBack(mosaic, dice, send);
    if (kind === 10) return await replace(raster, dice);
    if (kind === 11) return await send('POST', `/api/datasets/${either}/check-files`);
    if (kind === 12) return await retryOrCancel(dice, send);
    if (kind === 13) return await server.running.checkHealth();
    if (kind === 14) return await send('PATCH', `/api/datasets/${mosaic}`, { auto_regenerate: dice.once(2) });
    return await deleteAndCreate(dice);
  }

  type Send = (method: string, path: string, json?: unknown) => Promise<void>;

  async function rollBack(mosaic: string, dice: Dice, send: Send): Promise<void> {
    const { body } = await server.call('GET', `/api/datasets/${mosaic}/vrt/generations/`);
    const ids = (body.generations ?? []).map(({ id }: { id: string }) => id) as string[];
    if (ids.length === 0) return;
    await send('POST', `/api/datasets/${mosaic}/vrt/rollback/`, {
      generation_id: ids[dice.integer(0, ids.length - 1)],
    });
  }

  async function replace(raster: string, dice: Dice): Promise<void> {
    const form = new FormData();
    form.set('file', new Blob([square(rasters.indexOf(raster), dice.integer(1, 200))]), 'new.tif');
    const { status, body } = await server.call('POST', `/api/datasets/${raster}/replace`, { body: form });
    assert.ok(status < 500, `replace: ${status} ${JSON.stringify(body)}`);
  }

  async function retryOrCancel(dice: Dice, send: Send): Promise<void> {
    const { body } = await server.call('GET', '/api/jobs?limit=10');
    const job = body.jobs[dice.integer(0, body.jobs.length - 1)];
    await send('POST', `/api/jobs/${job.id}/${dice.one('retry', 'cancel')}`);
  }

  /** Another mosaic takes a deleted one's place. */
  async function deleteAndCreate(dice: Dice): Promise<void> {
    const at = dice.integer(0, mosaics.length - 1);
    const json = { confirm_title: 'mosaic' };
    const { status } = await server.call('DELETE', `/api/datasets/${mosaics[at]}`, { json });
    assert.ok(status === 204 || status === 404, `${status}`);
    const ids = dice.shuffled(rasters).slice(0, 3);
    const request = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'mosaic' };
    // Where a source is replaced meanwhile, or somebody cancels it, there is none.
    for (let made: string | null = status === 204 ? null : ''; made === null;) {
      const { body } = await server.call('POST', '/api/ingest/vrt/create', { json: request });
      made = (await server.waitForJob(body.job_id)).dataset_id;
      mosaics[at] = made ?? (mosaics[at] as string);
    }
  }

  it('are all answered, and no job meets what it should not have', { timeout: 300_000 }, async () => {
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        const dice = new Dice(SEED * 1000 + client);
        for (let request = 0; request < REQUESTS_EACH; request += 1) await once(dice);
      }),
    );
    await server.settled();
    const faults = await server.query(
      `SELECT kind, error_code, error_message FROM jobs WHERE error_code NOT IN ('sources_changed', 'vrt_changed', 'dataset_gone')`,
    );
    assert.deepEqual(faults, []);
    const [waiting] = await server.query(`SELECT count(*)::int AS n FROM jobs WHERE status IN ('pending', 'running')`);
    assert.equal(waiting?.['n'], 0);
    for (const mosaic of mosaics) {
      const { status, body } = await server.call('GET', `/api/datasets/${mosaic}/vrt/status/`);
      assert.deepEqual([status, body.active_generation], [200, null]);
    }
  });
});
