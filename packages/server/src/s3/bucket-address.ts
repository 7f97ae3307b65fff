import { codedKey, type ObjectPlace } from './object-place.ts';
import type { S3Settings } from './s3-settings.ts';

/** The region of stores that have none, and of requests to Amazon that name none. */
export const DEFAULT_REGION = 'us-east-1';

/**
 * The unsigned URL of an object, or of a bucket where the key is empty. The bucket is part of the host, or of the path
 * where the operator says so, and where a certificate for `*.s3.region.amazonaws.com` would not cover it (S3 User Guide,
 * "Virtual hosting of buckets").
 */
export function addressOf(
  { bucket, key }: ObjectPlace,
  region: string,
  { endpoint, isPathStyle }: Pick<S3Settings, 'endpoint' | 'isPathStyle'>,
): string {
  const base = new URL(endpoint ?? `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
  const folder = base.pathname.replace(/\/+$/, '');
  const isInPath = isPathStyle || (bucket.includes('.') && base.protocol === 'https:');
  if (!isInPath) return `${base.protocol}//${bucket}.${base.host}${folder}/${codedKey(key)}`;
  // A bucket by itself has no slash behind it: some stores sign it without one.
  return `${base.origin}${folder}/${bucket}${key === '' ? '' : `/${codedKey(key)}`}`;
}
