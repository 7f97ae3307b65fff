import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { coverageWarnings, measureCoverage, planBandStack, planMosaic, type VrtPlan } from '@inlay/vrt';
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

function tile(x: number, y: number, width: number, height: number): Tile {
  return { x, y, width, height };
}

function mosaic(tiles: readonly Tile[]): VrtPlan {
  const sources = tiles.map(({ x, y, width, height }) => source('t', { width, height, affine: northUp(x, -y, 1) }));
  const { plan } = planMosaic(sources, { resolutionStrategy: 'finest' });
  assert.ok(plan);
  return plan;
}
