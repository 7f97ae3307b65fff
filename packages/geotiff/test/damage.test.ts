import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import {
  type LevelRead,
  type PixelLevel,
  createBlockCache,
  httpSource,
  memoryRasterFiles,
  memorySource,
  openLevels,
  openRaster,
  readLevel,
  singleFile,
} from '@inlay/geotiff';
import { type RangeServer, startRangeServer } from '@inlay/testing';
import { type TiffField, makeTiff } from './make-tiff.ts';

let server: RangeServer;

before(async () => {
  server = await startRangeServer();
});

after(() => server.close());

const WHOLE = { colOff: 0, rowOff: 0, width: 8, height: 6 };

/** Three strips of two rows, value 1, 2 and 3. */
const STRIPS = [1, 2, 3].map((value) => deflateSync(new Uint8Array(16).fill(value)));
const GOOD = strips(STRIPS);

function strips(blocks: readonly Uint8Array[], fields: readonly TiffField[] = []): Uint8Array {
  return makeTiff({ width: 8, height: 6, blocks, compression: 8, fields: [[278, 4, [2]], ...fields] });
}

function broken(block: Uint8Array): Uint8Array {
  const copy = new Uint8Array(block);
  copy[2] = 0xff;
  return copy;
}

const BROKEN = strips([STRIPS[0]!, broken(STRIPS[1]!), STRIPS[2]!]);

async function open(bytes: Uint8Array): Promise<PixelLevel> {
  return (await openLevels(await openRaster(singleFile(memorySource('a.tif', bytes))))).levels[0];
}

/** First pixel of each strip, and whether it is valid. */
function summary({ raster }: LevelRead): (readonly [number, boolean])[] {
  return [0, 16, 32].map((i) => [Number(raster.bands[0]![i]), raster.mask === null || raster.mask[i] !== 0] as const);
}

test('a damaged block is an error that names file and block, unless it may be transparent', async () => {
  const level = await open(BROKEN);
  await assert.rejects(readLevel(level, WHOLE), {
    code: 'geotiff/damaged-block',
    message: /^a\.tif: strip 1 is damaged: decompression failed/,
    details: { source: 'a.tif', plane: 0, col: 0, row: 1 },
  });
  const read = await readLevel(level, WHOLE, { damage: 'transparent' });
  assert.deepEqual(summary(read), [
    [1, true],
    [0, false],
    [3, true],
  ]);
  assert.equal(read.missingBlocks, 1);
  assert.equal(read.firstProblem?.code, 'geotiff/damaged-block');
});

test('a file without damage has no mask to show for it', async () => {
  const read = await readLevel(await open(GOOD), WHOLE, { damage: 'transparent' });
  assert.equal(read.raster.mask, null);
  assert.equal(read.missingBlocks, 0);
  assert.equal(read.firstProblem, null);
});

test('a damaged block does not spoil the one that is read with it for someone else', async () => {
  const level = await open(BROKEN);
  const cache = createBlockCache({ maxBytes: 10_000 });
  const all = readLevel(level, WHOLE, { cache });
  const last = readLevel(level, { ...WHOLE, rowOff: 4, height: 1 }, { cache });
  await assert.rejects(all, { code: 'geotiff/damaged-block' });
  assert.equal((await last).raster.bands[0]![0], 3);
  assert.equal(cache.counts().reads, 1);
});

test('what is missing holds nodata', async () => {
  const level = await open(strips([STRIPS[0]!, broken(STRIPS[1]!), STRIPS[2]!], [[42113, 7, [0x39, 0]]]));
  const { raster } = await readLevel(level, WHOLE, { damage: 'transparent' });
  assert.equal(raster.bands[0]![16], 9);
});

test('a file that was cut off has the blocks before the cut', async () => {
  const cut = makeTiff({
    width: 8,
    height: 6,
    blocks: STRIPS,
    compression: 8,
    fields: [
      [278, 4, [2]],
      [273, 4, [8, 8 + STRIPS[0]!.length, 100_000]],
    ],
  });
  const read = await readLevel(await open(cut), WHOLE, { damage: 'transparent' });
  assert.deepEqual(summary(read), [
    [1, true],
    [2, true],
    [0, false],
  ]);
});

