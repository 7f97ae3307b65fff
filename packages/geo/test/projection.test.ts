import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BBox, type Crs, bboxToLonLat, densify, footprintOf, toLonLat } from '@inlay/geo';

function crs(kind: Crs['kind'], proj4: string | null, unit = { name: 'metre', factor: 1 }): Crs {
  return { code: null, name: 'test', kind, wkt: '', proj4, unit, axisMapping: '1,2', parametersKey: '' };
}

const DEGREE = { name: 'degree', factor: Math.PI / 180 };
const WGS84 = crs('geographic', '+proj=longlat +datum=WGS84 +no_defs', DEGREE);
const WEB_MERCATOR = crs('projected', '+proj=merc +a=6378137 +b=6378137 +nadgrids=@null +units=m +no_defs');
const NORTH_POLE = crs('projected', '+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84 +units=m +no_defs');
const SOUTH_POLE = crs('projected', '+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=0 +datum=WGS84 +units=m +no_defs');
const UTM_1N = crs('projected', '+proj=utm +zone=1 +datum=WGS84 +units=m +no_defs');
const UTM_31N = crs('projected', '+proj=utm +zone=31 +datum=WGS84 +units=m +no_defs');
const WORLD = 20037508.342789244;

function assertClose(actual: readonly number[] | null, expected: readonly number[], tolerance: number): void {
  assert.ok(actual !== null, 'there is a result');
  const isClose = expected.every((value, i) => Math.abs(value - actual[i]!) <= tolerance);
  assert.ok(isClose, `[${actual.join(', ')}] is not within ${tolerance} of [${expected.join(', ')}]`);
}

// Expected values of projected boxes: OGRCoordinateTransformation::TransformBounds of GDAL 3.13.3 with 21 points an edge.
const BOXES: readonly { name: string; crs: Crs; box: BBox; expected: BBox }[] = [
  { name: 'the whole world in degrees', crs: WGS84, box: [-180, -90, 180, 90], expected: [-180, -90, 180, 90] },
  { name: 'the whole world from 0 to 360', crs: WGS84, box: [0, -90, 360, 90], expected: [-180, -90, 180, 90] },
  { name: 'a rounded whole world', crs: WGS84, box: [-180.05, -90.05, 179.95, 90.05], expected: [-180, -90, 180, 90] },
  { name: 'the western hemisphere', crs: WGS84, box: [-180, 0, 0, 90], expected: [-180, 0, 0, 90] },
  { name: 'the eastern hemisphere', crs: WGS84, box: [0, 0, 180, 90], expected: [0, 0, 180, 90] },
  { name: 'a wide box in degrees', crs: WGS84, box: [-170, -10, 170, 10], expected: [-170, -10, 170, 10] },
  { name: 'a box beyond 180', crs: WGS84, box: [175, -10, 190, 10], expected: [175, -10, -170, 10] },
  { name: 'a box beyond -180', crs: WGS84, box: [-190, -10, -175, 10], expected: [170, -10, -175, 10] },
  { name: 'the second half of 0..360', crs: WGS84, box: [180, 10, 270, 20], expected: [-180, 10, -90, 20] },
  {
    name: 'the whole world in web Mercator',
    crs: WEB_MERCATOR,
    box: [-WORLD, -WORLD, WORLD, WORLD],
    expected: [-180, -85.0511287798066, 180, 85.0511287798066],
  },
  {
    name: 'web Mercator beyond 180',
    crs: WEB_MERCATOR,
    box: [19900000, 0, 20200000, 100000],
    expected: [178.76474153978475, 0, -178.54031260785666, 0.8982784828192615],
  },
  {
    name: 'around the north pole',
    crs: NORTH_POLE,
    box: [-1e6, -1e6, 1e6, 1e6],
    expected: [-180, 76.99881553168267, 180, 90],
  },
  {
    name: 'around the south pole',
    crs: SOUTH_POLE,
    box: [-1e6, -2e6, 2e6, 1e6],
    expected: [-180, -90, 180, -64.38616432570036],
  },
  {
    name: 'near a pole but not around it',
    crs: NORTH_POLE,
    box: [500000, 500000, 600000, 600000],
    expected: [84.80557109226521, 82.17867491883227, 95.19442890773482, 83.47926098750534],
  },
  {
    name: 'UTM across the antimeridian',
    crs: UTM_1N,
    box: [100000, 7000000, 400000, 7100000],
    expected: [174.86403008050885, 62.9088602716371, -178.98230200486782, 64.01239249864004],
  },
];

