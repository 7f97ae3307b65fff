import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  GeoTiffError,
  type GeoTiffErrorCode,
  type GeoTiffRaster,
  type Source,
  memorySource,
  openRaster,
  singleFile,
} from '@inlay/geotiff';
import { changed, open, openTiff } from './open-bytes.ts';
import { type RawTiff, image, text, tiffBytes } from './tiff-bytes.ts';

const LATIN = new TextEncoder();
const plain = tiffBytes(changed({})).bytes;
const bigPlain = tiffBytes({ directories: [image(16, 8)], big: true });

interface Hostile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly code: GeoTiffErrorCode;
  readonly message: RegExp;
}

function hostile(name: string, tiff: RawTiff, code: GeoTiffErrorCode, message: RegExp): Hostile {
  return { name, bytes: tiffBytes(tiff).bytes, code, message };
}

const flood = Array.from({ length: 1100 }, () => image(1, 1));

const HOSTILE: readonly Hostile[] = [
  { name: 'nothing', bytes: new Uint8Array(), code: 'geotiff/not-a-tiff', message: /the file is empty/ },
  { name: 'one byte', bytes: Uint8Array.of(0x49), code: 'geotiff/not-a-tiff', message: /first bytes/ },
  { name: 'XML', bytes: LATIN.encode('\ufeff <VRTDataset/>'), code: 'geotiff/not-a-tiff', message: /XML or HTML/ },
  { name: 'a PNG', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10), code: 'geotiff/not-a-tiff', message: /PNG/ },
  { name: 'text', bytes: LATIN.encode('hello there, no TIFF'), code: 'geotiff/not-a-tiff', message: /first bytes/ },
  {
    name: 'another version',
    bytes: Uint8Array.of(0x49, 0x49, 44, 0, 8, 0, 0, 0),
    code: 'geotiff/not-a-tiff',
    message: /first/,
  },
  { name: 'half a header', bytes: plain.slice(0, 6), code: 'geotiff/truncated', message: /before its header/ },
  {
    name: 'half a BigTIFF header',
    bytes: bigPlain.bytes.slice(0, 12),
    code: 'geotiff/truncated',
    message: /its header/,
  },
  {
    name: 'half a directory',
    bytes: plain.slice(0, plain.length - 30),
    code: 'geotiff/truncated',
    message: /description/,
  },
  {
    name: 'no image at all',
    bytes: tiffBytes({ directories: [], next: {} }).bytes.slice(0, 8),
    code: 'geotiff/malformed',
    message: /no image/,
  },
  hostile('an image without tags', { directories: [[]] }, 'geotiff/malformed', /without tags/),
  hostile(
    'a chain that bites its tail',
    { directories: [image(4, 4), image(2, 2)], next: { 1: tiffBytes(changed({})).offsets[0]! } },
    'geotiff/malformed',
    /is a loop/,
  ),
  hostile(
    'a next image beyond the end',
    { ...changed({}), next: { 0: 4_000_000 } },
    'geotiff/truncated',
    /description/,
  ),
  hostile('a thousand images', { directories: flood }, 'geotiff/too-large', /more than 1024 images/),
  hostile('no width', changed({ 256: null }), 'geotiff/malformed', /0 x 8 pixels/),
  hostile('a width of 0', changed({}, 0, 8), 'geotiff/malformed', /0 x 8 pixels/),
  hostile('a width beyond 31 bits', changed({}, 2 ** 31, 8), 'geotiff/unsupported', /at most 2147483647/),
  hostile('no bands', changed({ 277: { tag: 277, type: 3, values: [0] } }), 'geotiff/malformed', /no bands/),
  hostile('no block list', changed({ 273: null }), 'geotiff/malformed', /where its pixels are/),
  hostile('strips of 0 rows', changed({ 278: { tag: 278, type: 4, values: [0] } }), 'geotiff/malformed', /0 rows/),
  hostile(
    'tiles of no width',
    changed({ 322: { tag: 322, type: 4, values: [0] }, 323: { tag: 323, type: 4, values: [16] } }),
    'geotiff/malformed',
    /0 x 16/,
  ),
  hostile(
    'tiles without a height',
    changed({ 322: { tag: 322, type: 4, values: [16] } }),
    'geotiff/malformed',
    /16 x 0/,
  ),
  hostile(
    'a block list beyond the end',
    changed({ 273: { tag: 273, type: 4, values: [0], count: 2 ** 30 } }),
    'geotiff/truncated',
    /list of its blocks/,
  ),
  hostile(
    'a text beyond the end',
    changed({ 42113: { tag: 42113, type: 2, values: [48, 0], count: 2 ** 31 } }),
    'geotiff/truncated',
    /tag 42113/,
  ),
  hostile(
    'samples of 128 bits',
    changed({ 258: { tag: 258, type: 3, values: [128] } }),
    'geotiff/unsupported',
    /128 bits/,
  ),
  hostile(
    'bands of different depth',
    changed({ 258: { tag: 258, type: 3, values: [8, 16] }, 277: { tag: 277, type: 3, values: [2] } }),
    'geotiff/unsupported',
    /different bits/,
  ),
  hostile(
    'an unknown compression',
    changed({ 259: { tag: 259, type: 3, values: [12345] } }),
    'geotiff/unsupported',
    /12345/,
  ),
  hostile('CMYK', changed({ 262: { tag: 262, type: 3, values: [5] } }), 'geotiff/unsupported', /CMYK/),
];

