import { randomUUID } from 'node:crypto';
import { MAX_FILTERED_SOURCES, MIN_SOURCES, type ValidationItem, type VrtOptions } from '@inlay/contract';
import type { Actor } from '../access.ts';
import { actorOfUser } from '../auth/user-store.ts';
import { countVisible, findVisible, lockLinks } from '../catalog/dataset-store.ts';
import type { ResolutionStrategy } from '../db/tables.ts';
import { notFound, ServerError, ValidationError } from '../error.ts';
import { insertJob, type Job } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import { CHANGE_NAMES, changedSources, changeOfJob, type ChangeVrtInput, type SourceChange } from './change.ts';
import { asOnlyBuild, findActiveBuild, findShownVrt, regenerating, type ShownVrt } from './change-store.ts';
import { checkPlan } from './check-request.ts';
import { lockShownGeneration } from './generation-store.ts';
import { checkOptions } from './option-checks.ts';
import { orderSources } from './order-sources.ts';
import { optionItemsAt, type RequestNames } from './plan.ts';
import type { VrtRecipe } from './recipe.ts';
import { type ListedGeneration, loadLikeGeneration, type MemoryDeps, sourceListsOf } from './source-memory.ts';
import type { CatalogueSource } from './source-table.ts';

export interface ChangeDeps extends MemoryDeps {
  readonly queue: Queue;
}

/** A virtual raster is to be built of other sources, with other options, or anew. */
export interface ChangeRequest {
  readonly vrtId: string;
  readonly change: SourceChange;
  /** Whoever asks: may do so, which is not looked at here. Sources that they add they have to see, as the owner has to. */
  readonly triggeredBy: string;
  readonly requestId: string | null;
  /** All options to build with; left out: as it was built. */
  readonly options?: VrtOptions | undefined;
  readonly resolutionStrategy?: ResolutionStrategy | undefined;
  /** The generation that the caller takes to be shown; left out: any. */
  readonly expectedId?: string | undefined;
  /** The field of the body in which sources are named; left out where none are. */
  readonly field?: 'source_dataset_id' | 'source_dataset_ids' | undefined;
}

export interface AcceptedChange {
  readonly jobId: string;
  /** What the generation will be called. */
  readonly generationId: string;
  readonly title: string;
  readonly sourceCount: number;
}

/**
 * Has a virtual raster built anew of the same sources as they are now: the replaced ones among them, and with its options.
 * It is checked as any change is; nothing that is served changes before the build is published.
 *
 * @throws ServerError `regenerating`, `not_found`
 * @throws ValidationError where the sources no longer fit together, or one is no longer visible to the owner
 */
export async function requestRegeneration(
  deps: ChangeDeps,
  request: Pick<ChangeRequest, 'vrtId' | 'triggeredBy' | 'requestId'>,
): Promise<AcceptedChange> {
  return await requestChange(deps, { ...request, change: { kind: 'keep' } });
}

/**
 * Checks a change from the catalogue alone and queues its build. The links stay as they are until that is published.
 *
 * All sources are looked at with the present rights of the virtual raster's owner, whoever asks: only so can it be built
 * again later, and is its owner sure to see it.
 *
 * @throws ServerError `not_found`, `precondition_failed`, `regenerating`, `already_linked`
 * @throws ValidationError with one item per problem of every source
 */
export async function requestChange(deps: ChangeDeps, request: ChangeRequest): Promise<AcceptedChange> {
  const { db } = deps;
  const vrt = await findShownVrt(db, request.vrtId);
  if (vrt === undefined) throw notFound('virtual raster');
  checkExpected(vrt.shown.id, request.expectedId);
  const active = await findActiveBuild(db, vrt.id);
  if (active !== undefined) throw regenerating(active);
  const change = withPlainIds(request.change);
  const base = await baseOf(deps, vrt);
  checkMembership(base, change, request.change);

  const checked = await checkChange(deps, vrt, base, request, change);
  const input = inputOf(vrt, randomUUID(), change, checked);
  const jobId = await asOnlyBuild(() => queueChange(deps, request, checked.owner, change, input));
  if (jobId === null) {
    // Something moved since it was looked at: another change was published, or a source has gone. Look again, at all of it.
    deps.sourceMemory.sources.clear();
    return await requestChange(deps, request);
  }
  deps.queue.wake('vrt_change');
  return { jobId, generationId: input.generationId, title: vrt.title, sourceCount: input.sourceCount };
}

