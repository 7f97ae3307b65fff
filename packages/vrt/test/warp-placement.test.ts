import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Affine, Crs, MaskProfile, OverviewProfile, PixelGrid } from '@inlay/geo';
import { needsWarp, type PlacedRaster, placeWarped, suggestGrid } from '@inlay/vrt';
import { band, DEGREES, layout, northUp, ONE_BYTE_BAND, utm, UTM_33 } from './profiles.ts';

function projected(code: string, proj4: string | null): Crs {
  return { ...UTM_33, code, name: code, proj4, parametersKey: code };
}

const WEB_MERCATOR = projected('EPSG:3857', '+proj=merc +a=6378137 +b=6378137 +units=m +nadgrids=@null');
const POLAR = projected('EPSG:3413', '+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84 +units=m');
const UNKNOWN = projected('EPSG:1', null);

function raster(crs: Crs, affine: Affine, width: number, height: number): PlacedRaster {
  return { crs, affine, width, height };
}

/** Pixels of a degree around the Earth. */
const WORLD: PixelGrid = { affine: northUp(-180, 90, 1), width: 360, height: 180 };

function windows(source: PlacedRaster, grid: PixelGrid, crs: Crs): readonly number[][] | undefined {
  const placement = placeWarped({ ...source, layout: ONE_BYTE_BAND }, { grid, crs });
  return placement?.windows.map(({ colOff, rowOff, width, height }) => [colOff, rowOff, width, height]);
}

describe('the windows of a warped source', () => {
  const grid: PixelGrid = { affine: northUp(0, 50, 10), width: 20, height: 20 };

  it('are the pixels of a south-up raster, and one more on each side', () => {
    // x 30..70 and y -20..10: columns 3..6, rows 4..6.
    const southUp = raster(UTM_33, [10, 0, 30, 0, 10, -20], 4, 3);
    assert.deepEqual(windows(southUp, grid, UTM_33), [[2, 3, 6, 5]]);
  });

  it('hold all corners of a rotated raster', () => {
    // Corners (50, 0), (90, 30), (60, 70), (20, 40), of which the grid has what lies below 50.
    const rotated = raster(UTM_33, [10, -10, 50, 7.5, 10, 0], 4, 3);
    assert.deepEqual(windows(rotated, grid, UTM_33), [[1, 0, 9, 6]]);
  });

  it('are none beside the target', () => {
    assert.deepEqual(windows(raster(UTM_33, [10, 0, 300, 0, 10, -20], 4, 3), grid, UTM_33), []);
  });

  it('follow the transform to another CRS', () => {
    // Half a pixel off from whole degrees: columns 10.5..20.5. y 6,446,276..8,399,738: rows 5.39..22.94.
    const degree = 111_319.490793;
    const mercator: PixelGrid = { affine: northUp(-degree / 2, 9_000_000, degree), width: 100, height: 100 };
    assert.deepEqual(windows(raster(DEGREES, northUp(10, 60, 1), 10, 10), mercator, WEB_MERCATOR), [[9, 4, 13, 20]]);
  });

  it('hold what bends out between the corners', () => {
    // Northings: 6,685.6 km at 6 and 24 degrees east, 60 degrees north; at 55 degrees north 6,131.9 km there and
    // 6,094.8 km in the middle, which no corner tells.
    const wide = raster(DEGREES, northUp(6, 60, 1), 18, 5);
    const target: PixelGrid = { affine: northUp(-1_000_000, 7_000_000, 1000), width: 3000, height: 1000 };
    const [[, rowOff = NaN, , height = NaN] = []] = windows(wide, target, UTM_33) ?? [];
    assert.ok(rowOff <= 313 && rowOff >= 311, `row ${rowOff}`);
    assert.ok(rowOff + height >= 907 && rowOff + height <= 909, `row ${rowOff + height}`);
  });

  it('are two where a source crosses the antimeridian and the target goes around the Earth', () => {
    const across = raster(DEGREES, northUp(175, 10, 1), 10, 5);
    assert.deepEqual(windows(across, WORLD, DEGREES), [
      [0, 79, 6, 7],
      [354, 79, 6, 7],
    ]);
  });

  it('are one where the target crosses the antimeridian as well', () => {
    const pacific: PixelGrid = { affine: northUp(170, 20, 1), width: 20, height: 20 };
    assert.deepEqual(windows(raster(DEGREES, northUp(-179, 10, 1), 4, 5), pacific, DEGREES), [[10, 9, 6, 7]]);
  });

  it('are everything for a raster around a pole, and for one that goes beyond the projection', () => {
    assert.deepEqual(windows(raster(POLAR, northUp(-500_000, 500_000, 10_000), 100, 100), WORLD, DEGREES), [
      [0, 0, 360, 180],
    ]);
    assert.deepEqual(windows(raster(DEGREES, northUp(-180, 90, 1), 360, 180), grid, WEB_MERCATOR), [[0, 0, 20, 20]]);
    assert.deepEqual(windows(raster(DEGREES, northUp(-180, 90, 1), 360, 180), grid, UTM_33), [[0, 0, 20, 20]]);
  });

  it('are unknown where a CRS cannot be expressed', () => {
    assert.equal(windows(raster(UNKNOWN, northUp(0, 0, 10), 4, 3), grid, UTM_33), undefined);
  });

  it('are wider by two kilometres where datum shifts are not known', () => {
    const nad27 = projected('EPSG:26733', '+proj=utm +zone=33 +datum=NAD27 +units=m');
    const target: PixelGrid = { affine: northUp(500_000, 5_000_000, 100), width: 500, height: 500 };
    const source = northUp(520_000, 4_990_000, 100);
    const [[col = NaN, row = NaN, width = NaN, height = NaN] = []] =
      windows(raster(nad27, source, 100, 100), target, UTM_33) ?? [];
    // Of the same numbers in the same CRS: 199, 99, 102, 102. The ellipsoids differ by some 100 m.
    assert.ok(
      col <= 180 && row <= 82 && col + width >= 320 && row + height >= 218,
      [col, row, width, height].join(' '),
    );
  });
});

