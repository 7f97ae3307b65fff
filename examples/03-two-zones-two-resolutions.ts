// Rasters of two UTM zones and two resolutions as one mosaic: ask first, then create, with options.
//
//   npx node examples/03-two-zones-two-resolutions.ts [OUTPUT.vrt]
//
// It starts a server of its own on a free port, with a data folder that is removed at the end, and downloads the VRT with
// the paths of the fixtures, so that GDAL opens it when the server has gone.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Client, createClient, isApiError } from '@inlay/sdk';
import { startServer } from '@inlay/server';

const [output = 'two-zones.vrt'] = process.argv.slice(2);
const fixtures = resolve('fixtures');

const dataDir = await mkdtemp(join(tmpdir(), 'inlay-example-'));
const server = await startServer({
  env: { INLAY_DATA_DIR: dataDir, INLAY_PORT: '0', INLAY_LOG_LEVEL: 'warn', INLAY_SOURCE_ROOTS: fixtures },
});
try {
  await createMosaic(createClient(server.url, { token: server.adminToken }));
} catch (error) {
  if (!isApiError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}

async function createMosaic(client: Client): Promise<void> {
  // 10 m in EPSG:32633 twice, and 20 m in EPSG:32632.
  const files = ['tiles/left.tif', 'tiles/right.tif', 'zones/west.tif'].map((name) => join(fixtures, name));
  const registered = await client.registerRasters({ hrefs: files });
  await client.waitForJob(registered.job_id);

  // A search instead of ids; more of them than anybody would send.
  const mosaic = {
    source_filter: { q: '.tif' },
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: 'Two zones',
  } as const;

  // As they are, they do not fit together. Every problem comes with its cure.
  const refused = await client.validateVrt(mosaic);
  for (const { msg, ctx } of refused.problems) console.log(`refused: ${msg}. To fix it: ${String(ctx?.['fix'])}.`);

  const options = { crs: 'EPSG:32633', align: true, source_order: 'resolution' } as const;
  const { plan, warnings } = await client.validateVrt({ ...mosaic, ...options });
  console.log(
    `planned: ${plan?.width} x ${plan?.height} pixels of ${plan?.resolution.join(' x ')} in ${plan?.crs.code}`,
  );
  for (const { msg } of warnings) console.log(`to know: ${msg}`);

  const { job_id } = await client.createVrt({ ...mosaic, ...options });
  const job = await client.waitForJob(job_id);
  if (job.dataset_id === null) throw new Error(`job ${job_id} is ${job.status}: ${job.error_message}`);
  await writeFile(output, await client.downloadVrt(job.dataset_id, { sources: 'local' }));
  const { raster } = await client.getDataset(job.dataset_id);
  console.log(`${output}: ${raster?.width} x ${raster?.height} pixels of ${raster?.source_count} sources`);
}
