import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BandProfile, type BandStatistics, type DataType, MASK_NODATA, MASK_PER_DATASET } from '@inlay/geo';
import {
  planBandStack,
  planMosaic,
  type PlanOptions,
  type PlanResult,
  type VrtSourceInput,
  writeVrt,
} from '@inlay/vrt';
import { band, layout, northUp, source } from './profiles.ts';

describe('the nodata of a mosaic', () => {
  const ROWS: readonly (readonly [name: string, sources: readonly VrtSourceInput[], nodata: unknown, warned?: true])[] =
    [
      ["is the first source's where all have it", [of({ nodata: 7 }), of({ nodata: 7 })], 7],
      [
        "is the first source's where statistics of the others are apart from it",
        [of({ nodata: 7 }, 8, 99), of({ nodata: 9 }, 10, 20)],
        7,
      ],
      [
        "is the first's where the others cannot hold it",
        [of({ dataType: 'Int16', nodata: -1 }), of({ dataType: 'Int16', nbits: null }, 0, 99)],
        -1,
      ],
      ["is another's where the first's is a valid value", [of({ nodata: 7 }, 10, 20), of({ nodata: 9 }, 1, 8)], 9],
      [
        'is the least value of the type where all of theirs are valid',
        [of({ nodata: 7 }, 2, 20), of({ nodata: 9 }, 1, 20)],
        0,
      ],
      ['is the greatest where the least is valid', [of({ nodata: 7 }, 0, 20), of({ nodata: 9 }, 1, 20)], 255],
      [
        'is one that fewer bits than the type has cannot hold',
        [of({ dataType: 'UInt16', nbits: 12, nodata: 7 }), of({ dataType: 'UInt16', nbits: 12, nodata: 9 })],
        65535,
      ],
      [
        'is a bigint for 64-bit integers',
        [of({ dataType: 'UInt64', nodata: 7n }, 0, 20), of({ dataType: 'UInt64', nodata: 9n }, 1, 20)],
        18446744073709551615n,
      ],
      ["is the first's where no value is free", [of({ nodata: 7 }, 0, 255), of({ nodata: 9 }, 0, 255)], 7, true],
      [
        'is not chosen by approximate statistics',
        [of({ nodata: 7 }, 8, 20), approximately(of({ nodata: 9 }, 1, 5))],
        7,
        true,
      ],
      [
        'is not chosen where statistics of one source are unknown',
        [of({ nodata: 7 }, 8, 20), of({ nodata: 9 }, 1, 5), of({ nodata: 9 })],
        7,
        true,
      ],
      [
        'is the only one there is, also when the first source has none',
        [of({}, 0, 255), of({ nodata: 9 }, 10, 20)],
        9,
        true,
      ],
      [
        "is NaN in floating point where the first's may be valid",
        [of({ dataType: 'Float64', nodata: -1 }), of({ dataType: 'Float64' })],
        NaN,
      ],
      ['is none where no source has any', [of({}), of({})], null],
      [
        'stays away from values that GDAL would hold for it',
        [
          of({ dataType: 'Int32', nodata: 2_000_000_000 }, 5, 9),
          of({ dataType: 'Int32', nodata: 1 }, 2, 1_999_999_900),
        ],
        1,
      ],
    ];
  for (const [name, sources, nodata, warned] of ROWS) {
    it(name, () => {
      const { plan, warnings } = mosaic(sources);
      assert.deepEqual(plan?.bands[0]?.nodata, nodata);
      assert.equal(
        warnings.some(({ type }) => type === 'nodata_collision'),
        warned === true,
      );
    });
  }

  it('is what the options say, with a warning where statistics show valid values around it', () => {
    const sources = [of({ nodata: 7 }, 10, 20), of({ nodata: 7 }), of({ nodata: 7 }, 100, 200)];
    const told = mosaic(sources, { nodata: [15] });
    assert.equal(told.plan?.bands[0]?.nodata, 15);
    assert.deepEqual(
      told.warnings.map(({ index, type, message }) => [index, type, message]),
      [
        [
          -1,
          'nodata_collision',
          'Source "7" has statistics around the value 15, which the mosaic has for nodata: such pixels are lost',
        ],
      ],
    );
    assert.deepEqual(mosaic(sources, { nodata: [50] }).warnings, []);
    assert.equal(mosaic(sources, { nodata: 'none' }).plan?.bands[0]?.nodata, null);
  });

  it("is none where the options' value is none of the type's", () => {
    const { plan, warnings } = mosaic([of({})], { nodata: [-9999] });
    assert.equal(plan?.bands[0]?.nodata, null);
    assert.deepEqual(
      warnings.map(({ type, message }) => [type, message]),
      [['nodata_not_representable', 'No pixel of type Byte can have the value -9999: the mosaic has no nodata']],
    );
  });

  it('is decided for each band', () => {
    const bands = [band({ nodata: 7 }), band({ nodata: 7 })];
    const others = [band({ nodata: 9 }), band({ nodata: 9 })];
    const [low, high] = [statistics(1, 5), statistics(6, 8)];
    const { plan } = mosaic([
      source('a', { layout: layout(bands), statistics: [low, low] }),
      source('b', { layout: layout(others), statistics: [low, high] }),
    ]);
    assert.deepEqual(
      plan?.bands.map(({ nodata }) => nodata),
      [7, 9],
    );
  });

  it('names the first sources that may lose pixels, and counts the others', () => {
    const whole = layout([band({ nodata: 7 })]);
    const many = [8, 9, 10, 11, 12].map((number) =>
      source(`${number}`, { layout: layout([band({ nodata: number })]) }),
    );
    const { warnings } = mosaic([source('first', { layout: whole }), ...many]);
    assert.deepEqual(
      warnings.filter(({ type }) => type === 'nodata_collision').map(({ message }) => message),
      [
        'Sources "8", "9", "10" and 2 more may have valid pixels of the value 7, which the mosaic has for nodata: such pixels are lost',
      ],
    );
  });

  it('takes valid pixels that the file calls nodata into account where the options call others so', () => {
    const { warnings } = mosaic([of({ nodata: 7 }, 10, 20), of({ nodata: 9 }, 10, 20)], {
      sourceNodata: 'none',
      nodata: [7],
    });
    assert.deepEqual(
      warnings.map(({ message }) => message),
      ['Source "7" has statistics around the value 7, which the mosaic has for nodata: such pixels are lost'],
    );
    const { plan } = mosaic([of({ nodata: 7 }, 10, 20)], { sourceNodata: [30] });
    assert.deepEqual([plan?.bands[0]?.nodata, plan?.bands[0]?.reads[0]?.nodata], [30, 30]);
  });

  it('marks what a mask threshold hides, although no source has nodata', () => {
    const { plan } = mosaic([of({ maskFlags: MASK_PER_DATASET })], { maskThreshold: 0 });
    assert.deepEqual([plan?.bands[0]?.nodata, plan?.bands[0]?.reads[0]?.nodata], [0, 0]);
  });
});

