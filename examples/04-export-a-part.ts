// A part of a mosaic as a GeoTIFF of one's own: cut out on its own pixels, then reprojected.
//
//   npx node examples/04-export-a-part.ts [OUTPUT.tif [REPROJECTED.tif]]
//
// It starts a server of its own on a free port, with a data folder that is removed at the end. No GDAL is needed.
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Client, createClient, isApiError } from '@inlay/sdk';
import { startServer } from '@inlay/server';

const [output = 'part.tif', reprojected = 'part-3857.tif'] = process.argv.slice(2);
const tiles = resolve('fixtures', 'tiles');

const dataDir = await mkdtemp(join(tmpdir(), 'inlay-example-'));
const server = await startServer({
  env: { INLAY_DATA_DIR: dataDir, INLAY_PORT: '0', INLAY_LOG_LEVEL: 'warn', INLAY_SOURCE_ROOTS: tiles },
});
try {
  const client = createClient(server.url, { token: server.adminToken });
  const mosaic = await createMosaic(client);
  // 400 m around the place where the tiles overlap, in metres of the mosaic's own CRS.
  const bbox: [number, number, number, number] = [500_300, 5_300_000, 500_700, 5_300_400];
  const part = { bbox, coord_crs: 'EPSG:32633' };
  await save(client, await exported(client, mosaic, part), output);
  const onTheWeb = { ...part, crs: 'EPSG:3857', resolution: 5, resampling: 'bilinear', compression: 'zstd' } as const;
  await save(client, await exported(client, mosaic, onTheWeb), reprojected);
} catch (error) {
  if (!isApiError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}

async function createMosaic(client: Client): Promise<string> {
  const registered = await client.registerRasters({ prefix: tiles });
  await client.waitForJob(registered.job_id);
  const { job_id } = await client.createVrt({
    source_filter: { q: '.tif' },
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: 'Two tiles',
  });
  const { dataset_id } = await client.waitForJob(job_id);
  if (dataset_id === null) throw new Error('there is no mosaic');
  return dataset_id;
}

/** Asks for an export and waits for it. @returns its job */
async function exported(client: Client, id: string, what: Parameters<Client['exportDataset']>[1]): Promise<string> {
  const { job_id, message } = await client.exportDataset(id, what);
  console.log(message);
  const { status, error_message } = await client.waitForJob(job_id, {
    onProgress: ({ progress, current_step: step }) => step && console.log(`  ${Math.round(100 * progress)} % ${step}`),
  });
  if (status !== 'complete') throw new Error(`job ${job_id} is ${status}: ${error_message}`);
  return job_id;
}

/** The file is kept for a day; its bytes stream to the disk. */
async function save(client: Client, jobId: string, path: string): Promise<void> {
  const { body } = await client.downloadResult(jobId);
  if (body === null) throw new Error('the answer is empty');
  await pipeline(Readable.fromWeb(body), createWriteStream(path));
  console.log(path);
}