/**
 * What a change that failed is to be tried again with: its sources as they are now, with other options.
 *
 * @returns undefined where the virtual raster shows another generation than the change was made to, or is no more
 * @throws ValidationError where it would be refused as a request
 */
export async function correctedChange(
  deps: ChangeDeps,
  job: Pick<Job, 'dataset_id' | 'owner' | 'request_id' | 'input' | 'source_ids'>,
  correction: Pick<ChangeRequest, 'options' | 'resolutionStrategy'>,
): Promise<ChangeVrtInput | undefined> {
  const former = job.input as ChangeVrtInput;
  const vrt = job.dataset_id === null ? undefined : await findShownVrt(deps.db, job.dataset_id);
  if (vrt?.shown.id !== former.baseId) return undefined;
  const change = changeOfJob(former, job.source_ids);
  const { options = former.options, resolutionStrategy = former.resolutionStrategy } = correction;
  const request = { vrtId: vrt.id, change, triggeredBy: job.owner, requestId: job.request_id };
  const base = await baseOf(deps, vrt);
  const checked = await checkChange(deps, vrt, base, { ...request, options, resolutionStrategy }, change);
  return inputOf(vrt, former.generationId, change, checked);
}

/** What a change is a difference to. @throws ServerError `not_found` where it was deleted just now */
async function baseOf(deps: ChangeDeps, { shown }: ShownVrt): Promise<ListedGeneration> {
  const lists = await sourceListsOf(deps, shown.id);
  if (lists === undefined) throw notFound('virtual raster');
  return { id: shown.id, source_ids: lists.source_ids };
}

/** A change that is possible. */
interface CheckedChange {
  readonly owner: Actor | null;
  readonly recipe: Omit<VrtRecipe, 'paintOrder'>;
  readonly sources: readonly CatalogueSource[];
  readonly warnings: readonly string[];
}

async function checkChange(
  deps: ChangeDeps,
  vrt: ShownVrt,
  base: ListedGeneration,
  request: ChangeRequest,
  change: SourceChange,
): Promise<CheckedChange> {
  const { triggeredBy } = request;
  const owner = await actorOfUser(deps.db, vrt.createdBy);
  const recipe = await recipeFor(vrt, base, request, change);
  const asker = triggeredBy === vrt.createdBy ? owner : await actorOfUser(deps.db, triggeredBy);
  const { sources, warnings } = await checkSources(deps, { owner, asker }, base, recipe, {
    ...request,
    change,
    sent: addedIds(request.change),
  });
  return { owner, recipe, sources, warnings };
}

function inputOf(
  { shown }: ShownVrt,
  generationId: string,
  change: SourceChange,
  { recipe, sources, warnings }: CheckedChange,
): ChangeVrtInput {
  return {
    v: 1,
    generationId,
    baseId: shown.id,
    change: CHANGE_NAMES[change.kind],
    difference: differenceOf(change),
    options: recipe.options,
    resolutionStrategy: recipe.resolutionStrategy,
    sourceCount: sources.length,
    warnings,
  };
}

/** @throws ServerError `precondition_failed` */
export function checkExpected(shownId: string, expectedId: string | undefined): void {
  if (expectedId === undefined || expectedId.toLowerCase() === shownId) return;
  throw new ServerError(
    'precondition_failed',
    'The virtual raster was changed since you looked at it. Look at its sources again, then send the change anew.',
    { details: { generation_id: shownId } },
  );
}

/** PostgreSQL prints UUIDs in lower case; clients may send either. */
function withPlainIds(change: SourceChange): SourceChange {
  if (change.kind === 'keep') return change;
  if (change.kind === 'remove') return { ...change, id: change.id.toLowerCase() };
  return { ...change, ids: change.ids.map((id) => id.toLowerCase()) };
}

function addedIds(change: SourceChange): readonly string[] {
  return change.kind === 'add' || change.kind === 'set' ? change.ids : [];
}

