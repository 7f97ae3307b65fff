import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ColorEntry, MASK_PER_DATASET, type RasterProfile } from '@inlay/geo';
import { planBandStack, planMosaic, type PlanResult, type Problem, type VrtSourceInput } from '@inlay/vrt';
import { band, layout, northUp, source, utm, UTM_33 } from './profiles.ts';

describe('a problem', () => {
  it('says in plain JSON what is wrong, where, and what to do', () => {
    const { plan, problems } = mosaic([source('B03'), source('B04', { crs: utm(32) })]);
    assert.equal(plan, null);
    assert.deepEqual(problems, [
      {
        index: 1,
        type: 'crs_mismatch',
        field: 'crs',
        message: 'Source "B04" is EPSG:32632, the mosaic is EPSG:32633',
        expected: 'EPSG:32633',
        actual: 'EPSG:32632',
        fix: 'set crs to reproject sources on the fly, or reproject this one to EPSG:32633 first (gdalwarp)',
      },
    ]);
    assert.deepEqual(JSON.parse(JSON.stringify(problems)), problems);
  });

  it('is reported for every rule on every source', () => {
    const { problems } = mosaic([
      source('first', { affine: [10, 1, 0, 1, -10, 0] }),
      source('second', {
        crs: utm(32),
        layout: layout([band({ dataType: 'Int16', colorInterp: 'Red', scale: 2 }), band()]),
      }),
      source('third', { affine: null, georeference: 'gcp', crs: null }),
    ]);
    assert.deepEqual(
      problems.map(({ index, type }) => [index, type]),
      [
        [0, 'rotated_raster'],
        [1, 'crs_mismatch'],
        [1, 'band_count_mismatch'],
        [1, 'dtype_mismatch'],
        [1, 'color_interp_mismatch'],
        [1, 'scale_offset_mismatch'],
        [2, 'unknown_pixel_geometry'],
        [2, 'missing_crs'],
      ],
    );
  });

  it('hints at the first source where most others disagree with it', () => {
    const hinted = mosaic([source('odd', { crs: utm(32) }), source('a'), source('b'), source('c', { crs: utm(32) })]);
    assert.deepEqual(
      hinted.problems.map(({ index, hint }) => [index, hint]),
      [1, 2].map((index) => [
        index,
        '2 of the 3 other sources disagree with the first one, "odd", which sets the reference: it may be the odd one out',
      ]),
    );
    const minority = mosaic([source('a'), source('odd', { crs: utm(32) }), source('b')]);
    assert.deepEqual(
      minority.problems.map(({ hint }) => hint),
      [undefined],
    );
    const pair = mosaic([source('a'), source('b', { crs: utm(32) })]);
    assert.deepEqual(
      pair.problems.map(({ hint }) => hint),
      [undefined],
    );
  });

  it('compares CRSs as CRSs, not as text', () => {
    const uncoded = { ...UTM_33, code: null, name: 'UTM by parameters', wkt: 'PROJCS["other text"]' };
    assert.deepEqual(mosaic([source('a'), source('b', { crs: uncoded })]).problems, []);
    const namesake = { ...UTM_33, code: null, name: 'mine', parametersKey: 'other', proj4: '+proj=tmerc' };
    const { problems } = mosaic([
      source('a', { crs: { ...namesake, parametersKey: 'x', proj4: '+proj=utm' } }),
      source('b', { crs: namesake }),
    ]);
    assert.equal(problems[0]?.message, 'Source "b" is mine (+proj=tmerc), the mosaic is mine (+proj=utm)');
  });
});

/** A rule: the second source, what is expected of it, and what it is reported as. */
type Row = readonly [name: string, particulars: Partial<RasterProfile>, type: string, message: string];

const PALETTE: readonly ColorEntry[] = [
  [0, 0, 0, 255],
  [255, 255, 255, 255],
];

