import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Affine, BandProfile, ColorInterp } from '@inlay/geo';
import type { GeoTiffRaster } from '@inlay/geotiff';
import { type QuicklookRaster, chooseDisplay, renderQuicklook } from '@inlay/tiler';
import { gray, openSmall, pixelsOf } from './pixels.ts';

/** The raster with other facts about its bands. */
function withBands(raster: GeoTiffRaster, change: (band: BandProfile, bandOffset: number) => BandProfile) {
  const { profile } = raster;
  return { ...raster, profile: { ...profile, layout: { ...profile.layout, bands: profile.layout.bands.map(change) } } };
}

function withAffine(raster: GeoTiffRaster, affine: Affine): QuicklookRaster {
  return { ...raster, profile: { ...raster.profile, affine } };
}

test('bytes that are red, green and blue stay as they are', async () => {
  const raster = await openSmall({ width: 2, height: 1, bands: 3, value: (col, _, band) => 10 * band + col });
  const quicklook = await renderQuicklook(raster);
  assert.deepEqual(await pixelsOf(quicklook.png), [
    [10, 20, 30, 255],
    [11, 21, 31, 255],
  ]);
  assert.deepEqual([quicklook.width, quicklook.height, quicklook.display], [2, 1, 'rgb']);
  assert.deepEqual(quicklook.bands, [1, 2, 3]);
  assert.deepEqual(quicklook.stretch, [
    { lo: 0, hi: 255 },
    { lo: 0, hi: 255 },
    { lo: 0, hi: 255 },
  ]);
});

test('a single band is stretched between its 2nd and 98th percentile', async () => {
  const raster = await openSmall({ width: 100, height: 1, dataType: 'UInt16', value: (col) => 1001 + col });
  const quicklook = await renderQuicklook(raster);
  assert.deepEqual(quicklook.stretch, [{ lo: 1002, hi: 1098 }]);
  const pixels = await pixelsOf(quicklook.png);
  assert.deepEqual(
    [pixels[0]![0], pixels[1]![0], pixels[49]![0], pixels[97]![0], pixels[99]![0]],
    [0, 0, 128, 255, 255],
  );
});

test('statistics are exact where every pixel was read, and approximate where the picture is reduced', async () => {
  const raster = await openSmall({ width: 4, height: 1, bands: 2, value: (col, _, band) => band * col });
  const exact = await renderQuicklook(raster);
  assert.deepEqual(exact.statistics, [
    { minimum: 0, maximum: 3, mean: 1.5, stddev: Math.sqrt(1.25), validPercent: 100, approximate: false },
    { minimum: 0, maximum: 6, mean: 3, stddev: Math.sqrt(5), validPercent: 100, approximate: false },
  ]);
  const reduced = await renderQuicklook(raster, { size: 2 });
  assert.deepEqual([reduced.width, reduced.height, reduced.statistics[0]!.approximate], [2, 1, true]);
});

test('nodata, NaN and infinities are transparent', async () => {
  const values = [-9999, 1, Number.NaN, 2, Infinity, 3];
  const raster = await openSmall({
    width: 6,
    height: 1,
    dataType: 'Float32',
    nodata: -9999,
    value: (col) => values[col]!,
  });
  const { png, statistics } = await renderQuicklook(raster);
  assert.deepEqual(await pixelsOf(png), gray([null, 0, null, 128, null, 255]));
  assert.equal(statistics[0]!.validPercent, 50);
});

test('in colour a pixel is transparent only where all three bands have nodata', async () => {
  const raster = await openSmall({
    width: 2,
    height: 1,
    bands: 3,
    nodata: 0,
    value: (col, _, band) => (col === 0 || band === 1 ? 0 : 50),
  });
  assert.deepEqual(await pixelsOf((await renderQuicklook(raster)).png), [
    [0, 0, 0, 0],
    [0, 50, 50, 255],
  ]);
});

test('a raster without a valid pixel is wholly transparent and has no statistics', async () => {
  const raster = await openSmall({ width: 2, height: 2, nodata: 5, value: () => 5 });
  const { png, statistics } = await renderQuicklook(raster);
  assert.deepEqual(await pixelsOf(png), gray([null, null, null, null]));
  assert.deepEqual(statistics, [null]);
});

test('a constant raster is gray, neither black nor white', async () => {
  const raster = await openSmall({ width: 2, height: 1, dataType: 'Float32', value: () => -3.5 });
  assert.deepEqual(await pixelsOf((await renderQuicklook(raster)).png), gray([128, 128]));
});

test('where nearly all pixels are equal, the stretch runs to the extremes', async () => {
  const raster = await openSmall({ width: 100, height: 1, value: (col) => (col === 50 ? 9 : 1) });
  assert.deepEqual((await renderQuicklook(raster)).stretch, [{ lo: 1, hi: 9 }]);
});

test('north is up: south-up rasters are turned over, mirrored ones turned round, rotated ones left', async () => {
  const raster = await openSmall({ width: 2, height: 2, bands: 3, value: (col, row) => 10 * row + col });
  const firstOf = async (affine: Affine): Promise<number[]> =>
    (await pixelsOf((await renderQuicklook(withAffine(raster, affine))).png)).map(([red]) => red);
  assert.deepEqual(await firstOf([1, 0, 0, 0, -1, 0]), [0, 1, 10, 11]);
  assert.deepEqual(await firstOf([1, 0, 0, 0, 1, 0]), [10, 11, 0, 1]);
  assert.deepEqual(await firstOf([-1, 0, 0, 0, -1, 0]), [1, 0, 11, 10]);
  assert.deepEqual(await firstOf([0.8, 0.6, 0, -0.6, 0.8, 0]), [0, 1, 10, 11]);
});