for (const { name, crs: from, box, expected } of BOXES) {
  test(`the bounding box of ${name} is as RFC 7946 has it`, () => {
    assertClose(bboxToLonLat(box, from), expected, 1e-7);
  });
}

test('grads and prime meridians other than Greenwich are taken into account', () => {
  const paris = crs('geographic', '+proj=longlat +ellps=clrk80ign +pm=paris +no_defs', {
    name: 'grad',
    factor: Math.PI / 200,
  });
  // EPSG:4807 to EPSG:4326 without a datum shift
  assertClose(bboxToLonLat([0, 50, 10, 60], paris), [2.33722917, 45, 11.33722917, 54], 1e-2);
});

test('datum grids that are not there do not stand in the way', () => {
  const nad27 = crs('projected', '+proj=utm +zone=15 +ellps=clrk66 +nadgrids=NTv2_0.gsb +units=m +no_defs');
  assertClose(toLonLat(nad27)?.(500000, 4000000) ?? null, [-93, 36.146], 1e-2);
});

test('an axis order of west and south is turned around', () => {
  const southern = crs('projected', '+proj=tmerc +axis=wsu +lat_0=0 +lon_0=19 +k=1 +ellps=WGS84 +units=m +no_defs');
  // EPSG:2048 of (20 E, 30 S) with GDAL 3.13.3
  assertClose(toLonLat(southern)?.(-96488.74806621579, 3320534.4365313267) ?? null, [20, -30], 1e-7);
});

test('the authalic sphere of the US National Atlas works', () => {
  const atlas = crs('projected', '+proj=laea +R_A +lat_0=45 +lon_0=-100 +x_0=0 +y_0=0 +datum=NAD27 +units=m +no_defs');
  assertClose(toLonLat(atlas)?.(500000, -200000) ?? null, [-93.8423638781291, 43.031687854929], 1e-3);
});

test('what cannot be expressed in longitude and latitude is null', () => {
  assert.equal(bboxToLonLat([0, 0, 1, 1], crs('local', null)), null);
  assert.equal(bboxToLonLat([0, 0, 1, 1], crs('geocentric', '+proj=geocent +datum=WGS84 +units=m')), null);
  assert.equal(bboxToLonLat([0, 0, 1, 1], crs('projected', '+proj=no_such_method')), null);
  assert.equal(bboxToLonLat([0, 0, NaN, 1], WGS84), null);
  const meteosat = crs('projected', '+proj=geos +h=35785831 +lon_0=0 +ellps=WGS84 +units=m');
  assert.equal(bboxToLonLat([-5.5e6, -5.5e6, 5.5e6, 5.5e6], meteosat), null, 'corners beyond the edge of the Earth');
});

test('the outline of a box starts at its top-left corner and goes around clockwise', () => {
  assert.deepEqual(densify([0, 0, 2, 4], 3), [
    [0, 4],
    [1, 4],
    [2, 4],
    [2, 2],
    [2, 0],
    [1, 0],
    [0, 0],
    [0, 2],
  ]);
});

