import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServerError } from '../error.ts';

// Sign-ins of browsers: the token is in a cookie that scripts cannot read and that other sites' pages do not get to use.

/** Name of the cookie. */
export const SESSION_COOKIE = 'inlay_session';

/** The token in a request's session cookie; null without one. */
export function sessionCookieOf(request: FastifyRequest): string | null {
  // RFC 6265, 4.2.1: pairs separated by semicolons. Of several of the name, the first has the longest path.
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (pair.slice(0, at).trim() === SESSION_COOKIE) return pair.slice(at + 1).trim();
  }
  return null;
}

/** Has the browser keep a session for so many seconds; 0 ends it. */
export function setSessionCookie(
  reply: FastifyReply,
  token: string,
  { publicUrl, seconds }: { readonly publicUrl: string | null; readonly seconds: number },
): void {
  const isSecure = publicUrl === null ? reply.request.protocol === 'https' : publicUrl.startsWith('https:');
  const path = publicUrl === null ? '/' : new URL(publicUrl).pathname;
  const parts = [`${SESSION_COOKIE}=${token}`, `Path=${path}`, `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Lax'];
  reply.header('set-cookie', [...parts, ...(isSecure ? ['Secure'] : [])].join('; '));
}

/**
 * Refuses what a page of another site has the browser send: the cookie goes along by itself, whoever asks.
 *
 * @param withoutWord what to make of a request that does not say where it comes from, as browsers' do
 * @throws ServerError `cross_site_request`
 */
export function requireSameOrigin(
  request: FastifyRequest,
  publicUrl: string | null,
  withoutWord: 'refuse' | 'allow' = 'refuse',
): void {
  const { 'sec-fetch-site': site, origin } = request.headers;
  // W3C Fetch Metadata, 2.3: `none` is what the user did, not a page. Not every browser sends it to plain HTTP.
  const isOurs =
    site !== undefined
      ? site === 'same-origin' || site === 'none'
      : origin !== undefined
        ? isOwnOrigin(origin, request, publicUrl)
        : withoutWord === 'allow';
  if (isOurs) return;
  throw new ServerError(
    'cross_site_request',
    'Signed in by cookie, changes are taken from pages of this server only. Send `Authorization: Bearer <token>` instead.',
  );
}

function isOwnOrigin(origin: string, request: FastifyRequest, publicUrl: string | null): boolean {
  if (!URL.canParse(origin)) return false; // `null`, of a page that has none
  const { host, origin: normalized } = new URL(origin);
  return publicUrl === null ? host === request.host.toLowerCase() : normalized === new URL(publicUrl).origin;
}
