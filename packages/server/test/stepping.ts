import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('./stepping-worker.ts', import.meta.url));

/** Where a worker stands still. */
export interface Stop {
  readonly id: string;
  readonly kind: string;
  readonly attempt: number;
  readonly step: string;
}

const PATIENCE_MS = 60_000;

/** It says where it stops just before it does: to be told to go on before that, it would stand still for ever. */
async function standsStill(child: ChildProcess): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) return await delay(200); // no Linux, or no process any more
    if (/^\d+ \(.*\) [tT]/.test(stat)) return;
    await delay(1);
  }
}

/** A worker process that stands still at every step of every job, until it is told what to do. */
export interface SteppingWorker {
  /** The next place where it stands still. */
  next(): Promise<Stop>;
  /** Lets it go on to the next one. */
  go(): void;
  /** Lets it go on past every step from here on. */
  run(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface SharedPlaces {
  readonly databaseUrl: string;
  readonly storage: string;
  readonly sourceRoot: string;
}

export async function startSteppingWorker(places: SharedPlaces): Promise<SteppingWorker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'inlay-stepping-'));
  const { databaseUrl, storage, sourceRoot } = places;
  const child: ChildProcess = spawn(process.execPath, [WORKER, dataDir, databaseUrl, storage, sourceRoot], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stops: Stop[] = [];
  const waiting: ((stop: Stop) => void)[] = [];
  let isRunning = false;
  let ready = (): void => {};
  const started = new Promise<void>((resolve) => (ready = resolve));
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const said = JSON.parse(line) as Stop | { ready: true };
    if ('ready' in said) return ready();
    ready(); // it may find work before it is done starting
    void standsStill(child).then(() => {
      if (isRunning) {
        child.kill('SIGCONT');
        return;
      }
      const waiter = waiting.shift();
      if (waiter === undefined) stops.push(said);
      else waiter(said);
    });
  });
  await Promise.race([
    started,
    once(child, 'exit').then(() => Promise.reject(new Error('the worker ended before it was ready'))),
  ]);
  return {
    next: async () =>
      stops.shift() ??
      (await new Promise((resolve, reject) => {
        const tooLong = setTimeout(() => reject(new Error('the worker came to no further step')), PATIENCE_MS);
        waiting.push((stop) => {
          clearTimeout(tooLong);
          resolve(stop);
        });
      })),
    go: () => void child.kill('SIGCONT'),
    run() {
      isRunning = true;
      stops.length = 0;
      child.kill('SIGCONT');
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
