import type { Affine, RasterLayout, RasterProfile } from '@inlay/geo';
import { type OverviewPlan, planOverviews, type Problem, type VrtPlan } from '@inlay/vrt';
import type { Kysely } from 'kysely';
import type { NewRaster } from '../catalog/new-dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { placeOnEarth } from '../catalog/place.ts';
import type { SourceAccess } from '../catalog/source-roots.ts';
import { findChangedSources } from '../catalog/source-state.ts';
import type { Tables } from '../db/tables.ts';
import { JobError } from '../error.ts';
import type { Job } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Attempt } from '../jobs/worker.ts';
import type { Storage } from '../storage/storage.ts';
import { artifactHref } from './artifact.ts';
import { type GenerationFacts, isPublished, type NewGeneration } from './generation-store.ts';
import { planVrt } from './plan.ts';
import type { VrtRecipe } from './recipe.ts';
import type { CatalogueSource } from './source-table.ts';
import { artifactKeys, storeArtifact, type StoredArtifact, storeMosaic } from './store-artifact.ts';

/** What builds of virtual rasters work with. */
export interface BuildDeps extends Pick<SourceAccess, 'objectLinks'> {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly queue: Queue;
  readonly storage: Storage;
}

/** A build that is stored, and not yet published. */
export interface BuiltArtifact {
  readonly plan: VrtPlan;
  readonly artifact: StoredArtifact;
  /** Null where its pixels cannot be read by this version. */
  readonly mosaicKey: string | null;
  /** Levels to render once it is published; null for none. */
  readonly overviews: OverviewPlan | null;
  readonly facts: GenerationFacts;
  /** In words. */
  readonly warnings: readonly string[];
}

/**
 * Plans, makes sure that sources still are what was planned, and writes the artifact. No source is opened.
 *
 * @param looked those among the sources whose files are looked at
 * @throws JobError `sources_changed`
 */
export async function buildArtifact(
  deps: BuildDeps,
  { job, signal, report }: Attempt,
  sources: readonly CatalogueSource[],
  recipe: VrtRecipe,
  looked: readonly CatalogueSource[],
): Promise<BuiltArtifact> {
  report(0.3, 'planning');
  const { plan, problems, warnings } = await planVrt(sources, recipe);
  if (plan === null) {
    throw new JobError('sources_changed', `The sources no longer fit together: ${problems[0]?.message ?? 'no plan'}.`);
  }

  report(0.4, 'checking sources');
  const changed = await findChangedSources(looked, deps.objectLinks, signal);
  if (changed.length > 0) {
    throw new JobError('sources_changed', `${shortened(changed)}. Register them again, then send the request anew.`);
  }

  report(0.6, 'writing');
  const keys = artifactKeys(job.id, job.attempt);
  const hrefs = sources.map(({ id }) => artifactHref(id));
  const sourceFile = (index: number) => ({ filename: hrefs[index] as string, relativeToVrt: false });
  const isReadable = await storeMosaic(deps.storage, keys, plan, sources, signal);
  const overviews = isReadable && recipe.options.overviews !== 'none' ? planOverviews(plan) : null;
  const artifact = await storeArtifact(deps.storage, keys, plan, { sourceFile, overviews }, signal);

  return {
    plan,
    artifact,
    mosaicKey: isReadable ? keys.mosaic : null,
    overviews,
    facts: await factsOf(deps, plan, artifact),
    warnings: [...gdalWarning(plan), ...warningTexts(warnings)],
  };
}

async function factsOf(
  { db, definitions }: BuildDeps,
  plan: VrtPlan,
  artifact: StoredArtifact,
): Promise<GenerationFacts> {
  const profile = profileOfPlan(plan);
  return {
    width: profile.width,
    height: profile.height,
    affine: profile.affine,
    crsId: await definitions.internCrs(db, plan.crs),
    layoutId: await definitions.internLayout(db, profile.layout),
    sizeBytes: artifact.bytes,
    checksum: artifact.sha256,
    place: placeOnEarth(profile),
  };
}

/** A build as a generation. */
export function generationOf(
  { plan, artifact, mosaicKey, facts }: BuiltArtifact,
  job: Pick<Job, 'id' | 'owner' | 'started_at'>,
  given: Pick<NewGeneration, 'id' | 'datasetId' | 'number' | 'change' | 'sources'>,
  recipe: VrtRecipe,
): NewGeneration {
  return {
    ...given,
    jobId: job.id,
    triggeredBy: job.owner,
    startedAt: job.started_at ?? new Date(),
    resolutionStrategy: recipe.resolutionStrategy,
    options: recipe.options,
    paintOrder: recipe.paintOrder,
    requiresGdal: plan.requiresGdal,
    objectKey: artifact.key,
    mosaicKey,
    chunked: artifact.chunked,
    facts,
  };
}

/** The raster that a dataset is which shows a build; what is known of its pixels has yet to be found. */
export function rasterOf(facts: GenerationFacts, objectKey: string, bandCount: number): NewRaster {
  return {
    profile: {
      width: facts.width,
      height: facts.height,
      affine: facts.affine as Affine | null,
      georeference: 'affine',
    },
    crsId: facts.crsId,
    layoutId: facts.layoutId,
    statistics: Array.from({ length: bandCount }, () => null),
    sizeBytes: facts.sizeBytes,
    checksum: facts.checksum,
    objectKey,
    location: null,
    sourceState: null,
    sidecars: [],
    slowReasons: [],
    takenAt: null,
    original: null,
  };
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

/** Removes what attempts up to and including `job.attempt` wrote, except what was published. */
export async function removeArtifacts(
  { db, storage }: Pick<BuildDeps, 'db' | 'storage'>,
  job: Pick<Job, 'id' | 'attempt'>,
): Promise<void> {
  for (let attempt = 1; attempt <= job.attempt; attempt += 1) {
    const keys = artifactKeys(job.id, attempt);
    if (await isPublished(db, keys.flat)) continue;
    for (const key of Object.values(keys)) await storage.delete(key as string);
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
