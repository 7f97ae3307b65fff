import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { BBox } from '@inlay/geo';
import { type BandSpec, type Gdal, GDAL_IS_ABSENT, type RasterSpec } from '@inlay/testing';
import {
  chunkPlan,
  planBandStack,
  planMosaic,
  type PlanOptions,
  type VrtPlan,
  writeChunkedVrt,
  writeVrt,
} from '@inlay/vrt';
import { Oracle } from './oracle.ts';
import { countDifferences, crsOf, gdalwarp, zone } from './warp-oracle.ts';

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

interface Example {
  readonly files: readonly string[];
  readonly code: string;
  readonly options?: Partial<PlanOptions>;
  /** For gdalwarp. */
  readonly args?: readonly string[];
}

async function planned(gdal: Oracle, { files, code, options = {} }: Example): Promise<VrtPlan> {
  const sources = (await gdal.profiles(files)).map((profile, index) => ({ label: files[index] ?? '', profile }));
  const crs = await crsOf(gdal, code);
  const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest', ...options, crs });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return plan;
}

function readers(gdal: Oracle): readonly Gdal[] {
  return [...new Set([gdal.newest, gdal.system])];
}

/** Asserts that both GDALs read of the mosaic that was planned what their gdalwarp writes on the grid that was chosen. */
async function assertLikeGdalwarp(gdal: Oracle, example: Example): Promise<VrtPlan> {
  const { files, args = [] } = example;
  const plan = await planned(gdal, example);
  const path = await gdal.write(plan, files);
  const target = { grid: plan.grid, crs: plan.crs };
  for (const reader of readers(gdal)) {
    const theirs = await gdalwarp(gdal, reader, files, { target }, args);
    for (const bandOffset of plan.bands.keys()) {
      const [our, their] = [await reader.values(path, bandOffset + 1), await reader.values(theirs, bandOffset + 1)];
      assert.equal(countDifferences(our, their), 0, `band ${bandOffset + 1}, GDAL ${reader.version}`);
      assert.ok(new Set(our).size > 1, 'there is something to compare');
    }
  }
  return plan;
}

async function twoZones(gdal: Oracle, name: string, spec: Partial<RasterSpec> = {}): Promise<string[]> {
  return [await gdal.raster(`${name}-32`, zone(32632, spec)), await gdal.raster(`${name}-33`, zone(32633, spec))];
}

const RGBA: readonly BandSpec[] = (['Red', 'Green', 'Blue', 'Alpha'] as const).map((colorInterp) => ({
  dataType: 'Byte',
  colorInterp,
  ...(colorInterp === 'Alpha' ? { values: Array.from({ length: 6300 }, (_, index) => (index % 7 < 2 ? 0 : 255)) } : {}),
}));

