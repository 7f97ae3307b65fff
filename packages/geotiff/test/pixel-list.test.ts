import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import {
  type LevelRead,
  type PixelLevel,
  type PixelList,
  createBlockCache,
  memorySource,
  openLevels,
  openRaster,
  readLevel,
  readLevelPixels,
  singleFile,
} from '@inlay/geotiff';
import { GDAL_IS_ABSENT } from '@inlay/testing';
import { type GdalCase, type GdalRasters, makeGdalRasters, openCase, removeGdalRasters } from './gdal-rasters.ts';
import { makeTiff } from './make-tiff.ts';
import { randomNumbers } from './random-numbers.ts';

// What windows of levels are is held against GDAL in levels.test.ts; here, single pixels against windows.

const cases: readonly GdalCase[] = (
  [
    ['Byte', ['TILED=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=16', 'INTERLEAVE=PIXEL']],
    ['Int16', ['TILED=YES', 'BLOCKXSIZE=16', 'BLOCKYSIZE=32', 'INTERLEAVE=BAND']],
    ['Int64', ['BLOCKYSIZE=7', 'INTERLEAVE=PIXEL']],
    ['CFloat32', ['BLOCKYSIZE=7', 'INTERLEAVE=BAND']],
  ] as const
).flatMap(([dataType, options]) =>
  (['internal', 'sidecars'] as const).map((place): GdalCase => ({
    name: `${dataType}-${place}`,
    width: 301,
    height: 223,
    overviews: [2, 3, 8],
    bands: 3,
    dataType,
    options: [...options, 'COMPRESS=DEFLATE'],
    mask: true,
    flags: place === 'sidecars' ? ['sidecars'] : [],
  })),
);

let gdal: GdalRasters | null = null;

before(async () => {
  gdal = await makeGdalRasters(cases);
});

after(async () => {
  if (gdal !== null) await removeGdalRasters(gdal);
});

const PIXELS = 300;

test('single pixels of every level are those of its windows, with the mask, planar or not', async (t) => {
  if (gdal === null) return t.skip(GDAL_IS_ABSENT);
  const random = randomNumbers(5);
  let [compared, masked] = [0, 0];
  for (const { name, dataType } of cases) {
    if (gdal.refused[name] !== undefined) continue;
    const { levels, close } = await openLevels(await openCase(gdal, name));
    const cache = createBlockCache({ maxBytes: 200_000 });
    const parts = dataType.startsWith('C') ? 2 : 1;
    for (const [index, level] of levels.entries()) {
      const { width, height } = level;
      const pick = (length: number) => Int32Array.from({ length: PIXELS }, () => Math.floor(random() * length));
      const list: PixelList = { cols: pick(width), rows: pick(height) };
      const bands = [3, 1];
      const { raster: whole } = await readLevel(level, { colOff: 0, rowOff: 0, width, height }, { bands, cache });
      const { raster } = await readLevelPixels(level, list, { bands, cache });
      if (whole.mask?.includes(0)) masked += 1;
      const at = Array.from(list.cols, (col, i) => list.rows[i]! * width + col);
      const what = `${name}, level ${index}`;
      assert.deepEqual([raster.width, raster.height, raster.dataType], [PIXELS, 1, dataType], what);
      for (const [band, samples] of raster.bands.entries()) {
        const expected = at.flatMap((pixel) =>
          Array.from({ length: parts }, (_, part) => whole.bands[band]![pixel * parts + part]),
        );
        assert.deepEqual(Array.from<number | bigint>(samples), expected, `${what}, band ${bands[band]}`);
      }
      const isValid = (value: number | undefined): boolean => value !== 0;
      assert.deepEqual(
        Array.from(raster.mask!, isValid),
        at.map((pixel) => isValid(whole.mask![pixel])),
        what,
      );
      compared += 1;
    }
    await close();
  }
  assert.ok(compared > 3 * (cases.length - 2), `only ${compared} levels compared`);
  assert.ok(masked >= cases.length - 2, `masks of only ${masked} levels leave anything out`);
  return undefined;
});

/** A strip of two rows of 8 pixels of one value. */
function strip(value: number, isBroken = false): Uint8Array {
  const block = new Uint8Array(deflateSync(new Uint8Array(16).fill(value)));
  if (isBroken) block[2] = 0xff;
  return block;
}

async function open(bytes: Uint8Array): Promise<PixelLevel> {
  return (await openLevels(await openRaster(singleFile(memorySource('a.tif', bytes))))).levels[0];
}

/** The first pixel of each of three strips, and one more of the second. */
const LIST: PixelList = { cols: Int32Array.of(0, 0, 0, 5), rows: Int32Array.of(0, 2, 4, 3) };

function summary({ raster }: LevelRead): { readonly bands: number[][]; readonly mask: number[] | null } {
  const { bands, mask } = raster;
  return { bands: bands.map((band) => Array.from(band, Number)), mask: mask && [...mask] };
}

test('pixels of a damaged block are an error, or left out, and the others are there', async () => {
  const blocks = [strip(1), strip(2, true), strip(3)];
  const level = await open(makeTiff({ width: 8, height: 6, blocks, compression: 8, fields: [[278, 4, [2]]] }));
  await assert.rejects(readLevelPixels(level, LIST, { bands: [1] }), {
    code: 'geotiff/damaged-block',
    message: /^a\.tif: strip 1 is damaged/,
  });
  const read = await readLevelPixels(level, LIST, { bands: [1], damage: 'transparent' });
  assert.deepEqual(summary(read), { bands: [[1, 0, 3, 0]], mask: [255, 0, 255, 0] });
  assert.deepEqual([read.missingBlocks, read.firstProblem?.code], [1, 'geotiff/damaged-block']);
  const elsewhere: PixelList = { cols: Int32Array.of(7, 1), rows: Int32Array.of(5, 0) };
  const whole = await readLevelPixels(level, elsewhere, { bands: [1], damage: 'transparent' });
  assert.deepEqual(summary(whole), { bands: [[3, 1]], mask: null });
  assert.equal(whole.missingBlocks, 0);
});

test('in a planar file, a damaged block counts for who asks for its band, and for nobody else', async () => {
  // Two planes of three strips; of the second plane, the second strip is broken.
  const blocks = [strip(1), strip(2), strip(3), strip(11), strip(12, true), strip(13)];
  const fields = [
    [258, 3, [8, 8]],
    [277, 3, [2]],
    [278, 4, [2]],
    [284, 3, [2]],
    [338, 3, [0]],
  ] as const;
  const level = await open(makeTiff({ width: 8, height: 6, blocks, compression: 8, fields }));
  const first = await readLevelPixels(level, LIST, { bands: [1] });
  assert.deepEqual(summary(first), { bands: [[1, 2, 3, 2]], mask: null });
  const both = await readLevelPixels(level, LIST, { bands: [2, 1], damage: 'transparent' });
  assert.deepEqual(summary(both), {
    bands: [
      [11, 0, 13, 0],
      [1, 2, 3, 2],
    ],
    mask: [255, 0, 255, 0],
  });
  assert.equal(both.missingBlocks, 1);
});

test('a pixel outside of the level is refused', async () => {
  const level = await open(makeTiff({ width: 8, height: 2, blocks: [strip(1)], compression: 8 }));
  const outside: PixelList = { cols: Int32Array.of(0, 8), rows: Int32Array.of(0, 0) };
  await assert.rejects(readLevelPixels(level, outside, { bands: [1] }), new RangeError('column 8 of 8'));
});
