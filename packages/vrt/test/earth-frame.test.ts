import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Affine, Crs } from '@inlay/geo';
import { planBandStack, planMosaic, type PlanOptions, type VrtPlan, type VrtSourceInput } from '@inlay/vrt';
import { DEGREES, northUp, source } from './profiles.ts';

const GRADS: Crs = {
  ...DEGREES,
  code: 'EPSG:4807',
  name: 'NTF (Paris)',
  proj4: '+proj=longlat +a=6378249.2 +b=6356515 +pm=paris +no_defs',
  unit: { name: 'grad', factor: Math.PI / 200 },
  parametersKey: 'grads',
};

/** A tile of 5 x 5 pixels of a degree, the top-left corner of which is at `west`, 10. */
function tile(west: number, particulars: Partial<VrtSourceInput['profile']> = {}): VrtSourceInput {
  const place = { crs: DEGREES, width: 5, height: 5, affine: northUp(west, 10, 1) };
  return source(`${west}`, { ...place, ...particulars });
}

function wide(west: number, width: number): VrtSourceInput {
  return tile(west, { width });
}

/** Columns that each placement fills, `[first, count]`, in the order of placements. */
function columns({ placements: { dstRects, sourceIndex } }: VrtPlan): number[][] {
  return [...sourceIndex].map((_, at) => [dstRects[4 * at] ?? NaN, dstRects[4 * at + 2] ?? NaN]);
}

function mosaic(sources: readonly VrtSourceInput[], options: Partial<PlanOptions> = {}): VrtPlan {
  const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest', ...options });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return plan;
}

describe('sources on both sides of the antimeridian', () => {
  it('are neighbours, in an output that runs past 180 degrees', () => {
    const plan = mosaic([tile(175), tile(-180)]);
    assert.deepEqual(plan.grid, { affine: northUp(175, 10, 1), width: 10, height: 5 });
    assert.deepEqual(columns(plan), [
      [0, 5],
      [5, 5],
    ]);
  });

  it('are where most of them are: the smaller part is shifted', () => {
    const plan = mosaic([tile(-180), tile(175), tile(-178), tile(-179)]);
    assert.equal(plan.grid.affine[2], -185);
    assert.deepEqual(columns(plan), [
      [5, 5],
      [0, 5],
      [7, 5],
      [6, 5],
    ]);
  });

  it('leave out the widest gap, wherever it is', () => {
    // 60 degrees lie between -120 and -60, 65 between -55 and 10, 150 between 15 and 165.
    const plan = mosaic([tile(-125), tile(-60), tile(10), tile(165)]);
    assert.deepEqual([plan.grid.affine[2], plan.grid.width], [-195, 210]);
  });

  it('may cross it themselves', () => {
    const across = wide(178, 5);
    assert.deepEqual(mosaic([across]).grid.affine, northUp(178, 10, 1));
    const plan = mosaic([across, tile(-177)]);
    assert.deepEqual([plan.grid.affine[2], plan.grid.width], [178, 10]);
    assert.deepEqual(columns(plan), [
      [0, 5],
      [5, 5],
    ]);
  });

  it('may count from 0 to 360, or from anywhere', () => {
    assert.deepEqual(mosaic([tile(355), tile(0)]).grid, { affine: northUp(-5, 10, 1), width: 10, height: 5 });
    assert.deepEqual(mosaic([tile(190), tile(-165)]).grid, { affine: northUp(-170, 10, 1), width: 10, height: 5 });
    assert.deepEqual(mosaic([tile(190), tile(195)]).grid, { affine: northUp(190, 10, 1), width: 10, height: 5 });
    assert.deepEqual(mosaic([tile(-540), tile(185)]).grid.width, 10);
  });

  it('have the same resolution in common as elsewhere, and the same places to a rounding error', () => {
    const third = 1 / 3;
    const plan = mosaic([
      tile(180 - 5 * third, { affine: northUp(180 - 5 * third, 10, third) }),
      tile(-180, { affine: northUp(-180, 10, third) }),
    ]);
    assert.deepEqual(columns(plan), [
      [0, 5],
      [5, 5],
    ]);
  });

  it('stack where their extents are the same place', () => {
    const { plan, problems } = planBandStack([tile(190), tile(-170)], { resolutionStrategy: 'finest' });
    assert.deepEqual(problems, []);
    assert.deepEqual(plan?.grid, { affine: northUp(-170, 10, 1), width: 5, height: 5 });
    const apart = planBandStack([tile(190), tile(-169)], { resolutionStrategy: 'finest' });
    assert.deepEqual(
      apart.problems.map(({ type, actual }) => [type, actual]),
      [['grid_misaligned', '-169, 10']],
    );
  });
});