describe('a mosaic in a CRS that was asked for differs from gdalwarp -et 0 -r near by no pixel', () => {
  it('of two UTM zones in one of them, whose source is copied', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const plan = await assertLikeGdalwarp(gdal, { files: await twoZones(gdal, 'pair'), code: 'EPSG:32633' });
    assert.deepEqual([...(plan.warp?.sources.keys() ?? [])], [0]);
    assert.equal(plan.grid.affine[0], 100);
  });

  const SPECS: Readonly<Record<string, Partial<RasterSpec>>> = {
    masks: { mask: 'internal', bands: [{ dataType: 'UInt16' }] },
    nodata: { bands: [{ dataType: 'Int16', nodata: 3 }] },
    'alpha bands': { bands: RGBA },
    overviews: { width: 512, height: 512, overviews: [2, 4], options: ['TILED=YES'] },
  };
  for (const [name, spec] of Object.entries(SPECS)) {
    it(`of two UTM zones with ${name} in a third CRS`, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const files = await twoZones(gdal, name, spec);
      const plan = await assertLikeGdalwarp(gdal, { files, code: 'EPSG:3857' });
      assert.equal(plan.warp?.sources.size, 2);
      assert.equal(plan.mask !== null, name === 'masks' || name === 'overviews');
    });
  }

  it('of a part of the Earth in degrees and a UTM zone, in Web Mercator', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = [
      await gdal.raster('degrees', {
        width: 300,
        height: 200,
        geoTransform: [11.2, 0.002, 0, 45.3, 0, -0.002],
        crs: 'EPSG:4326',
        bands: [{ dataType: 'Byte' }],
      }),
      await gdal.raster('metres', zone(32633)),
    ];
    await assertLikeGdalwarp(gdal, { files, code: 'EPSG:3857' });
  });

  it('of a rotated, a south-up and a mirrored source beside a north-up one', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const places: Record<string, readonly number[]> = {
      'north-up': [262_000, 100, 0, 4_991_000, 0, -100],
      rotated: [265_000, 97.2, 23.5, 4_990_000, 23.5, -97.2],
      'south-up': [270_000, 100, 0, 4_983_000, 0, 100],
      mirrored: [262_000, -100, 0, 4_988_000, 0, -100],
    };
    const files = await Promise.all(
      Object.entries(places).map(async ([name, geoTransform], seed) =>
        gdal.raster(name, zone(32633, { geoTransform, seed })),
      ),
    );
    const plan = await assertLikeGdalwarp(gdal, { files, code: 'EPSG:32633' });
    assert.deepEqual([...(plan.warp?.sources.keys() ?? [])], [1, 2, 3]);
  });

  it('of sources that lie off the grid by parts of a pixel', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = [
      await gdal.raster('on-the-grid', zone(32633)),
      await gdal.raster('off-the-grid', zone(32633, { geoTransform: [266_037, 100, 0, 4_989_061, 0, -100], seed: 5 })),
    ];
    await assertLikeGdalwarp(gdal, { files, code: 'EPSG:32633' });
  });

  it('with the nodata that the sources do not say they have', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = await twoZones(gdal, 'unsaid');
    const options = { sourceNodata: [3] };
    await assertLikeGdalwarp(gdal, { files, code: 'EPSG:3857', options, args: ['-srcnodata', '3', '-dstnodata', '3'] });
  });

  const GRIDS: readonly (readonly [string, Partial<PlanOptions>])[] = [
    ['bounds', { bounds: [1_330_000, 5_620_000, 1_345_000, 5_632_000] }],
    ['a resolution', { resolution: [150, 130] }],
    ['aligned edges', { align: true, resolution: 120 }],
    [
      'bounds, aligned edges and a size that contains all',
      { bounds: [1_330_010, 5_620_000, 1_345_000, 5_632_050], align: true, sizeRounding: 'contain' },
    ],
    ['a size that contains all', { sizeRounding: 'contain' }],
    ['the coarsest resolution', { resolutionStrategy: 'coarsest' }],
  ];
  for (const [name, options] of GRIDS) {
    it(`on a grid with ${name}`, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const files = await twoZones(gdal, name.replaceAll(' ', '-'));
      await assertLikeGdalwarp(gdal, { files, code: 'EPSG:3857', options });
    });
  }

  it('of degrees of another datum beyond the antimeridian', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const raster = async (name: string, x: number, crs: string) =>
      gdal.raster(name, {
        width: 50,
        height: 40,
        geoTransform: [x, 0.1, 0, 55, 0, -0.1],
        crs,
        bands: [{ dataType: 'Byte' }],
        seed: 1 + Math.abs(x),
      });
    const files = [await raster('east', 175, 'EPSG:4326'), await raster('west', -180, 'EPSG:4269')];
    const plan = await planned(gdal, { files, code: 'EPSG:4326' });
    assert.deepEqual([plan.grid.affine[2], plan.grid.width], [175, 100]);
    const path = await gdal.write(plan, files);
    for (const reader of readers(gdal)) {
      const right = await reader.values(path, 1, { window: [50, 0, 50, 40] });
      assert.equal(countDifferences(right, await reader.values(files[1] ?? '', 1)), 0, reader.version);
    }
  });

  it('of degrees on both sides of the antimeridian, in Web Mercator beyond the edge of its map', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const raster = async (x: number) =>
      gdal.raster(`mercator-${x}`, {
        width: 50,
        height: 40,
        geoTransform: [x, 0.1, 0, 55, 0, -0.1],
        crs: 'EPSG:4326',
        bands: [{ dataType: 'Byte' }],
        seed: 1 + Math.abs(x),
      });
    const files = [await raster(175), await raster(-180)];
    const plan = await assertLikeGdalwarp(gdal, { files, code: 'EPSG:3857' });
    assert.ok(plan.grid.width < 150, `${plan.grid.width} columns`);
    const path = await gdal.write(plan, files);
    const window = [plan.grid.width - 20, 20, 10, 10];
    for (const reader of readers(gdal)) assert.ok(new Set(await reader.values(path, 1, { window })).size > 5);
  });

  it('of a rotated source in degrees beyond the antimeridian', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const spec = (geoTransform: readonly number[]): RasterSpec => ({
      width: 50,
      height: 40,
      geoTransform,
      crs: 'EPSG:4326',
      bands: [{ dataType: 'Byte' }],
    });
    const rotated = [-178, 0.09, 0.02, 55, -0.02, -0.09];
    const files = [
      await gdal.raster('before', spec([175, 0.1, 0, 55, 0, -0.1])),
      await gdal.raster('behind', spec(rotated)),
      await gdal.raster('behind-shifted', spec(rotated.with(0, 182))),
    ];
    const plan = await planned(gdal, { files: files.slice(0, 2), code: 'EPSG:4326' });
    assert.equal(plan.grid.affine[2], 175);
    const path = await gdal.write(plan, files);
    const same = [files[0] ?? '', files[2] ?? ''];
    for (const reader of readers(gdal)) {
      const theirs = await gdalwarp(gdal, reader, same, { target: { grid: plan.grid, crs: plan.crs } });
      assert.equal(countDifferences(await reader.values(path, 1), await reader.values(theirs, 1)), 0, reader.version);
    }
  });
});