function differenceOf(change: SourceChange): ChangeVrtInput['difference'] {
  if (change.kind === 'add') return { kind: 'add', position: change.position };
  return change.kind === 'set' ? { kind: 'set' } : change;
}

function checkMembership({ source_ids: sourceIds }: ListedGeneration, change: SourceChange, sent: SourceChange): void {
  const count = sourceIds.length;
  if (change.kind === 'remove') {
    if (count <= MIN_SOURCES) {
      const msg = `A virtual raster needs at least ${MIN_SOURCES} sources, and this one has no more: add one first, or delete it`;
      const ctx = { min_length: MIN_SOURCES, actual_length: count - 1 };
      throw new ValidationError([
        {
          loc: ['path', 'source_id'],
          msg,
          type: 'too_few_sources',
          input: sent.kind === 'remove' ? sent.id : null,
          ctx,
        },
      ]);
    }
    if (!sourceIds.includes(change.id)) throw notFound('source of this virtual raster');
  }
  if (change.kind === 'add' && count + change.ids.length > MAX_FILTERED_SOURCES) {
    const msg = `A virtual raster has at most ${MAX_FILTERED_SOURCES} sources, this one has ${count}: make another one`;
    const ctx = { max_length: MAX_FILTERED_SOURCES, actual_length: count + change.ids.length };
    throw new ValidationError([{ loc: ['body'], msg, type: 'too_many_sources', input: change.ids.length, ctx }]);
  }
}

/** What it is to be built with, but for the order of its sources. @throws ValidationError */
async function recipeFor(
  { vrtType, shown }: ShownVrt,
  base: ListedGeneration,
  { options: given, resolutionStrategy }: ChangeRequest,
  change: SourceChange,
): Promise<Omit<VrtRecipe, 'paintOrder'>> {
  const options = given ?? shown.options;
  const items =
    given === undefined ? [] : optionItemsAt(await checkOptions({ vrt_type: vrtType, ...given }), OPTIONS_LOC);
  const { source_order: order = 'as_given' } = options;
  if (order !== 'as_given') items.push(...orderConflicts(order, change, base.source_ids));
  if (items.length > 0) throw new ValidationError(items);
  return { vrtType, resolutionStrategy: resolutionStrategy ?? shown.resolutionStrategy, options };
}

const OPTIONS_LOC = ['body', 'options'] as const;

/** Places that are asked for where something else decides on the order: they would be ignored. */
function orderConflicts(order: string, change: SourceChange, sourceIds: readonly string[]): ValidationItem[] {
  const conflict = (loc: string, input: unknown, msg: string): ValidationItem => ({
    loc: ['body', loc],
    msg,
    type: 'conflicting_options',
    input,
    ctx: { field: loc, expected: 'source_order "as_given"', actual: `source_order "${order}"` },
  });
  const fix = 'regenerate with options whose source_order is "as_given" first';
  if (change.kind === 'add' && change.position !== null) {
    return [
      conflict(
        'position',
        change.position,
        `Its source_order "${order}" decides where sources go: leave position out, or ${fix}`,
      ),
    ];
  }
  if (change.kind !== 'set' || change.ids.length !== sourceIds.length) return [];
  const known = new Set(sourceIds);
  if (!change.ids.every((id) => known.has(id))) return [];
  return [
    conflict(
      'source_dataset_ids',
      change.ids.length,
      `Its source_order "${order}" decides on the order of its sources: ${fix}`,
    ),
  ];
}

