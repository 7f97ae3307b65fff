import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataType, Nodata } from '@inlay/geo';
import {
  type BandSummary,
  type Samples,
  type SummaryOptions,
  combineSummaries,
  createBandSummary,
} from '@inlay/raster';

function summarise(
  dataType: DataType,
  samples: Samples,
  options: SummaryOptions & { nodata?: Nodata; mask?: Uint8Array } = {},
): BandSummary {
  const summary = createBandSummary(dataType, options.nodata ?? null, options);
  summary.add(samples, options.mask ?? null);
  return summary.finish()!;
}

const ONE_TO_TEN = [7, 3, 10, 1, 5, 9, 2, 8, 6, 4];

test('a summary of 1..10 is the one anyone can compute, whatever the data type', () => {
  for (const [dataType, samples] of [
    ['Byte', Uint8Array.from(ONE_TO_TEN)],
    ['Int16', Int16Array.from(ONE_TO_TEN)],
    ['UInt32', Uint32Array.from(ONE_TO_TEN)],
    ['Int64', BigInt64Array.from(ONE_TO_TEN.map(BigInt))],
    ['Float32', Float32Array.from(ONE_TO_TEN)],
  ] as const) {
    assert.deepEqual(
      summarise(dataType, samples, { percentiles: [0, 10, 50, 91, 100], bins: 3 }),
      {
        minimum: 1,
        maximum: 10,
        mean: 5.5,
        stddev: Math.sqrt(8.25),
        validPercent: 100,
        validCount: 10,
        approximate: false,
        percentiles: [
          { rank: 0, value: 1 },
          { rank: 10, value: 1 },
          { rank: 50, value: 5 },
          { rank: 91, value: 10 },
          { rank: 100, value: 10 },
        ],
        // numpy.histogram(range(1, 11), bins=3)
        histogram: { edges: [1, 4, 7, 10], counts: [3, 3, 4] },
        sampled: false,
      } satisfies BandSummary,
      dataType,
    );
  }
});

test('nodata, masked pixels, NaN and infinities take no part', () => {
  const samples = Float32Array.of(-9999, 2, Number.NaN, 4, Infinity, 100, -Infinity, 6);
  const mask = Uint8Array.of(1, 255, 1, 1, 1, 0, 1, 1);
  const { minimum, maximum, mean, validPercent, histogram } = summarise('Float32', samples, {
    nodata: -9999,
    mask,
    bins: 2,
  });
  assert.deepEqual([minimum, maximum, mean, validPercent], [2, 6, 4, 37.5]);
  assert.deepEqual(histogram, { edges: [2, 4, 6], counts: [1, 2] });
});

test('there is no summary without a valid pixel', () => {
  const summary = createBandSummary('Byte', 7);
  summary.add(Uint8Array.of(7, 7), null);
  assert.equal(summary.finish(), null);
});

test('64-bit integers are told from nodata by their last digit', () => {
  const nodata = 9_007_199_254_740_993n;
  const samples = BigInt64Array.of(nodata, nodata - 1n, nodata + 1n);
  const { validCount, minimum } = summarise('Int64', samples, { nodata });
  assert.deepEqual([validCount, minimum], [2, 9_007_199_254_740_992]);
});

test('what comes in parts is what comes at once', () => {
  const samples = Float64Array.from({ length: 100_000 }, (_, i) => 1e9 + ((i * 7919) % 1000) / 1000);
  const whole = summarise('Float64', samples);
  const parts = createBandSummary('Float64', null);
  for (let start = 0; start < samples.length; start += 7_777) parts.add(samples.subarray(start, start + 7_777), null);
  const summary = parts.finish()!;
  assert.deepEqual(summary.percentiles, whole.percentiles);
  assert.deepEqual(summary.histogram, whole.histogram);
  for (const [what, value] of [
    ['mean', 1e9 + 0.4995],
    // Of 0, 0.001, .. 0.999, each a hundred times: sqrt((1000^2 - 1) / 12) / 1000.
    ['stddev', Math.sqrt(999_999 / 12) / 1000],
  ] as const) {
    assert.ok(Math.abs(summary[what] - value) < 1e-6, `${what} ${summary[what]}`);
    assert.ok(Math.abs(whole[what] - value) < 1e-6, `${what} ${whole[what]}`);
  }
});

