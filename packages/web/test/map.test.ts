import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BBox, formatBBox, parseBBox, touches, unionOf, unwrapped, wrapped } from '../src/map/bbox.ts';
import { boxOfFootprint } from '../src/map/layers/footprints.ts';
import { formatViewport, parseViewport } from '../src/map/viewport.ts';

describe('a box', () => {
  it('goes on past 180 degrees where it crosses the antimeridian, and back', () => {
    assert.deepEqual(unwrapped([170, -20, -170, 10]), [170, -20, 190, 10]);
    assert.deepEqual(wrapped([170, -20, 190, 10]), [170, -20, -170, 10]);
    assert.deepEqual(wrapped([-200, 0, 250, 10]), [-180, 0, 180, 10]);
  });

  it('is found around others, one of which crosses the antimeridian', () => {
    const boxes: BBox[] = [
      [100, 0, 120, 10],
      [170, -20, -170, 5],
    ];
    assert.deepEqual(unionOf(boxes), [100, -20, 190, 10]);
    assert.equal(unionOf([]), null);
  });

  const pairs: [a: BBox, b: BBox, expected: boolean][] = [
    [[0, 0, 1, 1], [1, 1, 2, 2], true],
    [[0, 0, 1, 1], [1.1, 0, 2, 1], false],
    [[0, 0, 1, 1], [0, 1.1, 1, 2], false],
    [[170, 0, -170, 1], [-175, 0, -174, 1], true],
    [[170, 0, -170, 1], [180, 0, 200, 1], true],
    [[170, 0, -170, 1], [-160, 0, 160, 1], false],
  ];
  for (const [a, b, expected] of pairs) {
    it(`${expected ? 'touches' : 'does not touch'}: ${a.join(',')} and ${b.join(',')}`, () => {
      assert.equal(touches(a, b), expected);
      assert.equal(touches(b, a), expected);
    });
  }

  it('is read as it is written, and from what people type', () => {
    assert.equal(formatBBox([11.123456789, 47, 12, 48.5]), '11.12346,47,12,48.5');
    assert.deepEqual(parseBBox(' 11, 47,12 ,48.5'), [11, 47, 12, 48.5]);
    for (const text of ['', '1,2,3', '1,2,3,4,5', '1,,3,4', 'a,b,c,d', '0,10,1,5', '0,0,200,1', '0,-91,1,1']) {
      assert.equal(parseBBox(text), null, text);
    }
  });

  it('of a footprint in two parts crosses the antimeridian', () => {
    const ring = (west: number, east: number): [number, number][] => [
      [west, -5],
      [east, -5],
      [east, 5],
      [west, 5],
      [west, -5],
    ];
    assert.deepEqual(boxOfFootprint({ outline: [ring(10, 20)] }), [10, -5, 20, 5]);
    assert.deepEqual(boxOfFootprint({ outline: [ring(175, 180), ring(-180, -170)] }), [175, -5, -170, 5]);
    assert.deepEqual(boxOfFootprint({ outline: [ring(-180, -170), ring(175, 180)] }), [175, -5, -170, 5]);
  });
});

describe('a viewport', () => {
  it('is written with as many decimals as its zoom needs', () => {
    // A quarter of a pixel at zoom 0 is 0.18 degrees, at zoom 10 0.00017.
    assert.equal(formatViewport({ zoom: 0, lat: 48.137154, lon: 11.576124 }), '0.00/48.14/11.58');
    assert.equal(formatViewport({ zoom: 10, lat: 48.137154, lon: 11.576124 }), '10.00/48.1372/11.5761');
  });

  it('is read as it is written; anything else is none', () => {
    assert.deepEqual(parseViewport('10.00/48.1372/11.5761'), { zoom: 10, lat: 48.1372, lon: 11.5761 });
    assert.deepEqual(parseViewport('99/89/11'), { zoom: 24, lat: 85, lon: 11 });
    for (const text of ['', '1/2', '1/2/3/4', 'a/b/c', '1//3']) assert.equal(parseViewport(text), null, text);
  });
});
