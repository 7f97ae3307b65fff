import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type RasterProfile, nodataToJson, toGeoTransform } from '@inlay/geo';
import { localRasterFiles, openRaster } from '@inlay/geotiff';
import { type Oracle, type OracleRaster, WITHOUT_GDAL, openOracle } from './oracle.ts';

const REAL_RASTERS = fileURLToPath(new URL('../../../../shared/data/rasterio-cc0', import.meta.url));

/**
 * Where a profile knowingly says something else than GDAL.
 * - CRSs that nothing can be placed with, which GDAL calls "unnamed" or assumes to be WGS 84, are null.
 * - Overviews are listed finest first, GDAL lists them in file order.
 */
const WITHOUT_CRS = ['raster-type-only', 'unknown-code', 'unknown-method', 'no-projection', 'geographic-without-model'];

/**
 * What GDAL 3.6 reads otherwise: it has neither Int8 (3.7), Float16 (3.11) nor Esri's colour names, reports a scale of 1
 * for every band a `.aux.xml` mentions and prefers the file's own scale, and takes grads in parameters for degrees.
 */
const DIFFERENT_IN_OLD_GDAL = [
  'crs-keys-tmerc-grads',
  'metadata-color',
  'pam-alpha',
  'pam-colors',
  'pam-nodata-',
  'pam-over-metadata',
  'sample-16-3',
  'sample-32-6',
  'sample-8-2',
];

let oracle: Oracle | null = null;
let folder = '';
let version = '';
let made: readonly string[] = [];

before(async () => {
  oracle = await openOracle();
  if (oracle === null) return;
  folder = await mkdtemp(join(tmpdir(), 'inlay-profiles-'));
  ({ version, files: made } = await oracle.make(folder));
});

after(async () => {
  if (folder !== '') await rm(folder, { recursive: true });
});

test('profiles of generated rasters say what GDAL says', async (t) => {
  if (oracle === null) return t.skip(WITHOUT_GDAL);
  t.diagnostic(`${made.length} rasters, GDAL ${version}`);
  assert.ok(made.length > 250, 'the rasters were made');
  const isOld = Number(version.split('.')[1]) < 13;
  const compared = isOld ? made.filter((name) => !DIFFERENT_IN_OLD_GDAL.some((part) => name.startsWith(part))) : made;
  await compareAll(oracle, folder, compared);
});

test('profiles of real rasters say what GDAL says', async (t) => {
  if (oracle === null) return t.skip(WITHOUT_GDAL);
  if (!existsSync(REAL_RASTERS)) return t.skip('../shared/data is not there');
  const names = (await readdir(REAL_RASTERS)).filter((name) => name.endsWith('.tif'));
  await compareAll(oracle, REAL_RASTERS, names);
});

