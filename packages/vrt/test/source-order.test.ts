import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  chunkPlan,
  coverageWarnings,
  paintOrder,
  planBandStack,
  planMosaic,
  type PlanOptions,
  type VrtPlan,
  type VrtSourceInput,
} from '@inlay/vrt';
import fc from 'fast-check';
import { band, layout, northUp, source, utm } from './profiles.ts';

const FINEST = { resolutionStrategy: 'finest' } as const;

function mosaicOf(sources: readonly VrtSourceInput[], options: Partial<PlanOptions>): VrtPlan {
  const { plan, problems } = planMosaic(sources, { ...FINEST, ...options });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return plan;
}

/** Sources of 4 x 3 pixels of which each overlaps the next. */
const overlapping = (count: number): VrtSourceInput[] =>
  Array.from({ length: count }, (_, index) => source(`${index}`, { affine: northUp(20 * index, 0, 10) }));

describe('paintOrder', () => {
  it('paints the newest last', () => {
    const dates = ['2024-06-01', '2026-01-15', '2025-03-09'].map((date) => Date.parse(date));
    assert.deepEqual([...paintOrder(dates, 'datetime')], [0, 2, 1]);
  });

  it('paints the finest last', () => {
    assert.deepEqual([...paintOrder([10, 0.5, 60], 'resolution')], [2, 0, 1]);
  });

  it('paints the least cloudy last', () => {
    assert.deepEqual([...paintOrder([12.5, 0, 80], 'cloud_cover')], [2, 0, 1]);
  });

  it('paints what is unknown first', () => {
    for (const by of ['datetime', 'resolution', 'cloud_cover'] as const) {
      assert.deepEqual([...paintOrder([5, null, 5, NaN], by)], [1, 3, 0, 2]);
    }
  });

  it('keeps the order sent where keys are equal, the last on top', () => {
    assert.deepEqual([...paintOrder([1, 1, 0, 1, 0], 'datetime')], [2, 4, 0, 1, 3]);
    assert.deepEqual([...paintOrder([0, -0, 0], 'cloud_cover')], [0, 1, 2]);
  });

  it('orders a million sources of which many are equal as a stable sort does', () => {
    const keys = Float64Array.from({ length: 1_000_000 }, (_, index) => (index * 7919) % 101);
    const order = paintOrder(keys, 'datetime');
    const isSorted = order.every((source, place) => {
      const before = order[place - 1];
      return (
        before === undefined || keys[before]! < keys[source]! || (keys[before] === keys[source] && before < source)
      );
    });
    assert.ok(isSorted);
  });

  it('is a permutation', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double())), fc.constantFrom('datetime', 'cloud_cover'), (keys, by) => {
        assert.deepEqual(
          [...paintOrder(keys, by)].toSorted((a, b) => a - b),
          [...keys.keys()],
        );
      }),
    );
  });
});

