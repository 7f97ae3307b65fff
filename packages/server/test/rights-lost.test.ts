import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff } from '@inlay/testing';
import { type RangeServer, startRangeServer } from './range-server.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Rights that end while something goes on in their name: what is followed, what waits, what runs and what is tried again. Work
// is held up by a web server that does not answer.

const tile = (index: number): Uint8Array<ArrayBuffer> =>
  makeGeoTiff({ width: 8, height: 8, origin: [500_000 + 80 * index, 5_300_000], resolution: 10, epsg: 32633 });

describe('a right that is lost', () => {
  let server: TestServer;
  let web: RangeServer;
  let olga: string;
  let olgaId: string;
  let round = 0;

  before(async () => {
    web = await startRangeServer();
    server = await startTestServer({ sourceRoots: [web.url], workerConcurrency: 2 });
    await server.user('editor', 'fritz');
  });
  beforeEach(async () => {
    round += 1;
    olga = await server.user('editor', `olga${round}`);
    olgaId = (await call(olga, 'GET', '/api/auth/me/')).body.id;
  });
  after(async () => {
    web.release();
    await server.close();
    await web.close();
  });

  const call = (token: string | null, method: string, path: string, json?: object): Promise<Answer> =>
    server.call(method, path, { token, ...(json === undefined ? {} : { json }) });
  const setRole = (role: string): Promise<Answer> => call(server.admin, 'PATCH', `/api/users/${olgaId}`, { role });

  /** A job that does not end before the web server is let go. */
  async function begin(token = olga): Promise<string> {
    const path = `/held-${round}.tif`;
    web.files.set(path, tile(round));
    web.stalled.add(path);
    const sent = await call(token, 'POST', '/api/ingest/register-rasters', { hrefs: [web.url + path] });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    while (!web.log.some((line) => line.endsWith(path))) await delay(5);
    return sent.body.job_id;
  }

  describe('ends the events of a job', () => {
    /** Follows a job by this credential, has something happen, and waits for the end. @returns the states that were told */
    async function followed(
      id: string,
      headers: Readonly<Record<string, string>>,
      happens: () => Promise<Answer>,
    ): Promise<string[]> {
      const response = await fetch(`${server.url}/api/jobs/${id}/events`, { headers });
      assert.equal(response.status, 200);
      const told: string[] = [];
      let isFirst = true;
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        told.push(
          ...Array.from(
            Buffer.from(chunk)
              .toString()
              .matchAll(/"status":"(\w+)"/g),
            ([, status = '']) => status,
          ),
        );
        if (isFirst) assert.ok((await happens()).status < 300);
        isFirst = false;
      }
      return [...new Set(told)].filter((status) => status !== 'pending');
    }
    const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

    it('when the API key is revoked', async () => {
      const { body: key } = await call(olga, 'POST', '/api/auth/api-keys/', { name: 'follows', scope: 'read' });
      const id = await begin();
      const revoke = () => call(olga, 'DELETE', `/api/auth/api-keys/${key.id}`);
      assert.deepEqual(await followed(id, bearer(key.key), revoke), ['running']);
      assert.equal((await call(olga, 'GET', `/api/jobs/${id}`)).body.status, 'running');
    });

    it('when the session ends, in a cookie too', async () => {
      const login = await server.call('POST', '/api/auth/login', {
        token: null,
        body: new URLSearchParams({ username: `olga${round}`, password: 'correct horse', session: 'cookie' }),
      });
      const session: string = login.body.access_token;
      const id = await begin();
      const logout = () => call(session, 'POST', '/api/auth/logout');
      assert.deepEqual(await followed(id, { cookie: `inlay_session=${session}` }, logout), ['running']);
    });

    it('when an administrator is one no longer, or may not sign in any more', async () => {
      await setRole('admin');
      const id = await begin(server.admin);
      assert.deepEqual(await followed(id, bearer(olga), () => setRole('editor')), ['running']);
      web.release();
      round += 1;
      const own = await begin();
      const disable = () => call(server.admin, 'PATCH', `/api/users/${olgaId}`, { disabled: true });
      assert.deepEqual(await followed(own, bearer(olga), disable), ['running']);
    });
  });

  it('ends a job of whoever is no editor any more, and has it not tried again', async () => {
    const ids = [await server.addRaster(tile(0), { token: olga }), await server.addRaster(tile(1), { token: olga })];
    const json = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'too late' };
    const sent = await call(olga, 'POST', '/api/ingest/vrt/create', json);
    const id: string = sent.body.job_id;
    await server.waitForJob(id);
    const made = (await call(olga, 'GET', `/api/jobs/${id}`)).body.dataset_id;
    await call(olga, 'DELETE', `/api/datasets/${made}`, { confirm_title: 'too late' });
    // As if it had been waiting when the role was changed.
    await server.query(`UPDATE jobs SET status = 'failed', dataset_id = NULL WHERE id = $1`, [id]);
    await setRole('viewer');
    const refused = await call(olga, 'POST', `/api/jobs/${id}/retry`);
    assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden']);
    assert.equal((await call(server.admin, 'POST', `/api/jobs/${id}/retry`)).status, 403, 'it would be hers');
    await setRole('editor');
    await server.query(`UPDATE users SET role = 'viewer' WHERE id = $1`, [olgaId]);
    await server.query(
      `UPDATE jobs SET status = 'pending', queued = true, last_attempt = attempt + 5, updated_at = now() - interval '1 hour'
         WHERE id = $1`,
      [id],
    );
    const job = await server.waitForJob(id, server.admin);
    assert.equal(job.status, 'failed');
    assert.match(job.error_message ?? '', /role was changed/);
    assert.equal((await call(server.admin, 'GET', '/api/datasets/?q=too+late')).body.total, 0);
  });

  it('to change a virtual raster ends the change that waits in its name', async () => {
    const ids = [await server.addRaster(tile(0)), await server.addRaster(tile(1))];
    const vrt = await server.addVrt(ids, { title: 'granted', visibility: 'internal' });
    const held = await begin(server.admin);
    web.release();
    const added = (await server.waitForJob(held)).dataset_id as string;
    await call(server.admin, 'PATCH', `/api/datasets/${added}`, { visibility: 'internal' });
    await server.settled();
    const grant = { user: `olga${round}`, level: 'edit', confirm_public_sources: true };
    assert.equal((await call(server.admin, 'PUT', `/api/datasets/${vrt}/grants/`, grant)).status, 200);

    web.stalled.add(`/held-${round}.tif`);
    const requests = web.log.length;
    const sent = await call(olga, 'POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_id: added });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    while (web.log.length === requests) await delay(5);
    await call(server.admin, 'POST', `/api/jobs/${sent.body.job_id}/cancel`);
    await call(server.admin, 'DELETE', `/api/datasets/${vrt}/grants/olga${round}`);
    web.release();
    assert.equal((await call(olga, 'POST', `/api/jobs/${sent.body.job_id}/retry`)).status, 202);
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'failed');
    assert.match(job.error_message ?? '', /may no longer change the virtual raster/);
    const { body } = await call(server.admin, 'GET', `/api/datasets/${vrt}/vrt-sources/`);
    assert.equal(body.sources.length, 2);
  });
});

