import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres, type TestPostgres } from '@inlay/testing';
import pg from 'pg';
import { type Config, type RunningServer, startServer } from '../src/index.ts';
import { checkRefusal } from './refusal.ts';

/**
 * A server of its own for one test file: real database, real files, real HTTP on loopback. The database is the embedded
 * one, or a new one on the PostgreSQL server that INLAY_TEST_DATABASE_URL names.
 */
export interface TestServer {
  readonly url: string;
  readonly admin: string;
  readonly dataDir: string;
  readonly running: RunningServer;
  /** One request; the answer with its body parsed where it is JSON. Every refusal must be one, see {@link checkRefusal}. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A user of this role and a token of theirs. */
  user(role: 'viewer' | 'editor' | 'admin', name?: string): Promise<string>;
  /** Uploads, commits and waits. */
  addRaster(
    bytes: Uint8Array,
    options?: { title?: string; visibility?: string; token?: string; filename?: string },
  ): Promise<string>;
  /** Creates a virtual raster and waits. */
  addVrt(
    ids: readonly string[],
    options?: {
      title?: string;
      visibility?: string;
      vrtType?: 'mosaic' | 'band_stack';
      overviews?: 'auto' | 'none';
      token?: string;
    },
  ): Promise<string>;
  waitForJob(id: string, token?: string): Promise<Job>;
  /** Waits until no job is left to do, thumbnails included. */
  settled(): Promise<void>;
  /** Keys of the objects in storage, and names of what is being written there; sorted. */
  storedFiles(): Promise<string[]>;
  /** Runs SQL beside the server: for what the API gives no way to bring about, as the passing of time. */
  query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** What links to pixels are signed with. */
  linkSecret(): Promise<string>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly token?: string | null;
  readonly json?: unknown;
  readonly body?: string | FormData | URLSearchParams | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever the answer is
  readonly body: any;
}

export interface Job {
  readonly id: string;
  readonly status: string;
  readonly dataset_id: string | null;
  readonly error_message: string | null;
  readonly warnings: readonly string[];
  readonly progress: number;
  readonly current_step: string | null;
  readonly can_retry: boolean;
}

const JOB_PATIENCE_MS = 60_000;

export async function startTestServer(overrides: Partial<Config> = {}, databaseUrl?: string): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'inlay-test-'));
  const postgres = databaseUrl === undefined ? await postgresToUse() : null;
  databaseUrl ??= (await postgres?.createTestDatabase())?.url;
  const running = await startServer({
    env: databaseUrl === undefined ? {} : { INLAY_DATABASE_URL: databaseUrl },
    overrides: {
      dataDir,
      port: 0,
      logLevel: 'error',
      storage: { kind: 'file', directory: join(dataDir, 'objects') },
      ...overrides,
    },
  });
  const { url, adminToken: admin } = running;

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const token = options.token === undefined ? admin : options.token;
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.json === undefined ? {} : { body: JSON.stringify(options.json) }),
      ...(options.body === undefined ? {} : { body: options.body }),
    });
    const type = response.headers.get('content-type') ?? '';
    const isJson = type.includes('json') && method !== 'HEAD';
    const body: unknown = isJson ? await response.json() : Buffer.from(await response.arrayBuffer());
    const answer = { status: response.status, headers: response.headers, body };
    checkRefusal(`${method} ${path}`, answer, dataDir);
    return answer;
  }

  async function waitForJob(id: string, token?: string): Promise<Job> {
    const deadline = performance.now() + JOB_PATIENCE_MS;
    for (;;) {
      const { status, body } = await call('GET', `/api/jobs/${id}`, token === undefined ? {} : { token });
      if (status !== 200) throw new Error(`job ${id}: ${status} ${JSON.stringify(body)}`);
      if (['complete', 'failed', 'cancelled'].includes(body.status)) return body as Job;
      if (performance.now() > deadline) throw new Error(`job ${id} is still ${body.status} (${body.current_step})`);
      await delay(20);
    }
  }

  return {
    url,
    admin,
    dataDir,
    running,
    call,
    waitForJob,
    async user(role, name = `${role}-${Math.random().toString(36).slice(2, 8)}`) {
      const created = await call('POST', '/api/users/', { json: { username: name, password: 'correct horse', role } });
      if (created.status !== 201) throw new Error(JSON.stringify(created.body));
      const login = await call('POST', '/api/auth/login', {
        token: null,
        body: new URLSearchParams({ username: name, password: 'correct horse' }),
      });
      return login.body.access_token as string;
    },
    async addRaster(bytes, { title = 'raster', visibility = 'private', token, filename = 'raster.tif' } = {}) {
      const form = new FormData();
      form.set('title', title);
      form.set('visibility', visibility);
      form.set('file', new Blob([bytes]), filename);
      const sent = await call('POST', '/api/ingest/upload?commit=true', {
        body: form,
        ...(token === undefined ? {} : { token }),
      });
      if (sent.status !== 202) throw new Error(`upload: ${sent.status} ${JSON.stringify(sent.body)}`);
      const job = await waitForJob(sent.body.job_id, token);
      if (job.status !== 'complete') throw new Error(`upload: ${job.error_message}`);
      return job.dataset_id as string;
    },
    async addVrt(
      ids,
      { title = 'mosaic', visibility = 'private', vrtType = 'mosaic', overviews = 'auto', token } = {},
    ) {
      const json = {
        source_dataset_ids: ids,
        vrt_type: vrtType,
        resolution_strategy: 'finest',
        title,
        visibility,
        // What others are to see of it, they see whatever its sources are.
        confirm_public_sources: visibility !== 'private',
        overviews,
      };
      const sent = await call('POST', '/api/ingest/vrt/create', { json, ...(token === undefined ? {} : { token }) });
      if (sent.status !== 202) throw new Error(`create: ${sent.status} ${JSON.stringify(sent.body)}`);
      const job = await waitForJob(sent.body.job_id, token);
      if (job.status !== 'complete') throw new Error(`create: ${job.error_message}`);
      return job.dataset_id as string;
    },
    async settled() {
      // A job that ends may have others follow it.
      for (let isIdle = false; !isIdle;) {
        isIdle = true;
        for (const status of ['running', 'pending', 'running']) {
          const { body } = await call('GET', `/api/jobs?limit=1000&status=${status}`);
          // An upload without its commit waits for ever.
          const ids = body.jobs.flatMap((job: Job) => (job.current_step === 'waiting for commit' ? [] : [job.id]));
          isIdle &&= ids.length === 0;
          for (const id of ids) await waitForJob(id);
        }
      }
    },
    async storedFiles() {
      const folder = join(dataDir, 'objects');
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .toSorted();
    },
    async query(text, values = []) {
      const { database } = running.config;
      const client = new pg.Client(
        database.kind === 'postgres'
          ? database.url
          : { host: join(dataDir, 'run'), port: 5432, user: 'postgres', database: 'postgres' },
      );
      await client.connect();
      try {
        return (await client.query(text, values)).rows;
      } finally {
        await client.end();
      }
    },
    linkSecret: async () => (await readFile(join(dataDir, 'secrets', 'link-key'), 'utf8')).trim(),
    async close() {
      await running.close();
      await rm(dataDir, { recursive: true, force: true });
      await postgres?.stop();
    },
  };
}

async function postgresToUse(): Promise<TestPostgres | null> {
  return process.env['INLAY_TEST_DATABASE_URL'] ? await startPostgres() : null;
}