describe('a mosaic in a CRS that was asked for', () => {
  it('is warped with the resampling that was asked for', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = await twoZones(gdal, 'cubic', { bands: [{ dataType: 'Float32' }] });
    const plan = await planned(gdal, { files, code: 'EPSG:3857', options: { resampling: 'cubic' } });
    const path = await gdal.write(plan, files);
    const target = { grid: plan.grid, crs: plan.crs };
    const theirs = await gdalwarp(gdal, gdal.newest, files, { target, resampling: 'cubic' });
    const [our, their] = [await gdal.newest.values(path, 1), await gdal.newest.values(theirs, 1)];
    // Pixels at the edges of the sources are made of fewer in one case than in the other.
    assert.ok(countDifferences(our, their) <= our.length / 1000, `${countDifferences(our, their)} of ${our.length}`);
  });

  it('finds its sources relative to its folder, also through documents within documents', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const bands = Array.from({ length: 5 }, () => ({ dataType: 'Byte' as const }));
    const files = await twoZones(gdal, 'relative', { bands });
    const plan = await planned(gdal, { files, code: 'EPSG:3857' });
    const absolute = await gdal.write(plan, files);
    const folder = join(gdal.folder, 'below');
    await mkdir(folder);
    const relative = join(folder, 'mosaic.vrt');
    const nameOf = (index: number) => ({ filename: `../${basename(files[index] ?? '')}`, relativeToVrt: true });
    await writeFile(relative, [...writeVrt(plan, nameOf)].join(''));
    for (const reader of readers(gdal)) {
      for (const mask of [false, true]) {
        const expected = await reader.values(absolute, 1, { mask });
        assert.equal(countDifferences(await reader.values(relative, 1, { mask }), expected), 0, reader.version);
      }
    }
  });

  it('has the greatest of the values that its sources have, and only of those', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = await twoZones(gdal, 'greatest');
    const options = { pixelFunction: { name: 'max' }, nodata: [255] };
    const plan = await planned(gdal, { files, code: 'EPSG:3857', options });
    const path = await gdal.write(plan, files);
    const target = { grid: plan.grid, crs: plan.crs };
    const alone = await Promise.all(
      files.map(async (file) => {
        const warped = await gdalwarp(gdal, gdal.newest, [file], { target }, ['-dstnodata', '255']);
        return gdal.newest.values(warped, 1);
      }),
    );
    const expected = alone[0]?.map((value, at) => {
      const valid = [value, alone[1]?.[at] ?? 255].map(Number).filter((one) => one !== 255);
      return valid.length === 0 ? 255 : Math.max(...valid);
    });
    assert.equal(countDifferences(await gdal.newest.values(path, 1), expected ?? []), 0);
  });

  it('reads the same in chunks', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files: string[] = [];
    for (const epsg of [32632, 32633] as const) {
      const [left, top] = epsg === 32632 ? [733_000, 4_991_000] : [262_000, 4_991_000];
      for (let index = 0; index < 12; index += 1) {
        const [column, row] = [index % 4, Math.floor(index / 4)];
        const place = {
          width: 40,
          height: 40,
          geoTransform: [left + 4000 * column, 100, 0, top - 4000 * row, 0, -100],
        };
        const bands: readonly BandSpec[] = epsg === 32632 ? [{ dataType: 'Byte' }] : [{ dataType: 'Byte', nodata: 3 }];
        files.push(await gdal.raster(`chunk-${epsg}-${index}`, zone(epsg, { ...place, seed: epsg + index, bands })));
      }
    }
    const plan = await planned(gdal, { files, code: 'EPSG:3857' });
    const flat = await gdal.write(plan, files);
    const chunked = chunkPlan(plan, { minSourceElements: 1, targetSourcesPerChunk: 6, maxExactReduction: 4 });
    assert.ok(chunked.chunks.length >= 2);
    const folder = join(gdal.folder, 'warped-chunks');
    await mkdir(folder);
    const nameOf = (chunk: number) => ({ filename: `${chunk}.vrt`, relativeToVrt: true });
    const fileOf = (index: number) => ({ filename: files[index] ?? '', relativeToVrt: false });
    for (const { chunk, text } of writeChunkedVrt(chunked, fileOf, nameOf)) {
      await writeFile(join(folder, chunk === null ? 'root.vrt' : `${chunk}.vrt`), [...text].join(''));
    }
    for (const reader of readers(gdal)) {
      for (const mask of [false, true]) {
        const expected = await reader.values(flat, 1, { mask });
        assert.equal(countDifferences(await reader.values(join(folder, 'root.vrt'), 1, { mask }), expected), 0);
      }
    }
  });
});

