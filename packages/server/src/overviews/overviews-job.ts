import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCodedError } from '@inlay/geo';
import { openCompiledMosaic } from '@inlay/mosaic';
import type { OverviewPlan } from '@inlay/vrt';
import type { Kysely, Transaction } from 'kysely';
import { doomObjects } from '../catalog/doomed-store.ts';
import type { SourceAccess } from '../catalog/source-roots.ts';
import type { Tables } from '../db/tables.ts';
import { JobError } from '../error.ts';
import { completeJob, insertJob, type Job } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';
import { type Attempt, type Handler, OvertakenError } from '../jobs/worker.ts';
import type { Mosaics } from '../pixels/mosaics.ts';
import { findEpoch } from '../pixels/pixel-store.ts';
import type { Storage } from '../storage/storage.ts';
import { sendQuicklook } from '../virtual-rasters/quicklook-request.ts';
import { openEarlier } from './earlier-overviews.ts';
import { BLOCKS_AT_ONCE, createOverviewThread } from './overview-threads.ts';
import { type BuildToRender, findBuild, findEarlierBuild, linkedKeys, linkOverviews } from './overview-store.ts';
import { blockCount } from './pyramid.ts';
import { renderFile } from './render-file.ts';
import { storeFile } from './store-file.ts';
import { type OverviewPlanJson, planFromJson, planToJson, type StoredOverviews } from './stored-overviews.ts';

export interface OverviewsDeps extends SourceAccess {
  readonly db: Kysely<Tables>;
  readonly storage: Storage;
  readonly mosaics: Mosaics;
  readonly queue: Pick<Queue, 'send' | 'wake'>;
  /** Where the thread finds what is stored. */
  readonly storageDirectory: string;
  /** A folder of this machine for unfinished levels, on a disk. */
  readonly scratchDir: string;
}

/** The `input` of a `vrt_overviews` job. */
interface OverviewsInput {
  readonly v: 1;
  readonly generationId: string;
  readonly plan: OverviewPlanJson;
}

/** A build whose levels are to be rendered, and for whom. */
export interface OverviewsRequest {
  readonly datasetId: string;
  readonly generationId: string;
  /** Null for none: then nothing is queued. */
  readonly plan: OverviewPlan | null;
  readonly owner: string;
  readonly requestId: string | null;
}

/**
 * Queues the rendering of a build's levels, in the transaction that publishes the build. Wake the queue once that is
 * committed.
 */
export async function requestOverviews(
  trx: Transaction<Tables>,
  queue: Pick<Queue, 'send'>,
  { datasetId, generationId, plan, owner, requestId }: OverviewsRequest,
): Promise<void> {
  if (plan === null) return;
  const input: OverviewsInput = { v: 1, generationId, plan: planToJson(plan) };
  const id = await insertJob(trx, { kind: 'vrt_overviews', input, owner, requestId, datasetId, queued: true });
  await queue.send(trx, 'vrt_overviews', id);
}

/**
 * The `vrt_overviews` job: renders the coarse levels of a published virtual raster into COGs and links them to its build,
 * all at once. Blocks that an earlier build has, and that no source has changed in, are copied from there.
 */
export function overviewsHandler(deps: OverviewsDeps): Handler {
  return {
    run: (attempt) => renderOverviews(deps, attempt),
    giveUp: (job) => removeUnlinked(deps, job, job.attempt),
  };
}

