import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DataType, NodataJson } from '@inlay/geo';
import type { BandSpec, RasterSpec } from '@inlay/testing';
import type { CompatibleOptions } from '@inlay/vrt';
import { type MosaicOracle, read, shareOracle } from './oracle.ts';

const needOracle = shareOracle();

/** Rasters of one row, `offset` pixels to the right. */
function row(bands: readonly BandSpec[], offset = 0, spec: Partial<RasterSpec> = {}): RasterSpec {
  return {
    width: bands[0]!.values!.length,
    height: 1,
    geoTransform: [500_000 + 10 * offset, 10, 0, 4_000_000, 0, -10],
    crs: 'EPSG:32633',
    bands,
    ...spec,
  };
}

/** Takes nodata values that no pixel can have. */
const COMPATIBLE = { mode: 'compatible', resolutionStrategy: 'finest' } as const;

async function bothRead(
  gdal: MosaicOracle,
  sources: readonly RasterSpec[],
  options: Partial<CompatibleOptions> = {},
): Promise<readonly (number | bigint)[]> {
  const mosaic = await gdal.mosaic({ kind: 'mosaic', sources, options: { ...COMPATIBLE, ...options } });
  assert.ok(mosaic);
  const { width, height } = mosaic.plan.grid;
  const request = { window: { colOff: 0, rowOff: 0, width, height }, width, height };
  const { raster } = await gdal.assertSame(mosaic, request);
  return Array.from(raster.bands[0] as ArrayLike<number | bigint>);
}

describe('pixels near to nodata', () => {
  const cases: readonly (readonly [
    DataType,
    NodataJson,
    readonly (number | string)[],
    readonly (number | bigint)[],
  ])[] = [
    ['Byte', 7, [7, 6, 8], [1, 6, 8]],
    ['Byte', 3.5, [3, 4, 5], [1, 4, 5]],
    ['Byte', -9999, [0, 4, 5], [0, 4, 5]],
    ['Byte', 300, [255, 44, 5], [255, 44, 5]],
    ['Byte', 'nan', [0, 44, 5], [0, 44, 5]],
    ['Int8', -7, [-7, -6, 8], [1, -6, 8]],
    ['UInt16', 65535, [65535, 65534, 8], [1, 65534, 8]],
    ['Int16', -32768, [-32768, -32767, 8], [1, -32767, 8]],
    ['Int32', 2147483647, [2147483647, 2147483000, 2147480000], [1, 1, 2147480000]],
    ['UInt32', 4294967295, [4294967295, 4294967000, 8], [1, 1, 8]],
    ['Float32', -9999, [-9999, -9998.999, -9998.9], [1, 1, Math.fround(-9998.9)]],
    ['Float32', 'nan', ['nan', 0, 5], [1, 0, 5]],
    ['Float32', -3.4028234663852886e38, [-3.4028234663852886e38, 0, 5], [1, 0, 5]],
    ['Float64', 1e7, [1e7, 1e7 + 2, 1e7 + 9], [1, 1, 1e7 + 9]],
    ['Float64', 0, [0, 1e-300, 5], [1, 1e-300, 5]],
    ['Int64', '-5', ['-5', '9007199254740993', '5'], [1n, 9007199254740992n, 5n]],
    ['UInt64', '18446744073709551615', ['18446744073709551615', '9007199254740993', '5'], [1n, 9007199254740992n, 5n]],
  ];
  for (const [dataType, nodata, values, expected] of cases) {
    it(`${dataType} ${values.join(', ')} over 1 with nodata ${nodata} are ${expected.join(', ')}`, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const below = row([{ dataType, nodata, values: dataType.endsWith('nt64') ? ['1', '1', '1'] : [1, 1, 1] }]);
      assert.deepEqual(await bothRead(gdal, [below, row([{ dataType, nodata, values }])]), expected);
    });
  }

  it('may be NaN on the way from Float32 to Float64', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const sources = [
      row([{ dataType: 'Float64', nodata: 7, values: [1, 1, 1] }]),
      row([{ dataType: 'Float32', nodata: 7, values: ['nan', 7, 5] }]),
    ];
    const mosaic = await gdal.mosaic({
      kind: 'mosaic',
      sources,
      options: { resolutionStrategy: 'finest', dataType: 'promote' },
    });
    assert.ok(mosaic);
    const request = { window: { colOff: 0, rowOff: 0, width: 3, height: 1 }, width: 3, height: 1 };
    const { raster } = await gdal.assertSame(mosaic, request);
    assert.deepEqual([...(raster.bands[0] as Float64Array)], [1, 1, 5]);
    const exact = await read(mosaic, request, { fidelity: 'exact' });
    assert.deepEqual([...(exact.raster.bands[0] as Float64Array)], [NaN, 1, 5]);
  });

  it('are valid where values are compared exactly', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const sources = [1, 2].map((_, index) =>
      row([{ dataType: 'Int64', nodata: '-5', values: index === 0 ? ['1', '1'] : ['-5', '9007199254740993'] }]),
    );
    const mosaic = await gdal.mosaic({ kind: 'mosaic', sources, options: { resolutionStrategy: 'finest' } });
    assert.ok(mosaic);
    const request = { window: { colOff: 0, rowOff: 0, width: 2, height: 1 }, width: 2, height: 1 };
    const { raster } = await read(mosaic, request, { fidelity: 'exact' });
    assert.deepEqual([...(raster.bands[0] as BigInt64Array)], [1n, 9007199254740993n]);
  });
});

describe('places without data', () => {
  const gap = [
    row([{ dataType: 'Byte', nodata: 9, values: [1, 2] }]),
    row([{ dataType: 'Byte', nodata: 9, values: [3] }], 3),
  ];
  for (const [nodata, expected] of [
    [undefined, 9],
    [7, 7],
    [300, 255],
    [-1, 0],
    [3.5, 4],
    [Number.NaN, 0],
  ] as const) {
    it(`hold ${expected} where nodata is ${nodata ?? "the first source's"}`, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const options = nodata === undefined ? {} : { nodata: [nodata] };
      assert.deepEqual(await bothRead(gdal, gap, options), [1, 2, expected, 3]);
    });
  }

  it('hold the nodata value where it is hidden', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    assert.deepEqual(await bothRead(gdal, gap, { hideNodata: true }), [1, 2, 9, 3]);
  });

  it('are left by a mask that is no greater than a threshold', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const values = [10, 20, 30, 40];
    const alpha = (opacities: number[]): BandSpec[] => [
      { dataType: 'Byte', values },
      { dataType: 'Byte', colorInterp: 'Alpha', values: opacities },
    ];
    const sources = [row(alpha([255, 255, 255, 255])), row(alpha([0, 100, 101, 255]), 2)];
    assert.deepEqual(await bothRead(gdal, sources, { maskThreshold: 100, nodata: [5] }), [10, 20, 5, 5, 30, 40]);
  });

  for (const [dataType, nodata, substitute] of [
    ['Byte', 5, 6],
    ['Byte', 255, 254],
    ['Int16', 32767, 32766],
    ['Float32', 5, Math.fround(5.005)],
    ['Float64', 0, 0.001],
    ['Int32', 5, 5],
  ] as const) {
    it(`are made by a threshold only, and valid ${dataType} pixels of ${nodata} are ${substitute}`, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const sources = [
        row([
          { dataType, values: [4, nodata, 6] },
          { dataType, colorInterp: 'Alpha', values: [255, 255, 255] },
        ]),
      ];
      assert.deepEqual(await bothRead(gdal, sources, { maskThreshold: 0, nodata: [nodata] }), [4, substitute, 6]);
    });
  }
});
