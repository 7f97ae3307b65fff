import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError, ClientError } from '@inlay/sdk';
import { folderFault, hrefsOf, listFault } from '../src/add/hrefs.ts';
import { refusedFile } from '../src/add/refused-file.ts';
import { commitOf, faultOf, newItem, tallyOf, titleOf } from '../src/add/upload-item.ts';
import { describeError } from '../src/describe-error.ts';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatPlural,
  formatResolution,
} from '../src/format.ts';

/** Thin spaces (U+202F) as plain ones. */
const plain = (text: string | null): string | undefined => text?.replaceAll('\u202f', ' ');

describe('numbers', () => {
  it('are grouped from the right', () => {
    assert.equal(plain(formatCount(999)), '999');
    assert.equal(plain(formatCount(1234567)), '1 234 567');
    assert.equal(plain(formatPlural(1, 'raster')), '1 raster');
    assert.equal(plain(formatPlural(10_980, 'raster')), '10 980 rasters');
  });

  it('have the digits that count', () => {
    assert.equal(formatNumber(0.000277777778, 4), '0.0002778');
    assert.equal(plain(formatNumber(12345.678)), '12 345.7');
    assert.equal(formatNumber(1e-9), '1e-9');
    assert.equal(formatNumber(NaN), 'NaN');
  });

  it('of bytes have a unit', () => {
    assert.equal(plain(formatBytes(0)), '0 B');
    assert.equal(plain(formatBytes(999)), '999 B');
    assert.equal(plain(formatBytes(1_440_000)), '1.4 MB');
    assert.equal(plain(formatBytes(10_737_418_240)), '10.7 GB');
  });

  it('of resolutions are in metres or degrees, as their CRS is', () => {
    assert.equal(plain(formatResolution(10, 10, 32633)), '10 m');
    assert.equal(plain(formatResolution(10, 20, 32633)), '10 × 20 m');
    assert.equal(plain(formatResolution(0.1, 0.1, 4326)), '0.1°');
    assert.equal(plain(formatResolution(3, 3, null)), '3');
    assert.equal(formatResolution(null, null, 4326), null);
  });
});

describe('times', () => {
  it('are told from now, and by their day when they are long ago', () => {
    const now = Date.parse('2026-06-30T12:00:00Z');
    const ago = (time: string): string => formatAgo(time, now);
    assert.equal(ago('2026-06-30T11:59:30Z'), '30 seconds ago');
    assert.equal(ago('2026-06-30T11:58:00Z'), '2 minutes ago');
    assert.equal(ago('2026-06-30T09:00:00Z'), '3 hours ago');
    assert.equal(ago('2026-06-29T12:00:00Z'), 'yesterday');
    assert.equal(ago('2026-06-01T12:00:00Z'), '1 Jun 2026');
  });

  it('that something took are short', () => {
    assert.deepEqual(
      [0.02, 0.42, 12.4, 185, 7800].map((seconds) => plain(formatDuration(seconds))),
      ['< 0.1 s', '0.4 s', '12 s', '3 min 5 s', '2 h 10 min'],
    );
  });
});

describe('an error', () => {
  const api = (
    status: number,
    code: 'storage_full' | 'unknown' | 'not_found' | 'service_unavailable',
    message = 'Disk',
  ) => new ApiError(message, { status, code, problem: null, items: [], requestId: 'r-1', retryAfterSeconds: null });

  it('has the title of its code, and the server’s own words', () => {
    assert.deepEqual(describeError(api(507, 'storage_full', 'Nothing more fits.')), {
      title: 'There is no room left to store this',
      detail: 'Nothing more fits.',
      requestId: 'r-1',
      canRetry: false,
      code: 'storage_full',
    });
  });

  it('is worth another try where it may pass', () => {
    assert.equal(describeError(api(503, 'service_unavailable')).canRetry, true);
    assert.equal(describeError(new ClientError('sdk/unreachable', 'no answer')).canRetry, true);
    assert.equal(describeError(api(404, 'not_found')).canRetry, false);
  });

  it('of a request says each thing that is wrong once, and five at most', () => {
    const item = (msg: string) => ({ loc: ['body'], msg, type: 'value_error', input: null });
    const detail = (...messages: string[]): string =>
      describeError(
        new ApiError('', {
          status: 422,
          code: 'validation_error',
          problem: null,
          items: messages.map(item),
          requestId: null,
          retryAfterSeconds: null,
        }),
      ).detail;
    assert.equal(detail('Too small.', 'Too small', 'Not round'), 'Too small. Not round.');
    assert.equal(detail('a', 'b', 'c', 'd', 'e', 'f', 'g'), 'a. b. c. d. e, and 2 more.');
  });
});

