import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bboxOfGrid, type PixelGrid, resolution } from '@inlay/geo';
import { GDAL_IS_ABSENT, type Gdal } from '@inlay/testing';
import { placeWarped, profileWarper, suggestGrid, warpedVrt } from '@inlay/vrt';
import { Oracle } from './oracle.ts';
import {
  assertSamePixels,
  buildWarpedMosaic,
  countDifferences,
  crsOf,
  gdalwarp,
  gdalwarpSuggestion,
  placed,
  suggested,
  windowsOf,
  zone,
} from './warp-oracle.ts';

const DATA = fileURLToPath(new URL('../../../../shared/data/rasterio-cc0/', import.meta.url));

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

function needOracle(t: TestContext): Oracle | null {
  if (oracle === null) t.skip(GDAL_IS_ABSENT);
  return oracle;
}

function realFiles(t: TestContext, ...names: readonly string[]): string[] | null {
  if (existsSync(DATA)) return names.map((name) => `${DATA}${name}`);
  t.skip('needs the test images of ../shared/data beside the repository');
  return null;
}

/** Two rasters of zones that meet, as files. */
async function twoZones(gdal: Oracle, name: string): Promise<string[]> {
  return [await gdal.raster(`${name}-32`, zone(32632)), await gdal.raster(`${name}-33`, zone(32633))];
}

describe('a mosaic of warped sources has the pixels that gdalwarp -et 0 writes', () => {
  for (const code of ['EPSG:3857', 'EPSG:4326', 'EPSG:32617', 'EPSG:32618']) {
    it(`for a Landsat scene in four pieces, whose CRS has no code, in ${code}`, async (t) => {
      const gdal = needOracle(t);
      const files = realFiles(t, 'rgb1.tif', 'rgb2.tif', 'rgb3.tif', 'rgb4.tif');
      if (gdal === null || files === null) return;
      await assertSamePixels(gdal, files, { target: await suggested(gdal, files, code) });
    });

    it(`for a scene with nodata below one with a mask in ${code}`, async (t) => {
      const gdal = needOracle(t);
      const files = realFiles(t, 'RGB.byte.tif', 'RGB2.byte.tif');
      if (gdal === null || files === null) return;
      const target = await suggested(gdal, files.slice(0, 1), code);
      // Else gdalwarp would make 1 of every valid 0 in the second scene, since 0 is nodata in the first.
      await assertSamePixels(gdal, files, { target }, ['-dstnodata', 'none']);
    });
  }

  it('for pictures of the whole Earth, which reach beyond the projection', async (t) => {
    const gdal = needOracle(t);
    const files = realFiles(t, 'world.rgb.tif', 'world.rgb.tif');
    if (gdal === null || files === null) return;
    const grid: PixelGrid = { affine: [80_000, 0, -20_000_000, 0, -80_000, 16_000_000], width: 500, height: 400 };
    const { plan } = await assertSamePixels(gdal, files, { target: { grid, crs: await crsOf(gdal, 'EPSG:3857') } });
    assert.deepEqual(windowsOf(plan, 0), [[0, 0, 500, 400]]);
  });

  it('where each warped source is a file of its own', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = await twoZones(gdal, 'files');
    await assertSamePixels(gdal, files, { target: await suggested(gdal, files, 'EPSG:4326'), asFiles: true });
  });

  it('for two zones that meet at the antimeridian', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = [
      await gdal.raster('zone-60', zone(32632, { crs: 'EPSG:32660' })),
      await gdal.raster('zone-1', zone(32633, { crs: 'EPSG:32601' })),
    ];
    const target = await suggested(gdal, files, 'EPSG:4326');
    const [west, , east] = bboxOfGrid(target.grid);
    assert.ok(west > 179.9 && east < 180.2, `${west}..${east}`);
    await assertSamePixels(gdal, files, { target });
  });

  it('for a source that lies at both ends of a grid around the Earth', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const across = { crs: 'EPSG:32660', geoTransform: [690_000, 1000, 0, 5_000_000, 0, -1000] };
    const files = [
      await gdal.raster('across', zone(32632, across)),
      await gdal.raster('across-2', zone(32632, across)),
    ];
    const grid: PixelGrid = { affine: [0.02, 0, -180, 0, -0.02, 45.5], width: 18_000, height: 70 };
    const ours = await assertSamePixels(gdal, files, { target: { grid, crs: await crsOf(gdal, 'EPSG:4326') } });
    // From 179.39 to 180.56 degrees east, and a pixel on each side.
    assert.deepEqual(
      windowsOf(ours.plan, 0).map(([colOff, , width]) => [colOff, width]),
      [
        [0, 29],
        [17_968, 32],
      ],
    );
  });

  it('for longitudes of 0 to 360', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = [170, 200].map(async (x) =>
      gdal.raster(`east-${x}`, {
        width: 60,
        height: 40,
        geoTransform: [x, 0.5, 0, 50, 0, -0.5],
        crs: 'EPSG:4326',
        bands: [{ dataType: 'Byte' }],
        seed: x,
      }),
    );
    const paths = await Promise.all(files);
    const grid: PixelGrid = { affine: [40_000, 0, -2_000_000, 0, -40_000, 6_000_000], width: 150, height: 90 };
    await assertSamePixels(gdal, paths, { target: { grid, crs: await crsOf(gdal, 'EPSG:32601') } });
  });

  it('for a datum that PROJ knows shift grids for', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = [
      await gdal.raster('nad27', zone(32632, { crs: 'EPSG:26712' })),
      await gdal.raster('nad83', zone(32633, { crs: 'EPSG:26912' })),
    ];
    await assertSamePixels(gdal, files, { target: await suggested(gdal, files, 'EPSG:4326') });
  });

  it('for a source around the pole', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const polar = { crs: 'EPSG:3413', geoTransform: [-450_000, 10_000, 0, 350_000, 0, -10_000] };
    const files = [await gdal.raster('polar', zone(32632, polar)), await gdal.raster('polar-2', zone(32633, polar))];
    const grid: PixelGrid = { affine: [1, 0, -180, 0, -0.25, 90], width: 360, height: 40 };
    await assertSamePixels(gdal, files, { target: { grid, crs: await crsOf(gdal, 'EPSG:4326') } });
  });

  it('from the level that gdalwarp chooses, where the target is coarser than the source', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const spec = { width: 512, height: 512, overviews: [2, 4, 8], options: ['TILED=YES'] };
    const files = [
      await gdal.raster('levels-32', zone(32632, spec)),
      await gdal.raster('levels-33', zone(32633, spec)),
    ];
    const { grid, crs } = await suggested(gdal, files, 'EPSG:3857');
    for (const [factor, level] of [
      [1, null],
      [1.5, null],
      [2.05, 0],
      [5, 1],
      [20, 2],
    ] as const) {
      const [x, , left, , y, top] = grid.affine;
      const coarse: PixelGrid = {
        affine: [x * factor, 0, left, 0, y * factor, top],
        width: Math.floor(grid.width / factor),
        height: Math.floor(grid.height / factor),
      };
      const target = { grid: coarse, crs };
      const [profile] = await gdal.profiles(files);
      assert.ok(profile);
      assert.equal(placeWarped(placed(profile), target)?.overviewLevel, level);
      await assertSamePixels(gdal, files, { target });
    }
  });

  for (const resampling of ['bilinear', 'cubic', 'average'] as const) {
    it(`with ${resampling} resampling of bytes`, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const files = await twoZones(gdal, resampling);
      const target = await suggested(gdal, files, 'EPSG:4326');
      const ours = await buildWarpedMosaic(gdal, files, { target, resampling });
      // GDAL 3.6 scales its kernels by the block that it works on, a warped VRT's or a whole file.
      const theirs = await gdalwarp(gdal, gdal.newest, files, { target, resampling });
      const [our, their] = [await gdal.newest.values(ours.path, 1), await gdal.newest.values(theirs, 1)];
      const isNew = Number(gdal.newest.version.split('.')[1]) >= 13;
      if (isNew) assert.equal(countDifferences(our, their), 0);
      else assert.ok(our.every((value, index) => Math.abs(Number(value) - Number(their[index])) <= 15));
    });
  }
});

