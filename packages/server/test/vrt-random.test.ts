import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Dice, type FailingSequence, shrink, startPostgres, type TestPostgres } from '@inlay/testing';
import { checkNothingOver } from './killable-server.ts';
import { World } from './vrt-world.ts';
import type { Operation } from './world-model.ts';

// Random operations on a catalogue, on a server that is killed now and then, beside a model of it. INLAY_TEST_OPERATIONS says
// how many there are of each seed, INLAY_TEST_SEEDS which seeds: `INLAY_TEST_OPERATIONS=1000 INLAY_TEST_SEEDS=1,2,3`. What
// fails is made shorter as long as it fails and there is time for it. INLAY_TEST_DATABASE_URL names a PostgreSQL server.

const OPERATION_COUNT = Number(process.env['INLAY_TEST_OPERATIONS'] ?? 60);
const SEEDS = (process.env['INLAY_TEST_SEEDS'] ?? '1').split(',').map(Number);
const SHRINKING_MS = 5 * 60_000;

const IS_SERVER = Boolean(process.env['INLAY_TEST_DATABASE_URL']);

/** How often each kind comes, relative to the others: to start a server takes as long as ten changes, and with the embedded
 * database as thirty. */
const WEIGHTS: Readonly<Record<Operation['kind'], number>> = {
  add: 8,
  remove: 6,
  order: 4,
  regenerate: 3,
  'roll back': 5,
  'two at once': 3,
  'replace a raster': 4,
  'delete a raster': 3,
  delete: 1,
  create: 2,
  'kill while it changes': IS_SERVER ? 0.8 : 0.3,
  restart: 0.1,
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

describe('whatever is done to virtual rasters', () => {
  let postgres: TestPostgres | null = null;
  before(async () => {
    if (IS_SERVER) postgres = await startPostgres();
  });
  after(() => postgres?.stop());

  /** Performs them in a world of their own. @returns null where all went as expected */
  async function failureOf(operations: readonly Operation[]): Promise<FailingSequence<Operation> | null> {
    const folder = await mkdtemp(join(tmpdir(), 'inlay-world-'));
    const database = await postgres?.createTestDatabase();
    let world: World | null = null;
    let performed = 0;
    try {
      world = await World.begin(folder, database?.url ?? '');
      for (const operation of operations) {
        performed += 1;
        await world.perform(operation);
      }
      // Starting anew removes what could not be removed before.
      await world.perform({ kind: 'restart', a: 0, b: 0 });
      await world.end();
      await checkNothingOver(world.dataDir, database?.url);
      return null;
    } catch (error) {
      return { steps: operations.slice(0, performed), error };
    } finally {
      await world?.end();
      await rm(folder, { recursive: true, force: true });
    }
  }

  for (const seed of SEEDS) {
    it(
      `what is served, the links, the facts and the statistics agree after each of ${OPERATION_COUNT} operations (seed ${seed})`,
      { timeout: 3_600_000 },
      async () => {
        const failure = await failureOf(randomOperations(seed));
        if (failure === null) return;
        const deadline = performance.now() + SHRINKING_MS;
        const { steps, error } = await shrink(failure, failureOf, () => performance.now() < deadline);
        const listed = steps.map((operation) => JSON.stringify(operation)).join('\n');
        throw new Error(`seed ${seed} fails with these ${steps.length} operations:\n${listed}`, { cause: error });
      },
    );
  }
});
