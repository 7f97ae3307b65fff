import {
  MAX_FILTERED_SOURCES,
  MIN_SOURCES,
  type SourceFilter,
  type ValidationItem,
  VRT_OPTION_NAMES,
  type VrtCreate,
  type VrtOptions,
} from '@inlay/contract';
import { type PlanResult, VrtError } from '@inlay/vrt';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import type { Definitions } from '../catalog/definitions.ts';
import type { Tables } from '../db/tables.ts';
import { ValidationError } from '../error.ts';
import { unconfirmedExposure } from './exposure.ts';
import { checkOptions } from './option-checks.ts';
import { orderSources } from './order-sources.ts';
import {
  emptinessItems,
  nodataItems,
  optionItem,
  optionItemsAt,
  planVrt,
  problemItem,
  type RequestNames,
  resamplingItems,
} from './plan.ts';
import type { VrtRecipe } from './recipe.ts';
import { type CatalogueSource, findSources, loadSources, type SourceColumns } from './source-table.ts';

/** Where sources are looked up. */
export interface CheckDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
}

/** A request that was looked at as far as the catalogue goes. */
export interface CheckedRequest {
  /** In the order sent, or found. */
  readonly sources: readonly CatalogueSource[];
  readonly recipe: VrtRecipe;
  readonly names: RequestNames;
  readonly result: PlanResult;
  /** What the request is refused for; empty exactly where it is accepted. Those of sources are `result`'s, too. */
  readonly problems: readonly ValidationItem[];
  /** What to know of the order of the sources; what the planner warns of is in `result`. */
  readonly orderWarnings: readonly ValidationItem[];
}

/**
 * Finds the sources, and plans. What the planner has against them is in the answer.
 *
 * @throws ValidationError where there is nothing to plan: for options that make no sense, for sources that are not there
 */
export async function checkRequest(deps: CheckDeps, actor: Actor, request: VrtCreate): Promise<CheckedRequest> {
  const items = await checkOptions(request);
  if (items.length > 0) throw new ValidationError(items);
  const options = optionsOf(request);
  const sources = await sourcesOf(deps, actor, request);
  const { source_dataset_ids: ids } = request;
  const field = ids === undefined ? 'source_filter' : 'source_dataset_ids';
  const names: RequestNames = {
    sourcesLoc: ['body', field],
    optionsLoc: ['body'],
    sourceAt: (index) =>
      ids === undefined
        ? { loc: ['body', field], input: sources[index]?.id ?? null }
        : { loc: ['body', field, index], input: ids[index] ?? null },
    options,
  };
  const order = orderSources(sources, options.source_order);
  if (!order.ok) throw new ValidationError([order.problem]);
  const recipe: VrtRecipe = {
    vrtType: request.vrt_type,
    resolutionStrategy: request.resolution_strategy,
    options,
    paintOrder: order.paintOrder,
  };
  const { result, problems: known } = await checkPlan(sources, recipe, names);
  // Of new ones alone: what an older version has made can still be changed, as it is.
  const unreadable = result.plan === null ? [] : resamplingItems(result.plan, options);
  const problems = [...known, ...unreadable];
  const exposure = unconfirmedExposure(request, sources);
  if (exposure !== null) problems.push(exposure);
  return { sources, recipe, names, result, problems, orderWarnings: order.warnings };
}

/**
 * Plans; what is to be said against the plan is in the request's words.
 *
 * @throws ValidationError for options that the planner refuses to follow
 */
export async function checkPlan(
  sources: readonly CatalogueSource[],
  recipe: VrtRecipe,
  names: RequestNames,
): Promise<{ readonly result: PlanResult; readonly problems: ValidationItem[] }> {
  const { options } = recipe;
  const result = await planOrRefuse(sources, recipe, names);
  const problems = result.problems.map((problem) => problemItem(problem, names));
  if (result.plan !== null) {
    problems.push(...optionItemsAt(emptinessItems(result.plan, options), names.optionsLoc));
    problems.push(...optionItemsAt(nodataItems(result.plan, options), names.optionsLoc));
  }
  return { result, problems };
}

/** The options that were given, apart from the rest of the request. */
function optionsOf(request: VrtCreate): VrtOptions {
  return Object.fromEntries(
    VRT_OPTION_NAMES.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]])),
  );
}

/** What the planner refuses to follow is the request's fault, as far as `checkOptions` has not said it before. */
async function planOrRefuse(
  sources: readonly CatalogueSource[],
  recipe: VrtRecipe,
  { optionsLoc }: RequestNames,
): Promise<PlanResult> {
  try {
    return await planVrt(sources, recipe);
  } catch (error) {
    if (!(error instanceof VrtError) || error.code !== 'vrt/invalid-option') throw error;
    const item = optionItem(String(error.details['option']), error.message, recipe.options);
    throw new ValidationError(optionItemsAt([item], optionsLoc));
  }
}

async function sourcesOf(
  deps: CheckDeps,
  actor: Actor,
  { source_dataset_ids: ids, source_filter: filter, source_order: order }: VrtCreate,
): Promise<CatalogueSource[]> {
  const columns = { withTimes: order === 'datetime' || order === 'cloud_cover' };
  return ids === undefined
    ? await filteredSources(deps, actor, filter ?? {}, columns)
    : await listedSources(deps, actor, ids, columns);
}

/** @throws ValidationError with one item per source that is not there */
async function listedSources(
  deps: CheckDeps,
  actor: Actor,
  ids: readonly string[],
  columns: SourceColumns,
): Promise<CatalogueSource[]> {
  const found = await loadSources(deps.db, deps.definitions, actor, ids, columns);
  const sources: CatalogueSource[] = [];
  const missing: ValidationItem[] = [];
  for (const [index, id] of ids.entries()) {
    // PostgreSQL prints UUIDs in lower case; clients may send either.
    const source = found.get(id.toLowerCase());
    if (source === undefined) missing.push(sourceNotFound(index, id));
    else sources.push(source);
  }
  if (missing.length > 0) throw new ValidationError(missing);
  return sources;
}

/** @throws ValidationError where it finds too few or too many */
async function filteredSources(
  deps: CheckDeps,
  actor: Actor,
  filter: SourceFilter,
  columns: SourceColumns,
): Promise<CatalogueSource[]> {
  const limit = MAX_FILTERED_SOURCES + 1;
  const sources = await findSources(deps.db, deps.definitions, actor, filter, { ...columns, limit });
  const count = sources.length;
  if (count >= MIN_SOURCES && count <= MAX_FILTERED_SOURCES) return sources;
  const isFew = count < MIN_SOURCES;
  const msg = isFew
    ? `The filter finds ${count === 0 ? 'no raster' : 'one raster'} that you may use, a virtual raster needs at least ${MIN_SOURCES}: widen it`
    : `The filter finds more than ${MAX_FILTERED_SOURCES} rasters, a virtual raster has at most as many: narrow it`;
  throw new ValidationError([
    {
      loc: ['body', 'source_filter'],
      msg,
      type: isFew ? 'too_few_sources' : 'too_many_sources',
      input: filter,
      ctx: isFew ? { min_length: MIN_SOURCES, actual_length: count } : { max_length: MAX_FILTERED_SOURCES },
    },
  ]);
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
