import type { ApiKey, User } from '@inlay/contract';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { hashPassword } from '../auth/passwords.ts';
import { deleteApiKey, issueToken, listApiKeys, type TokenRow } from '../auth/token-store.ts';
import { insertUser, listUsers, type UserRow } from '../auth/user-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import type { Handlers } from './bind.ts';

const DAY_MS = 24 * 3600 * 1000;

type AuthHandlers = Pick<Handlers, 'listApiKeys' | 'createApiKey' | 'deleteApiKey' | 'listUsers' | 'createUser'>;

export function authHandlers({ db }: { db: Kysely<Tables> }): AuthHandlers {
  return {
    listApiKeys: async ({ actor, query }) => {
      const { keys, total } = await listApiKeys(db, signedIn(actor).userId, query);
      return { api_keys: keys.map(apiKeyJson), total, limit: query.limit, skip: query.skip };
    },

    createApiKey: async ({ actor, body }) => {
      const days = body.expires_in_days ?? null;
      const { row, token } = await issueToken(db, {
        userId: signedIn(actor).userId,
        kind: 'api_key',
        scope: 'write',
        name: body.name,
        expiresAt: days === null ? null : new Date(Date.now() + days * DAY_MS),
      });
      return { ...apiKeyJson(row), key: token };
    },

    deleteApiKey: async ({ actor, params }) => {
      if (!(await deleteApiKey(db, signedIn(actor).userId, params.id))) throw notFound('API key');
      return undefined;
    },

    listUsers: async ({ query }) => {
      const { users, total } = await listUsers(db, query);
      return { users: users.map(userJson), total, limit: query.limit, skip: query.skip };
    },

    createUser: async ({ body }) => {
      const passwordHash = await hashPassword(body.password);
      const user = await insertUser(db, { username: body.username, passwordHash, role: body.role });
      if (user === null)
        throw new ServerError('username_taken', `There is already a user "${body.username}". Choose another name.`);
      return userJson(user);
    },
  };
}

/** The caller of an operation whose access is `signed_in` or more; such a call never gets here anonymous. */
export function signedIn(actor: Actor | null): Actor {
  if (actor === null) throw new ServerError('unauthorized', 'Sign in first.');
  return actor;
}

/** A user as the API shows it. */
export function userJson(user: UserRow): User {
  return {
    id: user.id,
    username: user.username,
    role: user.role,
    created_at: user.created_at.toISOString(),
    disabled_at: user.disabled_at?.toISOString() ?? null,
  };
}

function apiKeyJson(row: TokenRow): ApiKey {
  return {
    id: row.id,
    name: row.name ?? '',
    key_hint: row.prefix,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
  };
}