async function compareAll(gdal: Oracle, from: string, names: readonly string[]): Promise<void> {
  const theirs = await gdal.describe(names.map((name) => join(from, name)));
  const crsQuestions: (readonly [string, string, string])[] = [];
  const problems: string[] = [];
  for (const [i, name] of names.entries()) {
    const expected = theirs[i];
    assert.ok(expected, `GDAL opens ${name}`);
    const raster = await openRaster(await localRasterFiles(join(from, name)));
    await raster.close();
    const { crs } = raster.profile;
    try {
      assert.deepEqual(factsOf(raster.profile), expectedFacts(expected));
      if (WITHOUT_CRS.some((part) => name.includes(part))) assert.equal(crs, null);
      else assert.equal(crs === null, expected.crs === null, `CRS: GDAL finds ${expected.crs?.name}`);
      if (crs !== null && expected.crs !== null) compareCrsFacts(crs, expected.crs);
      if (crs !== null) crsQuestions.push([crs.wkt, crs.axisMapping, join(from, name)]);
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  const answers = await gdal.sameAsIn(crsQuestions);
  for (const [i, [wkt, , path]] of crsQuestions.entries()) {
    if (answers[i] !== true) problems.push(`${path.slice(from.length + 1)}: GDAL finds another CRS than ${wkt}`);
  }
  assert.deepEqual(problems, []);
}

function compareCrsFacts(crs: NonNullable<RasterProfile['crs']>, expected: NonNullable<OracleRaster['crs']>): void {
  if (crs.code !== null && !crs.code.includes('+')) assert.equal(crs.code, `EPSG:${expected.code}`);
  assert.equal(crs.axisMapping, expected.axisMapping);
  assert.ok(
    Math.abs(crs.unit.factor - expected.unit) <= 1e-9 * expected.unit,
    `unit ${crs.unit.factor}, not ${expected.unit}`,
  );
}

function factsOf(profile: RasterProfile): unknown {
  const { layout } = profile;
  return {
    size: [profile.width, profile.height],
    geoTransform: profile.affine === null ? null : toGeoTransform(profile.affine),
    georeference: profile.georeference,
    metadata: withAreaOrPoint(layout.metadata, layout.areaOrPoint),
    interleave: layout.storage.interleave,
    compression: layout.storage.compression,
    predictor: layout.storage.predictor,
    overviews: layout.overviews.map(({ width, height }) => [width, height]),
    maskBlock: layout.mask === null ? null : [layout.mask.blockWidth, layout.mask.blockHeight],
    maskOverviews: layout.mask?.overviews.map(({ width, height }) => [width, height]) ?? null,
    bands: layout.bands.map((band, i) => ({
      dataType: band.dataType,
      nbits: band.nbits,
      block: [band.blockWidth, band.blockHeight],
      nodata: band.nodata === null ? null : nodataToJson(band.nodata),
      colorInterp: band.colorInterp,
      colorTable: band.colorTable,
      scale: band.scale,
      offset: band.offset,
      unit: band.unit,
      description: band.description,
      categories: band.categories,
      metadata: band.metadata,
      statistics: profile.statistics[i] ?? null,
      maskFlags: band.maskFlags,
    })),
  };
}

function withAreaOrPoint(metadata: Readonly<Record<string, string>>, areaOrPoint: 'Area' | 'Point' | null): unknown {
  return areaOrPoint === null ? metadata : { ...metadata, AREA_OR_POINT: areaOrPoint };
}

function expectedFacts(raster: OracleRaster): unknown {
  const [first] = raster.bands;
  const hasMask = first!.maskFlags === 2;
  const isAffine = raster.geoTransform !== null;
  return {
    size: [raster.width, raster.height],
    geoTransform: raster.geoTransform,
    georeference: isAffine ? 'affine' : raster.gcps > 0 ? 'gcp' : raster.rpc > 0 ? 'rpc' : 'none',
    metadata: raster.metadata,
    interleave: raster.interleave,
    compression: raster.compression,
    predictor: Number(raster.predictor ?? 1),
    overviews: finestFirst(first!.overviews),
    maskBlock: hasMask ? first!.maskBlock : null,
    maskOverviews: hasMask ? finestFirst(first!.maskOverviews) : null,
    bands: raster.bands.map((band) => ({
      dataType: band.dataType,
      nbits: band.nbits === null ? null : Number(band.nbits),
      block: band.block,
      nodata: band.nodata,
      colorInterp: band.colorInterp,
      colorTable: band.colorTable,
      scale: band.scale,
      offset: band.offset,
      unit: band.unit,
      description: band.description,
      categories: band.categories,
      metadata: Object.fromEntries(Object.entries(band.metadata).filter(([key]) => !key.startsWith('STATISTICS_'))),
      statistics: statisticsOf(band.metadata),
      maskFlags: band.maskFlags,
    })),
  };
}

function finestFirst(sizes: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  return sizes.toSorted((a, b) => b[0] * b[1] - a[0] * a[1]);
}

function statisticsOf(metadata: Readonly<Record<string, string>>): unknown {
  const [minimum, maximum, mean, stddev] = ['MINIMUM', 'MAXIMUM', 'MEAN', 'STDDEV'].map(
    (key) => metadata[`STATISTICS_${key}`],
  );
  if (minimum === undefined || maximum === undefined || mean === undefined || stddev === undefined) return null;
  const validPercent = metadata['STATISTICS_VALID_PERCENT'];
  return {
    minimum: Number(minimum),
    maximum: Number(maximum),
    mean: Number(mean),
    stddev: Number(stddev),
    validPercent: validPercent === undefined ? null : Number(validPercent),
    approximate: metadata['STATISTICS_APPROXIMATE'] === 'YES',
  };
}
