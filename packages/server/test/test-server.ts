import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Config, type RunningServer, startServer } from '../src/index.ts';

/** A server of its own for one test file: real database, real files, real HTTP on loopback. */
export interface TestServer {
  readonly url: string;
  readonly admin: string;
  readonly dataDir: string;
  readonly running: RunningServer;
  /** One request; the answer with its body parsed where it is JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A user of this role and a token of theirs. */
  user(role: 'viewer' | 'editor' | 'admin', name?: string): Promise<string>;
  /** Uploads, commits and waits. */
  addRaster(
    bytes: Uint8Array,
    options?: { title?: string; visibility?: string; token?: string; filename?: string },
  ): Promise<string>;
  waitForJob(id: string, token?: string): Promise<Job>;
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
  readonly can_retry: boolean;
}

const JOB_PATIENCE_MS = 60_000;

export async function startTestServer(overrides: Partial<Config> = {}, databaseUrl?: string): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'inlay-test-'));
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
    const body: unknown = type.includes('json') ? await response.json() : Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body };
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
      form.set('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), filename);
      const sent = await call('POST', '/api/ingest/upload?commit=true', {
        body: form,
        ...(token === undefined ? {} : { token }),
      });
      if (sent.status !== 202) throw new Error(`upload: ${sent.status} ${JSON.stringify(sent.body)}`);
      const job = await waitForJob(sent.body.job_id, token);
      if (job.status !== 'complete') throw new Error(`upload: ${job.error_message}`);
      return job.dataset_id as string;
    },
    async close() {
      await running.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
