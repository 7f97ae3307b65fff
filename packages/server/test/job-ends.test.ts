import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { makeGeoTiff } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

// How jobs end that cannot go on: the queue is not there, the disk is full; and how they are tried again, corrected.

const square = (index: number, value = 1, epsg = 4326): Uint8Array<ArrayBuffer> =>
  makeGeoTiff({ width: 8, height: 8, origin: [12 + index, 49], resolution: 1 / 8, epsg, value: () => value });

function form(bytes: Uint8Array<ArrayBuffer>, fields: Record<string, string> = {}): FormData {
  const sent = new FormData();
  for (const [name, value] of Object.entries(fields)) sent.set(name, value);
  sent.set('file', new Blob([bytes]), 'a.tif');
  return sent;
}

describe('without a queue', () => {
  let server: TestServer;
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'inlay-queue-'));
    server = await startTestServer({ sourceRoots: [root] });
  });
  after(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });

  it('whatever would start a job is 503, and leaves everything as it was', async () => {
    const ids = [await server.addRaster(square(0)), await server.addRaster(square(1))];
    const mosaic = await server.addVrt(ids);
    const path = join(root, 'a.tif');
    await writeFile(path, square(2));
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { hrefs: [path] } });
    const registered = (await server.waitForJob(sent.body.job_id)).dataset_id;
    const waiting = await server.call('POST', '/api/ingest/upload', { body: form(square(3)) });
    const failed = await server.call('POST', '/api/ingest/upload?commit=true', { body: form(square(4)) });
    await server.waitForJob(failed.body.job_id);
    await server.settled();
    await server.query(`UPDATE jobs SET status = 'failed' WHERE id = $1`, [failed.body.job_id]);
    const jobs = async (): Promise<object[]> => await server.query('SELECT id, status, queued FROM jobs ORDER BY id');
    const [filesBefore, jobsBefore] = [await server.storedFiles(), await jobs()];

    await server.query(`
      CREATE FUNCTION refuse_delivery() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the queue is not there'; END $$`);
    await server.query(
      'CREATE TRIGGER refused BEFORE INSERT ON pgboss.job FOR EACH ROW EXECUTE FUNCTION refuse_delivery()',
    );
    try {
      const create = {
        source_dataset_ids: ids,
        vrt_type: 'mosaic',
        resolution_strategy: 'finest',
        title: 'never',
      };
      const requests: [method: string, path: string, options: object][] = [
        ['POST', '/api/ingest/vrt/create', { json: create }],
        ['POST', `/api/datasets/${mosaic}/vrt/regenerate/`, {}],
        ['POST', '/api/ingest/upload?commit=true', { body: form(square(5)) }],
        ['POST', `/api/ingest/commit/${waiting.body.job_id}`, { json: { title: 'never' } }],
        ['POST', '/api/ingest/register-rasters', { json: { hrefs: [path] } }],
        ['POST', `/api/datasets/${ids[0]}/replace`, { body: form(square(0, 9)) }],
        ['POST', `/api/datasets/${registered}/refresh`, {}],
        ['POST', `/api/jobs/${failed.body.job_id}/retry`, {}],
      ];
      for (const [method, url, options] of requests) {
        const { status, body } = await server.call(method, url, options);
        assert.deepEqual([url, status, body.code], [url, 503, 'service_unavailable']);
      }
    } finally {
      await server.query('DROP TRIGGER refused ON pgboss.job');
    }
    assert.deepEqual(await jobs(), jobsBefore);
    assert.deepEqual(await server.storedFiles(), filesBefore);
    const { body } = await server.call('GET', `/api/datasets/${mosaic}/vrt/status/`);
    assert.equal(body.status, 'ready');
  });
});

