import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import type { Window } from '@inlay/geo';
import {
  type GeoTiffRaster,
  type Source,
  fileSource,
  memorySource,
  openRaster,
  readWindow,
  singleFile,
} from '@inlay/geotiff';
import { openBytes } from './gdal-rasters.ts';
import { type TiffField, makeTiff } from './make-tiff.ts';

const RASTERS = fileURLToPath(new URL('../../../../shared/data/rasterio-cc0/', import.meta.url));

/** 8x6 pixels in strips of two rows, value = 10 * row + col. */
const SMALL = { width: 8, height: 6 };
const ROWS_PER_STRIP: TiffField = [278, 4, [2]];

function strip(firstRow: number, rows = 2): Uint8Array {
  return Uint8Array.from({ length: rows * 8 }, (_, i) => 10 * (firstRow + Math.floor(i / 8)) + (i % 8));
}

function small(compress: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes, compression = 1): Uint8Array {
  const blocks = [0, 2, 4].map((row) => compress(strip(row)));
  return makeTiff({ ...SMALL, blocks, compression, fields: [ROWS_PER_STRIP] });
}

async function firstBand(bytes: Uint8Array, window: Window): Promise<number[]> {
  const { images } = await openBytes('small.tif', bytes);
  const { bands } = await readWindow(images.full, window);
  return Array.from(bands[0]!, Number);
}

const whole: Window = { colOff: 0, rowOff: 0, ...SMALL };

test('a window is cut out of the blocks it touches', async () => {
  assert.deepEqual(
    await firstBand(small(), { colOff: 5, rowOff: 1, width: 3, height: 3 }),
    [15, 16, 17, 25, 26, 27, 35, 36, 37],
  );
});

test('bands come in the order asked for', async () => {
  const pixels = Uint8Array.of(1, 2, 3, 11, 12, 13);
  const tiff = makeTiff({
    width: 2,
    height: 1,
    blocks: [pixels],
    fields: [
      [258, 3, [8, 8, 8]],
      [262, 3, [2]],
      [277, 3, [3]],
    ],
  });
  const { images } = await openBytes('rgb.tif', tiff);
  const { bands } = await readWindow(images.full, { colOff: 0, rowOff: 0, width: 2, height: 1 }, { bands: [3, 1, 3] });
  assert.deepEqual(bands, [Uint8Array.of(3, 13), Uint8Array.of(1, 11), Uint8Array.of(3, 13)]);
});

test('windows and bands outside the image are refused', async () => {
  const { images } = await openBytes('small.tif', small());
  for (const window of [
    { colOff: -1, rowOff: 0, width: 1, height: 1 },
    { colOff: 6, rowOff: 0, width: 3, height: 1 },
    { colOff: 0, rowOff: 0, width: 0, height: 1 },
    { colOff: 0.5, rowOff: 0, width: 1, height: 1 },
  ]) {
    await assert.rejects(readWindow(images.full, window), RangeError);
  }
  await assert.rejects(readWindow(images.full, whole, { bands: [2] }), RangeError);
});

test('only the blocks of the window are read, neighbours in one request', async () => {
  const requests: number[] = [];
  const bytes = small();
  const source = memorySource('small.tif', bytes);
  const counted: Source = {
    ...source,
    fetch: (offset, length, options) => {
      requests.push(length);
      return source.fetch(offset, length, options);
    },
  };
  const { images } = await openRaster(singleFile(counted));
  requests.length = 0;
  await readWindow(images.full, { colOff: 0, rowOff: 2, width: 8, height: 4 });
  assert.deepEqual(requests, [32]);
});

test('a tall uncompressed strip is read in parts, not whole', async () => {
  const width = 2048;
  const height = 4096;
  const pixels = new Uint8Array(width * height).map((_, i) => Math.floor(i / width) % 251);
  const source = memorySource('tall.tif', makeTiff({ width, height, blocks: [pixels] }));
  let fetched = 0;
  const counted: Source = {
    ...source,
    fetch: (offset, length, options) => {
      fetched += length;
      return source.fetch(offset, length, options);
    },
  };
  const { images } = await openRaster(singleFile(counted));
  fetched = 0;
  const { bands } = await readWindow(images.full, { colOff: 7, rowOff: 3000, width: 1, height: 2 });
  assert.deepEqual([...(bands[0] as Uint8Array)], [3000 % 251, 3001 % 251]);
  assert.ok(fetched <= 2 ** 20, `${fetched} bytes for two pixels`);
});

