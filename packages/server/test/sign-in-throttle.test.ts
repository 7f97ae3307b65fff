import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startPostgres, type TestPostgres } from '@inlay/testing';
import { MOST_FAILURES } from '../src/auth/sign-in-failure-store.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Wrong passwords have to be waited for, at whichever of several servers on one database.

const login = (server: TestServer, username: string, password: string): Promise<Answer> =>
  server.call('POST', '/api/auth/login', { token: null, body: new URLSearchParams({ username, password }) });

describe('waiting after wrong passwords', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await server.user('viewer', 'jo');
    await server.user('viewer', 'ada');
  });
  after(() => server.close());

  /** What failures say of a name: as often, and so many seconds ago. */
  const remember = async (count: number, secondsAgo: number): Promise<void> => {
    await server.query(
      `UPDATE sign_in_failures SET count = $1, failed_at = now() - make_interval(secs => $2), open_at = now()`,
      [count, secondsAgo],
    );
  };
  const waitAfterNext = async (count: number, secondsAgo = 0): Promise<number> => {
    await remember(count, secondsAgo);
    assert.equal((await login(server, 'ada', 'wrong')).status, 401);
    const [row] = await server.query(
      'SELECT round(extract(epoch FROM open_at - failed_at))::int AS seconds FROM sign_in_failures',
    );
    return row?.['seconds'] as number;
  };

  it('begins with the fifth, whichever way the name is written', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1)
      assert.equal((await login(server, 'jo', `guess ${attempt}`)).status, 401);
    const waits = await login(server, 'JO', 'correct horse');
    assert.deepEqual([waits.status, waits.body.code], [429, 'too_many_requests']);
    assert.equal(waits.headers.get('retry-after'), '1');
    assert.equal((await login(server, 'ada', 'correct horse')).status, 200, 'nobody else has to wait');
    await server.query(`UPDATE sign_in_failures SET open_at = now()`);
    assert.equal((await login(server, 'jo', 'correct horse')).status, 200);
    assert.deepEqual(await server.query('SELECT * FROM sign_in_failures'), []);
  });

  it('doubles from the fifth on, up to a quarter of an hour, and begins anew after a day', async () => {
    await login(server, 'ada', 'wrong');
    const waits: number[] = [];
    for (const count of [3, 4, 5, 6, 13, 14, 1_000_000]) waits.push(await waitAfterNext(count));
    assert.deepEqual(waits, [0, 1, 2, 4, 512, 900, 900]);
    assert.equal(await waitAfterNext(1_000_000, 25 * 3600), 0);
    await remember(20, 25 * 3600);
    await server.running.cleanUp();
    assert.deepEqual(await server.query('SELECT * FROM sign_in_failures'), []);
  });

  it('is not remembered of more names than are bearable, nor by what they are', async () => {
    await server.query(
      `INSERT INTO sign_in_failures SELECT 'made up ' || n, 1, now() - n * interval '1 second', now()
         FROM generate_series(1, $1) n`,
      [MOST_FAILURES],
    );
    await login(server, 'somebody', 'wrong');
    const rows = await server.query('SELECT key FROM sign_in_failures ORDER BY failed_at');
    assert.equal(rows.length, MOST_FAILURES);
    assert.equal(rows[0]?.['key'], `made up ${MOST_FAILURES - 1}`);
    assert.match(String(rows.at(-1)?.['key']), /^[\w-]{43}$/);
  });
});

describe('waiting after wrong passwords, of two servers on one PostgreSQL', () => {
  let postgres: TestPostgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  it('counts what was tried at either', async () => {
    const { url } = await postgres.createTestDatabase();
    const servers = [await startTestServer({}, url), await startTestServer({}, url)] as const;
    try {
      await servers[0].user('viewer', 'jo');
      for (let attempt = 0; attempt < 5; attempt += 1) {
        assert.equal((await login(servers[attempt % 2 === 0 ? 0 : 1], 'jo', 'wrong')).status, 401);
      }
      for (const server of servers) assert.equal((await login(server, 'jo', 'correct horse')).status, 429);
    } finally {
      for (const server of servers) await server.close();
    }
  });
});
