import { GeoTiffError } from '@inlay/geotiff';
import type { AccessKeys, S3Settings } from './s3-settings.ts';

/** Keys and how long they are good for, in milliseconds since 1970. */
export interface LentKeys extends AccessKeys {
  readonly expiresAt: number;
}

/**
 * Where keys come from: the operator's variables, else what Amazon's tools look through (profiles, single sign-on, web
 * identity, the container's or the machine's role), which is loaded when it is first needed, and asks anew when keys are
 * about to expire.
 *
 * @returns a function that @throws GeoTiffError `geotiff/source-unavailable` where there are none
 */
export function createKeyFinder({ keys }: Pick<S3Settings, 'keys'>): () => Promise<LentKeys> {
  if (keys !== null) return () => Promise.resolve({ ...keys, expiresAt: Infinity });
  let chain: Promise<() => Promise<LentKeys>> | null = null;
  return async () => {
    chain ??= loadChain();
    try {
      return await (
        await chain
      )();
    } catch (cause) {
      throw new GeoTiffError(
        'geotiff/source-unavailable',
        'objects cannot be read: this server has no AWS credentials. The operator sets AWS_ACCESS_KEY_ID and ' +
          'AWS_SECRET_ACCESS_KEY, a profile or a role; or AWS_NO_SIGN_REQUEST=YES for public buckets',
        { cause },
      );
    }
  };
}

async function loadChain(): Promise<() => Promise<LentKeys>> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const provide = defaultProvider();
  return async () => {
    const { accessKeyId, secretAccessKey, sessionToken = null, expiration } = await provide();
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt: expiration?.getTime() ?? Infinity };
  };
}
