import { type Actor, mayChange } from '../access.ts';
import { recordChange } from '../audit/audit-store.ts';
import { actorOfUser } from '../auth/user-store.ts';
import { findDataset, lockDatasets } from '../catalog/dataset-store.ts';
import { removeDoomedObjects } from '../catalog/doomed-store.ts';
import { replaceRaster } from '../catalog/version-store.ts';
import { JobError } from '../error.ts';
import { completeJob, type Job } from '../jobs/job-store.ts';
import { type Attempt, type Handler, OvertakenError } from '../jobs/worker.ts';
import { requestOverviews } from '../overviews/overviews-job.ts';
import {
  buildArtifact,
  type BuildDeps,
  type BuiltArtifact,
  generationOf,
  rasterOf,
  removeArtifacts,
} from './build-artifact.ts';
import { changedSources, type ChangeVrtInput, changeOfJob, type SourceChange } from './change.ts';
import { findShownVrt, type ShownVrt } from './change-store.ts';
import { confirmedSources } from './confirmation-store.ts';
import { exposureWarning } from './exposure.ts';
import {
  forgetOldGenerations,
  insertGeneration,
  lockShownGeneration,
  nextNumber,
  showGeneration,
} from './generation-store.ts';
import { orderSources } from './order-sources.ts';
import { sendQuicklook } from './quicklook-request.ts';
import type { VrtRecipe } from './recipe.ts';
import {
  type LoadedSources,
  loadLikeGeneration,
  type MemoryDeps,
  rememberSources,
  sourceListsOf,
} from './source-memory.ts';
import { type CatalogueSource, loadSources } from './source-table.ts';

export type ChangeBuildDeps = BuildDeps & MemoryDeps;

/**
 * The `vrt_change` job: builds a virtual raster of the sources it is to have, and publishes that in the place of what it
 * shows. Until then nothing of it changes; where the build fails, nothing has.
 */
export function changeVrtHandler(deps: ChangeBuildDeps): Handler {
  return {
    run: (attempt) => rebuild(deps, attempt),
    giveUp: (job) => removeArtifacts(deps, job),
  };
}

async function rebuild(deps: ChangeBuildDeps, attempt: Attempt): Promise<void> {
  const { job, report } = attempt;
  const input = job.input as ChangeVrtInput;
  const change = changeOfJob(input, job.source_ids);
  await removeArtifacts(deps, { ...job, attempt: job.attempt - 1 });

  report(0.05, 'loading sources');
  const vrt = await baseOf(deps, job, input);
  const { owner, sources, loaded, looked } = await sourcesAfter(deps, vrt, change, input);
  const order = orderSources(sources, input.options.source_order);
  if (!order.ok) throw new JobError('sources_changed', `${order.problem.msg}.`);
  const recipe: VrtRecipe = {
    vrtType: vrt.vrtType,
    resolutionStrategy: input.resolutionStrategy,
    options: input.options,
    paintOrder: order.paintOrder,
  };
  const built = await buildArtifact(deps, attempt, sources, recipe, looked);

  report(0.9, 'publishing');
  const confirmed = await confirmedSources(deps.db, vrt.id);
  const unconfirmed = sources.filter(({ id }) => !confirmed.has(id));
  const exposed = exposureWarning(vrt.visibility, unconfirmed, false);
  const warnings = [...input.warnings, ...built.warnings, ...(exposed === null ? [] : [exposed])];
  await publish(deps, { job, input, vrt, sources, recipe, built, warnings });
  remember(deps, owner, { id: input.generationId, sources, recipe, loaded });
  deps.queue.wake('quicklook');
  deps.queue.wake('vrt_overviews');
  // What cannot be removed now is tried again by the next clean-up.
  await removeDoomedObjects(deps.db, deps.storage).catch((error: unknown) =>
    attempt.log.warn({ err: error }, 'objects of builds that are not kept remain'),
  );
}

/** The next change of it begins with what this one ended with. */
function remember(
  deps: ChangeBuildDeps,
  owner: Actor | null,
  { id, sources, recipe, loaded }: Pick<ChangedSources, 'sources' | 'loaded'> & { id: string; recipe: VrtRecipe },
): void {
  const lists = {
    source_ids: sources.map((source) => source.id),
    source_versions: sources.map(({ version }) => version),
    paint_order: recipe.paintOrder === null ? null : [...recipe.paintOrder],
  };
  deps.sourceMemory.lists.set(id, lists);
  if (owner !== null) rememberSources(deps, owner, { id, ...lists }, loaded);
}