async function renderOverviews(deps: OverviewsDeps, attempt: Attempt): Promise<void> {
  const { job, report } = attempt;
  const { generationId, plan: planned } = job.input as OverviewsInput;
  // What attempts before this one have left, whose worker may have been killed.
  await removeUnlinked(deps, job, job.attempt - 1);

  report(0.02, 'looking up the build');
  const build = await findBuild(deps.db, generationId);
  if (build === undefined || build.overviews !== null || build.mosaic_key === null) {
    await finish(deps, job, generationId, null);
    return;
  }
  const folder = scratchFolder(deps, job.id, job.attempt);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const overviews = await renderAll(deps, attempt, build, planFromJson(planned), folder);
    report(0.98, 'linking');
    await finish(deps, job, generationId, overviews);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Shares of the progress between which blocks are made. */
const RENDERED = [0.05, 0.9] as const;

async function renderAll(
  deps: OverviewsDeps,
  { job, signal, report, log }: Attempt,
  build: BuildToRender,
  plan: OverviewPlan,
  folder: string,
): Promise<StoredOverviews> {
  const { generationId } = job.input as OverviewsInput;
  const place = await deps.mosaics.load({
    id: build.dataset_id,
    generation_id: generationId,
    mosaic_key: build.mosaic_key,
    member_epoch: await findEpoch(deps.db),
  });
  const mosaic = openCompiledMosaic(place.compiled);
  const now = { mosaic, versions: build.source_versions };
  const known = await findEarlierBuild(deps.db, build);
  const earlier = known === null ? null : await openEarlier(deps.storage, known, now, plan, signal);
  const thread = createOverviewThread(deps);
  const total = plan.files.length * plan.levels.reduce((sum, level) => sum + blockCount(level), 0);
  const counts = { made: 0, copied: 0 };
  const objects: StoredOverviews['objects'][number][] = [];
  try {
    for (const [index, file] of plan.files.entries()) {
      const levels = await renderFile(
        { plan, file, place, earlier: earlier?.files[index] ?? null },
        {
          makeBlock: thread.makeBlock,
          folder,
          name: `${index}`,
          blocksAtOnce: BLOCKS_AT_ONCE,
          signal,
          onBlock(level, isCopied) {
            counts[isCopied ? 'copied' : 'made'] += 1;
            const share = (counts.made + counts.copied) / total;
            report(RENDERED[0] + share * (RENDERED[1] - RENDERED[0]), stepName(plan, index, level));
          },
        },
      );
      try {
        report(RENDERED[0], 'storing');
        const key = `${objectPrefix(job.id)}${job.attempt}/${index}.tif`;
        objects.push(await storeFile(deps.storage, key, file, levels, mosaic, signal));
      } finally {
        for (const level of levels) await level.close();
      }
    }
  } catch (error) {
    throw explained(error);
  } finally {
    await thread.close();
    await earlier?.close();
  }
  log.info({ ...counts, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) }, 'overviews rendered');
  return { v: 1, id: `${job.id}/${job.attempt}`, plan: planToJson(plan), objects };
}

function stepName({ levels, files }: OverviewPlan, file: number, level: number): string {
  const name = level === 0 ? 'rendering' : 'reducing';
  const part = files.length === 1 ? '' : `, bands ${file + 1} of ${files.length}`;
  return `${name} level 1:${levels[level]!.factor}${part}`;
}

/** What a source that cannot be read comes to. */
function explained(error: unknown): unknown {
  if (!isCodedError(error) || error.code !== 'mosaic/source-failed') return error;
  return new JobError(
    'overviews_failed',
    `No overviews: ${error.message}. The virtual raster works without them, slower when seen from afar.`,
    { cause: error },
  );
}

/** Links the levels together with the end of the job, and has the thumbnail made of them; null where there are none. */
async function finish(
  { db, queue }: OverviewsDeps,
  job: Job,
  generationId: string,
  overviews: StoredOverviews | null,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const isOurs = await completeJob(trx, job.id, job.attempt, { datasetId: job.dataset_id, warnings: [] });
    if (!isOurs) throw new OvertakenError('another attempt took over, or the job was cancelled');
    if (overviews === null) return;
    if (await linkOverviews(trx, generationId, overviews)) {
      const { dataset_id: datasetId, owner, request_id: requestId } = job;
      if (datasetId !== null) await sendQuicklook(trx, queue, { datasetId, owner, requestId, isRedrawn: true });
      return;
    }
    // The build was removed while its levels were rendered.
    await doomObjects(
      trx,
      overviews.objects.map(({ key }) => key),
    );
  });
  queue.wake('quicklook');
}

function objectPrefix(jobId: string): string {
  return `overviews/${jobId}/`;
}

function scratchFolder({ scratchDir }: OverviewsDeps, jobId: string, attempt: number): string {
  return join(scratchDir, `${scratchPrefix(jobId)}${attempt}`);
}

function scratchPrefix(jobId: string): string {
  return `overviews-${jobId}-`;
}

/** Removes what attempts up to and including `lastAttempt` have left, except what is linked. */
async function removeUnlinked(deps: OverviewsDeps, { id }: Pick<Job, 'id'>, lastAttempt: number): Promise<void> {
  const isOver = (attempt: string): boolean => Number(attempt) <= lastAttempt;
  for (const name of await readdir(deps.scratchDir)) {
    if (!name.startsWith(scratchPrefix(id)) || !isOver(name.slice(scratchPrefix(id).length))) continue;
    await rm(join(deps.scratchDir, name), { recursive: true, force: true });
  }
  const keys: string[] = [];
  for await (const { key } of deps.storage.list(objectPrefix(id))) {
    if (isOver(key.slice(objectPrefix(id).length).split('/')[0]!)) keys.push(key);
  }
  const linked = await linkedKeys(deps.db, keys);
  for (const key of keys) if (!linked.has(key)) await deps.storage.delete(key);
}
