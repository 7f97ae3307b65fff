import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatCount, formatDuration, formatNumber, plural } from '@inlay/cli';

test('bytes are written with three significant digits and a decimal unit', () => {
  assert.deepEqual([0, 999, 1000, 1536, 99_400, 999_499, 999_500, 1_500_000, 25_178_623, 2e12].map(formatBytes), [
    '0 B',
    '999 B',
    '1.00 kB',
    '1.54 kB',
    '99.4 kB',
    '999 kB',
    '1.00 MB',
    '1.50 MB',
    '25.2 MB',
    '2.00 TB',
  ]);
});

test('durations change their unit where the next one reads better', () => {
  assert.deepEqual([0, 12.4, 999, 1000, 3249, 59_900, 60_000, 125_000].map(formatDuration), [
    '0 ms',
    '12 ms',
    '999 ms',
    '1.0 s',
    '3.2 s',
    '59.9 s',
    '1 min 00 s',
    '2 min 05 s',
  ]);
});

test('counts are grouped and nouns agree with them', () => {
  assert.equal(formatCount(100_000), '100,000');
  assert.equal(plural(1, 'raster'), '1 raster');
  assert.equal(plural(0, 'raster'), '0 rasters');
  assert.equal(plural(1200, 'entry', 'entries'), '1,200 entries');
});

test('coordinates lose the noise of binary fractions and nothing else', () => {
  assert.equal(formatNumber(0.1 + 0.2), '0.3');
  assert.equal(formatNumber(0.087890625), '0.087890625');
  assert.equal(formatNumber(-4_500_000.25), '-4500000.25');
});
