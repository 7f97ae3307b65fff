import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { meter } from './metered.ts';
import { checkKey, resolveRange, type Storage, type StoredObject } from './storage.ts';
import { StorageError } from './storage-error.ts';

/** Objects in memory, for tests; gone with the process. */
export function createMemoryStorage(): Storage {
  const objects = new Map<string, StoredObject & { readonly content: Uint8Array }>();

  return {
    async put(key, body, options = {}) {
      checkKey(key);
      const metered = meter(body, options);
      const chunks: Uint8Array[] = [];
      for await (const chunk of metered.chunks) chunks.push(Uint8Array.from(chunk));
      options.signal?.throwIfAborted();
      const content = Buffer.concat(chunks);
      objects.set(key, { content, bytes: content.length, modifiedAt: new Date(), etag: randomUUID() });
      return metered.result();
    },

    async putFile(key, path, options) {
      const stored = await this.put(key, createReadStream(path), options);
      await rm(path);
      return stored;
    },

    async get(key, options = {}) {
      checkKey(key);
      const object = objects.get(key);
      if (object === undefined) {
        throw new StorageError('storage/not-found', `There is no object ${key}.`, { details: { key } });
      }
      const range = resolveRange(object.bytes, options);
      const chunks = range === null ? [] : [object.content.subarray(range[0], range[1] + 1)];
      return Readable.from(chunks, options.signal === undefined ? {} : { signal: options.signal });
    },

    async stat(key) {
      checkKey(key);
      const object = objects.get(key);
      return object === undefined ? null : { bytes: object.bytes, modifiedAt: object.modifiedAt, etag: object.etag };
    },

    async delete(key) {
      checkKey(key);
      objects.delete(key);
    },

    async *list(prefix) {
      const folderPart = prefix.slice(0, prefix.lastIndexOf('/'));
      if (folderPart !== '') checkKey(folderPart);
      for (const [key, { bytes, modifiedAt }] of objects) {
        if (key.startsWith(prefix)) yield { key, bytes, modifiedAt };
      }
    },

    localPath(key) {
      checkKey(key);
      return null;
    },

    async sweepTemporary() {},

    async freeBytes() {
      return Infinity;
    },
  };
}
