import { GeoTiffError, httpSource, type Source } from '@inlay/geotiff';
import { askPatiently } from './ask-patiently.ts';
import { codedKey, parseObject } from './object-place.ts';
import type { ObjectLink, ObjectLinks } from './object-links.ts';
import { readRefusal, refusalReason, type S3Refusal } from './s3-refusal.ts';

/** A link that is about to end is renewed: long enough before for a request to begin. */
const RENEWED_BEFORE_MS = 120_000;
/** One look at an object. */
const LOOK_MS = 10_000;

/** What an object is now: enough to tell it from any other that had its key. */
export interface ObjectState {
  readonly bytes: number;
  readonly etag: string | null;
}

/**
 * The bytes of an object, by ranges.
 *
 * @param etag the only version that will do; null for whichever there is
 */
export function objectSource(location: string, links: ObjectLinks, etag: string | null): Source {
  const name = objectName(location);
  const ask = asker(location, links);
  const source = httpSource(nominalUrl(location), {
    ...(etag === null ? {} : { headers: { 'if-match': etag } }),
    // What is asked is never the nominal URL, but a link that is good at the time.
    async fetch(_url, init) {
      const response = await ask(init ?? {});
      const { status } = response;
      const isOther = etag !== null && (status === 206 || status === 200) && response.headers.get('etag') !== etag;
      if (status === 412 || isOther) {
        await response.body?.cancel();
        throw changed(name);
      }
      if (status === 206 || status === 200 || status === 416) return response;
      throw unavailable(name, await readRefusal(response));
    },
  });
  return source;
}

/**
 * What an object is now, by asking for its first byte; `absent` where its store says that there is none.
 *
 * @throws GeoTiffError `geotiff/source-unavailable` where it does not say; the signal's reason when aborted
 */
export async function lookAtObject(
  location: string,
  links: ObjectLinks,
  signal?: AbortSignal,
): Promise<ObjectState | 'absent'> {
  const name = objectName(location);
  const timeout = AbortSignal.timeout(LOOK_MS);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let response: Response;
  try {
    response = await asker(location, links)({ headers: { range: 'bytes=0-0' }, signal: either });
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof GeoTiffError) throw cause;
    throw new GeoTiffError('geotiff/source-unavailable', `${name} cannot be read: its store does not answer`, {
      details: { source: name },
      cause,
    });
  }
  const { headers, status } = response;
  const range = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  if (status === 206 || status === 200 || status === 416) {
    await response.body?.cancel();
    const bytes = status === 200 ? headers.get('content-length') : (range ?? '0');
    return { bytes: Number(bytes), etag: headers.get('etag') };
  }
  const refusal = await readRefusal(response);
  if (status === 404 && refusal.code !== 'NoSuchBucket') return 'absent';
  throw unavailable(name, refusal);
}

type Ask = (init: RequestInit) => Promise<Response>;

/** Requests for one object, each with a link that is good when it begins. */
function asker(location: string, links: ObjectLinks): Ask {
  let link: ObjectLink | null = null;

  async function once(init: RequestInit): Promise<Response> {
    if (link === null || link.expiresAt - RENEWED_BEFORE_MS < Date.now()) link = await links.linkTo(location);
    // Where a store redirects to was never allowed.
    return await fetch(link.url, { ...init, redirect: 'manual' });
  }

  return async (init) => {
    const isOld = link !== null;
    const response = await askPatiently(() => once(init), init.signal);
    if (!isOld || (response.status !== 400 && response.status !== 403)) return response;
    // What it was signed with may have been withdrawn since: once more, with a new one.
    await response.body?.cancel();
    link = null;
    return await askPatiently(() => once(init), init.signal);
  };
}

/** The last part of the key. */
export function objectName(location: string): string {
  return location.split('/').at(-1) || location;
}

/** What messages take the name of: a URL that nobody asks. */
function nominalUrl(location: string): string {
  const place = parseObject(location);
  if (typeof place === 'string') throw new GeoTiffError('geotiff/source-unavailable', place);
  return `https://${place.bucket}.invalid/${codedKey(place.key)}`;
}

function unavailable(name: string, refusal: S3Refusal): GeoTiffError {
  return new GeoTiffError('geotiff/source-unavailable', `${name} ${refusalReason(refusal)}`, {
    details: { source: name, status: refusal.status },
  });
}

function changed(name: string): GeoTiffError {
  return new GeoTiffError('geotiff/source-changed', `${name} was replaced in its bucket; refresh it`, {
    details: { source: name },
  });
}
