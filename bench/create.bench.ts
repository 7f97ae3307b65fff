// Creating a virtual raster over HTTP, from POST to the finished dataset, against gdalbuildvrt of the same files.
// `npx node bench/create.bench.ts`; README.md says what is measured.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBenchDatabase } from './database.ts';
import { findPeers, type GdalBuild, placesOf, type PeerTuning, runPeer, writeFileList } from './gdal.ts';
import { summarize } from './measure.ts';
import { countFileCalls, type FileCalls } from './opened-files.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { writeTiles } from './tiles.ts';

const TILES = 10_000;
/** How many sources, how often we build of them, and how often the peer does. */
const SIZES: readonly { readonly sources: number; readonly builds: number; readonly peerRuns: number }[] = [
  { sources: 2, builds: 30, peerRuns: 5 },
  { sources: 50, builds: 30, peerRuns: 5 },
  { sources: 500, builds: 30, peerRuns: 5 },
  { sources: 5000, builds: 20, peerRuns: 3 },
  { sources: 10_000, builds: 20, peerRuns: 3 },
];
const WARM_UP_BUILDS = 5;
/** How often a client asks for its job. */
const POLL_MS = 10;

/** One build, in milliseconds as its client sees them, except where noted. */
interface Build {
  readonly accepted: number;
  /** From the 202 to the first answer that says `complete`. */
  readonly completed: number;
  /** From the worker's claim to the publishing transaction, by the database's clock. */
  readonly worked: number;
  readonly downloaded: number;
  readonly bytes: number;
}

interface Measured {
  readonly database: string;
  readonly sources: number;
  readonly builds: readonly Build[];
  readonly memoryBefore: number;
  readonly memoryAfter: number;
  readonly memoryPeak: number;
  readonly fileCalls: FileCalls | null;
}

const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
const peers = await findPeers();
try {
  printMachine(peers);
  const tileFolder = join(folder, 'tiles');
  const tiles = await writeTiles(tileFolder, TILES);
  const measured = await onDatabase('PGlite', null, tileFolder);
  const databaseUrl = process.env['INLAY_BENCH_DATABASE_URL'];
  if (databaseUrl) {
    const database = await createBenchDatabase(databaseUrl);
    try {
      measured.push(...(await onDatabase(`PostgreSQL ${database.version}`, database.url, tileFolder)));
    } finally {
      await database.drop();
    }
  }
  printBuilds(measured);
  await printRatios(measured, tiles);
} finally {
  await rm(folder, { recursive: true });
}

async function onDatabase(database: string, url: string | null, tileFolder: string): Promise<Measured[]> {
  const server = await startBenchServer(tileFolder, url);
  try {
    const ids = await catalogue(server, database, tileFolder);
    for (let build = 0; build < WARM_UP_BUILDS; build += 1) await buildOnce(server, ids.slice(0, 1000));
    const measured: Measured[] = [];
    for (const { sources, builds: count } of SIZES) {
      const memoryBefore = server.memory().now;
      const builds: Build[] = [];
      for (let build = 0; build < count; build += 1) builds.push(await buildOnce(server, ids.slice(0, sources)));
      const { now, peak } = server.memory();
      const fileCalls = await countFileCalls(server.pid, tileFolder, join(folder, 'calls.txt'), async () => {
        await buildOnce(server, ids.slice(0, sources));
      });
      measured.push({ database, sources, builds, memoryBefore, memoryAfter: now, memoryPeak: peak, fileCalls });
    }
    await checkPlaces(server, ids, database);
    return measured;
  } finally {
    await server.close();
  }
}

/** Registers all tiles. @returns their ids in the order of their names */
async function catalogue(server: BenchServer, database: string, tileFolder: string): Promise<string[]> {
  const startedAt = performance.now();
  const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/register-rasters', {
    prefix: tileFolder,
  });
  await server.waitForJob(job_id, 100);
  const catalogued = performance.now() - startedAt;
  await server.waitUntilIdle();
  const drawn = performance.now() - startedAt - catalogued;
  console.log(
    `- ${database}: ${TILES} tiles catalogued in ${(catalogued / 1000).toFixed(1)} s ` +
      `(${Math.round((TILES * 1000) / catalogued)}/s), their thumbnails drawn in another ${(drawn / 1000).toFixed(1)} s`,
  );
  const byTitle = new Map<string, string>();
  for (let skip = 0; ; skip = byTitle.size) {
    const page = await server.call<{ datasets: { id: string; title: string }[] }>(
      'GET',
      `/api/datasets/?limit=100&skip=${skip}`,
    );
    for (const { id, title } of page.datasets) byTitle.set(title, id);
    if (page.datasets.length === 0) break;
  }
  if (byTitle.size !== TILES) throw new Error(`${byTitle.size} of ${TILES} tiles are in the catalogue`);
  return [...byTitle].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, id]) => id);
}

async function buildOnce(server: BenchServer, ids: readonly string[]): Promise<Build & { datasetId: string }> {
  // The request as bytes, so that its client's JSON is not on the clock.
  const body = JSON.stringify({
    source_dataset_ids: ids,
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: `mosaic of ${ids.length}`,
  });
  const sentAt = performance.now();
  const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/vrt/create', body);
  const acceptedAt = performance.now();
  const job = await server.waitForJob(job_id, POLL_MS);
  const completedAt = performance.now();
  // The thumbnail follows by itself; the next build is measured without it.
  await server.waitUntilIdle();
  const askedAt = performance.now();
  const bytes = await server.download(`/api/datasets/${job.dataset_id}/download/vrt?sources=local`);
  return {
    datasetId: job.dataset_id ?? '',
    accepted: acceptedAt - sentAt,
    completed: completedAt - acceptedAt,
    worked: Date.parse(job.completed_at) - Date.parse(job.started_at),
    downloaded: performance.now() - askedAt,
    bytes,
  };
}

/** The figures below are of the right document: it must show what gdalbuildvrt's of the same files shows. */
async function checkPlaces(server: BenchServer, ids: readonly string[], database: string): Promise<void> {
  const [peer] = peers;
  if (peer === undefined) return;
  const { datasetId } = await buildOnce(server, ids);
  const ours = join(folder, 'inlay.vrt');
  await writeFile(ours, await server.text(`/api/datasets/${datasetId}/download/vrt?sources=local`));
  const theirs = await peerBuild(peer, 'tuned', ids.length);
  if ((await placesOf(ours)) !== (await placesOf(theirs.path)))
    throw new Error(`${database}: not the VRT that gdalbuildvrt writes`);
}