test('uncompressed blocks without byte counts are read', async () => {
  const plain = makeTiff({
    ...SMALL,
    blocks: [strip(0), strip(2), strip(4)],
    fields: [ROWS_PER_STRIP],
    without: [279],
  });
  assert.deepEqual((await firstBand(plain, whole)).slice(-2), [56, 57]);
});

test('old-style LZW, low bit first, is recognised', async () => {
  // CLEAR, then 9-bit codes 1, 2, 258 (the string "1 2"), END: packed from the low bits on.
  const encoded = packLowFirst([256, 1, 2, 258, 257]);
  const tiff = makeTiff({ width: 4, height: 1, blocks: [encoded], compression: 5 });
  assert.deepEqual(await firstBand(tiff, { colOff: 0, rowOff: 0, width: 4, height: 1 }), [1, 2, 1, 2]);
});

function packLowFirst(codes: readonly number[]): Uint8Array {
  let bits = 0n;
  codes.forEach((code, i) => (bits |= BigInt(code) << BigInt(9 * i)));
  const length = Math.ceil((codes.length * 9) / 8);
  return Uint8Array.from({ length }, (_, i) => Number((bits >> BigInt(8 * i)) & 0xffn));
}

test('FillOrder 2 reverses the bits of every byte', async () => {
  const tiff = makeTiff({
    width: 8,
    height: 1,
    blocks: [Uint8Array.of(0b0000_1011)],
    fields: [
      [258, 3, [1]],
      [266, 3, [2]],
    ],
  });
  assert.deepEqual(await firstBand(tiff, { colOff: 0, rowOff: 0, width: 8, height: 1 }), [1, 1, 0, 1, 0, 0, 0, 0]);
});

test('a last strip that was filled up to full height is read', async () => {
  const blocks = [strip(0, 4), strip(4, 4)].map((rows) => deflateSync(rows));
  const tiff = makeTiff({ ...SMALL, blocks, compression: 8, fields: [[278, 4, [4]]] });
  assert.equal((await firstBand(tiff, whole)).at(-1), 57);
});

test('compressions that are not read are named', async () => {
  for (const [compression, name] of [
    [34925, 'LZMA'],
    [50002, 'JPEG XL'],
  ] as const) {
    await rejects(small(undefined, compression), 'geotiff/unsupported-compression', new RegExp(`small.tif.*${name}`));
  }
});

test('a damaged block is an error that names the file and the block', async () => {
  const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, Math.ceil(bytes.length / 2));
  const blocks = [deflateSync(strip(0)), cut(deflateSync(strip(2))), deflateSync(strip(4))];
  const tiff = makeTiff({ ...SMALL, blocks, compression: 8, fields: [ROWS_PER_STRIP] });
  await rejects(tiff, 'geotiff/damaged-block', /^small\.tif: strip 1 is damaged: decompression failed/);
  const { images } = await openBytes('small.tif', tiff);
  const { bands } = await readWindow(images.full, { colOff: 0, rowOff: 4, width: 2, height: 1 });
  assert.deepEqual([...(bands[0] as Uint8Array)], [40, 41]);
});

test('every codec refuses truncated and nonsensical data without a crash', async () => {
  const garbage = Uint8Array.from({ length: 64 }, (_, i) => (i * 73) % 256);
  const rgb: TiffField[] = [
    [258, 3, [8, 8, 8]],
    [262, 3, [2]],
    [277, 3, [3]],
  ];
  for (const compression of [1, 5, 7, 8, 32773, 32946, 34887, 50000, 50001]) {
    // Any bytes are a PackBits stream, and most are an LZW one, until they end too early.
    const hasStructure = compression >= 7 && compression !== 32773;
    for (const length of [1, 2, ...(hasStructure ? [64] : [])]) {
      const block = garbage.subarray(0, length);
      const fields = compression === 50001 ? [ROWS_PER_STRIP, ...rgb] : [ROWS_PER_STRIP];
      const tiff = makeTiff({ ...SMALL, blocks: [block, block, block], compression, fields });
      await rejects(tiff, 'geotiff/damaged-block', /strip \d is damaged/);
    }
  }
});