describe('what is no good TIFF is refused with a code and a reason', () => {
  for (const { name, bytes, code, message } of HOSTILE) {
    test(name, async () => {
      const started = performance.now();
      await assert.rejects(open(bytes), (error) => {
        assert.ok(error instanceof GeoTiffError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.match(error.message, /^a\.tif /, 'names the file');
        return true;
      });
      assert.ok(performance.now() - started < 1000, 'in bounded time');
    });
  }

  test('a BigTIFF whose counts reach beyond any file', async () => {
    const { bytes, offsets } = bigPlain;
    const counted = bytes.slice();
    new DataView(counted.buffer).setBigUint64(offsets[0]!, 2n ** 60n, true);
    await assert.rejects(open(counted), { code: 'geotiff/malformed' });
    const pointed = bytes.slice();
    new DataView(pointed.buffer).setBigUint64(8, 2n ** 63n, true);
    await assert.rejects(open(pointed), { code: 'geotiff/truncated' });
  });

  test('more metadata than anybody writes', async () => {
    const { bytes } = tiffBytes(changed({ 42112: { tag: 42112, type: 2, values: [], count: 5_000_000, offset: 8 } }));
    const padded = new Uint8Array(6_000_000);
    padded.set(bytes);
    await assert.rejects(open(padded), { code: 'geotiff/too-large', message: /tag \(42112\) of 5000000 bytes/ });
  });

  test('many images whose tags all point at the same long value', async () => {
    const long = { 258: { tag: 258, type: 3, values: [], count: 60_000, offset: 8 } };
    const { bytes } = tiffBytes({ directories: Array.from({ length: 1000 }, () => image(4, 4, long)) });
    const padded = new Uint8Array(bytes.length + 200_000);
    padded.set(bytes);
    await assert.rejects(open(padded), { code: 'geotiff/too-large' });
  });

  test('bytes cut anywhere end in a coded error or in a raster, never in another exception', async () => {
    const tiff = changed({
      42112: text(42112, '<GDALMetadata><Item name="A">1</Item></GDALMetadata>'),
      33550: { tag: 33550, type: 12, values: [1, 1, 0] },
    });
    const { bytes } = tiffBytes(tiff);
    for (let length = 0; length < bytes.length; length++) {
      const raster = await open(bytes.slice(0, length)).catch((error: unknown) => error);
      assert.ok(raster instanceof GeoTiffError, `cut at ${length}: ${String(raster)}`);
    }
  });

  test('flipped bytes end in a coded error or in a raster, never in another exception', async () => {
    const { bytes } = tiffBytes({ directories: [image(16, 8), image(8, 4)] });
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const damaged = bytes.slice();
        damaged[at] = value;
        const raster = await open(damaged).catch((error: unknown) => error);
        const isExpected =
          raster instanceof GeoTiffError || (typeof raster === 'object' && raster !== null && 'profile' in raster);
        assert.ok(isExpected, `byte ${at} = ${value}: ${String(raster)}`);
      }
    }
  });
});

test('sources are closed when opening fails', async () => {
  let closed = 0;
  const source: Source = { ...memorySource('a.tif', LATIN.encode('no')), close: () => Promise.resolve(void closed++) };
  await assert.rejects(openRaster(singleFile(source)), { code: 'geotiff/not-a-tiff' });
  assert.equal(closed, 1);
});

test('an aborted opening rejects with the reason', async () => {
  const reason = new Error('enough');
  await assert.rejects(
    openRaster(singleFile(memorySource('a.tif', plain)), { signal: AbortSignal.abort(reason) }),
    reason,
  );
});

