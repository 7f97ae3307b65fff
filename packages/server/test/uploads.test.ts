import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type GeoTiffSpec, makeGeoTiff } from '@inlay/testing';
import { rawTiff, sparseFields, stripFields } from './raw-tiff.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';
import { formOf } from './upload-form.ts';

// An upload from its arrival to the dataset that it becomes.

const SPEC: GeoTiffSpec = { width: 8, height: 8, origin: [500_000, 5_300_000], resolution: 10, epsg: 32633 };
const TIFF = makeGeoTiff(SPEC);

describe('an upload', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const upload = (data: FormData, query = '', token?: string): Promise<Answer> =>
    server.call('POST', `/api/ingest/upload${query}`, { body: data, ...(token === undefined ? {} : { token }) });
  const uploadFile = (bytes: Uint8Array<ArrayBuffer>, filename = 'raster.tif') =>
    upload(formOf(['file', bytes, filename]));
  const commit = (jobId: string, json: object = { title: 'committed' }) =>
    server.call('POST', `/api/ingest/commit/${jobId}`, { json });
  const preview = (jobId: string, token?: string) =>
    server.call('POST', `/api/ingest/preview/${jobId}`, token === undefined ? {} : { token });

  const names: [sent: string, shown: string][] = [
    ['../../etc/passwd.tif', 'passwd.tif'],
    [String.raw`C:\data\x.tif`, 'x.tif'],
    ['/vsicurl/http:/evil/x.tif', 'x.tif'],
    ['s3://bucket/../x.tif', 'x.tif'],
    ['a\u0000b.tif', 'ab.tif'],
    ['Übersicht – Köln 東京 🛰.tif', 'Übersicht – Köln 東京 🛰.tif'],
    ['a\u0007b\u001b[31m.tif', 'ab[31m.tif'],
    ['.tif', '.tif'],
    ['..tif', '..tif'],
    [`${'🛰'.repeat(300)}.tif`, `${'🛰'.repeat(251)}.tif`],
  ];
  for (const [sent, shown] of names) {
    it(`shows a file named ${JSON.stringify(sent.slice(0, 40))} as ${JSON.stringify(shown.slice(0, 30))}`, async () => {
      const answer = await upload(formOf(['file', TIFF, sent]), '?commit=true');
      assert.equal(answer.status, 202, JSON.stringify(answer.body));
      const job = await server.waitForJob(answer.body.job_id);
      assert.equal(job.status, 'complete', job.error_message ?? '');
      const { body } = await server.call('GET', `/api/jobs/${job.id}`);
      assert.equal(body.source_filename, shown);
      const dataset = await server.call('GET', `/api/datasets/${job.dataset_id}`);
      assert.match(dataset.body.title, /\S/);
      for (const name of await server.storedFiles()) assert.match(name, /^[\w./-]+$/);
    });
  }

  it('previews what it was sent, then commits it once', async () => {
    const sent = await uploadFile(makeGeoTiff({ ...SPEC, bands: 2, dataType: 'Int16', nodata: -9999 }), 'heights.tif');
    assert.equal(sent.status, 201);
    assert.equal(sent.body.status, 'pending');
    const seen = await preview(sent.body.job_id);
    assert.equal(seen.status, 200);
    const {
      job_id: jobId,
      source_filename: filename,
      driver,
      crs,
      width,
      height,
      dtype,
      nodata,
      resolution,
      bands,
    } = seen.body;
    assert.deepEqual(
      { jobId, filename, driver, code: crs.code, width, height, dtype, nodata, resolution },
      {
        jobId: sent.body.job_id,
        filename: 'heights.tif',
        driver: 'GTiff',
        code: 'EPSG:32633',
        width: 8,
        height: 8,
        dtype: 'Int16',
        nodata: -9999,
        resolution: [10, 10],
      },
    );
    assert.deepEqual(
      bands.map((band: { index: number }) => band.index),
      [1, 2],
    );

    assert.equal((await commit(sent.body.job_id, { title: 'first' })).status, 202);
    const again = await commit(sent.body.job_id, { title: 'second' });
    assert.equal(again.status, 409);
    assert.equal(again.body.code, 'upload_already_committed');
    const job = await server.waitForJob(sent.body.job_id);
    const dataset = await server.call('GET', `/api/datasets/${job.dataset_id}`);
    assert.equal(dataset.body.title, 'first');
  });

  it('commits once of ten commits at the same moment', async () => {
    const sent = await uploadFile(TIFF);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => commit(sent.body.job_id, { title: `try ${n}` })),
    );
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [202, ...Array.from({ length: 9 }, () => 409)]);
    await server.waitForJob(sent.body.job_id);
    const { body } = await server.call('GET', `/api/datasets/?job_id=${sent.body.job_id}`);
    assert.equal(body.total, 1);
  });

  it('shows an upload to nobody but its owner and administrators', async () => {
    const [owner, stranger, viewer] = [
      await server.user('editor'),
      await server.user('editor'),
      await server.user('viewer'),
    ];
    const sent = await upload(formOf(['file', TIFF]), '', owner);
    assert.equal((await preview(sent.body.job_id, stranger)).status, 404);
    const foreign = await server.call('POST', `/api/ingest/commit/${sent.body.job_id}`, {
      token: stranger,
      json: { title: 'mine' },
    });
    assert.equal(foreign.status, 404);
    assert.equal((await preview(sent.body.job_id, viewer)).status, 403);
    assert.equal((await preview(sent.body.job_id, owner)).status, 200);
    assert.equal((await preview(sent.body.job_id)).status, 200);
    assert.equal((await upload(formOf(['file', TIFF]), '', viewer)).status, 403);
  });

  it('gives back the bytes it was sent, and says their checksum', async () => {
    const id = await server.addRaster(TIFF, { title: 'bytes' });
    const download = await server.call('GET', `/api/datasets/${id}/download/cog`);
    assert.deepEqual(new Uint8Array(download.body), TIFF);
    const { body } = await server.call('GET', `/api/datasets/${id}`);
    assert.equal(body.raster.checksum, `sha256:${createHash('sha256').update(TIFF).digest('hex')}`);
    assert.equal(body.raster.size_bytes, TIFF.length);
  });

  it('takes a raster without a CRS with a warning, and a mosaic then names it', async () => {
    const bytes = makeGeoTiff({ ...SPEC, epsg: null });
    const sent = await upload(formOf(['file', bytes]), '?commit=true');
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete');
    assert.match(job.warnings.join('\n'), /no coordinate reference system/);
    const other = await server.addRaster(TIFF);
    const refused = await server.call('POST', '/api/ingest/vrt/create', {
      json: {
        source_dataset_ids: [other, job.dataset_id],
        vrt_type: 'mosaic',
        resolution_strategy: 'finest',
        title: 'x',
      },
    });
    assert.equal(refused.status, 422);
    assert.deepEqual(
      refused.body.detail.map((item: { type: string; input: string }) => [item.type, item.input]),
      [['missing_crs', job.dataset_id]],
    );
  });

  it('assigns a CRS and a nodata value without touching the pixels', async () => {
    const sent = await upload(
      formOf(['srid_override', '25832'], ['nodata_override', '7'], ['title', 'assigned'], ['file', TIFF]),
      '?commit=true',
    );
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
    assert.equal(body.srid, 25832);
    assert.deepEqual(body.raster.geotransform, [500_000, 10, 0, 5_300_000, 0, -10]);
    assert.strictEqual(body.raster.nodata, 7);
    assert.strictEqual(body.raster.bands[0].nodata, 7);
    const download = await server.call('GET', `/api/datasets/${job.dataset_id}/download/cog`);
    assert.deepEqual(new Uint8Array(download.body), TIFF);
  });

  it('takes a nodata value written as text for the number that it is', async () => {
    const sent = await uploadFile(TIFF);
    assert.equal((await commit(sent.body.job_id, { title: 'text', nodata_override: '7' })).status, 202);
    const job = await server.waitForJob(sent.body.job_id);
    const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
    assert.strictEqual(body.raster.nodata, 7);
  });

  it('refuses to commit with an EPSG code that does not exist, and leaves the upload to be committed', async () => {
    const sent = await uploadFile(TIFF);
    const refused = await commit(sent.body.job_id, { title: 'x', srid_override: 998_999 });
    assert.equal(refused.status, 422);
    assert.deepEqual(
      refused.body.detail.map((item: { type: string }) => item.type),
      ['unknown_epsg'],
    );
    assert.equal((await commit(sent.body.job_id, { title: 'x', srid_override: 32633 })).status, 202);
  });

  it('takes 70,000 x 70,000 pixels of nothing quickly and in little memory', async () => {
    const before = process.memoryUsage().rss;
    const startedAt = performance.now();
    const sent = await upload(
      formOf(['title', 'sparse'], ['file', rawTiff(sparseFields(70_000, 70_000))]),
      '?commit=true',
    );
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const ms = performance.now() - startedAt;
    assert.ok(ms < 20_000, `${ms} ms`);
    const grown = (process.memoryUsage().rss - before) / 1024 ** 2;
    assert.ok(grown < 400, `${grown} MB; all of its pixels are 4,673 MB`);
    const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
    assert.deepEqual([body.raster.width, body.raster.height], [70_000, 70_000]);
  });

  it('catalogues a raster whose thumbnail cannot be made, with a warning', async () => {
    // Compression 8 is Deflate, which 64 bytes of 255 are not.
    const fields = stripFields(8, 8).map((field) => (field[0] === 259 ? ([259, 'short', [8]] as const) : field));
    const sent = await upload(formOf(['file', rawTiff(fields, new Uint8Array(64).fill(255))]), '?commit=true');
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    assert.match(job.warnings.join('\n'), /^No thumbnail: raster\.tif/m);
    assert.equal((await server.call('GET', `/api/datasets/${job.dataset_id}/quicklook`)).status, 404);
  });

  it('catalogues rasters whose texts hold what a database cannot', async () => {
    const citation = '|UTM\0zone\u00ff|';
    const metadata =
      '<GDALMetadata><Item name="a">b&#xD800;c</Item><Item name="DESCRIPTION" sample="0" role="description">x&#0;y</Item></GDALMetadata>';
    const keys = [1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 1, 1026, 34_737, citation.length, 0, 3072, 0, 1, 32_767];
    const fields = [
      ...stripFields(8, 8).filter(([tag]) => tag !== 34_735),
      [34_735, 'short', keys] as const,
      [34_737, 'ascii', citation] as const,
      [42_112, 'ascii', metadata] as const,
    ];
    const sent = await upload(
      formOf(['title', 'odd texts'], ['file', rawTiff(fields, new Uint8Array(64))]),
      '?commit=true',
    );
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
  });
});
