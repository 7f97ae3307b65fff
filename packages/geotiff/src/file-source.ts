import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { GeoTiffError } from './error.ts';
import type { Source } from './source.ts';

/**
 * A source over a local file, held open until `close`.
 * @throws GeoTiffError `geotiff/source-unavailable` when the file cannot be opened or is a folder.
 */
export async function fileSource(path: string): Promise<Source> {
  const name = basename(path);
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw unavailable(name, cause);
  });
  const facts = await handle.stat();
  if (!facts.isFile()) {
    await handle.close();
    throw new GeoTiffError('geotiff/source-unavailable', `${name} is not a file`, { details: { source: name } });
  }

  let closing: Promise<void> | null = null;
  return {
    name,
    size: facts.size,
    async fetch(offset, length, options) {
      options?.signal?.throwIfAborted();
      const wanted = Math.max(0, Math.min(length, facts.size - offset));
      // Not zeroed, which would cost a quarter of the time: every byte is read, or none is returned.
      const bytes = Buffer.allocUnsafeSlow(wanted);
      let filled = 0;
      while (filled < wanted) {
        const { bytesRead } = await handle.read(bytes, filled, wanted - filled, offset + filled).catch((cause) => {
          throw unavailable(name, cause);
        });
        // The file shrank after it was opened.
        if (bytesRead === 0) throw changed(name);
        filled += bytesRead;
      }
      options?.signal?.throwIfAborted();
      return bytes.buffer;
    },
    close() {
      closing ??= handle.close();
      return closing;
    },
  };
}

/** Node's own message would repeat the absolute path; the code of the system error says enough. */
function unavailable(name: string, cause: unknown): GeoTiffError {
  const system = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  const reason = SYSTEM_ERRORS[system] ?? `cannot be read (${system})`;
  return new GeoTiffError('geotiff/source-unavailable', `${name} ${reason}`, {
    details: { source: name, system },
    cause,
  });
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this process',
  EPERM: 'may not be read by this process',
  EISDIR: 'is not a file',
  EMFILE: 'cannot be opened: too many files are open',
  EBADF: 'was closed while it was being read',
};

function changed(name: string): GeoTiffError {
  return new GeoTiffError('geotiff/source-changed', `${name} was shortened while it was being read`, {
    details: { source: name },
  });
}
