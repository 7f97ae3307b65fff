// Plan + write in process, from profiles in memory, against gdalbuildvrt of the same tiles on disk.
// `npx node bench/plan-write.bench.ts`; README.md says what is measured.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readFirstTile } from './first-tile.ts';
import { findPeers, type PeerRun, type PeerTuning, placesOf, runPeer, writeFileList } from './gdal.ts';
import { summarize } from './measure.ts';
import type { PlanWriteFigures } from './plan-write-measure.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { writeTiles } from './tiles.ts';

const SOURCE_COUNTS = [10, 100, 1000, 10_000, 100_000, 1_000_000] as const;
/** Sizes at which the peer runs too, and how often. */
const PEER_ROUNDS: ReadonlyMap<number, number> = new Map([
  [1000, 5],
  [10_000, 3],
]);
const TUNINGS: readonly PeerTuning[] = ['plain', 'tuned'];
const MEASURE = fileURLToPath(new URL('./plan-write-measure.ts', import.meta.url));

const run = promisify(execFile);
const peers = await findPeers();
const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
const ours = join(folder, 'inlay.vrt');
const tile = JSON.stringify(await readFirstTile());
const ratios: string[][] = [];
try {
  printMachine(peers);
  const all: PlanWriteFigures[] = [];
  for (const count of SOURCE_COUNTS) {
    const rounds = PEER_ROUNDS.get(count);
    all.push(rounds === undefined ? await measure(count) : await measureBesidePeers(count, rounds));
  }
  printTable(
    [
      'sources',
      'runs',
      'min ms',
      'mean±std ms',
      'median ms',
      'of it plan',
      'µs per source',
      'bytes',
      'input',
      'peak RSS',
    ],
    all.map(({ sources, both, plan, bytes, inputBytes, peakBytes }) => [
      `${sources}`,
      `${both.count}`,
      ms(both.min),
      `${ms(both.mean)}±${ms(both.stddev)}`,
      ms(both.median),
      ms(plan.median),
      ((both.median * 1000) / sources).toFixed(2),
      `${bytes}`,
      megabytes(inputBytes),
      megabytes(peakBytes),
    ]),
  );
  console.log('');
  printTable(['sources', 'peer', 'runs', 'min s', 'median s', 'peak RSS', 'ratio of medians', 'of minima'], ratios);
} finally {
  await rm(folder, { recursive: true });
}

/** Ours, in a process of its own. */
async function measure(count: number): Promise<PlanWriteFigures> {
  const { stdout } = await run(process.execPath, ['--expose-gc', MEASURE, `${count}`, ours, tile]);
  return JSON.parse(stdout) as PlanWriteFigures;
}

/**
 * Ours and every peer, plain and tuned, in turns, so that what else the machine does falls on all of them. The peers
 * read tiles in a folder of their own; their VRT must show what ours does, or there is nothing to compare.
 * @returns the middle one of our measurements
 */
async function measureBesidePeers(count: number, rounds: number): Promise<PlanWriteFigures> {
  const tiles = join(folder, `${count}`);
  const fileList = join(folder, 'tiles.txt');
  const theirs = join(folder, 'peer.vrt');
  await writeFileList(fileList, await writeTiles(tiles, count));
  const results = peers.flatMap((peer) => TUNINGS.map((tuning) => ({ peer, tuning, runs: [] as PeerRun[] })));
  const measured: PlanWriteFigures[] = [];
  for (let round = 0; round < rounds; round += 1) {
    measured.push(await measure(count));
    for (const { peer, tuning, runs } of results) {
      runs.push(await runPeer(peer, tuning, theirs, fileList));
      if ((await placesOf(ours)) !== (await placesOf(theirs))) throw new Error(`${peer.version} made another VRT`);
    }
  }
  await rm(tiles, { recursive: true });
  measured.sort((a, b) => a.both.median - b.both.median);
  const figures = measured[Math.floor(measured.length / 2)] as PlanWriteFigures;
  for (const { peer, tuning, runs } of results) {
    const wall = summarize(runs.map((peerRun) => peerRun.ms));
    ratios.push([
      `${count}`,
      `${peer.version} ${tuning}`,
      `${runs.length}`,
      (wall.min / 1000).toFixed(2),
      (wall.median / 1000).toFixed(2),
      megabytes(Math.max(...runs.map(({ peakBytes }) => peakBytes))),
      times(wall.median / figures.both.median),
      times(wall.min / figures.both.min),
    ]);
  }
  return figures;
}
