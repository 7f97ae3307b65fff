import { randomUUID } from 'node:crypto';
import { type DataType, MASK_NODATA, type Nodata, nodataFromJson, type RasterProfile } from '@inlay/geo';
import { crsFromEpsg, servingReport } from '@inlay/geotiff';
import type { Kysely } from 'kysely';
import { mayChange } from '../access.ts';
import { actorOfUser } from '../auth/user-store.ts';
import type { Tables } from '../db/tables.ts';
import { JobError, ValidationError } from '../error.ts';
import { completeJob, type Job } from '../jobs/job-store.ts';
import { type Attempt, type Handler, OvertakenError } from '../jobs/worker.ts';
import { type ConversionDeps, convertedKey, type PreparedUpload, prepareUpload } from './convert-upload.ts';
import { findDataset, lockDatasets } from './dataset-store.ts';
import { insertDataset } from './new-dataset-store.ts';
import type { Definitions } from './definitions.ts';
import { doomObjects } from './doomed-store.ts';
import { placeOnEarth } from './place.ts';
import { drawQuicklook, quicklookKey } from './quicklook.ts';
import { setQuicklook } from './quicklook-store.ts';
import { rasterWarnings } from './raster-checks.ts';
import { takenAt } from './taken-at.ts';
import { publishedObjects } from './upload-store.ts';
import { replaceRaster } from './version-store.ts';
import type { CommitFields, StoredUpload, UploadInput } from './uploads.ts';

export interface UploadJobDeps extends ConversionDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
}

/** The `upload` job: converts an uploaded file where it has to, draws its thumbnail, and makes it a dataset. */
export function uploadHandler(deps: UploadJobDeps): Handler {
  return {
    run: (attempt) => catalogueUpload(deps, attempt),
    async giveUp(job) {
      await removeAttempts(deps, job);
      // A committed file is kept for a retry, which `expireUploads` ends; one that never was cannot be retried.
      const { stored, commit } = job.input as UploadInput;
      if (stored !== null && commit === null) await deps.storage.delete(stored.key);
    },
  };
}

async function catalogueUpload(deps: UploadJobDeps, attempt: Attempt): Promise<void> {
  const { job, signal, report } = attempt;
  const { filename, stored, commit, replaces = null } = job.input as UploadInput;
  if (stored === null || commit === null) {
    throw new JobError('upload_missing', `The bytes of "${filename}" are no longer kept. Upload it again.`);
  }
  await removeAttempts(deps, { ...job, attempt: job.attempt - 1 });
  if (replaces !== null) await requireReplaceable(deps.db, job.owner, replaces);

  report(0.1, 'reading header');
  const prepared = await readUpload(deps, attempt, filename, stored);
  const { raster, served, original } = prepared;
  try {
    const profile = await withOverrides(raster.profile, commit);
    const warnings = [...rasterWarnings(raster, profile), ...prepared.warnings];
    report(0.7, 'drawing thumbnail');
    const key = quicklookKey(job.id, job.attempt);
    const quicklook = await drawQuicklook(deps.storage, raster, key, signal);
    if (quicklook.warning !== null) warnings.push(quicklook.warning);

    report(0.9, 'publishing');
    const crsId = profile.crs === null ? null : await deps.definitions.internCrs(deps.db, profile.crs);
    const layoutId = await deps.definitions.internLayout(deps.db, profile.layout);
    const datasetId = replaces ?? randomUUID();
    await deps.db.transaction().execute(async (trx) => {
      if (replaces !== null && (await lockDatasets(trx, [replaces])).size === 0) throw datasetGone();
      const isOurs = await completeJob(trx, job.id, job.attempt, { datasetId, warnings });
      if (!isOurs) throw new OvertakenError('another attempt took over, or the job was cancelled');
      const facts = {
        jobId: job.id,
        place: placeOnEarth(profile),
        raster: {
          profile,
          crsId,
          layoutId,
          statistics: quicklook.statistics ?? profile.statistics,
          sizeBytes: served.bytes,
          checksum: served.sha256,
          objectKey: served.key,
          location: null,
          sourceState: null,
          sidecars: [],
          slowReasons: servingReport(profile).reasons,
          takenAt: takenAt(profile.layout.metadata),
          original,
        },
      };
      const version = replaces === null ? 1 : await replaceRaster(trx, replaces, facts);
      if (version === null) throw datasetGone();
      if (replaces === null) {
        await insertDataset(trx, {
          ...facts,
          id: datasetId,
          recordType: 'raster_dataset',
          title: commit.title,
          summary: commit.summary ?? null,
          visibility: commit.visibility ?? 'private',
          createdBy: job.owner,
          datetime: commit.datetime ?? null,
          cloudCover: commit.cloud_cover ?? null,
        });
      }
      await doomObjects(trx, [prepared.superseded]);
      if (quicklook.facts !== null) await setQuicklook(trx, { datasetId, version }, { key, facts: quicklook.facts });
    });
  } finally {
    await raster.close();
  }
}

