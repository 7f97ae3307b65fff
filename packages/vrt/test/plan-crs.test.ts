import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Crs } from '@inlay/geo';
import {
  chunkPlan,
  coverageWarnings,
  inlineFile,
  parseVrt,
  planBandStack,
  planMosaic,
  type PlanOptions,
  type PlanResult,
  sourceFilenames,
  sourcesOf,
  VrtError,
  type VrtPlan,
  type VrtSourceInput,
  warpedVrt,
  writeVrt,
} from '@inlay/vrt';
import { band, DEGREES, layout, northUp, ONE_BYTE_BAND, source, utm, UTM_33 } from './profiles.ts';

const POLAR: Crs = {
  ...UTM_33,
  code: 'EPSG:3413',
  proj4: '+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84 +units=m',
  parametersKey: 'polar',
};

const UNKNOWN: Crs = { ...UTM_33, code: 'EPSG:1', name: 'odd', proj4: null, parametersKey: 'unknown' };

const NAD27: Crs = {
  ...UTM_33,
  code: 'EPSG:26732',
  proj4: '+proj=utm +zone=32 +datum=NAD27 +units=m',
  parametersKey: 'NAD27',
};

/** 90 x 70 pixels of 100 m, where zones 32 and 33 meet. */
const SIZE = { width: 90, height: 70 };
const native = source('native', { ...SIZE, affine: northUp(262_000, 4_991_000, 100) });
const foreign = source('foreign', { ...SIZE, affine: northUp(733_000, 4_991_000, 100), crs: utm(32) });

function mosaic(sources: readonly VrtSourceInput[], options: Partial<PlanOptions> = {}): PlanResult {
  return planMosaic(sources, { resolutionStrategy: 'finest', crs: UTM_33, ...options });
}

function planOf({ plan, problems }: PlanResult): VrtPlan {
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return plan;
}

function dstRects({ placements: { count, dstRects } }: VrtPlan): number[][] {
  return Array.from({ length: count }, (_, at) => [...dstRects.subarray(4 * at, 4 * at + 4)]);
}

