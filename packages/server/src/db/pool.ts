import { setTimeout as delay } from 'node:timers/promises';
import { type Dialect, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Config } from '../config.ts';
import { DatabaseError } from './database-error.ts';
import { type EmbeddedDatabase, startEmbeddedDatabase } from './embedded.ts';
import { PreparingClient } from './prepared-statements.ts';

/** The database of this process, whichever kind it is. */
export interface OpenDatabase {
  readonly pool: pg.Pool;
  /** Null where a PostgreSQL server is used. */
  readonly embedded: EmbeddedDatabase | null;
  /** Waits for queries under way, then closes the pool and the embedded engine. */
  close(): Promise<void>;
}

/** Connections to the embedded database only take turns, so more would not do more. */
const EMBEDDED_CONNECTIONS = 4;
const SERVER_CONNECTIONS = 10;

/** Plans that a connection keeps are for the tables as they were: what is planned while they are small reads all of them. */
const CONNECTION_SECONDS = 60;

/** Version numbers as `server_version_num` writes them: 140000 is PostgreSQL 14. */
const LEAST_SERVER_VERSION = 140_000;

/** How long a server that is still starting is waited for: `docker compose up` starts both at once. */
const SERVER_PATIENCE_MS = 30_000;
const RETRY_MS = 500;

/**
 * Connects to what the configuration names: the PostgreSQL server, or the embedded one, which is started.
 *
 * @param onError told of connections that break while nobody uses them; the pool replaces them
 * @throws DatabaseError
 */
export async function openDatabase(
  config: Pick<Config, 'database' | 'dataDir'>,
  options: { readonly signal?: AbortSignal; readonly onError: (error: Error) => void },
): Promise<OpenDatabase> {
  const { signal, onError } = options;
  const { database, dataDir } = config;
  if (database.kind === 'embedded') {
    const embedded = await startEmbeddedDatabase({ dataDir, ...(signal === undefined ? {} : { signal }) });
    const pool = createPool({ ...embedded.connection, max: EMBEDDED_CONNECTIONS }, onError);
    return {
      pool,
      embedded,
      async close() {
        await pool.end();
        await embedded.close();
      },
    };
  }
  const pool = createPool(
    {
      connectionString: database.url,
      max: SERVER_CONNECTIONS,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      statement_timeout: 60_000,
      idle_in_transaction_session_timeout: 30_000,
    },
    onError,
  );
  try {
    await checkServer(pool, signal);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return { pool, embedded: null, close: () => pool.end() };
}

/** A pool that survives broken connections and reads 64-bit integers and numerics as numbers. */
export function createPool(connection: pg.PoolConfig, onError: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    application_name: 'inlay',
    types: { getTypeParser },
    Client: PreparingClient,
    maxLifetimeSeconds: CONNECTION_SECONDS,
    ...connection,
  });
  pool.on('error', onError);
  // A connection that breaks between two statements of a transaction reports it here, to nobody else: without a
  // listener that ends the process. Whoever holds it learns of it from the next statement.
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}

/** The typed query builder over a pool; `T` maps table names to rows. Destroying it ends the pool. */
export function createDatabase<T>(pool: pg.Pool): Kysely<T> {
  const dialect: Dialect = new PostgresDialect({ pool });
  return new Kysely<T>({ dialect });
}

/** Resolves when the database answers. */
export async function pingDatabase<T>(db: Kysely<T>): Promise<void> {
  await sql`SELECT 1`.execute(db);
}

// Type OIDs of pg_type.dat.
const INT8 = 20;
const INT8_ARRAY = 1016;
const NUMERIC = 1700;
const FLOAT8_ARRAY = 1022;
const INT4_ARRAY = 1007;
const UUID_ARRAY = 2951;

/** The library types its own numbers as an enumeration, which knows no array of int8. */
const builtInParser = pg.types.getTypeParser as (oid: number) => (text: string) => unknown;

const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (oid: number, format?: 'text' | 'binary') => {
  if (format === 'binary') return pg.types.getTypeParser(oid, format);
  if (oid === INT8) return safeInteger;
  if (oid === INT8_ARRAY) return safeIntegers;
  if (oid === FLOAT8_ARRAY) return doubles;
  if (oid === INT4_ARRAY) return integers;
  if (oid === UUID_ARRAY) return uuids;
  if (oid === NUMERIC) return (text: string) => (/^-?\d+$/.test(text) ? safeInteger(text) : Number(text));
  return pg.types.getTypeParser(oid, 'text');
};

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new DatabaseError('database/unsafe-integer', `${text} is beyond what a number holds exactly`);
}

function safeIntegers(text: string): (number | null)[] {
  const texts = builtInParser(INT8_ARRAY)(text) as (string | null)[];
  return texts.map((item) => (item === null ? null : safeInteger(item)));
}

/** Finite numbers, which is what is stored, twice as quick as by the library's parser; anything else by that. */
function doubles(text: string): number[] {
  const values = itemsOf(text).map(Number);
  return values.some(Number.isNaN) ? (builtInParser(FLOAT8_ARRAY)(text) as number[]) : values;
}

/** Lists without nulls, as ours are, ten times as quick as by the library's parser; anything else by that. */
function integers(text: string): number[] {
  const values = itemsOf(text).map(Number);
  return values.some(Number.isNaN) ? (builtInParser(INT4_ARRAY)(text) as number[]) : values;
}

function uuids(text: string): string[] {
  const items = itemsOf(text);
  return items.some((item) => item.length !== UUID_LENGTH) ? (builtInParser(UUID_ARRAY)(text) as string[]) : items;
}

const UUID_LENGTH = 36;

/** The items of a list as PostgreSQL prints it where none of them has to be quoted (PostgreSQL, 8.15.6). */
function itemsOf(text: string): string[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',');
}

async function checkServer(pool: pg.Pool, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + SERVER_PATIENCE_MS;
  for (;;) {
    try {
      const { rows } = await pool.query<{ version: number }>(
        `SELECT current_setting('server_version_num')::int AS version`,
      );
      const version = rows[0]?.version ?? 0;
      if (version >= LEAST_SERVER_VERSION) return;
      throw new DatabaseError(
        'database/version-mismatch',
        `The server behind INLAY_DATABASE_URL is PostgreSQL ${Math.floor(version / 10_000)}: 14 or newer is needed.`,
      );
    } catch (error) {
      if (error instanceof DatabaseError) throw error;
      if (!isStarting(error) || Date.now() > deadline) {
        throw new DatabaseError(
          'database/unreachable',
          `INLAY_DATABASE_URL cannot be used: ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
      await delay(RETRY_MS, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** Not listening yet, its name not known yet, or "the database system is starting up" (SQLSTATE 57P03). */
function isStarting(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', '57P03'].includes(String((error as { code?: unknown }).code));
}
