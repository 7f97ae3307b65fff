import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Crs, fromGeoTransform, type PixelGrid, type RasterProfile, toGeoTransform } from '@inlay/geo';
import type { Gdal, RasterSpec } from '@inlay/testing';
import {
  type PlacedRaster,
  planMosaic,
  type PlanOptions,
  suggestGrid,
  type VrtPlan,
  warpedVrt,
  type WarpResampling,
  type WarpTarget,
} from '@inlay/vrt';
import type { Oracle } from './oracle.ts';

const run = promisify(execFile);

/** How mosaics of warped sources are made. */
export interface WarpCase {
  readonly target: WarpTarget;
  readonly resampling?: WarpResampling;
  /** Each warped source as a file beside the mosaic, instead of inside of it. */
  readonly asFiles?: boolean;
  /** What else the planner is told. */
  readonly options?: Partial<PlanOptions>;
}

/** A mosaic of sources in any CRS: where it is, and what it was made of. */
export interface WarpedMosaic {
  readonly path: string;
  readonly plan: VrtPlan;
}

/** A profile that has a place, as warping needs it. */
export function placed(profile: RasterProfile): RasterProfile & PlacedRaster {
  const { affine, crs } = profile;
  assert.ok(affine && crs);
  return { ...profile, affine, crs };
}

/** Plans and writes the mosaic of files on a target grid: foreign ones warped, the others as they are. */
export async function buildWarpedMosaic(
  oracle: Oracle,
  files: readonly string[],
  { target, resampling, asFiles = false, options = {} }: WarpCase,
): Promise<WarpedMosaic> {
  const { grid, crs } = target;
  const sources = (await oracle.profiles(files)).map((profile, index) => ({ label: files[index] ?? '', profile }));
  const [minX, minY, maxX, maxY] = cornersOf(grid);
  const { plan, problems } = planMosaic(sources, {
    resolutionStrategy: 'finest',
    crs,
    resolution: [grid.affine[0], -grid.affine[4]],
    bounds: [minX, minY, maxX, maxY],
    ...(resampling === undefined ? {} : { resampling }),
    ...options,
  });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  assert.deepEqual(plan.grid, grid);
  if (!asFiles) return { path: await oracle.write(plan, files), plan };

  const sourceFiles = [...files];
  for (const [index, { profile, overviewLevel }] of plan.warp?.sources ?? []) {
    const path = oracle.newPath('ours');
    const how = { resampling: resampling ?? 'nearest', overviewLevel };
    await writeFile(path, warpedVrt(profile, files[index] ?? '', target, how));
    sourceFiles[index] = path;
  }
  return { path: await oracle.write({ ...plan, warp: null }, sourceFiles), plan };
}

/** The windows that a source fills, as `[xOff, yOff, xSize, ySize]`. */
export function windowsOf({ placements }: VrtPlan, sourceIndex: number): number[][] {
  return [...placements.sourceIndex].flatMap((index, placement) =>
    index === sourceIndex ? [[...placements.dstRects.subarray(4 * placement, 4 * placement + 4)]] : [],
  );
}

/** What gdalwarp, the program of this GDAL, makes of the files on the grid, as a GeoTIFF; the last is on top. */
export async function gdalwarp(
  oracle: Oracle,
  gdal: Gdal,
  files: readonly string[],
  { target: { grid, crs }, resampling = 'nearest' }: WarpCase,
  args: readonly string[] = [],
): Promise<string> {
  const path = oracle.newPath('theirs').replace(/vrt$/, 'tif');
  const [minX, minY, maxX, maxY] = cornersOf(grid);
  const names: Partial<Record<WarpResampling, string>> = { nearest: 'near' };
  const extent = [minX, minY, maxX, maxY].map(String);
  const size = [grid.width, grid.height].map(String);
  const how = ['-q', '-et', '0', '-r', names[resampling] ?? resampling];
  const where = ['-t_srs', crs.code ?? crs.wkt, '-te', ...extent, '-ts', ...size];
  await run(programOf(oracle, gdal), [...how, ...where, ...args, ...files, path]);
  return path;
}

function cornersOf({ affine, width, height }: PixelGrid): readonly [number, number, number, number] {
  const [left, xResolution, , top, , yStep] = toGeoTransform(affine);
  return [left, top + height * yStep, left + width * xResolution, top];
}

/** The grid onto which gdalwarp, the program of the newest GDAL, warps a file when it is told nothing but a CRS. */
export async function gdalwarpSuggestion(oracle: Oracle, file: string, code: string): Promise<PixelGrid> {
  const path = oracle.newPath('theirs');
  await run(programOf(oracle, oracle.newest), ['-q', '-of', 'VRT', '-et', '0', '-t_srs', code, file, path]);
  const { width, height, geoTransform } = await oracle.newest.describe(path, false);
  assert.ok(geoTransform);
  return { affine: fromGeoTransform(geoTransform), width, height };
}

function programOf(oracle: Oracle, gdal: Gdal): string {
  const folder = process.env['INLAY_TEST_GDAL_BIN'];
  return gdal === oracle.newest && folder ? join(folder, 'gdalwarp') : 'gdalwarp';
}

/** The CRS of a code as GDAL knows it, by way of a raster that has it. */
export async function crsOf(oracle: Oracle, code: string): Promise<Crs> {
  const name = `crs-${code.replace(/\W/g, '-')}`;
  const path = await oracle.raster(name, {
    width: 1,
    height: 1,
    geoTransform: [0, 1, 0, 0, 0, -1],
    crs: code,
    bands: [{ dataType: 'Byte' }],
  });
  const [profile] = await oracle.profiles([path]);
  assert.ok(profile?.crs);
  return profile.crs;
}

/** How many values of two bands differ. */
export function countDifferences(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  assert.equal(a.length, b.length);
  return a.reduce((count: number, value, index) => count + (value === b[index] ? 0 : 1), 0);
}

/** 90x70 pixels of 100 m near 12 degrees east, 45 degrees north, where UTM zones 32 and 33 meet. */
export function zone(epsg: 32632 | 32633, spec: Partial<RasterSpec> = {}): RasterSpec {
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

/** The grid in a CRS that we suggest for files. */
export async function suggested(oracle: Oracle, files: readonly string[], code: string): Promise<WarpTarget> {
  const crs = await crsOf(oracle, code);
  const { grid, unplaced } = suggestGrid((await oracle.profiles(files)).map(placed), crs, 'finest');
  assert.deepEqual(unplaced, []);
  assert.ok(grid);
  return { grid, crs };
}

/** Asserts that both GDALs read of our mosaic what their own gdalwarp writes of the same files on the same grid. */
export async function assertSamePixels(
  oracle: Oracle,
  files: readonly string[],
  example: WarpCase,
  args: readonly string[] = [],
): Promise<WarpedMosaic> {
  const ours = await buildWarpedMosaic(oracle, files, example);
  const gdals: Gdal[] = [...new Set([oracle.newest, oracle.system])];
  for (const gdal of gdals) {
    const theirs = await gdalwarp(oracle, gdal, files, example, args);
    const counts: number[] = [];
    for (const [index] of ours.plan.bands.entries()) {
      counts.push(countDifferences(await gdal.values(ours.path, index + 1), await gdal.values(theirs, index + 1)));
    }
    assert.deepEqual(
      counts,
      ours.plan.bands.map(() => 0),
      `differing pixels, GDAL ${gdal.version}`,
    );
  }
  return ours;
}
