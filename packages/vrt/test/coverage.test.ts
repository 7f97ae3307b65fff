import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  coverageWarnings,
  mapCoverage,
  measureCoverage,
  type OutputRect,
  planBandStack,
  planMosaic,
  type VrtPlan,
} from '@inlay/vrt';
import { northUp, source } from './profiles.ts';

interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

describe('coverage of a mosaic', () => {
  it('is whole where tiles lie edge to edge', () => {
    const plan = mosaic([tile(0, 0, 4, 3), tile(4, 0, 4, 3), tile(0, 3, 8, 2)]);
    assert.deepEqual(measureCoverage(plan), { covered: 40, overlapped: 0, total: 40 });
    assert.deepEqual(coverageWarnings(plan), []);
  });

  it('counts gaps and overlaps once, however many sources overlap', () => {
    const plan = mosaic([tile(0, 0, 4, 4), tile(2, 2, 4, 4), tile(2, 2, 2, 2), tile(8, 8, 2, 2)]);
    assert.deepEqual(measureCoverage(plan), { covered: 32, overlapped: 4, total: 100 });
    assert.deepEqual(
      coverageWarnings(plan).map(({ type, message }) => [type, message]),
      [
        ['gaps', '68.0 % of the mosaic is covered by no source: it will be valid pixels of the value 0 to readers'],
        ['overlaps', '4.0 % of the mosaic is covered by several sources: the last one in the order sent is on top'],
      ],
    );
  });

  it('is no subject in a band stack, where every source has a band of its own', () => {
    const { plan } = planBandStack([source('a'), source('b')], { resolutionStrategy: 'finest' });
    assert.ok(plan);
    assert.deepEqual(coverageWarnings(plan), []);
  });

  it('equals counting pixel by pixel', () => {
    const tiles = fc.array(
      fc.record({
        x: fc.integer({ min: 0, max: 12 }),
        y: fc.integer({ min: 0, max: 12 }),
        width: fc.integer({ min: 1, max: 8 }),
        height: fc.integer({ min: 1, max: 8 }),
      }),
      { minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(tiles, (tiles) => {
        const counts = new Map<string, number>();
        for (const { x, y, width, height } of tiles) {
          for (let col = x; col < x + width; col += 1) {
            for (let row = y; row < y + height; row += 1) {
              counts.set(`${col} ${row}`, (counts.get(`${col} ${row}`) ?? 0) + 1);
            }
          }
        }
        const plan = mosaic(tiles);
        assert.deepEqual(measureCoverage(plan), {
          covered: counts.size,
          overlapped: [...counts.values()].filter((count) => count > 1).length,
          total: plan.grid.width * plan.grid.height,
        });
      }),
    );
  });
});

describe('the map of a coverage', () => {
  it('has the places without a source and those with several, in few rectangles', () => {
    const plan = mosaic([tile(0, 0, 4, 4), tile(2, 2, 4, 4)]);
    assert.deepEqual(mapCoverage(plan), {
      gaps: [
        [4, 0, 2, 2],
        [0, 4, 2, 2],
      ],
      overlaps: [[2, 2, 2, 2]],
      isExact: true,
    });
  });

  it('is empty where tiles lie edge to edge', () => {
    const plan = mosaic([tile(0, 0, 4, 3), tile(4, 0, 4, 3), tile(0, 3, 8, 2)]);
    assert.deepEqual(mapCoverage(plan), { gaps: [], overlaps: [], isExact: true });
  });

  it('is a coarse picture where there are more edges than lines, and says so', () => {
    const plan = mosaic([tile(0, 0, 50, 100), tile(53, 0, 47, 100)]);
    // Lines at 0, 50 and 100: the middle of neither half is in the gap of three columns.
    assert.deepEqual(mapCoverage(plan, 2), { gaps: [], overlaps: [], isExact: false });
    assert.deepEqual(mapCoverage(plan, 3), { gaps: [[50, 0, 3, 100]], overlaps: [], isExact: true });
  });

  it('has the areas that are measured, where it is exact', () => {
    const tiles = fc.array(
      fc.record({
        x: fc.integer({ min: 0, max: 12 }),
        y: fc.integer({ min: 0, max: 12 }),
        width: fc.integer({ min: 1, max: 8 }),
        height: fc.integer({ min: 1, max: 8 }),
      }),
      { minLength: 1, maxLength: 10 },
    );
    const area = (rects: readonly OutputRect[]): number => rects.reduce((sum, [, , w, h]) => sum + w * h, 0);
    fc.assert(
      fc.property(tiles, (tiles) => {
        const plan = mosaic(tiles);
        const map = mapCoverage(plan);
        const { covered, overlapped, total } = measureCoverage(plan);
        assert.deepEqual(map && [area(map.gaps), area(map.overlaps), map.isExact], [total - covered, overlapped, true]);
      }),
    );
  });

  it('is none of a band stack', () => {
    const { plan } = planBandStack([source('a'), source('b')], { resolutionStrategy: 'finest' });
    assert.ok(plan);
    assert.equal(mapCoverage(plan), null);
  });
});

function tile(x: number, y: number, width: number, height: number): Tile {
  return { x, y, width, height };
}

function mosaic(tiles: readonly Tile[]): VrtPlan {
  const sources = tiles.map(({ x, y, width, height }) => source('t', { width, height, affine: northUp(x, -y, 1) }));
  const { plan } = planMosaic(sources, { resolutionStrategy: 'finest' });
  assert.ok(plan);
  return plan;
}
