// Creating a virtual raster over HTTP, from POST to the finished dataset, against gdalbuildvrt of the same files.
// `npx node bench/create.bench.ts [--sizes 500,10000] [--without-peers] [--without-thumbnails]`; README.md says what is
// measured.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Contest, createContests } from './contest.ts';
import { createBenchDatabase } from './database.ts';
import { findPeers } from './gdal.ts';
import { type Build, buildOnce, catalogue } from './http-builds.ts';
import { summarize } from './measure.ts';
import { countFileCalls, type FileCalls } from './opened-files.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { writeTiles } from './tiles.ts';

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
const WARM_UP_BUILDS = 5;
const WARM_UP_SOURCES = 1000;

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
    const ids = await catalogue(server, tileFolder, TILES, { database, drawsThumbnails });
    for (let build = 0; build < WARM_UP_BUILDS; build += 1) await buildOnce(server, ids.slice(0, WARM_UP_SOURCES));
    const measured: Measured[] = [];
    for (const size of sizes) measured.push(await measureSize(server, size, ids, tiles));
    printBuilds(measured);
    if (peers.length > 0) printRatios(measured);
  } finally {
    await server.close();
  }
}

async function measureSize(
  server: BenchServer,
  { sources, rounds, buildsPerRound }: Size,
  allIds: readonly string[],
  allTiles: readonly string[],
): Promise<Measured> {
  const ids = allIds.slice(0, sources);
  const contests = await createContests(peers, allTiles.slice(0, sources), folder);
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
