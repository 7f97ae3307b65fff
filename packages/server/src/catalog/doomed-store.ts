import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.ts';
import type { Storage } from '../storage/storage.ts';

// Objects go strictly after the rows that named them: they are doomed in the transaction that removes the name, and
// removed once that is committed. A crash in between leaves them on the list.

/** Lists objects for removal, in the transaction after which nothing names them. Nulls are passed over. */
export async function doomObjects(trx: Transaction<Tables>, keys: Iterable<string | null>): Promise<void> {
  const doomed = [...new Set(keys)].filter((key) => key !== null);
  if (doomed.length === 0) return;
  await trx
    .insertInto('doomed_objects')
    .values(doomed.map((key) => ({ key })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * Removes what committed transactions doomed, some hundred at a time. One that cannot be removed keeps no other.
 *
 * @returns how many were removed
 * @throws what removing the first of those said that could not be
 */
export async function removeDoomedObjects(db: Kysely<Tables>, storage: Pick<Storage, 'delete'>): Promise<number> {
  // Any of them: were they in order, a few hundred that cannot be removed would keep all others.
  const doomed = await db
    .selectFrom('doomed_objects')
    .select('key')
    .orderBy(sql`random()`)
    .limit(500)
    .execute();
  const failures: unknown[] = [];
  for (const { key } of doomed) {
    try {
      await storage.delete(key);
    } catch (error) {
      failures.push(error);
      continue;
    }
    await db.deleteFrom('doomed_objects').where('key', '=', key).execute();
  }
  if (failures.length > 0) throw failures[0];
  return doomed.length;
}
