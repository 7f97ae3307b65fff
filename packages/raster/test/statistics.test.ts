import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type NumericSamples,
  type SampleStatistics,
  combineStatistics,
  computeStatistics,
  toNumericSamples,
  validPixels,
} from '@inlay/raster';

function statisticsOf(samples: NumericSamples, nodata: number | null = null, mask: Uint8Array | null = null) {
  return computeStatistics(samples, validPixels(samples, nodata, mask), false);
}

test('statistics of 1..5 are the ones anyone can compute', () => {
  assert.deepEqual(statisticsOf(Uint8Array.of(3, 1, 5, 2, 4)), {
    minimum: 1,
    maximum: 5,
    mean: 3,
    stddev: Math.sqrt(2),
    validPercent: 100,
    validCount: 5,
    percentile2: 1,
    percentile98: 5,
    approximate: false,
  } satisfies SampleStatistics);
});

test('nodata, masked pixels, NaN and infinities take no part', () => {
  const samples = Float32Array.of(-9999, 2, Number.NaN, 4, Infinity, 100, -Infinity, 6);
  const mask = Uint8Array.of(1, 255, 1, 1, 1, 0, 1, 1);
  const statistics = statisticsOf(samples, -9999, mask)!;
  assert.deepEqual([...validPixels(samples, -9999, mask)], [0, 1, 0, 1, 0, 0, 0, 1]);
  assert.equal(statistics.minimum, 2);
  assert.equal(statistics.maximum, 6);
  assert.equal(statistics.mean, 4);
  assert.equal(statistics.validPercent, 37.5);
});

test('nodata written with more digits than a 32-bit float has still matches', () => {
  const samples = Float32Array.of(0.1, 1);
  assert.deepEqual([...validPixels(samples, 0.1, null)], [0, 1]);
});

test('nodata that the data type cannot hold marks nothing', () => {
  assert.deepEqual([...validPixels(Uint8Array.of(0, 241), -9999, null)], [1, 1]);
  assert.deepEqual([...validPixels(Uint8Array.of(0, 1), Number.NaN, null)], [1, 1]);
});

test('bigint nodata matches 64-bit samples', () => {
  const samples = toNumericSamples(BigInt64Array.of(-5n, 7n), 'Int64');
  assert.deepEqual([...validPixels(samples, -5n, null)], [0, 1]);
});

test('there are no statistics without a valid pixel', () => {
  assert.equal(statisticsOf(Uint8Array.of(7, 7, 7), 7), null);
  assert.equal(statisticsOf(Float64Array.of(Number.NaN, Number.NaN), null), null);
});

test('a small spread on a large mean keeps its digits', () => {
  const samples = Float64Array.from({ length: 10_000 }, (_, i) => 1e9 + (i % 2));
  const statistics = statisticsOf(samples)!;
  assert.equal(statistics.mean, 1e9 + 0.5);
  assert.equal(statistics.stddev, 0.5);
});

test('values near the largest double do not overflow into infinities', () => {
  const statistics = statisticsOf(Float64Array.of(1.7e308, 1.7e308))!;
  assert.equal(statistics.mean, 1.7e308);
  assert.equal(statistics.stddev, 0);
});

test('percentiles are nearest-rank: of 1..100, 2 and 98', () => {
  const shuffled = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1);
  for (const samples of [Uint8Array.from(shuffled), Float32Array.from(shuffled), Int32Array.from(shuffled)]) {
    const { percentile2, percentile98 } = statisticsOf(samples)!;
    assert.deepEqual([percentile2, percentile98], [2, 98]);
  }
});

test('a stray value does not move the percentiles', () => {
  const samples = Float32Array.from({ length: 1000 }, (_, i) => i);
  samples[0] = 1e38;
  assert.equal(statisticsOf(samples)!.percentile98, 980);
});

test('integers further apart than the histogram has bins are sorted instead', () => {
  const samples = Int32Array.of(-2_000_000_000, 0, 2_000_000_000);
  const { percentile2, percentile98 } = statisticsOf(samples)!;
  assert.deepEqual([percentile2, percentile98], [-2_000_000_000, 2_000_000_000]);
});

test('complex samples count with their modulus', () => {
  assert.deepEqual([...toNumericSamples(Int16Array.of(3, 4, -6, 8), 'CInt16')], [5, 10]);
});

test('combining members gives the statistics of their pooled pixels', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), { minLength: 1 }),
      (rasters) => {
        const pooled = statisticsOf(Int32Array.from(rasters.flat()))!;
        const combined = combineStatistics(
          rasters.map((values) => ({ statistics: statisticsOf(Int32Array.from(values))!, pixelCount: values.length })),
        )!;
        assert.equal(combined.minimum, pooled.minimum);
        assert.equal(combined.maximum, pooled.maximum);
        assert.ok(Math.abs(combined.mean - pooled.mean) < 1e-9);
        assert.ok(Math.abs(combined.stddev - pooled.stddev) < 1e-9);
      },
    ),
  );
});

test('a member weighs as much as it has valid pixels, and the result says that it is approximate', () => {
  const flat = (mean: number, validPercent: number | null) => ({
    statistics: { minimum: mean, maximum: mean, mean, stddev: 0, validPercent, approximate: false },
    pixelCount: 100,
  });
  assert.deepEqual(combineStatistics([flat(10, 75), flat(50, 25), flat(1000, 0)]), {
    minimum: 10,
    maximum: 50,
    mean: 20,
    stddev: Math.sqrt(300),
    validPercent: null,
    approximate: true,
  });
  assert.equal(combineStatistics([flat(10, null), flat(30, null)])!.mean, 20);
  assert.equal(combineStatistics([]), null);
});
