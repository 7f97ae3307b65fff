import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Crs, RasterLayout, RasterProfile } from '@inlay/geo';
import { type BuildOptions, type OpenedRaster, planBuild, replaceVrtFile, writeBuild } from '@inlay/cli';
import { temporaryFolder } from './screen.ts';

const never = new AbortController().signal;
const mosaic: BuildOptions = { kind: 'mosaic', resolutionStrategy: 'finest', skipIncompatible: false };
const tolerant: BuildOptions = { ...mosaic, skipIncompatible: true };

function utm(zone: number): Crs {
  return {
    code: `EPSG:${32600 + zone}`,
    name: `WGS 84 / UTM zone ${zone}N`,
    kind: 'projected',
    wkt: `PROJCS["WGS 84 / UTM zone ${zone}N"]`,
    proj4: `+proj=utm +zone=${zone} +datum=WGS84`,
    unit: { name: 'metre', factor: 1 },
    axisMapping: '1,2',
    parametersKey: `utm ${zone}`,
  };
}

function layout(): RasterLayout {
  return {
    bands: [
      {
        dataType: 'Byte',
        nbits: null,
        blockWidth: 10,
        blockHeight: 10,
        nodata: null,
        colorInterp: 'Gray',
        colorTable: null,
        scale: null,
        offset: null,
        unit: null,
        description: null,
        categories: null,
        metadata: {},
        maskFlags: 1,
      },
    ],
    mask: null,
    overviews: [],
    storage: { bigTiff: false, tiled: true, interleave: 'BAND', compression: null, predictor: 1, sparse: false },
    metadata: {},
    areaOrPoint: 'Area',
  };
}

/** 10 x 10 pixels of 1 m, the left edge at `x`. */
function raster(path: string, x: number, changes: Partial<RasterProfile> = {}): OpenedRaster {
  const profile: RasterProfile = {
    width: 10,
    height: 10,
    affine: [1, 0, x, 0, -1, 10],
    georeference: 'affine',
    crs: utm(32),
    layout: layout(),
    statistics: [null],
    ...changes,
  };
  return { path, label: path.slice(path.lastIndexOf('/') + 1), profile, warnings: [] };
}

test('rasters that fit together make a plan of all of them', () => {
  const { plan, refused, problems } = planBuild([raster('/a.tif', 0), raster('/b.tif', 10)], mosaic);
  assert.deepEqual(plan?.grid, { affine: [1, 0, 0, 0, -1, 10], width: 20, height: 10 });
  assert.deepEqual({ refused, problems }, { refused: [], problems: [] });
});

test('rasters of one product share one variant, although each was read on its own', () => {
  const { plan } = planBuild([raster('/a.tif', 0), raster('/b.tif', 10)], mosaic);
  assert.equal(plan?.bands[0]?.reads.length, 1);
});

test('one that does not fit stops the build, and the reason is told', () => {
  const { plan, refused } = planBuild([raster('/a.tif', 0), raster('/b.tif', 10, { crs: utm(33) })], mosaic);
  assert.equal(plan, null);
  assert.deepEqual(
    refused.map(({ label, reasons }) => [label, reasons.map(({ type }) => type)]),
    [['b.tif', ['crs_mismatch']]],
  );
  assert.match(refused[0]?.reasons[0]?.message ?? '', /EPSG:32633.*EPSG:32632/);
});

test('where that is asked for, what does not fit is left out and told all the same', () => {
  const rasters = [raster('/a.tif', 0), raster('/b.tif', 10, { crs: utm(33) }), raster('/c.tif', 20)];
  const { plan, sources, refused } = planBuild(rasters, tolerant);
  assert.equal(plan?.placements.count, 2);
  assert.deepEqual(
    sources.map(({ label }) => label),
    ['a.tif', 'c.tif'],
  );
  assert.deepEqual(
    refused.map(({ label }) => label),
    ['b.tif'],
  );
});

test('where the first does not fit, the next becomes the reference', () => {
  const rotated = raster('/a.tif', 0, { affine: [1, 0.1, 0, 0, -1, 10], crs: utm(33) });
  const { plan, sources } = planBuild([rotated, raster('/b.tif', 10), raster('/c.tif', 20)], tolerant);
  assert.deepEqual(
    sources.map(({ label }) => label),
    ['b.tif', 'c.tif'],
  );
  assert.equal(plan?.crs?.code, 'EPSG:32632');
});

test('where none fits there is no plan', () => {
  const { plan, refused } = planBuild([raster('/a.tif', 0, { affine: null, georeference: 'none' })], tolerant);
  assert.equal(plan, null);
  assert.equal(refused.length, 1);
});

test('sources are named relative to the VRT, upwards as well and through links', async (t) => {
  const root = temporaryFolder(t);
  for (const folder of ['out', 'in', 'real/deep']) mkdirSync(join(root, folder), { recursive: true });
  symlinkSync(join(root, 'real', 'deep'), join(root, 'linked'));
  for (const file of ['in/a.tif', 'out/b & c.tif']) writeFileSync(join(root, file), '');

  const rasters = [raster(join(root, 'in', 'a.tif'), 0), raster(join(root, 'out', 'b & c.tif'), 10)];
  const { plan } = planBuild(rasters, mosaic);
  assert.ok(plan);
  await writeBuild(join(root, 'out', 'm.vrt'), plan, rasters, never);
  await writeBuild(join(root, 'linked', 'm.vrt'), plan, rasters, never);

  const names = (file: string) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/<SourceFilename relativeToVRT="1">([^<]*)</g)].map(
      ([, name]) => name,
    );
  assert.deepEqual(names('out/m.vrt'), ['../in/a.tif', 'b &amp; c.tif']);
  assert.deepEqual(names('real/deep/m.vrt'), ['../../in/a.tif', '../../out/b &amp; c.tif']);
});

test('a VRT is replaced, anything else is left alone, and nothing partial stays behind', async (t) => {
  const folder = temporaryFolder(t);
  const vrt = join(folder, 'a.vrt');
  await replaceVrtFile(vrt, ['<VRTDataset>', 'one'], never);
  await replaceVrtFile(vrt, ['<VRTDataset>', 'two'], never);
  assert.equal(readFileSync(vrt, 'utf8'), '<VRTDataset>two');

  const tiff = join(folder, 'a.tif');
  writeFileSync(tiff, 'II*\0pixels');
  await assert.rejects(replaceVrtFile(tiff, ['<VRTDataset>'], never), {
    code: 'cli/refused',
    message: /a\.tif exists/,
  });
  assert.equal(readFileSync(tiff, 'utf8'), 'II*\0pixels');

  function* failing(): Generator<string> {
    yield '<VRTDataset>';
    throw new Error('out of names');
  }
  await assert.rejects(replaceVrtFile(vrt, failing(), never), /out of names/);
  assert.equal(readFileSync(vrt, 'utf8'), '<VRTDataset>two');
  assert.deepEqual(readdirSync(folder).sort(), ['a.tif', 'a.vrt']);
});
