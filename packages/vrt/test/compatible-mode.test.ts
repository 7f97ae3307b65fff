import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { MASK_PER_DATASET, type RasterProfile } from '@inlay/geo';
import { type BandSpec, GDAL_IS_ABSENT, type RasterSpec } from '@inlay/testing';
import {
  type CompatibleOptions,
  planBandStack,
  planMosaic,
  type PlanResult,
  sourceVerdicts,
  type VrtSourceInput,
  writeVrt,
} from '@inlay/vrt';
import { gdalArguments } from './gdal-arguments.ts';
import { isOlderGdal } from './older-gdal.ts';
import { Oracle } from './oracle.ts';
import { band, layout, northUp, source, utm } from './profiles.ts';

const SKIP: CompatibleOptions = { mode: 'compatible', skipIncompatible: true, resolutionStrategy: 'finest' };
const STRICT: CompatibleOptions = { mode: 'compatible', resolutionStrategy: 'finest' };

/** A source that lies nowhere. */
function nowhere(label: string, particulars: Partial<RasterProfile> = {}): VrtSourceInput {
  return source(label, { affine: null, georeference: 'none', crs: null, ...particulars });
}

describe('compatible mode', () => {
  const sources = [
    source('rotated', { affine: [10, 1, 0, 1, -10, 0] }),
    source('first'),
    source('other CRS', { crs: utm(32) }),
    source('floats', { layout: layout([band({ dataType: 'Float32', scale: 2 })]) }),
    source('second', { affine: northUp(40, 0, 10) }),
  ];

  it('skips what does not fit the first source that can be in a VRT, with a verdict on each', () => {
    const result = planMosaic(sources, SKIP);
    assert.deepEqual([...(result.plan?.placements.sourceIndex ?? [])], [1, 4]);
    assert.deepEqual(result.plan?.grid, { affine: [10, 0, 0, 0, -10, 0], width: 8, height: 3 });
    assert.deepEqual(
      [...sourceVerdicts(sources.length, result)].map(({ isAccepted, problems }) => [
        isAccepted,
        ...problems.map(({ type, expected, actual }) => [type, expected, actual]),
      ]),
      [
        [false, ['rotated_raster', 'no rotation', '[10, 1, 0, 1, -10, 0]']],
        [true],
        [false, ['crs_mismatch', 'EPSG:32633', 'EPSG:32632']],
        [false, ['dtype_mismatch', 'Byte', 'Float32'], ['scale_offset_mismatch', '1', '2']],
        [true],
      ],
    );
    assert.ok(result.skipped.every(({ fix }) => fix !== ''));
  });

  it('plans nothing where one does not fit, unless it is to skip', () => {
    const result = planMosaic(sources, STRICT);
    assert.equal(result.plan, null);
    assert.deepEqual(
      [...sourceVerdicts(sources.length, result)].map(({ isAccepted }) => isAccepted),
      [false, true, false, false, true],
    );
  });

  it('plans nothing where nothing is left', () => {
    assert.deepEqual(summary(planMosaic([nowhere('a'), nowhere('b')], SKIP)), [
      [0, 'unknown_pixel_geometry'],
      [1, 'unknown_pixel_geometry'],
    ]);
    assert.deepEqual(summary(planMosaic([], SKIP)), [[-1, 'too_few_sources']]);
  });

  it('takes sources without a CRS for sources in one CRS', () => {
    const { plan } = planMosaic([source('a', { crs: null }), source('b', { crs: null })], STRICT);
    assert.equal(plan?.crs, null);
    assert.ok(plan && ![...writeVrt(plan, () => ({ filename: 'a', relativeToVrt: true }))].join('').includes('<SRS'));
    assert.deepEqual(summary(planMosaic([source('a', { crs: null }), source('b')], STRICT)), [[1, 'crs_mismatch']]);
    assert.deepEqual(summary(planMosaic([source('a'), source('b', { crs: null })], STRICT)), [[1, 'missing_crs']]);
  });

  it('takes coordinates as they are where CRSs may differ, and gives the output the first one', () => {
    const mixed = [source('a'), source('b', { crs: utm(32), affine: northUp(40, 0, 10) })];
    const { plan } = planMosaic(mixed, { ...STRICT, allowCrsDifference: true });
    assert.deepEqual([plan?.crs?.code, plan?.grid.width], ['EPSG:32633', 8]);
    assert.equal(planMosaic(mixed, { ...SKIP, assignedCrs: utm(31) }).plan?.crs?.code, 'EPSG:32631');
  });

  it('warns of what the other mode refuses', () => {
    const complex = [0, 1].map((nodata) => source('c', { layout: layout([band({ dataType: 'CFloat32', nodata })]) }));
    const { plan, warnings } = planMosaic(complex, STRICT);
    assert.ok(plan);
    assert.deepEqual(
      warnings.map(({ index, type }) => [index, type]),
      [[1, 'nodata_inconsistent']],
    );
  });

  it('covers what it leaves out for its resolution, as gdalbuildvrt does', () => {
    const { plan, skipped } = planMosaic([source('a'), source('b', { affine: northUp(100, 0, 20) })], {
      ...SKIP,
      resolutionStrategy: 'same',
    });
    assert.deepEqual([plan?.grid.width, plan?.placements.count], [18, 1]);
    assert.deepEqual(skipped.map(({ index, type }) => [index, type]), [[1, 'resolution_mismatch']]); // prettier-ignore
  });
});

