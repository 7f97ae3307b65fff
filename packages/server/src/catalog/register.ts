import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RegisterRasters, ValidationItem } from '@inlay/contract';
import { isCodedError } from '@inlay/geo';
import { openRaster, servingReport, type SidecarSuffix, sidecarName } from '@inlay/geotiff';
import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import type { Actor } from '../access.ts';
import type { SourceState, Tables, Visibility } from '../db/tables.ts';
import { JobError, ValidationError } from '../error.ts';
import { completeJob, heartbeat, insertJob, type Job } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import { type Attempt, type Handler, OvertakenError } from '../jobs/worker.ts';
import { insertDataset, type NewDataset } from './dataset-store.ts';
import type { Definitions } from './definitions.ts';
import { placeOnEarth } from './place.ts';
import { rasterWarnings, refusalOf } from './raster-checks.ts';
import { locationFiles } from './raster-files.ts';
import { allowedPlace, type SourceRoots } from './source-roots.ts';
import { isUrl, probeState } from './source-state.ts';

export interface RegisterDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly queue: Queue;
  readonly sourceRoots: SourceRoots;
}

/** The `input` of a `register_rasters` job: places already found to be allowed. */
export interface RegisterInput {
  readonly v: 1;
  readonly locations: readonly string[] | null;
  readonly folder: string | null;
  readonly visibility: Visibility;
}

/** Headers opened at a time, rasters written per transaction, and files one folder may bring. */
const CONCURRENCY = 16;
const BATCH = 64;
const MAX_FILES = 1_000_000;
/** A job's warnings are read by people. */
const MAX_WARNINGS = 100;

const SIDECARS: readonly SidecarSuffix[] = ['.msk', '.ovr', '.aux.xml', '.tfw', '.tifw', '.wld'];

/** Checks that every place may be read and queues the work. Nothing is opened yet. */
export async function registerRasters(
  deps: RegisterDeps,
  actor: Actor,
  request: RegisterRasters,
  requestId: string,
): Promise<{ jobId: string; message: string }> {
  const sent = request.hrefs ?? [request.prefix ?? ''];
  const field = request.hrefs === undefined ? 'prefix' : 'hrefs';
  const places = await Promise.all(sent.map((href) => allowedPlace(href, deps.sourceRoots)));
  const items = places.flatMap((place, index): ValidationItem[] =>
    place.ok
      ? []
      : [
          {
            loc: field === 'hrefs' ? ['body', field, index] : ['body', field],
            msg: `This cannot be registered: ${place.reason}`,
            type: 'href_not_allowed',
            input: sent[index] ?? null,
          },
        ],
  );
  if (items.length > 0) throw new ValidationError(items);
  const locations = places.flatMap((place) => (place.ok ? [place.location] : []));
  const [first = ''] = locations;
  if (field === 'prefix' && isUrl(first)) {
    throw new ValidationError([
      {
        loc: ['body', 'prefix'],
        msg: 'A web server does not list its files: send them as hrefs',
        type: 'not_supported_yet',
        input: first,
      },
    ]);
  }
  const input: RegisterInput = {
    v: 1,
    locations: field === 'hrefs' ? locations : null,
    folder: field === 'prefix' ? first : null,
    visibility: request.visibility ?? 'private',
  };
  const jobId = await deps.db.transaction().execute(async (trx) => {
    const id = await insertJob(trx, { kind: 'register_rasters', input, owner: actor.userId, requestId, queued: true });
    await deps.queue.send(trx, 'register_rasters', id);
    return id;
  });
  deps.queue.wake('register_rasters');
  const message = field === 'hrefs' ? `Registering ${locations.length} rasters` : `Registering the rasters of a folder`;
  return { jobId, message };
}

/** The `register_rasters` job: reads headers and catalogues, some dozens per transaction; goes on where it stopped. */
export function registerHandler(deps: RegisterDeps): Handler {
  return {
    run: (attempt) => registerAll(deps, attempt),
    // What was registered is good by itself and stays.
    giveUp: () => Promise.resolve(),
  };
}

async function registerAll(deps: RegisterDeps, attempt: Attempt): Promise<void> {
  const { job, signal, report } = attempt;
  const input = job.input as RegisterInput;
  report(0.01, 'listing files');
  const locations = input.locations ?? (await listRasters(input.folder ?? '', signal));
  const tally: Tally = { datasetIds: [], failed: 0, warnings: [] };
  for (let start = 0; start < locations.length; start += BATCH) {
    const batch = locations.slice(start, start + BATCH);
    const fresh = await readBatch(deps, attempt, batch, input.visibility, tally);
    const done = start + batch.length;
    const shown = {
      progress: 0.02 + (0.9 * done) / locations.length,
      step: `read ${done} of ${locations.length} headers`,
    };
    await deps.db.transaction().execute(async (trx) => {
      if (!(await heartbeat(trx, job.id, job.attempt, shown))) throw new OvertakenError('cancelled or taken over');
      for (const dataset of fresh) await insertDataset(trx, dataset);
    });
    report(shown.progress, shown.step);
    tally.datasetIds.push(...fresh.map((dataset) => dataset.id));
  }
  if (tally.datasetIds.length === 0 && tally.failed > 0) {
    throw new JobError(
      'nothing_registered',
      `None of ${locations.length} files is a raster that can be catalogued. ${tally.warnings[0] ?? ''}`,
    );
  }
  if (locations.length === 0) warn(tally, 'No GeoTIFF was found there.');
  if (tally.failed > MAX_WARNINGS) tally.warnings.push(`${tally.failed} files in all were left out.`);
  await finish(deps, job, tally);
}

