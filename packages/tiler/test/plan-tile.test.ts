import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Affine,
  type Crs,
  type PixelGrid,
  WEB_MERCATOR_QUAD,
  WORLD_CRS84_QUAD,
  gridOfTile,
  invert,
  apply,
  meshPositions,
  transformBetween,
  turnWidth,
} from '@inlay/geo';
import type { Resampling } from '@inlay/raster';
import { type PaintPlan, type TilePlan, planTile } from '@inlay/tiler';
import { CRSS, DEGREES, WEB_MERCATOR } from './array-source.ts';

interface Source {
  readonly grid: PixelGrid;
  readonly crs: Crs;
  readonly levels: readonly { readonly width: number; readonly height: number }[];
}

function source(crs: Crs, affine: Affine, width: number, height: number, overviews: readonly number[] = []): Source {
  const levels = overviews.map((factor) => ({ width: Math.ceil(width / factor), height: Math.ceil(height / factor) }));
  return { grid: { affine, width, height }, crs, levels };
}

function paintPlan(plan: TilePlan): PaintPlan {
  assert.ok(plan.kind === 'paint');
  return plan;
}

const UNSCALED = { colScale: 1, colOffset: 0, rowScale: 1, rowOffset: 0 };

/** Rasters of every kind of CRS, somewhere on Earth, some of them rotated. */
const SOURCES: Readonly<Record<string, Source>> = {
  utm: source(CRSS.utm33, [10, 0, 400_000, 0, -10, 5_400_000], 9000, 8000, [2, 4, 8, 16, 32]),
  'utm, rotated': source(CRSS.utm33, [8, 6, 400_000, 6, -8, 5_400_000], 5000, 5000, [2, 4, 8, 16]),
  'utm at the antimeridian': source(CRSS.utm1, [100, 0, 200_000, 0, -100, 2_500_000], 3000, 3000, [2, 4, 8]),
  laea: source(CRSS.laea, [100, 0, 3_000_000, 0, -100, 5_000_000], 30_000, 30_000, [2, 4, 8, 16, 32, 64]),
  'polar north': source(CRSS.north, [500, 0, -3_000_000, 0, -500, 3_000_000], 12_000, 12_000, [2, 4, 8, 16, 32]),
  'polar south': source(CRSS.south, [500, 0, -3_000_000, 0, -500, 3_000_000], 12_000, 12_000, [2, 4, 8, 16, 32]),
  'degrees, the world': source(DEGREES, [0.05, 0, -180, 0, -0.05, 90], 7200, 3600, [2, 4, 8, 16]),
  'degrees from 0 to 360': source(DEGREES, [0.05, 0, 0, 0, -0.05, 90], 7200, 3600, [2, 4, 8, 16]),
  'degrees across the antimeridian': source(DEGREES, [0.01, 0, 175, 0, -0.01, 5], 1000, 1000, [2, 4]),
  'Mercator around the Pacific': source(
    CRSS.pacific,
    [5000, 0, -15_000_000, 0, -5000, 9_000_000],
    6000,
    3600,
    [2, 4, 8],
  ),
  'Web Mercator': source(WEB_MERCATOR, [30, 0, 1_000_000, 0, -30, 6_000_000], 4000, 4000, [2, 4, 8]),
};