describe('a stack in compatible mode', () => {
  it('has every band of every source, whatever their types and extents', () => {
    const two = layout([band(), band({ dataType: 'Float32' })]);
    const { plan } = planBandStack([source('a'), source('b', { layout: two, affine: northUp(40, 0, 20) })], STRICT);
    assert.deepEqual(
      plan?.bands.map(({ dataType, firstPlacement, reads }) => [dataType, firstPlacement, reads[0]?.sourceBand]),
      [
        ['Byte', 0, 1],
        ['Byte', 1, 1],
        ['Float32', 1, 2],
      ],
    );
    assert.equal(plan?.grid.width, 12);
  });

  it('can be made of rasters that lie nowhere and have one size', () => {
    const { plan, skipped } = planBandStack(
      [nowhere('a'), nowhere('b'), nowhere('c', { width: 5 }), source('d')],
      SKIP,
    );
    assert.ok(plan);
    assert.deepEqual(
      skipped.map(({ index, type }) => [index, type]),
      [
        [2, 'grid_misaligned'],
        [3, 'unknown_pixel_geometry'],
        [3, 'crs_mismatch'],
      ],
    );
    const xml = [...writeVrt(plan, (index) => ({ filename: `${index}`, relativeToVrt: true }))].join('');
    assert.ok(xml.startsWith('<VRTDataset rasterXSize="4" rasterYSize="3">\n  <VRTRasterBand'));
    assert.equal(xml.match(/<DstRect xOff="0" yOff="0" xSize="4" ySize="3" \/>/g)?.length, 2);
  });
});

