import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres, type TestPostgres } from '@inlay/testing';
import { type RangeServer, startRangeServer } from './range-server.ts';
import { square } from './square.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Users who are deleted while jobs of theirs are worked on, on both kinds of database. Work is held up by a web server that
// does not answer.

let web: RangeServer;
let server: TestServer;
let olga: string;
let olgaId: string;
let round = 0;

const call = (token: string, method: string, path: string, json?: object): Promise<Answer> =>
  server.call(method, path, { token, ...(json === undefined ? {} : { json }) });

async function newOlga(): Promise<void> {
  round += 1;
  olga = await server.user('editor', `olga${round}`);
  olgaId = (await call(olga, 'GET', '/api/auth/me/')).body.id;
}

/** A registered raster of the web server's, shown to whoever is signed in. */
async function registered(index: number): Promise<{ id: string; path: string }> {
  const path = `/round${round}-${index}.tif`;
  web.files.set(path, square(index, 10 + index));
  const sent = await call(server.admin, 'POST', '/api/ingest/register-rasters', { hrefs: [web.url + path] });
  const { dataset_id: id } = await server.waitForJob(sent.body.job_id);
  assert.ok(id !== null);
  await call(server.admin, 'PATCH', `/api/datasets/${id}`, { visibility: 'internal' });
  await server.settled();
  return { id, path };
}

/** Sends a request of Olga's whose job asks for `path`, waits until it does, and deletes her. @returns the job's id */
async function deletedDuring(path: string, method: string, url: string, json: object): Promise<string> {
  web.stalled.add(path);
  const asked = web.log.length;
  const sent = await call(olga, method, url, json);
  assert.equal(sent.status, 202, JSON.stringify(sent.body));
  while (!web.log.slice(asked).some((line) => line.endsWith(path))) await delay(5);
  const deleted = await call(server.admin, 'DELETE', `/api/users/${olgaId}`, {});
  assert.equal(deleted.status, 200, JSON.stringify(deleted.body));
  return sent.body.job_id;
}

/** It has failed, says why, is the administrator's now, and there is nothing of it. */
async function checkFailed(id: string, before: { datasets: number; files: readonly string[] }): Promise<void> {
  web.release();
  const job = await server.waitForJob(id);
  assert.equal(job.status, 'failed');
  assert.equal(
    job.error_message,
    `Its owner, "olga${round}", was deleted while it was worked on. It is "admin"'s now, who can retry it.`,
  );
  const { body } = await call(server.admin, 'GET', `/api/jobs/${id}`);
  assert.deepEqual([body.owner_name, body.can_retry], ['admin', true]);
  const [row] = await server.query('SELECT error_code FROM jobs WHERE id = $1', [id]);
  assert.equal(row?.['error_code'], 'rights_lost');
  await server.settled();
  assert.deepEqual(await counts(), before);
}

async function counts(): Promise<{ datasets: number; files: string[] }> {
  const { body } = await call(server.admin, 'GET', '/api/datasets/?limit=1');
  return { datasets: body.total, files: await server.storedFiles() };
}

