import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataType, Nodata } from '@inlay/geo';
import {
  type RasterArray,
  type Samples,
  createAverage,
  kernelReach,
  nearestIndices,
  pickPixels,
  resampleWindow,
  RESAMPLINGS,
  resampleAverage,
  resampleNearest,
} from '@inlay/raster';

function raster(width: number, dataType: DataType, band: Samples, mask: Uint8Array | null = null): RasterArray {
  const parts = dataType.startsWith('C') ? 2 : 1;
  return {
    layout: 'band-separate',
    width,
    height: band.length / parts / width,
    dataType,
    bands: [band],
    mask,
  };
}

function average(source: RasterArray, width: number, height: number, nodata: Nodata | null = null): RasterArray {
  return resampleAverage(source, { width, height, nodata: [nodata] });
}

test('halving averages two by two and rounds integers', () => {
  const source = raster(4, 'Byte', Uint8Array.of(1, 3, 10, 20, 5, 7, 30, 41));
  assert.deepEqual(average(source, 2, 1).bands[0], Uint8Array.of(4, 25));
});

test('pixels on a border count for what of them lies on either side', () => {
  // Two targets of 1.5 source pixels each: (1 + 4/2) / 1.5 and (4/2 + 10) / 1.5.
  const source = raster(3, 'Int32', Int32Array.of(100, 400, 1000));
  assert.deepEqual(average(source, 2, 1).bands[0], Int32Array.of(200, 800));
  const upright = raster(1, 'Int32', Int32Array.of(100, 400, 1000));
  assert.deepEqual(average(upright, 1, 2).bands[0], Int32Array.of(200, 800));
});

test('nodata and masked pixels take no part, and a pixel without any valid one is nodata', () => {
  const source = raster(4, 'Int16', Int16Array.of(-1, 8, -1, -1));
  assert.deepEqual(average(source, 2, 1, -1).bands[0], Int16Array.of(8, -1));
  const masked = raster(4, 'Float32', Float32Array.of(5, 8, 3, 4), Uint8Array.of(0, 1, 0, 0));
  const reduced = average(masked, 2, 1);
  assert.deepEqual(reduced.bands[0], Float32Array.of(8, Number.NaN));
  assert.deepEqual(reduced.mask, Uint8Array.of(255, 0));
});

test('64-bit integers are averaged too', () => {
  const source = raster(2, 'Int64', BigInt64Array.of(-3n, 10n));
  assert.deepEqual(average(source, 1, 1).bands[0], BigInt64Array.of(4n));
});

test('complex samples come out as mean moduli', () => {
  const reduced = average(raster(2, 'CFloat32', Float32Array.of(3, 4, 0, 15)), 1, 1);
  assert.equal(reduced.dataType, 'Float64');
  assert.deepEqual(reduced.bands[0], Float64Array.of(10));
});

test('stripes give what the whole gives, wherever they are cut', () => {
  const width = 7;
  const height = 11;
  const values = Float64Array.from({ length: width * height }, (_, i) => (i * 31) % 17);
  const whole = average(raster(width, 'Float64', values), 3, 4);
  for (const rows of [1, 2, 5, 11]) {
    const running = createAverage({
      source: { width, height },
      target: { width: 3, height: 4 },
      dataType: 'Float64',
      nodata: [null],
      masked: false,
    });
    for (let row = 0; row < height; row += rows) {
      running.add(raster(width, 'Float64', values.subarray(row * width, (row + rows) * width)));
    }
    assert.deepEqual(running.finish().bands, whole.bands);
  }
});

test('nearest takes the pixel under each centre', () => {
  assert.deepEqual([...nearestIndices(10, 3)], [1, 5, 8]);
  assert.deepEqual([...nearestIndices(2, 4)], [0, 0, 1, 1]);
  const source = raster(4, 'Byte', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), Uint8Array.of(1, 0, 1, 1, 1, 1, 1, 0));
  const reduced = resampleNearest(source, { width: 2, height: 1, nodata: [null] });
  assert.deepEqual(reduced.bands[0], Uint8Array.of(6, 8));
  assert.deepEqual(reduced.mask, Uint8Array.of(1, 0));
});

test('nearest keeps both parts of complex samples', () => {
  const source = raster(2, 'CInt16', Int16Array.of(1, 2, 3, 4));
  assert.deepEqual(resampleNearest(source, { width: 1, height: 1, nodata: [null] }).bands[0], Int16Array.of(3, 4));
});

/** 4x4 pixels, 0, 10, .. 150. */
const RAMP = raster(
  4,
  'Byte',
  Uint8Array.from({ length: 16 }, (_, i) => 10 * i),
);

test('a ramp at half its size is what GDAL makes of it', () => {
  const halved = RESAMPLINGS.map((resampling) => {
    const { bands } = resampleWindow(RAMP, { width: 2, height: 2, nodata: [null], resampling });
    return [resampling, ...Array.from(bands[0]!, Number)];
  });
  assert.deepEqual(halved, [
    ['nearest', 50, 70, 130, 150],
    ['bilinear', 36, 51, 99, 114],
    ['cubic', 29, 48, 102, 121],
    ['average', 25, 45, 105, 125],
    ['mode', 0, 20, 80, 100],
  ]);
});

