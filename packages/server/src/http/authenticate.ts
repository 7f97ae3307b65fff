import type { FastifyRequest } from 'fastify';
import type { Actor } from '../access.ts';
import { ServerError } from '../error.ts';

const LONGEST_TOKEN = 512;

/**
 * Who calls: null without any credential.
 *
 * @param actorOf who a token stands for; null where it does not hold
 * @throws ServerError `invalid_token` for a credential that does not hold, even where none is needed
 */
export async function authenticate(
  actorOf: (token: string) => Promise<Actor | null>,
  request: FastifyRequest,
): Promise<Actor | null> {
  const token = credentialOf(request);
  if (token === null) return null;
  const actor = token === '' || token.length > LONGEST_TOKEN ? null : await actorOf(token);
  if (actor === null) {
    throw new ServerError(
      'invalid_token',
      'The token is unknown or has expired. Sign in again, or use another API key.',
    );
  }
  return actor;
}

function credentialOf(request: FastifyRequest): string | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
  const key = request.headers['x-api-key'];
  if (key === undefined) return null;
  return Array.isArray(key) ? '' : key;
}
