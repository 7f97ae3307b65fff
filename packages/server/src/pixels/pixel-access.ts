import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { actorOfUser } from '../auth/user-store.ts';
import { type DatasetRow, findDataset } from '../catalog/dataset-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import { findOpenShare } from '../sharing/share-store.ts';
import { usesVersion } from '../virtual-rasters/generation-store.ts';
import { findPixels, type PixelRow } from './pixel-store.ts';
import type { PixelCallerView } from './pixel-callers.ts';
import { shareLookups } from './shared-lookups.ts';
import { checkLink, type LinkBearer, type LinkTerms, type SentLink } from './signed-links.ts';

export interface PixelAccessDeps {
  readonly db: Kysely<Tables>;
  /** What links are signed with. */
  readonly linkSecret: string;
  /** `findPixels` of the store, shared by those who ask at the same time. */
  readonly findPixels: (actor: Actor | null, id: string) => Promise<PixelRow | undefined>;
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
  readonly link: SentLink;
}

/** What a link that was sent is good for. */
export interface OpenedLink {
  readonly terms: LinkTerms;
  /** In whose name it speaks; null for an anonymous maker, and for one who is no more. */
  readonly actor: Actor | null;
  /** Whether it opens files as well as pixels. */
  readonly opensFiles: boolean;
  readonly sig: string;
  readonly exp: number;
}

export type SentLinkState = { readonly kind: 'none' | 'expired' } | ({ readonly kind: 'open' } & OpenedLink);

/**
 * What the link of a request is worth: one that has ended, or was revoked, counts as none.
 *
 * @throws ServerError `invalid_token` for a link that is not ours
 */
export async function openLink(deps: PixelAccessDeps, id: string, link: SentLink): Promise<SentLinkState> {
  const state = checkLink(deps.linkSecret, id, link, Date.now());
  if (state.kind === 'forged') throw invalidLink();
  if (state.kind !== 'valid') return state;
  const { terms } = state;
  const bearer = await findBearer(deps.db, terms.right === 'source' ? terms.vrtId : id, terms.bearer);
  if (bearer === null) return { kind: 'expired' };
  const opensFiles = bearer.opensFiles ?? terms.right !== 'pixels';
  return { kind: 'open', terms, actor: bearer.actor, opensFiles, sig: link.sig as string, exp: link.exp as number };
}

/** Whom a link speaks for, and whether the share it is of opens files; null where it speaks for nobody any more. */
async function findBearer(
  db: PixelAccessDeps['db'],
  datasetId: string,
  bearer: LinkBearer,
): Promise<{ actor: Actor | null; opensFiles: boolean | null } | null> {
  if (bearer.kind === 'anonymous') return { actor: null, opensFiles: null };
  if (bearer.kind === 'user') return { actor: await actorOfUser(db, bearer.id), opensFiles: null };
  const share = await findOpenShare(db, datasetId, bearer.id);
  const actor = share === undefined ? null : await actorOfUser(db, share.created_by);
  return share === undefined || actor === null ? null : { actor, opensFiles: share.downloads };
}

/**
 * The dataset whose pixels are asked for, if the caller may have them: by themselves, or by a link. A link adds to what
 * the caller may see and takes nothing from it.
 *
 * @param view of this dataset, where it was looked up since the request came in
 * @throws ServerError `invalid_token` for a link that is not ours; `unauthorized` for anonymous callers of what is not
 *   public or not there, which are told alike; `not_found`
 */
export async function accessPixels(
  deps: PixelAccessDeps,
  id: string,
  { actor, link }: PixelCaller,
  view: PixelCallerView | null = null,
): Promise<PixelRow> {
  const opened = await openLink(deps, id, link);
  if (opened.kind === 'open' && opened.terms.right === 'source') throw invalidLink();
  // Who holds a link mostly comes with nothing else.
  const eyes = opened.kind === 'open' && opened.actor !== null ? [opened.actor, actor] : [actor];
  const found = await firstFound(eyes, async (each) =>
    view !== null && each === view.actor ? view.row : await deps.findPixels(each, id),
  );
  if (found !== undefined) return found;
  if (actor !== null) throw notFound('dataset');
  if (opened.kind === 'expired') throw linkEnded();
  throw new ServerError(
    'unauthorized',
    'There is no public dataset of this id. Sign in, or ask for a link: `GET /api/tiles/token/{id}/`.',
  );
}

/** A dataset, and with whose eyes it was found. */
export interface AccessedDataset {
  readonly row: DatasetRow;
  readonly eyes: Actor | null;
  /** The link that it was found by. */
  readonly by: OpenedLink | null;
}

/**
 * The dataset, if the caller may see it by themselves, or by a link that `opens` such things.
 *
 * @param version of a raster, the version whose file is asked for; left out: what it is now
 * @throws ServerError `invalid_token`, `not_found`
 */
export async function accessDataset(
  deps: PixelAccessDeps,
  id: string,
  { actor, link }: PixelCaller,
  opens: (link: OpenedLink) => boolean,
  version?: number,
): Promise<AccessedDataset> {
  const opened = await openLink(deps, id, link);
  const by = opened.kind === 'open' && opens(opened) ? opened : null;
  if (by !== null) {
    const row = await byLink(deps.db, id, by, version);
    if (row !== undefined) return { row, eyes: by.actor, by };
  }
  const row = await findDataset(deps.db, actor, id);
  if (row !== undefined) return { row, eyes: actor, by: null };
  if (opened.kind === 'expired' && actor === null) throw linkEnded();
  throw notFound('dataset');
}

/** What a link opens: never the mere record of a virtual raster, some of whose sources are hidden from its bearer. */
async function byLink(
  db: PixelAccessDeps['db'],
  id: string,
  link: OpenedLink,
  version: number | undefined,
): Promise<DatasetRow | undefined> {
  const { terms, actor } = link;
  if (terms.right !== 'source') return withPixels(await findDataset(db, actor, id));
  const vrt = withPixels(await findDataset(db, actor, terms.vrtId));
  if (vrt?.generation_id == null) return undefined;
  // Of a virtual raster that its bearer may have, each source is one that they see, or one that its owner shares.
  const eyes = [actor, await actorOfUser(db, vrt.created_by)];
  const row = await firstFound(eyes, (each) => findDataset(db, each, id));
  if (row === undefined) return undefined;
  const shown = { id: vrt.id, generationId: vrt.generation_id };
  // What it was before and since is nobody's who sees it by the virtual raster alone.
  return (await usesVersion(db, shown, { id: row.id, version: version ?? row.version })) ? row : undefined;
}

function withPixels(row: DatasetRow | undefined): DatasetRow | undefined {
  return row?.shows_pixels === true ? row : undefined;
}

async function firstFound<T>(
  eyes: readonly (Actor | null)[],
  find: (each: Actor | null) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const each of eyes) {
    const found = await find(each);
    if (found !== undefined) return found;
  }
  return undefined;
}

function invalidLink(): ServerError {
  return new ServerError('invalid_token', 'The signature of this link does not hold. Ask for a new link.');
}

function linkEnded(): ServerError {
  return new ServerError('invalid_token', 'This link has ended. Ask for a new one.');
}
