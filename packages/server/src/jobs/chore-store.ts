import { type Kysely, sql } from 'kysely';
import type { Tables } from '../db/tables.ts';

/**
 * Takes a chore that is to be done once in a while by one process of all. True for the one that is to do it now; it is due
 * again after `seconds`, even if that one dies.
 */
export async function takeChore(db: Kysely<Tables>, name: string, seconds: number): Promise<boolean> {
  const dueAt = sql<Date>`now() + make_interval(secs => ${seconds})`;
  const taken = await db
    .insertInto('chores')
    .values({ name, due_at: dueAt })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ due_at: dueAt })
        .where('chores.due_at', '<=', sql<Date>`now()`),
    )
    .executeTakeFirst();
  return (taken.numInsertedOrUpdatedRows ?? 0n) > 0n;
}