describe('the link of one source', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  it('opens the versions that kept builds of the virtual raster were made of, and no other', async () => {
    const ids = [await server.addRaster(tile(0)), await server.addRaster(tile(1))];
    const [first = ''] = ids;
    const vrt = await server.addVrt(ids);
    await server.settled();
    const { body: share } = await server.call('POST', `/api/datasets/${vrt}/shares/`, { json: { downloads: true } });
    const document = await fetch(`${server.url}/api/datasets/${vrt}/download/vrt?sig=${share.sig}&exp=${share.exp}`);
    const named = /download\/versions\/1\/cog(\?[^<]+)</.exec(await document.text())?.[1] ?? '';
    const search = named.replaceAll('&amp;', '&');
    const status = async (path: string): Promise<number> =>
      (await fetch(`${server.url}/api/datasets/${first}/download/${path}${search}`, { method: 'HEAD' })).status;
    const opened = async (): Promise<number[]> =>
      await Promise.all(['versions/1/cog', 'versions/2/cog', 'versions/3/cog', 'cog'].map(status));
    const replace = async (): Promise<void> => {
      const form = new FormData();
      form.set('file', new Blob([tile(0)]), 'secret.tif');
      const sent = await server.call('POST', `/api/datasets/${first}/replace`, { body: form });
      assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    };
    const regenerate = async (): Promise<void> => {
      const sent = await server.call('POST', `/api/datasets/${vrt}/vrt/regenerate/`);
      assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    };
    assert.deepEqual(await opened(), [200, 404, 404, 200]);
    await replace();
    assert.deepEqual(await opened(), [200, 404, 404, 404], 'what has taken its place is not in the mosaic');
    await replace();
    await regenerate();
    assert.deepEqual(await opened(), [200, 404, 200, 200], 'what was in it, and what is');
    await server.call('DELETE', `/api/datasets/${vrt}/shares/${share.id}`);
    assert.deepEqual(await opened(), [401, 401, 401, 401]);
  });
});
