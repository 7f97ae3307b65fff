import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Affine, type DataType, type Nodata, affineMesh, meshFootprints, meshPositions } from '@inlay/geo';
import { type RasterArray, type Samples, type Resampling, allocateSamples, warpRaster } from '@inlay/raster';

const UNSCALED = { colScale: 1, colOffset: 0, rowScale: 1, rowOffset: 0 };

/** A raster of one band; null is masked. */
function raster(width: number, values: readonly (number | null)[], dataType: DataType = 'Float32'): RasterArray {
  const samples = allocateSamples(dataType, values.length);
  values.forEach((value, i) => {
    samples[i] = value ?? 99;
  });
  const mask = values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 0 : 255)) : null;
  return { layout: 'band-separate', width, height: values.length / width, dataType, bands: [samples], mask };
}

/** What a kernel makes of a raster; null where it is not valid. `affine` is from target to source pixels. */
function warp(
  source: RasterArray,
  kernel: Resampling,
  affine: Affine,
  width: number,
  height: number,
  nodata: Nodata | null = null,
): (number | null)[] {
  const mesh = affineMesh(affine, width, height);
  const scale = [Math.hypot(affine[0], affine[1]), Math.hypot(affine[3], affine[4])] as const;
  const { bands, valid } = warpRaster(source, {
    kernel,
    nodata: source.bands.map(() => nodata),
    positions: meshPositions(mesh, UNSCALED),
    footprints: meshFootprints(mesh, UNSCALED, { halfCol: 0.5, halfRow: 0.5 }),
    scale,
  });
  return Array.from(bands[0]!, (value, i) => (valid[0]![i] === 0 ? null : value));
}

const IDENTITY: Affine = [1, 0, 0, 0, 1, 0];

