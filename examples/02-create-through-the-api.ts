// The main job through the API: upload two rasters, create a mosaic of them, wait for it, download it.
//
//   npx node examples/02-create-through-the-api.ts [OUTPUT.vrt]
//
// It starts a server of its own on a free port, with a data folder that is removed at the end. To use one that runs:
// `createClient('http://127.0.0.1:8080', { token })`.
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, isApiError } from '@inlay/sdk';
import { startServer } from '@inlay/server';

const [output = 'api.vrt'] = process.argv.slice(2);

const dataDir = await mkdtemp(join(tmpdir(), 'inlay-example-'));
const server = await startServer({ env: { INLAY_DATA_DIR: dataDir, INLAY_PORT: '0', INLAY_LOG_LEVEL: 'warn' } });
try {
  await createMosaic(createClient(server.url, { token: server.adminToken }));
} catch (error) {
  if (!isApiError(error)) throw error;
  // A refusal lists everything that is wrong, with what to do about it.
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}

async function createMosaic(client: Client): Promise<void> {
  const left = await upload(client, 'left.tif');
  const right = await upload(client, 'right.tif');
  const { job_id } = await client.createVrt({
    source_dataset_ids: [left, right], // the last one is on top
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: 'Two tiles',
  });
  const vrt = await datasetOf(client, job_id);
  // With `http`, the default, the sources are URLs of this server, which ends with this program.
  await writeFile(output, await client.downloadVrt(vrt, { sources: 'http' }));
  const { raster } = await client.getDataset(vrt);
  console.log(`${output}: ${raster?.width} x ${raster?.height} pixels of ${raster?.source_count} sources`);
}

async function upload(client: Client, name: string): Promise<string> {
  const file = await openAsBlob(join('fixtures', 'tiles', name));
  const { job_id } = await client.uploadRaster(file, { filename: name, commit: { title: name } });
  return await datasetOf(client, job_id);
}

/** The dataset that a job makes. */
async function datasetOf(client: Client, jobId: string): Promise<string> {
  const { status, dataset_id, error_message } = await client.waitForJob(jobId);
  if (dataset_id === null) throw new Error(`job ${jobId} is ${status}: ${error_message}`);
  return dataset_id;
}
