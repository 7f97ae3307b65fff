import { once } from 'node:events';
import { type Stats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

/** What files are now, in columns by their place in the list. */
export interface FileStates {
  /** {@link ABSENT} where there is no such file, or none that may be read. */
  readonly bytes: Float64Array<ArrayBuffer>;
  /** Milliseconds since 1970, whole; {@link ABSENT} likewise. */
  readonly modifiedMs: Float64Array<ArrayBuffer>;
  /** 1 where the system does not let us know whether there is one: absent as well. */
  readonly denied: Uint8Array<ArrayBuffer>;
}

export const ABSENT: number = -1;

/** From so many files on, a thread that looks at one after the other is quicker than many looks at once. */
const THREAD_FROM = 500;

/** A folder on a network can take long over thousands of files, but not for ever. */
const PATIENCE_MS = 60_000;

/**
 * Sizes and times of many files. Node hands every asynchronous look to its thread pool and back: 25 µs a file where
 * the look itself takes 3. One that is stuck holds up a thread that nothing else waits for.
 *
 * @param options.threadFrom from so many files on in a thread of their own; 1 where the files may be on a network that hangs
 * @throws Error where files cannot be looked at for another reason than not being there, or not in time
 */
export async function statFiles(
  paths: readonly string[],
  signal?: AbortSignal,
  { threadFrom = THREAD_FROM }: { readonly threadFrom?: number } = {},
): Promise<FileStates> {
  return paths.length < threadFrom ? await statEach(paths) : await statInThread(paths, signal);
}

/**
 * {@link statFiles} without letting go of the thread: for threads that have nothing better to do, to whom a look costs a
 * twentieth of handing it to another and coming back.
 */
export function statFilesHere(paths: readonly string[]): FileStates {
  const states = unknownStates(paths.length);
  for (const [index, path] of paths.entries()) {
    try {
      take(states, index, statSync(path));
    } catch (error) {
      takeError(states, index, error);
    }
  }
  return states;
}

async function statEach(paths: readonly string[]): Promise<FileStates> {
  const states = unknownStates(paths.length);
  await Promise.all(
    paths.map(async (path, index) => {
      try {
        take(states, index, await stat(path));
      } catch (error) {
        takeError(states, index, error);
      }
    }),
  );
  return states;
}

function unknownStates(count: number): FileStates {
  return {
    bytes: new Float64Array(count).fill(ABSENT),
    modifiedMs: new Float64Array(count).fill(ABSENT),
    denied: new Uint8Array(count),
  };
}

function take({ bytes, modifiedMs }: FileStates, index: number, found: Stats): void {
  if (!found.isFile()) return;
  bytes[index] = found.size;
  modifiedMs[index] = found.mtime.getTime();
}

function takeError({ denied }: FileStates, index: number, error: unknown): void {
  if (!isAbsence(error)) throw error;
  denied[index] = isDenial(error) ? 1 : 0;
}

async function statInThread(paths: readonly string[], signal?: AbortSignal): Promise<FileStates> {
  const thread = new Worker(new URL('./stat-thread.ts', import.meta.url), { workerData: paths });
  // Of several failures one is told: `once` rejects with it, and a later one has nobody left to tell.
  thread.on('error', () => {});
  try {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const [states] = (await once(thread, 'message', {
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    })) as [FileStates];
    return states;
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`the states of ${paths.length} files could not be found out`, { cause: error });
  } finally {
    // Not awaited: a thread that hangs in a call to the system ends when that returns.
    void thread.terminate();
  }
}

/** Whether an error of stat(2) says that there is no such file, or none for us. */
export function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && UNREADABLE.has(code);
}

/** Whether such an error leaves open if the file is there. */
function isDenial(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== 'ENOENT' && code !== 'ENOTDIR';
}

const UNREADABLE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG']);