describe('the level that a warped source is read from', () => {
  const overviews: OverviewProfile[] = [50, 25, 13].map((size) => ({
    width: size,
    height: size,
    location: 'internal',
  }));
  const levels = layout([band()], { overviews });

  for (const [resolution, level] of [
    [5, null],
    [10, null],
    [18, null],
    [19.5, 0],
    [38, 0],
    [40, 1],
    [1000, 2],
  ] as const) {
    it(`is ${level ?? 'full resolution'} for pixels of 10 m in a target of ${resolution} m`, () => {
      const source = { ...raster(UTM_33, [10, 0, 0, 0, 10, 0], 100, 100), layout: levels };
      const target = { grid: { affine: northUp(0, 1000, resolution), width: 100, height: 100 }, crs: UTM_33 };
      assert.equal(placeWarped(source, target)?.overviewLevel, level);
    });
  }

  const block = { blockWidth: 100, blockHeight: 100 };
  const masks: readonly (readonly [string, MaskProfile, number | null])[] = [
    ['the coarsest that the mask has', { ...block, location: 'internal', overviews: overviews.slice(0, 2) }, 1],
    ['none where the mask has none', { ...block, location: 'internal', overviews: [] }, null],
    ['none where the mask is a file of its own', { ...block, location: 'sidecar', overviews }, null],
  ];
  for (const [what, mask, level] of masks) {
    it(`is ${what}`, () => {
      const source = { ...raster(UTM_33, [10, 0, 0, 0, 10, 0], 100, 100), layout: { ...levels, mask } };
      const target = { grid: { affine: northUp(0, 1000, 1000), width: 100, height: 100 }, crs: UTM_33 };
      assert.equal(placeWarped(source, target)?.overviewLevel, level);
    });
  }
});

describe('needsWarp', () => {
  const target = { grid: { affine: northUp(0, 0, 10), width: 100, height: 100 }, crs: UTM_33 };
  const cases: readonly (readonly [string, PlacedRaster, boolean])[] = [
    ['on the grid', raster(UTM_33, northUp(30, -20, 10), 4, 3), false],
    ['off the grid by a ten-thousandth of a pixel', raster(UTM_33, northUp(30.001, -20, 10), 4, 3), false],
    ['with pixels of whole numbers of the grid', raster(UTM_33, northUp(30, -20, 20), 4, 3), false],
    ['off the grid by half a pixel', raster(UTM_33, northUp(35, -20, 10), 4, 3), true],
    ['of another resolution', raster(UTM_33, northUp(30, -20, 15), 4, 3), true],
    ['finer than the grid', raster(UTM_33, northUp(30, -20, 5), 4, 3), true],
    ['that drifts off the grid', raster(UTM_33, northUp(30, -20, 10.001), 4000, 3), true],
    ['in another CRS', raster(utm(32), northUp(30, -20, 10), 4, 3), true],
    ['south-up', raster(UTM_33, [10, 0, 30, 0, 10, -20], 4, 3), true],
    ['rotated', raster(UTM_33, [10, 1, 30, 0, -10, -20], 4, 3), true],
    ['mirrored', raster(UTM_33, [-10, 0, 30, 0, -10, -20], 4, 3), true],
  ];
  for (const [name, source, expected] of cases) {
    it(`is ${expected} for a raster ${name}`, () => {
      assert.equal(needsWarp(source, target), expected);
    });
  }
});

