import type { ValidationItem, VrtCreate } from '@inlay/contract';
import type { PlanResult } from '@inlay/vrt';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { countVisible, lockLinks } from '../catalog/dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import type { ResolutionStrategy, Tables, Visibility, VrtType } from '../db/tables.ts';
import { ValidationError } from '../error.ts';
import { insertJob } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import { planVrt, problemItem } from './plan.ts';
import { type CatalogueSource, loadSources } from './source-table.ts';

/** The request, after its shape was checked. */
export type CreateVrtRequest = VrtCreate;

/** What a `vrt_create` job needs beside its `source_ids`: the row's `input`. */
export interface CreateVrtInput {
  readonly v: 1;
  readonly title: string;
  readonly summary: string | null;
  readonly visibility: Visibility;
  readonly vrtType: VrtType;
  readonly resolutionStrategy: ResolutionStrategy;
  /** `rasters.version` of each source when it was accepted: the build must meet the same ones. */
  readonly sourceVersions: readonly number[];
}

export interface CreateVrtDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly queue: Queue;
}

/**
 * Checks the sources from the catalogue alone and queues the build.
 *
 * The job row and its delivery are one transaction, and the sources cannot be deleted between the check and that
 * commit, so a job that was accepted is a job that runs.
 *
 * @throws ValidationError with one item per problem of every source
 */
export async function createVrtJob(
  deps: CreateVrtDeps,
  actor: Actor,
  request: CreateVrtRequest,
  requestId: string,
): Promise<{ jobId: string; sourceCount: number }> {
  const { sources, result } = await checkSources(deps, actor, request);
  if (result.plan === null) throw new ValidationError(planItems(result, request.source_dataset_ids));
  const input: CreateVrtInput = {
    v: 1,
    title: request.title,
    summary: request.summary ?? null,
    visibility: request.visibility ?? 'private',
    vrtType: request.vrt_type,
    resolutionStrategy: request.resolution_strategy,
    sourceVersions: sources.map((source) => source.version),
  };
  const sourceIds = sources.map((source) => source.id);
  const jobId = await deps.db.transaction().execute(async (trx) => {
    await lockLinks(trx, 'link');
    // A source deleted or hidden since it was checked is the same refusal as one that never existed.
    if ((await countVisible(trx, actor, sourceIds)) !== sourceIds.length) return null;
    const id = await insertJob(trx, {
      kind: 'vrt_create',
      input,
      owner: actor.userId,
      requestId,
      sourceIds,
      queued: true,
    });
    await deps.queue.send(trx, 'vrt_create', id);
    return id;
  });
  if (jobId === null) return await createVrtJob(deps, actor, request, requestId);
  deps.queue.wake('vrt_create');
  return { jobId, sourceCount: sources.length };
}

/** The sources in the order sent, and what the planner says of them. */
export async function checkSources(
  deps: Pick<CreateVrtDeps, 'db' | 'definitions'>,
  actor: Actor,
  request: Pick<CreateVrtRequest, 'source_dataset_ids' | 'vrt_type' | 'resolution_strategy'>,
): Promise<{ sources: CatalogueSource[]; result: PlanResult }> {
  const sent = request.source_dataset_ids;
  const found = await loadSources(deps.db, deps.definitions, actor, sent);
  const sources: CatalogueSource[] = [];
  const missing: ValidationItem[] = [];
  for (const [index, id] of sent.entries()) {
    // PostgreSQL prints UUIDs in lower case; clients may send either.
    const source = found.get(id.toLowerCase());
    if (source === undefined) missing.push(sourceNotFound(index, id));
    else sources.push(source);
  }
  if (missing.length > 0) throw new ValidationError(missing);
  const result = planVrt(sources, { vrtType: request.vrt_type, resolutionStrategy: request.resolution_strategy });
  return { sources, result };
}

export function planItems(result: PlanResult, sentIds: readonly string[]): ValidationItem[] {
  return result.problems.map((problem) => problemItem(problem, sentIds));
}

function sourceNotFound(index: number, id: string): ValidationItem {
  return {
    loc: ['body', 'source_dataset_ids', index],
    msg: `There is no raster ${id} that you may use as a source`,
    type: 'source_not_found',
    input: id,
    ctx: { fix: 'check the id; virtual rasters and rasters you cannot see are not accepted as sources' },
  };
}
