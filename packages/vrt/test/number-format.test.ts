import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Crs } from '@inlay/geo';
import { planMosaic, type VrtPlan, writeVrt } from '@inlay/vrt';
import { band, layout, source } from './profiles.ts';

// The texts are what printf of the GNU C library prints for these doubles.

describe('GeoTransform terms are printf("%24.16e")', () => {
  const TABLE: readonly (readonly [number, string])[] = [
    [500_000, '  5.0000000000000000e+05'],
    [0, '  0.0000000000000000e+00'],
    [-0, ' -0.0000000000000000e+00'],
    [30.037926675094809, '  3.0037926675094809e+01'],
    [-300.04178272980499, ' -3.0004178272980499e+02'],
    [1e-7, '  9.9999999999999995e-08'],
    [1e100, ' 1.0000000000000000e+100'],
    [-1e-300, '-1.0000000000000000e-300'],
    // Exactly between ...562 and ...563: C takes the even one.
    [12_345_678.0009765625, '  1.2345678000976562e+07'],
    [1 / 3, '  3.3333333333333331e-01'],
  ];
  for (const [value, text] of TABLE) {
    it(`${value} is "${text}"`, () => {
      const plan = { ...planned(), grid: { affine: [1, 0, value, 0, -1, 0], width: 1, height: 1 } } as const;
      assert.equal(/<GeoTransform>(.{24}),/.exec(written(plan))?.[1], text);
    });
  }
});

describe('rectangles are printf("%.15g")', () => {
  const TABLE: readonly (readonly [number, string])[] = [
    [0, '0'],
    [0.5, '0.5'],
    [1 / 3, '0.333333333333333'],
    [12_345.00048828125, '12345.0004882812'],
    [12_345.00146484375, '12345.0014648438'],
    [2_147_483_647, '2147483647'],
    [100_000.001, '100000.001'],
    [0.0012345678901234567, '0.00123456789012346'],
    [1_234_567.1234567892, '1234567.12345679'],
  ];
  for (const [value, text] of TABLE) {
    it(`${value} is "${text}"`, () => {
      const plan = planned();
      const placements = { ...plan.placements, dstRects: Float64Array.of(value, 0, 1, 1) };
      assert.equal(/<DstRect xOff="([^"]*)"/.exec(written({ ...plan, placements }))?.[1], text);
    });
  }
});

describe('nodata is printf("%.18g"), and 64-bit integers as they are', () => {
  const TABLE: readonly (readonly [number | bigint, string])[] = [
    [-9999, '-9999'],
    [0, '0'],
    [-0, '-0'],
    [0.1, '0.100000000000000006'],
    [Math.fround(0.1), '0.100000001490116119'],
    [-3.4028234663852886e38, '-3.4028234663852886e+38'],
    [1e17, '100000000000000000'],
    [1e18, '1e+18'],
    [1e-4, '0.000100000000000000005'],
    [1e-5, '1.00000000000000008e-05'],
    [123_456_789.125, '123456789.125'],
    [NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [1e300, '1.00000000000000005e+300'],
    [Number.MAX_VALUE, '1.79769313486231571e+308'],
    [5e-324, '4.94065645841246544e-324'],
    [-9_223_372_036_854_775_808n, '-9223372036854775808'],
    [18_446_744_073_709_551_615n, '18446744073709551615'],
  ];
  for (const [nodata, text] of TABLE) {
    it(`${nodata} is "${text}"`, () => {
      const xml = written(planned({ dataType: typeof nodata === 'bigint' ? 'Int64' : 'Float64', nodata }));
      assert.equal(/<NoDataValue>(.*)<\/NoDataValue>/.exec(xml)?.[1], text);
      assert.equal(/<NODATA>(.*)<\/NODATA>/.exec(xml)?.[1], text);
    });
  }
});

describe('scale and offset are printf("%.16g")', () => {
  const TABLE: readonly (readonly [number, string])[] = [
    [0.1, '0.1'],
    [1 / 3, '0.3333333333333333'],
    [1e-5, '1e-05'],
    [0.0001, '0.0001'],
    [12_345_678_901_234_568, '1.234567890123457e+16'],
    [1e15, '1000000000000000'],
    [1e16, '1e+16'],
    [-2.5, '-2.5'],
    [1.0000000116860974e-7, '1.000000011686097e-07'],
  ];
  for (const [value, text] of TABLE) {
    it(`${value} is "${text}"`, () => {
      const xml = written(planned({ scale: value, offset: value }));
      assert.equal(/<Scale>(.*)<\/Scale>/.exec(xml)?.[1], text);
      assert.equal(/<Offset>(.*)<\/Offset>/.exec(xml)?.[1], text);
    });
  }
});

function planned(particulars: Parameters<typeof band>[0] = {}): VrtPlan<Crs | null> {
  // The default mode leaves out what is not needed.
  const { plan } = planMosaic([source('one', { layout: layout([band(particulars)]) })], {
    mode: 'compatible',
    resolutionStrategy: 'finest',
  });
  assert.ok(plan);
  return plan;
}

function written(plan: VrtPlan<Crs | null>): string {
  return [...writeVrt(plan, () => ({ filename: 'one.tif', relativeToVrt: true }))].join('');
}
