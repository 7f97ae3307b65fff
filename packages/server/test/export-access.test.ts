import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { square } from './square.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Files of exports after their owner has lost the right to what they were made of: their pixels are that dataset's.

describe('the file of an export', () => {
  let server: TestServer;
  let owner: string;
  let guest: string;
  let name: string;
  let round = 0;

  before(async () => {
    server = await startTestServer();
    owner = await server.user('editor');
  });
  beforeEach(async () => {
    round += 1;
    name = `guest${round}`;
    guest = await server.user('viewer', name);
  });
  after(() => server.close());

  const call = (token: string, method: string, path: string, json?: object): Promise<Answer> =>
    server.call(method, path, { token, ...(json === undefined ? {} : { json }) });
  const change = async (id: string, json: object): Promise<void> => {
    const { status, body } = await call(owner, 'PATCH', `/api/datasets/${id}`, json);
    assert.equal(status, 200, JSON.stringify(body));
  };

  async function exported(id: string, token = guest): Promise<string> {
    const sent = await call(token, 'POST', `/api/datasets/${id}/export`, {});
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const job = await server.waitForJob(sent.body.job_id, token);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    assert.deepEqual(await had(job.id, token), [200, 200, 'offered', 'offered', 'offered']);
    return job.id;
  }

  /** What GET and HEAD of it answer, and whether the job, the list of jobs and its events offer it. */
  async function had(job: string, token = guest): Promise<unknown[]> {
    const path = `/api/jobs/${job}/result`;
    const get = await call(token, 'GET', path);
    if (get.status !== 200) assert.equal(get.body.code, 'not_found');
    const { body: shown } = await call(token, 'GET', `/api/jobs/${job}`);
    const { body: list } = await call(token, 'GET', '/api/jobs?kind=export&limit=1000');
    const listed = list.jobs.find(({ id }: { id: string }) => id === job);
    const { body: events } = await call(token, 'GET', `/api/jobs/${job}/events`);
    const offers = [shown.result, listed.result, String(events).includes(path) ? path : null];
    const { status: head } = await call(token, 'HEAD', path);
    return [get.status, head, ...offers.map((offer) => (offer === null ? 'not offered' : 'offered'))];
  }
  const GONE = [404, 404, 'not offered', 'not offered', 'not offered'];
  const THERE = [200, 200, 'offered', 'offered', 'offered'];

  it('is not had while its dataset is hidden from whoever exported it', async () => {
    const id = await server.addRaster(square(0), { visibility: 'public', token: owner });
    const [job, own] = [await exported(id), await exported(id, owner)];
    await change(id, { visibility: 'private' });
    assert.deepEqual(await had(job), GONE);
    assert.deepEqual(await had(own, owner), THERE, 'its owner sees the dataset');
    assert.deepEqual(await had(job, server.admin), THERE, 'administrators do');
    await change(id, { visibility: 'internal' });
    assert.deepEqual(await had(job), THERE, 'and is again');
  });

  it('is not had once a grant was taken back', async () => {
    const id = await server.addRaster(square(0), { visibility: 'restricted', token: owner });
    await call(owner, 'PUT', `/api/datasets/${id}/grants/`, { user: name, level: 'view' });
    const job = await exported(id);
    assert.equal((await call(owner, 'DELETE', `/api/datasets/${id}/grants/${name}`)).status, 204);
    assert.deepEqual(await had(job), GONE);
  });

  it('is not had by an administrator who is none any more', async () => {
    const id = await server.addRaster(square(0), { visibility: 'private', token: owner });
    const { body: me } = await call(guest, 'GET', '/api/auth/me/');
    await call(server.admin, 'PATCH', `/api/users/${me.id}`, { role: 'admin' });
    const job = await exported(id);
    await call(server.admin, 'PATCH', `/api/users/${me.id}`, { role: 'editor' });
    assert.deepEqual(await had(job), GONE);
  });

  it('of a virtual raster is not had while a source is hidden', async () => {
    const ids = [
      await server.addRaster(square(0), { visibility: 'internal', token: owner }),
      await server.addRaster(square(1), { visibility: 'internal', token: server.admin }),
    ];
    const vrt = await server.addVrt(ids, { visibility: 'internal', token: owner });
    const [job, own] = [await exported(vrt), await exported(vrt, owner)];
    await call(server.admin, 'PATCH', `/api/datasets/${ids[1]}`, { visibility: 'private' });
    assert.deepEqual([await had(job), await had(own, owner)], [GONE, GONE]);
  });

  it('of a dataset that was deleted is nobody’s, and is removed with it', async () => {
    const id = await server.addRaster(square(0), { title: 'gone', visibility: 'public', token: owner });
    const former = (await server.storedFiles()).filter((file) => file.startsWith('exports/'));
    const [job, own] = [await exported(id), await exported(id, owner)];
    await server.settled();
    const deleted = await call(owner, 'DELETE', `/api/datasets/${id}`, { confirm_title: 'gone' });
    assert.equal(deleted.status, 204);
    assert.deepEqual([await had(job), await had(own, owner), await had(job, server.admin)], [GONE, GONE, GONE]);
    const left = (await server.storedFiles()).filter((file) => file.startsWith('exports/'));
    assert.deepEqual(left, former);
  });
});
