import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataType, Nodata } from '@inlay/geo';
import {
  type RasterArray,
  type Samples,
  createAverage,
  nearestIndices,
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

test('averages do not enlarge', () => {
  assert.throws(() => average(raster(1, 'Byte', Uint8Array.of(1)), 2, 1), RangeError);
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
