import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Gdal, GDAL_IS_ABSENT, openGdal, type RasterSpec } from '@inlay/testing';
import { type S3Server, startS3Server } from './s3-server.ts';
import { square } from './square.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// What lies beside rasters in a bucket counts as it does on disk; and registering a bucket can be cancelled.

describe('in a bucket', () => {
  let s3: S3Server;
  let server: TestServer;
  let folder: string;
  let gdal: Gdal | null;

  before(async () => {
    gdal = await openGdal();
    s3 = await startS3Server(['imagery']);
    folder = await mkdtemp(join(tmpdir(), 'inlay-sidecars-'));
    server = await startTestServer({ sourceRoots: [folder, 's3://imagery/'], s3: s3.settings });
  });
  after(async () => {
    await server.close();
    await s3.close();
    await gdal?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const get = (path: string): Promise<Answer> => server.call('GET', path);
  async function idOf(json: object): Promise<string> {
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json });
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    await server.settled(); // statistics follow
    return job.dataset_id as string;
  }

  /** What the catalogue tells of a raster, but for where it lies and when it came. */
  async function factsOf(id: string): Promise<unknown> {
    const { raster, extent_bbox: bbox } = (await get(`/api/datasets/${id}`)).body;
    const { width, height, bands, geotransform, epsg, nodata, overviews, mask, has_mask: hasMask } = raster;
    return { bbox, width, height, bands, geotransform, epsg, nodata, overviews, mask, hasMask };
  }
  async function pixelsOf(id: string): Promise<string[]> {
    const paths = ['preview?format=png&rescale=0,255', 'preview?format=png&rescale=0,255&max_size=40', 'statistics'];
    const answers = await Promise.all(paths.map((path) => get(`/api/datasets/${id}/${path}`)));
    return answers.map(({ status, body }) => {
      assert.equal(status, 200);
      return Buffer.isBuffer(body) ? body.toString('base64') : JSON.stringify(body.bands ?? body.statistics ?? body);
    });
  }

  const plain: RasterSpec = {
    width: 600,
    height: 300,
    geoTransform: [500_000, 10, 0, 5_300_000, 0, -10],
    crs: 'EPSG:32633',
    bands: [{ dataType: 'Byte' }],
    seed: 7,
  };
  const pam = '<PAMDataset><PAMRasterBand band="1"><NoDataValue>5</NoDataValue></PAMRasterBand></PAMDataset>';
  const kinds: [sidecars: readonly string[], spec: Partial<RasterSpec>, written: Readonly<Record<string, string>>][] = [
    [['a.tif.msk'], { mask: 'sidecar' }, {}],
    [['a.tif.ovr'], { overviews: [2, 4], sidecarOverviews: true }, {}],
    [['a.tif.msk', 'a.tif.msk.ovr', 'a.tif.ovr'], { mask: 'sidecar', overviews: [2, 4], sidecarOverviews: true }, {}],
    [['a.tif.aux.xml'], {}, { 'a.tif.aux.xml': pam }],
    [['a.tfw'], { geoTransform: null as never }, { 'a.tfw': '10\n0\n0\n-10\n500005\n5299995\n' }],
  ];
  for (const [sidecars, spec, written] of kinds) {
    it(`a raster with ${sidecars.join(' and ')} beside it is the one on disk`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      const home = await mkdtemp(join(folder, 'kind-'));
      await gdal.makeRaster(join(home, 'a.tif'), { ...plain, ...spec });
      for (const [name, text] of Object.entries(written)) await writeFile(join(home, name), text);
      const names = (await readdir(home)).filter((name) => !name.endsWith('.aux.xml') || name in written);
      assert.deepEqual(names.toSorted(), [...sidecars, 'a.tif'].toSorted());
      const key = sidecars.join('-');
      for (const name of names) await s3.put('imagery', `${key}/${name}`, await readFile(join(home, name)));
      const onDisk = await idOf({ hrefs: [join(home, 'a.tif')] });
      const named = await idOf({ hrefs: [`s3://imagery/${key}/a.tif`] });
      const facts = await factsOf(onDisk);
      const pixels = await pixelsOf(onDisk);
      assert.deepEqual([await factsOf(named), await pixelsOf(named)], [facts, pixels]);
      await s3.remove('imagery', `${key}/${sidecars[0]}`);
      const without = await server.call('POST', `/api/datasets/${named}/refresh`);
      assert.equal((await server.waitForJob(without.body.job_id)).status, 'complete');
      await server.settled();
      const later = [await factsOf(named), await pixelsOf(named).catch(() => null)];
      if (sidecars[0] !== 'a.tif.ovr') assert.notDeepEqual(later, [facts, pixels], 'it was the sidecar that told');
    });
  }

  describe('registering is cancelled', () => {
    async function cancelledOnce(line: (log: string) => boolean, prefix: string): Promise<string> {
      const from = s3.log.length;
      const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { prefix } });
      while (!s3.log.slice(from).some(line)) await delay(1);
      // From here on it would have to wait.
      s3.slowDowns = 1e6;
      const cancelled = await server.call('POST', `/api/jobs/${sent.body.job_id}/cancel`);
      assert.deepEqual([cancelled.status, cancelled.body.status], [200, 'cancelled']);
      await server.settled();
      s3.slowDowns = 0;
      return sent.body.job_id;
    }
    const registeredBy = async (job: string): Promise<{ id: string }[]> =>
      (await get(`/api/datasets/?job_id=${job}&limit=1000`)).body.datasets;

    before(async () => {
      await Promise.all(
        Array.from({ length: 300 }, (_, index) => s3.put('imagery', `many/${index}.tif`, square(index % 100))),
      );
    });

    it('while it lists: nothing is registered', async () => {
      const job = await cancelledOnce((line) => line.endsWith('?list'), 's3://imagery/many/');
      assert.deepEqual(await registeredBy(job), []);
    });

    it('while it reads headers: what was registered before stays and can be read, and a retry adds the rest', async () => {
      const job = await cancelledOnce((line) => line.startsWith('GET /imagery/many/2'), 's3://imagery/many/');
      for (const { id } of await registeredBy(job)) {
        assert.equal((await get(`/api/datasets/${id}/preview`)).status, 200);
      }
      assert.equal((await server.call('POST', `/api/jobs/${job}/retry`)).status, 202);
      assert.equal((await server.waitForJob(job)).status, 'complete');
      assert.equal((await registeredBy(job)).length, 300);
    });
  });
});
