import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { type RasterImage, type ReducedOptions, type ReducedRead, readReduced } from '@inlay/geotiff';
import { openBytes } from './gdal-rasters.ts';
import { type TiffField, makeTiff } from './make-tiff.ts';

const SIDE = 100_000;

const WHOLE_BAND = { bands: [1], nodata: [null], mask: null, resampling: 'average' } as const;

async function open(tiff: Uint8Array): Promise<RasterImage> {
  return (await openBytes('big.tif', tiff)).images.full;
}

async function reduce(tiff: Uint8Array, options: Partial<ReducedOptions> & { width: number; height: number }) {
  return readReduced(await open(tiff), { ...WHOLE_BAND, ...options });
}

function firstBand({ raster }: ReducedRead): number[] {
  return Array.from(raster.bands[0]!, Number);
}

/** 4x4 pixels, value = 10 * row + col, one strip a row. */
function small(fields: readonly TiffField[] = []): Uint8Array {
  const blocks = [0, 1, 2, 3].map((row) => Uint8Array.of(10 * row, 10 * row + 1, 10 * row + 2, 10 * row + 3));
  return makeTiff({ width: 4, height: 4, blocks, fields: [[278, 4, [1]], ...fields] });
}

/** An image of any number of blocks, all of which are the one given. */
function repetitive(count: number, block: Uint8Array, fields: readonly TiffField[]): Uint8Array {
  // TIFF lets blocks share their bytes; the one block follows the header of 8 bytes.
  const offsets = Array.from({ length: count }, () => 8);
  const lengths = offsets.map(() => block.length);
  const isTiled = fields.some(([tag]) => tag === 322);
  return makeTiff({
    width: SIDE,
    height: SIDE,
    blocks: [block],
    compression: 8,
    without: isTiled ? [273, 278, 279] : [],
    fields: [...fields, [isTiled ? 324 : 273, 4, offsets], [isTiled ? 325 : 279, 4, lengths]],
  });
}

test('an affordable image is averaged over all its pixels', async () => {
  const read = await reduce(small(), { width: 2, height: 2 });
  // Means of 0 1 10 11 (5.5, rounded up), 2 3 12 13, 20 21 30 31, 22 23 32 33.
  assert.deepEqual(firstBand(read), [6, 8, 26, 28]);
  assert.equal(read.complete, true);
});

test('nodata takes no part in the average', async () => {
  const read = await reduce(small(), { width: 2, height: 2, nodata: [11] });
  assert.deepEqual(firstBand(read), [4, 8, 26, 28]);
});

test('categories are picked, not averaged', async () => {
  const read = await reduce(small(), { width: 2, height: 2, resampling: 'nearest' });
  assert.deepEqual(firstBand(read), [11, 13, 31, 33]);
  assert.equal(read.complete, false);
});

test('unreduced, every pixel is read whatever the resampling', async () => {
  for (const resampling of ['average', 'nearest'] as const) {
    const read = await reduce(small(), { width: 4, height: 4, resampling });
    assert.deepEqual(firstBand(read), [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33]);
    assert.equal(read.complete, true);
  }
});

test('pixels under an alpha of 0 are masked, in averages and in samples', async () => {
  const grayAlpha = makeTiff({
    width: 4,
    height: 1,
    blocks: [Uint8Array.of(100, 255, 50, 0, 7, 0, 9, 0)],
    fields: [
      [258, 3, [8, 8]],
      [277, 3, [2]],
      [338, 3, [2]],
    ],
  });
  const options = { width: 2, height: 1, bands: [1, 2], nodata: [null, null], alphaBand: 2 };
  const averaged = await reduce(grayAlpha, options);
  assert.deepEqual([averaged.raster.bands[0]![0], averaged.raster.mask], [100, Uint8Array.of(255, 0)]);
  const sampled = await reduce(grayAlpha, { ...options, resampling: 'nearest' });
  assert.deepEqual([sampled.raster.bands[0]![0], sampled.raster.mask], [50, Uint8Array.of(0, 0)]);
});

test('a mask of the same size decides what counts', async () => {
  const mask = makeTiff({
    width: 4,
    height: 4,
    blocks: [Uint8Array.of(0b1000_0000, 0, 0, 0b0011_0000)],
    fields: [[258, 3, [1]]],
  });
  const averaged = await reduce(small(), { width: 2, height: 2, mask: await open(mask) });
  assert.deepEqual([...averaged.raster.mask!], [255, 0, 0, 255]);
  assert.deepEqual([averaged.raster.bands[0]![0], averaged.raster.bands[0]![3]], [0, 33]);
  const sampled = await reduce(small(), { width: 4, height: 4, mask: await open(mask), resampling: 'nearest' });
  assert.deepEqual([...sampled.raster.mask!].map(Boolean).indexOf(true), 0);
});

test('100,000 x 100,000 pixels in strips: one strip is read for each row of the picture', async () => {
  const row = Uint8Array.from({ length: SIDE }, (_, col) => Math.floor(col / 1000));
  const tiff = repetitive(SIDE, deflateSync(row), [[278, 4, [1]]]);
  const read = await reduce(tiff, { width: 100, height: 50, budget: { blocks: 50, decodedBytes: 50 * SIDE } });
  assert.equal(read.complete, false);
  assert.deepEqual([read.raster.width, read.raster.height], [100, 50]);
  assert.deepEqual(
    firstBand(read).slice(-100),
    Array.from({ length: 100 }, (_, col) => col),
  );
});

test('100,000 x 100,000 pixels in tiles: the picture is smaller than asked for, within the budget', async () => {
  const across = Math.ceil(SIDE / 256);
  const tiff = repetitive(across * across, deflateSync(new Uint8Array(256 * 256).fill(7)), [
    [322, 3, [256]],
    [323, 3, [256]],
  ]);
  const read = await reduce(tiff, { width: 512, height: 512, budget: { blocks: 400, decodedBytes: 2 ** 30 } });
  assert.equal(read.complete, false);
  assert.ok(read.raster.width <= 20 && read.raster.width >= 16, `${read.raster.width} columns`);
  assert.ok(firstBand(read).every((value) => value === 7));
  await assert.rejects(reduce(tiff, { width: 512, height: 512, budget: { blocks: 100, decodedBytes: 2 ** 30 } }), {
    code: 'geotiff/too-expensive',
    message: /big\.tif is 100000x100000 pixels .* Add overviews/,
  });
});

test('pictures are not larger than the image', async () => {
  await assert.rejects(reduce(small(), { width: 5, height: 4 }), RangeError);
});

test('an aborted read ends with the reason given', async () => {
  const reason = new Error('no longer wanted');
  const signal = AbortSignal.abort(reason);
  await assert.rejects(reduce(small(), { width: 2, height: 2, signal }), reason);
});
