import { randomUUID } from 'node:crypto';
import {
  type AliasedRawBuilder,
  expressionBuilder,
  type Kysely,
  type Selectable,
  sql,
  type Transaction,
  type UpdateObject,
} from 'kysely';
import { type Actor, pixelsVisibleTo } from '../access.ts';
import { storableText } from '../db/storable-text.ts';
import type { JobsTable, JobStatus, Tables } from '../db/tables.ts';
import { ATTEMPTS, type JobKind, LEASE_SECONDS, TRANSITIONS } from './job.ts';

// The rows of `jobs`. Every write of a running attempt is fenced: it names the attempt, and reports whether it was
// still the newest one.

export type Job = Selectable<JobsTable>;
type Db = Kysely<Tables>;
type Trx = Transaction<Tables>;

export interface NewJob {
  readonly kind: JobKind;
  readonly input: unknown;
  readonly owner: string;
  readonly requestId: string | null;
  readonly sourceIds?: readonly string[];
  readonly sourceFilename?: string;
  readonly datasetId?: string;
  /** Handed to the queue in the same transaction. An upload waits for its commit instead. */
  readonly queued: boolean;
}

export async function insertJob(db: Db | Trx, job: NewJob): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('jobs')
    .values({
      id,
      kind: job.kind,
      input: JSON.stringify(job.input),
      source_ids: job.sourceIds === undefined ? null : [...job.sourceIds],
      status: 'pending',
      owner: job.owner,
      dataset_id: job.datasetId ?? null,
      source_filename: job.sourceFilename ?? null,
      current_step: job.queued ? 'queued' : null,
      error_code: null,
      error_message: null,
      queued: job.queued,
      lease_expires_at: null,
      request_id: job.requestId,
      started_at: null,
      completed_at: null,
    })
    .execute();
  return id;
}

export async function findJob(db: Db | Trx, id: string): Promise<Job | undefined> {
  return await db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
}

/** A file that a job has made, as its row tells; times are text. */
export interface ShownResult {
  readonly filename: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly expires_at: string;
}

/** A job as the API shows it: without its lists of ids, which may be long; `input` is an upload's, else its `v` alone. */
export type ShownJob = Omit<Job, 'source_ids'> & {
  /** Null where there is none, it has expired, or it is made of what whoever asks may not see now. */
  readonly result: ShownResult | null;
  readonly owner_name: string;
  /** What it makes was to be called; null where that has no title. */
  readonly title: string | null;
  /** Of an export. */
  readonly source_dataset_id: string | null;
};

const SHOWN_COLUMNS = [
  'id',
  'kind',
  'status',
  'owner',
  'dataset_id',
  'source_filename',
  'progress',
  'current_step',
  'warnings',
  'error_code',
  'error_message',
  'attempt',
  'last_attempt',
  'queued',
  'lease_expires_at',
  'request_id',
  'created_at',
  'updated_at',
  'started_at',
  'completed_at',
] as const;

const SHOWN_INPUT = sql<unknown>`
  CASE kind WHEN 'upload' THEN input ELSE jsonb_build_object('v', input -> 'v') END`.as('input');

const EXPORTED = sql<string | null>`CASE kind WHEN 'export' THEN input ->> 'datasetId' END`;

/** An export is of its dataset's pixels: it is for those who may have these. */
function resultFor(actor: Actor): AliasedRawBuilder<ShownResult | null, 'result'> {
  const mayHave = pixelsVisibleTo(actor)(expressionBuilder<Tables, 'datasets'>());
  return sql<ShownResult | null>`
    (SELECT json_build_object('filename', r.filename, 'bytes', r.bytes, 'sha256', r.sha256, 'expires_at', r.expires_at)
      FROM export_results r JOIN datasets ON datasets.id = (${EXPORTED})::uuid
      WHERE r.job_id = jobs.id AND r.expires_at > now() AND ${mayHave})`.as('result');
}

const OWNER_NAME = sql<string>`(SELECT u.username FROM users u WHERE u.id = jobs.owner)`.as('owner_name');

