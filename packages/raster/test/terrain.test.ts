import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Surface, contours, encodeElevation, hillshade, slope } from '@inlay/raster';

/** A surface of 5 x 5 pixels, each so many metres wide; null has no elevation. */
function surface(height: (col: number, row: number) => number | null, metres = 10): Surface {
  const values = Array.from({ length: 25 }, (_, i) => height(i % 5, Math.floor(i / 5)));
  return {
    width: 5,
    height: 5,
    samples: Float32Array.from(values, (value) => value ?? -9999),
    valid: Uint8Array.from(values, (value) => (value === null ? 0 : 1)),
    metresX: new Float64Array(5).fill(metres),
    metresY: new Float64Array(5).fill(metres),
  };
}

const LIGHT = { azimuth: 315, altitude: 45, zFactor: 1 };

describe('slope', () => {
  it('is the angle of a plane, whichever way it faces', () => {
    for (const plane of [(col: number) => 10 * col, (col: number) => -10 * col, (_: number, row: number) => 10 * row]) {
      assert.deepEqual(
        [...slope(surface(plane), { zFactor: 1 }).samples],
        Array.from({ length: 9 }, () => 45),
      );
    }
    assert.ok(
      Math.abs(
        slope(
          surface((col, row) => 10 * col + 10 * row),
          { zFactor: 1 },
        ).samples[4]! - 54.7356,
      ) < 1e-4,
    );
  });

  it('is gentler where pixels are larger, per row, and steeper with a factor', () => {
    const wide = surface((col) => 10 * col);
    wide.metresX[2] = 20;
    const { samples } = slope(wide, { zFactor: 1 });
    assert.deepEqual([samples[0], samples[3]!.toFixed(4)], [45, '26.5651']);
    assert.equal(
      slope(
        surface((col) => 5 * col),
        { zFactor: 2 },
      ).samples[0],
      45,
    );
  });

  it('takes a neighbour without an elevation for level, and has none where the pixel has none', () => {
    const { samples, valid } = slope(
      surface((col, row) => (col === 2 && row === 2 ? null : 7)),
      { zFactor: 1 },
    );
    assert.deepEqual([...valid], [1, 1, 1, 1, 0, 1, 1, 1, 1]);
    assert.deepEqual(
      [...samples],
      Array.from({ length: 9 }, () => 0),
    );
  });
});

describe('hillshade', () => {
  it('of level ground is 181, of what faces the light 255, of what turns away 1, as in gdaldem', () => {
    assert.equal(
      hillshade(
        surface(() => 3),
        LIGHT,
      ).samples[4],
      181,
    );
    const ramp = 10 * Math.SQRT1_2;
    assert.equal(
      hillshade(
        surface((col, row) => ramp * (col + row)),
        LIGHT,
      ).samples[4],
      255,
    );
    assert.equal(
      hillshade(
        surface((col, row) => -3 * ramp * (col + row)),
        LIGHT,
      ).samples[4],
      1,
    );
  });

  it('turns with the light', () => {
    const toEast = surface((col) => -10 * col);
    assert.equal(hillshade(toEast, { ...LIGHT, azimuth: 90 }).samples[4], 255);
    assert.equal(hillshade(toEast, { ...LIGHT, azimuth: 270 }).samples[4], 1);
  });
});

describe('contours', () => {
  it('lie between pixels on two sides of a height, every fifth one stronger', () => {
    const data = contours(
      surface((col) => 100 * col + 50),
      { increment: 100, minimum: -1e4, maximum: 1e4 },
    );
    const alpha = Array.from({ length: 9 }, (_, i) => data[4 * i + 3]);
    assert.deepEqual(alpha, [160, 160, 160, 160, 160, 160, 160, 160, 160]);
    const steep = contours(
      surface((col) => 150 * col),
      { increment: 100, minimum: -1e4, maximum: 1e4 },
    );
    assert.deepEqual([steep[3], steep[7], steep[11]], [160, 160, 255]);
  });

  it('are not drawn on level ground, beside a hole, or outside their range', () => {
    const options = { increment: 100, minimum: 0, maximum: 150 };
    assert.ok(
      contours(
        surface(() => 130),
        options,
      ).every((value) => value === 0),
    );
    assert.ok(
      contours(
        surface((col) => (col === 2 ? 130 : null)),
        options,
      ).every((value) => value === 0),
    );
    assert.ok(
      contours(
        surface((col) => 100 * col + 250),
        options,
      ).every((value) => value === 0),
    );
  });
});

describe('elevations as colours', () => {
  it("are Mapbox's and Tilezen's", () => {
    const heights = Float64Array.of(0, 8848.9, -430.5);
    const valid = Uint8Array.of(1, 1, 1);
    const terrainRgb = encodeElevation(heights, valid, { kind: 'terrainrgb', base: -10_000, interval: 0.1 });
    // (h + 10000) / 0.1 = 100000 = 0x0186a0, 188489 = 0x02e049, 95695 = 0x0175cf
    assert.deepEqual([...terrainRgb], [1, 0x86, 0xa0, 255, 2, 0xe0, 0x49, 255, 1, 0x75, 0xcf, 255]);
    const terrarium = encodeElevation(heights, valid, { kind: 'terrarium' });
    // h + 32768 = 32768.0, 41616.9, 32337.5; the last byte counts 256ths
    assert.deepEqual([...terrarium], [128, 0, 0, 255, 162, 144, 230, 255, 126, 81, 128, 255]);
  });

  it('are 0 and transparent where there is none, and stay within what three bytes can say', () => {
    const code = { kind: 'terrainrgb', base: -10_000, interval: 0.1 } as const;
    const data = encodeElevation(Float64Array.of(-9999, 1e9, -1e9), Uint8Array.of(0, 1, 1), code);
    assert.deepEqual([...data], [1, 0x86, 0xa0, 0, 255, 255, 255, 255, 0, 0, 0, 255]);
  });
});