/** The virtual raster, still showing what the change was made to, and still to be changed by whoever asked for it. */
async function baseOf({ db }: ChangeBuildDeps, job: Job, { baseId }: ChangeVrtInput): Promise<ShownVrt> {
  const vrt = job.dataset_id === null ? undefined : await findShownVrt(db, job.dataset_id);
  if (vrt === undefined) throw new JobError('vrt_changed', 'The virtual raster was deleted.');
  checkBase(vrt.shown.id, baseId);
  const asker = await actorOfUser(db, job.owner);
  const seen = asker === null ? undefined : await findDataset(db, asker, vrt.id);
  if (asker !== null && seen !== undefined && mayChange(asker, seen)) return vrt;
  throw new JobError('rights_lost', 'Whoever asked for this may no longer change the virtual raster.');
}

/** @throws JobError `vrt_changed` */
function checkBase(shownId: string | undefined, baseId: string): void {
  if (shownId === baseId) return;
  throw new JobError('vrt_changed', 'The virtual raster was changed since this was asked for. Send the change again.');
}

/** The sources after a change, as the virtual raster's owner sees them now. */
interface ChangedSources {
  readonly owner: Actor | null;
  /** In order. */
  readonly sources: readonly CatalogueSource[];
  readonly loaded: LoadedSources;
  /**
   * The sources whose files are looked at: those that are new to it, or another version than before; all, where it is built
   * anew of the same. A file of the others that has gone or changed harms what is served as much as what would be; it must
   * not keep others from coming or going.
   */
  readonly looked: readonly CatalogueSource[];
}

async function sourcesAfter(
  deps: ChangeBuildDeps,
  vrt: ShownVrt,
  change: SourceChange,
  { options }: ChangeVrtInput,
): Promise<ChangedSources> {
  const { shown } = vrt;
  const lists = await sourceListsOf(deps, shown.id);
  if (lists === undefined) throw new JobError('vrt_changed', 'The virtual raster was deleted.');
  const { source_ids: sourceIds, source_versions: sourceVersions } = lists;
  const ids = changedSources(sourceIds, change);
  const owner = await actorOfUser(deps.db, vrt.createdBy);
  const loaded = await loadLikeGeneration(
    deps,
    owner,
    { id: shown.id, source_ids: sourceIds },
    ids,
    options.source_order,
  );
  const sources = ids.map((id, index) => {
    const source = loaded.sources.get(id);
    if (source !== undefined) return source;
    throw new JobError(
      'sources_changed',
      `Source ${index + 1} (${id}) was removed or hidden from the owner of the virtual raster.`,
    );
  });
  const versions = new Map(sourceIds.map((id, index) => [id, sourceVersions[index]]));
  const others = sources.filter(({ id, version }) => change.kind === 'keep' || versions.get(id) !== version);
  const placed = await loadSources(
    deps.db,
    deps.definitions,
    owner,
    others.map(({ id }) => id),
    { withPlaces: true },
  );
  return { owner, sources, loaded, looked: [...placed.values()] };
}

interface Publication {
  readonly job: Job;
  readonly input: ChangeVrtInput;
  readonly vrt: ShownVrt;
  readonly sources: readonly CatalogueSource[];
  readonly recipe: VrtRecipe;
  readonly built: BuiltArtifact;
  readonly warnings: readonly string[];
}

/**
 * Generation, links, the dataset's facts, the version of its tiles, the end of the job, the removal of generations that are
 * not kept, and the follow-ups that draw its thumbnail and its levels: all of them, or none.
 */
async function publish(
  deps: BuildDeps,
  { job, input, vrt, sources, recipe, built, warnings }: Publication,
): Promise<void> {
  const datasetId = vrt.id;
  await deps.db.transaction().execute(async (trx) => {
    if ((await lockDatasets(trx, [datasetId])).size === 0) throw new OvertakenError('the virtual raster was deleted');
    // Before the job's row: whoever asks for another change holds the virtual raster while it waits for this one's end.
    const shownId = await lockShownGeneration(trx, datasetId);
    const isOurs = await completeJob(trx, job.id, job.attempt, { datasetId, warnings });
    if (!isOurs) throw new OvertakenError('another attempt took over, or the job was cancelled');
    checkBase(shownId, input.baseId);
    const number = await nextNumber(trx, datasetId);
    const given = { id: input.generationId, datasetId, number, change: input.change, sources };
    const generation = generationOf(built, job, given, recipe);
    await insertGeneration(trx, generation);
    await showGeneration(trx, datasetId, generation);
    const raster = rasterOf(built.facts, generation.objectKey, built.plan.bands.length);
    await replaceRaster(trx, datasetId, { place: built.facts.place, raster });
    await forgetOldGenerations(trx, datasetId, generation.id);
    const followUp = { datasetId, owner: job.owner, requestId: job.request_id };
    await sendQuicklook(trx, deps.queue, followUp);
    await requestOverviews(trx, deps.queue, { ...followUp, generationId: generation.id, plan: built.overviews });
    const cause = { actor: await actorOfUser(trx, job.owner), requestId: job.request_id };
    const details = { change: input.change, generation_id: generation.id };
    await recordChange(trx, cause, { action: 'vrt.change', datasetId, details });
  });
}
