import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedDatabase, POSTGRES_MAJOR, startEmbeddedDatabase } from '../src/db/embedded.ts';
import { createPool } from '../src/db/pool.ts';

const BIG = 20 * 1024 * 1024;

let parent: string;
before(async () => {
  parent = await mkdtemp(join(tmpdir(), 'inlay-test-'));
});
after(() => rm(parent, { recursive: true, force: true }));

describe('the embedded database', () => {
  let database: EmbeddedDatabase;
  let pool: pg.Pool;
  const broken: string[] = [];

  before(async () => {
    database = await startEmbeddedDatabase({ dataDir: join(parent, 'shared') });
    pool = createPool({ ...database.connection, max: 4 }, (error) => broken.push(error.message));
    await pool.query('CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)');
  });
  after(async () => {
    await pool.end();
    await database.close();
  });

  it('is the PostgreSQL that its files are checked against', () => {
    assert.equal(database.serverVersion.split('.')[0], POSTGRES_MAJOR);
  });

  it('has every commit written to the disk, which PGlite turns off by default', async () => {
    const { rows } = await pool.query(
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'wal_sync_method') ORDER BY name`,
    );
    assert.deepEqual(
      rows.map(({ name, setting }) => `${name}=${setting}`),
      ['fsync=on', 'synchronous_commit=on', 'wal_sync_method=fsync'],
    );
  });

  it('keeps statements of several connections apart, also those whose parameters arrive in many chunks', async () => {
    const large = 'x'.repeat(1_000_000);
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const query =
          index % 2 === 0
            ? { text: `SELECT $1::int AS given, ${index} AS own`, values: [index] }
            : { text: `SELECT length($1::text) AS given, ${index} AS own`, values: [large] };
        const { rows } = await pool.query<{ given: number; own: number }>(query);
        return rows[0];
      }),
    );
    const expected = answers.map((_, index) => ({ given: index % 2 === 0 ? index : 1_000_000, own: index }));
    assert.deepEqual(answers, expected);
  });

  it('lets a second connection wait while the first is inside a transaction', async () => {
    const first = await pool.connect();
    const order: string[] = [];
    await first.query('BEGIN');
    await first.query('INSERT INTO counters VALUES (1, 1)');
    const other = pool.query('SELECT count(*) FROM counters').then(({ rows }) => {
      order.push(`other saw ${rows[0].count}`);
    });
    await delay(100);
    await first.query('UPDATE counters SET value = 2 WHERE id = 1');
    order.push('committing');
    await first.query('COMMIT');
    first.release();
    await other;
    assert.deepEqual(order, ['committing', 'other saw 1']);
  });

  it('rolls back what a failed transaction did', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO counters VALUES (2, 1)');
    await assert.rejects(client.query('INSERT INTO counters VALUES (2, 1)'), { code: '23505' });
    await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
    await client.query('ROLLBACK');
    client.release();
    assert.equal((await pool.query('SELECT * FROM counters WHERE id = 2')).rowCount, 0);
  });

  it('rolls back the transaction of a connection that goes away', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO counters VALUES (3, 1)');
    client.release(true);
    assert.equal((await pool.query('SELECT * FROM counters WHERE id = 3')).rowCount, 0);
  });

  it('takes 100,000 ids in one array, and a value of 20 MiB', async () => {
    const ids = Array.from({ length: 100_000 }, () => randomUUID());
    const counted = await pool.query('SELECT count(DISTINCT id) AS n FROM unnest($1::uuid[]) AS id', [ids]);
    assert.equal(counted.rows[0].n, 100_000);
    const document = JSON.stringify({ text: 'y'.repeat(BIG) });
    const returned = await pool.query<{ document: { text: string } }>('SELECT $1::jsonb AS document', [document]);
    assert.equal(returned.rows[0]?.document.text.length, BIG);
  });

  it('serialises concurrent changes of one row', async () => {
    await pool.query('INSERT INTO counters VALUES (10, 0)');
    await Promise.all(
      Array.from({ length: 40 }, () => pool.query('UPDATE counters SET value = value + 1 WHERE id = 10')),
    );
    const { rows } = await pool.query('SELECT value FROM counters WHERE id = 10');
    assert.equal(rows[0].value, 40);
  });

  it('refuses COPY FROM STDIN and stays usable', async () => {
    await assert.rejects(pool.query('COPY counters FROM STDIN'), { code: '0A000' });
    await assert.rejects(pool.query({ text: 'COPY counters FROM STDIN', values: [], name: 'copy' }), { code: '0A000' });
    assert.deepEqual((await pool.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
  });

  it('drops a client that breaks the protocol and stays usable', async () => {
    const { host } = database.connection;
    const socket = createConnection(join(host as string, '.s.PGSQL.5432'));
    const startup = Buffer.from('\0\0\0\x16\0\x03\0\0user\0postgres\0', 'latin1');
    startup.writeInt32BE(startup.length, 0);
    socket.write(Buffer.concat([startup, Buffer.from('z\0\0\0\x04', 'latin1')]));
    const answer: Buffer[] = [];
    for await (const chunk of socket) answer.push(chunk as Buffer);
    assert.match(Buffer.concat(answer).toString('latin1'), /08P01/);
    assert.deepEqual((await pool.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
  });

  it('reads 64-bit counts and sums as numbers, and refuses those that a number cannot hold', async () => {
    const { rows } = await pool.query(
      `SELECT count(*) AS count, sum(v::bigint) AS sum, 1.5::numeric AS fraction, array_agg(v::bigint) AS list
       FROM generate_series(1, 3) v`,
    );
    assert.deepEqual(rows, [{ count: 3, sum: 6, fraction: 1.5, list: [1, 2, 3] }]);
    await assert.rejects(pool.query('SELECT 9007199254740993::bigint'), { code: 'database/unsafe-integer' });
  });

  it('leaves the main thread responsive during a long statement', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await pool.query('SELECT pg_sleep(0.5)');
    clearInterval(timer);
    assert.ok(longest < 250, `the event loop stood still for ${longest} ms`);
  });

  it('keeps its files to their owner', async () => {
    for (const name of ['', 'database', 'run']) {
      assert.equal((await stat(join(parent, 'shared', name))).mode & 0o777, 0o700, name);
    }
  });

  it('refuses a second opening of the same folder, naming the process', async () => {
    await assert.rejects(startEmbeddedDatabase({ dataDir: join(parent, 'shared') }), {
      code: 'database/in-use',
      details: { pid: process.pid },
    });
    assert.deepEqual((await pool.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
  });

  it('reported no broken connection beside those that the tests broke', () => {
    assert.deepEqual(broken, []);
  });
});

describe('opening a data folder', () => {
  it('finds again what a former opening stored, under a path too long for a socket', async () => {
    const dataDir = join(parent, 'long'.repeat(30));
    const first = await startEmbeddedDatabase({ dataDir });
    await withClient(first, (client) => client.query('CREATE TABLE kept AS SELECT 7 AS value'));
    await first.close();
    assert.equal(await first.ended, null);
    const second = await startEmbeddedDatabase({ dataDir });
    const { rows } = await withClient(second, (client) => client.query('SELECT value FROM kept'));
    await second.close();
    assert.deepEqual(rows, [{ value: 7 }]);
  });

  it('starts over where creating the database was interrupted', async () => {
    const dataDir = join(parent, 'interrupted');
    await mkdir(join(dataDir, 'database'), { recursive: true });
    await writeFile(join(dataDir, 'database.creating'), '');
    await writeFile(join(dataDir, 'database', 'PG_VERSION'), '18\n');
    const database = await startEmbeddedDatabase({ dataDir });
    await withClient(database, (client) => client.query('SELECT 1'));
    await database.close();
    assert.ok(!(await readdir(dataDir)).includes('database.creating'));
  });

  it('refuses the files of another PostgreSQL version and leaves them alone', async () => {
    const dataDir = join(parent, 'older');
    await mkdir(join(dataDir, 'database'), { recursive: true });
    await writeFile(join(dataDir, 'database', 'PG_VERSION'), '17\n');
    await assert.rejects(startEmbeddedDatabase({ dataDir }), {
      code: 'database/version-mismatch',
      details: { found: '17', expected: '18' },
    });
    assert.deepEqual(await readdir(join(dataDir, 'database')), ['PG_VERSION']);
  });

  it('reports a database that cannot be opened, and unlocks the folder', async () => {
    const dataDir = join(parent, 'damaged');
    await mkdir(join(dataDir, 'database'), { recursive: true });
    await writeFile(join(dataDir, 'database', 'PG_VERSION'), '18\n');
    const failure = { code: 'database/engine-failed' };
    await assert.rejects(startEmbeddedDatabase({ dataDir }), failure);
    await assert.rejects(startEmbeddedDatabase({ dataDir }), failure);
  });

  it('says that the folder cannot be written where a file is in its place', async () => {
    const dataDir = join(parent, 'a-file');
    await writeFile(dataDir, '');
    await assert.rejects(startEmbeddedDatabase({ dataDir }), { code: 'database/not-writable' });
  });

  it('can be aborted', async () => {
    const controller = new AbortController();
    const starting = startEmbeddedDatabase({ dataDir: join(parent, 'aborted'), signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(starting, { name: 'AbortError' });
  });
});

async function withClient<T>(database: EmbeddedDatabase, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(database.connection);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
