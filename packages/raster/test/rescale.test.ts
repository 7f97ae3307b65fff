import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BYTE_STRETCH, allocateSamples, applyPalette, rescaleToBytes, valueOfByte } from '@inlay/raster';

test('the ends of a stretch become 0 and 255, what lies beyond is clamped', () => {
  assert.deepEqual(
    [...rescaleToBytes(Float32Array.of(-5, 0, 5, 10, 99, Number.NaN), { lo: 0, hi: 10 })],
    [0, 0, 128, 255, 255, 0],
  );
});

test('the byte stretch changes nothing', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual([...rescaleToBytes(bytes, BYTE_STRETCH)], [...bytes]);
});

test('a constant image is middle gray', () => {
  assert.deepEqual([...rescaleToBytes(Int16Array.of(7, 7, 6, 8), { lo: 7, hi: 7 })], [128, 128, 0, 255]);
});

test('ends further apart than a double can say still stretch', () => {
  const lo = -1.7e308;
  const hi = 1.7e308;
  assert.deepEqual([...rescaleToBytes(Float64Array.of(lo, 0, hi), { lo, hi })], [0, 128, 255]);
});

test('the value of a byte lies within half a step of the value it came from', () => {
  const stretch = { lo: -40, hi: 300 };
  const samples = Float64Array.from({ length: 1000 }, (_, i) => -40 + i * 0.34);
  const bytes = rescaleToBytes(samples, stretch);
  const halfStep = 340 / 255 / 2;
  samples.forEach((value, i) => assert.ok(Math.abs(valueOfByte(bytes[i]!, stretch) - value) <= halfStep + 1e-9));
});

test('a palette gives colours, and nothing where an index has no entry or the pixel is not valid', () => {
  const palette = [
    [255, 0, 0, 255],
    [0, 128, 0, 100],
  ] as const;
  const picture = applyPalette(Uint8Array.of(0, 1, 2, 0), Uint8Array.of(1, 1, 1, 0), palette, { width: 2, height: 2 });
  assert.deepEqual([...picture.data], [255, 0, 0, 255, 0, 128, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([picture.width, picture.height, picture.channels], [2, 2, 4]);
});

test('arrays match their data type, complex ones hold both parts', () => {
  assert.ok(allocateSamples('UInt64', 2) instanceof BigUint64Array);
  assert.ok(allocateSamples('Float16', 2) instanceof Float32Array);
  assert.equal(allocateSamples('CInt32', 3).length, 6);
});
