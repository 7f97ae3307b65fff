import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RegisterRasters, ValidationItem } from '@inlay/contract';
import { isCodedError } from '@inlay/geo';
import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import type { Actor } from '../access.ts';
import type { SourceState, Tables, Visibility } from '../db/tables.ts';
import { JobError, ValidationError } from '../error.ts';
import { isObject } from '../s3/object-place.ts';
import { completeJob, heartbeat, insertJob, type Job } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import { type Attempt, type Handler, OvertakenError } from '../jobs/worker.ts';
import { lockDatasets } from './dataset-store.ts';
import { insertDataset, type NewDataset } from './new-dataset-store.ts';
import { filesToRegister, type ListedFile } from './files-to-register.ts';
import { type ReadRegisteredDeps, readRegistered, stateOf } from './read-registered.ts';
import { allowedPlace, isUrl } from './source-roots.ts';
import { sameStates } from './source-state.ts';
import { replaceRaster } from './version-store.ts';

export interface RegisterDeps extends ReadRegisteredDeps {
  readonly queue: Queue;
}

/** The `input` of a `register_rasters` job: places already found to be allowed. */
export interface RegisterInput {
  readonly v: 1;
  readonly locations: readonly string[] | null;
  /** Or a prefix of a bucket, with a slash at its end. */
  readonly folder: string | null;
  readonly visibility: Visibility;
  /** What is stated of all of them; not there where nothing is. */
  readonly datetime?: string | null;
  readonly cloudCover?: number | null;
}

/** What the request says of all rasters that it names. */
type Stated = Pick<RegisterInput, 'visibility' | 'datetime' | 'cloudCover'>;

/** Headers opened at a time, and rasters written per transaction. */
const CONCURRENCY = 16;
const BATCH = 64;
/** A job's warnings are read by people. */
const MAX_WARNINGS = 100;

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
  // Two ways to write one place are one raster.
  const locations = [...new Set(places.flatMap((place) => (place.ok ? [place.location] : [])))];
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
  if (field === 'prefix' && !isObject(first) && !(await isFolder(first))) {
    throw new ValidationError([
      { loc: ['body', 'prefix'], msg: 'It is not a folder: send files as hrefs', type: 'not_a_folder', input: sent[0] },
    ]);
  }
  const input: RegisterInput = {
    v: 1,
    locations: field === 'hrefs' ? locations : null,
    folder: field === 'prefix' ? (isObject(first) ? first.replace(/\/?$/, '/') : first) : null,
    visibility: request.visibility ?? 'private',
    datetime: request.datetime ?? null,
    cloudCover: request.cloud_cover ?? null,
  };
  const jobId = await deps.db.transaction().execute(async (trx) => {
    const id = await insertJob(trx, { kind: 'register_rasters', input, owner: actor.userId, requestId, queued: true });
    await deps.queue.send(trx, 'register_rasters', id);
    return id;
  });
  deps.queue.wake('register_rasters');
  const message = field === 'hrefs' ? `Registering ${locations.length} rasters` : 'Registering the rasters of a folder';
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
  const tally: Tally = { datasetIds: [], known: [], failed: 0, warnings: [] };
  const { total, batches } = await filesToRegister(deps, input, {
    batch: BATCH,
    signal,
    warn: (warning) => warn(tally, warning),
    onStep: (step) => report(0.01, step),
  });
  let done = 0;
  for await (const batch of batches) {
    const fresh = await readBatch(deps, attempt, batch, input, tally);
    const ids = fresh.map(({ dataset, replaces }) => replaces ?? dataset.id);
    done += batch.length;
    // More may have come since they were counted.
    const all = Math.max(total, done);
    const shown = { progress: 0.02 + (0.9 * done) / all, step: `read ${done} of ${all} headers` };
    await deps.db.transaction().execute(async (trx) => {
      await lockDatasets(
        trx,
        fresh.flatMap(({ replaces }) => replaces ?? []),
      );
      if (!(await heartbeat(trx, job.id, job.attempt, shown))) throw new OvertakenError('cancelled or taken over');
      for (const { dataset, replaces } of fresh) {
        if (replaces === null) await insertDataset(trx, dataset);
        else await replaceRaster(trx, replaces, dataset);
      }
    });
    report(shown.progress, shown.step);
    tally.datasetIds.push(...ids);
  }
  if (tally.datasetIds.length + tally.known.length === 0 && tally.failed > 0) {
    throw new JobError(
      'nothing_registered',
      `None of ${done} files is a raster that can be catalogued. ${tally.warnings[0] ?? ''}`,
    );
  }
  const [known] = tally.known;
  if (known !== undefined) {
    const count = tally.known.length;
    tally.warnings.push(count === 1 ? known : `${count} files are catalogued already and have not changed.`);
  }
  if (done === 0) warn(tally, 'No GeoTIFF was found there.');
  if (tally.failed > MAX_WARNINGS) tally.warnings.push(`${tally.failed} files in all were left out.`);
  await finish(deps, job, tally);
}

