import { MAX_LINK_SECONDS } from '@inlay/contract';
import { isSignature, sign } from '../auth/secrets.ts';

// A signed link says: until a moment, whoever holds it may read one dataset as its bearer may. What it opens is what the
// bearer may see when it is used, not when it was made.

/** In whose name a link speaks: nobody's, a user's, or that of a share, which has an owner and can be revoked. */
export type LinkBearer =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly id: string }
  | { readonly kind: 'share'; readonly id: string };

/** What a link says beside until when. */
export type LinkTerms = { readonly datasetId: string; readonly bearer: LinkBearer } & (
  | { readonly right: 'pixels' }
  /** Its files, too. */
  | { readonly right: 'files' }
  /** The file of a source, as far as the bearer may download a virtual raster that it is in. */
  | { readonly right: 'source'; readonly vrtId: string }
);

/** Where a link stands. */
export type LinkState =
  /** No link was sent. */
  | { readonly kind: 'none' }
  | { readonly kind: 'valid'; readonly terms: LinkTerms }
  | { readonly kind: 'expired' }
  /** Not ours, or changed since. */
  | { readonly kind: 'forged' };

/** `sig` and `exp` of a link, as its URL carries them. */
export interface SignedLink {
  readonly sig: string;
  /** Seconds since 1970. */
  readonly exp: number;
}

/** What a URL may carry of a link. */
export interface SentLink {
  readonly sig?: string | undefined;
  readonly exp?: number | undefined;
}

/** What a signature begins with: the right and the bearer, then the virtual raster that a source is in. */
const FORM = /^(files-|source-)?(0|(?:s-)?[0-9a-f]{32})(?:-([0-9a-f]{32}))?\.([\w-]{43})$/;
const PREFIX = { pixels: '', files: 'files-', source: 'source-' } as const;

export function signLink(secret: string, terms: LinkTerms, exp: number): SignedLink {
  const bearer = bearerText(terms.bearer);
  const within = terms.right === 'source' ? `-${hexOf(terms.vrtId)}` : '';
  const mac = sign(secret, signedText(terms, exp));
  return { sig: `${PREFIX[terms.right]}${bearer}${within}.${mac}`, exp };
}

/** What a link that was sent is worth now. */
export function checkLink(secret: string, datasetId: string, { sig, exp }: SentLink, nowMs: number): LinkState {
  if (sig === undefined && exp === undefined) return { kind: 'none' };
  if (sig === undefined || exp === undefined) return { kind: 'forged' };
  const match = FORM.exec(sig);
  const terms = match === null ? null : termsOf(datasetId, match);
  if (match === null || terms === null) return { kind: 'forged' };
  if (!isSignature(secret, signedText(terms, exp), match[4] as string)) return { kind: 'forged' };
  const left = exp - nowMs / 1000;
  if (left <= 0) return { kind: 'expired' };
  // No link of ours but a share's lives longer; one that would was made before the clock was set right.
  if (left > MAX_LINK_SECONDS && terms.bearer.kind !== 'share') return { kind: 'forged' };
  return { kind: 'valid', terms };
}

/** A link as the query of a URL, with its question mark; nothing for none. */
export function linkSearch(link: SignedLink | null): string {
  return link === null ? '' : `?sig=${link.sig}&exp=${link.exp}`;
}

function termsOf(datasetId: string, [, prefix, bearerHex = '', vrtHex]: RegExpExecArray): LinkTerms | null {
  const bearer = bearerOfText(bearerHex);
  if (prefix === 'source-') {
    return vrtHex === undefined ? null : { datasetId, bearer, right: 'source', vrtId: uuidOf(vrtHex) };
  }
  if (vrtHex !== undefined) return null;
  return { datasetId, bearer, right: prefix === 'files-' ? 'files' : 'pixels' };
}

function signedText(terms: LinkTerms, exp: number): string {
  const within = terms.right === 'source' ? [hexOf(terms.vrtId)] : [];
  return [terms.right, terms.datasetId.toLowerCase(), bearerText(terms.bearer), ...within, exp].join('\n');
}

function bearerText(bearer: LinkBearer): string {
  if (bearer.kind === 'anonymous') return '0';
  return bearer.kind === 'user' ? hexOf(bearer.id) : `s-${hexOf(bearer.id)}`;
}

function bearerOfText(text: string): LinkBearer {
  if (text === '0') return { kind: 'anonymous' };
  return text.startsWith('s-') ? { kind: 'share', id: uuidOf(text.slice(2)) } : { kind: 'user', id: uuidOf(text) };
}

function hexOf(uuid: string): string {
  return uuid.replaceAll('-', '').toLowerCase();
}

function uuidOf(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