test('UTM boxes hold the longitudes and latitudes of every point inside', () => {
  const transform = toLonLat(UTM_31N)!;
  const position = fc.record({
    x: fc.double({ min: 200_000, max: 800_000, noNaN: true }),
    y: fc.double({ min: 0, max: 8_000_000, noNaN: true }),
    size: fc.double({ min: 1, max: 100_000, noNaN: true }),
    u: fc.double({ min: 0, max: 1, noNaN: true }),
    v: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(position, ({ x, y, size, u, v }) => {
      const [west, south, east, north] = bboxToLonLat([x, y, x + size, y + size], UTM_31N)!;
      const [lon, lat] = transform(x + u * size, y + v * size)!;
      // Between two points of the outline an edge bends by less than this, in degrees.
      const slack = 1e-4;
      return lon >= west - slack && lon <= east + slack && lat >= south - slack && lat <= north + slack;
    }),
  );
});

test('longitudes of any box in degrees come back within -180..180', () => {
  const box = fc.record({
    west: fc.double({ min: -720, max: 720, noNaN: true }),
    width: fc.double({ min: 0.001, max: 359, noNaN: true }),
  });
  fc.assert(
    fc.property(box, ({ west, width }) => {
      const [w, , e] = bboxToLonLat([west, -1, west + width, 1], WGS84)!;
      const span = (e - w + 360) % 360;
      const turns = (w - west) / 360;
      return (
        w >= -180 &&
        w < 180 &&
        e > -180 &&
        e <= 180 &&
        Math.abs(span - width) < 1e-6 &&
        Math.abs(turns - Math.round(turns)) < 1e-6
      );
    }),
  );
});

test('a footprint is a closed, counter-clockwise ring', () => {
  const footprint = footprintOf({ affine: [0.5, 0, 10, 0, -0.5, 50], width: 20, height: 10 }, WGS84);
  assert.ok(footprint?.type === 'Polygon');
  const [ring] = footprint.coordinates;
  assert.deepEqual(ring![0], ring!.at(-1));
  assert.deepEqual([Math.min(...ring!.map(([lon]) => lon)), Math.max(...ring!.map(([lon]) => lon))], [10, 20]);
  const doubleArea = ring!.slice(1).reduce((sum, [x, y], i) => sum + ring![i]![0] * y - x * ring![i]![1], 0);
  assert.equal(doubleArea, 100, 'positive: counter-clockwise, 10 by 5 degrees');
});

test('a rotated raster has a rotated footprint', () => {
  const footprint = footprintOf({ affine: [1, 1, 0, -1, 1, 0], width: 10, height: 10 }, WGS84);
  assert.ok(footprint?.type === 'Polygon');
  const corners = footprint.coordinates[0]!.map(([lon, lat]) => `${lon},${lat}`);
  for (const corner of ['0,0', '10,-10', '20,0', '10,10'])
    assert.ok(corners.includes(corner), `has the corner ${corner}`);
});

test('a footprint is cut in two at the antimeridian', () => {
  const footprint = footprintOf({ affine: [1, 0, 175, 0, -1, 5], width: 10, height: 10 }, WGS84);
  assert.ok(footprint?.type === 'MultiPolygon');
  const spans = footprint.coordinates.map(([ring]) => {
    const lons = ring!.map(([lon]) => lon);
    return [Math.min(...lons), Math.max(...lons)];
  });
  assert.deepEqual(spans, [
    [175, 180],
    [-180, -175],
  ]);
});

test('a raster that ends at the antimeridian is one polygon', () => {
  const footprint = footprintOf({ affine: [1, 0, 170, 0, -1, 5], width: 10, height: 10 }, WGS84);
  assert.equal(footprint?.type, 'Polygon');
});

test('the footprint of the whole world, and of a raster around a pole, is a box of all longitudes', () => {
  const world = footprintOf({ affine: [1, 0, -180, 0, -1, 90], width: 360, height: 180 }, WGS84);
  assert.deepEqual(world, {
    type: 'Polygon',
    coordinates: [
      [
        [-180, -90],
        [180, -90],
        [180, 90],
        [-180, 90],
        [-180, -90],
      ],
    ],
  });
  const arctic = footprintOf({ affine: [1000, 0, -1e6, 0, -1000, 1e6], width: 2000, height: 2000 }, NORTH_POLE);
  assert.ok(arctic?.type === 'Polygon');
  assert.deepEqual(
    arctic.coordinates[0]!.map(([lon]) => lon),
    [-180, 180, 180, -180, -180],
  );
});
