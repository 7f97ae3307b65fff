import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff } from '@inlay/testing';
import { rawTiff, stripFields } from './raw-tiff.ts';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';
import { formOf, type FormPart } from './upload-form.ts';

// What POST /api/ingest/upload does not take, and that nothing of it is left.

const MAX_UPLOAD_BYTES = 2 * 1024 * 1024;
const TIFF = makeGeoTiff({ width: 8, height: 8, origin: [500_000, 5_300_000], resolution: 10, epsg: 32633 });

describe('POST /api/ingest/upload', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ maxUploadBytes: MAX_UPLOAD_BYTES });
  });
  after(() => server.close());

  const upload = (data: FormData, query = ''): Promise<Answer> =>
    server.call('POST', `/api/ingest/upload${query}`, { body: data });
  const uploadFile = (bytes: Uint8Array<ArrayBuffer>, filename = 'raster.tif') =>
    upload(formOf(['file', bytes, filename]));
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
  const latin1 = (content: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(content, 'latin1'));
  /** A PNG's signature and header, and no pixels. */
  function png(width: number, height: number): Uint8Array<ArrayBuffer> {
    const bytes = Buffer.alloc(100);
    bytes.write('\u0089PNG\r\n\u001a\n\0\0\0\rIHDR', 'latin1');
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    bytes.writeUInt8(8, 24);
    return new Uint8Array(bytes);
  }
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
    ['a PNG in a name of a TIFF', latin1('\u0089PNG\r\n\u001a\n............'), 'a.tif', 'name_mismatch'],
    ['a grid in a name of a TIFF', text('ncols 2\nnrows 2\n'), 'a.tif', 'name_mismatch'],
    ['a PNG without its header', latin1('\u0089PNG\r\n\u001a\n............'), 'a.png', 'unreadable_raster'],
    ['a PNG without pixels', png(0, 8), 'a.png', 'unreadable_raster'],
    ['a PNG of four billion pixels in a hundred bytes', png(65_535, 65_535), 'a.png', 'unreadable_raster'],
    ['a JPEG without a frame', latin1('\u00ff\u00d8\u00ff\u00e0\0\u0010JFIF'), 'a.jpg', 'unreadable_raster'],
    ['a grid of no size', text('ncols many\nnrows 2\n'), 'a.asc', 'unreadable_raster'],
    [
      'a grid of a trillion cells in a line',
      text('ncols 1000000\nnrows 1000000\ncellsize 1\n0'),
      'a.asc',
      'unreadable_raster',
    ],
    ['a grid that goes on as a VRT', text(`ncols 2\nnrows 2\n${VRT}`), 'a.asc', 'vrt_not_accepted'],
    ['a JPEG 2000', latin1('\0\0\0\fjP  \r\n\u0087\n'), 'a.jp2', 'unsupported_format'],
    ['HDF5', latin1('\u0089HDF\r\n\u001a\n'), 'a.h5', 'unsupported_format'],
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

  const forms: [what: string, parts: FormPart[], query: string, type: string, loc: string[]][] = [
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
        const answer = await upload(formOf(...parts), query);
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
});
