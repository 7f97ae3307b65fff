// Creating a virtual raster over HTTP, from POST to the finished dataset, against gdalbuildvrt of the same files.
// `npx node bench/create.bench.ts [--sizes 500,10000] [--without-peers] [--without-thumbnails]`; README.md says what is
// measured.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createBenchDatabase } from './database.ts';
import { findPeers, type GdalBuild, type PeerRun, type PeerTuning, placesOf, runPeer, writeFileList } from './gdal.ts';
import { summarize, timed } from './measure.ts';
import { countFileCalls, type FileCalls } from './opened-files.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { tileName, writeTiles } from './tiles.ts';

const TILES = 10_000;

/** How many sources, how often we build of them, and how often each peer does. */
interface Size {
  readonly sources: number;
  readonly builds: number;
  readonly peerRuns: number;
}

const SIZES: readonly Size[] = [
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
  /** From `complete` to the end of the follow-up that draws the thumbnail; null where it was not waited for. */
  readonly drawn: number | null;
  readonly downloaded: number;
  readonly document: Uint8Array;
}

interface PeerRuns {
  readonly peer: GdalBuild;
  readonly tuning: PeerTuning;
  readonly runs: readonly PeerRun[];
}

interface Measured {
  readonly database: string;
  readonly sources: number;
  readonly builds: readonly Build[];
  /** Of the server, in bytes. */
  readonly memory: { readonly before: number; readonly after: number; readonly peak: number };
  readonly fileCalls: FileCalls | null;
  readonly peers: readonly PeerRuns[];
}

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string' },
    'without-peers': { type: 'boolean' },
    'without-thumbnails': { type: 'boolean' },
  },
});
const drawsThumbnails = options['without-thumbnails'] !== true;
const wanted = options.sizes?.split(',').map(Number);
const sizes = SIZES.filter(({ sources }) => wanted?.includes(sources) ?? true);
const peers = options['without-peers'] === true ? [] : await findPeers();
const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
const tileFolder = join(folder, 'tiles');
try {
  printMachine(peers);
  const tiles = await writeTiles(tileFolder, TILES);
  const measured = await onDatabase('PGlite', null, tiles);
  const databaseUrl = process.env['INLAY_BENCH_DATABASE_URL'];
  if (databaseUrl) {
    const database = await createBenchDatabase(databaseUrl);
    try {
      measured.push(...(await onDatabase(`PostgreSQL ${database.version}`, database.url, tiles)));
    } finally {
      await database.drop();
    }
  }
  printBuilds(measured);
  if (peers.length > 0) printRatios(measured);
} finally {
  await rm(folder, { recursive: true });
}

async function onDatabase(database: string, url: string | null, tiles: readonly string[]): Promise<Measured[]> {
  const server = await startBenchServer(tileFolder, url);
  try {
    const ids = await catalogue(server, database);
    for (let build = 0; build < WARM_UP_BUILDS; build += 1) await buildOnce(server, ids.slice(0, 1000));
    const measured: Measured[] = [];
    for (const size of sizes) measured.push(await measureSize(server, database, size, ids, tiles));
    return measured;
  } finally {
    await server.close();
  }
}

/** Registers all tiles. @returns their ids in the order of their names */
async function catalogue(server: BenchServer, database: string): Promise<string[]> {
  const startedAt = performance.now();
  const request = JSON.stringify({ prefix: tileFolder });
  const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/register-rasters', request);
  await server.waitForJob(job_id, 100);
  const cataloguedMs = performance.now() - startedAt;
  const rate = Math.round((TILES * 1000) / cataloguedMs);
  console.log(`- ${database}: ${TILES} tiles catalogued in ${(cataloguedMs / 1000).toFixed(1)} s (${rate}/s)`);
  const drawnMs = await timed(() => endFollowUps(server, drawsThumbnails));
  if (drawsThumbnails) console.log(`- ${database}: their thumbnails drawn in another ${(drawnMs / 1000).toFixed(1)} s`);
  const ids: string[] = [];
  while (ids.length < TILES) {
    const { datasets } = await server.call<{ datasets: { id: string; title: string }[] }>(
      'GET',
      `/api/datasets/?sort=title&limit=1000&skip=${ids.length}`,
    );
    for (const { id, title } of datasets) {
      if (title !== tileName(ids.length)) throw new Error(`${tileName(ids.length)} is not in the catalogue`);
      ids.push(id);
    }
  }
  return ids;
}

/** Thumbnails follow by themselves. What is measured next is measured without them: they are waited for, or cancelled. */
async function endFollowUps(server: BenchServer, isWaitedFor: boolean): Promise<void> {
  if (!isWaitedFor) await server.cancelOpenJobs();
  await server.waitUntilIdle();
}