describe('a paint order', () => {
  it('is the document order of a mosaic, each placement with what belongs to it', () => {
    const nodata = layout([band({ nodata: 7 })]);
    const sources = [
      source('a'),
      source('b', { affine: northUp(50, 20, 10), width: 5, height: 6, layout: nodata }),
      source('c', { affine: northUp(20, 0, 10) }),
    ];
    const { placements } = mosaicOf(sources, { paintOrder: [2, 0, 1] });
    assert.deepEqual([...placements.sourceIndex], [2, 0, 1]);
    assert.deepEqual([...placements.variant], [0, 0, 1]);
    assert.deepEqual([...placements.sourceWidth], [4, 4, 5]);
    assert.deepEqual([...placements.sourceHeight], [3, 3, 6]);
    assert.deepEqual([...placements.srcRects], [0, 0, 4, 3, 0, 0, 4, 3, 0, 0, 5, 6]);
    assert.deepEqual([...placements.dstRects], [2, 2, 4, 3, 0, 2, 4, 3, 5, 0, 5, 6]);
  });

  it('leaves the first source sent the reference, and problems at their places in the order sent', () => {
    const sources = [source('a'), source('b', { crs: utm(34) }), source('c', { crs: utm(34) })];
    const { problems } = planMosaic(sources, { ...FINEST, paintOrder: [2, 1, 0] });
    assert.deepEqual(
      problems.map(({ index, type }) => [index, type]),
      [
        [1, 'crs_mismatch'],
        [2, 'crs_mismatch'],
      ],
    );
    const described = (description: string, nodata: number) => layout([band({ description, nodata })]);
    const plan = mosaicOf([source('a', { layout: described('a', 1) }), source('b', { layout: described('b', 2) })], {
      paintOrder: [1, 0],
    });
    assert.equal(plan.bands[0]?.nodata, 1);
  });

  it('leaves warnings in the order sent', () => {
    const sources = [0, 0.4, 0.2].map((x, index) => source(`${index}`, { affine: northUp(10 * x, 0, 10) }));
    const { warnings } = planMosaic(sources, { ...FINEST, paintOrder: [2, 1, 0] });
    assert.deepEqual(
      warnings.map(({ index, type }) => [index, type]),
      [
        [1, 'misaligned_pixels'],
        [2, 'misaligned_pixels'],
      ],
    );
  });

  it('goes on without the sources that are not in the output', () => {
    const { placements } = mosaicOf(overlapping(5), { paintOrder: [4, 3, 2, 1, 0], bounds: [40, -30, 60, 0] });
    assert.deepEqual([...placements.sourceIndex], [2, 1]);
  });

  it('is the order of the bands of a stack, and of the nodata that is counted along them', () => {
    const sources = [1, 2, 3].map((nodata) => source(`${nodata}`, { layout: layout([band({ nodata })]) }));
    const { plan } = planBandStack(sources, { ...FINEST, paintOrder: [1, 2, 0], nodata: [11, 12, 13] });
    assert.deepEqual(
      plan?.bands.map(({ firstPlacement, nodata, reads: [read] }) => [
        plan.placements.sourceIndex[firstPlacement],
        read?.nodata,
        nodata,
      ]),
      [
        [1, 2, 11],
        [2, 3, 12],
        [0, 1, 13],
      ],
    );
  });

  it('is kept in every chunk', () => {
    const order = [3, 1, 5, 0, 2, 4];
    const plan = mosaicOf(overlapping(6), { paintOrder: order });
    const { chunks } = chunkPlan(plan, { minSourceElements: 1, targetSourcesPerChunk: 2, maxExactReduction: 1 });
    assert.ok(chunks.length > 1);
    for (const { plan } of chunks) {
      const members = new Set(plan.placements.sourceIndex);
      assert.deepEqual([...plan.placements.sourceIndex], order.filter((source) => members.has(source))); // prettier-ignore
    }
  });

  it('is what the warning about overlaps speaks of', () => {
    const [inOrder, other] = [{}, { paintOrder: [1, 0] }].map(
      (options) => coverageWarnings(mosaicOf(overlapping(2), options))[0]?.message,
    );
    assert.match(inOrder ?? '', /: the last one in the order sent is on top$/);
    assert.match(other ?? '', /: the last one in the order that they are painted in is on top$/);
  });

  it('of a mosaic changes nothing but the order of its placements', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        const sources = overlapping(8);
        const [sent, ordered] = [mosaicOf(sources, {}), mosaicOf(sources, { paintOrder: order })];
        assert.deepEqual([...ordered.placements.sourceIndex], order);
        for (const [place, source] of order.entries()) {
          const rects = ({ srcRects, dstRects }: VrtPlan['placements'], at: number) => [
            ...srcRects.subarray(4 * at, 4 * at + 4),
            ...dstRects.subarray(4 * at, 4 * at + 4),
          ];
          assert.deepEqual(rects(ordered.placements, place), rects(sent.placements, source));
        }
        assert.deepEqual({ ...ordered, placements: null }, { ...sent, placements: null });
      }),
    );
  });
});

describe('the pixel functions that paint', () => {
  it('are the order sent for `last`, and its reverse for `first`', () => {
    const sources = overlapping(3);
    const last = mosaicOf(sources, { pixelFunction: { name: 'last' } });
    assert.deepEqual(last, mosaicOf(sources, {}));
    const first = mosaicOf(sources, { pixelFunction: { name: 'first' } });
    assert.deepEqual([...first.placements.sourceIndex], [2, 1, 0]);
    assert.equal(first.bands[0]?.pixelFunction, null);
    assert.equal(first.requiresGdal, null);
  });

  it('turn a paint order round as well', () => {
    const plan = mosaicOf(overlapping(3), { paintOrder: [1, 2, 0], pixelFunction: { name: 'first' } });
    assert.deepEqual([...plan.placements.sourceIndex], [0, 2, 1]);
  });
});

describe('a paint order that is none', () => {
  const REFUSED: readonly (readonly [order: readonly number[], message: RegExp])[] = [
    [[0], /paintOrder cannot have 1 positions: give the position of each of the 2 sources once/],
    [[0, 2], /cannot hold 2: /],
    [[0, -1], /cannot hold -1: /],
    [[1, 1], /cannot hold 1 twice: /],
    [[0, NaN], /cannot hold NaN: /],
  ];
  for (const [order, message] of REFUSED) {
    it(`is refused: ${order.join(', ')}`, () => {
      const refusal = { code: 'vrt/invalid-option', message };
      assert.throws(() => planMosaic(overlapping(2), { ...FINEST, paintOrder: order }), refusal);
      assert.throws(() => planBandStack([source('a'), source('b')], { ...FINEST, paintOrder: order }), refusal);
    });
  }
});
