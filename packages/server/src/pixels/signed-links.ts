import { MAX_LINK_SECONDS } from '@inlay/contract';
import { isSignature, sign } from '../auth/secrets.ts';

// A signed link says: until a moment, whoever holds it may read the pixels of one dataset as one user may. It names the
// user, so that what the link opens is what that user may see when it is used, not when it was made.

/** Where a link stands. */
export type LinkState =
  /** No link was sent. */
  | { readonly kind: 'none' }
  /** In the name of a user; null for one that an anonymous caller made. */
  | { readonly kind: 'valid'; readonly userId: string | null }
  | { readonly kind: 'expired' }
  /** Not ours, or changed since. */
  | { readonly kind: 'forged' };

/** `sig` and `exp` of a link, as its URL carries them. */
export interface SignedLink {
  readonly sig: string;
  /** Seconds since 1970. */
  readonly exp: number;
}

const ANONYMOUS = '0';

export function signLink(secret: string, datasetId: string, userId: string | null, exp: number): SignedLink {
  const bearer = userId === null ? ANONYMOUS : userId.replaceAll('-', '').toLowerCase();
  return { sig: `${bearer}.${sign(secret, signedText(datasetId, bearer, exp))}`, exp };
}

/** What a link that was sent is worth now. */
export function checkLink(
  secret: string,
  datasetId: string,
  { sig, exp }: { readonly sig?: string | undefined; readonly exp?: number | undefined },
  nowMs: number,
): LinkState {
  if (sig === undefined && exp === undefined) return { kind: 'none' };
  if (sig === undefined || exp === undefined) return { kind: 'forged' };
  const match = /^(0|[0-9a-f]{32})\.([\w-]{43})$/.exec(sig);
  if (match === null) return { kind: 'forged' };
  const [, bearer, signature] = match as unknown as [string, string, string];
  if (!isSignature(secret, signedText(datasetId, bearer, exp), signature)) return { kind: 'forged' };
  const left = exp - nowMs / 1000;
  if (left <= 0) return { kind: 'expired' };
  // No link of ours lives longer; one that would was made before the clock was set right.
  if (left > MAX_LINK_SECONDS) return { kind: 'forged' };
  return { kind: 'valid', userId: bearer === ANONYMOUS ? null : uuidOf(bearer) };
}

function signedText(datasetId: string, bearer: string, exp: number): string {
  return ['pixels', datasetId.toLowerCase(), bearer, exp].join('\n');
}

function uuidOf(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
