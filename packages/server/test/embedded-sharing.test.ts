import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { maintain } from '../src/db/embedded-maintenance.ts';
import { type BackendSession, shareSession } from '../src/db/session-sharing.ts';

describe('sharing one session', () => {
  it('serves in order, except that an open transaction goes first', async () => {
    const session = fakeSession();
    const sharing = shareSession(session, { idleInTransactionMs: 1000, onIdleInTransaction: () => undefined });
    const [a, b, c] = [{}, {}, {}];
    const order: string[] = [];
    const step = (name: string, inTransaction: boolean) => async () => {
      order.push(name);
      session.inTransaction = inTransaction;
      return 'finished' as const;
    };
    await sharing.turn(a, step('a begins', true));
    const others = [sharing.turn(b, step('b', false)), sharing.turn(c, step('c', false))];
    await sharing.turn(a, step('a works', true));
    await sharing.turn(a, step('a ends', false));
    await Promise.all(others);
    assert.deepEqual(order, ['a begins', 'a works', 'a ends', 'b', 'c']);
    assert.equal(sharing.isIdle(), true);
  });

  it('keeps the session for a pipeline that has no Sync yet', async () => {
    const sharing = shareSession(fakeSession(), { idleInTransactionMs: 1000, onIdleInTransaction: () => undefined });
    const [a, b] = [{}, {}];
    await sharing.turn(a, async () => 'unfinished');
    let isServed = false;
    const other = sharing.turn(b, async () => {
      isServed = true;
      return 'finished';
    });
    await delay(10);
    assert.equal(isServed, false);
    await sharing.turn(a, async () => 'finished');
    await other;
    assert.equal(isServed, true);
  });

  it('reports a client that holds a transaction without using it, and goes on once it has left', async () => {
    const session = fakeSession();
    const sleeper = {};
    let report: (client: object) => void = () => undefined;
    const reported = new Promise<object>((resolve) => {
      report = resolve;
    });
    const sharing = shareSession(session, { idleInTransactionMs: 20, onIdleInTransaction: (client) => report(client) });
    await sharing.turn(sleeper, async () => {
      session.inTransaction = true;
      return 'finished';
    });
    const waiting = sharing.turn({}, async () => 'finished');
    assert.equal(await reported, sleeper);
    await sharing.leave(sleeper);
    await waiting;
    assert.equal(session.rollbacks, 1);
  });

  it('rejects what a client still waited for when it left', async () => {
    const session = fakeSession();
    const sharing = shareSession(session, { idleInTransactionMs: 1000, onIdleInTransaction: () => undefined });
    const [holder, leaver] = [{}, {}];
    await sharing.turn(holder, async () => {
      session.inTransaction = true;
      return 'finished';
    });
    const wanted = assert.rejects(
      sharing.turn(leaver, async () => 'finished'),
      /ended before its turn/,
    );
    const left = sharing.leave(leaver);
    await wanted;
    await sharing.leave(holder);
    await left;
  });

  it('goes on after a turn that failed', async () => {
    const sharing = shareSession(fakeSession(), { idleInTransactionMs: 1000, onIdleInTransaction: () => undefined });
    await assert.rejects(
      sharing.turn({}, async () => Promise.reject(new Error('broken'))),
      /broken/,
    );
    await sharing.turn({}, async () => 'finished');
  });
});

describe('maintenance of the embedded database', () => {
  it('vacuums and analyses tables that changed, as autovacuum would', async () => {
    const db = await PGlite.create();
    const sharing = shareSession(sessionOf(db), { idleInTransactionMs: 1000, onIdleInTransaction: () => undefined });
    await db.exec(`
      CREATE TABLE "Odd name" AS SELECT g AS n FROM generate_series(1, 5000) g;
      UPDATE "Odd name" SET n = n + 1;
      SELECT pg_stat_force_next_flush();`);
    await maintain(db, sharing);
    const { rows } = await db.query(
      `SELECT c.reltuples, s.n_dead_tup FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid`,
    );
    await db.close();
    assert.deepEqual(rows, [{ reltuples: 5000, n_dead_tup: 0 }]);
  });

  it('checkpoints once the write-ahead log has grown', async () => {
    const db = await PGlite.create();
    const sharing = shareSession(sessionOf(db), { idleInTransactionMs: 1000, onIdleInTransaction: () => undefined });
    const lastCheckpoint = async (): Promise<unknown> =>
      (await db.query<{ lsn: string }>('SELECT redo_lsn::text AS lsn FROM pg_control_checkpoint()')).rows[0]?.lsn;
    const first = await lastCheckpoint();
    await maintain(db, sharing);
    assert.equal(await lastCheckpoint(), first);
    await db.exec(`CREATE TABLE large AS SELECT repeat(md5(g::text), 60) AS text FROM generate_series(1, 45000) g`);
    await maintain(db, sharing);
    assert.notEqual(await lastCheckpoint(), first);
    await db.close();
  });
});

function fakeSession(): BackendSession & { inTransaction: boolean; rollbacks: number } {
  return {
    inTransaction: false,
    rollbacks: 0,
    run: async () => undefined,
    isInTransaction() {
      return this.inTransaction;
    },
    async rollback() {
      this.inTransaction = false;
      this.rollbacks += 1;
    },
  };
}

function sessionOf(db: PGlite): BackendSession {
  return { run: async () => undefined, isInTransaction: () => db.isInTransaction(), rollback: async () => undefined };
}
