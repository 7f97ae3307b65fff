import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { GDAL_IS_ABSENT, type Gdal, openGdal } from '@inlay/testing';
import { gdalProgram } from './gdal-program.ts';
import { runCli, temporaryFolder } from './screen.ts';

// Every option of `inlay build` against the one of gdalbuildvrt that it stands for: same size, place and pixels.

const run = promisify(execFile);
const gdal = await openGdal();
after(() => gdal?.close());

/** Two rasters of 10 m and one of 20 m that overlap: two bands, a hole in each mask, no nodata. */
async function makeRasters(oracle: Gdal, folder: string): Promise<string[]> {
  const files = ['a.tif', 'b.tif', 'c.tif'].map((name) => join(folder, name));
  for (const [index, file] of files.entries()) {
    const pixel = index === 2 ? 20 : 10;
    await oracle.makeRaster(file, {
      width: 30,
      height: 20,
      geoTransform: [500_003 + 190 * index, pixel, 0, 5_000_000 - 30 * index, 0, -pixel],
      crs: 'EPSG:32632',
      bands: [{ dataType: 'Byte' }, { dataType: 'Byte' }],
      mask: 'internal',
      seed: index + 1,
    });
  }
  return files;
}

/** 3.06 for 3.6.2. */
function versionOf({ version }: Gdal): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major + minor / 100;
}

async function essence(oracle: Gdal, file: string): Promise<object> {
  const { width, height, geoTransform, crs, bands } = await oracle.describe(file);
  return {
    width,
    height,
    geoTransform,
    crs: crs?.code,
    bands: bands.map(({ dataType, nodata, colorInterp, maskFlags, pixels, maskPixels }) => ({
      dataType,
      nodata,
      colorInterp,
      maskFlags,
      pixels,
      maskPixels,
    })),
  };
}

/** The third is the version of GDAL that has the option, or has done it so, where that is newer than 3.6. */
const FLAGS: readonly [ours: string, theirs: string, since?: number][] = [
  ['--resolution 15', '-tr 15 15'],
  ['--resolution 30,20', '-tr 30 20'],
  ['-tr 30 20', '-tr 30 20'],
  ['--resolution common', '-resolution common', 3.11],
  ['--resolution 20 --align', '-tr 20 20 -tap'],
  ['-tr 20 20 -tap', '-tr 20 20 -tap'],
  ['--bounds 500100,4999850,500400,4999990', '-resolution highest -te 500100 4999850 500400 4999990'],
  ['-te 500100 4999850 500400 4999990', '-resolution highest -te 500100 4999850 500400 4999990'],
  ['--bands 2', '-resolution highest -b 2'],
  ['--bands 2,1', '-resolution highest -b 2 -b 1'],
  ['-b 2 -b 1', '-resolution highest -b 2 -b 1'],
  ['--source-nodata 3', '-resolution highest -srcnodata 3'],
  ['--source-nodata 3,4 --nodata 200', '-resolution highest -srcnodata 3,4 -vrtnodata 200'],
  ['--source-nodata 3 --nodata none', '-resolution highest -srcnodata 3 -vrtnodata none'],
  ['--nodata 200 --hide-nodata', '-resolution highest -vrtnodata 200 -hidenodata'],
  ['--add-alpha', '-resolution highest -addalpha', 3.12],
  ['--size-rounding nearest', '-resolution highest'],
  ['--ignore-source-masks', '-resolution highest -ignore_srcmaskband'],
  ['--mask-threshold 100 --nodata 7', '-resolution highest -nodata_max_mask_threshold 100 -vrtnodata 7', 3.09],
  ['--resampling bilinear', '-resolution highest -r bilinear'],
  ['--pixel-function mean --nodata 0', '-resolution highest -pixel-function mean -vrtnodata 0', 3.12],
  ['-r cubic -resolution lowest', '-resolution lowest -r cubic'],
  ['--compatible --assign-crs EPSG:32633', '-resolution highest -a_srs EPSG:32633'],
];
for (const [ours, theirs, since = 3.06] of FLAGS) {
  test(`build ${ours} has the pixels of gdalbuildvrt ${theirs}`, async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    if (versionOf(gdal) < since) return t.skip(`needs GDAL ${since} to compare with: set INLAY_TEST_GDAL_BIN`);
    const folder = temporaryFolder(t);
    const files = await makeRasters(gdal, folder);
    const [built, expected] = [join(folder, 'ours.vrt'), join(folder, 'theirs.vrt')];
    const { exitCode, err } = await runCli(['build', ...ours.split(' '), '-o', built, ...files]);
    assert.equal(exitCode, 0, err);
    await gdal.buildvrt(
      expected,
      files,
      theirs.split(' ').map((word) => word.replace(',', ' ')),
    );
    assert.deepEqual(await essence(gdal, built), await essence(gdal, expected));
  });
}

