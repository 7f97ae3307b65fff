import { fileSource, httpSource, localRasterFiles, type RasterFiles, singleFile, type Source } from '@inlay/geotiff';
import type { Storage } from '../storage/storage.ts';
import { isUrl } from './source-state.ts';

/**
 * A stored raster as the reader wants it: by its path where the storage has one, else by ranges.
 *
 * @param name what messages call it, in place of its key
 */
export async function storedRasterFiles(storage: Storage, key: string, name: string): Promise<RasterFiles> {
  const path = storage.localPath(key);
  return singleFile(path === null ? await storageSource(storage, key, name) : { ...(await fileSource(path)), name });
}

async function storageSource(storage: Storage, key: string, name: string): Promise<Source> {
  const found = await storage.stat(key);
  const size = found?.bytes ?? 0;
  return {
    name,
    size,
    async fetch(offset, length, options) {
      const end = Math.min(offset + length, size);
      if (offset >= end) return new ArrayBuffer(0);
      const bytes = new Uint8Array(end - offset);
      let filled = 0;
      const range = {
        start: offset,
        end: end - 1,
        ...(options?.signal === undefined ? {} : { signal: options.signal }),
      };
      for await (const chunk of await storage.get(key, range)) {
        bytes.set(chunk as Uint8Array, filled);
        filled += (chunk as Uint8Array).byteLength;
      }
      return bytes.buffer;
    },
    close: () => Promise.resolve(),
  };
}

/** A registered raster as the reader wants it. The caller has made sure that the place may be read. */
export async function locationFiles(location: string): Promise<RasterFiles> {
  // No redirects: an allowed URL must not lead to one that is not.
  return isUrl(location) ? singleFile(httpSource(location)) : await localRasterFiles(location);
}