describe('a band stack in a CRS that was asked for', () => {
  it('has a band of another CRS at the place of the others, at their resolution', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = [
      await gdal.raster('b04', zone(32633, { bands: [{ dataType: 'UInt16', nodata: 0 }] })),
      await gdal.raster('slope', {
        width: 200,
        height: 150,
        geoTransform: [11.9, 0.001, 0, 45.1, 0, -0.001],
        crs: 'EPSG:4326',
        bands: [{ dataType: 'UInt16', nodata: 0 }],
        seed: 9,
      }),
    ];
    const bounds: BBox = [262_000, 4_984_000, 271_000, 4_991_000];
    const sources = (await gdal.profiles(files)).map((profile, index) => ({ label: `${index}`, profile }));
    const crs = await crsOf(gdal, 'EPSG:32633');
    const { plan, problems } = planBandStack(sources, { resolutionStrategy: 'coarsest', crs, bounds });
    assert.deepEqual(problems, []);
    assert.ok(plan);
    assert.deepEqual([plan.grid.width, plan.grid.height, plan.grid.affine[0]], [90, 70, 100]);
    const path = await gdal.write(plan, files);
    for (const reader of readers(gdal)) {
      assert.equal(countDifferences(await reader.values(path, 1), await reader.values(files[0] ?? '', 1)), 0);
      const theirs = await gdalwarp(gdal, reader, files.slice(1), { target: { grid: plan.grid, crs } });
      assert.equal(countDifferences(await reader.values(path, 2), await reader.values(theirs, 1)), 0);
    }
  });
});
