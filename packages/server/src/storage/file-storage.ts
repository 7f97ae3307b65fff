import { randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, opendir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { meter } from './metered.ts';
import { checkKey, type ListedObject, resolveRange, type Storage, type StoredObject } from './storage.ts';
import { explainFull, StorageError } from './storage-error.ts';

/** Where objects are written before they get their names. No key can name it: segments do not start with a dot. */
const TEMPORARY = '.tmp';

/** Objects as files under one folder, the key being the path below it. @param root absolute; created if needed */
export function createFileStorage(root: string): Storage {
  const temporary = join(root, TEMPORARY);
  mkdirSync(temporary, { recursive: true, mode: 0o700 });

  function pathOf(key: string): string {
    checkKey(key);
    return join(root, ...key.split('/'));
  }

  return {
    async put(key, body, options = {}) {
      const path = pathOf(key);
      const draft = join(temporary, randomUUID());
      const metered = meter(body, options);
      try {
        await writeDurably(draft, metered.chunks);
        options.signal?.throwIfAborted();
        await moveDurably(draft, path);
        return metered.result();
      } catch (error) {
        await rm(draft, { force: true });
        throw explainFull(error);
      }
    },

    async putFile(key, source, options = {}) {
      const path = pathOf(key);
      const { dev } = await stat(source);
      if (dev !== (await stat(root)).dev) {
        const stored = await this.put(key, createReadStream(source), options);
        await rm(source);
        return stored;
      }
      const metered = meter(createReadStream(source), options);
      for await (const chunk of metered.chunks) void chunk; // hashed as it passes
      await syncFile(source);
      await chmod(source, 0o600);
      options.signal?.throwIfAborted();
      await moveDurably(source, path);
      return metered.result();
    },

    async get(key, options = {}) {
      const handle = await openToRead(pathOf(key), key);
      try {
        const range = resolveRange((await handle.stat()).size, options);
        if (range === null) {
          await handle.close();
          return Readable.from([]);
        }
        const [start, end] = range;
        // The open handle keeps the version that was measured, should the key be replaced while it is sent.
        return handle.createReadStream({
          start,
          end,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
      } catch (error) {
        await handle.close();
        throw error;
      }
    },

    async stat(key) {
      return await statObject(pathOf(key));
    },

    async delete(key) {
      await rm(pathOf(key), { force: true });
    },

    list: (prefix) => listBelow(root, prefix),

    localPath: (key) => pathOf(key),

    async sweepTemporary(olderThanMs) {
      for await (const entry of await opendir(temporary)) {
        const path = join(temporary, entry.name);
        const found = await statObject(path); // null: it got its name just now, or was given up
        if (found !== null && Date.now() - found.modifiedAt.getTime() >= olderThanMs) await rm(path, { force: true });
      }
    },

    freeBytes: () => freeBytesAt(root),
  };
}

/** Bytes that this process may still write to the file system that holds `folder`. */
export async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function writeDurably(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function moveDurably(from: string, to: string): Promise<void> {
  const created = await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await rename(from, to);
  await syncFolders(dirname(to), created === undefined ? dirname(to) : dirname(created));
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes new names last: fsync(2) of a file does not cover the folder's entry for it. */
async function syncFolders(folder: string, upTo: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  for (let current = folder; ; current = dirname(current)) {
    const handle = await open(current);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (current === upTo || current === dirname(current)) return;
  }
}

async function openToRead(path: string, key: string): Promise<FileHandle> {
  try {
    const handle = await open(path);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  throw new StorageError('storage/not-found', `There is no object ${key}.`, { details: { key } });
}

async function statObject(path: string): Promise<StoredObject | null> {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) return null;
    return {
      bytes: Number(found.size),
      modifiedAt: new Date(Number(found.mtimeMs)),
      etag: [found.ino, found.size, found.mtimeNs].map((part) => part.toString(36)).join('-'),
    };
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** ENOTDIR: a part of the key that would be a folder is an object. */
function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function* listBelow(root: string, prefix: string): AsyncGenerator<ListedObject> {
  const folderPart = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (folderPart !== '') checkKey(folderPart.slice(0, -1));
  yield* walk(join(root, ...folderPart.split('/')));

  async function* walk(folder: string): AsyncGenerator<ListedObject> {
    let entries;
    try {
      entries = await opendir(folder);
    } catch (error) {
      if (isAbsent(error)) return;
      throw error;
    }
    for await (const entry of entries) {
      const path = join(folder, entry.name);
      const key = relative(root, path).split(sep).join('/');
      if (key === TEMPORARY || !(key.startsWith(prefix) || prefix.startsWith(`${key}/`))) continue;
      if (entry.isDirectory()) yield* walk(path);
      if (!entry.isFile()) continue;
      const found = await statObject(path);
      if (found !== null) yield { key, bytes: found.bytes, modifiedAt: found.modifiedAt };
    }
  }
}
