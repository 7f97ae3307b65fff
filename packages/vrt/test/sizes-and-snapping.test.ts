import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planMosaic, type PlanOptions, type VrtPlan, type VrtSourceInput } from '@inlay/vrt';
import { northUp, source } from './profiles.ts';

function mosaic(sources: readonly VrtSourceInput[], options: Partial<PlanOptions> = {}): VrtPlan {
  const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest', ...options });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return plan;
}

describe('the size', () => {
  const SIZES: readonly (readonly [right: number, nearest: number, contain: number])[] = [
    [40, 4, 4],
    [40.004, 4, 4],
    [44, 4, 5],
    [45, 5, 5],
    [49.99, 5, 5],
  ];
  for (const [right, nearest, contain] of SIZES) {
    it(`of ${right / 10} pixels is ${nearest}, and ${contain} where it is to contain all`, () => {
      const sources = [source('a'), source('b', { affine: [10, 0, right - 40, 0, -10, 0] })];
      assert.equal(mosaic(sources).grid.width, nearest);
      assert.equal(mosaic(sources, { sizeRounding: 'nearest' }).grid.width, nearest);
      const contained = mosaic(sources, { sizeRounding: 'contain' });
      assert.equal(contained.grid.width, contain);
      const [x = NaN, , width = NaN] = contained.placements.dstRects.subarray(4);
      assert.ok(Math.abs(x + width - right / 10) < 2e-3, 'nothing of the source is cut off');
    });
  }

  it('that is to contain all is at least a pixel', () => {
    const contained = mosaic([source('a')], { resolution: 1000, sizeRounding: 'contain' });
    assert.deepEqual([contained.grid.width, contained.grid.height], [1, 1]);
  });
});

describe('sources off the grid', () => {
  const at = (x: number, y: number, particulars = {}) => source(`${x}`, { affine: northUp(x, y, 10), ...particulars });

  it('are moved to it where that is asked for, by up to half a pixel', () => {
    const coarse = source('coarse', { affine: northUp(86, -4, 20), width: 2, height: 1 });
    const other = source('other', { affine: northUp(44, 0, 4) });
    const { plan, warnings } = planMosaic([at(0, 0), at(45, -14.4), coarse, other], {
      resolutionStrategy: 'finest',
      resolution: 10,
      snap: true,
    });
    assert.ok(plan);
    assert.deepEqual(plan.grid.affine, northUp(0, 0, 10));
    const rects = [...plan.placements.dstRects];
    assert.deepEqual(rects.slice(0, 12), [0, 0, 4, 3, 5, 1, 4, 3, 9, 0, 4, 2]);
    assert.deepEqual([...plan.placements.srcRects.subarray(8, 12)], [0, 0, 2, 1]);
    assert.ok(Math.abs((rects[12] ?? NaN) - 4.4) < 1e-9, 'pixels that are not whole ones of the output stay');
    assert.deepEqual(
      warnings.map(({ index, type, message }) => [index, type, message.replace(/^.*between whole pixels/, '')]),
      [
        [1, 'misaligned_pixels', ': it is moved by 0.5, -0.44 pixels'],
        [2, 'misaligned_pixels', ': it is moved by 0.4, -0.4 pixels'],
        [3, 'misaligned_pixels', ': its pixels shift by up to half a one'],
      ],
    );
  });

  it('are cut at whole pixels where they are moved', () => {
    const plan = mosaic([at(3, 0), source('20 m', { affine: northUp(-6, -4, 20), width: 2, height: 2 })], {
      bounds: [0, -30, 30, 0],
      resolution: 10,
      snap: true,
    });
    assert.deepEqual([...plan.placements.dstRects], [0, 0, 3, 3, 0, 0, 3, 3]);
    assert.deepEqual([...plan.placements.srcRects], [0, 0, 3, 3, 0.5, 0, 1.5, 1.5]);
  });

  it('are told once for each fraction of a pixel, and counted beyond twenty of them', () => {
    const offsets = Array.from({ length: 300 }, (_, index) => at(40 * index + (index % 3), 0));
    const { warnings } = planMosaic(offsets, { resolutionStrategy: 'finest' });
    assert.deepEqual(
      warnings.map(({ index, message }) => [index, message.replace(/^.*between whole pixels/, '')]),
      [
        [1, ', and 99 more are off by the same fraction: their pixels shift by up to half a one'],
        [2, ', and 99 more are off by the same fraction: their pixels shift by up to half a one'],
      ],
    );
    const many = Array.from({ length: 61 }, (_, index) => at(40 * index + index / 10, 0));
    const told = planMosaic(many, { resolutionStrategy: 'finest' }).warnings;
    assert.equal(told.length, 21);
    assert.deepEqual([told.at(-1)?.index, told.at(-1)?.actual], [-1, '40 sources']);
  });
});