/** The rights to replace a raster are looked at again when it comes to it. @throws JobError `dataset_gone` */
async function requireReplaceable(db: Kysely<Tables>, owner: string, datasetId: string): Promise<void> {
  const actor = await actorOfUser(db, owner);
  const row = actor === null ? undefined : await findDataset(db, actor, datasetId);
  if (actor === null || row === undefined || !mayChange(actor, row)) throw datasetGone();
}

function datasetGone(): JobError {
  return new JobError('dataset_gone', 'The dataset was deleted, or may no longer be changed by whoever replaced it.');
}

async function readUpload(
  deps: UploadJobDeps,
  attempt: Attempt,
  filename: string,
  stored: StoredUpload,
): Promise<PreparedUpload> {
  try {
    return await prepareUpload(deps, attempt, filename, stored);
  } catch (error) {
    if (error instanceof ValidationError) throw new JobError('unreadable_raster', error.message, { cause: error });
    throw error;
  }
}

/** Removes what attempts up to this one have stored, unless one of them published it after all. */
async function removeAttempts({ db, storage }: UploadJobDeps, job: Pick<Job, 'id' | 'attempt'>): Promise<void> {
  if (job.attempt === 0) return;
  const published = await publishedObjects(db, job.id);
  for (let attempt = 1; attempt <= job.attempt; attempt += 1) {
    for (const key of [quicklookKey(job.id, attempt), convertedKey(job.id, attempt)]) {
      if (!published.has(key)) await storage.delete(key);
    }
  }
}

/** Assigns what the commit said instead of what the file says; pixels are never touched by it. */
async function withOverrides(profile: RasterProfile, commit: CommitFields): Promise<RasterProfile> {
  const { srid_override: srid, nodata_override: override } = commit;
  let result = profile;
  if (srid != null) {
    const crs = await crsFromEpsg(srid);
    if (crs === null)
      throw new JobError('unreadable_raster', `There is no EPSG:${srid}. Commit with another srid_override.`);
    result = { ...result, crs };
  }
  if (override != null) {
    const nodata = nodataFromJson(override);
    const bands = result.layout.bands.map((band) => ({
      ...band,
      nodata: asNodataOf(band.dataType, nodata),
      maskFlags: MASK_NODATA,
    }));
    result = { ...result, layout: { ...result.layout, bands } };
  }
  return result;
}

/** A value as bands of this type have it: a bigint for 64-bit integers, a number for all others. */
function asNodataOf(dataType: DataType, nodata: Nodata): Nodata {
  const is64Bit = dataType === 'Int64' || dataType === 'UInt64';
  if (!is64Bit) return Number(nodata);
  return typeof nodata === 'number' && Number.isInteger(nodata) ? BigInt(nodata) : nodata;
}
