import type { Kysely, Transaction } from 'kysely';
import type pg from 'pg';
import { fromKysely, PgBoss } from 'pg-boss';
import type { Tables } from '../db/tables.ts';
import { type JobKind, QUEUE_NAMES, QUEUE_OF, type QueueName } from './job.ts';

/** What a delivery carries. `v` is refused when unknown, so that an old worker cannot misread a new message. */
export interface Delivery {
  readonly v: 1;
  readonly jobId: string;
}

/** pg-boss, and nothing else of ours: it carries job ids to workers. */
export interface Queue {
  /**
   * Enqueues inside the caller's transaction: delivered exactly when that commits.
   * @param queue `queueOf` the job, where that is not its kind's
   */
  send(trx: Transaction<Tables> | Kysely<Tables>, kind: JobKind, jobId: string, queue?: QueueName): Promise<void>;
  /** Tells this process's workers that something was just committed, so that they need not wait for their next look. */
  wake(kind: JobKind, queue?: QueueName): void;
  /** Delivers to `handle` until the queue stops. */
  work(queue: QueueName, concurrency: number, handle: (delivery: Delivery) => Promise<void>): Promise<void>;
  /** Resolves when the queue's schema answers. */
  ping(): Promise<void>;
  stop(): Promise<void>;
}

const POLL_SECONDS = 1;

export async function startQueue(pool: pg.Pool, onError: (error: Error) => void): Promise<Queue> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schema: 'pgboss',
    schedule: false,
    reindex: false,
    monitorVacuum: false,
  });
  boss.on('error', onError);
  await boss.start();
  for (const name of QUEUE_NAMES) {
    // 'short': at most one undelivered message per job (singletonKey), so sending again is harmless. Retrying and
    // expiry are the job row's business: a delivery that died with its worker is sent anew by the sweep.
    await boss.createQueue(name, {
      policy: 'short',
      retryLimit: 0,
      expireInSeconds: 23 * 3600,
      deleteAfterSeconds: 60,
    });
  }
  const workers = new Map<QueueName, string>();
  return {
    async send(trx, kind, jobId, queue = QUEUE_OF[kind]) {
      const delivery: Delivery = { v: 1, jobId };
      await boss.send(queue, delivery, { singletonKey: jobId, db: fromKysely(trx) });
    },
    wake(kind, queue = QUEUE_OF[kind]) {
      const worker = workers.get(queue);
      if (worker !== undefined) boss.notifyWorker(worker);
    },
    async work(queue, concurrency, handle) {
      const worker = await boss.work<Delivery>(
        queue,
        { pollingIntervalSeconds: POLL_SECONDS, batchSize: 1, localConcurrency: concurrency },
        async (messages) => {
          for (const message of messages) {
            if (message.data.v !== 1)
              throw new Error(`delivery version ${String(message.data.v)} is newer than this worker`);
            await handle(message.data);
          }
        },
      );
      workers.set(queue, worker);
    },
    async ping() {
      await boss.getQueue(QUEUE_OF.vrt_create);
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: 10_000, close: false });
    },
  };
}
