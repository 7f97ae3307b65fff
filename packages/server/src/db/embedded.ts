import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PoolConfig } from 'pg';
import { DatabaseError, type DatabaseErrorCode } from './database-error.ts';
import { SOCKET_NAME } from './embedded-connections.ts';
import type { EmbeddedCommand, EmbeddedEvent, EmbeddedWorkerData, Endpoint, Listening } from './embedded-worker.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';

/** PostgreSQL inside this process: PGlite in a thread, its files in `<data folder>/database`. */
export interface EmbeddedDatabase {
  /** How `pg` connects. All connections share one session: no `SET`, temporary tables, session-level locks or LISTEN. */
  readonly connection: PoolConfig;
  /** As `SHOW server_version` gives it. */
  readonly serverVersion: string;
  /** Resolves when the engine has ended: with the reason, or with null after {@link close}. */
  readonly ended: Promise<DatabaseError | null>;
  /** Rolls back what is open, writes everything to disk and unlocks the folder. Close the pool first. */
  close(): Promise<void>;
}

/** The major version whose files the installed PGlite reads and writes. */
export const POSTGRES_MAJOR = '18';

/** An empty database takes 40 MB; less than this is not worth starting with. */
const LEAST_FREE_BYTES = 64 * 1024 ** 2;

/** `sun_path` of unix(7) holds 108 bytes on Linux and 104 on macOS, the terminating zero included. */
const MAX_SOCKET_PATH_BYTES = 100;

/**
 * Opens the database of a data folder, creating both where they do not exist. The folder is locked until it is closed.
 *
 * @throws DatabaseError
 */
