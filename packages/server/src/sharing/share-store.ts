import { randomUUID } from 'node:crypto';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { SharesTable, Tables } from '../db/tables.ts';

type Db = Kysely<Tables>;

/** A link that opens a dataset to whoever holds it, in its maker's name. */
export type Share = Selectable<SharesTable>;

export async function insertShare(
  trx: Transaction<Tables>,
  share: Pick<Share, 'dataset_id' | 'created_by' | 'name' | 'downloads' | 'expires_at'>,
): Promise<Share> {
  return await trx
    .insertInto('shares')
    .values({ id: randomUUID(), ...share, revoked_at: null })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The share, as long as it is neither over nor revoked. */
export async function findOpenShare(db: Db, datasetId: string, id: string): Promise<Share | undefined> {
  return await db
    .selectFrom('shares')
    .selectAll()
    .where('id', '=', id)
    .where('dataset_id', '=', datasetId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst();
}

/** The shares of a dataset, newest first, those that are over or revoked too. */
export async function listShares(
  db: Db,
  datasetId: string,
  page: { readonly limit: number; readonly skip: number },
): Promise<{ shares: (Share & { username: string })[]; total: number }> {
  const own = db.selectFrom('shares').where('dataset_id', '=', datasetId);
  const shares = await own
    .innerJoin('users', 'users.id', 'shares.created_by')
    .selectAll('shares')
    .select('users.username')
    .orderBy('shares.created_at', 'desc')
    .orderBy('shares.id', 'desc')
    .limit(page.limit)
    .offset(page.skip)
    .execute();
  const { total } = await own.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  return { shares, total };
}

/** Ends a share at once. The share; undefined where there is no such one, or it was revoked before. */
export async function revokeShare(trx: Transaction<Tables>, datasetId: string, id: string): Promise<Share | undefined> {
  return await trx
    .updateTable('shares')
    .set({ revoked_at: sql`now()` })
    .where('id', '=', id)
    .where('dataset_id', '=', datasetId)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
}
