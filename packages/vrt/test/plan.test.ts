import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Affine, MASK_ALPHA, MASK_PER_DATASET } from '@inlay/geo';
import {
  measureCoverage,
  planBandStack,
  planMosaic,
  type ResolutionStrategy,
  type VrtPlan,
  type VrtSourceInput,
} from '@inlay/vrt';
import { band, layout, northUp, ONE_BYTE_BAND, source } from './profiles.ts';

describe('planMosaic', () => {
  it('lays tiles side by side, in the order sent', () => {
    const plan = mosaic([
      source('south-east', { affine: northUp(40, -30, 10) }),
      source('north-west'),
      source('north-east', { affine: northUp(40, 0, 10) }),
    ]);
    assert.deepEqual(plan.grid, { affine: [10, 0, 0, 0, -10, 0], width: 8, height: 6 });
    assert.deepEqual([...plan.placements.sourceIndex], [0, 1, 2]);
    assert.deepEqual(dstRects(plan), [
      [4, 3, 4, 3],
      [0, 0, 4, 3],
      [4, 0, 4, 3],
    ]);
    assert.deepEqual(srcRects(plan), [
      [0, 0, 4, 3],
      [0, 0, 4, 3],
      [0, 0, 4, 3],
    ]);
  });

  const mixed = [
    source('10 m'),
    source('20 m', { affine: northUp(40, 0, 20), width: 2, height: 2 }),
    source('60 m', { affine: northUp(80, 0, 60), width: 1, height: 1 }),
  ];
  const GRIDS: readonly (readonly [ResolutionStrategy, Affine, number, number, number[]])[] = [
    ['finest', [10, 0, 0, 0, -10, 0], 14, 6, [8, 0, 6, 6]],
    ['coarsest', [60, 0, 0, 0, -60, 0], 2, 1, [4 / 3, 0, 2 - 4 / 3, 1]],
    ['average', [30, 0, 0, 0, -30, 0], 5, 2, [8 / 3, 0, 2, 2]],
  ];
  for (const [strategy, affine, width, height, last] of GRIDS) {
    it(`takes the ${strategy} resolution`, () => {
      const plan = mosaic(mixed, strategy);
      assert.deepEqual(plan.grid, { affine, width, height });
      assert.deepEqual(dstRects(plan)[2], last);
    });
  }

  it('rounds the size half up and cuts what lies beyond the edge', () => {
    const coarse = source('coarse', { affine: northUp(0, 0, 10), width: 4, height: 4 });
    const fine = source('fine', { affine: northUp(38, 0, 4), width: 1, height: 1 });
    const plan = mosaic([coarse, fine], 'coarsest');
    assert.equal(plan.grid.width, 4);
    assert.deepEqual(dstRects(plan)[1], [3.8, 0, 4 - 3.8, 0.4]);
    // 0.2 output pixels of 0.4 are 0.5 source pixels of 1, but for rounding.
    assert.deepEqual(srcRects(plan)[1], [0, 0, (4 - 3.8) / 0.4, 1]);
  });

  it('leaves out a sliver that rounding cuts off, and says so', () => {
    const { plan, warnings } = planMosaic(
      [source('tile'), source('sliver', { affine: [2, 0, 40, 0, -10, 0], width: 1, height: 3 })],
      { resolutionStrategy: 'coarsest' },
    );
    assert.deepEqual([...(plan?.placements.sourceIndex ?? [])], [0]);
    assert.deepEqual(
      warnings.map(({ index, type }) => [index, type]),
      [[1, 'source_outside_output']],
    );
  });

  it('leaves out what rounds to no pixel at all', () => {
    const tile = source('tile', { width: 1, height: 1 });
    const sliver = source('sliver', { width: 1, height: 1, affine: northUp(0, -49.992, 0.3) });
    const { plan, warnings } = planMosaic([tile, sliver], { resolutionStrategy: 'coarsest' });
    assert.deepEqual([...(plan?.placements.sourceIndex ?? [])], [0]);
    assert.deepEqual(
      warnings.map(({ index, type }) => [index, type]),
      [[1, 'source_outside_output']],
    );
  });

  it('takes rectangles within a thousandth of a pixel as whole ones', () => {
    const plan = mosaic([source('a'), source('b', { affine: northUp(40.004, 0.004, 10) })]);
    assert.deepEqual(dstRects(plan)[1], [4, 0, 4, 3]);
  });

  it('keeps places off the grid as they are, and warns', () => {
    const { plan, warnings } = planMosaic([source('a'), source('b', { affine: northUp(45, 0, 10) })], {
      resolutionStrategy: 'finest',
    });
    assert.deepEqual(dstRects(plan)[1], [4.5, 0, 4, 3]);
    assert.deepEqual(
      warnings.map(({ index, type, message }) => [index, type, message]),
      [
        [
          1,
          'misaligned_pixels',
          'Source "b" begins at pixel 4.5, 0 of the mosaic, between whole pixels: its pixels shift by up to half a one',
        ],
      ],
    );
  });

  it('stores what depends on the layout once per layout', () => {
    const other = layout([band({ nodata: 7, blockWidth: 64 })]);
    const plan = mosaic([
      source('a'),
      source('b', { layout: other }),
      source('c', { layout: ONE_BYTE_BAND }),
      source('d', { layout: other }),
    ]);
    assert.deepEqual([...plan.placements.variant], [0, 1, 0, 1]);
    const block = { dataType: 'Byte', blockWidth: 256, blockHeight: 256 };
    const plain = { nodata: null, useMask: false, alphaBand: null, constant: null, maskThreshold: null };
    const read = { sourceBand: 1, ...block, ...plain };
    assert.deepEqual(plan.bands[0]?.reads, [read, { ...read, blockWidth: 64, nodata: 7 }]);
  });

  it('lets nodata decide before a mask in the compatible mode, and an alpha band mask itself', () => {
    const color = band({ maskFlags: MASK_PER_DATASET | MASK_ALPHA, colorInterp: 'Red' });
    const alpha = band({ colorInterp: 'Alpha' });
    const { plan } = planMosaic([source('a', { layout: layout([color, { ...color, nodata: 3 }, alpha]) })], {
      mode: 'compatible',
      resolutionStrategy: 'finest',
    });
    assert.ok(plan);
    assert.deepEqual(
      plan.bands.map(({ reads: [read] }) => [read?.nodata, read?.useMask]),
      [
        [null, true],
        [3, false],
        [null, true],
      ],
    );
    assert.equal(plan.mask, null);
  });

  it('keeps descriptions where all sources agree on them', () => {
    const one = band({ description: 'red', unit: 'm', categories: ['a'], metadata: { K: '1', L: '2' } });
    const same = mosaic([one, { ...one }].map((b) => source('s', { layout: layout([b]) }))).bands[0];
    assert.deepEqual(
      [same?.description, same?.unit, same?.categories, same?.metadata],
      ['red', 'm', ['a'], { K: '1', L: '2' }],
    );
    const other = { ...one, description: 'blue', unit: null, categories: ['b'], metadata: { K: '1', L: '3', M: '4' } };
    const mixed = mosaic([one, other].map((b) => source('s', { layout: layout([b]) }))).bands[0];
    assert.deepEqual(
      [mixed?.description, mixed?.unit, mixed?.categories, mixed?.metadata],
      [null, null, null, { K: '1' }],
    );
  });

  it('does not change when everything moves by whole pixels', () => {
    fc.assert(
      fc.property(tiles, fc.integer({ min: -100, max: 100 }), fc.integer({ min: -100, max: 100 }), (specs, dx, dy) => {
        const here = mosaic(specs.map((spec) => toSource(spec, 0, 0)));
        const there = mosaic(specs.map((spec) => toSource(spec, dx, dy)));
        assert.deepEqual(there.placements, here.placements);
        assert.deepEqual([there.grid.width, there.grid.height], [here.grid.width, here.grid.height]);
      }),
    );
  });

  it('does not change when everything grows by the same factor', () => {
    fc.assert(
      fc.property(tiles, fc.integer({ min: -20, max: 20 }), (specs, exponent) => {
        // Powers of two, by which doubles are multiplied exactly.
        const scale = 2 ** exponent;
        const here = mosaic(specs.map((spec) => toSource(spec, 0, 0)));
        const there = mosaic(specs.map((spec) => toSource(spec, 0, 0, scale)));
        assert.deepEqual(there.placements, here.placements);
        assert.deepEqual(there.grid, { ...here.grid, affine: here.grid.affine.map((term) => term * scale) });
      }),
    );
  });

  it('does not change when tiles are cut in two', () => {
    fc.assert(
      fc.property(tiles, fc.double({ min: 0, max: 1, noNaN: true }), (specs, at) => {
        const whole = mosaic(specs.map((spec) => toSource(spec, 0, 0)));
        const cuts = specs.map(({ width }) => Math.round(at * width));
        const halves = specs.flatMap((spec, index) => {
          const left = cuts[index] ?? 0;
          const parts = [
            { ...spec, width: left },
            { ...spec, x: spec.x + left, width: spec.width - left },
          ];
          return parts.filter(({ width }) => width > 0);
        });
        const cut = mosaic(halves.map((spec) => toSource(spec, 0, 0)));
        assert.deepEqual(cut.grid, whole.grid);
        assert.deepEqual(joined(dstRects(cut), specs, cuts), dstRects(whole));
        assert.deepEqual(measureCoverage(cut), measureCoverage(whole));
      }),
    );
  });

  it('covers every whole-pixel tile exactly, none of it twice', () => {
    fc.assert(
      fc.property(tiles, (specs) => {
        const plan = mosaic(specs.map((spec) => toSource(spec, 0, 0)));
        const [, , left, , , top] = plan.grid.affine;
        specs.forEach((spec, index) => {
          const { x, y, width, height } = spec;
          assert.deepEqual(srcRects(plan)[index], [0, 0, width, height]);
          assert.deepEqual(dstRects(plan)[index], [x - left / 8, top / 8 - y, width, height]);
        });
      }),
    );
  });

  it('chooses the same grid whatever the order, but for the average', () => {
    fc.assert(
      fc.property(tiles, fc.constantFrom('finest' as const, 'coarsest' as const), (specs, strategy) => {
        const sources = specs.map((spec) => toSource(spec, 0, 0));
        assert.deepEqual(mosaic(sources.toReversed(), strategy).grid, mosaic(sources, strategy).grid);
      }),
    );
  });

  it('keeps every rectangle inside its source and the output', () => {
    const resolution = fc.constantFrom(0.3, 1 / 3, 1, 1.7, 2, 10);
    const anywhere = fc.record({
      x: fc.double({ min: -50, max: 50, noNaN: true }),
      y: fc.double({ min: -50, max: 50, noNaN: true }),
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 }),
      resolution,
    });
    const strategies = fc.constantFrom<ResolutionStrategy>('finest', 'coarsest', 'average');
    fc.assert(
      fc.property(fc.array(anywhere, { minLength: 1, maxLength: 6 }), strategies, (specs, strategy) => {
        const plan = mosaic(
          specs.map(({ x, y, width, height, resolution }) =>
            source('s', { width, height, affine: northUp(x, y, resolution) }),
          ),
          strategy,
        );
        const { sourceIndex } = plan.placements;
        for (const [placement, [x = NaN, y = NaN, w = NaN, h = NaN]] of dstRects(plan).entries()) {
          assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0);
          assert.ok(x + w <= plan.grid.width + 2e-3 && y + h <= plan.grid.height + 2e-3);
          const spec = specs[sourceIndex[placement] ?? -1];
          const [sx = NaN, sy = NaN, sw = NaN, sh = NaN] = srcRects(plan)[placement] ?? [];
          assert.ok(sx >= 0 && sy >= 0 && sw > 0 && sh > 0);
          assert.ok(sx + sw <= (spec?.width ?? NaN) + 2e-3 && sy + sh <= (spec?.height ?? NaN) + 2e-3);
        }
      }),
    );
  });
});

