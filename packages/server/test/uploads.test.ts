import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type GeoTiffSpec, makeGeoTiff } from '@inlay/testing';
import { rawTiff, sparseFields, stripFields } from './raw-tiff.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// POST /api/ingest/upload and what follows it: what is refused, what is kept, and what is left behind.

const MAX_UPLOAD_BYTES = 2 * 1024 * 1024;
const SPEC: GeoTiffSpec = { width: 8, height: 8, origin: [500_000, 5_300_000], resolution: 10, epsg: 32633 };
const TIFF = makeGeoTiff(SPEC) as Uint8Array<ArrayBuffer>;

type Part = readonly [name: string, value: string | Uint8Array<ArrayBuffer>, filename?: string];

describe('POST /api/ingest/upload', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ maxUploadBytes: MAX_UPLOAD_BYTES });
  });
  after(() => server.close());

  function form(...parts: Part[]): FormData {
    const data = new FormData();
    for (const [name, value, filename] of parts) {
      if (typeof value === 'string') data.append(name, value);
      else data.append(name, new Blob([value]), filename ?? 'raster.tif');
    }
    return data;
  }
  const upload = (data: FormData, query = '', token?: string): Promise<Answer> =>
    server.call('POST', `/api/ingest/upload${query}`, { body: data, ...(token === undefined ? {} : { token }) });
  const uploadFile = (bytes: Uint8Array<ArrayBuffer>, filename = 'raster.tif') =>
    upload(form(['file', bytes, filename]));
  const commit = (jobId: string, json: object = { title: 'committed' }) =>
    server.call('POST', `/api/ingest/commit/${jobId}`, { json });
  const preview = (jobId: string, token?: string) =>
    server.call('POST', `/api/ingest/preview/${jobId}`, token === undefined ? {} : { token });
  const jobTotal = async (): Promise<number> => (await server.call('GET', '/api/jobs?limit=1')).body.total;

  /** Nothing that is refused leaves an object or a job. */
  async function leavesNothing(work: () => Promise<void>): Promise<void> {
    await server.settled();
    const files = await server.storedFiles();
    const jobs = await jobTotal();
    await work();
    assert.deepEqual(await server.storedFiles(), files);
    assert.equal(await jobTotal(), jobs);
  }

  const text = (content: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(content));
  const VRT = '<VRTDataset rasterXSize="1" rasterYSize="1"/>';
  const refused: [what: string, bytes: Uint8Array<ArrayBuffer>, filename: string, type: string][] = [
    ['an empty file', new Uint8Array(0), 'a.tif', 'empty_file'],
    ['text', text('hello, this is not a raster at all'), 'a.tif', 'unsupported_format'],
    ['a single byte', text('I'), 'a.tif', 'unsupported_format'],
    ['XML in a name of a TIFF', text('<?xml version="1.0"?><a/>'), 'a.tif', 'unsupported_format'],
    ['a VRT in a name of a TIFF', text(VRT), 'a.tif', 'vrt_not_accepted'],
    [
      'a VRT behind blanks and a byte order mark',
      text(`\uFEFF${' '.repeat(600)}${VRT}`),
      'a.tif',
      'unsupported_format',
    ],
    ['a TIFF in a name of a VRT', TIFF, 'a.vrt', 'vrt_not_accepted'],
    ['a TIFF in a name of a picture', TIFF, 'a.png', 'name_mismatch'],
    ['a PNG in a name of a TIFF', text('\u0089PNG\r\n\u001a\n............'), 'a.tif', 'unsupported_format'],
    ['a TIFF of eight bytes', TIFF.slice(0, 8), 'a.tif', 'unreadable_raster'],
    ['a TIFF cut in its directory', TIFF.slice(0, 60), 'a.tif', 'unreadable_raster'],
    ['a TIFF cut in its georeference', TIFF.slice(0, 190), 'a.tif', 'unreadable_raster'],
    ['a TIFF cut in its pixels', TIFF.slice(0, -20), 'a.tif', 'unreadable_raster'],
    ['a TIFF without images', text('II*\0\0\0\0\0'), 'a.tif', 'unreadable_raster'],
    ['a TIFF whose directories go in circles', text('II*\0\x08\0\0\0\0\0\x08\0\0\0'), 'a.tif', 'unreadable_raster'],
    ['a TIFF that declares four billion rows and columns', rawTiff(bomb(4_294_967_295)), 'a.tif', 'unreadable_raster'],
    ['a TIFF that declares 100,000 bands', rawTiff(manyBands()), 'a.tif', 'unreadable_raster'],
    [
      'a TIFF in JPEG 2000, which nothing here decodes',
      rawTiff(jpeg2000(), new Uint8Array(64)),
      'a.tif',
      'unreadable_raster',
    ],
  ];
  function bomb(side: number) {
    return stripFields(side, side).map(([tag, ...rest]) =>
      tag === 279 ? ([279, 'long', [4_294_967_295]] as const) : ([tag, ...rest] as const),
    );
  }
  function manyBands() {
    return stripFields(1, 1).map(([tag, ...rest]) =>
      tag === 277 ? ([277, 'long', [100_000]] as const) : ([tag, ...rest] as const),
    );
  }

  function jpeg2000() {
    return stripFields(8, 8).map((field) => (field[0] === 259 ? ([259, 'short', [34_712]] as const) : field));
  }

  for (const [what, bytes, filename, type] of refused) {
    it(`refuses ${what}`, () =>
      leavesNothing(async () => {
        const answer = await uploadFile(bytes, filename);
        assert.equal(answer.status, 422, JSON.stringify(answer.body));
        assert.deepEqual(
          answer.body.detail.map((item: { type: string; loc: string[] }) => [item.type, item.loc]),
          [[type, ['body', 'file']]],
        );
        assert.doesNotMatch(answer.body.detail[0].msg, /data\.tif/);
      }));
  }

  it('refuses a large file of another kind although much of it is still to come', () =>
    leavesNothing(async () => {
      const answer = await uploadFile(new Uint8Array(1_500_000).fill(65));
      assert.equal(answer.status, 422);
      assert.equal(answer.body.detail[0].type, 'unsupported_format');
    }));

  it('refuses a file over the limit with 413, and takes one of exactly the limit', async () => {
    const large = (bytes: number) => {
      const { length } = rawTiff(stripFields(1, 1));
      return rawTiff(stripFields(1, bytes - length), new Uint8Array(bytes - length));
    };
    await leavesNothing(async () => {
      const answer = await uploadFile(large(MAX_UPLOAD_BYTES + 1));
      assert.equal(answer.status, 413);
      assert.equal(answer.body.code, 'payload_too_large');
      assert.equal((await uploadFile(large(2 * MAX_UPLOAD_BYTES))).status, 413);
    });
    const answer = await uploadFile(large(MAX_UPLOAD_BYTES));
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
  });

  it('keeps nothing of an upload whose client goes away', () =>
    leavesNothing(async () => {
      const sent = request(`${server.url}/api/ingest/upload`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.admin}`,
          'content-type': 'multipart/form-data; boundary=b',
          'content-length': 1_000_000,
        },
      });
      sent.on('error', () => undefined);
      sent.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a.tif"\r\n\r\n');
      sent.write(TIFF);
      sent.write(new Uint8Array(10_000));
      const jobs = await jobTotal();
      await waitFor(async () => (await server.storedFiles()).some((name) => name.startsWith('.tmp')));
      sent.destroy();
      await waitFor(async () => (await jobTotal()) < jobs + 1 && !(await server.storedFiles()).some(isTemporary));
    }));
  const isTemporary = (name: string): boolean => name.startsWith('.tmp');
  async function waitFor(holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!(await holds())) {
      assert.ok(performance.now() < deadline, 'waited for 10 s');
      await delay(20);
    }
  }

  const forms: [what: string, parts: Part[], query: string, type: string, loc: string[]][] = [
    ['without a file', [['title', 'a']], '?commit=true', 'missing', ['body', 'file']],
    ['without anything', [], '', 'missing', ['body', 'file']],
    ['with the file in another part', [['raster', TIFF]], '', 'extra_forbidden', ['body', 'raster']],
    ['with text in the part of the file', [['file', 'II*']], '', 'missing', ['body', 'file']],
    [
      'with a field behind the file',
      [
        ['file', TIFF],
        ['title', 'late'],
      ],
      '?commit=true',
      'extra_forbidden',
      ['body', 'title'],
    ],
    [
      'with two files',
      [
        ['file', TIFF],
        ['file', TIFF],
      ],
      '?commit=true',
      'extra_forbidden',
      ['body', 'file'],
    ],
    [
      'with a field and no commit',
      [
        ['title', 'early'],
        ['file', TIFF],
      ],
      '',
      'extra_forbidden',
      ['body', 'title'],
    ],
    [
      'with an unknown field',
      [
        ['colour', 'red'],
        ['file', TIFF],
      ],
      '?commit=true',
      'extra_forbidden',
      ['body', 'colour'],
    ],
    [
      'with a blank title',
      [
        ['title', ' '],
        ['file', TIFF],
      ],
      '?commit=true',
      'value_error',
      ['body', 'title'],
    ],
    [
      'with two titles',
      [
        ['title', 'a'],
        ['title', 'b'],
        ['file', TIFF],
      ],
      '?commit=true',
      'string_type',
      ['body', 'title'],
    ],
    [
      'with a title too long',
      [
        ['title', 'x'.repeat(501)],
        ['file', TIFF],
      ],
      '?commit=true',
      'string_too_long',
      ['body', 'title'],
    ],
    [
      'with a CRS that is none',
      [
        ['srid_override', 'UTM'],
        ['file', TIFF],
      ],
      '?commit=true',
      'int_parsing',
      ['body', 'srid_override'],
    ],
    [
      'with a CRS nobody knows',
      [
        ['srid_override', '998999'],
        ['file', TIFF],
      ],
      '?commit=true',
      'unknown_epsg',
      ['body', 'srid_override'],
    ],
  ];
  for (const [what, parts, query, type, loc] of forms) {
    it(`refuses a form ${what}`, () =>
      leavesNothing(async () => {
        const answer = await upload(form(...parts), query);
        assert.equal(answer.status, 422, JSON.stringify(answer.body));
        const items = answer.body.detail.map((item: { type: string; loc: string[] }) => [item.type, item.loc]);
        assert.deepEqual(items, [[type, loc]]);
      }));
  }

  const raw: [what: string, type: string, body: string, status: number][] = [
    ['JSON', 'application/json', '{}', 415],
    ['the bare file', 'image/tiff', 'II*\0', 415],
    ['a form that is not multipart', 'application/x-www-form-urlencoded', 'file=x', 415],
    ['a form without a boundary', 'multipart/form-data', 'x', 400],
    ['a form that is no form', 'multipart/form-data; boundary=b', 'hello', 400],
    [
      'a form that ends early',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="file"; filename="a.tif"\r\n\r\nII*\0',
      400,
    ],
    [
      'a part named __proto__',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="__proto__"\r\n\r\n1\r\n--b--\r\n',
      400,
    ],
    [
      'a part named constructor',
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="constructor"\r\n\r\n1\r\n--b--\r\n',
      400,
    ],
  ];
  for (const [what, type, body, status] of raw) {
    it(`answers ${status} for ${what}`, () =>
      leavesNothing(async () => {
        const answer = await server.call('POST', '/api/ingest/upload', { body, headers: { 'content-type': type } });
        assert.equal(answer.status, status, JSON.stringify(answer.body));
      }));
  }

  const names: [sent: string, shown: string][] = [
    ['../../etc/passwd.tif', 'passwd.tif'],
    [String.raw`C:\data\x.tif`, 'x.tif'],
    ['/vsicurl/http:/evil/x.tif', 'x.tif'],
    ['Übersicht – Köln 東京 🛰.tif', 'Übersicht – Köln 東京 🛰.tif'],
    ['a\u0007b\u001b[31m.tif', 'ab[31m.tif'],
    ['.tif', '.tif'],
    ['..tif', '..tif'],
    [`${'🛰'.repeat(300)}.tif`, `${'🛰'.repeat(251)}.tif`],
  ];
  for (const [sent, shown] of names) {
    it(`shows a file named ${JSON.stringify(sent.slice(0, 40))} as ${JSON.stringify(shown.slice(0, 30))}`, async () => {
      const answer = await upload(form(['file', TIFF, sent]), '?commit=true');
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
    const sent = await uploadFile(
      makeGeoTiff({ ...SPEC, bands: 2, dataType: 'Int16', nodata: -9999 }) as Uint8Array<ArrayBuffer>,
      'heights.tif',
    );
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
    const sent = await upload(form(['file', TIFF]), '', owner);
    assert.equal((await preview(sent.body.job_id, stranger)).status, 404);
    const foreign = await server.call('POST', `/api/ingest/commit/${sent.body.job_id}`, {
      token: stranger,
      json: { title: 'mine' },
    });
    assert.equal(foreign.status, 404);
    assert.equal((await preview(sent.body.job_id, viewer)).status, 403);
    assert.equal((await preview(sent.body.job_id, owner)).status, 200);
    assert.equal((await preview(sent.body.job_id)).status, 200);
    assert.equal((await upload(form(['file', TIFF]), '', viewer)).status, 403);
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
    const bytes = makeGeoTiff({ ...SPEC, epsg: null }) as Uint8Array<ArrayBuffer>;
    const sent = await upload(form(['file', bytes]), '?commit=true');
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
      form(['srid_override', '25832'], ['nodata_override', '7'], ['title', 'assigned'], ['file', TIFF]),
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
      form(['title', 'sparse'], ['file', rawTiff(sparseFields(70_000, 70_000))]),
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
    const sent = await upload(form(['file', rawTiff(fields, new Uint8Array(64).fill(255))]), '?commit=true');
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
      form(['title', 'odd texts'], ['file', rawTiff(fields, new Uint8Array(64))]),
      '?commit=true',
    );
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
  });
});