describe('the mesh of a plan', () => {
  for (const [name, raster] of Object.entries(SOURCES)) {
    it(`is within an eighth of a pixel of proj4 wherever the raster is: ${name}`, () => {
      const { crs, grid } = raster;
      const toPixels = invert(grid.affine)!;
      const turn = turnWidth(crs);
      let checked = 0;
      let worst = 0;
      const check = (set: typeof WEB_MERCATOR_QUAD, z: number, where: readonly [number, number]): void => {
        // A tile that shows a random place of the raster, so that most tiles show something.
        const [x, y] = apply(grid.affine, where[0] * grid.width, where[1] * grid.height);
        const there = transformBetween(crs, set.crs)!(x, y);
        if (there === null) return;
        const matrix = set.matrices[z]!;
        const span = matrix.cellSize * matrix.tileSize;
        const tile = {
          z,
          x: Math.floor((there[0] - matrix.pointOfOrigin[0]) / span),
          y: Math.floor((matrix.pointOfOrigin[1] - there[1]) / span),
        };
        if (tile.x < 0 || tile.y < 0 || tile.x >= matrix.matrixWidth || tile.y >= matrix.matrixHeight) return;
        const target = gridOfTile(set, tile);
        const plan = paintPlan(planTile(raster, { grid: target, crs: set.crs }, { kernel: 'nearest' }));
        const back = transformBetween(set.crs, crs)!;
        const placed = plan.reads.map(({ mesh }) => meshPositions(mesh, UNSCALED));
        for (let at = 97; at < 65_536; at += 331) {
          const point = back(...apply(target.affine, (at % 256) + 0.5, Math.floor(at / 256) + 0.5));
          if (point === null) continue;
          // Longitudes repeat themselves: any turn is as right.
          const turns = turn === null ? [0] : [-turn, 0, turn];
          const exact = turns.map((shift) => apply(toPixels, point[0] + shift, point[1]));
          const isInside = ([col, row]: readonly [number, number], by: number): boolean =>
            col > by && row > by && col < grid.width - by && row < grid.height - by;
          if (exact.some((place) => isInside(place, 1))) {
            const isPlaced = placed.some(({ cols, rows }) => isInside([cols[at]!, rows[at]!], 0));
            assert.ok(isPlaced, `pixel ${at} of ${set.id} ${tile.z}/${tile.x}/${tile.y} has no place`);
          }
          for (const { cols, rows } of placed) {
            const place = [cols[at]!, rows[at]!] as const;
            if (!isInside(place, 0)) continue;
            // In pixels of the tile: how far apart the raster's places of two neighbours are.
            const next = at % 256 === 255 ? at - 1 : at + 1;
            const step = Math.hypot(cols[next]! - place[0], rows[next]! - place[1]);
            if (!(step > 0)) continue;
            const off = Math.min(...exact.map(([col, row]) => Math.hypot(place[0] - col, place[1] - row)));
            checked += 1;
            worst = Math.max(worst, off / step);
          }
        }
      };
      fc.assert(
        fc.property(
          fc.constantFrom(WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD),
          fc.integer({ min: 0, max: 14 }),
          fc.tuple(fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.double({ min: 0.01, max: 0.99, noNaN: true })),
          check,
        ),
        { numRuns: 60, seed: 5 },
      );
      assert.ok(checked > 500, `${checked} pixels were compared`);
      assert.ok(worst < 0.125, `off by ${worst} pixels`);
      // What is promised and what is done: the plan aims far below.
      assert.ok(worst < 0.02, `off by ${worst} pixels`);
    });
  }
});