/** The sources after the change, found to fit together. @throws ValidationError, ServerError `already_linked` */
async function checkSources(
  deps: ChangeDeps,
  { owner, asker }: { readonly owner: Actor | null; readonly asker: Actor | null },
  base: ListedGeneration,
  recipe: Omit<VrtRecipe, 'paintOrder'>,
  { change, sent, field, options }: Pick<ChangeRequest, 'change' | 'field' | 'options'> & { sent: readonly string[] },
): Promise<{ sources: readonly CatalogueSource[]; warnings: readonly string[] }> {
  const ids = changedSources(base.source_ids, change);
  const named = new Map(addedIds(change).map((id, index) => [id, index]));
  const sourceAt: RequestNames['sourceAt'] = (index) => {
    const id = ids[index] ?? null;
    const place = id === null ? undefined : named.get(id);
    if (place === undefined || field === undefined) return { loc: ['path', 'id'], input: id };
    return { loc: field === 'source_dataset_id' ? ['body', field] : ['body', field, place], input: sent[place] ?? id };
  };
  const { source_order: sourceOrder } = recipe.options;
  const { sources: found } = await loadLikeGeneration(deps, owner, base, ids, sourceOrder);
  const linked = new Set(base.source_ids);
  const added = [...named.keys()].filter((id) => !linked.has(id));
  const seen = asker === owner ? null : await findVisible(deps.db, asker, added);
  const isHidden = (id: string): boolean => seen !== null && named.has(id) && !linked.has(id) && !seen.has(id);
  const missing = ids.flatMap((id, index) =>
    found.has(id) && !isHidden(id) ? [] : [sourceNotFound(id, named.has(id), sourceAt(index))],
  );
  if (missing.length > 0) throw new ValidationError(missing);
  if (change.kind === 'add') refuseLinked(base.source_ids, change.ids);

  const sources = ids.map((id) => found.get(id) as CatalogueSource);
  const order = orderSources(sources, sourceOrder);
  const optionsLoc = options === undefined ? (['path'] as const) : OPTIONS_LOC;
  if (!order.ok) throw new ValidationError(optionItemsAt([order.problem], optionsLoc));
  const names: RequestNames = { sourcesLoc: ['path', 'id'], optionsLoc, sourceAt, options: recipe.options };
  const { problems } = await checkPlan(sources, { ...recipe, paintOrder: order.paintOrder }, names);
  if (problems.length > 0) throw new ValidationError(problems);
  return { sources, warnings: order.warnings.map(({ msg }) => `${msg}.`) };
}

function sourceNotFound(id: string, isNamed: boolean, at: ReturnType<RequestNames['sourceAt']>): ValidationItem {
  const msg = isNamed
    ? `There is no raster ${id} that you and the owner of the virtual raster may use as a source`
    : `Its source ${id} is no longer visible to the owner of the virtual raster`;
  const fix = isNamed
    ? 'check the id; virtual rasters and rasters that its owner cannot see are not accepted as sources'
    : 'remove it from the sources, or have it shared again';
  return { loc: [...at.loc], msg, type: 'source_not_found', input: at.input, ctx: { fix } };
}

/** Ids that an answer lists at most. */
const MAX_LISTED = 100;

function refuseLinked(sourceIds: readonly string[], added: readonly string[]): void {
  const known = new Set(sourceIds);
  const linked = added.filter((id) => known.has(id));
  if (linked.length === 0) return;
  throw new ServerError(
    'already_linked',
    linked.length === 1
      ? `The raster ${linked[0]} is a source of this virtual raster already.`
      : `${linked.length} of these rasters are sources of this virtual raster already. Leave them out.`,
    { details: { source_dataset_ids: linked.slice(0, MAX_LISTED) } },
  );
}

/**
 * The job's row and its delivery, in one transaction during which no source can be deleted and the virtual raster shows
 * what was looked at. Null where it no longer does.
 */
async function queueChange(
  { db, queue }: ChangeDeps,
  { vrtId, triggeredBy, requestId }: ChangeRequest,
  owner: Actor | null,
  change: SourceChange,
  input: ChangeVrtInput,
): Promise<string | null> {
  const added = addedIds(change);
  return await db.transaction().execute(async (trx) => {
    await lockLinks(trx, 'link');
    if ((await lockShownGeneration(trx, vrtId)) !== input.baseId) return null;
    if (added.length > 0 && (await countVisible(trx, owner, added)) !== added.length) return null;
    const jobId = await insertJob(trx, {
      kind: 'vrt_change',
      input,
      owner: triggeredBy,
      requestId,
      datasetId: vrtId,
      ...(added.length === 0 ? {} : { sourceIds: added }),
      queued: true,
    });
    await queue.send(trx, 'vrt_change', jobId);
    return jobId;
  });
}
