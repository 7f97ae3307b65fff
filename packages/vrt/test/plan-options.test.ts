import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Affine, MASK_PER_DATASET } from '@inlay/geo';
import {
  planBandStack,
  planMosaic,
  type PlanOptions,
  type ResolutionStrategy,
  type SourceRead,
  VrtError,
  type VrtPlan,
  type VrtSourceInput,
  writeVrt,
} from '@inlay/vrt';
import { band, layout, northUp, source, UTM_33 } from './profiles.ts';

describe('the resolution strategy', () => {
  const STRATEGIES: readonly (readonly [ResolutionStrategy, readonly number[], number | null])[] = [
    ['common', [10, 20], 10],
    ['common', [10, 15], 5],
    ['common', [0.3, 0.4, 0.5], 0.1],
    ['common', [1 / 3, 0.25], 1 / 12],
    ['common', [10, Math.PI], null],
    ['same', [10, 10], 10],
    ['same', [10, 10.000001], null],
  ];
  for (const [strategy, resolutions, expected] of STRATEGIES) {
    it(`${strategy} of ${resolutions.join(' and ')} is ${expected ?? 'refused'}`, () => {
      const sources = resolutions.map((size) => source(`${size}`, { affine: northUp(0, 0, size) }));
      const { plan, problems } = planMosaic(sources, { resolutionStrategy: strategy });
      if (expected === null) {
        assert.deepEqual(
          problems.map(({ index, type, field }) => [index, type, field]),
          [[1, 'resolution_mismatch', 'resolution']],
        );
        return;
      }
      const [x = NaN, , , , y = NaN] = plan?.grid.affine ?? [];
      assert.ok(Math.abs(x - expected) < 1e-12 && Math.abs(y + expected) < 1e-12, `${x} x ${y}`);
    });
  }

  it('counts for nothing where the resolution is given', () => {
    const { grid } = mosaic([source('a'), source('b', { affine: northUp(40, 0, 7) })], {
      resolutionStrategy: 'same',
      resolution: [5, 15],
    });
    assert.deepEqual(grid, { affine: [5, 0, 0, 0, -15, 0], width: 14, height: 2 });
  });
});

describe('the extent', () => {
  const GRIDS: readonly (readonly [string, Partial<PlanOptions>, Affine, number, number, readonly number[]])[] = [
    ['is that of all sources', {}, [10, 0, 3, 0, -10, 7], 4, 3, [0, 0, 4, 3]],
    ['is widened to whole pixels', { align: true, resolution: 10 }, [10, 0, 0, 0, -10, 10], 5, 4, [0.3, 0.3, 4, 3]],
    ['is what is asked for', { bounds: [13, -13, 33, 7] }, [10, 0, 13, 0, -10, 7], 2, 2, [0, 0, 2, 2]],
    ['may reach beyond the sources', { bounds: [-7, -33, 53, 17] }, [10, 0, -7, 0, -10, 17], 6, 5, [1, 1, 4, 3]],
    [
      'is widened where it is asked for as well',
      { bounds: [13, -13, 33, 7], align: true, resolution: 10 },
      [10, 0, 10, 0, -10, 10],
      3,
      3,
      [0, 0.3, 3, 2.7],
    ],
  ];
  for (const [name, options, affine, width, height, dstRect] of GRIDS) {
    it(name, () => {
      const plan = mosaic([source('a', { affine: northUp(3, 7, 10) })], options);
      assert.deepEqual(plan.grid, { affine, width, height });
      const actual = [...plan.placements.dstRects];
      assert.ok(
        actual.every((value, at) => Math.abs(value - (dstRect[at] ?? NaN)) < 1e-9),
        actual.join(', '),
      );
    });
  }

  it('leaves out what lies beside it, with a warning', () => {
    const { plan, warnings } = planMosaic([source('in'), source('out', { affine: northUp(500, 0, 10) })], {
      resolutionStrategy: 'finest',
      bounds: [0, -30, 40, 0],
    });
    assert.deepEqual([...(plan?.placements.sourceIndex ?? [])], [0]);
    assert.deepEqual(
      warnings.map(({ index, type }) => [index, type]),
      [[1, 'source_outside_output']],
    );
  });

  it('must hold at least half a pixel', () => {
    const { problems } = planMosaic([source('a')], { resolutionStrategy: 'finest', resolution: 1000 });
    assert.deepEqual(
      problems.map(({ type, actual }) => [type, actual]),
      [['empty_output', '0 x 0']],
    );
  });

  it('must hold a source where a stack is to have a band', () => {
    const { problems } = planBandStack([source('a')], { resolutionStrategy: 'finest', bounds: [900, 900, 990, 990] });
    assert.deepEqual(
      problems.map(({ type, field }) => [type, field]),
      [['empty_output', 'bounds']],
    );
  });
});

