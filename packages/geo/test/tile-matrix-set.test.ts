import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Crs,
  TILE_MATRIX_SETS,
  WEB_MERCATOR_QUAD,
  WORLD_CRS84_QUAD,
  bboxOfTile,
  gridOfTile,
  matrixOfTile,
  nativeTileMatrixSet,
  tilesOfBBox,
  zoomsOfRaster,
} from '@inlay/geo';

const UTM_33: Crs = {
  code: 'EPSG:32633',
  name: 'WGS 84 / UTM zone 33N',
  kind: 'projected',
  wkt: '',
  proj4: '+proj=utm +zone=33 +datum=WGS84 +units=m +no_defs',
  unit: { name: 'metre', factor: 1 },
  axisMapping: '1,2',
  parametersKey: 'utm33',
};

function assertNear(actual: readonly number[], expected: readonly number[], within: number): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of actual.entries()) {
    assert.ok(Math.abs(value - expected[i]!) <= within, `${actual.join(', ')} is not ${expected.join(', ')}`);
  }
}

describe('tile matrix sets', () => {
  it('has the scale denominators and cell sizes of OGC 17-083r4, annex D', () => {
    // Tables D.1 and D.2 of the standard, rows 0, 10 and 18.
    for (const [set, z, scale, cell] of [
      [WEB_MERCATOR_QUAD, 0, 559_082_264.028_717, 156_543.033_928_041],
      [WEB_MERCATOR_QUAD, 10, 545_978.773_465_544, 152.874_056_570_353],
      [WEB_MERCATOR_QUAD, 18, 2132.729_583_849_84, 0.597_164_283_559_817],
      [WORLD_CRS84_QUAD, 0, 279_541_132.014_358, 0.703_125],
      [WORLD_CRS84_QUAD, 10, 272_989.386_732_772, 0.000_686_645_507_812_5],
    ] as const) {
      const matrix = set.matrices[z]!;
      assertNear([matrix.scaleDenominator / scale, matrix.cellSize / cell], [1, 1], 1e-9);
    }
  });

  it('cuts the world into one square or two', () => {
    assertNear(
      bboxOfTile(WEB_MERCATOR_QUAD, { z: 0, x: 0, y: 0 }),
      [-20037508.342789, -20037508.342789, 20037508.342789, 20037508.342789],
      1e-6,
    );
    assert.deepEqual(bboxOfTile(WORLD_CRS84_QUAD, { z: 0, x: 1, y: 0 }), [0, -90, 180, 90]);
    assert.deepEqual(bboxOfTile(WORLD_CRS84_QUAD, { z: 2, x: 3, y: 1 }), [-45, 0, 0, 45]);
    assert.deepEqual([...TILE_MATRIX_SETS.keys()], ['WebMercatorQuad', 'WorldCRS84Quad']);
  });

  it('has no tile beyond a matrix, and none between two', () => {
    assert.ok(matrixOfTile(WEB_MERCATOR_QUAD, { z: 1, x: 1, y: 1 }));
    for (const tile of [
      { z: 1, x: 2, y: 0 },
      { z: 1, x: 0, y: -1 },
      { z: 25, x: 0, y: 0 },
      { z: -1, x: 0, y: 0 },
      { z: 1, x: 0.5, y: 0 },
      { z: 1.5, x: 0, y: 0 },
    ]) {
      assert.equal(matrixOfTile(WEB_MERCATOR_QUAD, tile), null);
      assert.throws(() => gridOfTile(WEB_MERCATOR_QUAD, tile), RangeError);
    }
  });

  it('draws a tile at any size, with pixels around it', () => {
    const plain = gridOfTile(WORLD_CRS84_QUAD, { z: 0, x: 1, y: 0 });
    assert.deepEqual(plain, { affine: [0.703125, 0, 0, 0, -0.703125, 90], width: 256, height: 256 });
    const retina = gridOfTile(WORLD_CRS84_QUAD, { z: 0, x: 1, y: 0 }, { size: 512 });
    assert.deepEqual(retina, { affine: [0.3515625, 0, 0, 0, -0.3515625, 90], width: 512, height: 512 });
    const buffered = gridOfTile(WORLD_CRS84_QUAD, { z: 0, x: 1, y: 0 }, { buffer: 2 });
    assert.deepEqual(buffered, { affine: [0.703125, 0, -1.40625, 0, -0.703125, 91.40625], width: 260, height: 260 });
  });

  it('finds the tiles of a box, and only those it shares an area with', () => {
    assert.deepEqual(tilesOfBBox(WORLD_CRS84_QUAD, 2, [-45, 0, 45, 45]), { minX: 3, minY: 1, maxX: 4, maxY: 1 });
    assert.deepEqual(tilesOfBBox(WORLD_CRS84_QUAD, 0, [-500, -500, 500, 500]), { minX: 0, minY: 0, maxX: 1, maxY: 0 });
    assert.equal(tilesOfBBox(WORLD_CRS84_QUAD, 2, [200, 0, 210, 10]), null);
    assert.equal(tilesOfBBox(WORLD_CRS84_QUAD, 99, [0, 0, 1, 1]), null);
  });
});

