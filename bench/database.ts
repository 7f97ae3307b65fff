import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** An empty database of its own on a PostgreSQL server. */
export interface BenchDatabase {
  readonly url: string;
  readonly version: string;
  drop(): Promise<void>;
}

/** @param serverUrl `postgres://...` of a user who may create databases */
export async function createBenchDatabase(serverUrl: string): Promise<BenchDatabase> {
  const name = `inlay_bench_${randomBytes(6).toString('hex')}`;
  const version = await query(serverUrl, 'SHOW server_version');
  await query(serverUrl, `CREATE DATABASE ${name}`);
  return {
    url: Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href,
    version: version.split(' ')[0] ?? version,
    async drop() {
      await query(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Runs one statement. @returns the first value of the first row, empty where there is none */
export async function query(url: string, statement: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(statement);
    return Object.values(rows[0] ?? {})[0] ?? '';
  } finally {
    await client.end();
  }
}
