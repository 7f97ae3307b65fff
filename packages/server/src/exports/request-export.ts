import type { ExportBody } from '@inlay/contract';
import type { Kysely } from 'kysely';
import { type Actor, mayCall } from '../access.ts';
import type { Tables, Visibility } from '../db/tables.ts';
import { ServerError, ValidationError } from '../error.ts';
import { insertJob } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import { requirePlaced } from '../pixels/map-place.ts';
import { crsByName, LON_LAT } from '../pixels/named-crs.ts';
import { accessPixels, type PixelAccessDeps } from '../pixels/pixel-access.ts';
import type { RasterSource, RasterSources } from '../pixels/raster-source.ts';
import { type ExportCrss, fault } from './export-grid.ts';
import type { ExportPlan } from './export-plan.ts';
import { needsPlace, planExport } from './plan-export.ts';

export interface ExportDeps extends PixelAccessDeps {
  readonly db: Kysely<Tables>;
  readonly queue: Queue;
  readonly rasterSources: RasterSources;
  /** Most bytes of samples that one export may have, uncompressed. */
  readonly maxExportBytes: number;
}

/** What is asked for, defaults filled in. */
export type ExportRequest = ExportBody &
  Required<Pick<ExportBody, 'resampling' | 'format' | 'compression' | 'as_dataset'>>;

/** The `input` of an `export` job's row. */
export interface ExportInput {
  readonly v: 1;
  readonly datasetId: string;
  readonly request: ExportRequest;
  /** Of the dataset when the export was asked for: the file's name, and the new dataset's title unless one is given. */
  readonly title: string;
  readonly visibility: Visibility;
}

/**
 * Checks an export and queues it. The whole plan is made, and made again by the job: what the dataset is may change until
 * then, and who may see it.
 *
 * @throws ValidationError; ServerError `not_found`, `forbidden`, `not_georeferenced`, `not_implemented`
 */
export async function requestExport(
  deps: ExportDeps,
  actor: Actor,
  id: string,
  request: ExportRequest,
  requestId: string,
): Promise<{ jobId: string; title: string; plan: ExportPlan }> {
  requireEditorFor(request, actor);
  const { source, plan } = await preparedExport(deps, actor, id, request);
  const input: ExportInput = {
    v: 1,
    datasetId: source.datasetId,
    request,
    title: request.title ?? source.name,
    visibility: request.visibility ?? 'private',
  };
  const jobId = await deps.db.transaction().execute(async (trx) => {
    const job = await insertJob(trx, {
      kind: 'export',
      input,
      owner: actor.userId,
      requestId,
      queued: true,
    });
    await deps.queue.send(trx, 'export', job);
    return job;
  });
  deps.queue.wake('export');
  return { jobId, title: source.name, plan };
}

/** @throws ServerError `forbidden` where it is to become a dataset, and the actor may not make any */
export function requireEditorFor({ as_dataset: isDataset }: ExportRequest, actor: Actor): void {
  if (!isDataset || mayCall(actor, 'editor')) return;
  throw new ServerError(
    'forbidden',
    `Adding an export to the catalogue needs the role "editor"; you are a ${actor.role}.`,
  );
}

/**
 * A dataset that an actor may export, and how.
 * @throws as {@link requestExport}
 */
export async function preparedExport(
  deps: Omit<ExportDeps, 'queue'>,
  actor: Actor,
  id: string,
  request: ExportRequest,
): Promise<{ source: RasterSource; plan: ExportPlan }> {
  const source = await visibleSource(deps, actor, id);
  if (needsPlace(request)) requirePlaced(source);
  const asDatasetOnly = (['title', 'summary', 'visibility'] as const).filter((field) => request[field] !== undefined);
  if (!request.as_dataset && asDatasetOnly.length > 0) {
    const error = 'only what becomes a dataset has one: send as_dataset as well, or leave it out';
    throw new ValidationError(asDatasetOnly.map((field) => fault(field, error)));
  }
  const planning = planExport(source, request, await crssOf(request), deps.maxExportBytes);
  if ('items' in planning) throw new ValidationError(planning.items);
  return { source, plan: planning.plan };
}

async function visibleSource(deps: Omit<ExportDeps, 'queue'>, actor: Actor, id: string): Promise<RasterSource> {
  // A build that is published in between has other sources, which the caller may see or not: ask again.
  for (;;) {
    const row = await accessPixels(deps, id, { actor, link: {} });
    const source = await deps.rasterSources.load(row);
    if (source !== null) return source;
  }
}

/** @throws ValidationError for a CRS that is not known */
async function crssOf({ coord_crs: coordinates, crs }: ExportRequest): Promise<ExportCrss> {
  const named = async (field: string, name: string) => {
    const found = await crsByName(name);
    if (found !== null) return found;
    throw new ValidationError([fault(field, `there is no CRS ${name} in the EPSG register`)]);
  };
  return {
    coordinates: coordinates === undefined ? LON_LAT : await named('coord_crs', coordinates),
    output: crs === undefined ? null : await named('crs', crs),
  };
}