describe('a mosaic in a CRS that was asked for', () => {
  it('places what lies on its grid as it is, and warps the rest to the whole of it', () => {
    const plan = planOf(mosaic([native, foreign]));
    assert.equal(plan.crs, UTM_33);
    // Zone 32's raster lies between 262,1xx and 271,6xx, a little south of the other's upper edge.
    assert.deepEqual(plan.grid.affine.toSpliced(2, 1).toSpliced(4, 1), [100, 0, 0, -100]);
    assert.deepEqual([...plan.placements.sourceIndex], [0, 1]);
    assert.deepEqual(dstRects(plan)[0]?.slice(2), [90, 70]);
    assert.deepEqual([...plan.placements.sourceWidth], [90, plan.grid.width]);
    assert.deepEqual(plan.placements.srcRects.subarray(4), plan.placements.dstRects.subarray(4));
    const { warp } = plan;
    assert.deepEqual(
      [warp?.resampling, warp?.target, [...(warp?.sources ?? [])]],
      ['nearest', { grid: plan.grid, crs: UTM_33 }, [[1, { profile: foreign.profile, overviewLevel: null }]]],
    );
  });

  it('is the plan without one where all sources are in it, north-up and on one grid', () => {
    const beside = source('beside', { ...SIZE, affine: northUp(271_000, 4_991_000, 100) });
    const { crs: _asked, ...plain } = { crs: UTM_33, resolutionStrategy: 'finest' as const };
    assert.deepEqual(mosaic([native, beside]), planMosaic([native, beside], plain));
  });

  it('warps rotated, south-up and mirrored sources, and those off its grid', () => {
    const odd = [
      [97.2, 23.5, 262_000, 23.5, -97.2, 4_990_000],
      [100, 0, 262_000, 0, 100, 4_984_000],
      [-100, 0, 271_000, 0, -100, 4_991_000],
      [100, 0, 262_050, 0, -100, 4_991_000],
    ] as const;
    const sources = odd.map((affine) => source('odd', { ...SIZE, affine }));
    const plan = planOf(mosaic([native, ...sources]));
    assert.deepEqual([...(plan.warp?.sources.keys() ?? [])], [1, 2, 3, 4]);
  });

  it('takes resolution, bounds and alignment in its own units', () => {
    const bounds = [262_030, 4_985_010, 265_000, 4_990_000] as const;
    assert.deepEqual(planOf(mosaic([native, foreign], { bounds })).grid, {
      affine: northUp(262_030, 4_990_000, 100),
      width: 30,
      height: 50,
    });
    assert.deepEqual(planOf(mosaic([native, foreign], { bounds, align: true, resolution: [50, 30] })).grid, {
      affine: [50, 0, 262_000, 0, -30, 4_990_020],
      width: 60,
      height: 167,
    });
    const contained = planOf(mosaic([native, foreign], { bounds, resolution: 400, sizeRounding: 'contain' }));
    assert.deepEqual([contained.grid.width, contained.grid.height], [8, 13]);
    const halfUp = planOf(mosaic([native, foreign], { bounds, resolution: 400 }));
    assert.deepEqual([halfUp.grid.width, halfUp.grid.height], [7, 12]);
  });

  it('leaves out what lies beside its bounds', () => {
    const bounds = [100_000, 4_985_000, 110_000, 4_990_000] as const;
    const inside = source('inside', { ...SIZE, affine: northUp(100_000, 4_990_000, 100) });
    const { plan, warnings } = mosaic([native, foreign, inside], { bounds });
    assert.deepEqual([...(plan?.placements.sourceIndex ?? [])], [2]);
    assert.equal(plan?.warp, null);
    assert.deepEqual(
      warnings.map(({ index, type }) => [index, type]),
      [
        [0, 'source_outside_output'],
        [1, 'source_outside_output'],
      ],
    );
  });

  it('has bands of the layouts that sources have once they are warped', () => {
    const withNodata = layout([band({ nodata: 7 })]);
    const sources = [native, foreign, { ...foreign, profile: { ...foreign.profile, layout: withNodata } }];
    const plan = planOf(mosaic(sources));
    assert.deepEqual(
      plan.bands[0]?.reads.map(({ nodata, useMask, blockWidth }) => [nodata, useMask, blockWidth]),
      [
        [null, false, 256],
        [null, true, 512],
        [7, false, 512],
      ],
    );
    assert.notEqual(plan.mask, null);
  });

  it('tells warping what pixels mean by nodata', () => {
    const plan = planOf(mosaic([native, foreign], { sourceNodata: [9] }));
    assert.deepEqual(
      [plan.bands[0]?.nodata, plan.bands[0]?.reads.map(({ nodata }) => nodata), plan.mask],
      [9, [9, 9], null],
    );
    assert.match(text(plan), /SrcNoDataReal&gt;9&lt;/);
    const none = planOf(mosaic([native, foreign], { sourceNodata: 'none', nodata: [5] }));
    assert.deepEqual([none.bands[0]?.nodata, none.mask === null], [5, false]);
  });

  it('reads coarse outputs from reduced-resolution levels', () => {
    const overviews = [{ width: 45, height: 35, location: 'internal' }] as const;
    const levels = { ...foreign, profile: { ...foreign.profile, layout: layout([band()], { overviews }) } };
    const plan = planOf(mosaic([native, levels], { resolution: 250 }));
    assert.equal(plan.warp?.sources.get(1)?.overviewLevel, 0);
    assert.match(text(plan), /OVERVIEW_LEVEL/);
  });

  it('is chunked with its warped sources', () => {
    const tiles = Array.from({ length: 64 }, (_, index) =>
      source(`${index}`, {
        ...SIZE,
        crs: utm(32),
        affine: northUp(500_000 + 9000 * (index % 8), 4_991_000 - 7000 * Math.floor(index / 8), 100),
      }),
    );
    const plan = planOf(mosaic(tiles));
    const { root, chunks } = chunkPlan(plan, { minSourceElements: 1, targetSourcesPerChunk: 16 });
    assert.ok(chunks.length > 1);
    assert.equal(root.warp, null);
    for (const { plan: chunk } of chunks) assert.equal(chunk.warp, plan.warp);
    assert.doesNotMatch(
      [...writeVrt(root, (index) => ({ filename: `${index}.vrt`, relativeToVrt: true }))].join(''),
      /Warp/,
    );
  });

  it('says nothing of gaps and overlaps, which only the outlines of warped sources could tell', () => {
    assert.deepEqual(coverageWarnings(planOf(mosaic([native, foreign]))), []);
    assert.deepEqual(
      coverageWarnings(planOf(mosaic([native, native]))).map(({ type }) => type),
      ['overlaps'],
    );
  });
});

