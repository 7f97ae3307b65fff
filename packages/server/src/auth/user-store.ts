import { randomUUID } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Actor } from '../access.ts';
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

/** Makes one user's datasets and jobs another's. How many datasets these are. */
export async function transferBelongings(trx: Transaction<Tables>, from: string, to: string): Promise<number> {
  await trx.selectFrom('datasets').select('id').where('created_by', '=', from).orderBy('id').forNoKeyUpdate().execute();
  await trx.updateTable('jobs').set({ owner: to }).where('owner', '=', from).execute();
  const { numUpdatedRows } = await trx
    .updateTable('datasets')
    .set({ created_by: to })
    .where('created_by', '=', from)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
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