const RGBA = (['Red', 'Green', 'Blue', 'Alpha'] as const).map((colorInterp) => band({ colorInterp }));
const RGB = RGBA.slice(0, 3);

describe('the bands', () => {
  const rgb = source('rgb', { layout: layout(RGB) });

  it('are taken in the order they are asked for, and as often', () => {
    const plan = mosaic([rgb], { bands: [3, 1, 1] });
    assert.deepEqual(plan.bands.map(({ colorInterp }) => colorInterp), ['Blue', 'Red', 'Red']); // prettier-ignore
    assert.deepEqual(
      plan.bands.map((planned) => planned.reads[0]?.sourceBand),
      [3, 1, 1],
    );
  });

  it('make sources of different bands fit', () => {
    const other = source('other', { layout: layout([...RGB, band({ dataType: 'Float32' })]) });
    assert.deepEqual(planMosaic([rgb, other], { resolutionStrategy: 'finest', bands: [1, 2, 3] }).problems, []);
  });

  it('are compared by their own numbers', () => {
    const other = source('other', { layout: layout([band(), band(), band({ colorInterp: 'Red' })]) });
    assert.deepEqual(
      planMosaic([rgb, other], { resolutionStrategy: 'finest', bands: [3] }).problems.map(({ message }) => message),
      ['Source "other" is Red, the mosaic is Blue'],
    );
    assert.deepEqual(
      planMosaic([rgb, other], { resolutionStrategy: 'finest', bands: [2, 3] }).problems.map(({ message }) => message),
      ['Source "other" band 2 is Gray, the mosaic is Green (1 more bands differ)'],
    );
  });

  it('must be in every source', () => {
    for (const plan of [planMosaic, planBandStack]) {
      const { problems } = plan([rgb, source('grey')], { resolutionStrategy: 'finest', bands: [1, 3] });
      assert.deepEqual(
        problems.filter(({ type }) => type === 'band_count_mismatch').map(({ index, message }) => [index, message]),
        [[1, 'Source "grey" has 1 band, and band 3 is asked for']],
      );
    }
  });

  it('of a stack may be several of each source where they are asked for', () => {
    const { plan } = planBandStack([rgb, rgb], { resolutionStrategy: 'finest', bands: [2, 1] });
    assert.deepEqual(
      plan?.bands.map(({ firstPlacement, reads }) => [firstPlacement, reads[0]?.sourceBand]),
      [
        [0, 2],
        [0, 1],
        [1, 2],
        [1, 1],
      ],
    );
  });
});