describe('geometry that no plain VRT can place', () => {
  const ROWS: readonly Row[] = [
    ['no georeference', { affine: null, georeference: 'none' }, 'unknown_pixel_geometry', 'is not georeferenced'],
    [
      'ground control points',
      { affine: null, georeference: 'gcp' },
      'unknown_pixel_geometry',
      'is georeferenced by ground control points, which place no pixel grid',
    ],
    [
      'NaN',
      { affine: [10, 0, NaN, 0, -10, 0] },
      'unknown_pixel_geometry',
      'has an unusable pixel grid: affine [10, 0, NaN, 0, -10, 0], 4 x 3 pixels',
    ],
    [
      'pixels without area',
      { affine: [0, 0, 0, 0, -10, 0] },
      'unknown_pixel_geometry',
      'has an unusable pixel grid: affine [0, 0, 0, 0, -10, 0], 4 x 3 pixels',
    ],
    [
      'no pixels',
      { width: 0 },
      'unknown_pixel_geometry',
      'has an unusable pixel grid: affine [10, 0, 0, 0, -10, 0], 0 x 3 pixels',
    ],
    ['rotation', { affine: [10, 1, 0, 1, -10, 0] }, 'rotated_raster', 'is rotated: its rows do not run east'],
    ['a quarter turn', { affine: [0, 10, 0, 10, 0, 0] }, 'rotated_raster', 'is rotated: its rows do not run east'],
    [
      'south-up rows',
      { affine: [10, 0, 0, 0, 10, 0] },
      'south_up_raster',
      'is south-up: its first row is the southernmost',
    ],
    [
      'mirrored columns',
      { affine: [-10, 0, 0, 0, -10, 0] },
      'mirrored_raster',
      'is mirrored: its first column is the easternmost',
    ],
    ['no CRS', { crs: null }, 'missing_crs', 'does not say which CRS it is in'],
  ];
  for (const [name, particulars, type, message] of ROWS) {
    for (const [kind, plan] of [
      ['mosaic', mosaic],
      ['band stack', stack],
    ] as const) {
      // prettier-ignore
      it(`${name} is refused in a ${kind}`, () => {
        const { problems } = plan([source('good'), source('bad', particulars)]);
        assert.deepEqual(problems.map(shortly), [[1, type, `Source "bad" ${message}`]]);
      });
    }
  }

  it('is refused in the first source as well', () => {
    assert.deepEqual(
      mosaic([source('bad', { crs: null }), source('good')]).problems.map(({ index, type }) => [index, type]),
      [[0, 'missing_crs']],
    );
  });

  it('without any source there is nothing to plan', () => {
    assert.deepEqual(mosaic([]).problems.map(shortly), [
      [-1, 'too_few_sources', 'There is no source to make the mosaic of'],
    ]);
  });
});

