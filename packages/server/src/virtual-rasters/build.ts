import { randomUUID } from 'node:crypto';
import type { Actor } from '../access.ts';
import { actorOfUser } from '../auth/user-store.ts';
import { insertDataset } from '../catalog/new-dataset-store.ts';
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
import { type CreateVrtInput, readCreateInput } from './create.ts';
import { exposureWarning } from './exposure.ts';
import { confirmSources } from './confirmation-store.ts';
import { insertGeneration, insertVrt } from './generation-store.ts';
import { sendQuicklook } from './quicklook-request.ts';
import { type CatalogueSource, loadSources } from './source-table.ts';

/**
 * The `vrt_create` job: loads the sources' facts, plans, makes sure that the sources still are what was planned,
 * writes the artifact, and publishes. No source is opened.
 */
export function createVrtHandler(deps: BuildDeps): Handler {
  return {
    run: (attempt) => buildVrt(deps, attempt),
    giveUp: (job) => removeArtifacts(deps, job),
  };
}

async function buildVrt(deps: BuildDeps, attempt: Attempt): Promise<void> {
  const { job, report } = attempt;
  const input = readCreateInput(job.input);
  await removeArtifacts(deps, { ...job, attempt: job.attempt - 1 });

  report(0.05, 'loading sources');
  const owner = await actorOfUser(deps.db, job.owner);
  const sources = await sourcesAsAccepted(deps, owner, job.source_ids ?? [], input);
  const built = await buildArtifact(deps, attempt, sources, input, sources);

  report(0.9, 'publishing');
  const exposed = exposureWarning(input.visibility, sources, input.confirmsSources === true);
  await publish(deps, {
    job,
    input,
    sources,
    built,
    warnings: [...input.warnings, ...built.warnings, ...(exposed === null ? [] : [exposed])],
  });
}

/** The sources, as their owner sees them now; each still the version that was accepted. */
async function sourcesAsAccepted(
  deps: BuildDeps,
  owner: Actor | null,
  sourceIds: readonly string[],
  input: CreateVrtInput,
): Promise<CatalogueSource[]> {
  const found =
    owner === null
      ? new Map<string, CatalogueSource>()
      : await loadSources(deps.db, deps.definitions, owner, sourceIds, { withPlaces: true });
  return sourceIds.map((id, index) => {
    const source = found.get(id);
    if (source === undefined) {
      throw new JobError(
        'sources_changed',
        `Source ${index + 1} (${id}) was removed or hidden after the request was accepted.`,
      );
    }
    if (source.version !== input.sourceVersions[index]) {
      throw new JobError(
        'sources_changed',
        `Source "${source.label}" was replaced after the request was accepted. Send the request again.`,
      );
    }
    return source;
  });
}

interface Publication {
  readonly job: Job;
  readonly input: CreateVrtInput;
  readonly sources: readonly CatalogueSource[];
  readonly built: BuiltArtifact;
  readonly warnings: readonly string[];
}

/** Dataset, generation, the end of the job and the follow-ups that draw its thumbnail and its levels: all of them, or none. */
async function publish(deps: BuildDeps, { job, input, sources, built, warnings }: Publication): Promise<void> {
  const datasetId = randomUUID();
  const given = { id: randomUUID(), datasetId, number: 1, change: 'created', sources } as const;
  const generation = generationOf(built, job, given, input);
  await deps.db.transaction().execute(async (trx) => {
    const isOurs = await completeJob(trx, job.id, job.attempt, { datasetId, warnings });
    if (!isOurs) throw new OvertakenError('another attempt took over, or the job was cancelled');
    await insertDataset(trx, {
      id: datasetId,
      recordType: 'vrt_dataset',
      title: input.title,
      summary: input.summary,
      visibility: input.visibility,
      createdBy: job.owner,
      jobId: job.id,
      place: built.facts.place,
      datetime: null,
      cloudCover: null,
      raster: rasterOf(built.facts, generation.objectKey, built.plan.bands.length),
    });
    await insertVrt(trx, {
      datasetId,
      generationId: generation.id,
      vrtType: input.vrtType,
      resolutionStrategy: input.resolutionStrategy,
    });
    await insertGeneration(trx, generation);
    if (input.confirmsSources === true) {
      const owner = await actorOfUser(trx, job.owner);
      if (owner !== null) await confirmSources(trx, { datasetId, owner, confirmedBy: owner.userId });
    }
    const followUp = { datasetId, owner: job.owner, requestId: job.request_id };
    await sendQuicklook(trx, deps.queue, followUp);
    await requestOverviews(trx, deps.queue, { ...followUp, generationId: generation.id, plan: built.overviews });
  });
  deps.queue.wake('quicklook');
  deps.queue.wake('vrt_overviews');
}
