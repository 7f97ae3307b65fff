import { childrenOf, childText, GeoTiffError, parseXml, type XmlElement } from '@inlay/geotiff';
import { askPatiently } from './ask-patiently.ts';
import { objectLocation, type ObjectPlace } from './object-place.ts';
import type { Buckets } from './object-links.ts';
import type { ObjectState } from './object-source.ts';
import { readRefusal, refusalReason } from './s3-refusal.ts';

/** An object as a list has it. */
export interface ListedObject extends ObjectState {
  readonly key: string;
}

/** One answer takes no longer, and is no longer: 1,000 keys of 1,024 bytes, each coded, and what is around them. */
const PAGE_MS = 30_000;
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

/**
 * The objects of a bucket whose keys begin with the key of `place`, in pages of at most 1,000, sorted by key (S3 API
 * Reference, ListObjectsV2). The next page is asked for when it is wanted.
 *
 * @throws GeoTiffError `geotiff/source-unavailable` where the bucket cannot be listed
 */
export async function* listObjects(
  buckets: Pick<Buckets, 'listRequest'>,
  place: ObjectPlace,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedObject[]> {
  let token: string | null = null;
  do {
    const page = await readPage(buckets, place, token, signal);
    yield page.objects;
    if (page.next !== null && page.next === token) throw unlistable(place, 'cannot be listed: its pages do not end');
    token = page.next;
  } while (token !== null);
}

interface Page {
  readonly objects: readonly ListedObject[];
  /** What continues the list; null at its end. */
  readonly next: string | null;
}

async function readPage(
  buckets: Pick<Buckets, 'listRequest'>,
  place: ObjectPlace,
  token: string | null,
  signal: AbortSignal,
): Promise<Page> {
  const timeout = AbortSignal.timeout(PAGE_MS);
  const either = AbortSignal.any([signal, timeout]);
  const query = {
    'list-type': '2',
    'encoding-type': 'url',
    ...(token === null ? {} : { 'continuation-token': token }),
  };
  const ask = async (): Promise<Response> => {
    const { url, headers } = await buckets.listRequest(place, query);
    return await fetch(url, { headers, redirect: 'manual', signal: either });
  };
  try {
    const response = await askPatiently(ask, either);
    if (!response.ok) throw unlistable(place, refusalReason(await readRefusal(response)));
    const root = parseXml(await textOf(response, place));
    if (root?.name !== 'ListBucketResult')
      throw unlistable(place, 'cannot be listed: its store answers something else');
    return pageOf(root);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof GeoTiffError) throw cause;
    const reason = timeout.aborted ? `within ${PAGE_MS / 1000} s` : 'at all';
    throw unlistable(place, `cannot be listed: its store does not answer ${reason}`, cause);
  }
}

async function textOf(response: Response, place: ObjectPlace): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > MAX_PAGE_BYTES) throw unlistable(place, 'cannot be listed: its store sends more than a page');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function pageOf(root: XmlElement): Page {
  // Stores that do not code keys do not say that they do.
  const keyOf = childText(root, 'EncodingType') === 'url' ? decodedKey : (key: string): string => key;
  return {
    objects: childrenOf(root, 'Contents').flatMap((element) => {
      const key = childText(element, 'Key');
      const bytes = Number(childText(element, 'Size'));
      return key === null || !Number.isSafeInteger(bytes)
        ? []
        : [{ key: keyOf(key), bytes, etag: quoted(childText(element, 'ETag')) }];
    }),
    next: childText(root, 'IsTruncated') === 'true' ? childText(root, 'NextContinuationToken') : null,
  };
}

/** As the header of an object has it (RFC 9110, 8.8.3); some stores list it without its quotes. */
function quoted(etag: string | null): string | null {
  return etag === null || /^(W\/)?"/.test(etag) ? etag : `"${etag}"`;
}

/** Coded as the fields of a form are, with a plus sign for a space. */
function decodedKey(coded: string): string {
  try {
    return decodeURIComponent(coded.replaceAll('+', ' '));
  } catch {
    return coded; // a stray percent sign: the store did not code it
  }
}

function unlistable(place: ObjectPlace, reason: string, cause?: unknown): GeoTiffError {
  const name = objectLocation(place);
  return new GeoTiffError('geotiff/source-unavailable', `${name} ${reason}`, {
    details: { source: name },
    ...(cause === undefined ? {} : { cause }),
  });
}