describe('a plan', () => {
  const utm = SOURCES['utm']!;
  /** The tile of Web Mercator around a place in the raster. */
  const tileAt = (z: number, where: readonly [number, number] = [0.5, 0.5]): PixelGrid => {
    const [x, y] = apply(utm.grid.affine, where[0] * utm.grid.width, where[1] * utm.grid.height);
    const [mx, my] = transformBetween(utm.crs, WEB_MERCATOR)!(x, y)!;
    const matrix = WEB_MERCATOR_QUAD.matrices[z]!;
    const span = matrix.cellSize * 256;
    const [left, top] = matrix.pointOfOrigin;
    return gridOfTile(WEB_MERCATOR_QUAD, { z, x: Math.floor((mx - left) / span), y: Math.floor((top - my) / span) });
  };
  const plan = (grid: PixelGrid, kernel: Resampling = 'nearest', raster = utm): TilePlan =>
    planTile(raster, { grid, crs: WEB_MERCATOR }, { kernel });

  it('reads the coarsest level that is not coarser than the tile', () => {
    // At 48.5 N zoom 14 has 6.3 m of ground in a pixel, 13 has 12.7 m, 12 has 25 m; the levels have 10, 20, 40, ... m.
    const levels = [15, 14, 13, 12, 11, 10, 9, 8].map((z) => paintPlan(plan(tileAt(z))).reads[0]!.request.level);
    assert.deepEqual(levels, [0, 0, 0, 1, 2, 3, 4, 5]);
  });

  it('reads a few hundred pixels in each direction, whatever the zoom', () => {
    for (let z = 8; z <= 18; z++) {
      const { width, height } = paintPlan(plan(tileAt(z), 'cubic')).reads[0]!.request;
      assert.ok(width <= 400 && height <= 400, `${width} x ${height} pixels at zoom ${z}`);
    }
  });

  it('gives kernels the pixels around that they look at, as far as there are any', () => {
    const at = (kernel: Resampling): number => paintPlan(plan(tileAt(14), kernel)).reads[0]!.request.width;
    assert.deepEqual([at('bilinear') - at('nearest'), at('cubic') - at('nearest')], [2, 4]);
    const corner = paintPlan(plan(tileAt(14, [0.001, 0.001]), 'cubic')).reads[0]!.request.window;
    assert.deepEqual([corner.colOff, corner.rowOff], [0, 0]);
  });

  it('decides without reading that there is nothing', () => {
    assert.deepEqual(plan(gridOfTile(WEB_MERCATOR_QUAD, { z: 12, x: 100, y: 100 })), { kind: 'outside' });
    assert.deepEqual(plan(gridOfTile(WEB_MERCATOR_QUAD, { z: 3, x: 0, y: 7 })), { kind: 'outside' });
    // Beside the raster, in its own CRS: an edge in common is nothing in common.
    const beside: PixelGrid = { affine: [10, 0, 400_000 + 90_000, 0, -10, 5_400_000], width: 256, height: 256 };
    assert.deepEqual(planTile(utm, { grid: beside, crs: utm.crs }, { kernel: 'cubic' }), { kind: 'outside' });
  });

  it('says why where coordinates cannot be converted', () => {
    const unknown: Crs = { ...CRSS.laea, name: 'Somewhere', proj4: null, kind: 'local' };
    const result = plan(tileAt(10), 'nearest', { ...utm, crs: unknown });
    assert.deepEqual(result, {
      kind: 'unplaceable',
      reason: 'coordinates of WGS 84 / Pseudo-Mercator cannot be converted to Somewhere',
    });
  });

  it("is exact in the raster's own CRS", () => {
    const grid: PixelGrid = { affine: [10, 0, 400_000 + 2560, 0, -10, 5_400_000 - 2560], width: 256, height: 256 };
    const { reads } = paintPlan(planTile(utm, { grid, crs: utm.crs }, { kernel: 'nearest' }));
    assert.deepEqual([reads.length, reads[0]!.mesh.isExact], [1, true]);
    const { cols, rows } = meshPositions(reads[0]!.mesh, UNSCALED);
    assert.deepEqual([cols[0], rows[0], cols[255], rows[256]], [256.5, 256.5, 511.5, 257.5]);
  });

  it('reads both ends of a raster around the Earth where its seam runs through the tile', () => {
    const world = SOURCES['degrees from 0 to 360']!;
    const { reads } = paintPlan(plan(gridOfTile(WEB_MERCATOR_QUAD, { z: 0, x: 0, y: 0 }), 'nearest', world));
    const ends = reads.map(({ request }) => request.window.colOff).sort((a, b) => a - b);
    assert.deepEqual([reads.length, ends[0]], [2, 0]);
    assert.ok(ends[1]! > 3400);
  });

  it('finds a raster beyond 180 degrees on both sides of the antimeridian', () => {
    const across = SOURCES['degrees across the antimeridian']!;
    const matrix = WEB_MERCATOR_QUAD.matrices[6]!;
    for (const x of [matrix.matrixWidth - 1, 0]) {
      const { reads } = paintPlan(plan(gridOfTile(WEB_MERCATOR_QUAD, { z: 6, x, y: 32 }), 'nearest', across));
      assert.equal(reads.length, 1);
    }
    assert.equal(plan(gridOfTile(WEB_MERCATOR_QUAD, { z: 6, x: 32, y: 32 }), 'nearest', across).kind, 'outside');
  });

  it('reads huge windows of rasters without overviews in fewer pixels', () => {
    const bare = { ...utm, grid: { ...utm.grid, width: 100_000, height: 100_000 }, levels: [] };
    const { reads } = paintPlan(plan(gridOfTile(WEB_MERCATOR_QUAD, { z: 5, x: 17, y: 11 }), 'average', bare));
    const [{ request, scale }] = reads as [(typeof reads)[0]];
    assert.deepEqual([request.level, request.resampling], [0, 'average']);
    assert.ok(request.width * request.height <= 2048 * 2048, `${request.width} x ${request.height}`);
    assert.ok(scale[0] > 1.5 && scale[0] < 2.5 && scale[1] > 1.5 && scale[1] < 2.5, scale.join(', '));
  });

  it('survives a thread: it is plain data', () => {
    const original = plan(tileAt(12));
    assert.deepEqual(structuredClone(original), original);
  });
});
