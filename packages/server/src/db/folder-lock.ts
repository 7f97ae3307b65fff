import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseError } from './database-error.ts';

/** Keeps other processes out of a data folder until {@link FolderLock.release}, or until this process ends. */
export interface FolderLock {
  release(): Promise<void>;
}

const SQLITE_BUSY = 5; // sqlite.org/rescode.html#busy

/**
 * Locks a data folder for this process.
 *
 * The lock is the operating system's own (fcntl or LockFileEx, taken through SQLite because Node has no call for
 * either): the kernel lets go of it the moment the process dies, however it dies, so there is no stale lock to
 * recognise. A file with a process id in it could not tell containers apart, each of which has its own process 1.
 *
 * @throws DatabaseError `database/in-use`
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const holderFile = join(folder, 'lock.pid');
  const lock = new DatabaseSync(join(folder, 'lock'));
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'); // nothing is written, so no journal file either
  } catch (cause) {
    lock.close();
    if ((cause as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw cause;
    const pid = await readHolder(holderFile);
    throw new DatabaseError(
      'database/in-use',
      `The data folder is in use by ${pid === null ? 'another process' : `process ${pid}`}. Stop that one first, or set ` +
        'INLAY_DATA_DIR to another folder. Several servers share one catalogue through INLAY_DATABASE_URL.',
      { details: pid === null ? {} : { pid }, cause },
    );
  }
  // Only for the message above; who holds the lock is the kernel's knowledge.
  await writeFile(holderFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    async release() {
      await rm(holderFile, { force: true });
      lock.close();
    },
  };
}

async function readHolder(file: string): Promise<number | null> {
  try {
    const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
    return Number.isSafeInteger(pid) ? pid : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
