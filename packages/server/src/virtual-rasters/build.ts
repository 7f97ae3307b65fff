import { randomUUID } from 'node:crypto';
import type { RasterLayout, RasterProfile } from '@inlay/geo';
import type { Problem, VrtPlan } from '@inlay/vrt';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { actorOfUser } from '../auth/user-store.ts';
import { insertDataset } from '../catalog/dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { placeOnEarth } from '../catalog/place.ts';
import { findChangedSources } from '../catalog/source-state.ts';
import type { Tables } from '../db/tables.ts';
import { JobError } from '../error.ts';
import { completeJob, insertJob, type Job } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import { type Attempt, type Handler, OvertakenError } from '../jobs/worker.ts';
import type { Storage } from '../storage/storage.ts';
import { artifactHref } from './artifact.ts';
import { type CreateVrtInput, readCreateInput } from './create.ts';
import { exposureWarning } from './exposure.ts';
import { insertDocuments } from './document-store.ts';
import { planVrt } from './plan.ts';
import { type CatalogueSource, loadSources } from './source-table.ts';
import { artifactKeys, storeArtifact, type StoredArtifact, storeMosaic } from './store-artifact.ts';

export interface BuildDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly queue: Queue;
  readonly storage: Storage;
}

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

async function buildVrt(deps: BuildDeps, { job, signal, report }: Attempt): Promise<void> {
  const startedAt = new Date();
  const input = readCreateInput(job.input);
  const sourceIds = job.source_ids ?? [];
  const earlier = { ...job, attempt: job.attempt - 1 };
  await removeArtifacts(deps, earlier);

  report(0.05, 'loading sources');
  const owner = await actorOfUser(deps.db, job.owner);
  const sources = await sourcesAsAccepted(deps, owner, sourceIds, input);

  report(0.3, 'planning');
  const { plan, problems, warnings } = await planVrt(sources, input);
  if (plan === null) {
    throw new JobError('sources_changed', `The sources no longer fit together: ${problems[0]?.message ?? 'no plan'}.`);
  }

  report(0.4, 'checking sources');
  const changed = await findChangedSources(sources, signal);
  if (changed.length > 0) {
    throw new JobError('sources_changed', `${shortened(changed)}. Register them again, then send the request anew.`);
  }

  report(0.6, 'writing');
  const keys = artifactKeys(job.id, job.attempt);
  const hrefs = sourceIds.map(artifactHref);
  const sourceFile = (index: number) => ({ filename: hrefs[index] as string, relativeToVrt: false });
  const artifact = await storeArtifact(deps.storage, keys, plan, sourceFile, signal);
  const isReadable = await storeMosaic(deps.storage, keys, plan, sources, signal);

  report(0.9, 'publishing');
  const exposed = exposureWarning(input.visibility, sources);
  await publish(deps, {
    job,
    input,
    plan,
    sources,
    startedAt,
    artifact,
    mosaicKey: isReadable ? keys.mosaic : null,
    warnings: [
      ...input.warnings,
      ...gdalWarning(plan),
      ...warningTexts(warnings),
      ...(exposed === null ? [] : [exposed]),
    ],
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

/** Files named in one message. */
const MAX_NAMED = 10;

function shortened(sentences: readonly string[]): string {
  const named = sentences.slice(0, MAX_NAMED).join('; ');
  return sentences.length > MAX_NAMED ? `${named}; and ${sentences.length - MAX_NAMED} more like these` : named;
}

/** What to know where not every GDAL reads it; nothing where all from 3.6 on do. */
function gdalWarning({ requiresGdal }: VrtPlan): string[] {
  return requiresGdal === null ? [] : [`GDAL ${requiresGdal} or newer is needed to read it as it is meant.`];
}

/** A job's warnings are read by people: thousands of sources can have one each. */
const MAX_WARNINGS = 100;

function warningTexts(warnings: readonly Problem[]): string[] {
  const texts = warnings.slice(0, MAX_WARNINGS).map((warning) => warning.message);
  return warnings.length > MAX_WARNINGS
    ? [...texts, `${warnings.length - MAX_WARNINGS} more warnings like these.`]
    : texts;
}

interface Publication {
  readonly job: Job;
  readonly input: CreateVrtInput;
  readonly plan: VrtPlan;
  readonly sources: readonly CatalogueSource[];
  readonly startedAt: Date;
  readonly artifact: StoredArtifact;
  /** Null where its pixels cannot be read by this version. */
  readonly mosaicKey: string | null;
  readonly warnings: readonly string[];
}

/** Dataset, generation, the end of the job and the follow-up that draws its thumbnail: all of them, or none. */
async function publish(
  deps: BuildDeps,
  { job, input, plan, sources, startedAt, artifact, mosaicKey, warnings }: Publication,
): Promise<void> {
  const profile = profileOfPlan(plan);
  const crsId = await deps.definitions.internCrs(deps.db, plan.crs);
  const layoutId = await deps.definitions.internLayout(deps.db, profile.layout);
  const datasetId = randomUUID();
  const generationId = randomUUID();
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
      place: placeOnEarth(profile),
      datetime: null,
      cloudCover: null,
      raster: {
        profile,
        crsId,
        layoutId,
        statistics: profile.statistics,
        sizeBytes: artifact.bytes,
        checksum: artifact.sha256,
        objectKey: artifact.key,
        location: null,
        sourceState: null,
        sidecars: [],
        slowReasons: [],
        takenAt: null,
        original: null,
      },
    });
    await trx
      .insertInto('vrts')
      .values({
        dataset_id: datasetId,
        vrt_type: input.vrtType,
        resolution_strategy: input.resolutionStrategy,
        generation_id: generationId,
      })
      .execute();
    await trx
      .insertInto('vrt_generations')
      .values({
        id: generationId,
        dataset_id: datasetId,
        number: 1,
        source_ids: sources.map((source) => source.id),
        source_versions: sources.map((source) => source.version),
        object_key: artifact.key,
        chunks_key: artifact.chunked?.key ?? null,
        mosaic_key: mosaicKey,
        triggered_by: job.owner,
        started_at: startedAt,
        completed_at: new Date(),
        options: JSON.stringify(input.options),
        paint_order: input.paintOrder === null ? null : [...input.paintOrder],
        requires_gdal: plan.requiresGdal,
      })
      .execute();
    if (artifact.chunked !== null) {
      const sourceIds = sources.map((source) => source.id);
      await insertDocuments(trx, generationId, sourceIds, artifact.chunked.documents);
    }
    const followUp = await insertJob(trx, {
      kind: 'quicklook',
      input: { v: 1, datasetIds: [datasetId] },
      owner: job.owner,
      requestId: job.request_id,
      datasetId,
      queued: true,
    });
    await deps.queue.send(trx, 'quicklook', followUp);
  });
  deps.queue.wake('quicklook');
}