describe('sources of a mosaic', () => {
  const first = layout([band(), band({ colorInterp: 'Palette', colorTable: PALETTE })]);
  const [gray, colors] = first.bands;
  assert.ok(gray && colors);
  const with1 = (particulars: Parameters<typeof band>[0]) => ({
    layout: layout([{ ...gray, ...particulars }, colors]),
  });
  const with2 = (particulars: Parameters<typeof band>[0]) => ({
    layout: layout([gray, { ...colors, ...particulars }]),
  });
  const ROWS: readonly Row[] = [
    ['the same number of bands', { layout: layout([gray]) }, 'band_count_mismatch', 'has 1 band, the mosaic has 2'],
    ['the same data types', with2({ dataType: 'UInt16' }), 'dtype_mismatch', 'band 2 is UInt16, the mosaic is Byte'],
    ['the same colours', with1({ colorInterp: 'Red' }), 'color_interp_mismatch', 'band 1 is Red, the mosaic is Gray'],
    [
      'palettes of one size',
      with2({ colorTable: PALETTE.slice(1) }),
      'palette_mismatch',
      'band 2 has a palette of 1 colours, the mosaic has a palette of 2 colours',
    ],
    [
      'palettes at all',
      with2({ colorTable: null }),
      'palette_mismatch',
      'band 2 has no palette, the mosaic has a palette of 2 colours',
    ],
    ['the same scale', with1({ scale: 0.1 }), 'scale_offset_mismatch', 'band 1 has scale 0.1, the mosaic has scale 1'],
    ['the same offset', with1({ offset: 5 }), 'scale_offset_mismatch', 'band 1 has offset 5, the mosaic has offset 0'],
  ];
  for (const [name, particulars, type, message] of ROWS) {
    it(`must have ${name}`, () => {
      const { problems } = mosaic([source('one', { layout: first }), source('two', particulars)]);
      assert.deepEqual(problems.map(shortly), [[1, type, `Source "two" ${message}`]]);
    });
  }

  it('may spell out a neutral scale and offset', () => {
    assert.deepEqual(
      mosaic([source('a'), source('b', { layout: layout([band({ scale: 1, offset: 0 })]) })]).problems,
      [],
    );
  });

  const WARNINGS: readonly (readonly [...Row, first?: Parameters<typeof band>[0]])[] = [
    [
      'other nodata',
      of({ nodata: 7 }),
      'nodata_inconsistent',
      'has nodata 7, the first source has nodata 0',
      { nodata: 0 },
    ],
    [
      'nodata that the first lacks',
      of({ nodata: 7 }),
      'nodata_inconsistent',
      'has nodata 7, the first source has no nodata value',
    ],
    ['no nodata', of({}), 'nodata_inconsistent', 'has no nodata value, the first source has nodata 0', { nodata: 0 }],
    [
      'another unit',
      of({ unit: 'ft' }),
      'unit_mismatch',
      'has values in ft, the mosaic has values in m',
      { unit: 'm' },
    ],
    [
      'other colours in the palette',
      of({ colorInterp: 'Palette', colorTable: PALETTE.toReversed() }),
      'palette_mismatch',
      'has a palette of 2 colours, the mosaic has a palette of 2 colours',
      { colorInterp: 'Palette', colorTable: PALETTE },
    ],
    [
      'both nodata and a mask',
      of({ nodata: 0, maskFlags: MASK_PER_DATASET }),
      'nodata_ignored',
      'has nodata 0 besides a mask, which alone decides what is drawn: a valid 0 stays a value',
    ],
  ];
  for (const [name, particulars, type, message, firstBand] of WARNINGS) {
    it(`may have ${name}, with a warning`, () => {
      // With statistics, by which it is known that nodata is no valid value: see band-values.test.ts.
      const statistics = [{ minimum: 10, maximum: 20, mean: 15, stddev: 1, validPercent: null, approximate: false }];
      const { plan, problems, warnings } = mosaic([
        source('one', { ...of(firstBand ?? {}), statistics }),
        source('two', { ...particulars, statistics }),
      ]);
      assert.ok(plan);
      assert.deepEqual(problems, []);
      assert.deepEqual(warnings.map(shortly), [[1, type, `Source "two" ${message}`]]);
    });
  }

  it('are warned about nodata that their type cannot hold, each of them', () => {
    const { warnings } = mosaic([source('one', of({ nodata: -9999 })), source('two', of({ nodata: -9999 }))]);
    assert.deepEqual(
      warnings.map(({ index, type, actual }) => [index, type, actual]),
      [
        [0, 'nodata_not_representable', '-9999'],
        [1, 'nodata_not_representable', '-9999'],
      ],
    );
  });

  it('must share their nodata where readers cannot tell it in time', () => {
    const complex = mosaic([0, 1].map((nodata) => source('c', of({ dataType: 'CFloat32', nodata }))));
    assert.deepEqual(
      complex.problems.map(({ type }) => type),
      ['nodata_inconsistent'],
    );
    const exact = mosaic([0n, 2n ** 53n].map((nodata) => source('i', of({ dataType: 'Int64', nodata }))));
    assert.deepEqual(exact.problems, []);
    const inexact = mosaic([0n, 2n ** 53n + 1n].map((nodata) => source('i', of({ dataType: 'Int64', nodata }))));
    assert.deepEqual(
      inexact.problems.map(({ type }) => type),
      ['nodata_inconsistent'],
    );
  });

  it('treat NaN as equal to NaN', () => {
    assert.deepEqual(mosaic([1, 2].map(() => source('f', of({ dataType: 'Float32', nodata: NaN })))).warnings, []);
  });

  it('must lie near enough to each other for their resolution', () => {
    const { plan, problems } = mosaic([
      source('here'),
      source('far', { affine: northUp(1e11, 0, 10) }),
      source('fine', { affine: northUp(0, 0, 1) }),
    ]);
    assert.equal(plan, null);
    assert.deepEqual(
      problems.map(({ index, type, actual }) => [index, type, actual]),
      [[2, 'too_large_output', '100000000040 x 30']],
    );
  });

  it('must have pixels that doubles tell apart', () => {
    const { problems } = mosaic([source('tiny', { affine: northUp(5e6, 5e6, 1e-8) })]);
    assert.deepEqual(
      problems.map(({ type }) => type),
      ['resolution_too_fine'],
    );
  });

  it('are warned about when large and without overviews', () => {
    const large = { width: 4000, height: 4000 };
    const { warnings } = mosaic([source('a', large), source('b', large)]);
    assert.deepEqual(warnings.map(shortly), [
      [
        -1,
        'missing_overviews',
        '2 sources, "a" among them, have no overviews: the mosaic is slow to read at small scales',
      ],
    ]);
  });
});

