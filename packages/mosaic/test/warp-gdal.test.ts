import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crsFromEpsg } from '@inlay/geotiff';
import { type BandSpec, Dice, type RasterSpec } from '@inlay/testing';
import type { PlanOptions } from '@inlay/vrt';
import { type MosaicOracle, shareOracle, type TestMosaic } from './oracle.ts';
import { randomRequest } from './random-mosaic.ts';

const needOracle = shareOracle();

/** A mosaic of sources in any CRS, in that of a code. */
async function warpedMosaic(
  gdal: MosaicOracle,
  sources: readonly RasterSpec[],
  code: number,
  options: Partial<PlanOptions> = {},
): Promise<TestMosaic> {
  const crs = await crsFromEpsg(code);
  assert.ok(crs);
  const mosaic = await gdal.mosaic({
    kind: 'mosaic',
    sources,
    options: { resolutionStrategy: 'finest', crs, ...options },
  });
  assert.ok(mosaic);
  return mosaic;
}

/** 90x70 pixels of 100 m near 12 degrees east, 45 degrees north, where UTM zones 32 and 33 meet. */
function zone(epsg: 32632 | 32633, spec: Partial<RasterSpec> = {}): RasterSpec {
  const x = epsg === 32632 ? 733_000 : 262_000;
  return {
    width: 90,
    height: 70,
    geoTransform: [x, 100, 0, 4_991_000, 0, -100],
    crs: `EPSG:${epsg}`,
    bands: [{ dataType: 'Byte' }],
    seed: epsg,
    ...spec,
  };
}

const RGB: readonly BandSpec[] = (['Red', 'Green', 'Blue'] as const).map((colorInterp) => ({
  dataType: 'Byte',
  colorInterp,
}));

const KINDS: Readonly<Record<string, Partial<RasterSpec>>> = {
  'without nodata': {},
  'with nodata': { bands: [{ dataType: 'Int16', nodata: 3 }] },
  'with NaN for nodata': {
    bands: [
      { dataType: 'Float32', nodata: 'nan', values: Array.from({ length: 6300 }, (_, i) => (i % 7 === 0 ? 'nan' : i)) },
    ],
  },
  'in colour': { bands: RGB },
  'with masks': { mask: 'internal' },
  'with masks beside the files, in colour': { mask: 'sidecar', bands: RGB },
  'with alpha': {
    bands: [
      ...RGB,
      {
        dataType: 'Byte',
        colorInterp: 'Alpha',
        values: Array.from({ length: 6300 }, (_, index) => ((index * 7919) % 13 < 4 ? 0 : 255)),
      },
    ],
  },
  'with alpha beside nodata': {
    bands: [
      ...RGB.map((band) => ({ ...band, nodata: 5 })),
      {
        dataType: 'Byte',
        colorInterp: 'Alpha',
        values: Array.from({ length: 6300 }, (_, index) => ((index * 7919) % 13 < 4 ? 0 : 255)),
      },
    ],
  },
  'with masks and overviews': { mask: 'sidecar', overviews: [2, 4] },
  rotated: { geoTransform: [733_000, 95, 21, 4_990_000, 23, -97] },
  'with overviews': { overviews: [2, 4] },
};

describe('a mosaic of sources in several CRSs', () => {
  for (const [name, spec] of Object.entries(KINDS)) {
    for (const code of [32633, 3857, 4326]) {
      it(`${name}, in EPSG:${code}, has the pixels that GDAL reads of its warped VRTs`, async (t) => {
        const gdal = needOracle(t);
        if (gdal === null) return;
        const isRotated = spec.geoTransform !== undefined;
        const other = isRotated ? zone(32633) : zone(32633, spec);
        const mosaic = await warpedMosaic(gdal, [zone(32632, spec), other], code);
        const { width, height } = mosaic.plan.grid;
        await gdal.assertSame(mosaic, { window: { colOff: 0, rowOff: 0, width, height }, width, height });
        const dice = new Dice(code);
        for (let count = 0; count < 5; count += 1)
          await gdal.assertSame(mosaic, randomRequest(dice, { width, height }));
        await gdal.closeRasters();
      });
    }
  }
});

describe('a warped source', () => {
  it('that crosses the antimeridian is found on both sides', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const across = zone(32632, { crs: 'EPSG:32660', geoTransform: [690_000, 1000, 0, 5_000_000, 0, -1000] });
    const mosaic = await warpedMosaic(gdal, [across, { ...across, seed: 2 }], 4326);
    const { grid } = mosaic.plan;
    assert.ok(grid.affine[2] < 180 && grid.affine[2] + grid.width * grid.affine[0] > 180);
    const { width, height } = grid;
    await gdal.assertSame(mosaic, { window: { colOff: 0, rowOff: 0, width, height }, width, height });
  });

  it('of longitudes beyond 180 is found from a projection', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const east = { width: 60, height: 40, crs: 'EPSG:4326', bands: [{ dataType: 'Byte' as const }] };
    const mosaic = await warpedMosaic(gdal, [{ ...east, geoTransform: [170, 0.5, 0, 50, 0, -0.5], seed: 3 }], 32601);
    const { width, height } = mosaic.plan.grid;
    await gdal.assertSame(mosaic, { window: { colOff: 0, rowOff: 0, width, height }, width, height });
  });

  for (const resampling of ['bilinear', 'cubic'] as const) {
    for (const [name, spec] of Object.entries({
      'without nodata': {},
      'with nodata': { bands: [{ dataType: 'Int16' as const, nodata: 3 }] },
      'with a mask': { mask: 'internal' as const },
      'with overviews': { overviews: [2] },
    })) {
      it(`${name} is interpolated by ${resampling} as GDAL does it`, async (t) => {
        const gdal = needOracle(t);
        if (gdal === null) return;
        const mosaic = await warpedMosaic(gdal, [zone(32632, spec), zone(32633, spec)], 4326, { resampling });
        const { width, height } = mosaic.plan.grid;
        await gdal.assertSame(mosaic, { window: { colOff: 0, rowOff: 0, width, height }, width, height });
      });
    }

    for (const resolution of [30, 55]) {
      it(`of ${resolution} m is interpolated by ${resampling} to pixels of 100 m as GDAL does it`, async (t) => {
        const gdal = needOracle(t);
        if (gdal === null) return;
        const geoTransform = [733_000, resolution, 0, 4_991_000, 0, -resolution];
        const fine = zone(32632, { width: 200, height: 150, geoTransform });
        const mosaic = await warpedMosaic(gdal, [zone(32633), fine], 32633, {
          resampling,
          resolutionStrategy: 'coarsest',
        });
        const { width, height } = mosaic.plan.grid;
        await gdal.assertSame(mosaic, { window: { colOff: 0, rowOff: 0, width, height }, width, height });
      });
    }
  }
});
