import type { PGlite } from '@electric-sql/pglite';
import type { SessionSharing } from './session-sharing.ts';

// PGlite runs PostgreSQL in its single-user mode, without the background processes that a server has: nothing
// vacuums or analyses tables, and nothing checkpoints, so the write-ahead log would grow until the disk is full.

const CHECKPOINT_WAL_BYTES = 64 * 1024 ** 2;

// The conditions of postgresql.org, "The Autovacuum Daemon", with its default thresholds and scale factors.
const TABLES_IN_NEED = `
  SELECT format('%I.%I', s.schemaname, s.relname) AS name
  FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
  WHERE s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0)
     OR s.n_ins_since_vacuum > 1000 + 0.2 * greatest(c.reltuples, 0)
     OR s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0)`;

const WAL_SINCE_CHECKPOINT = `
  SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()`;

/** Does what PostgreSQL's autovacuum and checkpointer would, table by table, in turns like any other client's. */
export async function maintain(db: PGlite, sharing: SessionSharing): Promise<void> {
  const maintenance = {};
  let tables: string[] = [];
  let walBytes = 0;
  await sharing.turn(maintenance, async () => {
    tables = (await db.query<{ name: string }>(TABLES_IN_NEED)).rows.map(({ name }) => name);
    walBytes = (await db.query<{ bytes: number }>(WAL_SINCE_CHECKPOINT)).rows[0]?.bytes ?? 0;
    return 'finished';
  });
  const statements = tables.map((table) => `VACUUM (ANALYZE) ${table}`);
  if (walBytes > CHECKPOINT_WAL_BYTES) statements.push('CHECKPOINT');
  for (const statement of statements) {
    await sharing.turn(maintenance, async () => {
      await db.exec(statement);
      return 'finished';
    });
  }
}
