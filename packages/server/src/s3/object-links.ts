import { GeoTiffError } from '@inlay/geotiff';
import { AwsV4Signer } from 'aws4fetch';
import { createKeyFinder, type LentKeys } from './access-keys.ts';
import { addressOf } from './bucket-address.ts';
import { createRegionLookup } from './bucket-regions.ts';
import { coded, type ObjectPlace, parseObject } from './object-place.ts';
import type { S3Settings } from './s3-settings.ts';

/** A URL that opens one object for GET, for a while. It is a secret: for no log, message, key or answer. */
export interface ObjectLink {
  readonly url: string;
  /** Milliseconds since 1970; infinite where nothing is signed. */
  readonly expiresAt: number;
}

/** Makes links to objects. Whoever reads has them, and never the keys that they are signed with. */
export interface ObjectLinks {
  /**
   * @param location `s3://bucket/key`
   * @throws GeoTiffError `geotiff/source-unavailable` outside of the operator's roots, and without credentials
   */
  linkTo(location: string): Promise<ObjectLink>;
}

/** The S3 that is configured. */
export interface Buckets extends ObjectLinks {
  /** A signed request for a list (S3 API Reference, ListObjectsV2), its URL and headers. Both are secrets. */
  listRequest(
    place: ObjectPlace,
    query: Readonly<Record<string, string>>,
  ): Promise<{ readonly url: string; readonly headers: Headers }>;
}

/** How long a link is good for: a request that is under way when it ends goes on. */
const LINK_SECONDS = 900;

/** @param isAllowed whether a location lies under the operator's roots: nothing else is ever signed */
export function createBuckets(settings: S3Settings, isAllowed: (location: string) => boolean): Buckets {
  const findKeys = createKeyFinder(settings);
  const regionOf = createRegionLookup(settings);
  // What is derived of the keys is the same all day; kept for one set of keys at a time.
  let derived: { of: string; cache: Map<string, ArrayBuffer> } = { of: '', cache: new Map() };

  function signing(keys: LentKeys, region: string) {
    if (derived.of !== keys.accessKeyId) derived = { of: keys.accessKeyId, cache: new Map() };
    const { accessKeyId, secretAccessKey, sessionToken } = keys;
    return {
      service: 's3',
      region,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === null ? {} : { sessionToken }),
      cache: derived.cache,
    };
  }

  return {
    async linkTo(location) {
      const place = parseObject(location);
      if (typeof place === 'string' || !isAllowed(location)) throw notAllowed();
      const region = await regionOf(place.bucket);
      const url = addressOf(place, region, settings);
      if (settings.isAnonymous) return { url, expiresAt: Infinity };
      const keys = await findKeys();
      const asked = Date.now();
      const signer = new AwsV4Signer({
        ...signing(keys, region),
        url: `${url}?X-Amz-Expires=${LINK_SECONDS}`,
        signQuery: true,
      });
      const signed = await signer.sign();
      return { url: signed.url.href, expiresAt: Math.min(asked + LINK_SECONDS * 1000, keys.expiresAt) };
    },

    async listRequest({ bucket, key: prefix }, query) {
      const region = await regionOf(bucket);
      const search = Object.entries({ ...query, prefix }).map(([name, value]) => `${name}=${coded(value)}`);
      const url = `${addressOf({ bucket, key: '' }, region, settings)}?${search.join('&')}`;
      if (settings.isAnonymous) return { url, headers: new Headers() };
      // In headers: in the query, spaces of the prefix would become plus signs, which not all stores read as spaces.
      const { headers } = await new AwsV4Signer({ ...signing(await findKeys(), region), url }).sign();
      return { url, headers };
    },
  };
}

/** Where nothing is configured. */
export const NO_OBJECTS: ObjectLinks = {
  linkTo: () => Promise.reject(notAllowed()),
};

function notAllowed(): GeoTiffError {
  return new GeoTiffError('geotiff/source-unavailable', 'it is under none of the allowed buckets');
}