describe('a job that is tried again', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  it('takes corrections of an upload', async () => {
    const sent = await server.call('POST', '/api/ingest/upload?commit=true', {
      body: form(square(0), { title: 'was' }),
    });
    const id: string = sent.body.job_id;
    await server.waitForJob(id);
    await server.query(`DELETE FROM datasets WHERE job_id = $1`, [id]);
    await server.query(`UPDATE jobs SET status = 'failed' WHERE id = $1`, [id]);
    const wrong = await server.call('POST', `/api/jobs/${id}/retry`, { json: { srid_override: 998_999 } });
    assert.deepEqual([wrong.status, wrong.body.detail[0].type], [422, 'unknown_epsg']);
    const foreign = await server.call('POST', `/api/jobs/${id}/retry`, { json: { resolution_strategy: 'finest' } });
    assert.deepEqual([foreign.status, foreign.body.detail[0].loc], [422, ['body', 'resolution_strategy']]);
    const json = { title: 'is', srid_override: 4258 };
    const retried = await server.call('POST', `/api/jobs/${id}/retry`, { json });
    assert.equal(retried.status, 202, JSON.stringify(retried.body));
    const job = await server.waitForJob(id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
    assert.deepEqual([body.title, body.raster.epsg], ['is', 4258]);
  });

  it('is checked anew where it builds a virtual raster: of a source that was replaced meanwhile, and with other options', async () => {
    const ids = [await server.addRaster(square(0)), await server.addRaster(square(1))];
    const json = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'was' };
    const sent = await server.call('POST', '/api/ingest/vrt/create', { json });
    const id: string = sent.body.job_id;
    const { dataset_id: first } = await server.waitForJob(id);
    await server.settled();
    await server.call('DELETE', `/api/datasets/${first}`, { json: { confirm_title: 'was' } });
    await server.query(`UPDATE jobs SET status = 'failed', dataset_id = NULL WHERE id = $1`, [id]);
    const replaced = await server.call('POST', `/api/datasets/${ids[0]}/replace`, { body: form(square(0, 8)) });
    await server.waitForJob(replaced.body.job_id);
    const refused = await server.call('POST', `/api/jobs/${id}/retry`, { json: { options: { bounds: [1, 1, 0, 0] } } });
    assert.equal(refused.status, 422);
    const retried = await server.call('POST', `/api/jobs/${id}/retry`, {
      json: { title: 'is', options: { bounds: [12, 48, 13, 49] } },
    });
    assert.equal(retried.status, 202, JSON.stringify(retried.body));
    const job = await server.waitForJob(id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
    assert.deepEqual([body.title, body.extent_bbox], ['is', [12, 48, 13, 49]]);
    const point = await server.call('GET', `/api/datasets/${job.dataset_id}/point/12.5,48.5`);
    assert.deepEqual(point.body.values, [8]);
  });

  it('takes other options of a change, and is checked anew', async () => {
    const ids = [await server.addRaster(square(0)), await server.addRaster(square(1))];
    const vrt = await server.addVrt(ids.slice(0, 2));
    const change = await server.call('POST', `/api/datasets/${vrt}/vrt/regenerate/`);
    const id: string = change.body.job_id;
    await server.waitForJob(id);
    const [shown] = await server.query('SELECT generation_id AS id FROM vrts WHERE dataset_id = $1', [vrt]);
    // As if it had failed: what it was made to is shown.
    await server.query(
      `UPDATE jobs SET status = 'failed', completed_at = now(),
         input = input || jsonb_build_object('baseId', $2::text, 'generationId', gen_random_uuid()) WHERE id = $1`,
      [id, shown?.['id']],
    );
    const retry = (json: object) => server.call('POST', `/api/jobs/${id}/retry`, { json });
    const foreign = await retry({ title: 'other' });
    assert.deepEqual([foreign.status, foreign.body.detail[0].type], [422, 'extra_forbidden']);
    const wrong = await retry({ options: { bounds: [1, 1, 0, 0] } });
    assert.deepEqual([wrong.status, wrong.body.detail[0].loc.slice(0, 3)], [422, ['body', 'options', 'bounds']]);
    const retried = await retry({ options: { bounds: [12, 48, 13, 49] }, resolution_strategy: 'coarsest' });
    assert.equal(retried.status, 202, JSON.stringify(retried.body));
    const job = await server.waitForJob(id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const { body } = await server.call('GET', `/api/datasets/${vrt}`);
    assert.deepEqual([body.extent_bbox, body.raster.resolution_strategy], [[12, 48, 13, 49], 'coarsest']);
    const generations = (await server.call('GET', `/api/datasets/${vrt}/vrt/generations/`)).body.generations;
    assert.deepEqual(generations[0].options, { bounds: [12, 48, 13, 49] });
    // Made to what is shown no longer, it is tried again with nothing.
    await server.query(`UPDATE jobs SET status = 'failed' WHERE id = $1`, [id]);
    const late = await retry({ options: {} });
    assert.deepEqual([late.status, late.body.code], [409, 'job_not_retryable']);
  });
});

describe('a job that a newer version of the program has accepted', () => {
  it('fails and says so, rather than to leave out what it asks for', async () => {
    const server = await startTestServer();
    try {
      const ids = [await server.addRaster(square(0)), await server.addRaster(square(1))];
      const json = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'of now' };
      const sent = await server.call('POST', '/api/ingest/vrt/create', { json });
      const { id, dataset_id: dataset } = await server.waitForJob(sent.body.job_id);
      await server.settled();
      await server.call('DELETE', `/api/datasets/${dataset}`, { json: { confirm_title: 'of now' } });
      // As if its worker had died: it is taken over.
      await server.query(
        `UPDATE jobs SET status = 'running', dataset_id = NULL, completed_at = NULL, progress = 0,
           lease_expires_at = now() - interval '1 second', input = input || '{"v": 3, "twist": 90}' WHERE id = $1`,
        [id],
      );
      const job = await server.waitForJob(id);
      assert.deepEqual([job.status, job.dataset_id, job.can_retry], ['failed', null, false]);
      assert.match(job.error_message ?? '', /newer version of this program/);
      assert.equal((await server.call('GET', '/api/datasets/?record_type=vrt_dataset')).body.total, 0);
    } finally {
      await server.close();
    }
  });

  it('is not tried again, and keeps what was asked for, until the program is updated', async () => {
    const server = await startTestServer();
    try {
      const ids = [await server.addRaster(square(0)), await server.addRaster(square(1))];
      const json = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'build' };
      const build = await server.call('POST', '/api/ingest/vrt/create', { json });
      const upload = await server.call('POST', '/api/ingest/upload?commit=true', { body: form(square(2)) });
      await server.settled();
      for (const [id, version] of [
        [build.body.job_id, 3],
        [upload.body.job_id, 2],
      ]) {
        await server.query(
          `UPDATE jobs SET status = 'failed', input = input || jsonb_build_object('v', $2::int, 'twist', 90) WHERE id = $1`,
          [id, version],
        );
        const row = async (): Promise<unknown> => await server.query('SELECT * FROM jobs WHERE id = $1', [id]);
        const former = await row();
        for (const correction of [{}, { title: 'other' }]) {
          const { status, body } = await server.call('POST', `/api/jobs/${id}/retry`, { json: correction });
          assert.deepEqual([status, body.code], [409, 'job_not_retryable']);
          assert.match(body.detail, /newer version of this program.*update/i);
        }
        assert.deepEqual(await row(), former);
        const { body: shown } = await server.call('GET', `/api/jobs/${id}`);
        assert.equal(shown.can_retry, false);
      }
    } finally {
      await server.close();
    }
  });
});

