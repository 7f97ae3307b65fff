import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Kysely } from 'kysely';
import { ensureAdministrator } from '../src/auth/user-store.ts';
import { migrate } from '../src/db/migrate.ts';
import { createDatabase, type OpenDatabase, openDatabase } from '../src/db/pool.ts';
import type { Tables } from '../src/db/tables.ts';
import { isFinished } from '../src/jobs/job.ts';
import {
  cancelJob,
  claimJob,
  completeJob,
  expireLeases,
  failJob,
  findJob,
  findStalled,
  heartbeat,
  insertJob,
  releaseJob,
  retryJob,
} from '../src/jobs/job-store.ts';
import { startQueue } from '../src/jobs/queue.ts';

// On the embedded database, and on a PostgreSQL server where INLAY_TEST_DATABASE_URL names one.

const SERVER_URL = process.env['INLAY_TEST_DATABASE_URL'];
const DATABASES = ['embedded', ...(SERVER_URL === undefined ? [] : ['server'])] as const;

for (const kind of DATABASES) {
  describe(`jobs on the ${kind} database`, () => {
    let folder: string;
    let open: OpenDatabase;
    let db: Kysely<Tables>;
    let owner: string;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'inlay-jobs-'));
      const database =
        kind === 'embedded' ? ({ kind: 'embedded' } as const) : ({ kind: 'postgres', url: SERVER_URL ?? '' } as const);
      open = await openDatabase({ dataDir: folder, database }, { onError: (error) => assert.fail(error) });
      await migrate(open.pool);
      db = createDatabase<Tables>(open.pool);
      owner = await ensureAdministrator(db);
    });
    after(async () => {
      await open.close();
      await rm(folder, { recursive: true, force: true });
    });

    const newJob = (): Promise<string> =>
      insertJob(db, { kind: 'vrt_create', input: { v: 1 }, owner, requestId: null, queued: true });
    const lapse = (id: string) =>
      db
        .updateTable('jobs')
        .set({ lease_expires_at: new Date(0) })
        .where('id', '=', id)
        .execute();

    it('gives a job to one of two workers that claim it at once', async () => {
      const id = await newJob();
      const claims = await Promise.all([claimJob(db, id), claimJob(db, id)]);
      assert.deepEqual(claims.map((job) => job?.attempt ?? null).sort(), [1, null]);
    });

    it('gives it to another once the lease has lapsed, and fences the first out', async () => {
      const id = await newJob();
      await claimJob(db, id);
      assert.equal(await heartbeat(db, id, 1, { progress: 0.5, step: 'half' }), true);
      await lapse(id);
      const second = await claimJob(db, id);
      assert.equal(second?.attempt, 2);
      assert.equal(second?.progress, 0.5);
      assert.equal(await heartbeat(db, id, 1, { progress: 0.9, step: 'late' }), false);
      assert.equal(await failJob(db, id, 1, { code: 'internal', message: 'late' }), false);
      const published = await db
        .transaction()
        .execute((trx) => completeJob(trx, id, 1, { datasetId: null, warnings: [] }));
      assert.equal(published, false);
      assert.equal((await findJob(db, id))?.current_step, 'half');
    });

    it('never lets progress fall', async () => {
      const id = await newJob();
      await claimJob(db, id);
      await heartbeat(db, id, 1, { progress: 0.75, step: 'a' });
      await heartbeat(db, id, 1, { progress: 0.25, step: 'b' });
      assert.equal((await findJob(db, id))?.progress, 0.75);
    });

    it('takes back what a rolled-back transaction completed', async () => {
      const id = await newJob();
      await claimJob(db, id);
      await assert.rejects(
        db.transaction().execute(async (trx) => {
          assert.equal(await completeJob(trx, id, 1, { datasetId: randomUUID(), warnings: [] }), true);
          throw new Error('publishing failed');
        }),
        /publishing failed/,
      );
      const job = await findJob(db, id);
      assert.equal(job?.status, 'running');
      assert.equal(job?.dataset_id, null);
    });

    it('cancels what has not ended, and nothing else', async () => {
      const id = await newJob();
      await claimJob(db, id);
      assert.equal((await cancelJob(db, id))?.status, 'cancelled');
      assert.equal(await cancelJob(db, id), undefined);
      assert.equal(await heartbeat(db, id, 1, { progress: 1, step: 'x' }), false);
      assert.equal(await claimJob(db, id), null);
    });

    it('starts afresh on retry, with a higher fence', async () => {
      const id = await newJob();
      await claimJob(db, id);
      await failJob(db, id, 1, { code: 'internal', message: 'bad luck' });
      const retried = await db.transaction().execute((trx) => retryJob(trx, id));
      assert.deepEqual([retried?.status, retried?.progress, retried?.error_message], ['pending', 0, null]);
      assert.equal((await claimJob(db, id))?.attempt, 2);
    });

    it('gives up on a job whose workers keep dying', async () => {
      const id = await newJob();
      for (const attempt of [1, 2, 3, 4, 5]) {
        assert.equal((await claimJob(db, id))?.attempt, attempt);
        await lapse(id);
      }
      assert.equal(await claimJob(db, id), null);
      const stalled = await findStalled(db);
      assert.ok(stalled.some((job) => job.id === id && job.attempt >= job.last_attempt));
    });

    it('does not count an attempt against a job whose worker stopped in good order', async () => {
      const id = await newJob();
      await claimJob(db, id);
      await releaseJob(db, id, 1);
      const job = await findJob(db, id);
      assert.deepEqual([job?.status, job?.last_attempt], ['pending', 6]);
    });

    it('finds every running job stalled after all leases were ended', async () => {
      const id = await newJob();
      await claimJob(db, id);
      await expireLeases(db);
      assert.ok((await findStalled(db)).some((job) => job.id === id));
    });

    it('delivers exactly the jobs whose transactions committed, each once however often it is sent', async () => {
      const queue = await startQueue(open.pool, (error) => assert.fail(error));
      const kept: string[] = [];
      const delivered: string[] = [];
      for (let index = 0; index < 20; index += 1) {
        await db
          .transaction()
          .execute(async (trx) => {
            const id = await insertJob(trx, {
              kind: 'vrt_create',
              input: { v: 1 },
              owner,
              requestId: null,
              queued: true,
            });
            await queue.send(trx, 'vrt_create', id);
            await queue.send(trx, 'vrt_create', id);
            if (index % 2 === 1) throw new Error('roll back');
            kept.push(id);
          })
          .catch((error: Error) => assert.equal(error.message, 'roll back'));
      }
      await queue.work('builds', 2, async ({ jobId }) => {
        delivered.push(jobId);
      });
      const deadline = performance.now() + 20_000;
      while (delivered.length < kept.length && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 50));
      await queue.stop();
      assert.deepEqual(delivered.sort(), kept.sort());
    });

    it('knows which states are final', () => {
      assert.deepEqual((['pending', 'running', 'complete', 'failed', 'cancelled'] as const).filter(isFinished), [
        'complete',
        'failed',
        'cancelled',
      ]);
    });
  });
}