const TITLE = sql<string | null>`
  CASE kind WHEN 'upload' THEN input #>> '{commit,title}' WHEN 'vrt_create' THEN input ->> 'title'
    WHEN 'export' THEN input ->> 'title' END`.as('title');

const SHOWN = [SHOWN_INPUT, OWNER_NAME, TITLE, EXPORTED.as('source_dataset_id')] as const;

/** @param actor who asks, whoever's job it is */
export async function findShownJob(db: Db, actor: Actor, id: string): Promise<ShownJob | undefined> {
  return await db
    .selectFrom('jobs')
    .select([...SHOWN_COLUMNS, ...SHOWN, resultFor(actor)])
    .where('id', '=', id)
    .executeTakeFirst();
}

export interface JobFilter {
  /** Null: everyone's. */
  readonly owner: string | null;
  readonly status?: JobStatus;
  readonly kind?: string;
  /** Exports of this dataset. */
  readonly sourceDatasetId?: string | undefined;
  readonly limit: number;
  readonly skip: number;
}

/** @param actor who asks */
export async function listJobs(db: Db, actor: Actor, filter: JobFilter): Promise<{ jobs: ShownJob[]; total: number }> {
  let query = db.selectFrom('jobs');
  if (filter.owner !== null) query = query.where('owner', '=', filter.owner);
  if (filter.status !== undefined) query = query.where('status', '=', filter.status);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.sourceDatasetId !== undefined) query = query.where(EXPORTED, '=', filter.sourceDatasetId.toLowerCase());
  const jobs = await query
    .select([...SHOWN_COLUMNS, ...SHOWN, resultFor(actor)])
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .offset(filter.skip)
    .execute();
  const { total } = await query.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  return { jobs, total };
}

const newLease = sql<Date>`now() + make_interval(secs => ${LEASE_SECONDS})`;

/**
 * Takes a job for this worker and starts its next attempt, or null where there is nothing to do: finished,
 * cancelled, or running elsewhere under a lease that holds.
 */
