import type { ApiKey, User } from '@inlay/contract';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { recordChange } from '../audit/audit-store.ts';
import { deleteApiKey, issueToken, listApiKeys, type TokenRow } from '../auth/token-store.ts';
import type { UserRow } from '../auth/user-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import type { Handlers } from './bind.ts';

const DAY_MS = 24 * 3600 * 1000;

type AuthHandlers = Pick<Handlers, 'listApiKeys' | 'createApiKey' | 'deleteApiKey'>;

export function authHandlers({ db }: { db: Kysely<Tables> }): AuthHandlers {
  return {
    listApiKeys: async ({ actor, query }) => {
      const { keys, total } = await listApiKeys(db, signedIn(actor).userId, query);
      return { api_keys: keys.map(apiKeyJson), total, limit: query.limit, skip: query.skip };
    },

    createApiKey: async ({ actor, body, requestId }) => {
      const caller = signedIn(actor);
      const days = body.expires_in_days ?? null;
      const { row, token } = await db.transaction().execute(async (trx) => {
        const issued = await issueToken(trx, {
          userId: caller.userId,
          kind: 'api_key',
          scope: body.scope,
          name: body.name,
          expiresAt: days === null ? null : new Date(Date.now() + days * DAY_MS),
        });
        const details = { scope: body.scope, expires_at: issued.row.expires_at?.toISOString() ?? null };
        const about = { subjectId: issued.row.id, subjectName: body.name, details };
        await recordChange(trx, { actor: caller, requestId }, { action: 'token.create', ...about });
        return issued;
      });
      return { ...apiKeyJson(row), key: token };
    },

    deleteApiKey: async ({ actor, params, requestId }) => {
      const caller = signedIn(actor);
      await db.transaction().execute(async (trx) => {
        const key = await deleteApiKey(trx, caller.userId, params.id);
        if (key === undefined) throw notFound('API key');
        const about = { subjectId: key.id, subjectName: key.name };
        await recordChange(trx, { actor: caller, requestId }, { action: 'token.revoke', ...about });
      });
      return undefined;
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
    scope: row.scope,
    key_hint: row.prefix,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
  };
}
