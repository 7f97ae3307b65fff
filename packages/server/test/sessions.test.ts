import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// A browser's sign-in: by password or by a link, kept in a cookie that no other site's page can use.

describe('sessions of browsers', () => {
  let server: TestServer;
  let ownPage: Record<string, string>;

  before(async () => {
    server = await startTestServer();
    await server.call('POST', '/api/users/', {
      json: { username: 'ada', password: 'correct horse', role: 'editor' },
    });
    ownPage = { 'sec-fetch-site': 'same-origin' };
  });
  after(() => server.close());

  const login = (fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> =>
    server.call('POST', '/api/auth/login', {
      token: null,
      headers,
      body: new URLSearchParams({ username: 'ada', password: 'correct horse', ...fields }),
    });
  const cookieOf = ({ headers }: Answer): string => (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const me = (headers: Record<string, string>): Promise<Answer> =>
    server.call('GET', '/api/auth/me/', { token: null, headers });
  const session = async (): Promise<string> => cookieOf(await login({ session: 'cookie' }));
  const makeKey = (headers: Record<string, string>, token: string | null = null): Promise<Answer> =>
    server.call('POST', '/api/auth/api-keys/', { token, headers, json: { name: 'made by a page' } });

  it('are kept in a cookie that scripts and other sites do not get', async () => {
    const answer = await login({ session: 'cookie' });
    assert.equal(answer.status, 200);
    assert.match(
      answer.headers.get('set-cookie') ?? '',
      /^inlay_session=inlay_[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/,
    );
    const { status, body } = await me({ cookie: `theme=dark; ${cookieOf(answer)}; other=1` });
    assert.equal(status, 200);
    assert.equal(body.username, 'ada');
  });

  it('are not begun by whoever does not ask for a cookie', async () => {
    assert.equal((await login({})).headers.get('set-cookie'), null);
    assert.equal((await login({ session: 'local' })).status, 422);
  });

  it('count as none once they have ended, for the cookie comes along by itself', async () => {
    for (const cookie of ['inlay_session=inlay_unknown', 'inlay_session=', `inlay_session=${'x'.repeat(3000)}`]) {
      assert.equal((await server.call('GET', '/api/datasets/', { token: null, headers: { cookie } })).status, 200);
      const answer = await me({ cookie });
      assert.equal(answer.status, 401, cookie.slice(0, 40));
      assert.equal(answer.body.code, 'unauthorized');
    }
    const cookie = await session();
    await server.query(`UPDATE tokens SET expires_at = now() - interval '1 second' WHERE kind = 'session'`);
    assert.equal((await me({ cookie })).body.code, 'unauthorized');
  });

  it('give way to a credential in a header, also to one that does not hold', async () => {
    const cookie = await session();
    assert.equal((await me({ cookie, authorization: `Bearer ${server.admin}` })).body.username, 'admin');
    assert.equal((await me({ cookie, authorization: 'Bearer wrong' })).body.code, 'invalid_token');
  });

  it('change nothing for pages of other sites', async () => {
    const cookie = await session();
    const { host } = new URL(server.url);
    const others: Record<string, string>[] = [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: `http://${host}` },
      { origin: 'http://evil.example' },
      { origin: `http://${host}.evil.example` },
      { origin: 'null' },
    ];
    for (const headers of others) {
      const answer = await makeKey({ cookie, ...headers });
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.equal(answer.body.code, 'cross_site_request');
      const out = await server.call('POST', '/api/auth/logout', { token: null, headers: { cookie, ...headers } });
      assert.equal(out.status, 403, JSON.stringify(headers));
    }
    assert.equal((await me({ cookie, 'sec-fetch-site': 'cross-site' })).status, 200);
    const own: Record<string, string>[] = [ownPage, { 'sec-fetch-site': 'none' }, { origin: `http://${host}` }];
    for (const headers of own) {
      assert.equal((await makeKey({ cookie, ...headers })).status, 201, JSON.stringify(headers));
    }
    const token = cookie.slice('inlay_session='.length);
    assert.equal((await makeKey({ cookie, 'sec-fetch-site': 'cross-site' }, token)).status, 201);
  });

  it('are not begun for visitors of other sites either', async () => {
    const answer = await login({ session: 'cookie' }, { 'sec-fetch-site': 'cross-site' });
    assert.equal(answer.status, 403);
    assert.equal(answer.headers.get('set-cookie'), null);
    assert.equal((await login({}, { 'sec-fetch-site': 'cross-site' })).status, 200);
  });

  it('end by signing out, and API keys do not', async () => {
    const cookie = await session();
    const { key } = (await makeKey({ cookie, ...ownPage })).body;
    const out = await server.call('POST', '/api/auth/logout', { token: null, headers: { cookie, ...ownPage } });
    assert.equal(out.status, 204);
    assert.match(out.headers.get('set-cookie') ?? '', /^inlay_session=; Path=\/; Max-Age=0; HttpOnly/);
    assert.equal((await me({ cookie })).status, 401);
    assert.equal((await server.call('POST', '/api/auth/logout', { token: key })).status, 204);
    assert.equal((await server.call('GET', '/api/auth/me/', { token: key })).status, 200);
    assert.equal((await server.call('POST', '/api/auth/logout', { token: null })).status, 204);
  });

  describe('by a link', () => {
    const redeem = (code: string, headers: Record<string, string> = ownPage): Promise<Answer> =>
      server.call('POST', '/api/auth/one-time', { token: null, headers, json: { code } });
    const codeOf = (url: string): string => url.split('#code=')[1] ?? '';

    it('are begun once', async () => {
      const url = await server.running.createSignInLink();
      assert.ok(url.startsWith(`${server.url}/sign-in#code=inlay_`), url);
      const answer = await redeem(codeOf(url));
      assert.equal(answer.status, 200);
      assert.deepEqual([answer.body.username, answer.body.role], ['admin', 'admin']);
      assert.equal((await me({ cookie: cookieOf(answer) })).body.username, 'admin');
      const again = await redeem(codeOf(url));
      assert.equal(again.status, 401);
      assert.equal(again.body.code, 'invalid_credentials');
      assert.equal(again.headers.get('set-cookie'), null);
    });

    it('are begun by one of two that use it at the same time', async () => {
      const code = codeOf(await server.running.createSignInLink());
      const statuses = (await Promise.all([redeem(code), redeem(code), redeem(code)])).map(({ status }) => status);
      assert.deepEqual(statuses.toSorted(), [200, 401, 401]);
    });

    it('are begun in the name of who asked for it', async () => {
      const token = (await login({})).body.access_token as string;
      const made = await server.call('POST', '/api/auth/sign-in-links', { token });
      assert.equal(made.status, 201);
      assert.equal(made.body.expires_in, 3600);
      assert.equal((await redeem(codeOf(made.body.url))).body.username, 'ada');
    });

    it('are not begun once it has expired, by another site, or by what is no code', async () => {
      const code = codeOf(await server.running.createSignInLink());
      assert.equal((await redeem(code, { 'sec-fetch-site': 'cross-site' })).status, 403);
      await server.query(`UPDATE sign_in_codes SET expires_at = now() - interval '1 second'`);
      assert.equal((await redeem(code)).status, 401);
      assert.equal((await redeem(server.admin)).status, 401);
      await server.running.cleanUp();
      assert.deepEqual(await server.query('SELECT * FROM sign_in_codes'), []);
    });

    it('leave no code in the database', async () => {
      const code = codeOf(await server.running.createSignInLink());
      assert.ok(!JSON.stringify(await server.query('SELECT * FROM sign_in_codes')).includes(code));
    });
  });
});
