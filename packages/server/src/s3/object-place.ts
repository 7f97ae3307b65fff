/** An object of a bucket; the key is as S3 has it, not coded in any way, and empty for all of the bucket. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

const SCHEME = /^s3:\/\//i;

/** S3 User Guide, "General purpose bucket naming rules". */
const BUCKET = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** S3 User Guide, "Naming Amazon S3 objects": in UTF-8. */
const MAX_KEY_BYTES = 1024;

/** Whether a location names something in a bucket. */
export function isObject(location: string): boolean {
  return SCHEME.test(location);
}

/** What `s3://bucket/key` names, or why that cannot be asked for. */
export function parseObject(location: string): ObjectPlace | string {
  const [bucket = '', ...rest] = location.replace(SCHEME, '').split('/');
  const key = rest.join('/');
  if (!BUCKET.test(bucket)) return 'it does not begin with the name of a bucket';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `a key has at most ${MAX_KEY_BYTES} bytes`;
  // A URL could not name them (WHATWG URL, "double-dot path segment"): another object would be read.
  if (rest.some((part) => part === '.' || part === '..')) return 'a part of its key is "." or ".."';
  if (/\p{Cc}|\p{Cs}/u.test(key)) return 'its key has characters that cannot be written';
  return { bucket, key };
}

/** The one text that an object is stored and opened by. */
export function objectLocation({ bucket, key }: ObjectPlace): string {
  return `s3://${bucket}/${key}`;
}

/** A key as part of a URL: every byte coded but `A-Z a-z 0-9 - . _ ~ /` (S3 API Reference, "Signature Version 4"). */
export function codedKey(key: string): string {
  return key.split('/').map(coded).join('/');
}

/** A value as part of a URL's query, coded as {@link codedKey} codes, slashes as well. */
export function coded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
