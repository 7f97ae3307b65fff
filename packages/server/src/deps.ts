import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { pino } from 'pino';
import { readOrCreateSecret } from './auth/secrets.ts';
import { createSignInThrottle } from './auth/sign-in-throttle.ts';
import { offerAdminToken, setAdminToken } from './auth/token-store.ts';
import { ensureAdministrator } from './auth/user-store.ts';
import { type CheckFilesDeps, createFileChecker } from './catalog/check-files.ts';
import { createDefinitions } from './catalog/definitions.ts';
import { quicklookHandler } from './catalog/quicklook-job.ts';
import { refreshHandler } from './catalog/refresh-job.ts';
import { registerHandler } from './catalog/register.ts';
import { allowedObject } from './catalog/source-roots.ts';
import { uploadHandler } from './catalog/upload-job.ts';
import type { Config } from './config.ts';
import { findGdalProgram } from './conversion/gdal-program.ts';
import { WASM_CONVERTER } from './conversion/gdal-wasm.ts';
import { migrate } from './db/migrate.ts';
import { createDatabase, type OpenDatabase, openDatabase } from './db/pool.ts';
import type { Tables } from './db/tables.ts';
import { ServerError } from './error.ts';
import { exportHandler } from './exports/export-job.ts';
import { createExportThreads } from './exports/export-threads.ts';
import type { RouteDeps } from './http/routes.ts';
import { WEB_APP_DIR } from './http/web-app.ts';
import { expireLeases } from './jobs/job-store.ts';
import { type Queue, startQueue } from './jobs/queue.ts';
import { type Handlers, startWorker, type StepObserver, type Worker, type WorkerOptions } from './jobs/worker.ts';
import { createBuckets } from './s3/object-links.ts';
import { createFileStorage } from './storage/file-storage.ts';
import { overviewsHandler } from './overviews/overviews-job.ts';
import { createMosaics } from './pixels/mosaics.ts';
import { createPixelLookup } from './pixels/pixel-access.ts';
import { createPictures } from './pixels/pictures.ts';
import { createPixelThreads } from './pixels/pixel-threads.ts';
import { createRasterSources } from './pixels/raster-source.ts';
import { createSourceWatch } from './pixels/source-watch.ts';
import { createSummaries } from './pixels/summaries.ts';
import { sweepScratch } from './storage/scratch.ts';
import type { Storage } from './storage/storage.ts';
import { startUpkeep, type Upkeep, type UpkeepDeps } from './upkeep.ts';
import { VERSION } from './version.ts';
import { createVrtHandler } from './virtual-rasters/build.ts';
import { createVrtMemory } from './virtual-rasters/download.ts';
import { type ChangeDeps, requestRegeneration } from './virtual-rasters/request-change.ts';
import { changeVrtHandler } from './virtual-rasters/rebuild.ts';
import { createSourceMemory } from './virtual-rasters/source-memory.ts';

/** All that a process is made of, constructed here and nowhere else. */
export interface Deps extends RouteDeps {
  readonly config: Config;
  readonly webAppDir: string;
  readonly database: OpenDatabase;
  readonly storage: Storage;
  readonly queue: Queue;
  readonly adminToken: string;
  /** The user whose token that is. */
  readonly administratorId: string;
  /** A folder of this machine for unfinished files of jobs. */
  readonly scratchDir: string;
  /** Null in a process that only answers requests. */
  readonly upkeep: Upkeep | null;
  close(): Promise<void>;
}