/** What a job has done so far. */
interface Tally {
  /** Of this job, those of its earlier attempts included. */
  readonly datasetIds: string[];
  /** Files that the owner had catalogued before, as they are now: a sentence each. */
  readonly known: string[];
  failed: number;
  readonly warnings: string[];
}

function warn(tally: Tally, warning: string): void {
  if (tally.warnings.length < MAX_WARNINGS) tally.warnings.push(warning);
}

/** A file that was read, and the dataset whose file it is already; null for a new one. */
interface ReadFile {
  readonly dataset: NewDataset;
  readonly replaces: string | null;
}

/**
 * Reads the headers of those files that are not catalogued yet, or not as they are now; a file that cannot be read is a
 * warning.
 */
async function readBatch(
  deps: RegisterDeps,
  { job, signal }: Attempt,
  files: readonly ListedFile[],
  stated: Stated,
  tally: Tally,
): Promise<ReadFile[]> {
  const known = await knownLocations(
    deps.db,
    job,
    files.map(({ location }) => location),
  );
  const limit = pLimit(CONCURRENCY);
  const read = files.map(({ location, states }) =>
    limit(async (): Promise<ReadFile[]> => {
      const existing = known.get(location);
      if (existing?.jobId === job.id) {
        tally.datasetIds.push(existing.id);
        return [];
      }
      try {
        const state = states ?? (await stateOf(deps, location, signal));
        if (existing !== undefined && sameStates(existing.state ?? {}, state)) {
          tally.known.push(`${titleOf(location)} is already catalogued as "${existing.title}".`);
          return [];
        }
        const dataset = await datasetOf(deps, job, { location, state, stated }, signal, tally);
        return [{ dataset, replaces: existing?.id ?? null }];
      } catch (error) {
        signal.throwIfAborted();
        if (!isCodedError(error)) throw error;
        tally.failed += 1;
        warn(tally, `${titleOf(location)} was left out: ${error.message}`);
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

async function datasetOf(
  deps: RegisterDeps,
  job: Job,
  file: { location: string; state: Readonly<Record<string, SourceState>>; stated: Stated },
  signal: AbortSignal,
  tally: Tally,
): Promise<NewDataset> {
  const { location, state, stated } = file;
  const { place, raster, warnings } = await readRegistered(deps, location, state, signal);
  for (const warning of warnings) warn(tally, warning);
  return {
    id: derivedUuid(job.id, location),
    recordType: 'raster_dataset',
    title: titleOf(location),
    summary: null,
    visibility: stated.visibility,
    createdBy: job.owner,
    jobId: job.id,
    place,
    datetime: stated.datetime ?? null,
    cloudCover: stated.cloudCover ?? null,
    raster,
  };
}

/** What of these places the job's owner has in the catalogue already. */
async function knownLocations(
  db: Kysely<Tables>,
  job: Job,
  locations: readonly string[],
): Promise<
  Map<string, { id: string; jobId: string | null; title: string; state: Record<string, SourceState> | null }>
> {
  const rows = await db
    .selectFrom('rasters')
    .innerJoin('datasets', 'datasets.id', 'rasters.dataset_id')
    .select(['datasets.id', 'datasets.job_id as jobId', 'datasets.title', 'rasters.location', 'source_state as state'])
    .where('rasters.location', 'in', [...locations])
    .where('datasets.created_by', '=', job.owner)
    .execute();
  return new Map(rows.map((row) => [row.location ?? '', row]));
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The same id for the same place in the same job (UUID version 8, RFC 9562), so that a second attempt adds nothing twice. */
function derivedUuid(jobId: string, location: string): string {
  const hash = createHash('sha256').update(`${jobId}\n${location}`).digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x80;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

const MAX_TITLE_LENGTH = 500;

/** The name of a file, or the last part of a URL's path: queries may carry signatures. */
function titleOf(location: string): string {
  const name = isUrl(location) ? decodedOr(new URL(location).pathname.split('/').at(-1) ?? '') : basename(location);
  const printable = name.replaceAll(/\p{Cc}|\p{Cs}/gu, '').trim();
  return printable === '' ? 'raster' : Array.from(printable).slice(0, MAX_TITLE_LENGTH).join('');
}

function decodedOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign: the name is shown as it is written
  }
}
