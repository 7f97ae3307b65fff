import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BandProfile, type DataType, MASK_PER_DATASET } from '@inlay/geo';
import {
  type CompatibleOptions,
  coverageWarnings,
  planBandStack,
  planMosaic,
  type PlanOptions,
  type PlanResult,
  type VrtSourceInput,
} from '@inlay/vrt';
import { band, layout, northUp, source } from './profiles.ts';

const FINEST = { resolutionStrategy: 'finest' } as const;

/** Sources of one band side by side, or on top of each other where `step` is 0. */
function sourcesOf(particulars: Partial<BandProfile>, step = 40): VrtSourceInput[] {
  const shared = layout([band(particulars)]);
  return [0, 1].map((index) => source(`${index}`, { affine: northUp(step * index, 0, 10), layout: shared }));
}

function call(name: string, sources: readonly VrtSourceInput[], options: Partial<PlanOptions> = {}): PlanResult {
  return planMosaic(sources, { ...FINEST, pixelFunction: { name }, ...options });
}

describe('a pixel function that compares or averages', () => {
  for (const name of ['min', 'max', 'mean', 'median']) {
    it(`needs a nodata value where sources leave gaps: ${name}`, () => {
      const { plan, problems } = call(name, sourcesOf({}));
      assert.equal(plan, null);
      assert.deepEqual(problems, [
        {
          index: -1,
          type: 'pixel_function_unsupported',
          field: 'nodata',
          message: `The pixel function ${name} needs a nodata value for band 1: GDAL would count places without data as values`,
          expected: 'a nodata value of type Byte',
          actual: null,
          fix: 'set nodata to a value that no valid pixel has',
        },
      ]);
    });

    it(`takes the sources' nodata value, or the one that is set: ${name}`, () => {
      for (const [nodata, options] of [
        [3, {}],
        [null, { nodata: [3] }],
      ] as const) {
        const { plan, problems } = call(name, sourcesOf({ nodata }), options);
        assert.deepEqual(problems, []);
        assert.equal(plan?.bands[0]?.pixelFunction?.name, name);
        assert.equal(plan?.bands[0]?.nodata, 3);
      }
    });
  }

  const UNSUPPORTED: readonly (readonly [
    what: string,
    particulars: Partial<BandProfile>,
    options: Partial<PlanOptions>,
    field: string,
    fix: RegExp,
  ])[] = [
    ['a nodata value that is hidden', { nodata: 3 }, { hideNodata: true }, 'nodata', /^leave hideNodata out$/],
    ['a nodata value that its pixels cannot have', { nodata: -9999 }, {}, 'nodata', /^set nodata/],
    ['NaN for nodata of integers', { nodata: NaN, dataType: 'Int16' }, {}, 'nodata', /^set nodata/],
    ['no nodata value because none is asked for', { nodata: 3 }, { nodata: 'none' }, 'nodata', /^set nodata/],
    ['complex numbers', { nodata: 3, dataType: 'CFloat32' }, {}, 'dtype', /^choose last or first/],
  ];
  for (const [what, particulars, options, field, fix] of UNSUPPORTED) {
    it(`does not take ${what}`, () => {
      const { plan, problems } = call('median', sourcesOf(particulars), options);
      assert.equal(plan, null);
      assert.deepEqual(problems.map(({ type, field }) => [type, field]), [['pixel_function_unsupported', field]]); // prettier-ignore
      assert.match(problems[0]?.fix ?? '', fix);
    });
  }

  it('averages no colours of a palette, and compares them', () => {
    const palette = sourcesOf({ nodata: 3, colorInterp: 'Palette', colorTable: [[0, 0, 0, 255]] });
    for (const name of ['mean', 'median']) {
      assert.equal(call(name, palette).problems[0]?.field, 'color_table');
    }
    assert.deepEqual(call('max', palette).problems, []);
  });

  it('needs no nodata value where every source has every pixel', () => {
    assert.deepEqual(call('mean', sourcesOf({}, 0)).problems, []);
    assert.deepEqual(call('mean', sourcesOf({ dataType: 'UInt32' }, 0)).problems, []);
  });

  it('needs one all the same where pixels are masked, or where they may be NaN', () => {
    assert.equal(call('mean', sourcesOf({ maskFlags: MASK_PER_DATASET }, 0)).problems[0]?.field, 'nodata');
    assert.equal(call('mean', sourcesOf({ dataType: 'Float32' }, 0)).problems[0]?.field, 'nodata');
    assert.equal(call('mean', sourcesOf({}, 0), { bounds: [-10, -30, 40, 0] }).problems[0]?.field, 'nodata');
    assert.deepEqual(call('mean', sourcesOf({ maskFlags: MASK_PER_DATASET }, 0), { ignoreSourceMasks: true }).problems, []); // prettier-ignore
  });

  it('leaves alpha bands to be painted, since they tell where any source is', () => {
    const rgba = (['Red', 'Green', 'Blue', 'Alpha'] as const).map((colorInterp) => band({ colorInterp }));
    const sources = [source('a', { layout: layout(rgba) }), source('b', { layout: layout(rgba) })];
    const { plan, problems } = call('mean', sources, { nodata: [0] });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      plan?.bands.map(({ pixelFunction }) => pixelFunction?.name ?? null),
      ['mean', 'mean', 'mean', null],
    );
  });

  it('says that 64-bit integers are computed as doubles', () => {
    const warningsOf = (dataType: DataType) =>
      call('max', sourcesOf({ dataType }, 0)).warnings.map(({ index, type }) => [index, type]);
    assert.deepEqual(warningsOf('Int64'), [[-1, 'int64_precision']]);
    assert.deepEqual(warningsOf('UInt64'), [[-1, 'int64_precision']]);
    assert.deepEqual(warningsOf('Int32'), []);
  });

  it('has nothing to compute where no source lies in the bounds', () => {
    const { plan, problems } = call('mean', sourcesOf({ nodata: 3 }), { bounds: [1000, 1000, 1100, 1100] });
    assert.equal(plan, null);
    assert.deepEqual(problems.map(({ index, type }) => [index, type]), [[-1, 'empty_output']]); // prettier-ignore
  });

  it('is told with every other problem', () => {
    const [first] = sourcesOf({});
    assert.ok(first);
    const second = source('b', { layout: layout([band({ dataType: 'Int16' })]) });
    const { problems } = call('min', [first, second], { bounds: [-10, -30, 40, 0] });
    assert.deepEqual(
      problems.map(({ index, type }) => [index, type]),
      [
        [1, 'dtype_mismatch'],
        [-1, 'pixel_function_unsupported'],
      ],
    );
  });

  it('is what the warning about overlaps speaks of', () => {
    const { plan } = call('max', sourcesOf({ nodata: 3 }, 20));
    assert.ok(plan);
    assert.match(coverageWarnings(plan)[0]?.message ?? '', /: the pixel has the max of their values$/);
  });

  it('does not go with a band stack', () => {
    const sources = sourcesOf({ nodata: 3 }, 0);
    for (const name of ['last', 'first', 'min']) {
      assert.throws(() => planBandStack(sources, { ...FINEST, pixelFunction: { name } }), {
        code: 'vrt/invalid-option',
      });
    }
  });
});

