import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT, openGdal, type RasterSpec } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

// What is said and drawn of uploaded rasters, one for each way to store pixels, against GDAL.

describe('uploads, beside GDAL', () => {
  let gdal: Gdal | null = null;
  let server: TestServer;
  let folder: string;

  before(async () => {
    gdal = await openGdal();
    folder = await mkdtemp(join(tmpdir(), 'inlay-uploads-'));
    server = await startTestServer();
  });
  after(async () => {
    await gdal?.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const BYTE = { dataType: 'Byte' } as const;
  const RGB = [BYTE, BYTE, BYTE];
  const codecs: [codec: string, spec: Partial<RasterSpec>][] = [
    ['NONE', {}],
    ['DEFLATE', { options: ['COMPRESS=DEFLATE', 'PREDICTOR=2', 'TILED=YES'] }],
    ['LZW', { options: ['COMPRESS=LZW', 'PREDICTOR=2'] }],
    ['PACKBITS', { options: ['COMPRESS=PACKBITS'] }],
    ['ZSTD', { options: ['COMPRESS=ZSTD'], bands: [{ dataType: 'Float32', nodata: 'nan' }] }],
    ['LERC', { options: ['COMPRESS=LERC'], bands: [{ dataType: 'Float32' }] }],
    ['JPEG', { options: ['COMPRESS=JPEG', 'PHOTOMETRIC=YCBCR', 'TILED=YES'], bands: RGB }],
    ['WEBP', { options: ['COMPRESS=WEBP', 'WEBP_LOSSLESS=YES', 'TILED=YES'], bands: RGB }],
    ['band-separate', { options: ['COMPRESS=DEFLATE', 'INTERLEAVE=BAND'], bands: RGB, mask: 'internal' }],
    ['big-endian BigTIFF', { options: ['BIGTIFF=YES', 'ENDIANNESS=BIG'], bands: [{ dataType: 'Int16', nodata: -3 }] }],
  ];
  for (const [codec, spec] of codecs) {
    it(`previews and draws ${codec} as GDAL reads it`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      const path = join(folder, `${codec}.tif`);
      await gdal.makeRaster(path, {
        width: 96,
        height: 80,
        geoTransform: [500_000, 10, 0, 5_300_000, 0, -10],
        crs: 'EPSG:32633',
        bands: [BYTE],
        ...spec,
      });
      const form = new FormData();
      form.append('file', new Blob([await readFile(path)]), `${codec}.tif`);
      const sent = await server.call('POST', '/api/ingest/upload', { body: form });
      assert.equal(sent.status, 201, JSON.stringify(sent.body));

      const { body } = await server.call('POST', `/api/ingest/preview/${sent.body.job_id}`);
      const seen = await gdal.describe(path, false);
      assert.deepEqual(
        {
          size: [body.width, body.height],
          crs: body.crs.code,
          resolution: body.resolution,
          bands: body.bands.map((band: Record<string, unknown>) => [
            band['dtype'],
            band['nodata'],
            band['color_interp'],
          ]),
        },
        {
          size: [seen.width, seen.height],
          crs: `${seen.crs?.authority}:${seen.crs?.code}`,
          resolution: [seen.geoTransform?.[1], -(seen.geoTransform?.[5] ?? 0)],
          bands: seen.bands.map((band) => [band.dataType, band.nodata, band.colorInterp]),
        },
      );
      await server.call('POST', `/api/ingest/commit/${sent.body.job_id}`, { json: { title: codec } });
      const job = await server.waitForJob(sent.body.job_id);
      assert.deepEqual([job.status, job.warnings], ['complete', []]);
      const quicklook = await server.call('GET', `/api/datasets/${job.dataset_id}/quicklook`);
      assert.equal(quicklook.status, 200);
      assert.deepEqual([quicklook.body.readUInt32BE(16), quicklook.body.readUInt32BE(20)], [96, 80]);
    });
  }
});
