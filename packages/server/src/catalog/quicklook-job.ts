import { isCodedError } from '@inlay/geo';
import { openRaster } from '@inlay/geotiff';
import type { QuicklookFacts, StoredStatistics } from '../db/tables.ts';
import { completeJob, heartbeat, type Job } from '../jobs/job-store.ts';
import { type Attempt, type Handler, OvertakenError } from '../jobs/worker.ts';
import { drawVrtQuicklook, type VrtQuicklookDeps } from '../virtual-rasters/draw-quicklook.ts';
import { type SeenRaster, setQuicklook, setStatistics } from './quicklook-store.ts';
import { removeDoomedObjects } from './doomed-store.ts';
import { drawQuicklook, quicklookKey } from './quicklook.ts';
import { locationFiles, storedRasterFiles } from './raster-files.ts';
import { allowedPlace, type SourceAccess } from './source-roots.ts';

export interface QuicklookJobDeps extends VrtQuicklookDeps, SourceAccess {}

/** The `input` of a `quicklook` job. */
export interface QuicklookInput {
  readonly v: 1;
  readonly datasetIds: readonly string[];
  /** They have thumbnails, and there is more to draw them of by now. */
  readonly isRedrawn?: boolean;
}

/** What one dataset got. */
export interface DatasetQuicklook {
  readonly key: string;
  readonly facts: QuicklookFacts | null;
  readonly statistics: readonly (StoredStatistics | null)[] | null;
  readonly warning: string | null;
}

const MAX_WARNINGS = 100;

/**
 * The `quicklook` job: thumbnails and statistics of datasets that were catalogued without their pixels. Single rasters
 * are read; virtual ones are read or composed of their members' stored thumbnails.
 */
export function quicklookHandler(deps: QuicklookJobDeps): Handler {
  return {
    run: (attempt) => drawAll(deps, attempt),
    giveUp: (job) => removeUnused(deps, job),
  };
}

async function drawAll(deps: QuicklookJobDeps, { job, signal, report, log }: Attempt): Promise<void> {
  const { datasetIds, isRedrawn = false } = job.input as QuicklookInput;
  const warnings: string[] = [];
  for (const [index, datasetId] of datasetIds.entries()) {
    signal.throwIfAborted();
    const share = (part: number): number => (index + part) / datasetIds.length;
    report(
      share(0),
      datasetIds.length === 1 ? 'drawing thumbnail' : `drawing thumbnail ${index + 1} of ${datasetIds.length}`,
    );
    const drawn = await drawOne(deps, job, datasetId, signal, (part) => report(share(part), 'drawing thumbnail'));
    if (drawn === null) continue;
    if (drawn.warning !== null && warnings.length < MAX_WARNINGS) warnings.push(drawn.warning);
    const isKept = await deps.db.transaction().execute(async (trx) => {
      const shown = { progress: share(1) * 0.98, step: 'drawing thumbnails' };
      if (!(await heartbeat(trx, job.id, job.attempt, shown))) throw new OvertakenError('cancelled or taken over');
      if (drawn.facts === null) {
        const { statistics } = drawn;
        if (statistics !== null) await setStatistics(trx, drawn.seen, { statistics, isRedrawn });
        return false;
      }
      return await setQuicklook(trx, drawn.seen, {
        key: drawn.key,
        facts: drawn.facts,
        isRedrawn,
        ...(drawn.statistics === null ? {} : { statistics: drawn.statistics }),
      });
    });
    // The dataset was deleted while its thumbnail was drawn, has other pixels by now and another job for them, or a better one.
    if (!isKept) await deps.storage.delete(drawn.key);
  }
  await deps.db.transaction().execute(async (trx) => {
    const datasetId = datasetIds.length === 1 ? (datasetIds[0] ?? null) : null;
    if (!(await completeJob(trx, job.id, job.attempt, { datasetId, warnings })))
      throw new OvertakenError('cancelled or taken over');
  });
  if (!isRedrawn) return;
  // What cannot be removed now is tried again by the next clean-up.
  await removeDoomedObjects(deps.db, deps.storage).catch((error: unknown) =>
    log.warn({ err: error }, 'thumbnails that were drawn anew remain'),
  );
}

/** Null where there is nothing to draw: the dataset is gone, or has its thumbnail already. */
async function drawOne(
  deps: QuicklookJobDeps,
  job: Job,
  datasetId: string,
  signal: AbortSignal,
  onProgress: (part: number) => void,
): Promise<(DatasetQuicklook & { readonly seen: SeenRaster }) | null> {
  const row = await deps.db
    .selectFrom('rasters')
    .innerJoin('datasets', 'datasets.id', 'rasters.dataset_id')
    .leftJoin('vrts', 'vrts.dataset_id', 'rasters.dataset_id')
    .select(['title', 'object_key', 'location', 'source_state', 'quicklook_key', 'version', 'vrts.generation_id'])
    .where('rasters.dataset_id', '=', datasetId)
    .executeTakeFirst();
  const key = quicklookKey(job.id, datasetId);
  const { isRedrawn = false } = job.input as QuicklookInput;
  if (row === undefined || row.quicklook_key === key || (row.quicklook_key !== null && !isRedrawn)) return null;
  const seen = { datasetId, version: row.version };
  if (row.generation_id !== null) {
    const build = { datasetId, generationId: row.generation_id, key };
    const drawn = await drawVrtQuicklook(deps, build, signal, onProgress);
    return drawn === null ? null : { ...drawn, seen };
  }
  const place = row.location === null ? null : await allowedPlace(row.location, deps.sourceRoots);
  if (place !== null && !place.ok)
    return { key, seen, facts: null, statistics: null, warning: `No thumbnail: ${place.reason}` };
  try {
    const files =
      place === null
        ? await storedRasterFiles(deps.storage, row.object_key as string, row.title)
        : await locationFiles(place.location, row.source_state ?? {}, deps);
    const raster = await openRaster(files, { signal });
    try {
      return { key, seen, ...(await drawQuicklook(deps.storage, raster, key, signal)) };
    } finally {
      await raster.close();
    }
  } catch (error) {
    // A file that has gone or changed since it was registered: the others get their thumbnails all the same.
    if (!isCodedError(error) || !error.code.startsWith('geotiff/')) throw error;
    return { key, seen, facts: null, statistics: null, warning: `No thumbnail: ${error.message}` };
  }
}

/** Removes thumbnails that were stored but never came to be a dataset's. */
async function removeUnused(deps: QuicklookJobDeps, job: Pick<Job, 'id' | 'input'>): Promise<void> {
  const { datasetIds } = job.input as QuicklookInput;
  const keys = datasetIds.map((datasetId) => quicklookKey(job.id, datasetId));
  const used = await deps.db
    .selectFrom('rasters')
    .select('quicklook_key')
    .where((eb) => eb('quicklook_key', '=', eb.fn.any(eb.val(keys))))
    .unionAll((eb) =>
      eb
        .selectFrom('raster_versions')
        .select('quicklook_key')
        .where('quicklook_key', '=', eb.fn.any(eb.val(keys))),
    )
    .execute();
  const kept = new Set(used.map((row) => row.quicklook_key));
  for (const key of keys) if (!kept.has(key)) await deps.storage.delete(key);
}