test('a ramp at twice its size is what GDAL makes of it', () => {
  const firstRow = (resampling: 'bilinear' | 'cubic') =>
    Array.from(
      resampleWindow(RAMP, { width: 8, height: 8, nodata: [null], resampling }).bands[0]!.subarray(0, 8),
      Number,
    );
  assert.deepEqual(firstRow('bilinear'), [0, 3, 8, 13, 18, 23, 28, 30]);
  assert.deepEqual(firstRow('cubic'), [0, 0, 4, 9, 14, 19, 25, 27]);
});

test('a window is resampled as the same pixels of the whole, as long as what its kernel reaches is there', () => {
  const width = 40;
  const values = Float64Array.from({ length: width * width }, (_, i) => (i * 7919) % 101);
  const whole = raster(width, 'Float64', values);
  for (const resampling of RESAMPLINGS) {
    const expected = resampleWindow(whole, {
      window: { colOff: 16, rowOff: 18, width: 9, height: 6 },
      width: 3,
      height: 4,
      nodata: [null],
      resampling,
    });
    const [left, top] = [16 - kernelReach(resampling, 3), 18 - kernelReach(resampling, 1.5)];
    const [right, bottom] = [25 + kernelReach(resampling, 3), 24 + kernelReach(resampling, 1.5)];
    const range = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, i) => from + i);
    const cut = pickPixels(whole, range(left, right), range(top, bottom), [null]);
    const window = { colOff: 16 - left, rowOff: 18 - top, width: 9, height: 6 };
    const result = resampleWindow(cut, { window, width: 3, height: 4, nodata: [null], resampling });
    assert.deepEqual(result.bands, expected.bands, resampling);
  }
});

test('what lies beyond the array is invalid, whatever the kernel', () => {
  const source = raster(2, 'Byte', Uint8Array.of(10, 20));
  for (const resampling of RESAMPLINGS) {
    const { bands, mask } = resampleWindow(source, {
      window: { colOff: -4, rowOff: 0, width: 8, height: 1 },
      width: 4,
      height: 1,
      nodata: [99],
      resampling,
    });
    assert.deepEqual([bands[0]![0], mask![0]], [99, 0], resampling);
    assert.deepEqual([bands[0]![3], mask![3]], [99, 0], resampling);
    assert.equal(mask![2], 255, resampling);
  }
});

test('a valid result never reads as nodata', () => {
  const undershooting = raster(4, 'Byte', Uint8Array.of(1, 1, 200, 200));
  const { bands } = resampleWindow(undershooting, { width: 8, height: 1, nodata: [0], resampling: 'cubic' });
  assert.deepEqual([...(bands[0] as Uint8Array)].slice(0, 3), [1, 1, 1]);
  const constant = raster(2, 'Float32', Float32Array.of(4, 6));
  const averaged = average(constant, 1, 1, 5);
  assert.deepEqual(averaged.bands[0], Float32Array.of(5 + 2 ** -21));
  const signed = raster(2, 'Float64', Float64Array.of(-1, 1));
  assert.deepEqual(average(signed, 1, 1, 0).bands[0], Float64Array.of(Number.MIN_VALUE));
  assert.deepEqual(average(raster(2, 'Int64', BigInt64Array.of(4n, 6n)), 1, 1, 5n).bands[0], BigInt64Array.of(6n));
});

test('64-bit integers are compared with nodata to the last digit', () => {
  const source = raster(2, 'Int64', BigInt64Array.of(9_007_199_254_740_993n, 8n));
  assert.deepEqual(average(source, 1, 1, 9_007_199_254_740_993n).bands[0], BigInt64Array.of(8n));
  const { bands } = resampleWindow(source, { width: 1, height: 1, nodata: [8n], resampling: 'mode' });
  assert.deepEqual(bands[0], BigInt64Array.of(9_007_199_254_740_993n));
});

test('NaN takes no part in any kernel that computes', () => {
  const source = raster(2, 'Float32', Float32Array.of(Number.NaN, 3));
  for (const resampling of ['bilinear', 'average', 'mode'] as const) {
    const { bands } = resampleWindow(source, { width: 1, height: 1, nodata: [null], resampling });
    assert.deepEqual(bands[0], Float32Array.of(3), resampling);
  }
});

test('the most frequent value wins; of several, the one that was there first', () => {
  const mode = (band: Samples, dataType: DataType) =>
    resampleWindow(raster(band.length, dataType, band), { width: 1, height: 1, nodata: [null], resampling: 'mode' })
      .bands[0]![0];
  assert.equal(mode(Uint8Array.of(1, 2, 2, 1), 'Byte'), 2);
  assert.equal(mode(Int16Array.of(-5, 7, 7, -5, -5), 'Int16'), -5);
  const many = Int32Array.from({ length: 100 }, (_, i) => (i === 99 ? 42 : i));
  assert.equal(mode(many, 'Int32'), 42);
});

test('picked columns and rows may repeat, and may be none', () => {
  const source = raster(2, 'CInt16', Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const picked = pickPixels(source, Uint32Array.of(1, 2, 1), Uint32Array.of(1), [null]);
  assert.deepEqual(picked.bands[0], Int16Array.of(7, 8, 0, 0, 7, 8));
  assert.deepEqual(picked.mask, Uint8Array.of(255, 0, 255));
});

test('sizes and windows without an area are refused', () => {
  const window = { colOff: 0, rowOff: 0, width: 0, height: 1 };
  for (const resampling of RESAMPLINGS) {
    assert.throws(() => resampleWindow(RAMP, { width: 0, height: 1, nodata: [null], resampling }), RangeError);
    assert.throws(() => resampleWindow(RAMP, { width: 1, height: 1, nodata: [null], window, resampling }), RangeError);
  }
});
