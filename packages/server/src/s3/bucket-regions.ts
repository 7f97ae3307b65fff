import { addressOf, DEFAULT_REGION } from './bucket-address.ts';
import type { S3Settings } from './s3-settings.ts';

/** Where each bucket is. */
export type RegionOf = (bucket: string) => Promise<string>;

const PATIENCE_MS = 5000;

/**
 * Amazon's buckets are each in a region of their own, which signatures name; S3 tells it of any bucket to anybody, with
 * whatever status (S3 API Reference, HeadBucket: `x-amz-bucket-region`). Other stores have one region.
 */
export function createRegionLookup(settings: S3Settings, fetch: typeof globalThis.fetch = globalThis.fetch): RegionOf {
  const region = settings.region ?? DEFAULT_REGION;
  if (settings.endpoint !== null) return () => Promise.resolve(region);
  const known = new Map<string, Promise<string>>();

  async function ask(bucket: string): Promise<string> {
    try {
      const response = await fetch(addressOf({ bucket, key: '' }, region, settings), {
        method: 'HEAD',
        redirect: 'manual',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const told = response.headers.get('x-amz-bucket-region');
      if (told !== null) return told;
    } catch {
      // Reading will tell that nobody answers.
    }
    // Not said: asked again next time.
    known.delete(bucket);
    return region;
  }

  return (bucket) => {
    const found = known.get(bucket) ?? ask(bucket);
    known.set(bucket, found);
    return found;
  };
}
