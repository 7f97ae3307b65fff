import { randomUUID } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Actor, FOLLOW_UPS } from '../access.ts';
import { lockSourceCounts } from '../catalog/dataset-store.ts';
import { PREPARED } from '../db/prepared-statements.ts';
import type { Role, Tables } from '../db/tables.ts';

type Db = Kysely<Tables>;

export interface UserRow {
  id: string;
  username: string;
  role: Role;
  created_at: Date;
  /** Since when they may not sign in; null for who may. */
  disabled_at: Date | null;
}

const USER_COLUMNS = ['id', 'username', 'role', 'created_at', 'disabled_at'] as const;

export async function listUsers(
  db: Db,
  page: { limit: number; skip: number },
): Promise<{ users: UserRow[]; total: number }> {
  const users = await db
    .selectFrom('users')
    .select(USER_COLUMNS)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .offset(page.skip)
    .execute();
  const { total } = await db
    .selectFrom('users')
    .select(sql<number>`count(*)::int`.as('total'))
    .executeTakeFirstOrThrow();
  return { users, total };
}

export async function findUser(db: Db, id: string): Promise<UserRow | undefined> {
  return await db
    .selectFrom('users')
    .select(USER_COLUMNS)
    .where('id', '=', id)
    .modifyFront(PREPARED)
    .executeTakeFirst();
}

/** What a sign-in is checked against. */
export interface Credentials {
  id: string;
  password_hash: string | null;
  disabled_at: Date | null;
}

export async function findCredentials(db: Db, username: string): Promise<Credentials | undefined> {
  return await db
    .selectFrom('users')
    .select(['id', 'password_hash', 'disabled_at'])
    .where(sql`lower(username)`, '=', username.toLowerCase())
    .executeTakeFirst();
}

/** The new user, or null where the name is taken (upper and lower case count as one). */
export async function insertUser(
  db: Db,
  user: { username: string; passwordHash: string | null; role: Role },
): Promise<UserRow | null> {
  const row = await db
    .insertInto('users')
    .values({
      id: randomUUID(),
      username: user.username,
      password_hash: user.passwordHash,
      role: user.role,
      disabled_at: null,
    })
    .onConflict((conflict) => conflict.expression(sql`lower(username)`).doNothing())
    .returning(USER_COLUMNS)
    .executeTakeFirst();
  return row ?? null;
}

/** A user by name, whatever its case, or by id. */
export async function findUserByName(db: Db, text: string): Promise<UserRow | undefined> {
  const byName = await db
    .selectFrom('users')
    .select(USER_COLUMNS)
    .where(sql`lower(username)`, '=', text.toLowerCase())
    .executeTakeFirst();
  return byName ?? (UUID.test(text) ? await findUser(db, text) : undefined);
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The administrators who may sign in. Until the transaction ends no other one changes who they are, so that two who remove
 * each other do not leave nobody.
 */
export async function lockAdministrators(trx: Transaction<Tables>): Promise<string[]> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('inlay.administrators'))`.execute(trx);
  const rows = await trx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** Changes a user's role, or whether they may sign in; what is left out stays as it is. */
export async function updateUser(
  trx: Transaction<Tables>,
  id: string,
  { role, disabled }: { readonly role?: Role; readonly disabled?: boolean },
): Promise<void> {
  if (role === undefined && disabled === undefined) return;
  await trx
    .updateTable('users')
    .set({
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { disabled_at: disabled ? sql<Date>`coalesce(disabled_at, now())` : null }),
    })
    .where('id', '=', id)
    .execute();
}

export async function setPassword(trx: Transaction<Tables>, id: string, passwordHash: string): Promise<void> {
  await trx.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', id).execute();
}

type Named = Pick<UserRow, 'id' | 'username'>;

/**
 * Makes the datasets and jobs of a user who is to be deleted another's. What is worked on in their name fails: nobody has the
 * rights any more that it was begun with, and what it makes would have an owner who is none.
 *
 * @returns how many datasets these are, and the jobs that have failed: to be interrupted once this is committed
 */
export async function transferBelongings(
  trx: Transaction<Tables>,
  from: Named,
  to: Named,
): Promise<{ datasets: number; failed: string[] }> {
  const owned = trx.selectFrom('datasets').select('id').where('created_by', '=', from.id);
  await owned.orderBy('id').forNoKeyUpdate().execute();
  // Waits for what is just being published,
  const failed = await transferJobs(trx, from, to);
  // has nothing new come in their name from here on,
  await trx.selectFrom('users').select('id').where('id', '=', from.id).forUpdate().execute();
  // and takes what came in between: the jobs that follow what was published.
  failed.push(...(await transferJobs(trx, from, to)));
  const { numUpdatedRows } = await trx
    .updateTable('datasets')
    .set({ created_by: to.id })
    .where('created_by', '=', from.id)
    .executeTakeFirstOrThrow();
  return { datasets: Number(numUpdatedRows), failed };
}

async function transferJobs(trx: Transaction<Tables>, from: Named, to: Named): Promise<string[]> {
  const reason = `Its owner, "${from.username}", was deleted while it was worked on. It is "${to.username}"'s now, who can retry it.`;
  const fails = sql<boolean>`status = 'running' AND kind NOT IN (${sql.join(FOLLOW_UPS)})`;
  // One statement: a job that a worker claims meanwhile is either still waiting here, or is running.
  const moved = await trx
    .updateTable('jobs')
    .set({
      owner: to.id,
      status: sql`CASE WHEN ${fails} THEN 'failed' ELSE status END`,
      current_step: sql`CASE WHEN ${fails} THEN NULL ELSE current_step END`,
      error_code: sql`CASE WHEN ${fails} THEN 'rights_lost' ELSE error_code END`,
      error_message: sql`CASE WHEN ${fails} THEN ${reason} ELSE error_message END`,
      lease_expires_at: sql`CASE WHEN ${fails} THEN NULL ELSE lease_expires_at END`,
      completed_at: sql`CASE WHEN ${fails} THEN now() ELSE completed_at END`,
      updated_at: sql`CASE WHEN ${fails} THEN now() ELSE updated_at END`,
    })
    .where('owner', '=', from.id)
    .returning(['id', sql<boolean>`status = 'failed' AND completed_at = now()`.as('hasFailed')])
    .execute();
  return moved.filter(({ hasFailed }) => hasFailed).map(({ id }) => id);
}

/** Deletes a user who owns nothing any more, with tokens, grants and shares. */
export async function deleteUser(trx: Transaction<Tables>, id: string): Promise<void> {
  // Taking back what was granted counts sources anew.
  await lockSourceCounts(trx);
  await trx.deleteFrom('users').where('id', '=', id).execute();
}

/** The account that the server's own token belongs to, made on the first start. */
export async function ensureAdministrator(db: Db): Promise<string> {
  const existing = await findCredentials(db, 'admin');
  if (existing !== undefined) return existing.id;
  const inserted = await insertUser(db, { username: 'admin', passwordHash: null, role: 'admin' });
  return inserted?.id ?? (await ensureAdministrator(db));
}

/** Who a job or a link works for, with the rights they have now; null for nobody, and for who may not sign in. */
export async function actorOfUser(db: Db, userId: string | null): Promise<Actor | null> {
  const user = userId === null ? undefined : await findUser(db, userId);
  if (user === undefined || user.disabled_at !== null) return null;
  return { userId: user.id, username: user.username, role: user.role, tokenId: '', scope: 'write' };
}
