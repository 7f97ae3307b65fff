// What a virtual raster of 10,000 rasters costs, in three measures kept apart, beside gdalbuildvrt in the same run.
// `npx node bench/build.bench.ts [--sources 10000] [--millions 1]`; README.md says what is measured.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { createContests } from './contest.ts';
import { createBenchDatabase } from './database.ts';
import { readFirstTile } from './first-tile.ts';
import { findPeers } from './gdal.ts';
import { type Build, buildOnce, catalogue } from './http-builds.ts';
import { type Summary, summarize } from './measure.ts';
import type { PlanWriteFigures } from './plan-write-measure.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { startBenchServer } from './server.ts';
import { writeTiles } from './tiles.ts';

const ROUNDS = 3;
const BUILDS_PER_ROUND = 10;
const WARM_UP_BUILDS = 5;
/** Sources of the request whose acceptance is measured. */
const POSTED = 5000;
const MILLION = 1_000_000;
const MEASURE = fileURLToPath(new URL('./plan-write-measure.ts', import.meta.url));

const run = promisify(execFile);
const { values: options } = parseArgs({
  options: { sources: { type: 'string', default: '10000' }, millions: { type: 'string', default: '1' } },
});
const count = Number(options.sources);
const large = Number(options.millions) * MILLION;
const peers = await findPeers();
const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
const tileFolder = join(folder, 'tiles');
const tile = JSON.stringify(await readFirstTile());
try {
  printMachine(peers);
  const tiles = await writeTiles(tileFolder, count);
  const contests = await createContests(peers, tiles, folder);
  const planned: PlanWriteFigures[] = [];
  const databases: { name: string; builds: Build[]; posts: number[] }[] = [];

  for (const { name, url, drop } of await databasesToMeasure()) {
    const server = await startBenchServer(tileFolder, url);
    const measured = { name, builds: [] as Build[], posts: [] as number[] };
    databases.push(measured);
    try {
      const ids = await catalogue(server, tileFolder, count, { database: name, drawsThumbnails: false });
      for (let build = 0; build < WARM_UP_BUILDS; build += 1) await buildOnce(server, ids.slice(0, 1000));
      for (let round = 0; round < ROUNDS; round += 1) {
        planned.push(await planAndWrite(count));
        for (let build = 0; build < BUILDS_PER_ROUND; build += 1) {
          measured.builds.push(await buildOnce(server, ids));
          measured.posts.push((await buildOnce(server, ids.slice(0, POSTED))).accepted);
        }
        for (const contest of contests) await contest.run(measured.builds.at(-1)?.document);
      }
    } finally {
      await server.close();
      await drop();
    }
  }

  const ours = [
    { name: 'plan + write', wall: middle(planned).both },
    ...databases.flatMap(({ name, builds }) => [
      { name: `database to artifact, ${name}`, wall: summarize(builds.map(({ worked }) => worked)) },
      {
        name: `POST to complete, ${name}`,
        wall: summarize(builds.map(({ accepted, completed }) => accepted + completed)),
      },
    ]),
  ];
  console.log('');
  printTable(
    ['', 'runs', 'min ms', 'median ms', 'p95 ms', ...contests.map(({ name }) => `of ${name}`)],
    [
      ...contests.map(({ name, runs }) => {
        const wall = summarize(runs.map((peerRun) => peerRun.ms));
        return [name, ...columns(wall), ...contests.map(() => '')];
      }),
      ...ours.map(({ name, wall }) => [
        name,
        ...columns(wall),
        ...contests.map(({ runs }) => times(summarize(runs.map((peerRun) => peerRun.ms)).median / wall.median)),
      ]),
      ...databases.map(({ name, posts }) => [
        `POST of ${POSTED} to 202, ${name}`,
        ...columns(summarize(posts)),
        ...contests.map(() => ''),
      ]),
    ],
  );

  if (large > 0) {
    const few = middle(planned);
    const many = await planAndWrite(large);
    const each = (figures: PlanWriteFigures): number => figures.both.median / figures.sources;
    console.log('');
    console.log(
      `- ${large} sources: plan + write in ${(many.both.median / 1000).toFixed(2)} s, ${megabytes(many.peakBytes)} at most ` +
        `(${megabytes(many.inputBytes)} of it before the plan), ${times(each(many) / each(few))} the cost per source of ${count}`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}

/** The embedded database, and the server that INLAY_BENCH_DATABASE_URL names. */
async function databasesToMeasure(): Promise<{ name: string; url: string | null; drop(): Promise<void> }[]> {
  const embedded = { name: 'PGlite', url: null, drop: async () => {} };
  const url = process.env['INLAY_BENCH_DATABASE_URL'];
  if (!url) return [embedded];
  const database = await createBenchDatabase(url);
  return [embedded, { name: `PostgreSQL ${database.version}`, url: database.url, drop: () => database.drop() }];
}

/** In a process of its own. */
async function planAndWrite(sources: number): Promise<PlanWriteFigures> {
  const output = join(folder, 'planned.vrt');
  const { stdout } = await run(process.execPath, ['--expose-gc', MEASURE, `${sources}`, output, tile]);
  return JSON.parse(stdout) as PlanWriteFigures;
}

function middle(figures: readonly PlanWriteFigures[]): PlanWriteFigures {
  return figures.toSorted((a, b) => a.both.median - b.both.median)[Math.floor(figures.length / 2)] as PlanWriteFigures;
}

function columns(wall: Summary): string[] {
  return [`${wall.count}`, ms(wall.min), ms(wall.median), ms(wall.p95)];
}
