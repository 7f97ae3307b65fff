import type { Storage } from './storage.ts';

/** An object's bytes: of those that are small. @throws StorageError `storage/not-found` */
export async function readAll(storage: Pick<Storage, 'get'>, key: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await storage.get(key)) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
