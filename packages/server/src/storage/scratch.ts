import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytesAt } from './file-storage.ts';

// Folders of this machine where jobs write files before those are whole.

/** A folder for one attempt of a job, gone afterwards together with what earlier attempts on this machine left. */
export async function inScratch<T>(
  scratchDir: string,
  job: { readonly id: string; readonly attempt: number },
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await mkdir(scratchDir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(scratchDir)) if (name.startsWith(job.id)) await removeFolder(join(scratchDir, name));
  const folder = join(scratchDir, `${job.id}-${job.attempt}`);
  await mkdir(folder, { mode: 0o700 });
  try {
    return await work(folder);
  } finally {
    await removeFolder(folder);
  }
}

/** Retries, because whoever wrote there and was told to stop may still be writing. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Removes what jobs that were killed have left, if it is older than `olderThanMs`. */
export async function sweepScratch(scratchDir: string, olderThanMs: number): Promise<void> {
  await mkdir(scratchDir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(scratchDir)) {
    const folder = join(scratchDir, name);
    const found = await stat(folder).catch(() => null); // another process may have removed it just now
    if (found !== null && Date.now() - found.mtimeMs >= olderThanMs) await removeFolder(folder);
  }
}

/** Work stops before the disk is so full that the database beside it stops too. */
const LEAST_FREE_BYTES = 256 * 1024 ** 2;
const FREE_SPACE_CHECK_MS = 1000;

/** Aborts `signal` when the disk that holds a folder is nearly full. Call `stop` once. */
export function watchFreeSpace(folder: string): { readonly signal: AbortSignal; stop(): void } {
  const full = new AbortController();
  const timer = setInterval(() => {
    void freeBytesAt(folder).then(
      (free) => {
        if (free < LEAST_FREE_BYTES) full.abort();
      },
      // The work is over and its folder gone.
      () => undefined,
    );
  }, FREE_SPACE_CHECK_MS);
  return { signal: full.signal, stop: () => clearInterval(timer) };
}
