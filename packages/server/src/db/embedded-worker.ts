import { fsyncSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { acceptConnections, type EmbeddedConnections, SOCKET_NAME } from './embedded-connections.ts';
import { maintain } from './embedded-maintenance.ts';
import type { BackendSession } from './session-sharing.ts';
import { emptyMessage } from './wire-messages.ts';

// The thread that PGlite computes in, so that a statement never stops the main thread's event loop.

/** Where the thread may listen; the first that works is taken. */
export type Endpoint =
  | { readonly kind: 'socket'; readonly path: string }
  /** In a folder of its own under the system's temporary one, for the short path and for file systems without sockets. */
  | { readonly kind: 'temporary-socket' }
  | { readonly kind: 'loopback'; readonly password: string };

export interface EmbeddedWorkerData {
  /** Where PostgreSQL's files are or will be. */
  readonly databaseFolder: string;
  readonly endpoints: readonly Endpoint[];
}

/** How clients reach the thread's server: a socket's folder, or a port on 127.0.0.1. */
export type Listening = { readonly folder: string } | { readonly port: number; readonly password: string };

/** From the thread. `failed` is its last word. */
export type EmbeddedEvent =
  | { readonly type: 'listening'; readonly at: Listening; readonly serverVersion: string }
  | { readonly type: 'failed'; readonly message: string; readonly code: string | null }
  | { readonly type: 'closed' };

/** To the thread. */
export type EmbeddedCommand = 'close';

const MAX_MESSAGE_BYTES = 512 * 1024 ** 2;
const IDLE_IN_TRANSACTION_MS = 30_000;
const MAINTENANCE_INTERVAL_MS = 10_000;

// PGlite's own defaults, but for the two about fsync: it starts with `-F`, and a commit would survive the death of
// the process but not of the machine. `wal_sync_method=fsync` because Emscripten implements fsync, not fdatasync.
const START_PARAMETERS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
];

/** PGlite's folder on disk, with an fsync that reaches the disk: Emscripten's NODEFS leaves that call out. */
class DurableFolder extends NodeFS {
  override async init(...parameters: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const initialised = await super.init(...parameters);
    initialised.emscriptenOpts.preRun = [
      ...(initialised.emscriptenOpts.preRun ?? []),
      (module: EmscriptenModule) => {
        module.FS.filesystems.NODEFS.stream_ops.fsync = ({ nfd }) => {
          if (nfd !== undefined) fsyncSync(nfd);
          return 0;
        };
      },
    ];
    return initialised;
  }
}

/** The part of Emscripten's module that is needed here; PGlite's types stop at `FS`. */
interface EmscriptenModule {
  readonly FS: {
    readonly filesystems: {
      readonly NODEFS: { readonly stream_ops: { fsync?: (stream: { nfd?: number }) => number } };
    };
  };
}

async function serve({ databaseFolder, endpoints }: EmbeddedWorkerData): Promise<void> {
  const db = await PGlite.create({
    fs: new DurableFolder(databaseFolder),
    startParams: START_PARAMETERS,
    onStderr: noteComplaint,
  });
  const { rows } = await db.query<{ server_version: string }>('SHOW server_version');
  const serverVersion = rows[0]?.server_version ?? '';
  const { connections, at, cleanUp } = await listen(db, serverVersion, endpoints);

  const maintenance = setInterval(() => {
    if (!connections.sharing.isIdle()) return;
    maintain(db, connections.sharing).catch(fail);
  }, MAINTENANCE_INTERVAL_MS);

  parentPort?.on('message', (command: EmbeddedCommand) => {
    if (command !== 'close') return;
    clearInterval(maintenance);
    close().then(() => {
      post({ type: 'closed' });
      parentPort?.close();
    }, fail);
  });
  post({ type: 'listening', at, serverVersion });

  async function close(): Promise<void> {
    await connections.close();
    await cleanUp();
    await db.exec('CHECKPOINT'); // what `close` leaves out; the next start has nothing to replay
    await db.close();
  }
}

interface Listener {
  readonly connections: EmbeddedConnections;
  readonly at: Listening;
  readonly cleanUp: () => Promise<void>;
}

async function listen(db: PGlite, serverVersion: string, endpoints: readonly Endpoint[]): Promise<Listener> {
  const refusals: unknown[] = [];
  for (const endpoint of endpoints) {
    const connections = acceptConnections(sessionOf(db), {
      password: endpoint.kind === 'loopback' ? endpoint.password : null,
      parameters: {
        server_version: serverVersion,
        server_encoding: 'UTF8',
        client_encoding: 'UTF8',
        DateStyle: 'ISO, MDY',
        TimeZone: 'UTC',
        integer_datetimes: 'on',
        standard_conforming_strings: 'on',
      },
      maxMessageBytes: MAX_MESSAGE_BYTES,
      idleInTransactionMs: IDLE_IN_TRANSACTION_MS,
    });
    const { server } = connections;
    try {
      if (endpoint.kind === 'loopback') {
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        return { connections, at: { port, password: endpoint.password }, cleanUp: async () => undefined };
      }
      const path =
        endpoint.kind === 'socket' ? endpoint.path : join(await mkdtemp(join(tmpdir(), 'inlay-')), SOCKET_NAME);
      await rm(path, { force: true }); // left by a process that was killed; the folder's lock says that it is gone
      server.listen(path);
      await once(server, 'listening');
      const folder = dirname(path);
      const isTemporary = endpoint.kind === 'temporary-socket';
      return {
        connections,
        at: { folder },
        cleanUp: () => rm(isTemporary ? folder : path, { recursive: true, force: true }),
      };
    } catch (error) {
      refusals.push(error);
    }
  }
  throw new AggregateError(refusals, 'no place to listen for the embedded database');
}

function sessionOf(db: PGlite): BackendSession {
  return {
    async run(messages, onOutput) {
      try {
        await db.execProtocolRawStream(messages, { syncToFs: false, onRawData: onOutput });
      } catch (error) {
        fail(error); // statements' errors are answers; what is thrown is the end of the engine
        throw error;
      }
    },
    isInTransaction: () => db.isInTransaction(),
    async rollback() {
      await db.execProtocolRawStream(emptyMessage('S'), { syncToFs: false, onRawData: () => undefined });
      await db.exec('ROLLBACK');
    },
  };
}

/** The last line of PostgreSQL's own that said why it gives up. PGlite's error only says that it did. */
let lastComplaint: string | null = null;

function noteComplaint(line: string): boolean {
  if (/FATAL|PANIC/.test(line)) lastComplaint = line;
  return true;
}

function fail(error: unknown): void {
  const code = (error as { code?: unknown }).code;
  post({
    type: 'failed',
    message: lastComplaint ?? (error instanceof Error ? error.message : String(error)),
    code: typeof code === 'string' ? code : null,
  });
  process.exit(1); // of this thread only
}

function post(event: EmbeddedEvent): void {
  parentPort?.postMessage(event);
}

serve(workerData as EmbeddedWorkerData).catch(fail);