describe('what GDAL tolerates is opened', () => {
  test('a huge raster without pixels is sparse', async () => {
    const { profile } = await openTiff(changed({}, 2 ** 31 - 1, 2 ** 31 - 1));
    assert.deepEqual([profile.width, profile.layout.storage.sparse], [2147483647, true]);
  });

  test('tags of unknown types are skipped', async () => {
    const { profile } = await openTiff(changed({ 60000: { tag: 60000, type: 99, values: [1, 2, 3] } }));
    assert.equal(profile.width, 16);
  });

  test('tags nobody needs may lie beyond the end', async () => {
    const { profile } = await openTiff(changed({ 60000: { tag: 60000, type: 4, values: [1], count: 2 ** 30 } }));
    assert.equal(profile.width, 16);
  });

  test('texts without a final NUL keep their last letter', async () => {
    const { profile } = await openTiff(
      changed({
        42113: { tag: 42113, type: 2, values: [...LATIN.encode('-9999')] },
        258: { tag: 258, type: 3, values: [32] },
        339: { tag: 339, type: 3, values: [3] },
      }),
    );
    assert.equal(profile.layout.bands[0]!.nodata, -9999);
  });
});

describe('what is odd is told', () => {
  const codes = async (raster: Promise<GeoTiffRaster>): Promise<string[]> =>
    (await raster).warnings.map(({ code }) => code);

  test('pixels beyond the end of the file', async () => {
    const tiff = changed({ 273: { tag: 273, type: 4, values: [8] }, 279: { tag: 279, type: 4, values: [100_000] } });
    assert.deepEqual(await codes(openTiff(tiff)), ['beyond-end']);
  });

  test('a block list that is too short', async () => {
    const rows = { 278: { tag: 278, type: 4, values: [1] } };
    assert.deepEqual(await codes(openTiff(changed(rows))), ['block-list-too-short']);
  });

  test('metadata that is not XML, and metadata with a DOCTYPE', async () => {
    const doctype = '<!DOCTYPE a [<!ENTITY x "boom">]><GDALMetadata><Item name="A">&x;</Item></GDALMetadata>';
    for (const xml of ['<GDALMetadata><Item', doctype]) {
      const raster = await openTiff(changed({ 42112: text(42112, xml) }));
      assert.deepEqual(
        raster.warnings.map(({ code }) => code),
        ['ignored-metadata'],
      );
      assert.deepEqual(raster.profile.layout.metadata, {});
    }
  });

  test('an .aux.xml that is not XML', async () => {
    assert.deepEqual(await codes(openTiff(changed({}), { '.aux.xml': '<PAMDataset><SRS>' })), ['ignored-sidecar']);
  });

  test('a georeference that is not finite', async () => {
    const place = {
      33550: { tag: 33550, type: 12, values: [1, 1, 0] },
      33922: { tag: 33922, type: 12, values: [0, 0, 0, NaN, 0, 0] },
    };
    const raster = await openTiff(changed(place));
    assert.deepEqual(
      raster.warnings.map(({ code }) => code),
      ['unusable-georeference'],
    );
    assert.deepEqual([raster.profile.affine, raster.profile.georeference], [null, 'none']);
  });

  test('a CRS that cannot be made out', async () => {
    const keys = [1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 30000];
    const raster = await openTiff(changed({ 34735: { tag: 34735, type: 3, values: keys } }));
    assert.deepEqual(
      raster.warnings.map(({ code }) => code),
      ['unknown-crs'],
    );
    assert.match(raster.warnings[0]!.message, /^a\.tif: .*code 30000/);
  });

  test('a .msk that is not a mask', async () => {
    assert.deepEqual(await codes(openTiff(changed({}), { '.msk': plain })), ['ignored-sidecar']);
  });
});

describe('sidecars', () => {
  test('metadata sidecars larger than the limit are refused', async () => {
    const large = new Uint8Array(9 * 1024 * 1024).fill(32);
    await assert.rejects(openTiff(changed({}), { '.aux.xml': large }), { code: 'geotiff/too-large' });
  });

  test('a damaged .ovr is an error, not a raster without overviews', async () => {
    await assert.rejects(openTiff(changed({}), { '.ovr': 'no' }), {
      code: 'geotiff/not-a-tiff',
      message: /^a\.tif\.ovr /,
    });
  });

  test('overviews and masks come from the file beside where there is one', async () => {
    const flags = text(42112, '<GDALMetadata><Item name="INTERNAL_MASK_FLAGS_1">2</Item></GDALMetadata>');
    const raster = await openTiff(changed({}), {
      '.ovr': tiffBytes({ directories: [image(8, 4), image(4, 2, { 254: { tag: 254, type: 4, values: [1] } })] }).bytes,
      '.msk': tiffBytes(changed({ 42112: flags })).bytes,
    });
    const { overviews, mask, bands } = raster.profile.layout;
    assert.deepEqual(
      overviews.map(({ width, location }) => [width, location]),
      [
        [8, 'sidecar'],
        [4, 'sidecar'],
      ],
    );
    assert.equal(mask?.location, 'sidecar');
    assert.equal(bands[0]!.maskFlags, 2);
    assert.deepEqual(
      raster.images.overviews.map(({ source }) => source.name),
      ['a.tif.ovr', 'a.tif.ovr'],
    );
    assert.equal(raster.images.mask?.source.name, 'a.tif.msk');
  });
});
