import type { Readable } from 'node:stream';
import { StorageError } from './storage-error.ts';

/** Facts of a stored object. */
export interface StoredObject {
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Differs whenever the content may differ: what goes between the quotes of a strong entity tag (RFC 9110, 8.8.1). */
  readonly etag: string;
}

/** One entry of {@link Storage.list}. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/** Bytes of an object, 0-based, both ends included as in HTTP. Left out: from the start, to the end. */
export interface ByteRange {
  readonly start?: number;
  readonly end?: number;
}

/**
 * Where rasters, virtual rasters and thumbnails are kept. Keys are made by us, look like `quicklooks/<id>/1.png`, and
 * no key is the folder of another. An object appears whole or not at all.
 */
export interface Storage {
  /**
   * Stores what `body` yields, in place of what was there. Whoever reads the former object meanwhile reads it to its
   * end; of two writers the later to finish wins. When this fails or is aborted, nothing changes and nothing is left.
   *
   * @returns how much was stored, and its SHA-256 in hexadecimal
   * @throws StorageError `storage/too-large` beyond `maxBytes`, `storage/full`
   */
  put(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: { readonly signal?: AbortSignal; readonly maxBytes?: number },
  ): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /**
   * Stores a file of this machine, which is gone afterwards: moved rather than copied where that is possible. All that
   * {@link put} promises holds here too.
   */
  putFile(
    key: string,
    path: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /**
   * An object's bytes, or those of a range, an `end` behind the object's meaning its end. They are of one version even
   * if the key is replaced meanwhile.
   *
   * @throws StorageError `storage/not-found`, `storage/invalid-range`
   */
  get(key: string, options?: ByteRange & { readonly signal?: AbortSignal }): Promise<Readable>;
  /** Null where there is no such object. */
  stat(key: string): Promise<StoredObject | null>;
  /** Also succeeds where there is no such object. */
  delete(key: string): Promise<void>;
  /** Every object whose key starts with `prefix` (a string, not a pattern), in no particular order. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Where GDAL on this machine finds the object, or null where it is no local file. Does not look whether it exists. */
  localPath(key: string): string | null;
  /**
   * Removes what interrupted writes left behind, if it is older than `olderThanMs`; younger ones may belong to another
   * process that shares the storage.
   */
  sweepTemporary(olderThanMs: number): Promise<void>;
  /** How much can still be stored; Infinity where nobody knows. */
  freeBytes(): Promise<number>;
}

const MAX_KEY_LENGTH = 512;
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/**
 * Refuses every key that is not `segment/segment/...` of letters, digits, `.`, `_` and `-`, no segment starting with a
 * dot: no `..`, absolute path, empty segment, backslash, NUL, `://`. `/vsi...` would be absolute.
 *
 * @throws StorageError `storage/invalid-key`
 */
export function checkKey(key: string): void {
  if (key.length > MAX_KEY_LENGTH || !key.split('/').every((segment) => SEGMENT.test(segment))) {
    throw new StorageError('storage/invalid-key', `${JSON.stringify(key.slice(0, 80))} is not a storage key`);
  }
}

/** A range as first and last byte of an object, or null where nothing of it is left to read. @throws StorageError */
export function resolveRange(bytes: number, { start = 0, end = Infinity }: ByteRange): [number, number] | null {
  if (start < 0 || start > bytes || end < start - 1) {
    throw new StorageError('storage/invalid-range', `bytes ${start} to ${end} are not in an object of ${bytes}`);
  }
  const last = Math.min(end, bytes - 1);
  return last < start ? null : [start, last];
}
