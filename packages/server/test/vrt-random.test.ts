import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Dice } from '@inlay/testing';
import { checkNothingOver } from './killable-server.ts';
import { type Operation, World } from './vrt-world.ts';

// Random operations on a catalogue, on a server that is killed now and then, beside a model of it. INLAY_TEST_OPERATIONS says
// how many there are of each seed, INLAY_TEST_SEEDS which seeds: `INLAY_TEST_OPERATIONS=1000 INLAY_TEST_SEEDS=1,2,3`. What
// fails is made shorter as long as it fails and there is time for it.

const OPERATION_COUNT = Number(process.env['INLAY_TEST_OPERATIONS'] ?? 12);
const SEEDS = (process.env['INLAY_TEST_SEEDS'] ?? '1').split(',').map(Number);
const SHRINKING_MS = 5 * 60_000;

/** How often each kind comes, relative to the others: to start a server takes as long as ten changes. */
const WEIGHTS: Readonly<Record<Operation['kind'], number>> = {
  add: 8,
  remove: 6,
  order: 4,
  regenerate: 3,
  'roll back': 6,
  'two at once': 3,
  'replace a raster': 4,
  'delete a raster': 3,
  delete: 1,
  create: 2,
  'kill while it changes': 1,
  restart: 0.3,
};

function randomOperations(seed: number): Operation[] {
  const dice = new Dice(seed);
  const total = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
  const randomKind = (): Operation['kind'] => {
    let left = dice.between(0, total);
    const kinds = Object.entries(WEIGHTS) as [Operation['kind'], number][];
    return (kinds.find(([, weight]) => (left -= weight) < 0) ?? ['regenerate'])[0];
  };
  return Array.from({ length: OPERATION_COUNT }, () => ({
    kind: randomKind(),
    a: dice.integer(0, 9999),
    b: dice.integer(0, 9999),
  }));
}

interface Failure {
  /** Up to the one that failed. */
  readonly operations: readonly Operation[];
  readonly error: unknown;
}

/** Performs them in a world of their own. @returns null where all went as expected */
async function failureOf(operations: readonly Operation[]): Promise<Failure | null> {
  const folder = await mkdtemp(join(tmpdir(), 'inlay-world-'));
  let world: World | null = null;
  let performed = 0;
  try {
    world = await World.begin(folder);
    for (const operation of operations) {
      performed += 1;
      await world.perform(operation);
    }
    // Starting anew removes what could not be removed before.
    await world.perform({ kind: 'restart', a: 0, b: 0 });
    await world.end();
    await checkNothingOver(world.dataDir);
    return null;
  } catch (error) {
    return { operations: operations.slice(0, performed), error };
  } finally {
    await world?.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Leaves out what can be left out: halves first, then smaller and smaller parts. */
async function shortened(failure: Failure): Promise<Failure> {
  const deadline = performance.now() + SHRINKING_MS;
  let shortest = failure;
  for (let size = shortest.operations.length >> 1; size >= 1; size >>= 1) {
    for (let start = 0; start < shortest.operations.length && performance.now() < deadline;) {
      const shorter = await failureOf(shortest.operations.toSpliced(start, size));
      if (shorter === null) start += size;
      else shortest = shorter;
    }
  }
  return shortest;
}

describe('whatever is done to virtual rasters', () => {
  for (const seed of SEEDS) {
    it(
      `what is served, the links, the facts and the statistics agree after each of ${OPERATION_COUNT} operations (seed ${seed})`,
      { timeout: 3_600_000 },
      async () => {
        const failure = await failureOf(randomOperations(seed));
        if (failure === null) return;
        const { operations, error } = await shortened(failure);
        const listed = operations.map((operation) => JSON.stringify(operation)).join('\n');
        throw new Error(`seed ${seed} fails with these ${operations.length} operations:\n${listed}`, { cause: error });
      },
    );
  }
});
