import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Who may do what: every visibility for every kind of caller, and what a caller may learn of what they may not see.

const VISIBILITIES = ['private', 'restricted', 'internal', 'public'] as const;
type Visibility = (typeof VISIBILITIES)[number];
const CALLERS = ['anonymous', 'viewer', 'stranger', 'owner', 'admin'] as const;
type Caller = (typeof CALLERS)[number];

const UNKNOWN = '00000000-0000-4000-8000-0000000000ff';

function tile(index: number): Uint8Array {
  return makeGeoTiff({ width: 8, height: 8, origin: [500_000 + 80 * index, 5_300_000], resolution: 10, epsg: 32633 });
}

/** Who sees a dataset of the owner's. */
function sees(caller: Caller, visibility: Visibility): boolean {
  if (caller === 'owner' || caller === 'admin') return true;
  return visibility === 'public' || (visibility === 'internal' && caller !== 'anonymous');
}

describe('access', () => {
  let server: TestServer;
  let tokens: Record<Caller, string | null>;
  let rasters: Record<Visibility, string>;
  let mosaics: Record<Visibility, string>;
  let publicPair: string[];

  before(async () => {
    server = await startTestServer();
    tokens = {
      anonymous: null,
      viewer: await server.user('viewer'),
      stranger: await server.user('editor'),
      owner: await server.user('editor'),
      admin: server.admin,
    };
    const token = tokens.owner as string;
    const add = (index: number, visibility: string): Promise<string> =>
      server.addRaster(tile(index), { title: `raster ${visibility}`, visibility, token });
    rasters = {} as Record<Visibility, string>;
    mosaics = {} as Record<Visibility, string>;
    publicPair = [await add(10, 'public'), await add(11, 'public')];
    for (const [index, visibility] of VISIBILITIES.entries()) {
      rasters[visibility] = await add(index, visibility);
      mosaics[visibility] = await server.addVrt(publicPair, { title: `mosaic ${visibility}`, visibility, token });
    }
    await server.settled();
  });
  after(() => server.close());

  const as = (caller: Caller, method: string, path: string, json?: object): Promise<Answer> =>
    server.call(method, path, { token: tokens[caller], ...(json === undefined ? {} : { json }) });

  const READS: [path: string, of: 'raster' | 'mosaic'][] = [
    ['', 'raster'],
    ['/quicklook', 'raster'],
    ['/download/cog', 'raster'],
    ['', 'mosaic'],
    ['/quicklook', 'mosaic'],
    ['/download/vrt', 'mosaic'],
    ['/vrt-sources', 'mosaic'],
    ['/vrt/status', 'mosaic'],
    ['/vrt/generations', 'mosaic'],
  ];
  for (const visibility of VISIBILITIES) {
    it(`lets those read what is ${visibility} who may, and tells others of no such thing`, async () => {
      for (const [path, of] of READS) {
        const id = (of === 'raster' ? rasters : mosaics)[visibility];
        for (const caller of CALLERS) {
          const where = `${caller} GET ${of}${path}`;
          const answer = await as(caller, 'GET', `/api/datasets/${id}${path}`);
          assert.equal(answer.status, sees(caller, visibility) ? 200 : 404, where);
          const absent = await as(caller, 'GET', `/api/datasets/${UNKNOWN}${path}`);
          if (answer.status === 404) {
            assert.deepEqual({ ...answer.body, request_id: '' }, { ...absent.body, request_id: '' }, where);
          }
          const cacheable = answer.headers.get('cache-control')?.includes('public') ?? false;
          if (visibility !== 'public') assert.ok(!cacheable, where);
        }
      }
    });

    it(`lets only its owner and administrators change what is ${visibility}`, async () => {
      const expected = (caller: Caller): number => {
        if (caller === 'anonymous') return 401;
        if (caller === 'viewer') return 403; // whatever it is, a viewer changes nothing
        if (caller === 'stranger') return sees(caller, visibility) ? 403 : 404;
        return 200;
      };
      for (const id of [rasters[visibility], mosaics[visibility]]) {
        for (const caller of CALLERS) {
          const patched = await as(caller, 'PATCH', `/api/datasets/${id}`, { summary: `by ${caller}` });
          assert.equal(patched.status, expected(caller), `${caller} PATCH`);
          const removed = await as(caller, 'DELETE', `/api/datasets/${id}`, { confirm_title: 'not its title' });
          assert.equal(removed.status, expected(caller) === 200 ? 400 : expected(caller), `${caller} DELETE`);
        }
      }
    });
  }

  it('lists and counts what the caller sees, and nothing more', async () => {
    for (const caller of CALLERS) {
      const visible = VISIBILITIES.filter((visibility) => sees(caller, visibility)).length;
      const { body } = await as(caller, 'GET', '/api/datasets/?limit=1000');
      assert.equal(body.total, 2 * visible + publicPair.length, caller);
      assert.equal(body.datasets.length, body.total, caller);
      const one = await as(caller, 'GET', '/api/datasets/?limit=1&q=mosaic');
      assert.equal(one.body.total, visible, caller);
      for (const visibility of VISIBILITIES) {
        const filtered = await as(caller, 'GET', `/api/datasets/?visibility=${visibility}&record_type=vrt_dataset`);
        assert.equal(filtered.body.total, sees(caller, visibility) ? 1 : 0, `${caller} ${visibility}`);
      }
    }
  });

  it('keeps jobs to their owners and administrators', async () => {
    const sent = await as('owner', 'POST', '/api/ingest/vrt/create', {
      source_dataset_ids: publicPair,
      vrt_type: 'mosaic',
      resolution_strategy: 'finest',
      title: 'watched',
    });
    const { job_id: id } = sent.body;
    await server.waitForJob(id);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['POST', '/cancel'],
      ['POST', '/retry'],
    ] as const) {
      assert.equal((await as('anonymous', method, `/api/jobs/${id}${path}`)).status, 401);
      assert.equal((await as('stranger', method, `/api/jobs/${id}${path}`)).status, 404);
      assert.equal((await as('viewer', method, `/api/jobs/${id}${path}`)).status, 404);
    }
    assert.equal((await as('owner', 'GET', `/api/jobs/${id}`)).status, 200);
    assert.equal((await as('admin', 'GET', `/api/jobs/${id}`)).status, 200);
    assert.equal((await as('stranger', 'GET', '/api/jobs')).body.total, 0);
    assert.equal((await as('anonymous', 'GET', '/api/jobs')).status, 401);
    const dataset = (await as('owner', 'GET', `/api/jobs/${id}`)).body.dataset_id;
    await as('owner', 'DELETE', `/api/datasets/${dataset}`, { confirm_title: 'watched' });
  });

  it('links nothing that the caller does not see', async () => {
    for (const caller of ['stranger', 'owner', 'admin'] as const) {
      const answer = await as(caller, 'POST', '/api/ingest/vrt/validate', {
        source_dataset_ids: VISIBILITIES.map((visibility) => rasters[visibility]),
        vrt_type: 'mosaic',
        resolution_strategy: 'finest',
        title: 'x',
      });
      const hidden = VISIBILITIES.filter((visibility) => !sees(caller, visibility));
      assert.deepEqual(
        answer.body.problems.map((item: { type: string; input: string }) => [item.type, item.input]),
        hidden.map((visibility) => ['source_not_found', rasters[visibility]]),
      );
    }
  });

  it('gives a mosaic no longer to whom one of its sources was hidden from', async () => {
    const own = await server.addRaster(tile(20), { title: 'own', token: tokens.stranger as string });
    const lent = await server.addRaster(tile(21), {
      title: 'lent',
      visibility: 'internal',
      token: tokens.owner as string,
    });
    const mosaic = await server.addVrt([own, lent], { title: 'of both', token: tokens.stranger as string });
    const download = `/api/datasets/${mosaic}/download/vrt`;
    assert.equal((await as('stranger', 'GET', download)).status, 200);

    assert.equal((await as('owner', 'PATCH', `/api/datasets/${lent}`, { visibility: 'private' })).status, 200);
    const refused = await as('stranger', 'GET', download);
    assert.equal(refused.status, 403);
    assert.ok(!JSON.stringify(refused.body).includes(lent));
    assert.equal((await as('stranger', 'HEAD', download)).status, 403);
    assert.equal((await as('admin', 'GET', download)).status, 200);
    const { body } = await as('stranger', 'GET', `/api/datasets/${mosaic}/vrt-sources/`);
    assert.deepEqual(
      body.sources.map((source: { dataset_id: string; position: number }) => [source.dataset_id, source.position]),
      [[own, 0]],
    );
    const health = (await as('stranger', 'GET', `/api/datasets/${mosaic}/vrt/status/`)).body;
    assert.equal(health.source_count, 2);
    assert.deepEqual(
      health.source_health.map((source: { dataset_id: string }) => source.dataset_id),
      [own],
    );
    // What may be seen of it is still not to be deleted under it, and whose it is, is not told.
    const inUse = await as('owner', 'DELETE', `/api/datasets/${lent}`, { confirm_title: 'lent' });
    assert.equal(inUse.status, 409);
    assert.deepEqual(inUse.body.dependent_vrts, []);
    await as('stranger', 'DELETE', `/api/datasets/${mosaic}`, { confirm_title: 'of both' });
  });

  it('builds nothing from a source that was hidden after the request was accepted', async () => {
    const lent = await server.addRaster(tile(22), {
      title: 'lent',
      visibility: 'internal',
      token: tokens.owner as string,
    });
    const pending = server.call('POST', '/api/ingest/vrt/create', {
      token: tokens.stranger,
      json: {
        source_dataset_ids: [publicPair[0], lent],
        vrt_type: 'mosaic',
        resolution_strategy: 'finest',
        title: 'raced',
      },
    });
    const patched = as('owner', 'PATCH', `/api/datasets/${lent}`, { visibility: 'private' });
    const [sent] = await Promise.all([pending, patched]);
    // Whichever came first: refused at once, failed later, or built before it was hidden; never a download.
    if (sent.status === 202) {
      const job = await server.waitForJob(sent.body.job_id);
      if (job.status === 'complete') {
        const download = await as('stranger', 'GET', `/api/datasets/${job.dataset_id}/download/vrt`);
        assert.equal(download.status, 403);
      } else assert.match(job.error_message ?? '', /removed or hidden/);
    } else assert.equal(sent.body.detail[0].type, 'source_not_found');
  });

  it('gives local paths to administrators and owners only', async () => {
    const path = `/api/datasets/${mosaics.public}/download/vrt?sources=local`;
    for (const caller of ['anonymous', 'viewer', 'stranger'] as const) {
      assert.equal((await as(caller, 'GET', path)).status, 403, caller);
    }
    for (const caller of ['owner', 'admin'] as const) {
      const answer = await as(caller, 'GET', path);
      assert.equal(answer.status, 200);
      assert.match(answer.body.toString(), /<SourceFilename relativeToVRT="0">\//);
    }
    const s3 = await as('admin', 'GET', `/api/datasets/${mosaics.public}/download/vrt?sources=s3`);
    assert.deepEqual([s3.status, s3.body.code], [501, 'not_implemented']);
  });

  describe('credentials', () => {
    const path = (): string => `/api/datasets/${rasters.public}`;
    const get = (headers: Record<string, string>) => server.call('GET', path(), { token: null, headers });

    it('refuses wrong ones even for what everybody may read', async () => {
      const wrong: Record<string, string>[] = [
        { authorization: 'Bearer inlay_wrong' },
        { authorization: 'Bearer' },
        { authorization: 'Bearer ' },
        { authorization: 'Basic YWRtaW46YWRtaW4=' },
        { authorization: server.admin },
        { authorization: `Bearer ${server.admin} x` },
        { authorization: `Bearer ${'x'.repeat(5000)}` },
        { 'x-api-key': 'wrong' },
        { 'x-api-key': '' },
        { authorization: 'Bearer wrong', 'x-api-key': server.admin },
      ];
      for (const headers of wrong) {
        const answer = await get(headers);
        assert.equal(answer.status, 401, JSON.stringify(headers));
        assert.equal(answer.body.code, 'invalid_token');
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
      }
      assert.equal((await get({})).status, 200);
      assert.equal((await get({ authorization: `bearer ${server.admin}` })).status, 200);
    });

    it('shows an API key once, honours it in both headers, and no longer once it is revoked', async () => {
      const made = await as('owner', 'POST', '/api/auth/api-keys/', { name: 'mine' });
      assert.equal(made.status, 201);
      const { key, id } = made.body;
      assert.match(key, /^inlay_[\w-]{43}$/);
      const listed = await as('owner', 'GET', '/api/auth/api-keys/');
      assert.equal(listed.body.total, 1);
      assert.ok(!JSON.stringify(listed.body).includes(key));
      assert.ok(key.startsWith(listed.body.api_keys[0].key_hint));
      assert.equal((await as('stranger', 'GET', '/api/auth/api-keys/')).body.total, 0);

      const me = (headers: Record<string, string>) => server.call('GET', '/api/auth/me/', { token: null, headers });
      const own = await as('owner', 'GET', '/api/auth/me/');
      assert.deepEqual((await me({ 'x-api-key': key })).body, own.body);
      assert.deepEqual((await me({ authorization: `Bearer ${key}` })).body, own.body);
      assert.equal((await as('stranger', 'DELETE', `/api/auth/api-keys/${id}`)).status, 404);
      assert.equal((await as('owner', 'DELETE', `/api/auth/api-keys/${id}`)).status, 204);
      assert.equal((await as('owner', 'DELETE', `/api/auth/api-keys/${id}`)).status, 404);
      assert.equal((await me({ 'x-api-key': key })).status, 401);
      assert.equal((await get({ 'x-api-key': key })).status, 401);
    });

    it('honours no key that has expired', async () => {
      const made = await as('owner', 'POST', '/api/auth/api-keys/', { name: 'short', expires_in_days: 1 });
      assert.equal((await get({ 'x-api-key': made.body.key })).status, 200);
      await server.query(`UPDATE tokens SET expires_at = now() - interval '1 second' WHERE id = $1`, [made.body.id]);
      assert.equal((await get({ 'x-api-key': made.body.key })).status, 401);
    });

    it('keeps nobody’s password and no token in the clear', async () => {
      const rows = JSON.stringify(await server.query('SELECT * FROM tokens JOIN users ON users.id = tokens.user_id'));
      assert.ok(!rows.includes(server.admin) && !rows.includes(tokens.owner as string));
      assert.ok(!rows.includes('correct horse'));
    });

    it('says of a wrong name what it says of a wrong password', async () => {
      await as('admin', 'POST', '/api/users/', { username: 'ada', password: 'correct horse', role: 'viewer' });
      const login = (username: string, password: string) =>
        server.call('POST', '/api/auth/login', { token: null, body: new URLSearchParams({ username, password }) });
      const wrongPassword = await login('ada', 'wrong');
      const wrongName = await login('nobody', 'wrong');
      assert.equal(wrongPassword.status, 401);
      assert.deepEqual({ ...wrongPassword.body, request_id: '' }, { ...wrongName.body, request_id: '' });
      const right = await login('ADA', 'correct horse');
      assert.equal(right.status, 200);
      assert.equal(right.body.token_type, 'bearer');
      assert.ok(right.body.expires_in > 0);
      const taken = await as('admin', 'POST', '/api/users/', { username: 'Ada', password: 'correct horse' });
      assert.equal(taken.status, 409);
      assert.equal(
        (await as('owner', 'POST', '/api/users/', { username: 'x', password: 'correct horse' })).status,
        403,
      );
      assert.equal((await as('owner', 'GET', '/api/users/')).status, 403);
    });

    it('repeats no password in what it says of a malformed one', async () => {
      const answer = await as('admin', 'POST', '/api/users/', { username: 'eve', password: 'geheim1', role: 'king' });
      assert.equal(answer.status, 422);
      assert.ok(!JSON.stringify(answer.body).includes('geheim1'), JSON.stringify(answer.body));
    });
  });
});