describe('what keeps a source out of a CRS that was asked for', () => {
  it('is having none, or control points in place of a grid', () => {
    const { problems } = mosaic([
      source('nowhere', { crs: null }),
      source('points', { affine: null, georeference: 'gcp' }),
      source('model', { affine: null, georeference: 'rpc', crs: utm(32) }),
    ]);
    assert.deepEqual(
      problems.map(({ index, type }) => [index, type]),
      [
        [0, 'missing_crs'],
        [1, 'unknown_pixel_geometry'],
        [2, 'unknown_pixel_geometry'],
      ],
    );
    assert.match(problems[1]?.fix ?? '', /crs is for sources that have one already/);
  });

  it('is a CRS that nothing leads to or from', () => {
    const { problems } = mosaic([native, source('odd', { crs: UNKNOWN })]);
    assert.deepEqual(
      problems.map(({ index, type, field, message }) => [index, type, field, message]),
      [
        [
          1,
          'unknown_extent',
          'crs',
          'Source "odd" is EPSG:1: where that lies in EPSG:32633, which the mosaic is, cannot be computed',
        ],
      ],
    );
    assert.deepEqual(mosaic([source('odd', { crs: UNKNOWN })], { crs: UNKNOWN }).problems, []);
  });

  it('is holding a pole where no other source and no bounds say how far the output is to reach', () => {
    const polar = source('ice', { crs: POLAR, width: 100, height: 100, affine: northUp(-500_000, 500_000, 10_000) });
    const alone = mosaic([polar], { crs: DEGREES });
    assert.deepEqual(
      alone.problems.map(({ index, type, field, fix }) => [index, type, field, fix]),
      [[0, 'unknown_extent', 'extent', 'set bounds and resolution']],
    );
    const bounds = [-180, 80, 180, 90] as const;
    const asked = mosaic([polar], { crs: DEGREES, bounds, resolution: 1 });
    assert.deepEqual(asked.warnings, []);
    assert.deepEqual(dstRects(planOf(asked)), [[0, 0, 360, 10]]);
    const tile = source('tile', { crs: DEGREES, width: 10, height: 5, affine: northUp(0, 85, 1) });
    const beside = mosaic([tile, polar], { crs: DEGREES });
    assert.deepEqual(
      beside.warnings.map(({ index, type }) => [index, type]),
      [[1, 'unknown_extent']],
    );
    assert.deepEqual(dstRects(planOf(beside)), [
      [0, 0, 10, 5],
      [0, 0, 10, 5],
    ]);
  });

  it('is a resolution that the strategy has none with', () => {
    const { problems } = mosaic([native, foreign], { resolutionStrategy: 'same' });
    assert.deepEqual(
      problems.map(({ index, type, expected }) => [index, type, expected]),
      [[1, 'resolution_mismatch', '100 x 100']],
    );
  });

  it('is what it always is: type and number of bands', () => {
    const two = layout([band({ dataType: 'Int16' }), band()]);
    const { problems } = mosaic([native, { ...foreign, profile: { ...foreign.profile, layout: two } }]);
    assert.deepEqual(
      problems.map(({ index, type }) => [index, type]),
      [
        [1, 'band_count_mismatch'],
        [1, 'dtype_mismatch'],
      ],
    );
  });
});

describe('without a CRS that was asked for', () => {
  it('the remedy is to ask for one', () => {
    const { problems } = planMosaic(
      [
        native,
        foreign,
        source('rotated', { affine: [10, 1, 0, 1, -10, 0] }),
        source('south-up', { affine: [10, 0, 0, 0, 10, 0] }),
        source('mirrored', { affine: [-10, 0, 0, 0, -10, 0] }),
      ],
      { resolutionStrategy: 'finest' },
    );
    assert.deepEqual(
      problems.map(({ type }) => type),
      ['crs_mismatch', 'rotated_raster', 'south_up_raster', 'mirrored_raster'],
    );
    for (const { fix } of problems) assert.match(fix, /^set crs /);
  });
});

describe('a band stack in a CRS that was asked for', () => {
  const stack = (sources: readonly VrtSourceInput[], options: Partial<PlanOptions> = {}) =>
    planBandStack(sources, { resolutionStrategy: 'finest', crs: UTM_33, ...options });

  it('takes sources of other CRSs for what of them lies in it, and the others must cover one extent', () => {
    const plan = planOf(stack([foreign, native, native]));
    assert.deepEqual(
      plan.bands.map(({ firstPlacement, reads: [read] }) => [firstPlacement, read?.useMask]),
      [
        [0, true],
        [1, false],
        [2, false],
      ],
    );
    const apart = source('apart', { ...SIZE, affine: northUp(262_100, 4_991_000, 100) });
    assert.deepEqual(
      stack([foreign, native, apart]).problems.map(({ index, type, field }) => [index, type, field]),
      [[2, 'grid_misaligned', 'origin']],
    );
  });

  it('says where the end of a warped band is lost', () => {
    const { warnings } = stack([native, foreign]);
    assert.deepEqual(
      warnings.map(({ index, type }) => [index, type]),
      [[1, 'mask_ignored']],
    );
    assert.deepEqual(stack([native, foreign], { nodata: [7] }).warnings, []);
  });

  it('counts nodata values along its own bands', () => {
    const plan = planOf(stack([foreign, native], { sourceNodata: [3, 4] }));
    assert.deepEqual(
      plan.bands.map(({ nodata, reads: [read] }) => [nodata, read?.nodata]),
      [
        [3, 3],
        [4, 4],
      ],
    );
    const reversed = planOf(stack([foreign, native], { sourceNodata: [3, 4], paintOrder: [1, 0], bands: ['gray'] }));
    assert.deepEqual(
      [...reversed.placements.sourceIndex].map((index, at) => [index, reversed.bands[at]?.reads[0]?.nodata]),
      [
        [1, 3],
        [0, 4],
      ],
    );
  });
});