export async function startEmbeddedDatabase(options: {
  readonly dataDir: string;
  readonly signal?: AbortSignal;
}): Promise<EmbeddedDatabase> {
  const { dataDir, signal } = options;
  signal?.throwIfAborted();
  const databaseFolder = join(dataDir, 'database');
  const socketFolder = join(dataDir, 'run');
  await prepareFolders(dataDir, socketFolder);
  const lock = await lockFolder(dataDir);
  try {
    const finishCreation = await prepareDatabaseFolder(dataDir, databaseFolder);
    const engine = await startEngine({ databaseFolder, endpoints: endpointsIn(socketFolder) }, signal);
    await finishCreation();
    const unlocked = unlockAfter(engine.ended, lock);
    return {
      connection: connectionTo(engine.at),
      serverVersion: engine.serverVersion,
      ended: unlocked,
      async close() {
        engine.close();
        const reason = await unlocked;
        if (reason !== null) throw reason;
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function unlockAfter(ended: Engine['ended'], lock: FolderLock): Engine['ended'] {
  const reason = await ended;
  await lock.release();
  return reason;
}

async function prepareFolders(dataDir: string, socketFolder: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await mkdir(socketFolder, { recursive: true, mode: 0o700 });
    await chmod(socketFolder, 0o700); // its mode is all that keeps other users of the machine from the database
  } catch (cause) {
    throw fileSystemError(cause);
  }
  const { bavail, bsize } = await statfs(dataDir);
  if (bavail * bsize < LEAST_FREE_BYTES) {
    const freeMb = Math.floor((bavail * bsize) / 1e6);
    throw new DatabaseError('database/disk-full', `Only ${freeMb} MB are free where the data folder is: make room.`);
  }
}

/**
 * Sees that the database folder is PostgreSQL's or new. A creation that was interrupted is started again, told by a
 * marker beside the folder: PostgreSQL's files are copied one by one, and half of them would never open.
 *
 * @returns to be called once the database has opened
 */
async function prepareDatabaseFolder(dataDir: string, databaseFolder: string): Promise<() => Promise<void>> {
  const marker = join(dataDir, 'database.creating');
  try {
    if (await exists(marker)) await rm(databaseFolder, { recursive: true, force: true });
    const version = await readVersion(databaseFolder);
    if (version === POSTGRES_MAJOR) return async () => undefined;
    if (version !== null) {
      throw new DatabaseError(
        'database/version-mismatch',
        `The data folder was written by PostgreSQL ${version}, this version of Inlay reads ${POSTGRES_MAJOR}. ` +
          'Start it with the Inlay that wrote it, or set INLAY_DATA_DIR to another folder.',
        { details: { found: version, expected: POSTGRES_MAJOR } },
      );
    }
    await writeFile(marker, '', { mode: 0o600 });
    await mkdir(databaseFolder, { recursive: true, mode: 0o700 });
    return () => rm(marker);
  } catch (cause) {
    throw cause instanceof DatabaseError ? cause : fileSystemError(cause);
  }
}

async function exists(file: string): Promise<boolean> {
  return (await readIfThere(file)) !== null;
}

async function readVersion(databaseFolder: string): Promise<string | null> {
  return (await readIfThere(join(databaseFolder, 'PG_VERSION')))?.trim() ?? null;
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function endpointsIn(socketFolder: string): Endpoint[] {
  const loopback: Endpoint = { kind: 'loopback', password: randomBytes(32).toString('base64url') };
  if (process.platform === 'win32') return [loopback];
  const path = join(socketFolder, SOCKET_NAME);
  const beside: Endpoint[] = Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES ? [{ kind: 'socket', path }] : [];
  return [...beside, { kind: 'temporary-socket' }, loopback];
}

function connectionTo(at: Listening): PoolConfig {
  // Every field is set: `pg` would fill in what is missing from PGHOST, PGSSLMODE and the like.
  const shared = { user: 'postgres', database: 'postgres', ssl: false };
  return 'folder' in at
    ? { ...shared, host: at.folder, port: 5432, password: '' }
    : { ...shared, host: '127.0.0.1', port: at.port, password: at.password };
}

interface Engine {
  readonly at: Listening;
  readonly serverVersion: string;
  readonly ended: Promise<DatabaseError | null>;
  close(): void;
}

async function startEngine(workerData: EmbeddedWorkerData, signal: AbortSignal | undefined): Promise<Engine> {
  const worker = new Worker(siblingModule('embedded-worker'), { workerData, name: 'inlay-database' });
  let lastWord: EmbeddedEvent | null = null;
  worker.on('message', (event: EmbeddedEvent) => {
    lastWord = event;
  });
  let crash: unknown = null;
  worker.on('error', (error) => {
    crash = error;
  });
  const ended = once(worker, 'exit').then(() => {
    if (lastWord?.type === 'closed') return null;
    return lastWord?.type === 'failed'
      ? engineError(lastWord)
      : engineError({ message: 'its thread ended', code: null, cause: crash });
  });

  const listening = new Promise<Extract<EmbeddedEvent, { type: 'listening' }>>((resolve) => {
    worker.on('message', (event: EmbeddedEvent) => {
      if (event.type === 'listening') resolve(event);
    });
  });
  const abort = (): void => void worker.terminate();
  signal?.addEventListener('abort', abort, { once: true });
  const first = await Promise.race([listening, ended]);
  signal?.removeEventListener('abort', abort);
  signal?.throwIfAborted();
  if (first === null || first instanceof DatabaseError) throw first ?? engineError({ message: 'closed', code: null });
  return {
    at: first.at,
    serverVersion: first.serverVersion,
    ended,
    close() {
      worker.postMessage('close' satisfies EmbeddedCommand);
    },
  };
}

/** What an operator can put right has a code of its own: told by Node's code, or by PostgreSQL's text. */
function engineError(failure: { message: string; code: string | null; cause?: unknown }): DatabaseError {
  const known = failure.code === null ? null : FILE_SYSTEM_CODES[failure.code];
  if (known != null) return fileSystemError(failure);
  if (/no space left on device/i.test(failure.message)) return fileSystemError({ code: 'ENOSPC' });
  return new DatabaseError('database/engine-failed', `The embedded database failed: ${failure.message}`, {
    cause: failure.cause,
  });
}

const FILE_SYSTEM_CODES: Readonly<Record<string, DatabaseErrorCode>> = {
  ENOSPC: 'database/disk-full',
  EDQUOT: 'database/disk-full',
  EACCES: 'database/not-writable',
  EPERM: 'database/not-writable',
  EROFS: 'database/not-writable',
  ENOTDIR: 'database/not-writable',
  EEXIST: 'database/not-writable',
};

function fileSystemError(cause: unknown): DatabaseError {
  const systemCode = String((cause as { code?: unknown }).code);
  const code = FILE_SYSTEM_CODES[systemCode] ?? 'database/engine-failed';
  const text = {
    'database/disk-full': 'No space is left where the data folder is: make room.',
    'database/not-writable': 'The data folder cannot be written: check INLAY_DATA_DIR, and who owns the folder.',
  }[code as string];
  return new DatabaseError(code, `${text ?? 'The data folder cannot be used'} (${systemCode})`, { cause });
}

/** The URL of a module beside this one: `.ts` in the repository, `.js` once compiled. */
function siblingModule(name: string): URL {
  return new URL(`./${name}${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);
}
