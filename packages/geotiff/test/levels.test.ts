import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DataType, Window } from '@inlay/geo';
import { type PixelLevel, cachedLevel, createBlockCache, openLevels, readLevel } from '@inlay/geotiff';
import { type RasterArray, type Samples, allocateSamples } from '@inlay/raster';
import { GDAL_IS_ABSENT } from '@inlay/testing';
import {
  type GdalCase,
  type GdalRasters,
  makeGdalRasters,
  openCase,
  readGdalPixels,
  removeGdalRasters,
} from './gdal-rasters.ts';
import { randomNumbers } from './random-numbers.ts';

const LAYOUTS: Readonly<Record<string, readonly string[]>> = {
  'tiles-pixel': ['TILED=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=16', 'INTERLEAVE=PIXEL'],
  'tiles-band': ['TILED=YES', 'BLOCKXSIZE=16', 'BLOCKYSIZE=32', 'INTERLEAVE=BAND'],
  'strips-pixel': ['BLOCKYSIZE=7', 'INTERLEAVE=PIXEL'],
  'strips-band': ['BLOCKYSIZE=7', 'INTERLEAVE=BAND'],
};

const SIZE = { width: 301, height: 223, overviews: [2, 3, 8] } as const;

const cases: readonly GdalCase[] = [
  ...(['Byte', 'Int16', 'Float32', 'Int64', 'CFloat32'] as const).flatMap((dataType) =>
    Object.entries(LAYOUTS).flatMap(([layout, options]) =>
      (['internal', 'sidecars'] as const).map((place): GdalCase => ({
        ...SIZE,
        name: `${dataType}-${layout}-${place}`,
        bands: 3,
        dataType,
        options: [...options, 'COMPRESS=DEFLATE', 'PREDICTOR=2'].filter(
          (option) => option !== 'PREDICTOR=2' || !dataType.startsWith('C'),
        ),
        mask: true,
        flags: place === 'sidecars' ? ['sidecars'] : [],
      })),
    ),
  ),
  ...[
    ['deflate', 'Byte', ['COMPRESS=DEFLATE', 'PREDICTOR=YES', 'BLOCKSIZE=64']],
    ['lzw', 'UInt16', ['COMPRESS=LZW', 'PREDICTOR=YES', 'BLOCKSIZE=128', 'BIGTIFF=YES']],
    ['zstd', 'Float32', ['COMPRESS=ZSTD', 'PREDICTOR=YES', 'BLOCKSIZE=64']],
    ['lerc', 'Float32', ['COMPRESS=LERC_ZSTD', 'BLOCKSIZE=64']],
    ['jpeg', 'Byte', ['COMPRESS=JPEG', 'BLOCKSIZE=64']],
    ['webp', 'Byte', ['COMPRESS=WEBP', 'BLOCKSIZE=64']],
    ['band', 'Byte', ['COMPRESS=DEFLATE', 'BLOCKSIZE=64', 'INTERLEAVE=BAND']],
  ].map(([name, dataType, cogOptions]): GdalCase => ({
    width: 301,
    height: 223,
    name: `cog-${name as string}`,
    bands: 3,
    dataType: dataType as DataType,
    options: [],
    smooth: true,
    mask: true,
    flags: ['cog'],
    cogOptions: [...(cogOptions as string[]), 'OVERVIEWS=IGNORE_EXISTING', 'RESAMPLING=AVERAGE'],
  })),
];

let gdal: GdalRasters | null = null;

before(async () => {
  gdal = await makeGdalRasters(cases);
});

after(async () => {
  if (gdal !== null) await removeGdalRasters(gdal);
});