async function measureSize(
  server: BenchServer,
  database: string,
  size: Size,
  allIds: readonly string[],
  allTiles: readonly string[],
): Promise<Measured> {
  const ids = allIds.slice(0, size.sources);
  const before = server.memory().now;
  const builds: Build[] = [];
  while (builds.length < size.builds) builds.push(await buildOnce(server, ids, drawsThumbnails && builds.length === 0));
  const { now: after, peak } = server.memory();
  const fileCalls = await countFileCalls(server.pid, tileFolder, join(folder, 'calls.txt'), async () => {
    await buildOnce(server, ids);
  });
  const peerRuns = await runPeers(allTiles.slice(0, size.sources), size.peerRuns, builds.at(-1));
  return { database, sources: size.sources, builds, memory: { before, after, peak }, fileCalls, peers: peerRuns };
}

async function buildOnce(server: BenchServer, ids: readonly string[], drawsThumbnail = false): Promise<Build> {
  // Text, so that making it is not on the clock.
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
  const drawn = await timed(() => endFollowUps(server, drawsThumbnail));
  const askedAt = performance.now();
  const document = await server.download(`/api/datasets/${job.dataset_id}/download/vrt?sources=local`);
  return {
    accepted: acceptedAt - sentAt,
    completed: completedAt - acceptedAt,
    worked: Date.parse(job.completed_at) - Date.parse(job.started_at),
    drawn: drawsThumbnail ? drawn : null,
    downloaded: performance.now() - askedAt,
    document,
  };
}

/** Every peer, plain and tuned, in turn. Their VRT must show what ours does, or there is nothing to compare. */
async function runPeers(tiles: readonly string[], rounds: number, build: Build | undefined): Promise<PeerRuns[]> {
  const [fileList, ours, theirs] = ['tiles.txt', 'inlay.vrt', 'peer.vrt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFileList(fileList, tiles);
  await writeFile(ours, build?.document ?? '');
  const results = peers.flatMap((peer) =>
    (['plain', 'tuned'] as const).map((tuning) => ({ peer, tuning, runs: [] as PeerRun[] })),
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const { peer, tuning, runs } of results) {
      runs.push(await runPeer(peer, tuning, theirs, fileList));
      if ((await placesOf(ours)) !== (await placesOf(theirs)))
        throw new Error(`gdalbuildvrt ${peer.version} made another VRT`);
    }
  }
  return results;
}

function printBuilds(measured: readonly Measured[]): void {
  console.log('');
  printTable(
    [
      'database',
      'sources',
      'builds',
      '202 p50',
      '202 p95',
      'complete p50',
      'complete p95',
      'POST to complete p50',
      'of it worked',
      'download',
      'bytes',
      'RSS before',
      'after',
      'peak',
      'opens',
      'stats',
    ],
    measured.map(({ database, sources, builds, memory, fileCalls }) => {
      const of = (pick: (build: Build) => number) => summarize(builds.map(pick));
      const accepted = of((build) => build.accepted);
      const completed = of((build) => build.completed);
      return [
        database,
        `${sources}`,
        `${builds.length}`,
        ms(accepted.median),
        ms(accepted.p95),
        ms(completed.median),
        ms(completed.p95),
        ms(of((build) => build.accepted + build.completed).median),
        ms(of((build) => build.worked).median),
        drawsThumbnails ? ms(builds[0]?.drawn ?? NaN) : 'not drawn',
        ms(of((build) => build.downloaded).median),
        `${builds[0]?.document.byteLength}`,
        megabytes(memory.before),
        megabytes(memory.after),
        megabytes(memory.peak),
        fileCalls === null ? 'no strace' : `${fileCalls.opens}`,
        fileCalls === null ? 'no strace' : `${fileCalls.stats}`,
      ];
    }),
  );
}

function printRatios(measured: readonly Measured[]): void {
  console.log('');
  printTable(
    [
      'database',
      'sources',
      'peer',
      'runs',
      'min s',
      'median s',
      'peak RSS',
      'medians: ratio to POST to complete',
      'to worked',
    ],
    measured.flatMap(({ database, sources, builds, peers }) => {
      const whole = summarize(builds.map((build) => build.accepted + build.completed)).median;
      const worked = summarize(builds.map((build) => build.worked)).median;
      return peers.map(({ peer, tuning, runs }) => {
        const wall = summarize(runs.map((run) => run.ms));
        return [
          database,
          `${sources}`,
          `${peer.version} ${tuning}`,
          `${runs.length}`,
          (wall.min / 1000).toFixed(2),
          (wall.median / 1000).toFixed(2),
          megabytes(Math.max(...runs.map(({ peakBytes }) => peakBytes))),
          times(wall.median / whole),
          times(wall.median / worked),
        ];
      });
    }),
  );
}
