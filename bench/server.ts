import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { residentBytes } from './measure.ts';

/** A server under measurement: a process of its own, with a data folder of its own, over HTTP on loopback. */
export interface BenchServer {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  readonly dataDir: string;
  /** `postgres://...`; null for the embedded database. */
  readonly databaseUrl: string | null;
  /** One request, its body as text; rejects unless it is answered with 2xx. */
  call<Body>(method: string, path: string, json?: string): Promise<Body>;
  /** The body of a GET. */
  download(path: string): Promise<Uint8Array>;
  /** Follows a job's events until it has ended. @throws Error unless it is complete */
  waitForJob(id: string): Promise<FollowedJob>;
  cancelOpenJobs(): Promise<void>;
  /** Resolves when no job is waiting or running, thumbnails included. */
  waitUntilIdle(): Promise<void>;
  /** Resident memory, in bytes. */
  memory(): { readonly now: number; readonly peak: number };
  /** Lets the peak begin anew: starting a server and filling its database takes more than most of what follows. */
  resetPeakMemory(): void;
  close(): Promise<void>;
}

export interface EndedJob {
  readonly id: string;
  readonly status: string;
  readonly dataset_id: string | null;
  readonly error_message: string | null;
  readonly current_step: string | null;
  readonly started_at: string;
  readonly completed_at: string;
}

/** A job that was followed. */
export interface FollowedJob extends EndedJob {
  /** When each step was told of, on the clock of `performance.now`. */
  readonly steps: ReadonlyMap<string, number>;
}

const PROGRAM = fileURLToPath(new URL('./server-process.ts', import.meta.url));
const IDLE_LOOK_MS = 100;

/** As `inlay serve` starts itself (packages/cli/bin/inlay.mjs). */
const SERVER_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };
const SERVER_FLAGS = ['--max-semi-space-size=4'];

/** How a server is started, beside where its rasters and its database are. */
export interface BenchServerOptions {
  /** Variables of its own (`INLAY_*`). */
  readonly variables?: Readonly<Record<string, string>>;
  /** A data folder that outlives the server; unless given, one that goes with it. */
  readonly dataDir?: string;
  /** Of the administrator; servers on one database have it in common. */
  readonly token?: string;
}

export async function startBenchServer(
  sourceRoot: string,
  databaseUrl: string | null,
  { variables = {}, dataDir: keptDir, token = randomBytes(24).toString('hex') }: BenchServerOptions = {},
): Promise<BenchServer> {
  const dataDir = keptDir ?? (await mkdtemp(join(tmpdir(), 'inlay-bench-')));
  const child = spawn(process.execPath, [...SERVER_FLAGS, ...process.execArgv, PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      ...SERVER_ENVIRONMENT,
      INLAY_DATA_DIR: dataDir,
      INLAY_PORT: '0',
      INLAY_SOURCE_ROOTS: sourceRoot,
      INLAY_ADMIN_TOKEN: token,
      INLAY_LOG_LEVEL: 'error',
      ...(databaseUrl === null ? {} : { INLAY_DATABASE_URL: databaseUrl }),
      ...variables,
    },
  });
  const url = await firstLine(child);
  const { pid } = child;
  if (pid === undefined) throw new Error('the server has no process');

  function send(method: string, path: string, json?: string): Promise<Response> {
    const type = json === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { authorization: `Bearer ${token}`, ...type };
    return fetch(url + path, { method, headers, body: json ?? null });
  }

  async function request(method: string, path: string, json?: string): Promise<Response> {
    const response = await send(method, path, json);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${(await response.text()).slice(0, 500)}`);
    return response;
  }

  async function call<Body>(method: string, path: string, json?: string): Promise<Body> {
    return (await (await request(method, path, json)).json()) as Body;
  }

  async function openJobs(): Promise<{ id: string }[]> {
    const lists = ['pending', 'running'].map((status) =>
      call<{ jobs: { id: string }[] }>('GET', `/api/jobs?limit=100&status=${status}`),
    );
    return (await Promise.all(lists)).flatMap(({ jobs }) => jobs);
  }

  return {
    pid,
    url,
    token,
    dataDir,
    databaseUrl,
    call,
    async download(path) {
      return new Uint8Array(await (await request('GET', path)).arrayBuffer());
    },
    async waitForJob(id) {
      const { body } = await request('GET', `/api/jobs/${id}/events`);
      if (body === null) throw new Error(`job ${id}: no events`);
      const text = body.pipeThrough(new TextDecoderStream());
      const steps = new Map<string, number>();
      for await (const line of createInterface({ input: Readable.fromWeb(text as ReadableStream) })) {
        if (!line.startsWith('data: ')) continue;
        const job = JSON.parse(line.slice('data: '.length)) as EndedJob;
        if (job.current_step !== null && !steps.has(job.current_step)) steps.set(job.current_step, performance.now());
        if (job.status === 'complete') return { ...job, steps };
        if (job.status === 'failed' || job.status === 'cancelled') throw new Error(`job ${id}: ${job.error_message}`);
      }
      throw new Error(`job ${id}: its events ended before it did`);
    },
    async cancelOpenJobs() {
      for (const { id } of await openJobs()) {
        const { status } = await send('POST', `/api/jobs/${id}/cancel`);
        // 409: it has just ended by itself.
        if (status !== 200 && status !== 409) throw new Error(`job ${id} cannot be cancelled: ${status}`);
      }
    },
    async waitUntilIdle() {
      while ((await openJobs()).length > 0) await delay(IDLE_LOOK_MS);
    },
    memory() {
      const bytes = residentBytes(pid);
      if (bytes === null) throw new Error('the server has ended');
      return bytes;
    },
    // Linux: proc_pid_clear_refs(5), 5 resets the peak.
    resetPeakMemory: () => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
    async close() {
      const ended = once(child, 'exit');
      child.stdin?.end();
      await ended;
      if (keptDir === undefined) await rm(dataDir, { recursive: true });
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the server says nothing');
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the server ended with ${child.exitCode} before it served`);
  });
  const said = once(createInterface({ input: child.stdout }), 'line').then(([line]) => line as string);
  const line = await Promise.race([said, ended]);
  ended.catch(() => undefined); // from here on, requests that fail tell
  return line;
}
