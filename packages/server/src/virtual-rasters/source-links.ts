import type { Actor } from '../access.ts';
import type { OpenedLink } from '../pixels/pixel-access.ts';
import { type LinkBearer, linkSearch, signLink } from '../pixels/signed-links.ts';

const DAY_SECONDS = 24 * 3600;
/** How long a VRT that was downloaded without a link opens sources that its reader does not see by themselves. */
const KEPT_DAYS = 7;

/** What a VRT was asked for with: what somebody may see, or a link. */
export type AskedWith =
  | { readonly kind: 'eyes'; readonly actor: Actor | null }
  | { readonly kind: 'link'; readonly link: OpenedLink };

/**
 * The query to add to the address of a source in a VRT: a right that holds as long as whoever asked for the VRT may have
 * the virtual raster, and its link does. It is the same for a day, so that parts of one VRT read alike.
 */
export function sourceLinks(secret: string, vrtId: string, asked: AskedWith): (sourceId: string) => string {
  const bearer: LinkBearer =
    asked.kind === 'link'
      ? asked.link.terms.bearer
      : asked.actor === null
        ? { kind: 'anonymous' }
        : { kind: 'user', id: asked.actor.userId };
  const today = Math.floor(Date.now() / 1000 / DAY_SECONDS);
  const exp = asked.kind === 'link' ? asked.link.exp : (today + KEPT_DAYS) * DAY_SECONDS;
  return (sourceId) => linkSearch(signLink(secret, { datasetId: sourceId, bearer, right: 'source', vrtId }, exp));
}
