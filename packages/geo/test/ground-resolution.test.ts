import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD, fromLonLat, groundResolution } from '@inlay/geo';

/** Metres of a degree of a great circle of the mean Earth. */
const DEGREE = 111_195.08;

function assertShare(actual: number, expected: number, share: number): void {
  assert.ok(Math.abs(actual / expected - 1) <= share, `${actual} is not ${expected}`);
}

test('a degree of longitude is half as long at 60 degrees north, one of latitude is not', () => {
  const { x, y } = groundResolution([0.01, 0, 10, 0, -0.01, 60.005], WORLD_CRS84_QUAD.crs, 0.5, 0.5)!;
  assertShare(x, DEGREE / 200, 1e-4);
  assertShare(y, DEGREE / 100, 1e-4);
});

test("Web Mercator's metres are half a metre on the ground at 60 degrees north", () => {
  const [centreX, centreY] = fromLonLat(WEB_MERCATOR_QUAD.crs)!(10, 60)!;
  const { x, y } = groundResolution([10, 0, centreX - 5, 0, -10, centreY + 5], WEB_MERCATOR_QUAD.crs, 0.5, 0.5)!;
  assertShare(x, 5, 0.002);
  assertShare(y, 5, 0.002);
});

test('rotated pixels are as large as upright ones', () => {
  const [cos, sin] = [Math.cos(1), Math.sin(1)];
  const { x, y } = groundResolution(
    [100 * cos, 100 * sin, 0, 100 * sin, -100 * cos, 0],
    WEB_MERCATOR_QUAD.crs,
    0.5,
    0.5,
  )!;
  assertShare(x, 100, 0.002);
  assertShare(y, 100, 0.002);
});

test('a CRS without longitudes has no ground', () => {
  const local = { ...WEB_MERCATOR_QUAD.crs, kind: 'local' as const, proj4: null };
  assert.equal(groundResolution([1, 0, 0, 0, -1, 0], local, 0, 0), null);
});