describe('where compatible mode deliberately differs from gdalbuildvrt', () => {
  let oracle: Oracle | null = null;
  before(async () => {
    oracle = await Oracle.open();
  });
  after(async () => {
    await oracle?.close();
  });

  /** Our plan, and what gdalbuildvrt's VRT holds when it is read. */
  async function both(name: string, specs: readonly RasterSpec[], options: CompatibleOptions) {
    assert.ok(oracle);
    const files: string[] = [];
    for (const [index, spec] of specs.entries()) files.push(await oracle.raster(`${name}-${index}`, spec));
    const sources = (await oracle.profiles(files)).map((profile, index) => ({ label: `${index}`, profile }));
    const { plan } = planMosaic(sources, options);
    assert.ok(plan);
    const theirs = oracle.newPath('theirs');
    await oracle.newest.buildvrt(theirs, files, gdalArguments('mosaic', options));
    return { plan, ours: await oracle.write(plan, files), theirs, oracle };
  }

  it('gives a source that is left out no say in whether there is a mask', async (t) => {
    if (isOld(t)) return;
    const two: readonly BandSpec[] = [{ dataType: 'Byte' }, { dataType: 'Byte' }];
    const { ours, theirs, oracle } = await both(
      'mask',
      [raster(0), raster(16, { bands: two, mask: 'internal' })],
      SKIP,
    );
    assert.equal((await oracle.newest.describe(theirs)).bands[0]?.maskFlags, MASK_PER_DATASET);
    assert.equal((await oracle.newest.describe(ours)).bands[0]?.maskFlags, 1);
  });

  it('keeps a description that only a source which is left out has not', async (t) => {
    if (isOld(t)) return;
    const bands: readonly BandSpec[] = [{ dataType: 'Byte', description: 'depth' }];
    const other: readonly BandSpec[] = [{ dataType: 'Byte', description: 'other', scale: 2 }];
    const { ours, theirs, oracle } = await both(
      'description',
      [raster(0, { bands }), raster(16, { bands: other })],
      SKIP,
    );
    assert.equal((await oracle.newest.describe(theirs)).bands[0]?.description, '');
    assert.equal((await oracle.newest.describe(ours)).bands[0]?.description, 'depth');
  });

  it('compares the scale of the bands that are taken, not of those in front of them', async (t) => {
    if (isOld(t)) return;
    const bands: readonly BandSpec[] = [{ dataType: 'Byte' }, { dataType: 'Byte', scale: 2 }];
    const options: CompatibleOptions = { ...SKIP, bands: [2] };
    const { plan, theirs, oracle } = await both('scale', [raster(0, { bands }), raster(16, { bands })], options);
    assert.equal((await oracle.newest.describe(theirs)).width, 16);
    assert.deepEqual([plan.grid.width, plan.placements.count], [32, 2]);
  });

  it('takes alpha for the added alpha band where other bands than the first ones are taken', async (t) => {
    if (isOld(t)) return;
    const bands = (['Red', 'Green', 'Blue', 'Alpha'] as const).map((colorInterp): BandSpec => ({
      dataType: 'Byte',
      colorInterp,
      values: Array.from({ length: 16 * 12 }, () => (colorInterp === 'Alpha' ? 200 : 100)),
    }));
    const options: CompatibleOptions = { ...SKIP, bands: [1], addAlpha: true };
    const { ours, theirs, oracle } = await both('alpha', [raster(0, { bands })], options);
    const window = { window: [0, 0, 1, 1] };
    assert.deepEqual(await oracle.newest.values(theirs, 2, window), [100]);
    assert.deepEqual(await oracle.newest.values(ours, 2, window), [200]);
  });

  it('leaves no source with another resolution behind that makes the size nonsense', async (t) => {
    if (isOld(t)) return;
    const fine = raster(16, { geoTransform: [500_016, Math.PI, 0, 4_000_000, 0, -Math.PI] });
    const { ours, theirs, oracle } = await both('common', [raster(0), fine], { ...SKIP, resolutionStrategy: 'common' });
    await assert.rejects(oracle.newest.describe(theirs));
    assert.equal((await oracle.newest.describe(ours)).files.length, 2);
  });

  /** A 16x12 raster of metre pixels that begins `x` metres to the east. */
  function raster(x: number, spec: Partial<RasterSpec> = {}): RasterSpec {
    const geoTransform = [500_000 + x, 1, 0, 4_000_000, 0, -1];
    return { width: 16, height: 12, geoTransform, crs: 'EPSG:32633', bands: [{ dataType: 'Byte' }], ...spec };
  }

  function isOld(t: TestContext): boolean {
    if (oracle === null) t.skip(GDAL_IS_ABSENT);
    else if (isOlderGdal(oracle.newest.version)) t.skip('needs GDAL 3.13: set INLAY_TEST_GDAL_BIN');
    else return false;
    return true;
  }
});

function summary({ problems }: Pick<PlanResult, 'problems'>): (readonly [number, string])[] {
  return problems.map(({ index, type }) => [index, type]);
}
