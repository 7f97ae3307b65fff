import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isCodedError } from '@inlay/geo';
import { type GeoTiffRaster, openRaster, servingReport } from '@inlay/geotiff';
import { actorOfUser } from '../auth/user-store.ts';
import { insertDataset } from '../catalog/new-dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { placeOnEarth } from '../catalog/place.ts';
import { drawQuicklook, quicklookKey } from '../catalog/quicklook.ts';
import { setQuicklook } from '../catalog/quicklook-store.ts';
import { storedRasterFiles } from '../catalog/raster-files.ts';
import { takenAt } from '../catalog/taken-at.ts';
import { JobError, ServerError, ValidationError } from '../error.ts';
import { completeJob, type Job } from '../jobs/job-store.ts';
import { type Attempt, type Handler, OvertakenError } from '../jobs/worker.ts';
import { inScratch, watchFreeSpace } from '../storage/scratch.ts';
import type { Storage } from '../storage/storage.ts';
import { StorageError } from '../storage/storage-error.ts';
import { exportedObjects, insertExportResult } from './export-store.ts';
import type { ExportThreads } from './export-threads.ts';
import { type ExportDeps, type ExportInput, preparedExport } from './request-export.ts';

export interface ExportJobDeps extends ExportDeps {
  readonly storage: Storage;
  readonly definitions: Definitions;
  readonly exportThreads: ExportThreads;
  /** A folder of this machine for unfinished files, on a disk. */
  readonly scratchDir: string;
}

/** Shares of the job's progress between which the writing lies. */
const PROGRESS = [0.02, 0.9] as const;

/** Where an attempt stores its file: never twice the same place. As a dataset's raster where it becomes one. */
function exportKey(jobId: string, attempt: number, asDataset: boolean): string {
  return asDataset ? `rasters/${jobId}/export-${attempt}.tif` : `exports/${jobId}/${attempt}.tif`;
}

/**
 * The `export` job: checks once more that its owner may have the pixels, writes the file in a thread, stores it, and
 * keeps it for its owner or makes it a dataset.
 */
export function exportHandler(deps: ExportJobDeps): Handler {
  return {
    run: (attempt) => runExport(deps, attempt),
    giveUp: (job) => removeAttempts(deps, job),
  };
}

async function runExport(deps: ExportJobDeps, attempt: Attempt): Promise<void> {
  const { job, signal, report } = attempt;
  const input = job.input as ExportInput;
  await removeAttempts(deps, { ...job, attempt: job.attempt - 1 });

  report(0, 'planning');
  const { source, plan } = await prepareAgain(deps, job.owner, input);
  const key = exportKey(job.id, job.attempt, input.request.as_dataset);
  const stored = await inScratch(deps.scratchDir, job, async (folder) => {
    const output = join(folder, 'export.tif');
    report(PROGRESS[0], 'writing');
    await writeFile(deps, attempt, { source, plan, folder, output });
    report(PROGRESS[1], 'storing');
    return { key, ...(await deps.storage.putFile(key, output, { signal })) };
  });
  if (input.request.as_dataset) await publishDataset(deps, attempt, input, stored);
  else await publishResult(deps, job, input, stored);
}

/** @throws JobError where the owner may no longer have the pixels, or the dataset has become another */
async function prepareAgain(deps: ExportJobDeps, owner: string, { datasetId, request }: ExportInput) {
  const actor = await actorOfUser(deps.db, owner);
  try {
    if (actor !== null) return await preparedExport(deps, actor, datasetId, request);
  } catch (error) {
    if (error instanceof ValidationError || (error instanceof ServerError && error.code !== 'not_found')) {
      throw new JobError('export_refused', `The dataset has changed since the export was asked for: ${error.message}`, {
        cause: error,
      });
    }
    if (!(error instanceof ServerError)) throw error;
  }
  throw new JobError(
    'export_refused',
    'The dataset, or a source of it, was removed or hidden after the export was asked for.',
  );
}

/** What the readers below say of files that are damaged, gone or too expensive to read. */
const UNREADABLE = /^(?:geotiff|mosaic|tiler)\/|^source_/;