describe('masks in a band stack', () => {
  it('are not kept, which is told, unless nodata stands for them', () => {
    const masked = of({ maskFlags: MASK_PER_DATASET });
    assert.deepEqual(
      planBandStack([masked], { resolutionStrategy: 'finest' }).warnings.map(({ type }) => type),
      ['mask_ignored'],
    );
    assert.deepEqual(planBandStack([masked], { resolutionStrategy: 'finest', nodata: [7] }).warnings, []);
  });

  it('yield to nodata', () => {
    const { plan } = planBandStack([of({ maskFlags: MASK_PER_DATASET, nodata: 3 })], { resolutionStrategy: 'finest' });
    assert.deepEqual([plan?.bands[0]?.nodata, plan?.bands[0]?.reads[0]?.nodata], [3, 3]);
  });
});

describe('alpha beside nodata', () => {
  const color = band({ colorInterp: 'Gray', nodata: 0, maskFlags: MASK_NODATA });
  const alpha = band({ colorInterp: 'Alpha', nodata: 0, maskFlags: MASK_NODATA });
  const sources = [0, 20].map((x) => source('s', { layout: layout([color, alpha]), affine: northUp(x, 0, 10) }));

  it('is read from a raster without nodata, made of the file', () => {
    const { plan } = mosaic(sources);
    assert.ok(plan);
    const text = [...writeVrt(plan, () => ({ filename: 'a&b.tif', relativeToVrt: true }))].join('');
    const rect = 'xOff=&quot;0&quot; yOff=&quot;0&quot; xSize=&quot;4&quot; ySize=&quot;3&quot;';
    const copy = (number: number) =>
      `&lt;SimpleSource&gt;&lt;SourceFilename relativeToVRT=&quot;1&quot;&gt;a&amp;amp;b.tif&lt;/SourceFilename&gt;&lt;SourceBand&gt;${number}&lt;/SourceBand&gt;&lt;SrcRect ${rect}/&gt;&lt;DstRect ${rect}/&gt;&lt;/SimpleSource&gt;`;
    const bands =
      `&lt;VRTRasterBand dataType=&quot;Byte&quot; band=&quot;1&quot;&gt;${copy(1)}&lt;/VRTRasterBand&gt;` +
      `&lt;VRTRasterBand dataType=&quot;Byte&quot; band=&quot;2&quot;&gt;&lt;ColorInterp&gt;Alpha&lt;/ColorInterp&gt;${copy(2)}&lt;/VRTRasterBand&gt;`;
    const document = `&lt;VRTDataset rasterXSize=&quot;4&quot; rasterYSize=&quot;3&quot;&gt;${bands}&lt;/VRTDataset&gt;`;
    assert.ok(
      text.includes(`<SourceFilename relativeToVRT="0">${document}</SourceFilename>\n      <SourceBand>1</SourceBand>`),
    );
    assert.equal(text.split('<UseMaskBand>true</UseMaskBand>').length - 1, 4);
  });

  it('does not outweigh nodata that the options give, nor where masks are ignored', () => {
    for (const options of [{ sourceNodata: [3] }, { ignoreSourceMasks: true }]) {
      const { plan } = mosaic(sources, options);
      assert.deepEqual(plan?.bands[0]?.reads[0]?.alphaBand, null);
      assert.notEqual(plan?.bands[0]?.reads[0]?.nodata, null);
    }
  });

  it('goes into an added alpha band as well', () => {
    const { plan } = mosaic(sources, { addAlpha: true });
    assert.deepEqual(
      plan?.bands.map(({ nodata, reads: [read] }) => [
        nodata,
        read?.sourceBand,
        read?.nodata,
        read?.useMask,
        read?.alphaBand,
      ]),
      [
        [null, 1, null, true, 2],
        [null, 2, null, true, 2],
      ],
    );
  });
});