test('a decompression bomb is stopped at the size of a block', async () => {
  const bomb = deflateSync(new Uint8Array(10_000_000));
  const tiff = makeTiff({ width: 100, height: 100, blocks: [bomb], compression: 8 });
  await rejects(tiff, 'geotiff/damaged-block', /more than the 10000 bytes/, {
    colOff: 0,
    rowOff: 0,
    width: 1,
    height: 1,
  });
});

test('a block that claims to be far larger than it can be is not even fetched', async () => {
  const tiff = makeTiff({
    ...SMALL,
    blocks: [new Uint8Array(100)],
    compression: 8,
    fields: [[279, 4, [4_000_000_000]]],
  });
  await rejects(tiff, 'geotiff/damaged-block', /4000000000 bytes long/);
});

test('a block beyond the end of the file is damaged', async () => {
  const tiff = makeTiff({
    ...SMALL,
    blocks: [strip(0)],
    fields: [
      [273, 4, [4000]],
      [279, 4, [48]],
    ],
  });
  await rejects(tiff, 'geotiff/damaged-block', /the file ends/);
});

test('blocks too large for memory are refused with the cure', async () => {
  const tiff = makeTiff({ width: 30_000, height: 30_000, blocks: [new Uint8Array(100)], compression: 8 });
  await rejects(tiff, 'geotiff/too-large', /TILED=YES/, { colOff: 0, rowOff: 0, width: 1, height: 1 });
});

test('windows too large for memory are refused', async () => {
  const blocks = Array.from({ length: 50 }, () => new Uint8Array(0));
  const tiff = makeTiff({ width: 50_000, height: 50_000, blocks, compression: 8, fields: [[278, 4, [1000]]] });
  await rejects(tiff, 'geotiff/too-large', /at once/, { colOff: 0, rowOff: 0, width: 50_000, height: 50_000 });
});

test('an aborted read ends with the reason given', async () => {
  const { images } = await openBytes('small.tif', small());
  const reason = new Error('no longer wanted');
  await assert.rejects(readWindow(images.full, whole, { signal: AbortSignal.abort(reason) }), reason);
});

test('an abort while blocks are being fetched ends the read, and no further block is asked for', async () => {
  const bytes = makeSpreadOut();
  const source = memorySource('spread.tif', bytes);
  const controller = new AbortController();
  let fetches = 0;
  const slow: Source = {
    ...source,
    async fetch(offset, length, options) {
      fetches++;
      if (controller.signal.aborted) throw controller.signal.reason;
      return source.fetch(offset, length, options);
    },
  };
  const { images } = await openRaster(singleFile(slow));
  fetches = 0;
  const reading = readWindow(
    images.full,
    { colOff: 0, rowOff: 0, width: 8, height: 64 },
    { signal: controller.signal },
  );
  controller.abort(new Error('enough'));
  await assert.rejects(reading, /enough/);
  assert.ok(fetches <= 6, `${fetches} fetches after the abort`);
});

/** 64 strips too far apart to be fetched together. */
function makeSpreadOut(): Uint8Array {
  const blocks = Array.from({ length: 64 }, (_, row) => {
    const block = new Uint8Array(40_000);
    block.set(strip(row, 1));
    return block;
  });
  return makeTiff({
    width: 8,
    height: 64,
    blocks,
    fields: [
      [278, 4, [1]],
      [279, 4, blocks.map(() => 8)],
    ],
  });
}

test('the damaged COG of the shared rasters: the good blocks are read, the bad one is named', async (t) => {
  if (!existsSync(RASTERS)) return t.skip('the shared rasters are not there');
  const raster = await openFile('corrupt.tif');
  const outcomes: string[] = [];
  for (const rowOff of [0, 512]) {
    for (const colOff of [0, 512]) {
      const window = { colOff, rowOff, width: 512, height: 512 };
      outcomes.push(
        await readWindow(raster.images.full, window).then(
          () => 'fine',
          (error: Error) => error.message,
        ),
      );
    }
  }
  await raster.close();
  assert.deepEqual(outcomes, [
    'fine',
    'fine',
    'fine',
    'corrupt.tif: the tile in column 1, row 1 is damaged: the file ends before or within it',
  ]);
  return undefined;
});

async function openFile(name: string): Promise<GeoTiffRaster> {
  return openRaster(singleFile(await fileSource(RASTERS + name)));
}

async function rejects(tiff: Uint8Array, code: string, message: RegExp, window: Window = whole): Promise<void> {
  const { images } = await openBytes('small.tif', tiff);
  await assert.rejects(readWindow(images.full, window), (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}
