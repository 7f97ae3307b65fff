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

/**
 * Removes what jobs that were killed have left, where nothing was written for `olderThanMs`.
 *
 * @param workedOn which of these jobs are being worked on, in whatever process: their folders stay, whatever their age
 */
export async function sweepScratch(
  scratchDir: string,
  olderThanMs: number,
  workedOn: (jobIds: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<void> {
  await mkdir(scratchDir, { recursive: true, mode: 0o700 });
  const names = await readdir(scratchDir);
  const jobIds = names.flatMap((name) => jobIdOf(name) ?? []);
  // Asked after the folders were listed: whoever made one had its job by then.
  const inUse = jobIds.length === 0 ? new Set<string>() : await workedOn(jobIds);
  for (const name of names) {
    const folder = join(scratchDir, name);
    if (inUse.has(jobIdOf(name) ?? '')) continue;
    if (Date.now() - (await lastWriteIn(folder)) >= olderThanMs) await removeFolder(folder);
  }
}

/** Whose folder it is, as {@link inScratch} names it. */
function jobIdOf(name: string): string | null {
  return /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d+$/.exec(name)?.[1] ?? null;
}

/** When something was last written there, in ms since 1970; infinitely late where another process has removed it. */
async function lastWriteIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []); // a file has none, and what is gone is told by its own time
  const times = await Promise.all(
    [folder, ...names.map((name) => join(folder, name))].map(async (path) => {
      const found = await stat(path).catch(() => null);
      return found?.mtimeMs ?? (path === folder ? Infinity : 0);
    }),
  );
  return Math.max(...times);
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
