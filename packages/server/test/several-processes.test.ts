import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres, type TestPostgres } from '@inlay/testing';
import { square } from './square.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import { tileAt } from './tile-address.ts';

// One process that answers and another that works, on one PostgreSQL server: what the one keeps in memory follows what the
// other publishes, and what a newer program sends is not taken for what it is not.

describe('a process that answers, beside one that works', () => {
  let postgres: TestPostgres;
  let answering: TestServer;
  let working: TestServer;
  before(async () => {
    postgres = await startPostgres();
    const { url } = await postgres.createTestDatabase();
    const adminToken = 'a-token-for-both-of-them-of-some-length';
    answering = await startTestServer({ roles: ['api'], adminToken }, url);
    const storage = { kind: 'file', directory: `${answering.dataDir}/objects` } as const;
    working = await startTestServer({ roles: ['worker'], adminToken, storage }, url);
  });
  after(async () => {
    await working.close();
    await answering.close();
    await postgres.stop();
  });

  /** What is shown of a dataset: its value at a place, its tile there as its map would ask for it, and its thumbnail. */
  async function shown(id: string): Promise<{ value: number; address: string; tile: string; thumbnail: string }> {
    const { body: point } = await answering.call('GET', `/api/datasets/${id}/point/12.5,48.5`);
    const { body: map } = await answering.call('GET', `/api/datasets/${id}/tilejson.json?format=png&rescale=0,255`);
    const { z, x, y } = tileAt(12.5, 48.5, 9);
    const address = new URL(map.tiles[0]);
    const path = decodeURI(address.pathname).replace('{z}', `${z}`).replace('{x}', `${x}`).replace('{y}', `${y}`);
    const tile = await answering.call('GET', path + address.search);
    assert.equal(tile.status, 200);
    const thumbnail = await answering.call('GET', `/api/datasets/${id}/quicklook`);
    assert.equal(thumbnail.status, 200);
    const bytesOf = (body: unknown): string => Buffer.from(body as Uint8Array).toString('base64');
    return {
      value: point.values[0],
      address: address.href,
      tile: bytesOf(tile.body),
      thumbnail: bytesOf(thumbnail.body),
    };
  }

  it('shows at once what the other publishes: a replaced raster, a virtual raster that is built anew', async () => {
    const ids = [await answering.addRaster(square(0, 40)), await answering.addRaster(square(1, 80))];
    const vrt = await answering.addVrt(ids);
    await answering.settled();
    const [raster = ''] = ids;
    const before = { raster: await shown(raster), vrt: await shown(vrt) };
    assert.deepEqual([before.raster.value, before.vrt.value], [40, 40]);

    const form = new FormData();
    form.set('file', new Blob([square(0, 200)]), 'new.tif');
    const replaced = await answering.call('POST', `/api/datasets/${raster}/replace`, { body: form });
    assert.equal((await answering.waitForJob(replaced.body.job_id)).status, 'complete');
    const own = await shown(raster);
    assert.equal(own.value, 200);
    assert.notEqual(own.address, before.raster.address);
    assert.notEqual(own.tile, before.raster.tile);
    assert.equal((await shown(vrt)).value, 40, 'it shows what it was built of');

    const rebuilt = await answering.call('POST', `/api/datasets/${vrt}/vrt/regenerate/`);
    assert.equal((await answering.waitForJob(rebuilt.body.job_id)).status, 'complete');
    await answering.settled();
    const after = await shown(vrt);
    assert.equal(after.value, 200);
    for (const what of ['address', 'tile', 'thumbnail'] as const) assert.notEqual(after[what], before.vrt[what]);
  });

  it('has work wait whose delivery is of a newer program, rather than done or lost', async () => {
    const ids = [await answering.addRaster(square(0)), await answering.addRaster(square(1))];
    await answering.settled();
    await answering.query(`
      CREATE FUNCTION of_a_newer_program() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.data := NEW.data || '{"v": 2, "only": "by night"}'; RETURN NEW; END $$`);
    await answering.query(
      'CREATE TRIGGER newer BEFORE INSERT ON pgboss.job FOR EACH ROW EXECUTE FUNCTION of_a_newer_program()',
    );
    const json = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'later' };
    const sent = await answering.call('POST', '/api/ingest/vrt/create', { json });
    const id: string = sent.body.job_id;
    const isRefused = async (): Promise<boolean> => {
      const rows = await answering.query(`SELECT 1 FROM pgboss.job WHERE data ->> 'jobId' = $1 AND state = 'failed'`, [
        id,
      ]);
      return rows.length > 0;
    };
    while (!(await isRefused())) await delay(20);
    const { body: waiting } = await answering.call('GET', `/api/jobs/${id}`);
    assert.deepEqual([waiting.status, waiting.started_at, waiting.error_message], ['pending', null, null]);

    await answering.query('DROP TRIGGER newer ON pgboss.job');
    // As if it had waited for as long as a delivery is waited for.
    await answering.query(`UPDATE jobs SET updated_at = now() - interval '1 minute' WHERE id = $1`, [id]);
    assert.equal((await answering.waitForJob(id)).status, 'complete');
  });

  it('keeps the files of what could not be deleted', async () => {
    const id = await answering.addRaster(square(0, 7), { title: 'stays' });
    await answering.settled();
    const files = await answering.storedFiles();
    await answering.query(`
      CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$`);
    // The last thing that is written, as the transaction ends.
    await answering.query(
      `CREATE CONSTRAINT TRIGGER last AFTER INSERT ON audit_log DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION no_room()`,
    );
    const json = { confirm_title: 'stays' };
    for (const [method, path, body] of [
      ['DELETE', `/api/datasets/${id}`, json],
      ['POST', '/api/gc', { delete: true }],
    ] as const) {
      const headers = { authorization: `Bearer ${answering.admin}`, 'content-type': 'application/json' };
      // Not by `call`, which takes a fault of the server's own for one of the test.
      const { status } = await fetch(answering.url + path, { method, headers, body: JSON.stringify(body) });
      assert.equal(status, 500);
    }
    await answering.query('DROP TRIGGER last ON audit_log');
    assert.deepEqual(await answering.storedFiles(), files);
    const { body: point } = await answering.call('GET', `/api/datasets/${id}/point/12.5,48.5`);
    assert.deepEqual(point.values, [7]);
    assert.equal((await answering.call('DELETE', `/api/datasets/${id}`, { json })).status, 204);
    const left = await answering.storedFiles();
    assert.equal(left.filter((file) => !files.includes(file)).length, 0);
    assert.ok(left.length < files.length);
  });
});