describe('sources stay where they are', () => {
  const rows: readonly (readonly [string, readonly VrtSourceInput[], Partial<PlanOptions>, number, number])[] = [
    ['in half of the Earth', [tile(-90), tile(85)], {}, -90, 180],
    ['around the Earth', [wide(-180, 180), wide(0, 180)], {}, -180, 360],
    ['around the Earth from 0 to 360', [wide(0, 180), wide(180, 180)], {}, 0, 360],
    ['around the Earth in tiles', Array.from({ length: 72 }, (_, index) => tile(5 * index - 180)), {}, -180, 360],
    ['where their CRS is in grads', [tile(195, { crs: GRADS }), tile(-200, { crs: GRADS })], {}, -200, 400],
    [
      'in a projected CRS',
      [source('a', { affine: northUp(175, 10, 1) }), source('b', { affine: northUp(-180, 10, 1) })],
      {},
      -180,
      359,
    ],
    ['where their numbers are no degrees', [tile(500_000), tile(-180)], {}, -180, 500_185],
  ];
  for (const [name, sources, options, west, width] of rows) {
    it(name, () => {
      const plan = mosaic(sources, options);
      assert.deepEqual([plan.grid.affine[2], plan.grid.width], [west, width]);
    });
  }

  it('in the compatible mode', () => {
    const { plan } = planMosaic([tile(175), tile(-180)], { mode: 'compatible', resolutionStrategy: 'finest' });
    assert.deepEqual([plan?.grid.affine[2], plan?.grid.width], [-180, 360]);
  });
});

describe('bounds decide in which frame of longitudes an output is', () => {
  const pair = [tile(175), tile(-180)];
  const bounds = (west: number, east: number) => ({ bounds: [west, 5, east, 10] as const });

  it('past 180 degrees', () => {
    assert.deepEqual(columns(mosaic(pair, bounds(170, 190))), [
      [5, 5],
      [10, 5],
    ]);
  });

  it('before -180 degrees', () => {
    assert.deepEqual(columns(mosaic(pair, bounds(-190, -170))), [
      [5, 5],
      [10, 5],
    ]);
  });

  it('from -180 to 180 degrees, where a source that crosses is placed at both ends', () => {
    const plan = mosaic([tile(0), wide(178, 5)], bounds(-180, 180));
    assert.deepEqual([...plan.placements.sourceIndex], [0, 1, 1]);
    assert.deepEqual(columns(plan), [
      [180, 5],
      [0, 3],
      [358, 2],
    ]);
    assert.deepEqual([...plan.placements.srcRects.subarray(4, 12)], [2, 0, 3, 5, 0, 0, 2, 5]);
    assert.equal(plan.bands[0]?.placementCount, 3);
  });

  it('once for a source that covers them all', () => {
    const plan = mosaic([wide(-180, 361)], bounds(-180, 180));
    assert.deepEqual(columns(plan), [[0, 360]]);
  });

  it('for a band of a stack as well, which then has two places', () => {
    const { plan } = planBandStack([wide(178, 5), wide(178, 5)], {
      resolutionStrategy: 'finest',
      ...bounds(-180, 180),
    });
    assert.deepEqual(
      plan?.bands.map(({ firstPlacement, placementCount }) => [firstPlacement, placementCount]),
      [
        [0, 2],
        [2, 2],
      ],
    );
  });

  it('and leave out what does not lie in them, at any turn', () => {
    const { plan, warnings } = planMosaic([tile(175), tile(10)], {
      resolutionStrategy: 'finest',
      ...bounds(-190, -170),
    });
    assert.ok(plan);
    assert.deepEqual(columns(plan), [[5, 5]]);
    assert.deepEqual(
      warnings.map(({ index, type, field }) => [index, type, field]),
      [[1, 'source_outside_output', 'bounds']],
    );
  });
});

describe('a mosaic of any tiles within half of the Earth', () => {
  it('is no wider than they lie apart, wherever they are and whichever turn each of them counts from', () => {
    const places = fc.array(
      fc.record({ column: fc.integer({ min: 0, max: 34 }), turn: fc.integer({ min: -1, max: 1 }) }),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(places, fc.integer({ min: 0, max: 71 }), (tiles, start) => {
        const first = Math.min(...tiles.map(({ column }) => column));
        const last = Math.max(...tiles.map(({ column }) => column));
        const plan = mosaic(tiles.map(({ column, turn }) => tile(5 * (column + start) - 180 + 360 * turn)));
        assert.equal(plan.grid.width, 5 * (last - first + 1));
        assert.deepEqual(
          columns(plan),
          tiles.map(({ column }) => [5 * (column - first), 5]),
        );
      }),
    );
  });

  it('is at the same place on Earth as its tiles', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 71 }), { minLength: 1, maxLength: 8 }), (steps) => {
        const sources = steps.map((step) => tile(5 * step - 180));
        const plan = mosaic(sources);
        const affine: Affine = plan.grid.affine;
        assert.deepEqual(
          columns(plan).map(([column = NaN]) => (affine[2] + column + 720) % 360),
          steps.map((step) => (5 * step - 180 + 720) % 360),
        );
      }),
    );
  });
});
