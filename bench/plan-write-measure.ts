// Measures plan + write for one number of sources, in a process of its own because peak memory is a process's:
// `node --expose-gc plan-write-measure.ts <sources> <output file> <profile of a tile as JSON>` prints a PlanWriteFigures.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { RasterProfile } from '@inlay/geo';
import { planMosaic, type VrtSourceInput, writeVrt } from '@inlay/vrt';
import { cataloguedTiles } from './catalogued-tiles.ts';
import { residentBytes, type Summary, summarize } from './measure.ts';
import { tileName } from './tiles.ts';

export interface PlanWriteFigures {
  readonly sources: number;
  /** Milliseconds from the profiles to the file being written and closed (not synced, as gdalbuildvrt's is not). */
  readonly both: Summary;
  readonly plan: Summary;
  readonly write: Summary;
  readonly bytes: number;
  /** Of the process before the first plan, with the profiles in memory; and its peak at the end. */
  readonly inputBytes: number;
  readonly peakBytes: number;
}

const WARM_UP_MS = 1000;
const MEASURING_MS = 3000;
const LEAST_RUNS = 5;
const MOST_RUNS = 1000;
const LARGE = 100_000;

const sourceCount = Number(process.argv[2]);
const [output = '', profile = ''] = process.argv.slice(3);
const tile = JSON.parse(profile) as RasterProfile;

/** Bytes written: what keeps the work from being optimised away. */
let sink = 0;

function planAndWrite(sources: readonly VrtSourceInput[]): { planMs: number; writeMs: number } {
  const startedAt = performance.now();
  const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest' });
  if (plan === null) throw new Error(problems[0]?.message);
  const plannedAt = performance.now();
  const file = openSync(output, 'w');
  for (const text of writeVrt(plan, (index) => ({ filename: tileName(index), relativeToVrt: true }))) {
    sink += writeSync(file, text);
  }
  closeSync(file);
  return { planMs: plannedAt - startedAt, writeMs: performance.now() - plannedAt };
}

/** Warmed with few sources, so that the largest run's memory is its own. */
function warmUp(): void {
  const sources = cataloguedTiles(Math.min(sourceCount, 1000), tile);
  const end = performance.now() + WARM_UP_MS;
  while (performance.now() < end) planAndWrite(sources);
}

warmUp();
const sources = cataloguedTiles(sourceCount, tile);
const inputBytes = residentBytes(process.pid)?.now ?? NaN;
const runs: { planMs: number; writeMs: number }[] = [];
const end = performance.now() + MEASURING_MS;
sink = 0;
while (runs.length < LEAST_RUNS || (performance.now() < end && runs.length < MOST_RUNS)) {
  // A build happens once: what earlier ones left behind is not its memory. Where runs are short it does not matter.
  if (sourceCount >= LARGE) globalThis.gc?.();
  runs.push(planAndWrite(sources));
}

const figures: PlanWriteFigures = {
  sources: sourceCount,
  both: summarize(runs.map(({ planMs, writeMs }) => planMs + writeMs)),
  plan: summarize(runs.map(({ planMs }) => planMs)),
  write: summarize(runs.map(({ writeMs }) => writeMs)),
  bytes: sink / runs.length,
  inputBytes,
  peakBytes: residentBytes(process.pid)?.peak ?? NaN,
};
console.log(JSON.stringify(figures));