test('in planar files a pixel is missing where any of its bands is', async () => {
  const plane = (value: number) => deflateSync(new Uint8Array(48).fill(value));
  const tiff = makeTiff({
    width: 8,
    height: 6,
    blocks: [plane(1), broken(plane(2)), plane(3)],
    compression: 8,
    fields: [
      [258, 3, [8, 8, 8]],
      [277, 3, [3]],
      [284, 3, [2]],
    ],
  });
  const level = await open(tiff);
  const read = await readLevel(level, WHOLE, { damage: 'transparent' });
  assert.deepEqual([read.missingBlocks, read.raster.bands[0]![0], read.raster.mask![0]], [1, 1, 0]);
  const others = await readLevel(level, WHOLE, { damage: 'transparent', bands: [1, 3] });
  assert.deepEqual([others.missingBlocks, others.raster.mask], [0, null]);
});

test('a damaged block of a mask is transparent', async () => {
  // A sidecar mask: one bit a pixel, all valid, in three strips.
  const ones = deflateSync(new Uint8Array(2).fill(0xff));
  const metadata = new TextEncoder().encode(
    '<GDALMetadata><Item name="INTERNAL_MASK_FLAGS_1">2</Item></GDALMetadata>\0',
  );
  const mask = strips(
    [ones, broken(ones), ones],
    [
      [258, 3, [1]],
      [42112, 7, [...metadata]],
    ],
  );
  const files = new Map([
    ['a.tif', GOOD],
    ['a.tif.msk', mask],
  ]);
  const { levels } = await openLevels(await openRaster(memoryRasterFiles('a.tif', files)));
  assert.notEqual(levels[0].mask, null);
  await assert.rejects(readLevel(levels[0], WHOLE), {
    code: 'geotiff/damaged-block',
    message: /^a\.tif\.msk: strip 1/,
  });
  const read = await readLevel(levels[0], WHOLE, { damage: 'transparent' });
  assert.deepEqual(summary(read), [
    [1, true],
    [2, false],
    [3, true],
  ]);
  assert.equal(read.missingBlocks, 1);
  assert.match(read.firstProblem!.message, /^a\.tif\.msk: strip 1/);
});

test('what no block is to blame for is an error in any case', async () => {
  const unsupported = await open(makeTiff({ width: 8, height: 6, blocks: [new Uint8Array(9)], compression: 34925 }));
  await assert.rejects(readLevel(unsupported, WHOLE, { damage: 'transparent' }), {
    code: 'geotiff/unsupported-compression',
    message: /^a\.tif: .*LZMA/,
  });
  server.put('changing.tif', GOOD);
  const { levels } = await openLevels(await openRaster(singleFile(httpSource(`${server.url}/changing.tif`))));
  server.put('changing.tif', BROKEN);
  await assert.rejects(readLevel(levels[0], WHOLE, { damage: 'transparent' }), { code: 'geotiff/source-changed' });
});

test('a server that fails makes its blocks transparent, and is asked again next time', async () => {
  server.put('a.tif', GOOD);
  const { levels } = await openLevels(await openRaster(singleFile(httpSource(`${server.url}/a.tif`))));
  const cache = createBlockCache({ maxBytes: 10_000 });
  server.fault = { kind: 'status', status: 503 };
  await assert.rejects(readLevel(levels[0], WHOLE, { cache }), { code: 'geotiff/source-unavailable' });
  const read = await readLevel(levels[0], WHOLE, { cache, damage: 'transparent' });
  assert.equal(read.missingBlocks, 3);
  assert.equal(read.firstProblem?.code, 'geotiff/source-unavailable');
  assert.ok(read.raster.mask!.every((flag) => flag === 0));
  server.fault = null;
  assert.equal((await readLevel(levels[0], WHOLE, { cache })).missingBlocks, 0);
});

test('a reader of a silent server can leave at any time', async () => {
  server.put('slow.tif', GOOD);
  const { levels } = await openLevels(await openRaster(singleFile(httpSource(`${server.url}/slow.tif`))));
  server.fault = { kind: 'silence' };
  const controller = new AbortController();
  const cache = createBlockCache({ maxBytes: 10_000 });
  const reading = readLevel(levels[0], WHOLE, { cache, signal: controller.signal, damage: 'transparent' });
  const reason = new Error('the tile is no longer wanted');
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(reading, reason);
  server.fault = null;
  assert.equal((await readLevel(levels[0], WHOLE, { cache })).raster.bands[0]![0], 1);
});
