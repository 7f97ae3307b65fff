import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Crs,
  fromGeoTransform,
  type PixelGrid,
  type RasterProfile,
  toGeoTransform,
  type Window,
} from '@inlay/geo';
import type { Gdal, RasterSpec } from '@inlay/testing';
import {
  inlineFile,
  needsWarp,
  type PlacedRaster,
  placeWarped,
  planMosaic,
  profileWarper,
  type SourceFile,
  suggestGrid,
  type VrtPlan,
  warpedVrt,
  type WarpResampling,
  type WarpTarget,
  writeVrt,
} from '@inlay/vrt';
import type { Oracle } from './oracle.ts';

const run = promisify(execFile);

/** How mosaics of warped sources are made. */
export interface WarpCase {
  readonly target: WarpTarget;
  readonly resampling?: WarpResampling;
  /** Each warped source as a file beside the mosaic, instead of inside of it. */
  readonly asFiles?: boolean;
  /** Leaves the sources' reduced-resolution levels alone. */
  readonly fullResolution?: boolean;
}

/** A mosaic of sources in any CRS: where it is, and what it was made of. */
export interface WarpedMosaic {
  readonly path: string;
  readonly plan: VrtPlan<Crs | null>;
  readonly windows: readonly (readonly Window[])[];
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
  { target, resampling = 'nearest', asFiles = false, fullResolution = false }: WarpCase,
): Promise<WarpedMosaic> {
  const warpProfile = profileWarper(target);
  const sources: { label: string; profile: RasterProfile }[] = [];
  const sourceFiles: SourceFile[] = [];
  const windows: Window[][] = [];
  for (const [index, source] of (await oracle.profiles(files)).map(placed).entries()) {
    const file = { filename: files[index] ?? '', relativeToVrt: false };
    if (!needsWarp(source, target)) {
      sources.push({ label: file.filename, profile: source });
      sourceFiles.push(file);
      windows.push([]);
      continue;
    }
    const placement = placeWarped(source, target);
    assert.ok(placement);
    const overviewLevel = fullResolution ? null : placement.overviewLevel;
    const vrt = warpedVrt(source, file.filename, target, { resampling, overviewLevel });
    sources.push({ label: file.filename, profile: warpProfile(source, overviewLevel) });
    sourceFiles.push(asFiles ? await writeBeside(oracle, vrt) : inlineFile(vrt));
    windows.push([...placement.windows]);
  }
  const { grid } = target;
  const [xResolution, , left, , yStep, top] = grid.affine;
  // The default mode gives what no source has the nodata of any, and gdalwarp that of the first one.
  const { plan, problems } = planMosaic(sources, {
    mode: 'compatible',
    resolutionStrategy: 'finest',
    resolution: [xResolution, -yStep],
    bounds: [left, top + grid.height * yStep, left + grid.width * xResolution, top],
  });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  assert.deepEqual(plan.grid, grid);
  const windowed = withWindows(plan, windows);
  const path = oracle.newPath('ours');
  const chunks = writeVrt(windowed, (index) => sourceFiles[index] as SourceFile);
  await writeFile(path, [...chunks].join(''));
  return { path, plan: windowed, windows };
}

async function writeBeside(oracle: Oracle, vrt: string): Promise<SourceFile> {
  const filename = oracle.newPath('ours');
  await writeFile(filename, vrt);
  return { filename, relativeToVrt: false };
}

/** The plan with each warped source placed in its windows only; those without windows were not warped. */
function withWindows(plan: VrtPlan<Crs | null>, windows: readonly (readonly Window[])[]): VrtPlan<Crs | null> {
  const { placements } = plan;
  const rows = [...placements.sourceIndex].flatMap((sourceIndex, placement) => {
    const own = windows[sourceIndex] ?? [];
    const rects = own.map(({ colOff, rowOff, width, height }) => [colOff, rowOff, width, height]);
    const row = { sourceIndex, placement };
    if (rects.length > 0) return rects.map((rect) => ({ ...row, src: rect, dst: rect }));
    const [src, dst] = [placements.srcRects, placements.dstRects].map((all) => [
      ...all.subarray(4 * placement, 4 * placement + 4),
    ]);
    return [{ ...row, src: src ?? [], dst: dst ?? [] }];
  });
  const columnOf = (column: Int32Array) => Int32Array.from(rows, ({ placement }) => column[placement] ?? -1);
  const all = { firstPlacement: 0, placementCount: rows.length };
  return {
    ...plan,
    // oxlint-disable-next-line oxc/no-map-spread -- bands are few
    bands: plan.bands.map((band) => ({ ...band, ...all })),
    mask: plan.mask === null ? null : { ...plan.mask, ...all },
    placements: {
      count: rows.length,
      sourceIndex: columnOf(placements.sourceIndex),
      variant: columnOf(placements.variant),
      sourceWidth: columnOf(placements.sourceWidth),
      sourceHeight: columnOf(placements.sourceHeight),
      srcRects: Float64Array.from(rows.flatMap(({ src }) => src)),
      dstRects: Float64Array.from(rows.flatMap(({ dst }) => dst)),
    },
  };
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
