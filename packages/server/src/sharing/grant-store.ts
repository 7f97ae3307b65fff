import { type Kysely, sql, type Transaction } from 'kysely';
import type { GrantLevel, Tables } from '../db/tables.ts';

type Db = Kysely<Tables>;
type Trx = Transaction<Tables>;

/** A user who was named for a dataset. */
export interface Grant {
  user_id: string;
  username: string;
  level: GrantLevel;
  /** Null where they are no more. */
  granted_by: string | null;
  granted_at: Date;
}

/** Those who were named for a dataset, by name. */
export async function listGrants(
  db: Db,
  datasetId: string,
  page: { readonly limit: number; readonly skip: number },
): Promise<{ grants: Grant[]; total: number }> {
  const grants = await selectGrants(db, datasetId)
    .orderBy(sql`lower(users.username)`)
    .limit(page.limit)
    .offset(page.skip)
    .execute();
  const { total } = await db
    .selectFrom('dataset_grants')
    .select(sql<number>`count(*)::int`.as('total'))
    .where('dataset_id', '=', datasetId)
    .executeTakeFirstOrThrow();
  return { grants, total };
}

export async function findGrant(db: Db, datasetId: string, userId: string): Promise<Grant | undefined> {
  return await selectGrants(db, datasetId).where('dataset_grants.user_id', '=', userId).executeTakeFirst();
}

function selectGrants(db: Db, datasetId: string) {
  return db
    .selectFrom('dataset_grants')
    .innerJoin('users', 'users.id', 'dataset_grants.user_id')
    .select([
      'dataset_grants.user_id',
      'users.username',
      'dataset_grants.level',
      'dataset_grants.granted_by',
      'dataset_grants.granted_at',
    ])
    .where('dataset_grants.dataset_id', '=', datasetId);
}

/** Names a user for a dataset, or changes what they were named for. */
export async function putGrant(
  trx: Trx,
  grant: {
    readonly datasetId: string;
    readonly userId: string;
    readonly level: GrantLevel;
    readonly grantedBy: string;
  },
): Promise<void> {
  await trx
    .insertInto('dataset_grants')
    .values({
      dataset_id: grant.datasetId,
      user_id: grant.userId,
      level: grant.level,
      granted_by: grant.grantedBy,
    })
    .onConflict((conflict) =>
      conflict.columns(['dataset_id', 'user_id']).doUpdateSet({ level: grant.level, granted_by: grant.grantedBy }),
    )
    .execute();
}

/** Whether there was such a grant to take back. */
export async function deleteGrant(trx: Trx, datasetId: string, userId: string): Promise<boolean> {
  const result = await trx
    .deleteFrom('dataset_grants')
    .where('dataset_id', '=', datasetId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return result.numDeletedRows === 1n;
}