test('build --compatible --pixel-function writes the function with its arguments, as GDAL 3.12 and later do', async (t) => {
  if (gdal === null) return t.skip(GDAL_IS_ABSENT);
  if (versionOf(gdal) < 3.12) return t.skip('needs GDAL 3.12: set INLAY_TEST_GDAL_BIN');
  const folder = temporaryFolder(t);
  const files = await makeRasters(gdal, folder);
  const [built, expected] = [join(folder, 'ours.vrt'), join(folder, 'theirs.vrt')];
  const words = ['--compatible', '--pixel-function', 'max', '--pixel-function-arg', 'k=4'];
  const { exitCode, err } = await runCli(['build', ...words, '-o', built, ...files]);
  assert.equal(exitCode, 0, err);
  const args = ['-resolution', 'highest', '-pixel-function', 'max', '-pixel-function-arg', 'k=4'];
  await gdal.buildvrt(expected, files, args);
  assert.deepEqual(await essence(gdal, built), await essence(gdal, expected));
});

test('build --crs reprojects as gdalwarp -et 0 does, and the VRT reads the same wherever it is opened from', async (t) => {
  if (gdal === null) return t.skip(GDAL_IS_ABSENT);
  const folder = temporaryFolder(t);
  const places: [epsg: number, x: number, y: number][] = [
    [32632, 740_000, 5_000_000],
    [32633, 265_700, 5_000_300],
  ];
  const names = ['west.tif', 'east.tif'];
  for (const [index, [epsg, x, y]] of places.entries()) {
    await gdal.makeRaster(join(folder, names[index] ?? ''), {
      width: 60,
      height: 50,
      geoTransform: [x, 20, 0, y, 0, -20],
      crs: `EPSG:${epsg}`,
      bands: [{ dataType: 'Byte', nodata: 0 }],
      seed: index + 1,
    });
  }
  const plain = await runCli(['build', '-o', 'ours.vrt', ...names], { workingFolder: folder });
  assert.equal(plain.exitCode, 1);
  assert.match(plain.err, /east\.tif" is EPSG:32633, the mosaic is EPSG:32632/);

  const words = ['build', '--crs', 'EPSG:32632', '--json', '-o', 'ours.vrt', ...names];
  const { exitCode, out, err } = await runCli(words, { workingFolder: folder });
  assert.equal(exitCode, 0, err);
  const { plan } = JSON.parse(out) as { plan: { bounds: number[]; width: number; height: number } };
  const [minX, minY, maxX, maxY] = plan.bounds;
  const grid = ['-te', minX, minY, maxX, maxY, '-ts', plan.width, plan.height].map(String);
  const [ours, theirs] = [join(folder, 'ours.vrt'), join(folder, 'theirs.tif')];
  const files = names.map((name) => join(folder, name));
  await run(gdalProgram('gdalwarp'), ['-t_srs', 'EPSG:32632', ...grid, '-et', '0', ...files, theirs]);
  const pixels = await gdal.values(ours, 1);
  assert.deepEqual(pixels, await gdal.values(theirs, 1));
  assert.ok(new Set(pixels).size > 2);
});

test('build --compatible takes what gdalbuildvrt takes, and leaves out what it leaves out', async (t) => {
  if (gdal === null) return t.skip(GDAL_IS_ABSENT);
  const folder = temporaryFolder(t);
  const files = await makeRasters(gdal, folder);
  const other = join(folder, 'd.tif');
  await gdal.makeRaster(other, {
    width: 5,
    height: 5,
    geoTransform: [500_000, 10, 0, 5_000_000, 0, -10],
    crs: 'EPSG:32633',
    bands: [{ dataType: 'Byte' }, { dataType: 'Byte' }],
  });
  const [built, expected] = [join(folder, 'ours.vrt'), join(folder, 'theirs.vrt')];
  const all = [...files, other];
  const strict = await runCli(['build', '--compatible', '-o', built, ...all]);
  assert.equal(strict.exitCode, 1);
  assert.match(strict.err, /d\.tif" is EPSG:32633, the mosaic is EPSG:32632/);

  const skipping = await runCli(['build', '--compatible', '--skip-incompatible', '--json', '-o', built, ...all]);
  assert.equal(skipping.exitCode, 0, skipping.err);
  const told = JSON.parse(skipping.out) as { refused: { label: string; reasons: { type: string }[] }[] };
  assert.deepEqual(
    told.refused.map(({ label, reasons }) => [label.endsWith('d.tif'), reasons.map(({ type }) => type)]),
    [[true, ['crs_mismatch']]],
  );
  await gdal.buildvrt(expected, all, ['-resolution', 'highest']);
  assert.deepEqual(await essence(gdal, built), await essence(gdal, expected));

  const allowing = await runCli(['build', '--compatible', '--allow-crs-difference', '-o', built, ...all]);
  assert.equal(allowing.exitCode, 0, allowing.err);
  await gdal.buildvrt(expected, all, ['-resolution', 'highest', '-allow_projection_difference']);
  assert.deepEqual(await essence(gdal, built), await essence(gdal, expected));
});

for (const [words, complaint] of [
  ['--resolution fine', /Expected finest, coarsest, average, common, same, highest, lowest, or a size such as 10/],
  ['--resolution 0', /or a size such as 10/],
  ['--resolution 10,20,30', /or a size such as 10/],
  ['--bounds 1,2,3', /Expected minx,miny,maxx,maxy/],
  ['--bounds 3,0,1,2', /the smaller coordinates first/],
  ['--bands 0', /Expected numbers from 1, or names/],
  ['--bands 1,,2', /Expected numbers from 1, or names/],
  ['--nodata nothing', /Expected a number, nan, inf, -inf or none/],
  ['--mask-threshold 256', /Expected a number from 0 to 255/],
  ['--resampling sharp', /Allowed choices are nearest, bilinear/],
  ['--pixel-function-arg k=4', /--pixel-function-arg needs --pixel-function/],
  ['--pixel-function max --pixel-function-arg 4', /Expected name=value/],
  ['--assign-crs EPSG:4326', /--assign-crs needs --compatible/],
  ['--allow-crs-difference', /--allow-crs-difference needs --compatible/],
  ['--crs EPSG:9', /--crs: .*Give EPSG:n or WKT/],
  ['--size-rounding up', /Allowed choices are nearest, contain/],
  ['--compatible --bands red', /--bands takes numbers only/],
  ['--compatible --assign-crs EPSG:9', /--assign-crs: .*Give EPSG:n or WKT/],
] as const) {
  test(`build ${words} is a mistake in the command line`, async () => {
    const { exitCode, out, err } = await runCli(['build', ...words.split(' '), '-o', 'out.vrt', 'a.tif']);
    assert.equal(exitCode, 2, err);
    assert.equal(out, '');
    assert.match(err, complaint);
  });
}