describe('zooms of a raster', () => {
  it('are those where it fills a tile and where tiles have its resolution', () => {
    // 10 m at 45.1 N are 14.2 m of Web Mercator; zoom 14 has 9.55 m, zoom 13 19.1 m. 20480 m are 29 km, a tile of z10 39 km.
    const grid = { affine: [10, 0, 500_000, 0, -10, 5_000_000] as const, width: 2048, height: 2048 };
    assert.deepEqual(zoomsOfRaster(WEB_MERCATOR_QUAD, grid, UTM_33), { minZoom: 10, maxZoom: 14 });
  });

  it('come from vector lengths, so that a rotated raster has those of the same raster upright', () => {
    const [cos, sin] = [Math.cos(0.7), Math.sin(0.7)];
    const grid = {
      affine: [10 * cos, 10 * sin, 500_000, 10 * sin, -10 * cos, 5_000_000] as const,
      width: 2048,
      height: 2048,
    };
    assert.deepEqual(zoomsOfRaster(WEB_MERCATOR_QUAD, grid, UTM_33), { minZoom: 10, maxZoom: 14 });
  });

  it('count degrees as degrees: a raster of the world in half degrees is no house plan', () => {
    const grid = { affine: [0.5, 0, -180, 0, -0.5, 90] as const, width: 720, height: 360 };
    assert.deepEqual(zoomsOfRaster(WORLD_CRS84_QUAD, grid, WORLD_CRS84_QUAD.crs), { minZoom: 0, maxZoom: 1 });
    assert.deepEqual(zoomsOfRaster(WEB_MERCATOR_QUAD, grid, WORLD_CRS84_QUAD.crs), { minZoom: 0, maxZoom: 2 });
  });

  it('are unknown where the CRS cannot be placed', () => {
    const grid = { affine: [1, 0, 0, 0, -1, 0] as const, width: 10, height: 10 };
    assert.equal(
      zoomsOfRaster(WEB_MERCATOR_QUAD, grid, { ...UTM_33, code: null, proj4: null, parametersKey: 'x' }),
      null,
    );
  });
});

describe('a native tile matrix set', () => {
  it("has the raster's own pixels in one matrix, and the whole raster in one tile of the coarsest", () => {
    const grid = { affine: [10, 0, 500_000, 0, -10, 5_000_000] as const, width: 2048, height: 1000 };
    const set = nativeTileMatrixSet(grid, UTM_33, { id: 'mine', title: 'Mine' });
    assert.equal(set.crsUri, 'http://www.opengis.net/def/crs/EPSG/0/32633');
    assert.deepEqual(
      set.matrices.map(({ cellSize }) => cellSize),
      [80, 40, 20, 10, 5, 2.5, 1.25],
    );
    assert.deepEqual(
      set.matrices.slice(0, 4).map(({ matrixWidth, matrixHeight }) => [matrixWidth, matrixHeight]),
      [
        [1, 1],
        [2, 1],
        [4, 2],
        [8, 4],
      ],
    );
    assert.deepEqual(gridOfTile(set, { z: 3, x: 1, y: 2 }), {
      affine: [10, 0, 502_560, 0, -10, 4_994_880],
      width: 256,
      height: 256,
    });
    // 80 m a cell and 0.28 mm a pixel.
    assertNear([set.matrices[0]!.scaleDenominator], [80 / 0.000_28], 1e-6);
  });

  it('counts degrees along the equator in its scales', () => {
    const grid = { affine: [0.5, 0, -180, 0, -0.5, 90] as const, width: 720, height: 360 };
    const set = nativeTileMatrixSet(grid, WORLD_CRS84_QUAD.crs, { id: 'mine', title: 'Mine', tileSize: 512 });
    assertNear(
      [set.matrices[1]!.cellSize, set.matrices[1]!.scaleDenominator],
      [0.5, (0.5 * 111_319.490_793) / 0.000_28],
      1,
    );
  });
});
