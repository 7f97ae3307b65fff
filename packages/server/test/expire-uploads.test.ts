import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

describe('uploads that nobody commits', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  it('are given up after a day, and their bytes with them', async () => {
    const form = new FormData();
    form.set(
      'file',
      new Blob([makeGeoTiff({ width: 8, height: 8, origin: [0, 0], resolution: 1, epsg: 32633 })]),
      'a.tif',
    );
    const sent = await server.call('POST', '/api/ingest/upload', { body: form });
    assert.equal(sent.status, 201);
    const files = await server.storedFiles();
    assert.equal(files.length, 1);

    await server.running.cleanUp();
    assert.equal((await server.storedFiles()).length, 1, 'young uploads stay');
    await server.query(`UPDATE jobs SET updated_at = now() - interval '25 hours'`);
    await server.running.cleanUp();
    assert.deepEqual(await server.storedFiles(), []);
    const { body: job } = await server.call('GET', `/api/jobs/${sent.body.job_id}`);
    assert.deepEqual([job.status, job.can_retry], ['failed', false]);
    const late = await server.call('POST', `/api/ingest/commit/${sent.body.job_id}`, { json: { title: 'late' } });
    assert.equal(late.status, 409);
  });

  it('are either given up or catalogued where both come at the same moment, and nothing is left of the others', async () => {
    const bytes = makeGeoTiff({ width: 8, height: 8, origin: [0, 0], resolution: 1, epsg: 32633 });
    for (let round = 0; round < 12; round += 1) {
      const form = new FormData();
      form.set('file', new Blob([bytes]), 'a.tif');
      const { body: upload } = await server.call('POST', '/api/ingest/upload', { body: form });
      const id: string = upload.job_id;
      await server.query(`UPDATE jobs SET updated_at = now() - interval '25 hours' WHERE id = $1`, [id]);
      const commit = (): ReturnType<TestServer['call']> =>
        server.call('POST', `/api/ingest/commit/${id}`, { json: { title: 'in time?' } });
      const clean = server.running.cleanUp();
      const commits = await Promise.all([commit(), commit()]);
      await clean;
      const job = await server.waitForJob(id);
      const taken = commits.filter(({ status }) => status === 202).length;
      assert.deepEqual([taken, job.status], taken === 0 ? [0, 'failed'] : [1, 'complete'], job.error_message ?? '');
      if (job.dataset_id !== null) {
        const file = await server.call('GET', `/api/datasets/${job.dataset_id}/download/cog`);
        assert.deepEqual([file.status, file.body.length], [200, bytes.length]);
        const gone = { json: { confirm_title: 'in time?' } };
        assert.equal((await server.call('DELETE', `/api/datasets/${job.dataset_id}`, gone)).status, 204);
      }
      await server.settled();
      await server.running.cleanUp();
      assert.deepEqual(await server.storedFiles(), []);
    }
  });
});
