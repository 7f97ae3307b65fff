import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Accounts, what they sign in with, and what is written down of what they do.

const RASTER = makeGeoTiff({ width: 8, height: 8, origin: [500_000, 5_300_000], resolution: 10, epsg: 32633 });

describe('users', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const call = (token: string | null, method: string, path: string, json?: object): Promise<Answer> =>
    server.call(method, path, { token, ...(json === undefined ? {} : { json }) });
  const login = async (username: string, password: string): Promise<Answer> =>
    server.call('POST', '/api/auth/login', { token: null, body: new URLSearchParams({ username, password }) });
  const add = async (username: string, role: string): Promise<{ id: string; token: string }> => {
    const { body } = await call(server.admin, 'POST', '/api/users/', { username, password: 'correct horse', role });
    return { id: body.id, token: (await login(username, 'correct horse')).body.access_token };
  };

  it('get and lose rights at once', async () => {
    const { id, token } = await add('ada', 'viewer');
    assert.equal((await call(token, 'GET', '/api/users/')).status, 403);
    const path = `/api/users/${id}`;
    const promoted = await call(server.admin, 'PATCH', path, { role: 'admin' });
    assert.deepEqual([promoted.status, promoted.body.role, promoted.body.disabled_at], [200, 'admin', null]);
    assert.equal((await call(token, 'GET', path)).status, 200);
    await call(server.admin, 'PATCH', path, { role: 'editor' });
    assert.equal((await call(token, 'GET', path)).status, 403);
    assert.equal((await call(server.admin, 'GET', '/api/users/00000000-0000-4000-8000-0000000000ff')).status, 404);
  });

  it('that are disabled are nobody, whatever they come with, until they are enabled again', async () => {
    const { id, token } = await add('bob', 'editor');
    const { key } = (await call(token, 'POST', '/api/auth/api-keys/', { name: 'bob’s' })).body;
    const { url } = (await call(token, 'POST', '/api/auth/sign-in-links')).body;
    const disabled = await call(server.admin, 'PATCH', `/api/users/${id}`, { disabled: true });
    assert.ok(disabled.body.disabled_at !== null);
    for (const credential of [token, key]) assert.equal((await call(credential, 'GET', '/api/datasets/')).status, 401);
    const cookie = { cookie: `inlay_session=${token}` };
    assert.equal((await server.call('GET', '/api/datasets/', { token: null, headers: cookie })).status, 200);
    const refused = await login('bob', 'correct horse');
    assert.deepEqual([refused.status, refused.body.code], [401, 'invalid_credentials']);
    const code = { code: url.split('#code=')[1] };
    assert.equal((await call(null, 'POST', '/api/auth/one-time', code)).status, 401);
    await call(server.admin, 'PATCH', `/api/users/${id}`, { disabled: false });
    assert.equal((await call(key, 'GET', '/api/auth/me/')).status, 200);
  });

  it('change their passwords, which ends their other sessions', async () => {
    const { token } = await add('carol', 'viewer');
    const other = (await login('carol', 'correct horse')).body.access_token as string;
    const { key } = (await call(token, 'POST', '/api/auth/api-keys/', { name: 'kept' })).body;
    const wrong = await call(token, 'POST', '/api/auth/password', {
      current_password: 'wrong',
      password: 'new password',
    });
    assert.deepEqual([wrong.status, wrong.body.detail[0].loc], [422, ['body', 'current_password']]);
    assert.ok(!JSON.stringify(wrong.body).includes('new password'));
    const changed = await call(token, 'POST', '/api/auth/password', {
      current_password: 'correct horse',
      password: 'new password',
    });
    assert.equal(changed.status, 204);
    for (const [credential, status] of [
      [token, 200],
      [key, 200],
      [other, 401],
    ] as const) {
      assert.equal((await call(credential, 'GET', '/api/auth/me/')).status, status);
    }
    assert.equal((await login('carol', 'correct horse')).status, 401);
    assert.equal((await login('carol', 'new password')).status, 200);
  });

  it('are given other passwords by administrators, which ends their sessions', async () => {
    const { id, token } = await add('dora', 'viewer');
    assert.equal((await call(server.admin, 'PUT', `/api/users/${id}/password`, { password: 'short' })).status, 422);
    assert.equal(
      (await call(server.admin, 'PUT', `/api/users/${id}/password`, { password: 'long enough' })).status,
      204,
    );
    assert.equal((await call(token, 'GET', '/api/auth/me/')).status, 401);
    assert.equal((await login('dora', 'long enough')).status, 200);
  });

  it('leave their datasets and jobs to somebody when they are deleted', async () => {
    const gone = await add('emil', 'editor');
    const heir = await add('fay', 'editor');
    const ids = [
      await server.addRaster(RASTER, { token: gone.token, title: 'one' }),
      await server.addRaster(RASTER, { token: gone.token, title: 'two' }),
    ];
    const mosaic = await server.addVrt(ids, { token: gone.token });
    await server.settled();
    const path = `/api/users/${gone.id}`;
    for (const transfer_to of [gone.id, '00000000-0000-4000-8000-0000000000ff']) {
      const { status, body } = await call(server.admin, 'DELETE', path, { transfer_to });
      assert.deepEqual([status, body.detail[0].loc], [422, ['body', 'transfer_to']]);
    }
    const deleted = await call(server.admin, 'DELETE', path, { transfer_to: heir.id });
    assert.deepEqual([deleted.status, deleted.body], [200, { transferred_datasets: 3 }]);
    assert.equal((await call(server.admin, 'GET', path)).status, 404);
    assert.equal((await call(gone.token, 'GET', '/api/datasets/')).status, 401);
    for (const id of [...ids, mosaic]) {
      const { status, body } = await call(heir.token, 'GET', `/api/datasets/${id}`);
      assert.deepEqual([status, body.created_by], [200, heir.id]);
    }
    const { body } = await call(heir.token, 'GET', `/api/datasets/${mosaic}/vrt/generations/`);
    assert.equal(body.generations[0].triggered_by, null);
    assert.ok((await call(heir.token, 'GET', '/api/jobs')).body.total >= 3);
    assert.equal((await call(heir.token, 'GET', `/api/datasets/${mosaic}/download/vrt`)).status, 200);
    const own = await add('gil', 'editor');
    await server.addRaster(RASTER, { token: own.token });
    assert.deepEqual((await call(server.admin, 'DELETE', `/api/users/${own.id}`, {})).body, {
      transferred_datasets: 1,
    });
  });

  it('always have an administrator among them who may sign in', async () => {
    const { body } = await call(server.admin, 'GET', '/api/auth/me/');
    const path = `/api/users/${body.id}`;
    const other = await add('hal', 'admin');
    await call(server.admin, 'PATCH', `/api/users/${other.id}`, { disabled: true });
    for (const [method, json] of [
      ['PATCH', { role: 'editor' }],
      ['PATCH', { disabled: true }],
      ['DELETE', { transfer_to: other.id }],
    ] as const) {
      const answer = await call(server.admin, method, path, json);
      assert.deepEqual([answer.status, answer.body.code], [409, 'last_administrator'], JSON.stringify(json));
    }
    assert.equal((await call(server.admin, 'PATCH', path, { role: 'admin', disabled: false })).status, 200);
    await call(server.admin, 'PATCH', `/api/users/${other.id}`, { disabled: false });
    // Of two who would remove each other, one stays.
    const answers = await Promise.all([
      call(server.admin, 'PATCH', `/api/users/${other.id}`, { role: 'viewer' }),
      call((await login('hal', 'correct horse')).body.access_token, 'PATCH', path, { role: 'viewer' }),
    ]);
    const statuses = answers.map(({ status }) => status).toSorted();
    assert.ok(statuses[0] === 200 && (statuses[1] === 409 || statuses[1] === 403), statuses.join(' '));
    await server.query(`UPDATE users SET role = 'admin' WHERE username = 'admin'`);
  });

  it('with a token for reading see what they see otherwise, and change nothing', async () => {
    const { token } = await add('ida', 'editor');
    const id = await server.addRaster(RASTER, { token, title: 'ida’s' });
    const made = await call(token, 'POST', '/api/auth/api-keys/', { name: 'reads', scope: 'read', expires_in_days: 1 });
    assert.equal(made.body.scope, 'read');
    const { key } = made.body;
    assert.equal((await call(key, 'GET', `/api/datasets/${id}`)).status, 200);
    assert.equal((await call(key, 'POST', `/api/datasets/${id}/point`, { points: [[15, 47.85]] })).status, 200);
    assert.equal((await call(key, 'GET', '/api/auth/api-keys/')).body.api_keys[0].scope, 'read');
    for (const [method, path, json] of [
      ['PATCH', `/api/datasets/${id}`, { title: 'x' }],
      ['DELETE', `/api/datasets/${id}`, { confirm_title: 'ida’s' }],
      ['POST', `/api/datasets/${id}/shares/`, {}],
      ['POST', '/api/auth/api-keys/', { name: 'more', scope: 'write' }],
      ['POST', '/api/auth/sign-in-links', undefined],
      ['POST', '/api/auth/password', { current_password: 'correct horse', password: 'new password' }],
    ] as const) {
      const answer = await call(key, method, path, json);
      assert.deepEqual([answer.status, answer.body.code], [403, 'read_only_token'], `${method} ${path}`);
    }
    assert.equal((await call(token, 'POST', '/api/auth/api-keys/', { name: 'x', scope: 'admin' })).status, 422);
  });
});

