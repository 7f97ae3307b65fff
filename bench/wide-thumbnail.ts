import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CogSquare, copiesAround, requestMosaic } from './catalogue-copies.ts';
import { createBenchDatabase, query } from './database.ts';
import { megabytes, printTable } from './print.ts';
import { type BenchServer, startBenchServer } from './server.ts';

const JOBS = [
  ['quicklook', 'composed of the thumbnails of its sources'],
  ['vrt_overviews', 'levels rendered, and drawn of them'],
  ['quicklook', 'drawn of its levels'],
] as const;

/** A thumbnail that is there is to be drawn as if it were not, by the job that drew the first one. */
const FORGET = `
  WITH first AS (SELECT id FROM jobs WHERE kind = 'quicklook' AND dataset_id IN (SELECT dataset_id FROM vrts)
    ORDER BY created_at LIMIT 1), forgotten AS (UPDATE rasters SET quicklook_key = NULL
    WHERE dataset_id IN (SELECT dataset_id FROM vrts))
  UPDATE jobs SET status = 'cancelled' WHERE id IN (SELECT id FROM first)`;

/**
 * What the thumbnail of a wide mosaic takes, in a process that does nothing else: a worker on the PostgreSQL that
 * INLAY_BENCH_DATABASE_URL names, beside one that answers requests.
 *
 * @param cogs folder of the files
 * @param state folder for what servers keep
 * @param across copies along a side of the mosaic
 */
export async function benchThumbnail(cogs: string, state: string, files: CogSquare, across: number): Promise<void> {
  const serverUrl = process.env['INLAY_BENCH_DATABASE_URL'] ?? '';
  console.log(`\nThumbnail of ${across * files.side} x ${across * files.side} pixels, ${across * across} sources\n`);
  if (serverUrl === '') {
    console.log('- not measured: INLAY_BENCH_DATABASE_URL names no PostgreSQL for a worker of its own');
    return;
  }
  const database = await createBenchDatabase(serverUrl);
  const token = randomBytes(24).toString('hex');
  const storage = pathToFileURL(join(state, 'wide')).href;
  const startAs = (roles: string): Promise<BenchServer> =>
    startBenchServer(cogs, database.url, { token, variables: { INLAY_ROLES: roles, INLAY_STORAGE_URL: storage } });
  try {
    await withServer(await startAs('api,worker'), async (server) => {
      const request = JSON.stringify({ prefix: cogs });
      const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/register-rasters', request);
      await server.waitForJob(job_id);
      await server.waitUntilIdle();
      await server.waitForJob(
        await requestMosaic(server, await copiesAround(server, files, across), { title: 'wide' }),
      );
      await server.cancelOpenJobs();
      await server.waitUntilIdle();
    });
    const rows: string[][] = [];
    await withServer(await startAs('api'), async (api) => {
      for (const [index, [kind, name]] of JOBS.entries()) {
        if (index === JOBS.length - 1) await query(database.url, FORGET);
        const cancelled = `/api/jobs?kind=${kind}&status=cancelled&limit=1`;
        const { jobs } = await api.call<{ jobs: { id: string }[] }>('GET', cancelled);
        const [job] = jobs;
        if (job === undefined) throw new Error(`no job of kind ${kind} was left to be done`);
        await withServer(await startAs('worker'), async (worker) => {
          const before = worker.memory().now;
          const startedAt = performance.now();
          await api.call('POST', `/api/jobs/${job.id}/retry`);
          await api.waitForJob(job.id);
          await api.waitUntilIdle();
          const seconds = (performance.now() - startedAt) / 1000;
          rows.push([name, seconds.toFixed(1), megabytes(before), megabytes(worker.memory().peak)]);
        });
      }
    });
    printTable(['', 'seconds', 'worker before', 'at most (VmHWM)'], rows);
  } finally {
    await database.drop();
  }
}

async function withServer(server: BenchServer, work: (server: BenchServer) => Promise<void>): Promise<void> {
  try {
    await work(server);
  } finally {
    await server.close();
  }
}
