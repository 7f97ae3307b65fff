import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeGeoTiff } from '@inlay/testing';
import type { Kysely } from 'kysely';
import { createDatabase, openDatabase } from '../src/db/pool.ts';
import type { Tables } from '../src/db/tables.ts';

// kill -9 at random moments of a batch of creates. Whatever was answered with 202 must end, once, with nothing left over.

const ROUNDS = 20;
const CREATES_PER_ROUND = 6;
const SERVER = fileURLToPath(new URL('./server-process.ts', import.meta.url));

interface Child {
  readonly process: ChildProcess;
  readonly url: string;
  readonly token: string;
}

async function start(dataDir: string): Promise<Child> {
  const child = spawn(process.execPath, [SERVER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const died = once(child, 'exit').then(() => Promise.reject(new Error('the server ended before it listened')));
  const [line] = (await Promise.race([once(lines, 'line'), died])) as [string];
  died.catch(() => {}); // from here on it is killed on purpose
  return { process: child, ...(JSON.parse(line) as { url: string; token: string }) };
}

async function kill(child: Child): Promise<void> {
  const exited = once(child.process, 'exit');
  child.process.kill('SIGKILL');
  await exited;
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests read whatever the answer is
async function call(child: Child, method: string, path: string, body?: object): Promise<{ status: number; body: any }> {
  const isForm = body instanceof FormData;
  const response = await fetch(child.url + path, {
    method,
    headers: {
      authorization: `Bearer ${child.token}`,
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

async function settle(
  child: Child,
  jobId: string,
): Promise<{ status: string; dataset_id: string | null; error_message: string | null }> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { body } = await call(child, 'GET', `/api/jobs/${jobId}`);
    if (['complete', 'failed', 'cancelled'].includes(body.status)) return body;
    assert.ok(performance.now() < deadline, `job ${jobId} is still ${body.status} (${body.current_step})`);
    await delay(50);
  }
}

describe('a server that is killed', () => {
  it(
    `loses nothing it accepted, makes nothing twice and leaves nothing over, ${ROUNDS} times`,
    { timeout: 600_000 },
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'inlay-kill-'));
      let child = await start(dataDir);
      try {
        const ids: string[] = [];
        for (let index = 0; index < 4; index += 1) {
          const form = new FormData();
          form.set('title', `tile ${index}`);
          form.set(
            'file',
            new Blob([
              makeGeoTiff({
                width: 32,
                height: 32,
                origin: [500_000 + 320 * index, 5_300_000],
                resolution: 10,
                epsg: 32633,
              }),
            ]),
            'tile.tif',
          );
          const sent = await call(child, 'POST', '/api/ingest/upload?commit=true', form);
          const job = await settle(child, sent.body.job_id);
          ids.push(job.dataset_id as string);
        }

        const accepted: string[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          const running = child;
          const before = accepted.length;
          // Most of the last requests die with the server: how each ends is looked at later.
          const creates = Promise.allSettled(
            Array.from({ length: CREATES_PER_ROUND }, async (_, index) => {
              await delay(index * 15);
              const answer = await call(running, 'POST', '/api/ingest/vrt/create', {
                source_dataset_ids: ids,
                vrt_type: 'mosaic',
                resolution_strategy: 'finest',
                title: `round ${round} mosaic ${index}`,
              });
              assert.equal(answer.status, 202);
              accepted.push(answer.body.job_id as string);
            }),
          );
          // From before the first answer to well after the last: every step of some job is hit in some round. The
          // machine's speed decides when an answer comes, so the moment is counted in answers first.
          const answers = Math.floor(Math.random() * (CREATES_PER_ROUND + 1));
          const ended = creates.then(() => true);
          while (accepted.length - before < answers && !(await Promise.race([ended, delay(2, false)])));
          await delay(Math.random() * 150);
          await kill(running);
          await creates;
          child = await start(dataDir);
        }

        assert.ok(
          accepted.length > ROUNDS,
          `only ${accepted.length} creates were accepted: the kills came too early to mean anything`,
        );
        const datasetIds = new Set<string>();
        for (const jobId of accepted) {
          const job = await settle(child, jobId);
          const made = await call(child, 'GET', `/api/datasets/?job_id=${jobId}`);
          const ids = made.body.datasets.map((dataset: { id: string }) => dataset.id);
          if (job.status === 'failed') {
            // Killed under it five times over: given up with the reason, and nothing made.
            assert.match(job.error_message ?? '', /stopped without a word 5 times/);
            assert.deepEqual(ids, []);
            continue;
          }
          assert.equal(job.status, 'complete', `job ${jobId}: ${job.error_message}`);
          assert.deepEqual(ids, [job.dataset_id]);
          datasetIds.add(job.dataset_id as string);
        }
        assert.ok(datasetIds.size > accepted.length / 2, `only ${datasetIds.size} of ${accepted.length} completed`);
        // Jobs whose 202 was lost on the way, and thumbnails, end as well.
        const { body } = await call(child, 'GET', '/api/jobs?limit=1000');
        for (const job of body.jobs as { id: string }[]) await settle(child, job.id);

        await kill(child);
        await checkNothingOver(dataDir);
      } finally {
        if (child.process.exitCode === null && child.process.signalCode === null) await kill(child);
        await rm(dataDir, { recursive: true, force: true });
      }
    },
  );
});

/** Every stored object is somebody's, every dataset has its objects and a job that completed. */
async function checkNothingOver(dataDir: string): Promise<void> {
  const open = await openDatabase(
    { dataDir, database: { kind: 'embedded' } },
    { onError: (error) => assert.fail(error) },
  );
  const db: Kysely<Tables> = createDatabase<Tables>(open.pool);
  const rasters = await db.selectFrom('rasters').select(['object_key', 'quicklook_key']).execute();
  const generations = await db.selectFrom('vrt_generations').select('object_key').execute();
  const orphans = await db
    .selectFrom('datasets')
    .leftJoin('jobs', 'jobs.id', 'datasets.job_id')
    .select('datasets.id')
    .where((eb) => eb.or([eb('jobs.status', 'is', null), eb('jobs.status', '<>', 'complete')]))
    .execute();
  await open.close();
  const named = new Set([
    ...rasters.flatMap((row) => [row.object_key, row.quicklook_key]),
    ...generations.map((row) => row.object_key),
  ]);
  named.delete(null);
  const objects = join(dataDir, 'objects');
  const files = (await readdir(objects, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(objects, join(entry.parentPath, entry.name)));
  assert.deepEqual(files.sort(), [...named].sort());
  assert.deepEqual(orphans, []);
}
