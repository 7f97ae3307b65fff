import type { VrtCreate } from '@inlay/contract';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { countVisible, lockLinks } from '../catalog/dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import type { Tables, Visibility } from '../db/tables.ts';
import { ValidationError } from '../error.ts';
import { insertJob } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import { type CheckedRequest, checkRequest } from './check-request.ts';
import type { VrtRecipe } from './recipe.ts';

/** What a `vrt_create` job needs beside its `source_ids`: the row's `input`. */
export interface CreateVrtInput extends VrtRecipe {
  readonly v: 2;
  readonly title: string;
  readonly summary: string | null;
  readonly visibility: Visibility;
  /** That whoever asked agreed to show sources which fewer people see. */
  readonly confirmsSources?: boolean;
  /** `rasters.version` of each source when it was accepted: the build must meet the same ones. */
  readonly sourceVersions: readonly number[];
  /** What was to be said of the request when it was accepted; the job's warnings begin with it. */
  readonly warnings: readonly string[];
}

/** Jobs that were accepted before there were options. */
type CreateVrtInput1 = Omit<CreateVrtInput, 'v' | 'options' | 'paintOrder' | 'warnings'> & { readonly v: 1 };

/** The `input` of a job's row, whichever version of this program has written it. */
export function readCreateInput(input: unknown): CreateVrtInput {
  const stored = input as CreateVrtInput | CreateVrtInput1;
  return stored.v === 1 ? { ...stored, v: 2, options: {}, paintOrder: null, warnings: [] } : stored;
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
  request: VrtCreate,
  requestId: string,
): Promise<{ jobId: string; sourceCount: number }> {
  const checked = await checkRequest(deps, actor, request);
  const { sources, problems } = checked;
  if (problems.length > 0) throw new ValidationError(problems);
  const input = createInput(request, checked);
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

/** What a job is to be given for a request that was looked at and is not refused. */
export function createInput(request: VrtCreate, { sources, recipe, orderWarnings }: CheckedRequest): CreateVrtInput {
  return {
    v: 2,
    title: request.title,
    summary: request.summary ?? null,
    visibility: request.visibility ?? 'private',
    confirmsSources: request.confirm_public_sources === true,
    ...recipe,
    sourceVersions: sources.map((source) => source.version),
    warnings: orderWarnings.map(({ msg }) => `${msg}.`),
  };
}
