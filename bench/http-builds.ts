import { timed } from './measure.ts';
import type { BenchServer } from './server.ts';
import { tileName } from './tiles.ts';

/** One build, in milliseconds as its client sees them, except where noted. */
export interface Build {
  readonly accepted: number;
  /** From the 202 to the event that says `complete`. */
  readonly completed: number;
  /** From the worker's claim to the publishing transaction, by the database's clock. */
  readonly worked: number;
  /** From `complete` to the end of the follow-up that draws the thumbnail; null where it was not waited for. */
  readonly drawn: number | null;
  readonly downloaded: number;
  readonly document: Uint8Array;
}

/** Registers all tiles of a folder, and says how long that takes. @returns their ids in the order of their names */
export async function catalogue(
  server: BenchServer,
  tileFolder: string,
  count: number,
  { database, drawsThumbnails }: { readonly database: string; readonly drawsThumbnails: boolean },
): Promise<string[]> {
  const startedAt = performance.now();
  const request = JSON.stringify({ prefix: tileFolder });
  const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/register-rasters', request);
  await server.waitForJob(job_id);
  const cataloguedMs = performance.now() - startedAt;
  const rate = Math.round((count * 1000) / cataloguedMs);
  console.log(`- ${database}: ${count} tiles catalogued in ${(cataloguedMs / 1000).toFixed(1)} s (${rate}/s)`);
  const drawnMs = await timed(() => endFollowUps(server, drawsThumbnails));
  if (drawsThumbnails) console.log(`- ${database}: their thumbnails drawn in another ${(drawnMs / 1000).toFixed(1)} s`);
  const ids: string[] = [];
  while (ids.length < count) {
    const { datasets } = await server.call<{ datasets: { id: string; title: string }[] }>(
      'GET',
      `/api/datasets/?sort=title&limit=1000&skip=${ids.length}`,
    );
    for (const { id, title } of datasets) {
      if (title !== tileName(ids.length)) throw new Error(`${tileName(ids.length)} is not in the catalogue`);
      ids.push(id);
    }
  }
  return ids;
}

/** Thumbnails follow by themselves. What is measured next is measured without them: they are waited for, or cancelled. */
export async function endFollowUps(server: BenchServer, isWaitedFor: boolean): Promise<void> {
  if (!isWaitedFor) await server.cancelOpenJobs();
  await server.waitUntilIdle();
}

/** Creates one virtual raster, waits for it, and downloads it. The thumbnail that follows is drawn, or cancelled. */
export async function buildOnce(server: BenchServer, ids: readonly string[], drawsThumbnail = false): Promise<Build> {
  // Text, so that making it is not on the clock.
  const body = JSON.stringify({
    source_dataset_ids: ids,
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: `mosaic of ${ids.length}`,
  });
  const sentAt = performance.now();
  const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/vrt/create', body);
  const acceptedAt = performance.now();
  const job = await server.waitForJob(job_id);
  const completedAt = performance.now();
  const drawn = await timed(() => endFollowUps(server, drawsThumbnail));
  const askedAt = performance.now();
  const document = await server.download(`/api/datasets/${job.dataset_id}/download/vrt?sources=local`);
  return {
    accepted: acceptedAt - sentAt,
    completed: completedAt - acceptedAt,
    worked: Date.parse(job.completed_at) - Date.parse(job.started_at),
    drawn: drawsThumbnail ? drawn : null,
    downloaded: performance.now() - askedAt,
    document,
  };
}
