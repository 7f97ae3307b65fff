import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { actorOfUser } from '../auth/user-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import { LRUCache } from 'lru-cache';
import { findPixels, hidesMembers, type PixelRow } from './pixel-store.ts';
import { shareLookups } from './shared-lookups.ts';
import { checkLink } from './signed-links.ts';

export interface PixelAccessDeps {
  readonly db: Kysely<Tables>;
  /** What links are signed with. */
  readonly linkSecret: string;
  /** Who was found to see all sources of which build, as long as nothing of that changes. */
  readonly memberAccess: LRUCache<string, boolean>;
  /** `findPixels` of the store, shared by those who ask at the same time. */
  readonly findPixels: (actor: Actor | null, id: string) => Promise<PixelRow | undefined>;
}

export function createMemberAccess(): LRUCache<string, boolean> {
  return new LRUCache({ max: 10_000 });
}

/** A dataset as its callers see it: a map asks for many tiles of it at once. */
export function createPixelLookup(db: Kysely<Tables>): PixelAccessDeps['findPixels'] {
  return shareLookups(
    (actor: Actor | null, id: string) => findPixels(db, actor, id),
    (actor, id) => JSON.stringify([id, actor]),
  );
}

/** Who asks: signed in or not, and with a link or without. */
export interface PixelCaller {
  readonly actor: Actor | null;
  readonly link: { readonly sig?: string | undefined; readonly exp?: number | undefined };
}

/** What a link is worth, and in whose name it speaks. */
export interface LinkBearer {
  readonly state: 'none' | 'valid' | 'expired';
  /** Null for a link that an anonymous caller made, or whose maker is no more. */
  readonly actor: Actor | null;
}

/** @throws ServerError `invalid_token` for a link that is not ours */
export async function bearerOf(
  { db, linkSecret }: PixelAccessDeps,
  id: string,
  link: PixelCaller['link'],
): Promise<LinkBearer> {
  const state = checkLink(linkSecret, id, link, Date.now());
  if (state.kind === 'forged') {
    throw new ServerError('invalid_token', 'The signature of this link does not hold. Ask for a new link.');
  }
  const isNamed = state.kind === 'valid' && state.userId !== null;
  return { state: state.kind, actor: isNamed ? await actorOfUser(db, state.userId) : null };
}

/**
 * The dataset whose pixels are asked for, if the caller may have them: by themselves, or by a link. A link adds to what
 * the caller may see and takes nothing from it.
 *
 * @throws ServerError `invalid_token` for a link that is not ours; `unauthorized` for anonymous callers of what is not
 *   public or not there, which are told alike; `not_found`
 */
export async function accessPixels(deps: PixelAccessDeps, id: string, { actor, link }: PixelCaller): Promise<PixelRow> {
  const bearer = await bearerOf(deps, id, link);
  // Who holds a link mostly comes with nothing else.
  const [first, second] = bearer.actor === null ? [actor] : [bearer.actor, actor];
  const found =
    (await findVisible(deps, first, id)) ?? (second == null ? undefined : await findVisible(deps, second, id));
  if (found !== undefined) return found;
  if (actor !== null) throw notFound('dataset');
  if (bearer.state === 'expired') throw new ServerError('invalid_token', 'This link has ended. Ask for a new one.');
  throw new ServerError(
    'unauthorized',
    'There is no public dataset of this id. Sign in, or ask for a link: `GET /api/tiles/token/{id}/`.',
  );
}

/**
 * The dataset, if the actor may see it; a virtual raster, if they may see all that it is made of as well: its pixels are
 * its sources', whatever its own visibility.
 */
async function findVisible(
  { db, memberAccess, findPixels: find }: PixelAccessDeps,
  actor: Actor | null,
  id: string,
): Promise<PixelRow | undefined> {
  const row = await find(actor, id);
  if (row === undefined || row.generation_id === null) return row;
  return (await seesAllMembers({ db, memberAccess }, actor, row.generation_id, row.member_epoch)) ? row : undefined;
}

/** Whether the actor may see all that a build is made of, as of an epoch (`PixelRow.member_epoch`). */
export async function seesAllMembers(
  { db, memberAccess }: Pick<PixelAccessDeps, 'db' | 'memberAccess'>,
  actor: Actor | null,
  generationId: string,
  epoch: number,
): Promise<boolean> {
  if (actor?.role === 'admin') return true;
  // Who sees what depends on nothing else: what is found of one state holds as long as the epoch does.
  const key = [generationId, epoch, actor?.userId ?? 'anonymous'].join(' ');
  let seesAll = memberAccess.get(key);
  if (seesAll === undefined) {
    seesAll = !(await hidesMembers(db, actor, generationId));
    memberAccess.set(key, seesAll);
  }
  return seesAll;
}