describe('sources of a band stack', () => {
  it('must have one band each', () => {
    const { problems } = stack([source('a'), source('b', { layout: layout([band(), band()]) })]);
    assert.deepEqual(problems.map(shortly), [
      [1, 'single_band_required', 'Source "b" has 2 bands, a band stack takes sources of one band each'],
    ]);
  });

  it('must have one data type', () => {
    const { problems } = stack([source('a'), source('b', of({ dataType: 'UInt16' }))]);
    assert.deepEqual(problems.map(shortly), [[1, 'dtype_mismatch', 'Source "b" is UInt16, the band stack is Byte']]);
  });

  it('may differ in colours, palettes and scale', () => {
    const other = of({ colorInterp: 'Palette', colorTable: PALETTE, scale: 3, offset: 1 });
    assert.deepEqual(stack([source('a'), source('b', other)]), {
      ...stack([source('a'), source('b', other)]),
      problems: [],
      warnings: [],
    });
  });

  it('may differ in nodata, with a warning, whatever their type', () => {
    const { plan, warnings } = stack([0, 1].map((nodata) => source('c', of({ dataType: 'CFloat32', nodata }))));
    assert.ok(plan);
    assert.deepEqual(
      warnings.map(({ type }) => type),
      ['nodata_inconsistent'],
    );
  });

  it('may differ in resolution over one extent', () => {
    const coarse = { width: 2, height: 1, affine: [20, 0, 0, 0, -30, 0] } as const;
    assert.deepEqual(stack([source('a'), source('b', coarse)]).problems, []);
  });

  const EXTENTS: readonly (readonly [string, Partial<RasterProfile>, readonly (readonly [string, string])[]])[] = [
    ['moved by a hundredth of a pixel', { affine: northUp(0.1, 0, 10) }, []],
    [
      'moved by two hundredths of a pixel',
      { affine: northUp(0.2, 0, 10) },
      [['origin', 'Source "b" begins at 0.2, 0, the band stack begins at 0, 0']],
    ],
    ['larger', { width: 5 }, [['size', 'Source "b" covers 50 x 30, the band stack covers 40 x 30']]],
    [
      'elsewhere and larger',
      { width: 5, affine: northUp(-10, 0, 10) },
      [
        ['origin', 'Source "b" begins at -10, 0, the band stack begins at 0, 0'],
        ['size', 'Source "b" covers 50 x 30, the band stack covers 40 x 30'],
      ],
    ],
    [
      'too large for the finest pixel, though not for its own',
      { width: 1, height: 1, affine: [40.3, 0, 0, 0, -30, 0] },
      [['size', 'Source "b" covers 40.3 x 30, the band stack covers 40 x 30']],
    ],
  ];
  for (const [name, particulars, expected] of EXTENTS) {
    it(`${expected.length === 0 ? 'may' : 'must not'} be ${name}`, () => {
      const { problems } = stack([source('a'), source('b', particulars)]);
      assert.deepEqual(
        problems.map(({ index, type, field, message }) => [index, type, field, message]),
        expected.map(([field, message]) => [1, 'grid_misaligned', field, message]),
      );
    });
  }
});

function of(particulars: Parameters<typeof band>[0]): Partial<RasterProfile> {
  return { layout: layout([band(particulars)]) };
}

function mosaic(sources: readonly VrtSourceInput[]): PlanResult {
  return planMosaic(sources, { resolutionStrategy: 'finest' });
}

function stack(sources: readonly VrtSourceInput[]): PlanResult {
  return planBandStack(sources, { resolutionStrategy: 'finest' });
}

function shortly({ index, type, message }: Problem): unknown {
  return [index, type, message];
}