async function writeFile(
  { exportThreads }: ExportJobDeps,
  { signal, report }: Attempt,
  task: Parameters<ExportThreads['run']>[0],
): Promise<void> {
  const [from, to] = PROGRESS;
  const full = watchFreeSpace(task.folder);
  try {
    await exportThreads.run(task, {
      signal: AbortSignal.any([signal, full.signal]),
      onProgress: (share) => report(from + (to - from) * share, 'writing'),
    });
  } catch (error) {
    signal.throwIfAborted();
    if (full.signal.aborted || /ENOSPC/.test((error as Error).message)) {
      throw new StorageError('storage/full', 'No space is left to write the export: make room, then retry.', {
        cause: error,
      });
    }
    if (!isCodedError(error) || !UNREADABLE.test(error.code)) throw error;
    throw new JobError('export_unreadable', `The dataset could not be read whole: ${error.message}`, { cause: error });
  } finally {
    full.stop();
  }
}

interface Stored {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

async function publishResult({ db }: ExportJobDeps, job: Job, { title }: ExportInput, stored: Stored): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const isOurs = await completeJob(trx, job.id, job.attempt, { datasetId: null, warnings: [] });
    if (!isOurs) throw new OvertakenError('another attempt took over, or the job was cancelled');
    await insertExportResult(trx, {
      job_id: job.id,
      object_key: stored.key,
      filename: `${title.replace(/\.(?:tiff?|vrt)$/i, '')}.tif`,
      bytes: stored.bytes,
      sha256: stored.sha256,
    });
  });
}

async function publishDataset(
  deps: ExportJobDeps,
  { job, signal, report }: Attempt,
  { title, visibility, request }: ExportInput,
  stored: Stored,
): Promise<void> {
  const raster: GeoTiffRaster = await openRaster(await storedRasterFiles(deps.storage, stored.key, title), { signal });
  try {
    report(0.93, 'drawing thumbnail');
    const { profile } = raster;
    const key = quicklookKey(job.id, job.attempt);
    const quicklook = await drawQuicklook(deps.storage, raster, key, signal);
    report(0.98, 'publishing');
    const crsId = profile.crs === null ? null : await deps.definitions.internCrs(deps.db, profile.crs);
    const layoutId = await deps.definitions.internLayout(deps.db, profile.layout);
    const datasetId = randomUUID();
    const warnings = quicklook.warning === null ? [] : [quicklook.warning];
    await deps.db.transaction().execute(async (trx) => {
      const isOurs = await completeJob(trx, job.id, job.attempt, { datasetId, warnings });
      if (!isOurs) throw new OvertakenError('another attempt took over, or the job was cancelled');
      await insertDataset(trx, {
        id: datasetId,
        recordType: 'raster_dataset',
        title,
        summary: request.summary ?? null,
        visibility,
        createdBy: job.owner,
        jobId: job.id,
        place: placeOnEarth(profile),
        datetime: null,
        cloudCover: null,
        raster: {
          profile,
          crsId,
          layoutId,
          statistics: quicklook.statistics ?? profile.statistics,
          sizeBytes: stored.bytes,
          checksum: stored.sha256,
          objectKey: stored.key,
          location: null,
          sourceState: null,
          sidecars: [],
          slowReasons: servingReport(profile).reasons,
          takenAt: takenAt(profile.layout.metadata),
          original: null,
        },
      });
      if (quicklook.facts !== null) await setQuicklook(trx, { datasetId, version: 1 }, { key, facts: quicklook.facts });
    });
  } finally {
    await raster.close();
  }
}

/** Removes what attempts up to this one have stored, unless one of them published it after all. */
async function removeAttempts(
  { db, storage }: ExportJobDeps,
  job: Pick<Job, 'id' | 'attempt' | 'input'>,
): Promise<void> {
  if (job.attempt === 0) return;
  const published = await exportedObjects(db, job.id);
  const { as_dataset: asDataset } = (job.input as ExportInput).request;
  for (let attempt = 1; attempt <= job.attempt; attempt += 1) {
    for (const key of [exportKey(job.id, attempt, asDataset), quicklookKey(job.id, attempt)]) {
      if (!published.has(key)) await storage.delete(key);
    }
  }
}
