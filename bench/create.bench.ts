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

/** How many sources; in each round so many builds, and then each peer once, so that noise falls on all of them. */
interface Size {
  readonly sources: number;
  readonly rounds: number;
  readonly buildsPerRound: number;
}

const SIZES: readonly Size[] = [
  { sources: 2, rounds: 5, buildsPerRound: 8 },
  { sources: 50, rounds: 5, buildsPerRound: 8 },
  { sources: 500, rounds: 5, buildsPerRound: 8 },
  { sources: 5000, rounds: 3, buildsPerRound: 10 },
  { sources: 10_000, rounds: 3, buildsPerRound: 10 },
];
const TUNINGS: readonly PeerTuning[] = ['plain', 'tuned'];
const WARM_UP_BUILDS = 5;
const WARM_UP_SOURCES = 1000;

/** One build, in milliseconds as its client sees them, except where noted. */
interface Build {
  readonly accepted: number;
  /** From the 202 to the event that says `complete`. */
  readonly completed: number;
  /** From the worker's claim to the publishing transaction, by the database's clock. */
  readonly worked: number;
  /** From `complete` to the end of the follow-up that draws the thumbnail; null where it was not waited for. */
  readonly drawn: number | null;
  readonly downloaded: number;
  readonly document: Uint8Array;
}

/** A peer's runs beside ours. */
interface Contest {
  readonly name: string;
  readonly runs: readonly PeerRun[];
  /** Runs the peer once. @throws Error where its VRT shows anything else than `document` */
  run(document: Uint8Array | undefined): Promise<void>;
}

interface Measured {
  readonly sources: number;
  readonly builds: readonly Build[];
  /** Of the server, in bytes. */
  readonly memory: { readonly before: number; readonly after: number; readonly peak: number };
  readonly fileCalls: FileCalls | null;
  readonly contests: readonly Contest[];
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
/** As many as the largest size and the warming take. */
const TILES = Math.max(WARM_UP_SOURCES, ...sizes.map(({ sources }) => sources));
const peers = options['without-peers'] === true ? [] : await findPeers();
const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
const tileFolder = join(folder, 'tiles');
try {
  printMachine(peers);
  const tiles = await writeTiles(tileFolder, TILES);
  await onDatabase('PGlite', null, tiles);
  const databaseUrl = process.env['INLAY_BENCH_DATABASE_URL'];
  if (databaseUrl) {
    const database = await createBenchDatabase(databaseUrl);
    try {
      await onDatabase(`PostgreSQL ${database.version}`, database.url, tiles);
    } finally {
      await database.drop();
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

async function onDatabase(database: string, url: string | null, tiles: readonly string[]): Promise<void> {
  const server = await startBenchServer(tileFolder, url);
  try {
    console.log(
      `- ${database}: ${megabytes(server.memory().now)} resident once started, ${megabytes(server.memory().peak)} at most`,
    );
    const ids = await catalogue(server, database);
    for (let build = 0; build < WARM_UP_BUILDS; build += 1) await buildOnce(server, ids.slice(0, WARM_UP_SOURCES));
    const measured: Measured[] = [];
    for (const size of sizes) measured.push(await measureSize(server, size, ids, tiles));
    printBuilds(measured);
    if (peers.length > 0) printRatios(measured);
  } finally {
    await server.close();
  }
}

/** Registers all tiles, and says how long that takes. @returns their ids in the order of their names */
async function catalogue(server: BenchServer, database: string): Promise<string[]> {
  const startedAt = performance.now();
  const request = JSON.stringify({ prefix: tileFolder });
  const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/register-rasters', request);
  await server.waitForJob(job_id);
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
  { sources, rounds, buildsPerRound }: Size,
  allIds: readonly string[],
  allTiles: readonly string[],
): Promise<Measured> {
  const ids = allIds.slice(0, sources);
  const contests = await createContests(allTiles.slice(0, sources));
  const before = server.memory().now;
  const builds: Build[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (let build = 0; build < buildsPerRound; build += 1) {
      builds.push(await buildOnce(server, ids, drawsThumbnails && builds.length === 0));
    }
    for (const contest of contests) await contest.run(builds.at(-1)?.document);
  }
  const { now: after, peak } = server.memory();
  const fileCalls = await countFileCalls(server.pid, tileFolder, join(folder, 'calls.txt'), async () => {
    await buildOnce(server, ids);
  });
  return { sources, builds, memory: { before, after, peak }, fileCalls, contests };
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
  const job = await server.waitForJob(job_id);
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

/** Every peer, plain and tuned, on the same files. */
async function createContests(tiles: readonly string[]): Promise<Contest[]> {
  const fileList = join(folder, 'tiles.txt');
  await writeFileList(fileList, tiles);
  return peers.flatMap((peer) => TUNINGS.map((tuning) => createContest(peer, tuning, fileList)));
}

function createContest(peer: GdalBuild, tuning: PeerTuning, fileList: string): Contest {
  const runs: PeerRun[] = [];
  return {
    name: `${peer.version} ${tuning}`,
    runs,
    async run(document = new Uint8Array()) {
      const ours = join(folder, 'inlay.vrt');
      const theirs = join(folder, 'peer.vrt');
      runs.push(await runPeer(peer, tuning, theirs, fileList));
      await writeFile(ours, document);
      if ((await placesOf(ours)) !== (await placesOf(theirs))) throw new Error(`${peer.version} made another VRT`);
    },
  };
}

function printBuilds(measured: readonly Measured[]): void {
  console.log('');
  printTable(
    [
      'sources',
      'builds',
      '202 p50',
      '202 p95',
      'complete p50',
      'complete p95',
      'POST to complete p50',
      'min',
      'of it worked',
      'thumbnail',
      'download',
      'bytes',
      'RSS before',
      'after',
      'peak',
      'opens',
      'stats',
    ],
    measured.map(({ sources, builds, memory, fileCalls }) => {
      const of = (pick: (build: Build) => number) => summarize(builds.map(pick));
      const accepted = of((build) => build.accepted);
      const completed = of((build) => build.completed);
      const whole = of((build) => build.accepted + build.completed);
      return [
        `${sources}`,
        `${builds.length}`,
        ms(accepted.median),
        ms(accepted.p95),
        ms(completed.median),
        ms(completed.p95),
        ms(whole.median),
        ms(whole.min),
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
    ['sources', 'peer', 'runs', 'min s', 'median s', 'peak RSS', 'to POST to complete', 'of minima', 'to worked'],
    measured.flatMap(({ sources, builds, contests }) => {
      const whole = summarize(builds.map((build) => build.accepted + build.completed));
      const worked = summarize(builds.map((build) => build.worked)).median;
      return contests.map(({ name, runs }) => {
        const wall = summarize(runs.map((run) => run.ms));
        return [
          `${sources}`,
          name,
          `${runs.length}`,
          (wall.min / 1000).toFixed(2),
          (wall.median / 1000).toFixed(2),
          megabytes(Math.max(...runs.map(({ peakBytes }) => peakBytes))),
          times(wall.median / whole.median),
          times(wall.min / whole.min),
          times(wall.median / worked),
        ];
      });
    }),
  );
}