describe('nodata', () => {
  const masked = source('masked', { layout: layout([band({ maskFlags: MASK_PER_DATASET }), band({ nodata: 9 })]) });

  it('of the sources is overruled by band, the last value standing for all further ones', () => {
    const plan = mosaic([masked], { sourceNodata: [5] });
    assert.deepEqual(plan.bands.map(nodataAndRead), [
      [5, 5, false],
      [5, 5, false],
    ]);
  });

  it('of the output is its own', () => {
    const plan = mosaic([masked], { nodata: [1, 2] });
    assert.deepEqual(plan.bands.map(nodataAndRead), [
      [1, null, true],
      [2, 9, false],
    ]);
  });

  it('can be none', () => {
    assert.deepEqual(mosaic([masked], { sourceNodata: 'none' }).bands.map(nodataAndRead), [
      [null, null, true],
      [null, null, false],
    ]);
    assert.deepEqual(mosaic([masked], { nodata: 'none' }).bands.map(nodataAndRead), [
      [null, null, true],
      [null, 9, false],
    ]);
  });

  it('of a stack counts along its own bands', () => {
    const { plan } = planBandStack([source('a'), source('b'), source('c')], {
      resolutionStrategy: 'finest',
      sourceNodata: [1, 2],
      nodata: [7, 8, 9],
    });
    assert.deepEqual(plan?.bands.map(nodataAndRead), [
      [7, 1, false],
      [8, 2, false],
      [9, 2, false],
    ]);
  });

  it('can be hidden, also where there is none', () => {
    const xml = text(mosaic([masked], { hideNodata: true }));
    assert.equal(xml.match(/<HideNoDataValue>1<\/HideNoDataValue>/g)?.length, 2);
  });

  it('is made of masks and alpha at a threshold', () => {
    const plan = mosaic([source('rgba', { layout: layout(RGBA) })], { maskThreshold: 127.5, nodata: [4, 5] });
    assert.deepEqual(
      plan.bands.map(({ nodata, reads: [read] }) => [nodata, read?.nodata, read?.maskThreshold]),
      [
        [4, 4, 127.5],
        [5, 5, 127.5],
        [5, 5, 127.5],
      ],
    );
    assert.match(
      text(plan),
      /<NoDataFromMaskSource>[^]*<MaskValueThreshold>127.5<\/MaskValueThreshold>\n {6}<NODATA>4<\/NODATA>\n {4}<\/NoDataFromMaskSource>/,
    );
  });

  it('of alpha alone leaves no band', () => {
    const alpha = source('alpha', { layout: layout([band({ colorInterp: 'Alpha' })]) });
    assert.deepEqual(
      planMosaic([alpha], { resolutionStrategy: 'finest', maskThreshold: 0 }).problems.map(({ message }) => message),
      ['Source "alpha" has no band but alpha, which is used up for nodata'],
    );
  });
});

describe('added alpha', () => {
  const rgb = source('rgb', { layout: layout(RGB) });
  const rgba = source('rgba', { layout: layout(RGBA) });
  const masked = source('masked', { layout: layout(RGB.map((each) => ({ ...each, maskFlags: MASK_PER_DATASET }))) });

  it('is made of alpha bands and masks, and opaque where there is neither', () => {
    const plan = mosaic([rgb, rgba, masked], { addAlpha: true, resampling: 'cubic' });
    assert.deepEqual(
      plan.bands.map(({ colorInterp }) => colorInterp),
      ['Red', 'Green', 'Blue', 'Alpha'],
    );
    assert.deepEqual(
      plan.bands[3]?.reads.map(({ sourceBand, constant, useMask }) => [sourceBand, constant, useMask]),
      [
        [1, 255, false],
        [4, null, true],
        ['mask', null, true],
      ],
    );
    assert.equal(plan.mask, null);
    const alpha = text(plan).slice(text(plan).indexOf('Alpha'));
    assert.match(alpha, /<ComplexSource>[^]*<ScaleOffset>255<\/ScaleOffset>\n {6}<ScaleRatio>0<\/ScaleRatio>/);
    assert.equal(alpha.match(/resampling="cubic"/g)?.length, 1);
  });

  it('lets the first source have alpha as well', () => {
    assert.equal(mosaic([rgba, rgb], { addAlpha: true }).bands.length, 4);
  });

  it('takes the alpha band for what it is whichever bands are asked for', () => {
    assert.equal(mosaic([rgba], { addAlpha: true, bands: [2] }).bands[1]?.reads[0]?.sourceBand, 4);
  });

  it('is opaque where the sources are drawn whatever their masks say', () => {
    const plan = mosaic([masked], { addAlpha: true, ignoreSourceMasks: true });
    assert.deepEqual(
      plan.bands.map(({ reads: [read] }) => [read?.useMask, read?.constant]),
      [
        [false, null],
        [false, null],
        [false, null],
        [false, 255],
      ],
    );
  });
});

describe('masks', () => {
  it('are ignored where that is asked for, but for what they make up', () => {
    const masked = source('masked', { layout: layout([band({ maskFlags: MASK_PER_DATASET })]) });
    const plan = mosaic([masked], { ignoreSourceMasks: true });
    assert.equal(plan.bands[0]?.reads[0]?.useMask, false);
    assert.deepEqual(plan.mask?.reads.map(({ sourceBand, useMask }) => [sourceBand, useMask]), [['mask', false]]); // prettier-ignore
  });
});