describe('the compatible mode', () => {
  it('plans any function of any values, as gdalbuildvrt does', () => {
    const options: CompatibleOptions = { ...FINEST, mode: 'compatible', pixelFunction: { name: 'first' } };
    const { plan, problems } = planMosaic(sourcesOf({ dataType: 'CFloat32' }), options);
    assert.deepEqual(problems, []);
    assert.deepEqual(plan?.bands[0]?.pixelFunction, { name: 'first', arguments: {}, transferType: 'Float64' });
    assert.deepEqual([...(plan?.placements.sourceIndex ?? [])], [0, 1]);
  });
});

describe('the first GDAL that reads a plan', () => {
  const compatible = { mode: 'compatible' } as const;
  const VERSIONS: readonly (readonly [
    Partial<BandProfile>,
    Partial<PlanOptions | CompatibleOptions>,
    string | null,
  ])[] = [
    [{ nodata: 3 }, {}, null],
    [{ nodata: 3 }, { pixelFunction: { name: 'first' } }, null],
    [{ nodata: 3 }, { pixelFunction: { name: 'min' } }, '3.8'],
    [{ nodata: 3 }, { pixelFunction: { name: 'max' } }, '3.8'],
    [{ nodata: 3 }, { pixelFunction: { name: 'mean' } }, '3.12'],
    [{ nodata: 3 }, { pixelFunction: { name: 'median' } }, '3.12'],
    [{ nodata: 3 }, { ...compatible, pixelFunction: { name: 'sum' } }, '3.12'],
    [{}, { maskThreshold: 5 }, '3.9'],
    [{ dataType: 'Int8' }, {}, '3.7'],
    [{ dataType: 'Int8', nodata: 3 }, { pixelFunction: { name: 'min' } }, '3.8'],
    [{ dataType: 'Float16', nodata: 3 }, { pixelFunction: { name: 'min' } }, '3.11'],
    [{ dataType: 'Int64' }, {}, null],
  ];
  for (const [particulars, options, version] of VERSIONS) {
    const { dataType = 'Byte' } = particulars;
    it(`is ${version ?? 'any'} for ${dataType} with ${JSON.stringify(options)}`, () => {
      const { plan, problems } = planMosaic(sourcesOf(particulars), { ...FINEST, ...options } as PlanOptions);
      assert.deepEqual(problems, []);
      assert.equal(plan?.requiresGdal, version);
    });
  }

  it('is that of all bands of a stack', () => {
    const sources = (['Byte', 'Byte'] as const).map((dataType, index) =>
      source(`${index}`, { layout: layout([band({ dataType })]) }),
    );
    assert.equal(planBandStack(sources, FINEST).plan?.requiresGdal, null);
    // A stack has no mask threshold.
    assert.equal(planBandStack(sources, { ...FINEST, maskThreshold: 5 }).plan?.requiresGdal, null);
    const int8 = [source('a', { layout: layout([band({ dataType: 'Int8' })]) })];
    assert.equal(planBandStack(int8, FINEST).plan?.requiresGdal, '3.7');
  });
});