describe('a written plan with warped sources', () => {
  const THREE = layout([band(), band(), band(), band(), band()]);

  it('has their names as they are, for whoever wants to replace them', async () => {
    const sources = [native, foreign].map(({ label, profile }) => ({ label, profile: { ...profile, layout: THREE } }));
    const xml = text(planOf(mosaic(sources)), (index) => `inlay:${index}`);
    const named = [...xml.matchAll(/inlay:(\d)(\S{0,24})/g)].map(
      ([, index, after]) => `${index} ${after?.replace(/Source.*/, '')}`,
    );
    // Five bands and the mask; five warped bands have a mask that is another document within theirs.
    const once = Array.from({ length: 6 }, () => '0 </');
    const inside = Array.from({ length: 6 }, () => ['1 &amp;lt;/', '1 &lt;/']).flat();
    assert.deepEqual(named.sort(), [...once, ...inside].sort());
    // Any name comes back as it was, through one, two and three layers of XML.
    const odd = '/vsicurl/https://example.org/?a=1&b=<"2">.tif';
    const model = parseVrt(text(planOf(mosaic(sources)), () => odd));
    const names = [...sourceFilenames(model)].map(({ filename }) => filename);
    assert.deepEqual([...new Set(names)], [odd]);
  });

  it('has in place of each the document that would be a file of its own', async () => {
    const shared = layout([band({ nodata: 7 }), band()]);
    const rotated = [1, 2].map((step) =>
      source(`${step}`, { ...SIZE, layout: shared, affine: [97.2, 23.5, 262_000 * step, 23.5, -97.2, 4_990_000] }),
    );
    const datums = source('NAD27', { ...SIZE, layout: shared, affine: northUp(733_000, 4_991_000, 100), crs: NAD27 });
    const plan = planOf(mosaic([...rotated, datums]));
    const model = parseVrt(text(plan));
    const written = [...sourcesOf(model.bands[1]!.sources)].map(({ sourceFilename }) => sourceFilename?.filename);
    const expected = [...(plan.warp?.sources ?? [])].map(([index, { profile }]) => {
      const options = { resampling: 'nearest', overviewLevel: null } as const;
      return inlineFile(warpedVrt(profile, `/data/${index}.tif`, { grid: plan.grid, crs: UTM_33 }, options)).filename;
    });
    assert.deepEqual(written, expected);
    assert.equal(new Set(written).size, 3);
  });

  it('may name them relative to its folder, from which documents within it count as well', () => {
    const plan = planOf(mosaic([native, foreign]));
    const xml = [...writeVrt(plan, (index) => ({ filename: `../${index}.tif`, relativeToVrt: true }))].join('');
    assert.match(xml, /<SourceFilename relativeToVRT="1">\.\.\/0\.tif</);
    assert.match(xml, /<SourceFilename relativeToVRT="0">&lt;VRTDataset /);
    assert.match(xml, /&lt;SourceDataset relativeToVRT=&quot;1&quot;&gt;\.\.\/1\.tif&lt;/);
  });
});

describe('options that cannot be together with a CRS that was asked for', () => {
  const rows: readonly Partial<PlanOptions>[] = [
    { snap: true },
    { resampling: 'gauss' },
    { addAlpha: true },
    { ignoreSourceMasks: true },
    { maskThreshold: 0 },
  ];
  for (const options of rows) {
    it(JSON.stringify(options), () => {
      assert.throws(
        () => mosaic([source('a', { layout: ONE_BYTE_BAND })], options),
        (error) => error instanceof VrtError && error.code === 'vrt/invalid-option',
      );
    });
  }
});

function text(plan: VrtPlan, nameOf = (index: number) => `/data/${index}.tif`): string {
  return [...writeVrt(plan, (index) => ({ filename: nameOf(index), relativeToVrt: false }))].join('');
}
