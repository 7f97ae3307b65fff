import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { removeDoomedObjects } from './catalog/doomed-store.ts';
import { expireUploads } from './catalog/uploads.ts';
import { removeUnusedVersions } from './catalog/version-store.ts';
import { deleteOldFailures } from './auth/sign-in-failure-store.ts';
import { deleteExpiredTokens } from './auth/token-store.ts';
import { type Config, type Environment, loadConfig } from './config.ts';
import { createDeps, type Deps } from './deps.ts';
import { expireExports } from './exports/export-store.ts';
import { buildApp } from './http/app.ts';
import { createSignInCode, signInUrl } from './http/sessions.ts';
import { findWorkedOn } from './jobs/job-store.ts';
import type { StepObserver } from './jobs/worker.ts';
import { repeat } from './repeat.ts';
import { sweepScratch } from './storage/scratch.ts';

/** A server that answers. */
export interface RunningServer {
  /** Where it listens; without a slash at the end. */
  readonly url: string;
  readonly adminToken: string;
  readonly dataDir: string;
  readonly config: Config;
  /** A link that signs a browser in as the administrator: it works once, within the hour. */
  createSignInLink(): Promise<string>;
  /** Resolves, with the reason, when the embedded database has ended by itself; the server is of no use then. */
  readonly ended: Promise<Error | null>;
  /** Removes what nothing refers to any more; done every ten minutes anyway. */
  cleanUp(): Promise<void>;
  /** Looks at files whose time has come and tells virtual rasters of it; done every minute anyway, where jobs are worked on. */
  checkHealth(): Promise<void>;
  /** Stops taking requests, lets running jobs go back to the queue, closes everything. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** Environment variables; the process's own where left out. */
  readonly env?: Environment;
  /** Settings that win over the environment's. */
  readonly overrides?: Partial<Config>;
  readonly signal?: AbortSignal;
  /** Called with each step that a job of this process begins. */
  readonly onStep?: StepObserver;
}

const CLEAN_UP_MS = 10 * 60 * 1000;
const VERSIONS_AT_A_TIME = 500;
/** Objects to which nothing was written for so long belong to no living process. */
const TEMPORARY_KEPT_MS = 24 * 3600 * 1000;
/** So long an attempt that nobody works on any more may take to stop writing. */
const SCRATCH_KEPT_MS = 3600 * 1000;

/**
 * Starts what the configuration asks for: the API, the worker, or both in this process.
 *
 * @throws ConfigError, DatabaseError, and what listening may throw (the port is taken)
 */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const { config: fromEnvironment, warnings } = loadConfig(options.env);
  const config: Config = { ...fromEnvironment, ...options.overrides };
  const logger = pino({ level: config.logLevel, base: null }, pino.destination(2));
  for (const warning of warnings) logger.warn(warning);
  const deps = await createDeps(config, logger, options.signal ?? new AbortController().signal, options.onStep);
  const cleaning = repeat(
    CLEAN_UP_MS,
    () => cleanUp(deps),
    (err) => logger.warn({ err }, 'cleaning up failed'),
  );
  const close = async (): Promise<void> => {
    cleaning.stop();
    await cleaning.settled();
    await deps.close();
  };
  try {
    await cleanUp(deps);
    const listening = config.roles.includes('api')
      ? await listen(deps, logger)
      : { url: '', close: () => Promise.resolve() };
    return {
      url: listening.url,
      adminToken: deps.adminToken,
      dataDir: config.dataDir,
      config,
      createSignInLink: async () =>
        signInUrl(config.publicUrl ?? listening.url, await createSignInCode(deps.db, deps.administratorId)),
      ended: deps.database.embedded?.ended ?? new Promise(() => {}),
      cleanUp: () => cleanUp(deps),
      async checkHealth() {
        await deps.upkeep?.checkFiles();
        await deps.upkeep?.followChanges();
      },
      async close() {
        await listening.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen(deps: Deps, logger: pino.Logger): Promise<{ url: string; close(): Promise<void> }> {
  const { config } = deps;
  const app = await buildApp({ ...deps, logger });
  const url = await app.listen({ host: config.host, port: config.port });
  // Where command-line tools on this machine find the running server.
  const note = join(config.dataDir, 'server.json');
  await writeFile(note, `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 });
  return {
    url,
    async close() {
      await rm(note, { force: true });
      await app.close();
    },
  };
}

/** What nothing refers to any more: safe to run at any time, in any number of processes. */
async function cleanUp(deps: Deps): Promise<void> {
  await expireUploads(deps.db);
  await removeUnusedVersions(deps.db, VERSIONS_AT_A_TIME);
  await expireExports(deps.db);
  await removeDoomedObjects(deps.db, deps.storage);
  await deleteExpiredTokens(deps.db);
  await deleteOldFailures(deps.db);
  await deps.storage.sweepTemporary(TEMPORARY_KEPT_MS);
  await sweepScratch(deps.scratchDir, SCRATCH_KEPT_MS, (jobIds) => findWorkedOn(deps.db, jobIds));
}
