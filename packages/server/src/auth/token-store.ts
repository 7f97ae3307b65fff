import { randomUUID } from 'node:crypto';
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { Actor } from '../access.ts';
import { PREPARED } from '../db/prepared-statements.ts';
import type { Tables, TokenScope } from '../db/tables.ts';
import { hashToken, newToken } from './secrets.ts';

type Db = Kysely<Tables>;

/** The one row of the administrator's token, so that a changed INLAY_ADMIN_TOKEN replaces the former. */
const ADMIN_TOKEN_ID = '00000000-0000-4000-8000-000000000001';

/** How much of a token is kept readable, for its owner to recognise it by. */
const PREFIX_LENGTH = 12;

export interface TokenRow {
  id: string;
  name: string | null;
  scope: TokenScope;
  prefix: string;
  created_at: Date;
  last_used_at: Date | null;
  expires_at: Date | null;
}

const TOKEN_COLUMNS = ['id', 'name', 'scope', 'prefix', 'created_at', 'last_used_at', 'expires_at'] as const;

/** Issues a token; its text is returned here and never again. */
export async function issueToken(
  db: Db,
  token: {
    readonly userId: string;
    readonly kind: 'session' | 'api_key';
    readonly scope: TokenScope;
    readonly name: string | null;
    readonly expiresAt: Date | null;
  },
): Promise<{ row: TokenRow; token: string }> {
  const text = newToken();
  const row = await db
    .insertInto('tokens')
    .values({
      id: randomUUID(),
      user_id: token.userId,
      kind: token.kind,
      scope: token.scope,
      name: token.name,
      prefix: text.slice(0, PREFIX_LENGTH),
      token_hash: hashToken(text),
      last_used_at: null,
      expires_at: token.expiresAt,
    })
    .returning(TOKEN_COLUMNS)
    .executeTakeFirstOrThrow();
  return { row, token: text };
}

/** Makes `token` the administrator's, in place of the one before. */
export async function setAdminToken(db: Db, userId: string, token: string): Promise<void> {
  const values = adminTokenValues(userId, token);
  await db
    .insertInto('tokens')
    .values(values)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute();
}

/** Makes `token` the administrator's if there is none yet. False where another one is. */
export async function offerAdminToken(db: Db, userId: string, token: string): Promise<boolean> {
  await db
    .insertInto('tokens')
    .values(adminTokenValues(userId, token))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const held = await db.selectFrom('tokens').select('token_hash').where('id', '=', ADMIN_TOKEN_ID).executeTakeFirst();
  return held?.token_hash === hashToken(token);
}

function adminTokenValues(userId: string, token: string) {
  return {
    id: ADMIN_TOKEN_ID,
    user_id: userId,
    kind: 'api_key' as const,
    scope: 'write' as const,
    name: 'first administrator',
    prefix: token.slice(0, PREFIX_LENGTH),
    token_hash: hashToken(token),
    last_used_at: null,
    expires_at: null,
  };
}

/** Who a token stands for; null where it is unknown or has expired, and where its user may not sign in. */
export async function actorOfToken(db: Db, token: string): Promise<Actor | null> {
  const row = await selectTokenUser(db, token).modifyFront(PREPARED).executeTakeFirst();
  if (row === undefined) return null;
  await noteUse(db, row);
  const { idle: _, ...actor } = row;
  return actor;
}

/** The actor that a token stands for, and whether it is time to note that it is in use. */
export interface TokenUserRow extends Actor {
  idle: boolean;
}

/** Finds one row where the token holds, for {@link actorOfToken} and for what is looked up together with it. */
export function selectTokenUser(db: Db, token: string): SelectQueryBuilder<Tables, 'tokens' | 'users', TokenUserRow> {
  return db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .select([
      'tokens.id as tokenId',
      'tokens.scope',
      'users.id as userId',
      'users.username',
      'users.role',
      sql<boolean>`coalesce(tokens.last_used_at < now() - interval '1 hour', true)`.as('idle'),
    ])
    .where('tokens.token_hash', '=', hashToken(token))
    .where('users.disabled_at', 'is', null)
    .where((eb) => eb.or([eb('tokens.expires_at', 'is', null), eb('tokens.expires_at', '>', sql<Date>`now()`)]));
}

/** Keeps up, once an hour, when a token was used last. */
export async function noteUse(db: Db, { tokenId, idle }: Pick<TokenUserRow, 'tokenId' | 'idle'>): Promise<void> {
  if (!idle) return;
  await db
    .updateTable('tokens')
    .set({ last_used_at: sql`now()` })
    .where('id', '=', tokenId)
    .execute();
}

export async function listApiKeys(
  db: Db,
  userId: string,
  page: { limit: number; skip: number },
): Promise<{ keys: TokenRow[]; total: number }> {
  const own = db.selectFrom('tokens').where('user_id', '=', userId).where('kind', '=', 'api_key');
  const keys = await own
    .select(TOKEN_COLUMNS)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .offset(page.skip)
    .execute();
  const { total } = await own.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  return { keys, total };
}

/** The key that was deleted; undefined where the user has no such one. */
export async function deleteApiKey(db: Db, userId: string, id: string): Promise<TokenRow | undefined> {
  return await db
    .deleteFrom('tokens')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('kind', '=', 'api_key')
    .returning(TOKEN_COLUMNS)
    .executeTakeFirst();
}

/** Ends a user's sign-ins, but for one; API keys stay. */
export async function deleteSessions(db: Db, userId: string, except: string | null): Promise<void> {
  let sessions = db.deleteFrom('tokens').where('user_id', '=', userId).where('kind', '=', 'session');
  if (except !== null) sessions = sessions.where('id', '!=', except);
  await sessions.execute();
}

/** Ends a sign-in; an API key stays as it is. Whether it was one. */
export async function deleteSession(db: Db, id: string): Promise<boolean> {
  const result = await db.deleteFrom('tokens').where('id', '=', id).where('kind', '=', 'session').executeTakeFirst();
  return result.numDeletedRows === 1n;
}

/** Makes a code that signs its user in once; its text is returned here and never again. */
export async function issueSignInCode(db: Db, userId: string, expiresAt: Date): Promise<string> {
  const code = newToken();
  await db
    .insertInto('sign_in_codes')
    .values({ code_hash: hashToken(code), user_id: userId, expires_at: expiresAt })
    .execute();
  return code;
}

/** Uses a code up. The user it signs in; null where it is unknown, has expired or was used, or they may not sign in. */
export async function redeemSignInCode(db: Db, code: string): Promise<string | null> {
  const used = await db
    .deleteFrom('sign_in_codes')
    .using('users')
    .whereRef('users.id', '=', 'sign_in_codes.user_id')
    .where('users.disabled_at', 'is', null)
    .where('code_hash', '=', hashToken(code))
    .where('expires_at', '>', sql<Date>`now()`)
    .returning('sign_in_codes.user_id')
    .executeTakeFirst();
  return used?.user_id ?? null;
}

/** Removes what has expired: tokens, and codes that nobody used. */
export async function deleteExpiredTokens(db: Db): Promise<void> {
  await db
    .deleteFrom('tokens')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute();
  await db
    .deleteFrom('sign_in_codes')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute();
}