describe('suggestGrid', () => {
  it('has the lines of a source in the CRS, although the other zone has pixels a thousandth smaller', () => {
    // Zone 32's raster lies between x 262,000 and 272,000 of zone 33, its pixels are 100.07 m there.
    const native = raster(UTM_33, northUp(262_030, 4_991_070, 100), 90, 70);
    const foreign = raster(utm(32), northUp(733_000, 4_991_000, 100), 90, 70);
    const { grid, unplaced } = suggestGrid([foreign, native], UTM_33, 'coarsest');
    assert.deepEqual(unplaced, []);
    assert.ok(grid);
    assert.deepEqual(grid.affine.toSpliced(2, 1).toSpliced(4, 1), [100, 0, 0, -100]);
    assert.ok(Number.isInteger((grid.affine[2] - 262_030) / 100));
    assert.ok(Number.isInteger((grid.affine[5] - 4_991_070) / 100));
  });

  it('picks the finest, the coarsest or the mean of the resolutions', () => {
    const sources = [10, 20, 60].map((resolution) => raster(UTM_33, northUp(0, 1200, resolution), 20, 20));
    const sideOf = (strategy: 'finest' | 'coarsest' | 'average') => suggestGrid(sources, UTM_33, strategy).grid;
    assert.deepEqual(sideOf('finest'), { affine: northUp(0, 1200, 10), width: 120, height: 120 });
    assert.deepEqual(sideOf('coarsest'), { affine: northUp(0, 1200, 60), width: 20, height: 20 });
    assert.deepEqual(sideOf('average'), { affine: northUp(0, 1200, 30), width: 40, height: 40 });
  });

  it('gives a rotated raster the resolution that keeps its diagonal', () => {
    // Pixels of 5 m, turned by the angle of a 3-4-5 triangle; corners (0, 0), (40, 30), (10, 70), (-30, 40).
    const rotated = raster(UTM_33, [4, -3, 0, 3, 4, 0], 10, 10);
    const { grid } = suggestGrid([rotated], UTM_33, 'finest');
    assert.deepEqual(grid, { affine: northUp(-30, 70, 5), width: 14, height: 14 });
  });

  it('goes the short way around the antimeridian', () => {
    const sources = [175, -180].map((x) => raster(DEGREES, northUp(x, 10, 1), 5, 5));
    const { grid } = suggestGrid(sources, DEGREES, 'finest');
    assert.deepEqual(grid, { affine: northUp(175, 10, 1), width: 10, height: 5 });
  });

  it('stays in -180 to 180 where sources go around the Earth', () => {
    const sources = [-180, -90, 0, 90].map((x) => raster(DEGREES, northUp(x, 10, 1), 90, 5));
    const { grid } = suggestGrid(sources, DEGREES, 'finest');
    assert.deepEqual(grid, { affine: northUp(-180, 10, 1), width: 360, height: 5 });
  });

  it('says which sources have no place in it', () => {
    const world = raster(DEGREES, northUp(-180, 90, 1), 360, 180);
    const part = raster(DEGREES, northUp(0, 0.5, 0.5), 2, 2);
    const { grid, unplaced } = suggestGrid(
      [world, part, raster(UNKNOWN, northUp(0, 0, 1), 1, 1)],
      WEB_MERCATOR,
      'finest',
    );
    assert.deepEqual(unplaced, [0, 2]);
    assert.deepEqual([grid?.width, grid?.height], [2, 2]);
    assert.deepEqual(suggestGrid([world], WEB_MERCATOR, 'finest'), { grid: null, unplaced: [0] });
  });
});
