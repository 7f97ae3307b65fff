import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { fileSource, type Source } from '@inlay/geotiff';

/**
 * A source for reading the headers of many local files, one after the other: it reads synchronously, which takes a
 * third of the time that as many small reads take through the thread pool. Whoever reads thousands this way has to
 * let other work through now and then.
 *
 * @throws GeoTiffError `geotiff/source-unavailable`
 */
export async function headerSource(path: string): Promise<Source> {
  const descriptor = openOrNull(path);
  // Opening it again tells why it cannot be opened.
  if (descriptor === null) return fileSource(path);
  const facts = fstatSync(descriptor);
  if (!facts.isFile()) {
    closeSync(descriptor);
    return fileSource(path);
  }
  let isOpen = true;
  return {
    name: basename(path),
    size: facts.size,
    async fetch(offset, length, options) {
      options?.signal?.throwIfAborted();
      const bytes = new Uint8Array(Math.max(0, Math.min(length, facts.size - offset)));
      const filled = readSync(descriptor, bytes, 0, bytes.length, offset);
      return filled === bytes.length ? bytes.buffer : bytes.slice(0, filled).buffer;
    },
    async close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    // The caller finds out why.
    return null;
  }
}