describe('a disk that is full', () => {
  it('fails a build with the reason and nothing half-written; with room it is tried again', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'inlay-full-'));
    const small = join(folder, 'small');
    await mkdir(small);
    const run = promisify(execFile);
    const isMounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]).then(
      () => true,
      () => false,
    );
    if (!isMounted) {
      await rm(folder, { recursive: true });
      return t.skip('file systems cannot be mounted here');
    }
    const server = await startTestServer({ storage: { kind: 'file', directory: join(small, 'objects') } });
    try {
      const ids = [await server.addRaster(square(0)), await server.addRaster(square(1))];
      await server.settled();
      const filler = join(small, 'filler');
      await writeFile(filler, Buffer.alloc(1024 * 1024)).catch(() => undefined);
      const json = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'full' };
      const sent = await server.call('POST', '/api/ingest/vrt/create', { json });
      const job = await server.waitForJob(sent.body.job_id);
      assert.deepEqual([job.status, job.can_retry], ['failed', true]);
      assert.match(job.error_message ?? '', /space/i);
      const [row] = await server.query('SELECT error_code FROM jobs WHERE id = $1', [job.id]);
      assert.equal(row?.['error_code'], 'storage/full');
      const upload = await server.call('POST', `/api/datasets/${ids[0]}/replace`, { body: form(square(0, 7)) });
      assert.deepEqual([upload.status, upload.body.code], [507, 'storage_full']);
      assert.equal((await server.query(`SELECT 1 FROM jobs WHERE status = 'pending'`)).length, 0);
      await rm(filler);
      const { stdout } = await run('find', [join(small, 'objects'), '-type', 'f']);
      assert.ok(!stdout.includes('/vrts/') && !stdout.includes('/.tmp/'), stdout);
      assert.equal((await server.call('POST', `/api/jobs/${job.id}/retry`)).status, 202);
      assert.equal((await server.waitForJob(job.id)).status, 'complete');
    } finally {
      await server.close();
      await run('umount', [small]);
      await rm(folder, { recursive: true, force: true });
    }
  });
});