/** What a job has done so far. */
interface Tally {
  /** Of this job, those of its earlier attempts included. */
  readonly datasetIds: string[];
  failed: number;
  readonly warnings: string[];
}

function warn(tally: Tally, warning: string): void {
  if (tally.warnings.length < MAX_WARNINGS) tally.warnings.push(warning);
}

/** Reads the headers of those files that are not catalogued yet; a file that cannot be read is a warning. */
async function readBatch(
  deps: RegisterDeps,
  { job, signal }: Attempt,
  locations: readonly string[],
  visibility: Visibility,
  tally: Tally,
): Promise<NewDataset[]> {
  const known = await knownLocations(deps.db, job, locations);
  const limit = pLimit(CONCURRENCY);
  const read = locations.map((location) =>
    limit(async (): Promise<NewDataset[]> => {
      const existing = known.get(location);
      if (existing?.jobId === job.id) tally.datasetIds.push(existing.id);
      else if (existing !== undefined)
        warn(tally, `${basename(location)} is already catalogued as "${existing.title}".`);
      if (existing !== undefined) return [];
      try {
        return [await readRaster(deps, job, location, visibility, signal, tally)];
      } catch (error) {
        signal.throwIfAborted();
        if (!isCodedError(error)) throw error;
        tally.failed += 1;
        warn(tally, `${basename(location)} was left out: ${error.message}`);
        return [];
      }
    }),
  );
  return (await Promise.all(read)).flat();
}

/** Ends the job; the thumbnails follow as a job of their own, because headers are quick and pixels are not. */
async function finish(deps: RegisterDeps, job: Job, { datasetIds, warnings }: Tally): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const datasetId = datasetIds.length === 1 ? (datasetIds[0] ?? null) : null;
    if (!(await completeJob(trx, job.id, job.attempt, { datasetId, warnings }))) {
      throw new OvertakenError('cancelled or taken over');
    }
    if (datasetIds.length === 0) return;
    const input = { v: 1, datasetIds };
    const followUp = await insertJob(trx, {
      kind: 'quicklook',
      input,
      owner: job.owner,
      requestId: job.request_id,
      queued: true,
    });
    await deps.queue.send(trx, 'quicklook', followUp);
  });
  deps.queue.wake('quicklook');
}

async function readRaster(
  deps: RegisterDeps,
  job: Job,
  location: string,
  visibility: Visibility,
  signal: AbortSignal,
  tally: Tally,
): Promise<NewDataset> {
  const place = await allowedPlace(location, deps.sourceRoots);
  if (!place.ok) throw new JobError('unreadable_raster', `it may not be read: ${place.reason}`);
  const state = await stateOf(location, signal);
  const raster = await openRaster(await locationFiles(location), { signal });
  try {
    const { profile } = raster;
    const title = basename(new URL(location, 'file:///').pathname);
    for (const warning of rasterWarnings(raster, profile)) warn(tally, warning);
    return {
      id: derivedUuid(job.id, location),
      recordType: 'raster_dataset',
      title: decodeURIComponentOr(title).slice(0, 500),
      summary: null,
      visibility,
      createdBy: job.owner,
      jobId: job.id,
      place: placeOnEarth(profile),
      raster: {
        profile,
        crsId: profile.crs === null ? null : await deps.definitions.internCrs(deps.db, profile.crs),
        layoutId: await deps.definitions.internLayout(deps.db, profile.layout),
        statistics: profile.statistics,
        sizeBytes: raster.images.full.source.size ?? 0,
        checksum: null,
        objectKey: null,
        location,
        sourceState: state,
        sidecars: Object.keys(state).filter((suffix) => suffix !== ''),
        slowReasons: servingReport(profile).reasons,
      },
    };
  } finally {
    await raster.close();
  }
}

/** The file and the sidecars there are, as they are now. A web server is not asked for sidecars. */
async function stateOf(location: string, signal: AbortSignal): Promise<Record<string, SourceState>> {
  const states: Record<string, SourceState> = {};
  const suffixes = isUrl(location) ? [''] : ['', ...SIDECARS];
  for (const suffix of suffixes) {
    const state = await probeState(suffix === '' ? location : sidecarName(location, suffix as SidecarSuffix), signal);
    if (state !== null) states[suffix] = state;
  }
  return states;
}

/** What of these places the job's owner has in the catalogue already. */
async function knownLocations(
  db: Kysely<Tables>,
  job: Job,
  locations: readonly string[],
): Promise<Map<string, { id: string; jobId: string | null; title: string }>> {
  const rows = await db
    .selectFrom('rasters')
    .innerJoin('datasets', 'datasets.id', 'rasters.dataset_id')
    .select(['datasets.id', 'datasets.job_id as jobId', 'datasets.title', 'rasters.location'])
    .where('rasters.location', 'in', [...locations])
    .where('datasets.created_by', '=', job.owner)
    .execute();
  return new Map(rows.map((row) => [row.location ?? '', row]));
}

/** GeoTIFFs below a folder, sorted; links are not followed out of it. */
async function listRasters(folder: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    signal.throwIfAborted();
    if (entry.isFile() && /\.tiff?$/i.test(entry.name)) found.push(join(entry.parentPath, entry.name));
    if (found.length > MAX_FILES)
      throw new JobError(
        'nothing_registered',
        `The folder holds more than ${MAX_FILES} rasters. Register its subfolders one by one.`,
      );
  }
  return found.sort();
}

/** The same id for the same place in the same job (UUID version 8, RFC 9562), so that a second attempt adds nothing twice. */
function derivedUuid(jobId: string, location: string): string {
  const hash = createHash('sha256').update(`${jobId}\n${location}`).digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x80;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign: the name is shown as it is written
  }
}