describe('types of a mosaic', () => {
  const ROWS: readonly (readonly [
    types: readonly DataType[],
    option: PlanOptions['dataType'],
    type: DataType,
    warned?: true,
  ])[] = [
    [['Byte', 'Int8'], 'promote', 'Int16'],
    [['UInt16', 'Int16', 'Float32'], 'promote', 'Float32'],
    [['Int32', 'Float32'], 'promote', 'Float64'],
    [['UInt64', 'Int64'], 'promote', 'Float64', true],
    [['Int16', 'CInt16'], 'promote', 'CInt16'],
    [['Float16', 'Float16'], 'promote', 'Float16'],
    [['Byte', 'Byte'], 'Float32', 'Float32'],
    [['Int32', 'Int32'], 'Float32', 'Float32', true],
    [['Float64'], 'Float32', 'Float32', true],
    [['CFloat32'], 'Float64', 'Float64', true],
  ];
  for (const [types, dataType, expected, warned] of ROWS) {
    it(`${types.join(', ')} with ${dataType} become ${expected}`, () => {
      const { plan, warnings } = mosaic(
        types.map((type) => of({ dataType: type })),
        dataType === undefined ? {} : { dataType },
      );
      assert.equal(plan?.bands[0]?.dataType, expected);
      assert.deepEqual(
        warnings.map(({ type }) => type),
        warned === true ? ['dtype_narrowed'] : [],
      );
    });
  }

  it('are a problem unless one is asked for, in stacks as well', () => {
    const sources = [of({}), of({ dataType: 'Int16' })];
    for (const plan of [planMosaic, planBandStack]) {
      assert.deepEqual(
        plan(sources, { resolutionStrategy: 'finest' }).problems.map(({ type }) => type),
        ['dtype_mismatch'],
      );
      assert.deepEqual(plan(sources, { resolutionStrategy: 'finest', dataType: 'promote' }).problems, []);
    }
  });

  it("are none of the compatible mode's business", () => {
    assert.throws(
      () => planMosaic([of({})], { mode: 'compatible', resolutionStrategy: 'finest', dataType: 'promote' }),
      {
        code: 'vrt/invalid-option',
        message: 'dataType cannot be promote: leave out the compatible mode: gdalbuildvrt converts no types',
      },
    );
    assert.throws(
      () => mosaic([of({})], { dataType: 'Float' as DataType }),
      /dataType cannot be Float: give "promote", or one of Byte, /,
    );
  });

  it('leave alpha what it is', () => {
    const alpha = layout([band(), band({ colorInterp: 'Alpha' })]);
    const { plan } = mosaic([source('a', { layout: alpha })], { dataType: 'Float32' });
    assert.deepEqual(
      plan?.bands.map(({ dataType }) => dataType),
      ['Float32', 'Byte'],
    );
  });
});

function of(particulars: Partial<BandProfile>, minimum?: number, maximum?: number): VrtSourceInput {
  const known = minimum === undefined || maximum === undefined ? null : statistics(minimum, maximum);
  return source(`${particulars.nodata ?? 'none'}`, { layout: layout([band(particulars)]), statistics: [known] });
}

function statistics(minimum: number, maximum: number): BandStatistics {
  return { minimum, maximum, mean: NaN, stddev: NaN, validPercent: null, approximate: false };
}

function approximately({ label, profile }: VrtSourceInput): VrtSourceInput {
  return {
    label,
    profile: { ...profile, statistics: profile.statistics.map((known) => known && { ...known, approximate: true }) },
  };
}

function mosaic(sources: readonly VrtSourceInput[], options: Partial<PlanOptions> = {}): PlanResult {
  return planMosaic(sources, { resolutionStrategy: 'finest', ...options });
}