test('of more values than may be kept, percentiles and histogram come from a fair sample, and say so', () => {
  const samples = Float32Array.from({ length: 400_000 }, (_, i) => ((i * 7919) % 400_000) / 1000);
  const summary = summarise('Float32', samples, { maxKept: 20_000, percentiles: [2, 50, 98], bins: 10 });
  assert.equal(summary.sampled, true);
  assert.deepEqual([summary.minimum, summary.maximum], [0, Math.fround(399.999)]);
  for (const { rank, value } of summary.percentiles) assert.ok(Math.abs(value / 4 - rank) < 1.2, `${rank}: ${value}`);
  const { counts } = summary.histogram;
  assert.ok(Math.abs(counts.reduce((sum, count) => sum + count) - 400_000) < 1e-6);
  for (const count of counts) assert.ok(Math.abs(count - 40_000) < 4_000, `${count}`);
  // Integers of 16 bits are counted however many they are.
  assert.equal(
    summarise(
      'UInt16',
      Uint16Array.from({ length: 1000 }, (_, i) => i),
      { maxKept: 10 },
    ).sampled,
    false,
  );
});

test('a constant has a histogram around it', () => {
  const { histogram } = summarise('Float64', Float64Array.of(3, 3), { bins: 2 });
  assert.deepEqual(histogram, { edges: [2.5, 3, 3.5], counts: [0, 2] });
});

test('a histogram spans doubles from end to end', () => {
  const { edges } = summarise('Float64', Float64Array.of(-1.7e308, 1.7e308), { bins: 2 }).histogram;
  assert.deepEqual(edges, [-1.7e308, 0, 1.7e308]);
});

test('complex samples count with their modulus', () => {
  const { minimum, maximum } = summarise('CFloat32', Float32Array.of(3, 4, 0, 13));
  assert.deepEqual([minimum, maximum], [5, 13]);
});

test('percentiles of members are those of their values together, however far some of these lie from the others', () => {
  const options = { percentiles: [0.5, 1, 2, 5, 10, 25, 50, 75, 90, 95, 98, 99, 99.5], bins: 64 };
  // A hundred members of a thousand values each around 1,000, one of which is a spike that stretches its histogram.
  const all: number[] = [];
  const members = Array.from({ length: 100 }, (_, member) => {
    const values = Int16Array.from({ length: 1000 }, (_, i) => (i === 0 ? 30_000 : 900 + member + ((i * 7) % 100)));
    all.push(...values);
    return { statistics: summarise('Int16', values, options), pixelCount: values.length };
  });
  all.sort((a, b) => a - b);
  const { percentiles } = combineSummaries(members, options)!;
  for (const { rank, value } of percentiles) {
    const exact = all[Math.ceil((rank / 100) * all.length) - 1]!;
    assert.ok(Math.abs(value - exact) < 10, `${rank} %: ${value}, not ${exact}`);
  }
});

test('a percentile of members that have one value each is one of these', () => {
  const members = [3, 10, 10, 200].map((value) => ({
    statistics: summarise('Byte', new Uint8Array(50).fill(value), { bins: 8 }),
    pixelCount: 50,
  }));
  const { percentiles } = combineSummaries(members, { percentiles: [0, 25, 26, 75, 76, 100] })!;
  assert.deepEqual(
    percentiles.map(({ value }) => value),
    [3, 3, 10, 10, 200, 200],
  );
});

test('members are combined by their histograms, each by as many pixels as it has valid ones', () => {
  const low = summarise(
    'Byte',
    Uint8Array.from({ length: 100 }, (_, i) => i),
    { bins: 100 },
  );
  const high = summarise(
    'Byte',
    Uint8Array.from({ length: 100 }, (_, i) => 100 + i),
    { bins: 100 },
  );
  const members = [
    { statistics: low, pixelCount: 3_000_000 },
    { statistics: { ...high, validPercent: 50 }, pixelCount: 2_000_000 },
  ];
  const combined = combineSummaries(members, { percentiles: [25, 75, 87.5], bins: 4 })!;
  assert.deepEqual([combined.minimum, combined.maximum, combined.approximate], [0, 199, true]);
  assert.equal(combined.mean, (3 * 49.5 + 149.5) / 4);
  assert.equal(Math.round(combined.histogram.counts.reduce((sum, count) => sum + count)), 4_000_000);
  const [quarter, most, rest] = combined.percentiles.map(({ value }) => value);
  assert.ok(Math.abs(quarter! - 33) < 2, `${quarter}`);
  assert.ok(Math.abs(most! - 99) < 2, `${most}`);
  assert.ok(Math.abs(rest! - 149) < 2, `${rest}`);
  assert.equal(combineSummaries([]), null);
});