function aDeletedOwner(): void {
  beforeEach(newOlga);

  it('fails what is being registered, which whoever it belongs to then can try again', async () => {
    const path = `/held${round}.tif`;
    web.files.set(path, square(0));
    const former = await counts();
    const json = { hrefs: [web.url + path] };
    const id = await deletedDuring(path, 'POST', '/api/ingest/register-rasters', json);
    await checkFailed(id, former);
    assert.equal((await call(server.admin, 'POST', `/api/jobs/${id}/retry`)).status, 202);
    const job = await server.waitForJob(id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const { body } = await call(server.admin, 'GET', `/api/datasets/${job.dataset_id}`);
    assert.equal(body.created_by_name, 'admin');
    await server.settled();
  });

  it('fails a virtual raster that is being built', async () => {
    const sources = [await registered(0), await registered(1)];
    const former = await counts();
    const json = {
      source_dataset_ids: sources.map(({ id }) => id),
      vrt_type: 'mosaic',
      resolution_strategy: 'finest',
      title: 'too late',
    };
    const held = sources[1]?.path ?? '';
    await checkFailed(await deletedDuring(held, 'POST', '/api/ingest/vrt/create', json), former);
  });

  it('fails a change of somebody else’s virtual raster, which stays as it was', async () => {
    const sources = [await registered(0), await registered(1), await registered(2)];
    const ids = sources.slice(0, 2).map(({ id }) => id);
    const vrt = await server.addVrt(ids, { visibility: 'internal' });
    await server.settled();
    const grant = { user: `olga${round}`, level: 'edit', confirm_public_sources: true };
    assert.equal((await call(server.admin, 'PUT', `/api/datasets/${vrt}/grants/`, grant)).status, 200);
    const former = await counts();
    const { id: added, path } = sources[2] ?? { id: '', path: '' };
    const url = `/api/ingest/vrt/${vrt}/sources/`;
    await checkFailed(await deletedDuring(path, 'POST', url, { source_dataset_id: added }), former);
    const { body } = await call(server.admin, 'GET', `/api/datasets/${vrt}/vrt/status/`);
    assert.equal(body.source_count, 2);
    assert.equal(body.active_generation, null);
  });

  it('fails an export that was to become a dataset', async () => {
    const { id, path } = await registered(0);
    const former = await counts();
    await checkFailed(await deletedDuring(path, 'POST', `/api/datasets/${id}/export`, { as_dataset: true }), former);
  });

  it('does not end what follows by itself: thumbnails of what somebody else has now are drawn', async () => {
    const path = `/thumbnail${round}.tif`;
    web.files.set(path, square(0));
    const sent = await call(olga, 'POST', '/api/ingest/register-rasters', { hrefs: [web.url + path] });
    const { dataset_id: id } = await server.waitForJob(sent.body.job_id, olga);
    await server.settled();
    // As if another worker were drawing it anew.
    const [drawn] = await server.query(
      `UPDATE jobs SET status = 'running', lease_expires_at = now() + interval '1 hour', completed_at = NULL
         WHERE kind = 'quicklook' AND input -> 'datasetIds' ? $1 RETURNING id`,
      [id],
    );
    const job = String(drawn?.['id']);
    assert.equal((await call(server.admin, 'DELETE', `/api/users/${olgaId}`, {})).status, 200);
    const { body } = await call(server.admin, 'GET', `/api/jobs/${job}`);
    assert.deepEqual([body.status, body.owner_name, body.error_message], ['running', 'admin', null]);
    await server.query(`UPDATE jobs SET lease_expires_at = now() - interval '1 second' WHERE id = $1`, [job]);
    assert.equal((await server.waitForJob(job)).status, 'complete');
  });
}

describe('a user who is deleted while their job is worked on, in the embedded database,', () => {
  before(async () => {
    web = await startRangeServer();
    server = await startTestServer({ sourceRoots: [web.url] });
  });
  after(async () => {
    await server.close();
    await web.close();
  });
  aDeletedOwner();
});

describe('a user who is deleted while their job is worked on, in PostgreSQL,', () => {
  let postgres: TestPostgres;
  before(async () => {
    web = await startRangeServer();
    postgres = await startPostgres();
    server = await startTestServer({ sourceRoots: [web.url] }, (await postgres.createTestDatabase()).url);
  });
  after(async () => {
    await server.close();
    await web.close();
    await postgres.stop();
  });
  aDeletedOwner();

  it('waits for what is just being published, and hands it over with the jobs that follow it', async () => {
    const sources = [await registered(0), await registered(1)];
    await server.query(`
      CREATE OR REPLACE FUNCTION take_a_while() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$`);
    await server.query('CREATE TRIGGER slow BEFORE INSERT ON vrts FOR EACH ROW EXECUTE FUNCTION take_a_while()');
    try {
      const sent = await call(olga, 'POST', '/api/ingest/vrt/create', {
        source_dataset_ids: sources.map(({ id }) => id),
        vrt_type: 'mosaic',
        resolution_strategy: 'finest',
        title: 'in time',
      });
      const isPublishing = async (): Promise<boolean> => {
        const waits = await server.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
        return waits.length > 0;
      };
      while (!(await isPublishing())) await delay(5);
      const deleted = await call(server.admin, 'DELETE', `/api/users/${olgaId}`, {});
      assert.deepEqual([deleted.status, deleted.body], [200, { transferred_datasets: 1 }]);
      const job = await server.waitForJob(sent.body.job_id);
      assert.equal(job.status, 'complete', job.error_message ?? '');
      const { body } = await call(server.admin, 'GET', `/api/datasets/${job.dataset_id}`);
      assert.deepEqual([body.title, body.created_by_name], ['in time', 'admin']);
      await server.settled();
      const failed = await server.query(`SELECT 1 FROM jobs WHERE status = 'failed' AND dataset_id = $1`, [body.id]);
      assert.deepEqual(failed, []);
    } finally {
      await server.query('DROP TRIGGER slow ON vrts');
    }
  });
});
