import { type Kysely, sql } from 'kysely';
import type { Tables } from '../db/tables.ts';

type Db = Kysely<Tables>;

/** How the wait grows with failures. */
export interface FailureWaits {
  /** The first failure after which a try has to wait. */
  readonly firstFailure: number;
  readonly firstSeconds: number;
  /** Each further failure doubles the wait, up to this. */
  readonly longestSeconds: number;
}

/** How long failures are remembered after the last one. */
const REMEMBERED_HOURS = 24;
/** Rows that are kept: whoever makes up names does not fill the database. */
export const MOST_FAILURES = 10_000;

/** In how many seconds the next try of this key is taken; 0 or less: now. */
export async function secondsToWait(db: Db, key: string): Promise<number> {
  const row = await db
    .selectFrom('sign_in_failures')
    .select(sql<number>`extract(epoch FROM open_at - clock_timestamp())::float8`.as('seconds'))
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.seconds ?? 0;
}

/** Counts a failure, and forgets the oldest ones where there are too many. */
export async function recordFailure(db: Db, key: string, waits: FailureWaits): Promise<void> {
  const { rows } = await sql<{ count: number }>`
    INSERT INTO sign_in_failures AS f (key, count, failed_at, open_at)
      VALUES (${key}, 1, clock_timestamp(), clock_timestamp())
      ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN f.failed_at < now() - make_interval(hours => ${REMEMBERED_HOURS}) THEN 1 ELSE f.count + 1 END,
        failed_at = clock_timestamp(),
        open_at = clock_timestamp() + make_interval(secs => CASE
          WHEN f.failed_at < now() - make_interval(hours => ${REMEMBERED_HOURS}) OR f.count + 1 < ${waits.firstFailure} THEN 0
          ELSE least(${waits.longestSeconds}, ${waits.firstSeconds} * 2 ^ least(f.count + 1 - ${waits.firstFailure}, 30)) END)
      RETURNING count`.execute(db);
  if (rows[0]?.count !== 1) return;
  await sql`
    DELETE FROM sign_in_failures WHERE key IN (
      SELECT key FROM sign_in_failures ORDER BY failed_at DESC OFFSET ${MOST_FAILURES})`.execute(db);
}

export async function forgetFailures(db: Db, key: string): Promise<void> {
  await db.deleteFrom('sign_in_failures').where('key', '=', key).execute();
}

/** Forgets failures that count no longer. */
export async function deleteOldFailures(db: Db): Promise<void> {
  await db
    .deleteFrom('sign_in_failures')
    .where('failed_at', '<', sql<Date>`now() - make_interval(hours => ${REMEMBERED_HOURS})`)
    .execute();
}
