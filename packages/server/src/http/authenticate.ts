import type { FastifyRequest } from 'fastify';
import type { Actor } from '../access.ts';
import { ServerError } from '../error.ts';
import { requireSameOrigin, sessionCookieOf } from './session-cookie.ts';

const LONGEST_TOKEN = 512;
/** RFC 9110, 9.2.1: methods that change nothing. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface AuthenticateDeps {
  /** Who a token stands for; null where it does not hold. */
  readonly actorOfToken: (token: string) => Promise<Actor | null>;
  readonly publicUrl: string | null;
}

/**
 * Who calls: null without any credential. A header goes before the cookie of a browser's session, which comes along by
 * itself: one that does not hold any more counts as none.
 *
 * @throws ServerError `invalid_token` for a header that does not hold, even where none is needed; `cross_site_request`
 *   where the cookie alone would have something changed from another site's page
 */
export async function authenticate(
  { actorOfToken, publicUrl }: AuthenticateDeps,
  request: FastifyRequest,
): Promise<Actor | null> {
  const token = credentialOf(request);
  if (token === null) return await actorOfCookie({ actorOfToken, publicUrl }, request);
  const actor = await actorOf(actorOfToken, token);
  if (actor === null) {
    throw new ServerError(
      'invalid_token',
      'The token is unknown or has expired. Sign in again, or use another API key.',
    );
  }
  return actor;
}

async function actorOfCookie(
  { actorOfToken, publicUrl }: AuthenticateDeps,
  request: FastifyRequest,
): Promise<Actor | null> {
  const token = sessionCookieOf(request);
  const actor = token === null ? null : await actorOf(actorOfToken, token);
  if (actor !== null && !SAFE_METHODS.has(request.method)) requireSameOrigin(request, publicUrl);
  return actor;
}

async function actorOf(actorOfToken: AuthenticateDeps['actorOfToken'], token: string): Promise<Actor | null> {
  return token === '' || token.length > LONGEST_TOKEN ? null : await actorOfToken(token);
}

function credentialOf(request: FastifyRequest): string | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
  const key = request.headers['x-api-key'];
  if (key === undefined) return null;
  return Array.isArray(key) ? '' : key;
}
