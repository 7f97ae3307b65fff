import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startPostgres, type TestDatabase, type TestPostgres } from '@inlay/testing';
import { sql } from 'kysely';
import type pg from 'pg';
import { PREPARED } from '../src/db/prepared-statements.ts';
import { createDatabase, openDatabase, type OpenDatabase } from '../src/db/pool.ts';

interface Rows {
  places: { id: number; name: string; bytes: number };
}

let folder: string;
let postgres: TestPostgres;
let testDatabase: TestDatabase;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlay-pool-'));
  postgres = await startPostgres();
  testDatabase = await postgres.createTestDatabase();
});
after(async () => {
  await testDatabase.drop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const KINDS = {
  embedded: () => ({ dataDir: folder, database: { kind: 'embedded' } as const }),
  server: () => ({ dataDir: folder, database: { kind: 'postgres', url: testDatabase.url } as const }),
};

for (const [kind, config] of Object.entries(KINDS)) {
  describe(`the ${kind} database through the pool`, () => {
    let database: OpenDatabase;
    const broken: string[] = [];
    before(async () => {
      database = await openDatabase(config(), { onError: (error) => broken.push(error.message) });
      await database.pool.query('CREATE TABLE places (id int PRIMARY KEY, name text NOT NULL, bytes bigint NOT NULL)');
    });
    after(() => database.close());

    it('is queried through kysely, with 64-bit columns as numbers', async () => {
      const db = createDatabase<Rows>(database.pool);
      await db.insertInto('places').values({ id: 1, name: 'a', bytes: 5_000_000_000 }).execute();
      assert.deepEqual(await db.selectFrom('places').selectAll().execute(), [
        { id: 1, name: 'a', bytes: 5_000_000_000 },
      ]);
    });

    it('undoes a transaction that throws, and carries on', async () => {
      const db = createDatabase<Rows>(database.pool);
      await assert.rejects(
        db.transaction().execute(async (trx) => {
          await trx.insertInto('places').values({ id: 2, name: 'b', bytes: 0 }).execute();
          throw new Error('changed my mind');
        }),
        /changed my mind/,
      );
      assert.equal((await db.selectFrom('places').where('id', '=', 2).execute()).length, 0);
    });

    it('lets two transactions compete for a row without losing either', async () => {
      const db = createDatabase<Rows>(database.pool);
      await db.insertInto('places').values({ id: 3, name: 'c', bytes: 0 }).execute();
      await Promise.all(
        Array.from({ length: 8 }, () =>
          db.transaction().execute(async (trx) => {
            const row = await sql<{ bytes: number }>`SELECT bytes FROM places WHERE id = 3 FOR UPDATE`.execute(trx);
            const bytes = (row.rows[0]?.bytes ?? 0) + 1;
            await trx.updateTable('places').set({ bytes }).where('id', '=', 3).execute();
          }),
        ),
      );
      const row = await db.selectFrom('places').select('bytes').where('id', '=', 3).executeTakeFirst();
      assert.equal(row?.bytes, 8);
    });

    it('has each connection prepare a marked query once, and forgets it with the connection', async () => {
      const db = createDatabase<Rows>(database.pool);
      await db.insertInto('places').values({ id: 4, name: 'd', bytes: 4 }).execute();
      const find = (id: number) =>
        db.selectFrom('places').select('name').where('id', '=', id).modifyFront(PREPARED).executeTakeFirst();
      const findTwice = async () => [await find(4), await find(-4)];
      const found = [{ name: 'd' }, undefined];
      assert.deepEqual(
        await Promise.all(Array.from({ length: 20 }, findTwice)),
        Array.from({ length: 20 }, () => found),
      );
      const kept = async (client: pg.PoolClient): Promise<{ calls: number }[]> => {
        const text = `SELECT (generic_plans + custom_plans)::int AS calls FROM pg_prepared_statements WHERE statement ~ 'places'`;
        return (await client.query<{ calls: number }>(text)).rows;
      };
      const client = await database.pool.connect();
      // Connections to the embedded database share a session, which holds what each of them has prepared.
      const held = await kept(client);
      const prepared = kind === 'embedded' ? database.pool.totalCount : 1;
      assert.ok(held.length >= 1 && held.length <= prepared, `${held.length} statements`);
      if (kind === 'embedded')
        assert.equal(
          held.reduce((sum, { calls }) => sum + calls, 0),
          40,
        );
      const others = await Promise.all(
        Array.from({ length: database.pool.totalCount - 1 }, () => database.pool.connect()),
      );
      const ended = [client, ...others].map((each) => once(each, 'end'));
      for (const each of [client, ...others]) each.release(true);
      await Promise.all(ended);
      const next = await database.pool.connect();
      assert.deepEqual(await kept(next), []);
      next.release();
    });

    it('survives connections that break, idle or in use', async () => {
      const client = await database.pool.connect();
      const [idle] = await Promise.all([database.pool.connect(), client.query('BEGIN')]);
      idle.release();
      // What a restart of the server does to its connections.
      for (const victim of [client, idle])
        (victim as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      await assert.rejects(client.query('SELECT 1'));
      client.release(true);
      assert.deepEqual((await database.pool.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
      assert.ok(broken.length > 0);
    });
  });
}

it('a server that refuses is reported without the password', async () => {
  const url = new URL(testDatabase.url);
  url.pathname = '/no_such_database';
  await assert.rejects(
    openDatabase({ dataDir: folder, database: { kind: 'postgres', url: url.href } }, { onError: () => undefined }),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'database/unreachable');
      assert.match(error.message, /no_such_database/);
      assert.ok(!error.message.includes(url.password));
      return true;
    },
  );
});

it('waiting for a server that does not listen can be aborted', async () => {
  const signal = AbortSignal.timeout(300);
  await assert.rejects(
    openDatabase(
      { dataDir: folder, database: { kind: 'postgres', url: 'postgres://nobody@127.0.0.1:1/none' } },
      { signal, onError: () => undefined },
    ),
    { name: 'AbortError' },
  );
});

it('a test that leaves connections open is told so, and its database is dropped all the same', async () => {
  const leaky = await postgres.createTestDatabase();
  const database = await openDatabase(
    { dataDir: folder, database: { kind: 'postgres', url: leaky.url } },
    { onError: () => undefined },
  );
  await assert.rejects(leaky.drop(), /1 connections to the test database were left open/);
  await assert.rejects(database.pool.query('SELECT 1'));
  await database.close();
});