test('an alpha band is opacity, not a colour, and what it hides is in no average', async () => {
  const alphas = [255, 255, 0, 128];
  const raster = withBands(
    await openSmall({ width: 4, height: 1, bands: 4, value: (col, _, band) => (band === 4 ? alphas[col]! : 10 * col) }),
    (band, bandOffset) => (bandOffset === 3 ? { ...band, colorInterp: 'Alpha' } : band),
  );
  assert.deepEqual(await pixelsOf((await renderQuicklook(raster)).png), [
    [0, 0, 0, 255],
    [10, 10, 10, 255],
    [0, 0, 0, 0],
    [30, 30, 30, 128],
  ]);
  assert.deepEqual(await pixelsOf((await renderQuicklook(raster, { size: 2 })).png), [
    [5, 5, 5, 255],
    [30, 30, 30, 128],
  ]);
});

test('a mask hides pixels, also where it is larger than the level that is read', async () => {
  const raster = await openSmall({ width: 4, height: 2, bands: 3, value: () => 200 });
  const mask = await openSmall({ width: 4, height: 2, value: (col) => (col < 2 ? 255 : 0) });
  const masked = { ...raster, images: { ...raster.images, mask: mask.images.full } };
  assert.deepEqual(
    (await pixelsOf((await renderQuicklook(masked)).png)).map(([, , , alpha]) => alpha),
    [255, 255, 0, 0, 255, 255, 0, 0],
  );
  const overview = await openSmall({ width: 2, height: 1, bands: 3, value: () => 100 });
  const withOverview = { ...masked, images: { ...masked.images, overviews: [overview.images.full] } };
  assert.deepEqual(await pixelsOf((await renderQuicklook(withOverview, { size: 2 })).png), [
    [100, 100, 100, 255],
    [0, 0, 0, 0],
  ]);
});

test('the smallest overview that is large enough is read', async () => {
  const level = async (width: number, value: number) =>
    (await openSmall({ width, height: width / 2, bands: 3, value: () => value })).images.full;
  const raster = await openSmall({ width: 32, height: 16, bands: 3, value: () => 1 });
  const images = { ...raster.images, overviews: [await level(16, 2), await level(8, 3), await level(4, 4)] };
  const shown = async (size: number): Promise<number[]> => {
    const quicklook = await renderQuicklook({ ...raster, images }, { size });
    return [quicklook.width, quicklook.height, (await pixelsOf(quicklook.png))[0]![0]];
  };
  assert.deepEqual(await shown(8), [8, 4, 3]);
  assert.deepEqual(await shown(7), [7, 4, 3]);
  assert.deepEqual(await shown(9), [9, 5, 2]);
  assert.deepEqual(await shown(100), [32, 16, 1]);
});

test('a palette is shown in its colours, and never averaged', async () => {
  const colorTable = [
    [255, 0, 0, 255],
    [0, 255, 0, 255],
    [0, 0, 255, 0],
  ] as const;
  const raster = withBands(await openSmall({ width: 4, height: 1, value: (col) => [0, 1, 1, 2][col]! }), (band) => ({
    ...band,
    colorInterp: 'Palette',
    colorTable,
  }));
  const quicklook = await renderQuicklook(raster);
  assert.deepEqual(await pixelsOf(quicklook.png), [
    [255, 0, 0, 255],
    [0, 255, 0, 255],
    [0, 255, 0, 255],
    [0, 0, 255, 0],
  ]);
  assert.deepEqual([quicklook.display, quicklook.bands, quicklook.stretch.length], ['palette', [1], 3]);
  const reduced = await renderQuicklook(raster, { size: 1 });
  assert.deepEqual(await pixelsOf(reduced.png), [[0, 255, 0, 255]]);
});

test('an aborted quicklook ends with the reason given', async () => {
  const raster = await openSmall({ width: 2, height: 2 });
  const reason = new Error('no longer wanted');
  await assert.rejects(renderQuicklook(raster, { signal: AbortSignal.abort(reason) }), reason);
});

test('what is shown: named colours in their order, else the first three bands, else the first; never alpha', () => {
  const bands = (...colors: ColorInterp[]): BandProfile[] => colors.map(plainBand);
  assert.deepEqual(chooseDisplay(bands('Blue', 'Green', 'Red', 'NIR')), {
    kind: 'rgb',
    bands: [3, 2, 1],
    isColor: true,
  });
  assert.deepEqual(chooseDisplay(bands('Gray', 'Undefined', 'Undefined')), {
    kind: 'rgb',
    bands: [1, 2, 3],
    isColor: false,
  });
  assert.deepEqual(chooseDisplay(bands('Alpha', 'Gray', 'Undefined')), { kind: 'gray', bands: [2] });
  assert.deepEqual(chooseDisplay(bands('Gray', 'Alpha')), { kind: 'gray', bands: [1] });
});

function plainBand(colorInterp: ColorInterp): BandProfile {
  return {
    dataType: 'Byte',
    nbits: null,
    blockWidth: 1,
    blockHeight: 1,
    nodata: null,
    colorInterp,
    colorTable: null,
    scale: null,
    offset: null,
    unit: null,
    description: null,
    categories: null,
    metadata: {},
    maskFlags: 1,
  };
}