test('every level and its mask, whole and in random windows, is what GDAL reads', async (t) => {
  if (gdal === null) return t.skip(GDAL_IS_ABSENT);
  const refusals = new Set<string>();
  const random = randomNumbers(11);
  let levelCount = 0;
  let windowCount = 0;
  for (const { name } of cases) {
    const refusal = gdal.refused[name];
    if (refusal !== undefined) {
      refusals.add(refusal);
      continue;
    }
    const raster = await openCase(gdal, name);
    const { levels, close } = await openLevels(raster);
    const cache = createBlockCache({ maxBytes: 200_000 });
    for (const [index, level] of levels.entries()) {
      const whole = await gdalLevel(
        gdal,
        index === 0 ? name : `${name}-${index}`,
        level,
        raster.profile.layout.bands.length,
      );
      levelCount++;
      for (const window of [
        { colOff: 0, rowOff: 0, width: level.width, height: level.height },
        ...windowsOf(level, random),
      ]) {
        const bands = [1 + Math.floor(random() * 3), 1 + Math.floor(random() * 3)];
        const { raster: read, missingBlocks } = await readLevel(level, window, { bands, cache });
        const what = `${name}, level ${index}, bands ${bands.join()} of ${JSON.stringify(window)}`;
        assertSamePart(read, whole, window, bands, what);
        assert.equal(missingBlocks, 0);
        const again = cachedLevel(level, window, cache, bands);
        if (again !== null) assertSamePart(again, whole, window, bands, what);
        windowCount++;
      }
    }
    await close();
  }
  t.diagnostic(`GDAL ${gdal.version}: ${levelCount} levels in ${windowCount} windows; ${[...refusals].join('; ')}`);
  // GDAL 3.6 writes no planar COGs.
  assert.ok(refusals.size <= 1 && levelCount > 3 * cases.length, `only ${levelCount} levels compared`);
  return undefined;
});

/** A level as GDAL reads it, all bands and the mask. */
async function gdalLevel(
  rasters: GdalRasters,
  file: string,
  level: PixelLevel,
  bandCount: number,
): Promise<RasterArray> {
  const { bands, mask } = await readGdalPixels(rasters, file, true);
  const { dataType } = level.image.format;
  const pixelCount = level.width * level.height;
  return {
    layout: 'band-separate',
    width: level.width,
    height: level.height,
    dataType,
    bands: Array.from({ length: bandCount }, (_, band) => {
      const samples = allocateSamples(dataType, pixelCount);
      const bytes = new Uint8Array(samples.buffer, 0, samples.byteLength);
      bytes.set(bands.subarray(band * bytes.length, (band + 1) * bytes.length));
      return samples;
    }),
    mask: mask === null ? null : new Uint8Array(mask),
  };
}

function windowsOf({ width, height }: PixelLevel, random: () => number): Window[] {
  const within = (limit: number): number => Math.floor(random() * limit);
  return [
    { colOff: width - 1, rowOff: height - 1, width: 1, height: 1 },
    ...Array.from({ length: 6 }, () => {
      const [colOff, rowOff] = [within(width), within(height)];
      return { colOff, rowOff, width: 1 + within(width - colOff), height: 1 + within(height - rowOff) };
    }),
  ];
}

function assertSamePart(
  read: RasterArray,
  whole: RasterArray,
  window: Window,
  bands: readonly number[],
  what: string,
): void {
  const parts = read.dataType.startsWith('C') ? 2 : 1;
  const truth = (flags: Uint8Array): Uint8Array => flags.map((flag) => (flag === 0 ? 0 : 1));
  for (let row = 0; row < window.height; row++) {
    const from = (window.rowOff + row) * whole.width + window.colOff;
    const to = row * window.width;
    for (const [i, band] of bands.entries()) {
      const ours = bytesOf(read.bands[i]!.subarray(to * parts, (to + window.width) * parts));
      const theirs = bytesOf(whole.bands[band - 1]!.subarray(from * parts, (from + window.width) * parts));
      assert.ok(ours.equals(theirs), `row ${row} of ${what}`);
    }
    const ours = bytesOf(truth(read.mask!.subarray(to, to + window.width)));
    const theirs = bytesOf(truth(whole.mask!.subarray(from, from + window.width)));
    assert.ok(ours.equals(theirs), `mask row ${row} of ${what}`);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Samples): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
