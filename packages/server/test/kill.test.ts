import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff } from '@inlay/testing';
import { call, checkNothingOver, kill, settle, start } from './killable-server.ts';
import { TINY_TILES, writeTinyTiles } from './tiny-tiles.ts';

// kill -9 at random moments of a batch of creates. Whatever was answered with 202 must end, once, with nothing left over.

const ROUNDS = 20;
const CREATES_PER_ROUND = 6;

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

const CHUNKED_ROUNDS = 6;

describe('a server that is killed while it stores a mosaic in chunks', () => {
  it(`leaves no document of an attempt over, ${CHUNKED_ROUNDS} times`, { timeout: 600_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'inlay-kill-'));
    const tiles = join(dataDir, 'tiles');
    await writeTinyTiles(tiles);
    let child = await start(dataDir, tiles);
    try {
      const registered = await call(child, 'POST', '/api/ingest/register-rasters', { prefix: tiles });
      await settle(child, registered.body.job_id);
      const jobs = await call(child, 'GET', '/api/jobs?limit=1000&status=pending');
      for (const { id } of jobs.body.jobs) await call(child, 'POST', `/api/jobs/${id}/cancel`);
      const ids: string[] = [];
      while (ids.length < TINY_TILES) {
        const { body } = await call(child, 'GET', `/api/datasets/?sort=title&limit=1000&skip=${ids.length}`);
        ids.push(...body.datasets.map((dataset: { id: string }) => dataset.id));
      }

      const ended: string[] = [];
      for (let round = 0; round < CHUNKED_ROUNDS; round += 1) {
        const { status, body } = await call(child, 'POST', '/api/ingest/vrt/create', {
          source_dataset_ids: ids,
          vrt_type: 'mosaic',
          resolution_strategy: 'finest',
          title: `round ${round}`,
        });
        assert.equal(status, 202);
        // A build takes about this long, of which writing is the largest part.
        await delay(Math.random() * 400);
        await kill(child);
        child = await start(dataDir, tiles);
        if (round % 3 === 2) await call(child, 'POST', `/api/jobs/${body.job_id}/cancel`);
        ended.push((await settle(child, body.job_id)).status);
      }
      assert.ok(ended.includes('complete'));
      for (const status of ended) assert.ok(status === 'complete' || status === 'cancelled', status);
      const { body } = await call(child, 'GET', '/api/jobs?limit=1000');
      for (const { id } of body.jobs) await settle(child, id);

      await kill(child);
      const stored = await checkNothingOver(dataDir);
      assert.ok(stored.some((key) => key.endsWith('.chunks')));
    } finally {
      if (child.process.exitCode === null && child.process.signalCode === null) await kill(child);
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