describe('a mosaic of warped sources', () => {
  it('is valid where gdalwarp says that sources are', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = [
      await gdal.raster('valid-32', zone(32632, { mask: 'internal' })),
      await gdal.raster('valid-33', zone(32633)),
    ];
    for (const code of ['EPSG:32633', 'EPSG:4326']) {
      const target = await suggested(gdal, files, code);
      const ours = await buildWarpedMosaic(gdal, files, { target });
      for (const reader of [gdal.newest, gdal.system]) {
        const theirs = await gdalwarp(gdal, reader, files, { target }, ['-dstalpha']);
        const mask = await reader.values(ours.path, 1, { mask: true });
        assert.equal(countDifferences(mask, await reader.values(theirs, 2)), 0);
      }
    }
  });

  it('has the same pixels in windows as in whole', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const spec = { width: 700, height: 500, geoTransform: [733_000, 10, 3, 4_991_000, 2, -10] };
    const files = [await gdal.raster('windows-32', zone(32632, spec)), await gdal.raster('windows-33', zone(32633))];
    for (const resampling of ['nearest', 'cubic'] as const) {
      const target = await suggested(gdal, files, 'EPSG:4326');
      const { grid } = target;
      const { path } = await buildWarpedMosaic(gdal, files, { target, resampling });
      const readers: readonly Gdal[] = [gdal.newest, gdal.system];
      for (const reader of readers) {
        const whole = await reader.values(path, 1);
        for (const window of [
          [0, 0, 64, 64],
          [500, 120, 33, 17],
          [grid.width - 50, grid.height - 40, 50, 40],
        ] as const) {
          const [col, row, width, height] = window;
          const rows = Array.from({ length: height }, (_, down) => (row + down) * grid.width + col);
          const expected = rows.flatMap((start) => whole.slice(start, start + width));
          assert.deepEqual(await reader.values(path, 1, { window }), expected);
        }
      }
    }
  });

  it('opens and reads with 500 sources', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const spec = (index: number) => ({
      width: 20,
      height: 20,
      geoTransform: [300_000 + 2000 * (index % 25), 100, 0, 5_000_000 - 2000 * Math.floor(index / 25), 0, -100],
      seed: index,
    });
    const files: string[] = [];
    for (let index = 0; index < 500; index += 1)
      files.push(await gdal.raster(`one-of-${index}`, zone(32633, spec(index))));
    const target = await suggested(gdal, files, 'EPSG:32632');
    const { path } = await buildWarpedMosaic(gdal, files, { target });
    const readers: readonly Gdal[] = [gdal.newest, gdal.system];
    const windows = [0, 100, 200, 300, 400].map((col) => [col, 40, 64, 64]);
    const pixels: (number | string)[][] = [];
    for (const reader of readers) {
      const start = performance.now();
      const read: (number | string)[] = [];
      for (const window of windows) read.push(...(await reader.values(path, 1, { window })));
      const milliseconds = performance.now() - start;
      t.diagnostic(`opened and read in 5 windows by GDAL ${reader.version}: ${Math.round(milliseconds)} ms`);
      assert.ok(milliseconds < 30_000);
      pixels.push(read);
    }
    assert.deepEqual(pixels[0], pixels[1]);
  });
});

