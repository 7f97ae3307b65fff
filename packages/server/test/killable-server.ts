import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { createDatabase, openDatabase } from '../src/db/pool.ts';
import type { Tables } from '../src/db/tables.ts';
import { overviewKeys } from '../src/overviews/overview-store.ts';

/** How often a job is looked at. */
const LOOK_MS = 10;

const SERVER = fileURLToPath(new URL('./server-process.ts', import.meta.url));

/** A server as a process of its own, to be killed. */
export interface Child {
  readonly process: ChildProcess;
  readonly url: string;
  readonly token: string;
}

/**
 * @param sourceRoot where rasters may be registered in place
 * @param databaseUrl the PostgreSQL database that it works on; left out: the embedded one, in the data folder
 */
export async function start(dataDir: string, sourceRoot = '', databaseUrl = ''): Promise<Child> {
  const child = spawn(process.execPath, [SERVER, dataDir, sourceRoot, databaseUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const died = once(child, 'exit').then(() => Promise.reject(new Error('the server ended before it listened')));
  const [line] = (await Promise.race([once(lines, 'line'), died])) as [string];
  died.catch(() => {}); // from here on it is killed on purpose
  return { process: child, ...(JSON.parse(line) as { url: string; token: string }) };
}

/** SIGKILL. */
export async function kill(child: Child): Promise<void> {
  const exited = once(child.process, 'exit');
  child.process.kill('SIGKILL');
  await exited;
}

// oxlint-disable typescript/no-explicit-any -- tests read whatever the answer is
export async function call(
  child: Child,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: any }> {
  const isForm = body instanceof FormData;
  const response = await fetch(child.url + path, {
    method,
    headers: {
      authorization: `Bearer ${child.token}`,
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

/**
 * As if the time had passed after which a silent worker counts as dead, and a message that it fetched as lost. (Of the embedded
 * database a server knows that nobody else works on it.)
 */
export async function passTime(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    await client.query(
      `UPDATE jobs SET lease_expires_at = lease_expires_at - interval '1 hour', updated_at = updated_at - interval '1 hour'
         WHERE status IN ('pending', 'running')`,
    );
  } finally {
    await client.end();
  }
}

/** Waits until a job has ended. */
export async function settle(
  child: Child,
  jobId: string,
): Promise<{ status: string; dataset_id: string | null; error_message: string | null }> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { body } = await call(child, 'GET', `/api/jobs/${jobId}`);
    if (['complete', 'failed', 'cancelled'].includes(body.status)) return body;
    assert.ok(performance.now() < deadline, `job ${jobId} is still ${body.status} (${body.current_step})`);
    await delay(LOOK_MS);
  }
}

/**
 * Every stored object is somebody's, every dataset has its objects and a job that completed. The server has ended.
 * @returns the keys of the objects
 */
export async function checkNothingOver(dataDir: string, databaseUrl = ''): Promise<string[]> {
  const open = await openDatabase(
    { dataDir, database: databaseUrl === '' ? { kind: 'embedded' } : { kind: 'postgres', url: databaseUrl } },
    { onError: (error) => assert.fail(error) },
  );
  const db: Kysely<Tables> = createDatabase<Tables>(open.pool);
  const rasters = await db.selectFrom('rasters').select(['object_key', 'quicklook_key']).execute();
  // What a build that is kept was made of stays as well.
  const former = await db.selectFrom('raster_versions').select(['object_key', 'quicklook_key']).execute();
  const generations = await db
    .selectFrom('vrt_generations')
    .select(['object_key', 'chunks_key', 'mosaic_key', 'overviews'])
    .execute();
  const exported = await db.selectFrom('export_results').select('object_key').execute();
  const orphans = await db
    .selectFrom('datasets')
    .leftJoin('jobs', 'jobs.id', 'datasets.job_id')
    .select('datasets.id')
    .where((eb) => eb.or([eb('jobs.status', 'is', null), eb('jobs.status', '<>', 'complete')]))
    .execute();
  await open.close();
  const named = new Set([
    ...[...rasters, ...former].flatMap((row) => [row.object_key, row.quicklook_key]),
    ...generations.flatMap((row) => [row.object_key, row.chunks_key, row.mosaic_key, ...overviewKeys(row)]),
    ...exported.map((row) => row.object_key),
  ]);
  named.delete(null);
  const objects = join(dataDir, 'objects');
  const files = (await readdir(objects, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(objects, join(entry.parentPath, entry.name)));
  // What was being written when its process was killed may be another process's: it goes a day later.
  const written = databaseUrl === '' ? files : files.filter((key) => !key.startsWith('.tmp/'));
  assert.deepEqual(written.sort(), [...named].sort());
  assert.deepEqual(orphans, []);
  return written;
}
