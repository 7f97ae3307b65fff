import { after, before, describe, it, type TestContext } from 'node:test';
import type { DataType, NodataJson } from '@inlay/geo';
import { type BandSpec, GDAL_IS_ABSENT, type RasterSpec } from '@inlay/testing';
import type { PlanOptions } from '@inlay/vrt';
import { Oracle } from './oracle.ts';
import { assertSamePixels, suggested, zone } from './warp-oracle.ts';

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

function needOracle(t: TestContext): Oracle | null {
  if (oracle === null) t.skip(GDAL_IS_ABSENT);
  return oracle;
}

/** A case of {@link PAIRS}: how both sources of a mosaic are, and what it is warped to. */
interface PairCase {
  readonly spec: (epsg: 32632 | 32633) => Partial<RasterSpec>;
  readonly codes?: readonly string[];
  readonly options?: Partial<PlanOptions>;
  /** For gdalwarp. */
  readonly args?: readonly string[];
}

const RGB: readonly BandSpec[] = (['Red', 'Green', 'Blue'] as const).map((colorInterp) => ({
  dataType: 'Byte',
  colorInterp,
}));

/** Opaque or transparent, nothing between: gdalwarp blends what is half transparent, and a mosaic does not. */
function alpha(dataType: DataType, opaque: number): BandSpec {
  const values = Array.from({ length: 90 * 70 }, (_, index) => ((index * 7919) % 13 < 4 ? 0 : opaque));
  return { dataType, colorInterp: 'Alpha', values };
}

function withNodata(dataType: DataType, nodata: NodataJson): Partial<RasterSpec> {
  return { bands: [{ dataType, nodata }] };
}

const PAIRS: Readonly<Record<string, PairCase>> = {
  ...Object.fromEntries(
    (['Byte', 'UInt16', 'Int16', 'UInt32', 'Int32', 'Float32', 'Float64'] as const).flatMap((dataType) => [
      [`${dataType} without nodata`, { spec: () => ({ bands: [{ dataType }] }) }],
      [`${dataType} with nodata`, { spec: () => withNodata(dataType, 3) }],
    ]),
  ),
  'two bands': { spec: () => ({ bands: [{ dataType: 'Byte' }, { dataType: 'Byte' }] }) },
  'three bands': { spec: () => ({ bands: RGB }) },
  'three bands with nodata': { spec: () => ({ bands: RGB.map((band) => ({ ...band, nodata: 5 })) }) },
  'five bands': { spec: () => ({ bands: Array.from({ length: 5 }, () => ({ dataType: 'Int16' as const })) }) },
  'NaN for nodata': {
    spec: () => ({
      bands: [{ dataType: 'Float32', nodata: 'nan', values: holed('nan') }],
    }),
  },
  'the least Float32 for nodata': {
    spec: () => ({
      bands: [{ dataType: 'Float32', nodata: -3.4028234663852886e38, values: holed(-3.4028234663852886e38) }],
    }),
  },
  // Values of 0..15: none is the other's nodata, which gdalwarp would move to the next value.
  'a nodata value each': { spec: (epsg) => withNodata('Byte', epsg === 32632 ? 100 : 3) },
  'nodata in the first only': { spec: (epsg) => (epsg === 32632 ? withNodata('Byte', 100) : {}) },
  // The mosaic would have the second's nodata, and gdalwarp has none.
  'nodata in the second only': {
    spec: (epsg) => (epsg === 32633 ? withNodata('Byte', 3) : {}),
    options: { nodata: 'none' },
  },
  'nodata out of range': { spec: () => withNodata('Byte', -9999) },
  'masks inside the files': { spec: () => ({ mask: 'internal' }) },
  'masks beside the files': { spec: () => ({ mask: 'sidecar', bands: RGB }) },
  'a mask in the second only': { spec: (epsg) => (epsg === 32633 ? { mask: 'internal' } : {}) },
  'masks of five bands': {
    spec: () => ({ mask: 'internal', bands: Array.from({ length: 5 }, () => ({ dataType: 'Byte' as const })) }),
  },
  // A mask outweighs nodata, and gdalwarp looks at both unless it is told.
  'masks and nodata': {
    spec: () => ({ mask: 'internal', bands: [{ dataType: 'Byte', nodata: 3 }] }),
    args: ['-srcnodata', 'none'],
  },
  'alpha bands': { spec: () => ({ bands: [...RGB, alpha('Byte', 255)] }) },
  'alpha bands of UInt16': {
    spec: () => ({ bands: [{ dataType: 'UInt16', colorInterp: 'Gray' }, alpha('UInt16', 65_535)] }),
  },
  // Not onto a grid of either zone: GDAL does not take these alpha bands for masks where nothing is warped.
  'alpha bands that no reader takes for a mask': {
    codes: ['EPSG:4326', 'EPSG:3857'],
    spec: () => ({ bands: [{ dataType: 'Int16', colorInterp: 'Gray' }, alpha('Int16', 32_767)] }),
  },
  'alpha bands after five others': {
    codes: ['EPSG:4326', 'EPSG:3857'],
    spec: () => ({
      bands: [...RGB, { dataType: 'Byte', colorInterp: 'Undefined' }, { dataType: 'Byte' }, alpha('Byte', 255)],
    }),
  },
  'south-up rasters': {
    spec: (epsg) => ({ geoTransform: [epsg === 32632 ? 733_020 : 262_000, 100, 0, 4_984_010, 0, 100] }),
  },
  'rotated rasters': {
    spec: (epsg) => ({ geoTransform: [epsg === 32632 ? 733_000 : 262_000, 95, 21, 4_990_000, 23, -97] }),
  },
  'mirrored rasters': {
    spec: (epsg) => ({ geoTransform: [epsg === 32632 ? 742_000 : 271_000, -100, 0, 4_991_000, 0, -100] }),
  },
};

/** Values of 0..15, every fifth of them nodata. */
function holed(nodata: NodataJson): NodataJson[] {
  return Array.from({ length: 90 * 70 }, (_, index) => ((index * 7919) % 5 === 0 ? nodata : (index * 31) % 16));
}

describe('a mosaic of two UTM zones has the pixels that gdalwarp -et 0 writes, in GDAL new and old', () => {
  for (const [name, pair] of Object.entries(PAIRS)) {
    const { spec, codes = ['EPSG:32633', 'EPSG:4326', 'EPSG:3857'], options = {}, args = [] } = pair;
    it(name, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const files = [
        await gdal.raster(`${name}-32`, zone(32632, spec(32632))),
        await gdal.raster(`${name}-33`, zone(32633, spec(32633))),
      ];
      for (const code of codes) {
        const target = await suggested(gdal, files, code);
        await assertSamePixels(gdal, files, { target, options }, args);
      }
    });
  }
});