describe('a pixel function', () => {
  it('is written after the sources, with its arguments and the type that it counts in', () => {
    const { plan } = planMosaic([source('a', { layout: layout([band({ dataType: 'Int16' })]) })], {
      mode: 'compatible',
      resolutionStrategy: 'finest',
      pixelFunction: { name: 'median', arguments: { propagateNoData: 'a<b' } },
    });
    assert.ok(plan);
    const xml = [...writeVrt(plan, (index) => ({ filename: `${index}.tif`, relativeToVrt: true }))].join('');
    assert.match(xml, /<VRTRasterBand dataType="Int16" band="1" subClass="VRTDerivedRasterBand">/);
    assert.ok(
      xml.includes(
        '    </SimpleSource>\n    <PixelFunctionType>median</PixelFunctionType>\n' +
          '    <PixelFunctionArguments propagateNoData="a&lt;b" />\n    <SourceTransferType>Float64</SourceTransferType>\n' +
          '    <SkipNonContributingSources>true</SkipNonContributingSources>\n  </VRTRasterBand>\n',
      ),
      xml,
    );
  });

  for (const [name, type] of [
    ['min', 'Int16'],
    ['max', 'Int16'],
    ['mean', 'Int16'],
    ['sum', 'Float64'],
  ]) {
    it(`${name} counts in ${type}`, () => {
      const ints = source('a', { layout: layout([band({ dataType: 'Int16' })]) });
      const pixelFunction = { name: name ?? '' };
      const { plan } = planMosaic([ints], { mode: 'compatible', resolutionStrategy: 'finest', pixelFunction });
      assert.equal(plan?.bands[0]?.pixelFunction?.transferType, type);
    });
  }
});

describe('an option that no virtual raster can have', () => {
  const MOSAIC: readonly Partial<PlanOptions>[] = [
    { resolution: 0 },
    { resolution: [10, -10] },
    { resolution: NaN },
    { bounds: [0, 0, 0, 10] },
    { bounds: [0, 10, 10, 0] },
    { bounds: [0, 0, Infinity, 10] },
    { bands: [] },
    { bands: [0] },
    { bands: [1.5] },
    { bands: [' '] },
    { sourceNodata: [] },
    { nodata: [] },
    { maskThreshold: -1 },
    { maskThreshold: NaN },
    { pixelFunction: { name: 'sum', arguments: { 'k x': '1' } } },
    { pixelFunction: { name: 'sum' } },
    { pixelFunction: { name: 'min', arguments: { propagateNoData: 'true' } } },
    { paintOrder: [] },
    { paintOrder: [1] },
    { paintOrder: [0.5] },
    { paintOrder: [0, 0] },
  ];
  const STACK: readonly Partial<PlanOptions>[] = [{ addAlpha: true }, { pixelFunction: { name: 'mean' } }];
  it('is one that gdalbuildvrt has not, in the compatible mode', () => {
    for (const options of [{ crs: UTM_33 }, { sizeRounding: 'contain' }, { snap: true }] as const) {
      assert.throws(
        () => planMosaic([source('a')], { mode: 'compatible', resolutionStrategy: 'finest', ...options }),
        (error) => error instanceof VrtError && error.code === 'vrt/invalid-option',
      );
    }
  });

  for (const [planner, rows] of [
    [planMosaic, MOSAIC],
    [planBandStack, [...MOSAIC, ...STACK]],
  ] as const) {
    for (const options of rows) {
      it(`is refused by ${planner.name}: ${JSON.stringify(options)}`, () => {
        assert.throws(
          () => planner([source('a')], { resolutionStrategy: 'finest', ...options }),
          (error) => error instanceof VrtError && error.code === 'vrt/invalid-option',
        );
      });
    }
  }
});

function nodataAndRead({ nodata, reads: [read] }: { nodata: unknown; reads: readonly SourceRead[] }): unknown[] {
  return [nodata, read?.nodata, read?.useMask];
}

function mosaic(sources: readonly VrtSourceInput[], options: Partial<PlanOptions> = {}): VrtPlan {
  const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest', ...options });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return plan;
}

function text(plan: VrtPlan): string {
  return [...writeVrt(plan, (index) => ({ filename: `${index}.tif`, relativeToVrt: true }))].join('');
}