/** Removes what attempts up to and including `job.attempt` wrote, except what was published. */
async function removeArtifacts(deps: BuildDeps, job: Pick<Job, 'id' | 'attempt'>): Promise<void> {
  for (let attempt = 1; attempt <= job.attempt; attempt += 1) {
    const keys = artifactKeys(job.id, attempt);
    const published = await deps.db
      .selectFrom('vrt_generations')
      .select('id')
      .where('object_key', '=', keys.flat)
      .executeTakeFirst();
    if (published !== undefined) continue;
    for (const key of Object.values(keys)) await deps.storage.delete(key as string);
  }
}

/** GDAL's block size for VRT bands (gdal.org, "VRT -- GDAL Virtual Format": min(128, size)). */
const VRT_BLOCK = 128;

/** What the catalogue records of a virtual raster: the facts GDAL reports when it opens the artifact. */
function profileOfPlan(plan: VrtPlan): RasterProfile {
  const { width, height } = plan.grid;
  const { AREA_OR_POINT: areaOrPoint, ...items } = plan.metadata;
  const blockWidth = Math.min(VRT_BLOCK, width);
  const blockHeight = Math.min(VRT_BLOCK, height);
  const layout: RasterLayout = {
    bands: plan.bands.map((band) => ({
      dataType: band.dataType,
      nbits: null,
      blockWidth,
      blockHeight,
      nodata: band.nodata,
      colorInterp: band.colorInterp ?? 'Undefined',
      colorTable: band.colorTable,
      scale: band.scale,
      offset: band.offset,
      unit: band.unit,
      description: band.description,
      categories: band.categories,
      metadata: band.metadata,
      maskFlags: plan.mask !== null ? 2 : band.nodata !== null ? 8 : 1,
    })),
    mask: plan.mask === null ? null : { location: 'internal', blockWidth, blockHeight, overviews: [] },
    overviews: plan.overviewDecimations.map((factor) => ({
      width: Math.ceil(width / factor),
      height: Math.ceil(height / factor),
      location: 'internal',
    })),
    storage: { bigTiff: false, tiled: true, interleave: 'BAND', compression: null, predictor: 1, sparse: false },
    metadata: items,
    areaOrPoint: areaOrPoint === 'Point' ? areaOrPoint : null,
  };
  return {
    width,
    height,
    affine: plan.grid.affine,
    georeference: 'affine',
    crs: plan.crs,
    layout,
    statistics: plan.bands.map(() => null),
  };
}