describe('a warped source', () => {
  it('has the overviews that its profile says', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const spec = { width: 791, height: 718, overviews: [2, 4, 8] };
    const file = await gdal.raster('overviews', zone(32632, spec));
    const [profile] = await gdal.profiles([file]);
    assert.ok(profile);
    const target = await suggested(gdal, [file], 'EPSG:4326');
    const { layout } = profileWarper(target)(profile, null);
    const path = gdal.newPath('ours');
    await writeFile(path, warpedVrt(placed(profile), file, target, { resampling: 'nearest', overviewLevel: null }));
    for (const reader of [gdal.newest, gdal.system]) {
      const { bands } = await reader.describe(path, false);
      assert.deepEqual(
        bands[0]?.overviews,
        layout.overviews.map(({ width, height }) => [width, height]),
      );
    }
  });
});

describe('a suggested grid', () => {
  const places: readonly (readonly [string, Parameters<typeof zone>[1]])[] = [
    ['north-up', {}],
    ['rotated', { geoTransform: [733_000, 95, 21, 4_990_000, 23, -97] }],
    ['south-up', { geoTransform: [733_000, 100, 0, 4_984_000, 0, 100] }],
    ['of degrees', { geoTransform: [11, 0.001, 0, 45, 0, -0.001], crs: 'EPSG:4326' }],
    ['of long pixels', { geoTransform: [11, 0.002, 0, 45, 0, -0.001], crs: 'EPSG:4326' }],
    ['of a large part of the Earth', { geoTransform: [-90, 1, 0, 35, 0, -1], crs: 'EPSG:4326' }],
  ];
  for (const [name, spec] of places) {
    for (const code of ['EPSG:3857', 'EPSG:3035', 'EPSG:4258']) {
      it(`for a raster ${name} is gdalwarp's in ${code}, to a thousandth of a pixel's side and a pixel`, async (t) => {
        const gdal = needOracle(t);
        if (gdal === null) return;
        const file = await gdal.raster(`suggest ${name}`, zone(32632, spec));
        const [profile] = await gdal.profiles([file]);
        assert.ok(profile);
        const crs = await crsOf(gdal, code);
        const { grid } = suggestGrid([placed(profile)], crs, 'finest');
        assert.ok(grid);
        const theirs = await gdalwarpSuggestion(gdal, file, code);
        const [ourSide] = resolution(grid.affine);
        const [theirSide] = resolution(theirs.affine);
        assert.ok(Math.abs(ourSide / theirSide - 1) < 1e-3, `${ourSide} is not ${theirSide}`);
        const [our, their] = [bboxOfGrid(grid), bboxOfGrid(theirs)];
        for (const [index, edge] of our.entries()) {
          const pixels = Math.abs(edge - (their[index] ?? NaN)) / theirSide;
          assert.ok(pixels <= 1.5, `edge ${index} is ${pixels} pixels off`);
        }
      });
    }
  }
});