describe('a file to add', () => {
  it('is called what it is named, without its ending', () => {
    assert.equal(titleOf('S2A_T32UQA.B04.tif'), 'S2A_T32UQA.B04');
    assert.equal(titleOf('no-ending'), 'no-ending');
    assert.equal(titleOf('.tif'), '.tif');
  });

  it('cannot be added with what makes no sense', () => {
    const of = (change: object) => faultOf({ title: 'a', srid: '', nodata: '', ...change });
    assert.equal(of({}), null);
    assert.match(of({ title: ' ' }) ?? '', /title/);
    for (const srid of ['abc', '0', '-1', '999999', '4326.5']) assert.match(of({ srid }) ?? '', /EPSG/, srid);
    for (const nodata of ['x', '1e999']) assert.match(of({ nodata }) ?? '', /nodata/, nodata);
    assert.equal(of({ srid: '32633', nodata: '-9999' }), null);
    assert.equal(of({ nodata: 'nan' }), null);
  });

  it('is catalogued as its owner says', () => {
    const item = { ...newItem(new File(['x'], 'a.tif')), title: ' A ', srid: '32633', nodata: '-9999' };
    assert.deepEqual(commitOf(item, 'public'), {
      title: 'A',
      visibility: 'public',
      srid_override: 32633,
      nodata_override: -9999,
    });
    assert.deepEqual(commitOf({ ...item, srid: '', nodata: 'nan' }, 'private'), {
      title: 'A',
      visibility: 'private',
      nodata_override: 'nan',
    });
  });

  it('may be one of a list of paths and URLs', () => {
    assert.deepEqual(hrefsOf('# scenes\n/a.tif\r\n\n  https://x.org/b.tif \n/a.tif\n'), [
      '/a.tif',
      'https://x.org/b.tif',
    ]);
  });

  it('is refused before it is sent where that is sure already', () => {
    const of = (name: string, size: number) => refusedFile({ name, size }, 1000);
    assert.equal(of('a.tif', 1000), null);
    assert.match(of('a.tif', 1001) ?? '', /up to 1\.0.kB/);
    assert.match(of('a.tif', 0) ?? '', /empty/);
    assert.match(of('a.vrt', 10) ?? '', /names other files/);
    for (const name of ['a.tfw', 'a.tif.aux.xml', 'a.tif.OVR']) assert.match(of(name, 10) ?? '', /another file/, name);
    assert.equal(refusedFile({ name: 'a.tif', size: 1e12 }, null), null);
  });

  it('is counted with the others, by how far it is and by its bytes', () => {
    const item = newItem(new File(['1234'], 'a.tif'));
    assert.deepEqual(
      tallyOf([
        { ...item, state: 'sending', progress: 0.5 },
        { ...item, state: 'waiting' },
        { ...item, state: 'ready' },
        { ...item, state: 'refused' },
        { ...item, state: 'failed' },
        { ...item, state: 'done' },
      ]),
      { underWay: 2, ready: 1, refused: 2, done: 1, sent: 0.7 },
    );
    assert.equal(tallyOf([]).sent, 1);
  });

  it('lies in a folder with its whole path, or is named by a path or a web address', () => {
    assert.equal(folderFault('/data/scenes'), null);
    assert.equal(folderFault(''), null);
    assert.equal(folderFault('s3://bucket/prefix/'), null);
    assert.match(folderFault('https://example.org/cogs/') ?? '', /A list/);
    assert.match(folderFault('scenes') ?? '', /whole path/);
    assert.equal(listFault(['/a.tif', 'https://example.org/b.tif']), null);
    assert.equal(listFault(['/a.tif', 's3://bucket/b.tif']), null);
    assert.match(listFault(['b.tif']) ?? '', /“b\.tif”/);
  });
});
