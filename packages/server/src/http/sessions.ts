import type { Kysely } from 'kysely';
import { recordChange } from '../audit/audit-store.ts';
import { verifyPassword } from '../auth/passwords.ts';
import type { SignInThrottle } from '../auth/sign-in-throttle.ts';
import { deleteSession, issueSignInCode, issueToken, redeemSignInCode } from '../auth/token-store.ts';
import { actorOfUser, findCredentials, findUser } from '../auth/user-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import { signedIn, userJson } from './auth.ts';
import type { Handlers } from './bind.ts';
import { baseUrlOf } from './caching.ts';
import { requireSameOrigin, setSessionCookie } from './session-cookie.ts';

export interface SessionsDeps {
  readonly db: Kysely<Tables>;
  readonly publicUrl: string | null;
  readonly signInThrottle: SignInThrottle;
}

/** How long a sign-in lasts. */
const SESSION_SECONDS = 12 * 3600;
/** How long a link that signs in may wait to be opened. */
const SIGN_IN_LINK_SECONDS = 3600;

type SessionHandlers = Pick<Handlers, 'login' | 'oneTimeSignIn' | 'createSignInLink' | 'logout' | 'me'>;

export function sessionHandlers({ db, publicUrl, signInThrottle }: SessionsDeps): SessionHandlers {
  async function openSession(userId: string, requestId: string, by: 'password' | 'link'): Promise<string> {
    const expiresAt = new Date(Date.now() + SESSION_SECONDS * 1000);
    return await db.transaction().execute(async (trx) => {
      const { row, token } = await issueToken(trx, { userId, kind: 'session', scope: 'write', name: null, expiresAt });
      const user = await actorOfUser(trx, userId);
      const actor = user === null ? null : { ...user, tokenId: row.id };
      await recordChange(trx, { actor, requestId }, { action: 'session.begin', details: { by } });
      return token;
    });
  }

  return {
    login: async ({ body, request, reply, requestId }) => {
      const isCookie = body.session === 'cookie';
      // Else a page of another site could sign its visitors in as somebody else.
      if (isCookie) requireSameOrigin(request, publicUrl, 'allow');
      await signInThrottle.check(body.username, request.ip);
      const found = await findCredentials(db, body.username);
      // Hashes something also for names nobody has, so that the time taken does not tell them apart.
      const right = await verifyPassword(body.password, found?.password_hash ?? null);
      if (!right || found === undefined || found.disabled_at !== null) {
        await signInThrottle.failed(body.username, request.ip);
        throw new ServerError('invalid_credentials', 'The user name or the password is wrong.');
      }
      await signInThrottle.succeeded(body.username, request.ip);
      const token = await openSession(found.id, requestId, 'password');
      if (isCookie) setSessionCookie(reply, token, { publicUrl, seconds: SESSION_SECONDS });
      return { access_token: token, token_type: 'bearer', expires_in: SESSION_SECONDS };
    },

    oneTimeSignIn: async ({ body, request, reply, requestId }) => {
      requireSameOrigin(request, publicUrl, 'allow');
      const userId = await redeemSignInCode(db, body.code);
      const user = userId === null ? undefined : await findUser(db, userId);
      if (user === undefined) {
        throw new ServerError(
          'invalid_credentials',
          'This sign-in link was used before, or has expired. Get another one: `inlay sign-in`.',
        );
      }
      const token = await openSession(user.id, requestId, 'link');
      setSessionCookie(reply, token, { publicUrl, seconds: SESSION_SECONDS });
      return userJson(user);
    },

    createSignInLink: async ({ actor, request }) => {
      const code = await createSignInCode(db, signedIn(actor).userId);
      return { url: signInUrl(baseUrlOf(request, publicUrl), code), expires_in: SIGN_IN_LINK_SECONDS };
    },

    logout: async ({ actor, reply, requestId }) => {
      if (actor !== null) {
        await db.transaction().execute(async (trx) => {
          if (!(await deleteSession(trx, actor.tokenId))) return;
          await recordChange(trx, { actor, requestId }, { action: 'session.end' });
        });
      }
      setSessionCookie(reply, '', { publicUrl, seconds: 0 });
      return undefined;
    },

    me: async ({ actor }) => {
      const user = await findUser(db, signedIn(actor).userId);
      if (user === undefined) throw notFound('user');
      return userJson(user);
    },
  };
}

/** A code that signs this user in once, for as long as links do. */
export async function createSignInCode(db: Kysely<Tables>, userId: string): Promise<string> {
  return await issueSignInCode(db, userId, new Date(Date.now() + SIGN_IN_LINK_SECONDS * 1000));
}

/** The page that trades a code for a session. In the fragment, the code gets into no log. */
export function signInUrl(baseUrl: string, code: string): string {
  return `${baseUrl}/sign-in#code=${code}`;
}