describe('what is written down', () => {
  let server: TestServer;
  let owner: string;
  before(async () => {
    server = await startTestServer();
    owner = await server.user('editor', 'olga');
    await server.user('editor', 'fritz');
  });
  after(() => server.close());

  interface Entry {
    readonly action: string;
    readonly actor_name: string;
    readonly token_id: string | null;
    readonly request_id: string;
    readonly subject_name: string;
    readonly details: Readonly<Record<string, unknown>>;
  }
  const call = (method: string, path: string, json?: object, token = owner, requestId = 'test-1'): Promise<Answer> =>
    server.call(method, path, {
      token,
      headers: { 'x-request-id': requestId },
      ...(json === undefined ? {} : { json }),
    });

  it('tells of a dataset who did what to it, from where, and outlives it', async () => {
    const id = await server.addRaster(RASTER, { token: owner, title: 'first' });
    const path = `/api/datasets/${id}`;
    await call('PATCH', path, { title: 'second', visibility: 'restricted' });
    await call('PATCH', path, { title: 'second' });
    await call('PUT', `${path}/grants/`, { user: 'fritz', level: 'edit' });
    const { body: share } = await call('POST', `${path}/shares/`, { name: 'a link' });
    await call('DELETE', `${path}/shares/${share.id}`);
    await call('DELETE', `${path}/grants/fritz`);
    await call('PATCH', path, { title: '' });
    await call('DELETE', path, { confirm_title: 'wrong' });
    const history = (await call('GET', `${path}/history/`)).body.entries as Entry[];
    assert.deepEqual(
      history.map(({ action, subject_name: name }) => `${action} ${name}`),
      [
        'dataset.revoke fritz',
        'dataset.unshare a link',
        'dataset.share a link',
        'dataset.grant fritz',
        'dataset.change first',
        'dataset.create first',
      ],
    );
    const changed = history[4] as Entry;
    assert.deepEqual(changed.details, { title: ['first', 'second'], visibility: ['private', 'restricted'] });
    assert.deepEqual([changed.actor_name, changed.request_id], ['olga', 'test-1']);
    const [{ id: tokenId } = {}] = await server.query(
      `SELECT tokens.id FROM tokens JOIN users ON users.id = user_id WHERE username = 'olga' AND kind = 'session'`,
    );
    assert.equal(changed.token_id, tokenId);
    assert.ok((history[5] as Entry).request_id.length > 0);
    assert.equal((history[5] as Entry).details['visibility'], 'private');

    await call('DELETE', path, { confirm_title: 'second' });
    assert.equal((await call('GET', `${path}/history/`)).status, 404);
    const { body } = await call('GET', `/api/audit?dataset_id=${id}`, undefined, server.admin);
    assert.deepEqual(
      [body.total, body.entries[0].action, body.entries[0].subject_name],
      [7, 'dataset.delete', 'second'],
    );
  });

  it('tells who replaced a raster, had its files looked at and had garbage removed', async () => {
    const id = await server.addRaster(RASTER, { token: owner, title: 'replaced' });
    const form = new FormData();
    form.set('file', new Blob([RASTER]), 'new.tif');
    const headers = { 'x-request-id': 'test-replace' };
    const sent = await server.call('POST', `/api/datasets/${id}/replace`, { token: owner, body: form, headers });
    await server.waitForJob(sent.body.job_id);
    assert.equal((await call('POST', `/api/datasets/${id}/check-files`)).body.files, 1);
    const history = (await call('GET', `/api/datasets/${id}/history/`)).body.entries as Entry[];
    assert.deepEqual(
      history.map(({ action, actor_name: name, request_id: request }) => `${action} ${name} ${request}`).slice(0, 2),
      ['dataset.check_files olga test-1', 'dataset.replace olga test-replace'],
    );
    assert.deepEqual(history[0]?.details, { files: 1 });
    assert.deepEqual(history[1]?.details['version'], [1, 2]);

    const collections = async (): Promise<Entry[]> =>
      (await call('GET', '/api/audit?action=garbage.collect', undefined, server.admin)).body.entries;
    await call('POST', '/api/gc', {}, server.admin);
    assert.deepEqual(await collections(), [], 'to look is not to remove');
    await server.query(`UPDATE raster_versions SET replaced_at = now() - interval '2 days'`);
    assert.equal((await call('POST', '/api/gc', { delete: true }, server.admin)).status, 200);
    const [collected, ...others] = await collections();
    assert.deepEqual([collected?.actor_name, collected?.details, others], ['admin', { unused_versions: 1 }, []]);
  });

  it('is found by who did it and by what was done, and holds no secret', async () => {
    const { key } = (await call('POST', '/api/auth/api-keys/', { name: 'mine', scope: 'read' })).body;
    const olga = (await call('GET', '/api/auth/me/')).body.id as string;
    const by = async (query: string): Promise<string[]> =>
      (await call('GET', `/api/audit?${query}`, undefined, server.admin)).body.entries.map(
        ({ action, actor_name: name }: Entry) => `${action} ${name}`,
      );
    assert.deepEqual(await by(`actor_id=${olga}&action=token.create`), ['token.create olga']);
    assert.deepEqual(await by(`actor_id=${olga}&action=session.begin`), ['session.begin olga']);
    assert.deepEqual(await by('action=user.create'), ['user.create admin', 'user.create admin']);
    assert.equal((await call('GET', '/api/audit?action=nonsense', undefined, server.admin)).status, 422);
    assert.equal((await call('GET', '/api/audit')).status, 403);
    const all = JSON.stringify(await server.query('SELECT * FROM audit_log'));
    for (const secret of [key, owner, server.admin, 'correct horse']) assert.ok(!all.includes(secret));
  });

  it('is not written where nothing was done, and never changed', async () => {
    const total = async (): Promise<unknown> => (await server.query('SELECT count(*) FROM audit_log'))[0];
    const before = await total();
    const users = await call('POST', '/api/users/', { username: 'fritz', password: 'correct horse' }, server.admin);
    assert.equal(users.status, 409);
    assert.equal((await call('DELETE', '/api/auth/api-keys/00000000-0000-4000-8000-0000000000ff')).status, 404);
    assert.deepEqual(await total(), before);
    for (const change of [
      `UPDATE audit_log SET actor_name = 'nobody'`,
      'DELETE FROM audit_log',
      'TRUNCATE audit_log',
    ]) {
      await assert.rejects(server.query(change), /only ever added to/);
    }
  });
});
