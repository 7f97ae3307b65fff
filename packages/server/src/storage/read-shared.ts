import type { Storage } from './storage.ts';

/** An object's bytes in memory that threads can share. @throws StorageError `storage/not-found` */
export async function readShared(storage: Storage, key: string): Promise<SharedArrayBuffer> {
  const found = await storage.stat(key);
  const shared = new SharedArrayBuffer(found?.bytes ?? 0);
  const bytes = new Uint8Array(shared);
  let filled = 0;
  for await (const chunk of await storage.get(key)) {
    bytes.set(chunk as Uint8Array, filled);
    filled += (chunk as Uint8Array).byteLength;
  }
  return shared;
}
