import type { VrtChange, VrtOptions } from '@inlay/contract';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { doomObjects } from '../catalog/doomed-store.ts';
import type { ResolutionStrategy, Tables, VrtType, Visibility } from '../db/tables.ts';
import { ServerError } from '../error.ts';
import { CANCELLED } from '../jobs/job-store.ts';
import { TRANSITIONS } from '../jobs/job.ts';
import { artifactKeys } from './store-artifact.ts';

type Db = Kysely<Tables>;
type Trx = Transaction<Tables>;

/** A virtual raster and how the generation that it shows was built. */
export interface ShownVrt {
  readonly id: string;
  readonly title: string;
  readonly visibility: Visibility;
  readonly createdBy: string;
  readonly vrtType: VrtType;
  readonly shown: {
    readonly id: string;
    readonly options: VrtOptions;
    readonly resolutionStrategy: ResolutionStrategy;
    readonly sourceCount: number;
  };
}

/** A virtual raster, without looking at who asks; undefined where there is none of that id. */
export async function findShownVrt(db: Db, id: string): Promise<ShownVrt | undefined> {
  const row = await db
    .selectFrom('vrts')
    .innerJoin('vrt_generations as shown', 'shown.id', 'vrts.generation_id')
    .innerJoin('datasets', 'datasets.id', 'vrts.dataset_id')
    .select(['datasets.title', 'datasets.visibility', 'datasets.created_by', 'vrts.vrt_type'])
    .select(['shown.id as shown_id', 'shown.options', 'shown.resolution_strategy', 'shown.source_count'])
    .where('vrts.dataset_id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { title, visibility, created_by: createdBy, vrt_type: vrtType, options } = row;
  const { shown_id: shownId, resolution_strategy: resolutionStrategy, source_count: sourceCount } = row;
  const shown = { id: shownId, options, resolutionStrategy, sourceCount };
  return { id, title, visibility, createdBy, vrtType, shown };
}

/** A build of a virtual raster that waits or runs. */
export interface ActiveBuild {
  readonly jobId: string;
  readonly generationId: string;
  readonly change: VrtChange;
  readonly startedAt: Date;
  readonly elapsedSeconds: number;
  readonly progress: number;
  readonly step: string | null;
}

const GENERATION_ID = sql<string>`(input ->> 'generationId')::uuid`;
const CHANGE = sql<VrtChange>`input ->> 'change'`;
const STARTED_AT = sql<Date>`coalesce(started_at, created_at)`;

/** The build of a virtual raster that waits or runs: at most one, which an index of `jobs` sees to. */
export async function findActiveBuild(db: Db | Trx, datasetId: string): Promise<ActiveBuild | undefined> {
  const row = await db
    .selectFrom('jobs')
    .select(['id', 'progress', 'current_step', GENERATION_ID.as('generation_id'), CHANGE.as('change')])
    .select(STARTED_AT.as('started'))
    .select(
      sql<number>`greatest(0, extract(epoch FROM now() - coalesce(started_at, created_at)))::float8`.as('elapsed'),
    )
    .where('dataset_id', '=', datasetId)
    .where('kind', '=', 'vrt_change')
    .where('status', 'in', ['pending', 'running'])
    .executeTakeFirst();
  return row === undefined
    ? undefined
    : {
        jobId: row.id,
        generationId: row.generation_id,
        change: row.change,
        startedAt: row.started,
        elapsedSeconds: row.elapsed,
        progress: row.progress,
        step: row.current_step,
      };
}

/** A build that failed. */
export interface FailedBuild {
  readonly jobId: string;
  readonly generationId: string;
  readonly change: VrtChange;
  readonly message: string;
  readonly failedAt: Date;
}

/** The last build of a virtual raster, where it failed and nothing else came to be shown since. */
export async function findLastFailure(db: Db, datasetId: string): Promise<FailedBuild | undefined> {
  const row = await db
    .selectFrom('jobs')
    .innerJoin('vrts', 'vrts.dataset_id', 'jobs.dataset_id')
    .select(['jobs.id', 'jobs.status', 'jobs.error_message', 'jobs.completed_at'])
    .select([GENERATION_ID.as('generation_id'), CHANGE.as('change')])
    .where('jobs.dataset_id', '=', datasetId)
    .where('jobs.kind', '=', 'vrt_change')
    .where('jobs.status', 'in', ['failed', 'cancelled'])
    .whereRef('jobs.completed_at', '>', 'vrts.shown_since')
    .orderBy('jobs.completed_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined || row.status !== 'failed' || row.completed_at === null
    ? undefined
    : {
        jobId: row.id,
        generationId: row.generation_id,
        change: row.change,
        message: row.error_message ?? '',
        failedAt: row.completed_at,
      };
}

/** A build of a virtual raster, whatever has become of it. */
export interface ListedBuild {
  readonly id: string;
  readonly number: number | null;
  readonly status: 'pending' | 'running' | 'completed' | 'failed';
  readonly change: VrtChange;
  readonly job_id: string | null;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  readonly error_message: string | null;
  readonly source_count: number;
  readonly options: VrtOptions;
  readonly requires_gdal: string | null;
  readonly triggered_by: string | null;
}

/** The generations that are kept, and the builds that wait, run or failed; newest first. */
export async function listBuilds(
  db: Db,
  datasetId: string,
  page: { readonly limit: number; readonly skip: number },
): Promise<{ builds: ListedBuild[]; total: number }> {
  const generations = db
    .selectFrom('vrt_generations')
    .select(['id', 'number', 'change', 'job_id', 'started_at', 'completed_at', 'source_count'])
    .select(['options', 'requires_gdal', 'triggered_by'])
    .select([
      sql<ListedBuild['status']>`'completed'`.as('status'),
      sql<string | null>`NULL::text`.as('error_message'),
      sql<Date>`started_at`.as('since'),
    ])
    .where('dataset_id', '=', datasetId);
  const others = db
    .selectFrom('jobs')
    .select([
      GENERATION_ID.as('id'),
      sql<number | null>`NULL::integer`.as('number'),
      CHANGE.as('change'),
      'id as job_id',
      'started_at',
      'completed_at',
      sql<number>`(input ->> 'sourceCount')::integer`.as('source_count'),
      sql<VrtOptions>`input -> 'options'`.as('options'),
      sql<string | null>`NULL::text`.as('requires_gdal'),
      'owner as triggered_by',
      sql<ListedBuild['status']>`CASE WHEN status IN ('pending', 'running') THEN status ELSE 'failed' END`.as('status'),
      sql<string | null>`CASE status WHEN 'cancelled' THEN 'It was cancelled.' ELSE error_message END`.as(
        'error_message',
      ),
      STARTED_AT.as('since'),
    ])
    .where('dataset_id', '=', datasetId)
    .where('kind', '=', 'vrt_change')
    .where('status', '<>', 'complete');
  const builds = await db
    .selectFrom(generations.unionAll(others as never).as('builds'))
    .selectAll()
    .orderBy('since', 'desc')
    .orderBy('number', (order) => order.desc().nullsFirst())
    .orderBy('id')
    .limit(page.limit)
    .offset(page.skip)
    .execute();
  const { total } = await db
    .selectNoFrom((eb) => [
      sql<number>`((${eb
        .selectFrom('vrt_generations')
        .select(sql`count(*)`.as('n'))
        .where('dataset_id', '=', datasetId)})
        + (${eb
          .selectFrom('jobs')
          .select(sql`count(*)`.as('n'))
          .where('dataset_id', '=', datasetId)
          .where('kind', '=', 'vrt_change')
          .where('status', '<>', 'complete')}))::int`.as('total'),
    ])
    .executeTakeFirstOrThrow();
  return { builds, total };
}

/** SQLSTATE of a row that a unique index refuses (PostgreSQL, appendix A). */
const UNIQUE_VIOLATION = '23505';

/**
 * Does what makes a job of a change wait. Of two at once the database lets one through.
 *
 * @throws ServerError `regenerating`
 */
export async function asOnlyBuild<T>(insert: () => Promise<T>): Promise<T> {
  try {
    return await insert();
  } catch (error) {
    const { code, constraint } = error as { code?: unknown; constraint?: unknown };
    if (code !== UNIQUE_VIOLATION || constraint !== 'jobs_one_change') throw error;
    throw regenerating(undefined, error);
  }
}

/** The refusal of a second change. */
export function regenerating(active: ActiveBuild | undefined, cause?: unknown): ServerError {
  return new ServerError(
    'regenerating',
    'Another build of this virtual raster is waiting or running. Send the change again when it has ended.',
    {
      ...(active === undefined ? {} : { details: { generation_id: active.generationId } }),
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/**
 * Whether a job is a change of a virtual raster that shows another generation by now, or is no more: what it asks for is a
 * difference to what it was.
 */
export async function isOutdatedChange(trx: Trx, jobId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('jobs')
    .leftJoin('vrts', 'vrts.dataset_id', 'jobs.dataset_id')
    .select('jobs.id')
    .where('jobs.id', '=', jobId)
    .where('jobs.kind', '=', 'vrt_change')
    .where(sql<boolean>`vrts.generation_id IS DISTINCT FROM (jobs.input ->> 'baseId')::uuid`)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Ends a virtual raster's build that waits or runs, because the virtual raster itself goes; what it may have written is
 * doomed. A worker finds that it was cancelled at its next sign of life.
 *
 * @returns the jobs that were cancelled
 */
export async function cancelBuilds(trx: Trx, datasetId: string): Promise<string[]> {
  const cancelled = await trx
    .updateTable('jobs')
    .set(CANCELLED)
    .where('dataset_id', '=', datasetId)
    .where('kind', '=', 'vrt_change')
    .where('status', 'in', TRANSITIONS.cancelled)
    .returning(['id', 'attempt'])
    .execute();
  await doomObjects(
    trx,
    cancelled.flatMap(({ id, attempt }) =>
      Array.from({ length: attempt }, (_, index) => Object.values(artifactKeys(id, index + 1)) as string[]).flat(),
    ),
  );
  return cancelled.map(({ id }) => id);
}

/** The row of a generation as a whole, by its own id and that of its virtual raster. */
export async function findOwnGeneration(
  db: Db | Trx,
  datasetId: string,
  generationId: string,
): Promise<Selectable<Tables['vrt_generations']> | undefined> {
  return await db
    .selectFrom('vrt_generations')
    .selectAll()
    .where('id', '=', generationId)
    .where('dataset_id', '=', datasetId)
    .executeTakeFirst();
}
