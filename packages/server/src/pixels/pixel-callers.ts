import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../access.ts';
import { actorOfToken, noteUse } from '../auth/token-store.ts';
import { hashToken } from '../auth/secrets.ts';
import type { Tables } from '../db/tables.ts';
import { type Eyes, findPixels, findTokenUserAndPixels, type PixelRow } from './pixel-store.ts';
import { shareLookups } from './shared-lookups.ts';

/** Who asks for pixels, and the dataset as they see it; undefined where they may not. */
export interface PixelCallerView {
  readonly actor: Actor;
  readonly row: PixelRow | undefined;
}

/** Tokens of which is known whom they stood for. */
const REMEMBERED = 1024;

/**
 * Looks up whom a token stands for together with the dataset that they ask for, in one statement where it is known whom it
 * stood for last: that is a guess, which the same statement checks, and no right. Null where the token does not hold.
 * Those who ask at the same time share the answer.
 */
export function createPixelCallers(db: Kysely<Tables>): (token: string, id: string) => Promise<PixelCallerView | null> {
  const stoodFor = new LRUCache<string, Eyes>({ max: REMEMBERED });

  async function lookUp(token: string, id: string): Promise<PixelCallerView | null> {
    const key = hashToken(token);
    const expected = stoodFor.get(key);
    if (expected !== undefined) {
      const found = await findTokenUserAndPixels(db, token, expected, id);
      if (found !== undefined && isSame(found.user, expected)) {
        await noteUse(db, found.user);
        const { idle: _, ...actor } = found.user;
        return { actor, row: found.row };
      }
    }
    const actor = await actorOfToken(db, token);
    if (actor === null) {
      stoodFor.delete(key);
      return null;
    }
    stoodFor.set(key, { userId: actor.userId, role: actor.role });
    return { actor, row: await findPixels(db, actor, id) };
  }

  return shareLookups(lookUp, (token, id) => `${id} ${token}`);
}

function isSame(a: Eyes, b: Eyes): boolean {
  return a.userId === b.userId && a.role === b.role;
}