describe('planBandStack', () => {
  it('makes a band of each source, in the order sent, at the chosen resolution', () => {
    const { plan, problems } = planBandStack(
      [
        source('B04', { width: 4, height: 4, layout: layout([band({ nodata: 1, description: 'red' })]) }),
        source('B11', { width: 2, height: 2, affine: northUp(0, 0, 20), layout: layout([band({ nodata: 2 })]) }),
      ],
      { resolutionStrategy: 'finest' },
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(plan?.grid, { affine: [10, 0, 0, 0, -10, 0], width: 4, height: 4 });
    assert.deepEqual(
      plan.bands.map(({ firstPlacement, placementCount, nodata, description, colorInterp }) => ({
        firstPlacement,
        placementCount,
        nodata,
        description,
        colorInterp,
      })),
      [
        { firstPlacement: 0, placementCount: 1, nodata: 1, description: 'red', colorInterp: null },
        { firstPlacement: 1, placementCount: 1, nodata: 2, description: null, colorInterp: null },
      ],
    );
    assert.deepEqual(srcRects(plan)[1], [0, 0, 2, 2]);
    assert.deepEqual(dstRects(plan)[1], [0, 0, 4, 4]);
  });
});

/** Tiles of whole 8 m pixels anywhere near the origin; 8 m so that sums of doubles are exact. */
const tiles = fc.array(
  fc.record({
    x: fc.integer({ min: -50, max: 50 }),
    y: fc.integer({ min: -50, max: 50 }),
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
  }),
  { minLength: 1, maxLength: 8 },
);

function toSource(
  spec: { x: number; y: number; width: number; height: number },
  dx: number,
  dy: number,
  scale = 1,
): VrtSourceInput {
  const { x, y, width, height } = spec;
  const pixel = 8 * scale;
  return source('tile', { width, height, affine: northUp(pixel * (x + dx), pixel * (y + dy), pixel) });
}

/** The rectangles of tiles that were cut where `cuts` says, put together again. */
function joined(rects: readonly number[][], specs: readonly { width: number }[], cuts: readonly number[]): number[][] {
  const rest = [...rects];
  return specs.map(({ width }, index) => {
    const [first = []] = rest.splice(0, cuts[index] === 0 || cuts[index] === width ? 1 : 2);
    return [first[0] ?? NaN, first[1] ?? NaN, width, first[3] ?? NaN];
  });
}

function mosaic(sources: readonly VrtSourceInput[], resolutionStrategy: ResolutionStrategy = 'finest'): VrtPlan {
  const { plan, problems } = planMosaic(sources, { resolutionStrategy });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return plan;
}

function srcRects(plan: VrtPlan | null): number[][] {
  return quadruples(plan?.placements.srcRects ?? new Float64Array());
}

function dstRects(plan: VrtPlan | null): number[][] {
  return quadruples(plan?.placements.dstRects ?? new Float64Array());
}

function quadruples(rects: Float64Array): number[][] {
  return Array.from({ length: rects.length / 4 }, (_, index) => Array.from(rects.subarray(4 * index, 4 * index + 4)));
}