describe('warping', () => {
  it('to the same grid changes nothing, whatever the kernel', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6, 5];
    for (const kernel of ['nearest', 'bilinear', 'cubic', 'average', 'mode'] as const) {
      assert.deepEqual(warp(raster(3, values), kernel, IDENTITY, 3, 3), values, kernel);
    }
  });

  it('leaves pixels outside of the source invalid', () => {
    for (const kernel of ['nearest', 'bilinear', 'cubic', 'average', 'mode'] as const) {
      assert.deepEqual(warp(raster(2, [1, 2]), kernel, [1, 0, -1, 0, 1, 0], 4, 1), [null, 1, 2, null], kernel);
    }
  });

  it('takes the pixel a centre lies in, the latter one on an edge between two', () => {
    assert.deepEqual(warp(raster(4, [1, 2, 3, 4]), 'nearest', [2, 0, 0, 0, 1, 0], 2, 1), [2, 4]);
    assert.deepEqual(warp(raster(2, [1, 2]), 'nearest', [0.5, 0, 0, 0, 1, 0], 4, 1), [1, 1, 2, 2]);
  });

  it('blends the four pixels around, and repeats those at the edge', () => {
    assert.deepEqual(warp(raster(2, [0, 8]), 'bilinear', [0.5, 0, 0, 0, 1, 0], 4, 1), [0, 2, 6, 8]);
    assert.deepEqual(warp(raster(2, [0, 8, 16, 24]), 'bilinear', [1, 0, 0.5, 0, 1, 0.5], 1, 1), [12]);
  });

  it('interpolates a ramp exactly and overshoots beside an edge with cubic convolution', () => {
    assert.deepEqual(warp(raster(6, [0, 2, 4, 6, 8, 10]), 'cubic', [0.5, 0, 2, 0, 1, 0], 4, 1), [3.5, 4.5, 5.5, 6.5]);
    // -0.0625, 0.5625, 0.5625, -0.0625 half-way between two pixels.
    assert.deepEqual(warp(raster(4, [0, 0, 16, 16]), 'cubic', [1, 0, 1.5, 0, 1, 0], 1, 1), [8]);
    assert.deepEqual(warp(raster(4, [0, 16, 16, 0]), 'cubic', [1, 0, 1.5, 0, 1, 0], 1, 1), [18]);
  });

  it('clamps an overshoot to what the data type can say, and rounds', () => {
    assert.deepEqual(warp(raster(4, [0, 255, 255, 0], 'Byte'), 'cubic', [1, 0, 1.5, 0, 1, 0], 1, 1), [255]);
    assert.deepEqual(warp(raster(2, [1, 2], 'Int16'), 'bilinear', [1, 0, 0.5, 0, 1, 0], 1, 1), [2]);
    assert.deepEqual(warp(raster(2, [-1, -2], 'Int16'), 'bilinear', [1, 0, 0.5, 0, 1, 0], 1, 1), [-1]);
  });

  it('widens bilinear from two source pixels a target pixel on, so that none is passed over', () => {
    // Around 3 with a reach of 3: weights of 1/6, 3/6, 5/6, 5/6, 3/6, 1/6.
    assert.deepEqual(warp(raster(6, [18, 0, 0, 0, 0, 0]), 'bilinear', [3, 0, 1.5, 0, 1, 0], 1, 1), [1]);
    assert.deepEqual(warp(raster(6, [18, 0, 0, 0, 0, 0]), 'bilinear', [1.9, 0, 2.05, 0, 1, 0], 1, 1), [0]);
  });

  it('averages by the area that is covered', () => {
    assert.deepEqual(
      warp(raster(4, [0, 4, 8, 100]), 'average', [1.5, 0, 0, 0, 1, 0], 2, 1),
      [4 / 3, 20 / 3].map(Math.fround),
    );
    assert.deepEqual(warp(raster(2, [1, 2, 3, 5], 'Byte'), 'average', [2, 0, 0, 0, 2, 0], 1, 1), [3]);
  });

  it('picks the commonest value, the first of equally common ones', () => {
    assert.deepEqual(warp(raster(4, [7, 3, 3, 7, 3, 9, 7, 9]), 'mode', [2, 0, 0, 0, 2, 0], 2, 1), [3, 7]);
    const many = Array.from({ length: 100 }, (_, i) => (i < 99 ? i : 98));
    assert.deepEqual(warp(raster(100, many), 'mode', [100, 0, 0, 0, 1, 0], 1, 1), [98]);
  });

  it('never blends what is masked, nodata or no number into its neighbours', () => {
    for (const kernel of ['bilinear', 'cubic'] as const) {
      const half: Affine = [0.5, 0, 0, 0, 1, 0];
      assert.deepEqual(warp(raster(3, [5, null, 5]), kernel, half, 6, 1), [5, 5, null, null, 5, 5], kernel);
      assert.deepEqual(warp(raster(3, [5, -9, 5]), kernel, half, 6, 1, -9), [5, 5, null, null, 5, 5], kernel);
      assert.deepEqual(warp(raster(3, [5, Number.NaN, 5]), kernel, half, 6, 1), [5, 5, null, null, 5, 5], kernel);
    }
    assert.deepEqual(warp(raster(4, [5, null, null, null]), 'average', [2, 0, 0, 0, 1, 0], 2, 1), [5, null]);
    assert.deepEqual(warp(raster(4, [5, null, null, 6]), 'mode', [2, 0, 0, 0, 1, 0], 2, 1), [5, 6]);
  });

  it('has the same edge of the data with nearest, bilinear and cubic', () => {
    const values = Array.from({ length: 64 }, (_, i) => ((i * 7) % 5 === 0 ? null : i));
    const turned: Affine = [0.31, 0.11, 0.4, -0.09, 0.27, 2];
    const [nearest, bilinear, cubic] = (['nearest', 'bilinear', 'cubic'] as const).map((kernel) =>
      warp(raster(8, values), kernel, turned, 20, 20).map((value) => value === null),
    );
    assert.ok(nearest!.includes(true) && nearest!.includes(false));
    assert.deepEqual(bilinear, nearest);
    assert.deepEqual(cubic, nearest);
  });

  it('keeps bits with nearest in every data type, and shares what is valid between bands alike', () => {
    for (const dataType of ['Byte', 'Int8', 'UInt16', 'Int16', 'UInt32', 'Int32', 'Float32', 'Float64'] as const) {
      assert.deepEqual(warp(raster(2, [1, 100], dataType), 'nearest', [-1, 0, 2, 0, 1, 0], 2, 1), [100, 1], dataType);
    }
    const three = { ...raster(2, [1, 2], 'Byte'), bands: [1, 2, 3].map(() => Uint8Array.of(1, 2)) as Samples[] };
    const { valid } = warpRaster(three, {
      kernel: 'nearest',
      nodata: [null, null, 0],
      positions: meshPositions(affineMesh(IDENTITY, 2, 1), UNSCALED),
      scale: [1, 1],
    });
    assert.equal(valid[0], valid[1]);
  });

  it('counts 64-bit integers and complex samples as doubles', () => {
    const wide: RasterArray = { ...raster(2, [0, 0]), dataType: 'Int64', bands: [BigInt64Array.of(7n, -9n)] };
    assert.deepEqual(warp(wide, 'nearest', IDENTITY, 2, 1, -9), [7, null]);
    const complex: RasterArray = { ...raster(1, [0]), dataType: 'CFloat32', bands: [Float32Array.of(3, 4)] };
    assert.deepEqual(warp(complex, 'bilinear', IDENTITY, 1, 1), [5]);
  });
});
