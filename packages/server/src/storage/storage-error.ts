import { CodedError } from '@inlay/geo';

export type StorageErrorCode =
  /** A key that is not one: see {@link checkKey} in storage.ts. */
  | 'storage/invalid-key'
  | 'storage/not-found'
  /** A range that begins behind the object's end. */
  | 'storage/invalid-range'
  /** More bytes came than `maxBytes` allows. `details.maxBytes` is that limit. */
  | 'storage/too-large'
  /** No space is left, or the quota is used up. */
  | 'storage/full';

export class StorageError extends CodedError<StorageErrorCode> {}

/** What Node reports for a full disk, an exceeded quota and a full memory file system. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** The same error, or `storage/full` where that is what a file system's error means. */
export function explainFull(error: unknown): unknown {
  if (!FULL.has(String((error as { code?: unknown } | null)?.code))) return error;
  return new StorageError('storage/full', 'No space is left to store this: make room, or store less.', {
    cause: error,
  });
}