export async function createDeps(
  config: Config,
  logger: pino.Logger,
  signal: AbortSignal,
  onStep?: StepObserver,
): Promise<Deps> {
  const log = logger;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const database = await openDatabase(config, {
    signal,
    onError: (err) => log.warn({ err }, 'a database connection broke'),
  });
  const undo: (() => Promise<void>)[] = [() => database.close()];
  try {
    await migrate(database.pool);
    const db: Kysely<Tables> = createDatabase<Tables>(database.pool);
    const storage = createFileStorage(config.storage.directory);
    const administrator = await prepareAdministrator(config, db, log);
    const queue = await startQueue(database.pool, (err) => log.warn({ err }, 'the job queue reports a problem'));
    undo.push(() => queue.stop());

    const scratchDir = join(config.dataDir, 'scratch');
    if (database.embedded !== null) {
      // Nobody else can have the embedded database open, so whoever was writing there is dead.
      await storage.sweepTemporary(0);
      await sweepScratch(scratchDir, 0, () => Promise.resolve(new Set()));
    }
    const converter = (await findGdalProgram(config.programs)) ?? WASM_CONVERTER;
    log.debug({ converter: converter.name }, 'uploads are converted');
    const definitions = createDefinitions();
    const sourceMemory = createSourceMemory();
    const { sourceRoots } = config;
    const objectLinks = createBuckets(config.s3, (location) => allowedObject(location, sourceRoots).ok);
    const shared = { db, definitions, queue, storage, sourceMemory, sourceRoots, objectLinks };
    const mosaics = createMosaics(shared);
    const linkSecret = await readOrCreateSecret(join(config.dataDir, 'secrets', 'link-key'));
    const exportThreads = createExportThreads({
      threads: config.workerConcurrency,
      storageDirectory: config.storage.directory,
      sourceRoots,
      objectLinks,
    });
    undo.push(() => exportThreads.close());
    const pixelThreads = createPixelThreads({
      threads: config.renderThreads,
      blockCacheBytes: config.blockCacheBytes,
      storageDirectory: config.storage.directory,
      sourceRoots,
      objectLinks,
    });
    undo.push(() => pixelThreads.close());
    const pixelAccess = {
      linkSecret,
      findPixels: createPixelLookup(db),
      rasterSources: createRasterSources(db, definitions, mosaics),
    };
    const { maxExportBytes } = config;
    const jobHandlers: Handlers = {
      vrt_create: createVrtHandler(shared),
      vrt_change: changeVrtHandler(shared),
      upload: uploadHandler({ ...shared, converter, scratchDir }),
      register_rasters: registerHandler(shared),
      raster_refresh: refreshHandler(shared),
      quicklook: quicklookHandler({ ...shared, ...pixelAccess, pixelThreads }),
      vrt_overviews: overviewsHandler({
        ...shared,
        mosaics,
        scratchDir,
        storageDirectory: config.storage.directory,
      }),
      export: exportHandler({ ...shared, ...pixelAccess, exportThreads, maxExportBytes, scratchDir }),
    };
    const worker = config.roles.includes('worker')
      ? await startWorkerOn(config, database, { db, queue, handlers: jobHandlers, log, onStep })
      : null;
    if (worker !== null) undo.push(() => worker.stop());
    const upkeep = worker === null ? null : startUpkeepOn(config, { ...shared, log });
    if (upkeep !== null) undo.push(() => upkeep.stop());

    const sourceWatch = createSourceWatch(log);
    undo.push(async () => sourceWatch.close());

    return {
      ...shared,
      ...pixelAccess,
      pixelThreads,
      sourceWatch,
      pictures: createPictures(pixelThreads, { cacheBytes: config.tileCacheBytes }),
      summaries: createSummaries(pixelThreads),
      config,
      database,
      scratchDir,
      jobHandlers,
      worker,
      upkeep,
      log,
      adminToken: administrator.token,
      administratorId: administrator.userId,
      version: VERSION,
      publicUrl: config.publicUrl,
      maxUploadBytes: config.maxUploadBytes,
      maxExportBytes,
      basemap: config.basemap,
      webAppDir: WEB_APP_DIR,
      vrtMemory: createVrtMemory(),
      signInThrottle: createSignInThrottle(db),
      close: () => runAll(undo),
    };
  } catch (error) {
    await runAll(undo);
    throw error;
  }
}

async function startWorkerOn(
  config: Config,
  database: OpenDatabase,
  parts: Omit<WorkerOptions, 'concurrency'>,
): Promise<Worker> {
  // Nobody else can have the embedded database open, so whoever held a lease on its jobs is dead.
  if (database.embedded !== null) await expireLeases(parts.db);
  return await startWorker({ ...parts, concurrency: config.workerConcurrency });
}

function startUpkeepOn(
  config: Config,
  deps: Omit<CheckFilesDeps, 'refreshChanged' | 'storage'> & Pick<UpkeepDeps, 'log' | 'storage'> & ChangeDeps,
): Upkeep {
  return startUpkeep({
    ...deps,
    fileChecker: createFileChecker({ ...deps, refreshChanged: config.refreshChanged }),
    requestRegeneration: (vrt) => requestRegeneration(deps, { ...vrt, requestId: null }),
  });
}

/**
 * The first administrator and its token: the operator's, else one made once and kept in the data folder. Of several
 * processes that share one database server without agreeing on a token, the first one's holds.
 */
async function prepareAdministrator(
  config: Config,
  db: Kysely<Tables>,
  log: pino.Logger,
): Promise<{ token: string; userId: string }> {
  const folder = join(config.dataDir, 'secrets');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const token = config.adminToken ?? (await readOrCreateSecret(join(folder, 'admin-token')));
  const userId = await ensureAdministrator(db);
  if (config.adminToken !== null || config.database.kind === 'embedded') await setAdminToken(db, userId, token);
  else if (!(await offerAdminToken(db, userId, token))) {
    log.warn(
      'The token in this data folder is not the administrator’s: another process made that. Set INLAY_ADMIN_TOKEN for all of them.',
    );
  }
  return { token, userId };
}

/** Last in, first out; every step is tried, and the first failure is reported. */
async function runAll(steps: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps.reverse()) await step().catch((error: unknown) => failures.push(error));
  steps.length = 0;
  if (failures.length > 0)
    throw new ServerError('internal', 'The server did not stop in good order.', { cause: failures[0] });
}
