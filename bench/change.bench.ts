// Adding one source to a large mosaic over HTTP, from POST to the published build, against gdalbuildvrt of all its files, in
// turns. `npx node bench/change.bench.ts [--sources 10000] [--rounds 3] [--without-peers]`; README.md says what is measured.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Contest, createContests } from './contest.ts';
import { createBenchDatabase } from './database.ts';
import { findPeers } from './gdal.ts';
import { buildOnce, catalogue, endFollowUps } from './http-builds.ts';
import { summarize } from './measure.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { writeTiles } from './tiles.ts';

/** One change, in milliseconds as its client sees them, except where noted. */
interface Change {
  readonly accepted: number;
  /** From the 202 to the event that says `complete`. */
  readonly completed: number;
  /** From the worker's claim to the publishing transaction, by the database's clock. */
  readonly worked: number;
  /** Of it, the writing of the files: from the step that is called so to the next one, as its client is told of them. */
  readonly written: number;
}

const { values: options } = parseArgs({
  options: {
    sources: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    'without-peers': { type: 'boolean' },
  },
});
const sources = Number(options.sources);
const rounds = Number(options.rounds);
/** In each round so many, and then each peer once, so that noise falls on all of them. */
const CHANGES_PER_ROUND = 5;
const WARM_UP_CHANGES = 3;
const peers = options['without-peers'] === true ? [] : await findPeers();
const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
const tileFolder = join(folder, 'tiles');
try {
  printMachine(peers);
  const tiles = await writeTiles(tileFolder, sources + 1);
  const contests = await createContests(peers, tiles, folder);
  await onDatabase('PGlite', null, contests);
  const databaseUrl = process.env['INLAY_BENCH_DATABASE_URL'];
  if (databaseUrl) {
    const database = await createBenchDatabase(databaseUrl);
    try {
      await onDatabase(`PostgreSQL ${database.version}`, database.url, []);
    } finally {
      await database.drop();
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

async function onDatabase(database: string, url: string | null, contests: readonly Contest[]): Promise<void> {
  const server = await startBenchServer(tileFolder, url);
  try {
    const ids = await catalogue(server, tileFolder, sources + 1, { database, drawsThumbnails: false });
    const added = ids.at(-1) as string;
    await buildOnce(server, ids.slice(0, -1));
    const { datasets } = await server.call<{ datasets: { id: string }[] }>(
      'GET',
      '/api/datasets/?record_type=vrt_dataset',
    );
    const vrt = datasets[0]?.id ?? '';
    const add = () => changeOnce(server, 'POST', `/api/ingest/vrt/${vrt}/sources/`, { source_dataset_id: added });
    const remove = () => changeOnce(server, 'DELETE', `/api/ingest/vrt/${vrt}/sources/${added}/`);

    const adds: Change[] = [];
    const removals: Change[] = [];
    for (let change = 0; change < WARM_UP_CHANGES; change += 1) {
      await add();
      await remove();
    }
    for (let round = 0; round < rounds; round += 1) {
      for (let change = 0; change < CHANGES_PER_ROUND; change += 1) {
        adds.push(await add());
        if (change === CHANGES_PER_ROUND - 1) await compete(server, vrt, contests);
        removals.push(await remove());
      }
    }
    console.log(`- ${database}: ${megabytes(server.memory().peak)} resident at most\n`);
    printChanges({ 'adding one': adds, 'removing one': removals });
    printRatios(adds, contests);
  } finally {
    await server.close();
  }
}

async function compete(server: BenchServer, vrt: string, contests: readonly Contest[]): Promise<void> {
  if (contests.length === 0) return;
  const document = await server.download(`/api/datasets/${vrt}/download/vrt?sources=local`);
  for (const contest of contests) await contest.run(document);
}

/** Changes a virtual raster and waits for the build. The thumbnail that follows is cancelled. */
async function changeOnce(server: BenchServer, method: string, path: string, body?: object): Promise<Change> {
  const sentAt = performance.now();
  const { job_id } = await server.call<{ job_id: string }>(method, path, body && JSON.stringify(body));
  const acceptedAt = performance.now();
  const job = await server.waitForJob(job_id);
  const completedAt = performance.now();
  await endFollowUps(server, false);
  return {
    accepted: acceptedAt - sentAt,
    completed: completedAt - acceptedAt,
    worked: Date.parse(job.completed_at) - Date.parse(job.started_at),
    written: (job.steps.get('publishing') ?? NaN) - (job.steps.get('writing') ?? NaN),
  };
}

function printChanges(changes: Readonly<Record<string, readonly Change[]>>): void {
  printTable(
    [
      'change',
      'sources',
      'runs',
      '202 p50',
      'complete p50',
      'POST to complete p50',
      'p95',
      'min',
      'of it worked',
      'written',
    ],
    Object.entries(changes).map(([name, runs]) => {
      const of = (pick: (change: Change) => number) => summarize(runs.map(pick));
      const whole = of(({ accepted, completed }) => accepted + completed);
      return [
        name,
        `${sources}`,
        `${runs.length}`,
        ms(of(({ accepted }) => accepted).median),
        ms(of(({ completed }) => completed).median),
        ms(whole.median),
        ms(whole.p95),
        ms(whole.min),
        ms(of(({ worked }) => worked).median),
        ms(of(({ written }) => written).median),
      ];
    }),
  );
}

function printRatios(adds: readonly Change[], contests: readonly Contest[]): void {
  if (contests.length === 0) return;
  const whole = summarize(adds.map(({ accepted, completed }) => accepted + completed));
  console.log('');
  printTable(
    ['peer', 'sources', 'runs', 'min s', 'median s', 'to POST to complete', 'of minima'],
    contests.map(({ name, runs }) => {
      const wall = summarize(runs.map((run) => run.ms));
      return [
        name,
        `${sources + 1}`,
        `${runs.length}`,
        (wall.min / 1000).toFixed(2),
        (wall.median / 1000).toFixed(2),
        times(wall.median / whole.median),
        times(wall.min / whole.min),
      ];
    }),
  );
}