export async function claimJob(db: Db, id: string): Promise<Job | null> {
  const claimed = await db
    .updateTable('jobs')
    .set({
      status: 'running',
      attempt: sql`attempt + 1`,
      lease_expires_at: newLease,
      started_at: sql`coalesce(started_at, now())`,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .where('queued', '=', true)
    .where(({ eb, or, and }) =>
      or([eb('status', '=', 'pending'), and([eb('status', '=', 'running'), sql<boolean>`lease_expires_at < now()`])]),
    )
    .whereRef('attempt', '<', 'last_attempt')
    .returningAll()
    .executeTakeFirst();
  return claimed ?? null;
}

/** Extends the lease and shows how far the work is. False: this attempt is no longer the one; stop, publish nothing. */
export async function heartbeat(
  db: Db,
  id: string,
  attempt: number,
  shown: { progress: number; step: string },
): Promise<boolean> {
  const result = await db
    .updateTable('jobs')
    .set({
      lease_expires_at: newLease,
      progress: sql`greatest(progress, ${shown.progress}::real)`,
      current_step: shown.step,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .where('status', '=', 'running')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * Ends a job well, inside the transaction that publishes its result. False: the attempt was overtaken or
 * cancelled, and the caller must roll back.
 */
export async function completeJob(
  trx: Trx,
  id: string,
  attempt: number,
  result: { datasetId: string | null; warnings: readonly string[] },
): Promise<boolean> {
  const updated = await trx
    .updateTable('jobs')
    .set({
      status: 'complete',
      progress: 1,
      current_step: null,
      dataset_id: result.datasetId,
      warnings: JSON.stringify(result.warnings.map(storableText)),
      error_code: null,
      error_message: null,
      lease_expires_at: null,
      completed_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .where('status', 'in', TRANSITIONS.complete)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

export async function failJob(
  db: Db,
  id: string,
  attempt: number,
  error: { code: string; message: string },
): Promise<boolean> {
  const updated = await db
    .updateTable('jobs')
    .set({
      status: 'failed',
      current_step: null,
      error_code: error.code,
      error_message: storableText(error.message),
      lease_expires_at: null,
      completed_at: sql`now()`,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .where('status', 'in', TRANSITIONS.failed)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

/** Gives a job back so that it is tried again: its worker stops before it is done. */
export async function releaseJob(db: Db, id: string, attempt: number): Promise<void> {
  await db
    .updateTable('jobs')
    .set({
      status: 'pending',
      // A worker that stops in good order did not die of this job.
      last_attempt: sql`last_attempt + 1`,
      current_step: 'queued',
      lease_expires_at: null,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .where('attempt', '=', attempt)
    .where('status', '=', 'running')
    .execute();
}

/** What the row of a job says once it is cancelled. */
export const CANCELLED: UpdateObject<Tables, 'jobs'> = {
  status: 'cancelled',
  current_step: null,
  lease_expires_at: null,
  completed_at: sql<Date>`now()`,
  updated_at: sql<Date>`now()`,
};

/** The cancelled job, or undefined where it had already ended. */
export async function cancelJob(db: Db, id: string): Promise<Job | undefined> {
  return await db
    .updateTable('jobs')
    .set(CANCELLED)
    .where('id', '=', id)
    .where('status', 'in', TRANSITIONS.cancelled)
    .returningAll()
    .executeTakeFirst();
}

/** @param input what it is to be tried again with; left out: what it had */
export async function retryJob(trx: Trx, id: string, input?: unknown): Promise<Job | undefined> {
  return await trx
    .updateTable('jobs')
    .set({
      status: 'pending',
      queued: true,
      progress: 0,
      current_step: 'queued',
      last_attempt: sql`attempt + ${ATTEMPTS}`,
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
      error_code: null,
      error_message: null,
      started_at: null,
      completed_at: null,
      updated_at: sql`now()`,
    })
    .where('id', '=', id)
    .where('status', 'in', ['failed', 'cancelled'])
    .returningAll()
    .executeTakeFirst();
}

/** Makes a waiting upload's job deliverable, with what its commit said. Undefined where it was no longer waiting. */
export async function queueWaitingJob(trx: Trx, id: string, input: unknown): Promise<Job | undefined> {
  return await trx
    .updateTable('jobs')
    .set({ queued: true, input: JSON.stringify(input), current_step: 'queued', updated_at: sql`now()` })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('queued', '=', false)
    .returningAll()
    .executeTakeFirst();
}

/** Which of these jobs some worker is at work on. */
export async function findWorkedOn(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('id', 'in', [...ids])
    .where('status', '=', 'running')
    .where('lease_expires_at', '>', sql<Date>`now()`)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Ends every lease at once: for a database only this process can have open, where no other worker can be alive. */
export async function expireLeases(db: Db): Promise<void> {
  await db
    .updateTable('jobs')
    .set({ lease_expires_at: sql`now() - interval '1 second'` })
    .where('status', '=', 'running')
    .execute();
}

/**
 * What the sweep acts on: jobs whose worker fell silent, and jobs that have waited in the queue for longer than a
 * lease (their delivery may have been lost with the worker that fetched it).
 */
export async function findStalled(
  db: Db,
): Promise<Pick<Job, 'id' | 'kind' | 'status' | 'attempt' | 'last_attempt' | 'input'>[]> {
  return await db
    .selectFrom('jobs')
    .select(['id', 'kind', 'status', 'attempt', 'last_attempt', 'input'])
    .where('queued', '=', true)
    .where(({ eb, or, and }) =>
      or([
        and([eb('status', '=', 'running'), sql<boolean>`lease_expires_at < now()`]),
        and([eb('status', '=', 'pending'), sql<boolean>`updated_at < now() - make_interval(secs => ${LEASE_SECONDS})`]),
      ]),
    )
    .orderBy('created_at')
    .limit(1000)
    .execute();
}
