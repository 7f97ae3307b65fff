import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { GDAL_IS_ABSENT, type Gdal, openGdal, type RasterSpec } from '@inlay/testing';
import { runCli, temporaryFolder } from './screen.ts';

const SHARED_RASTERS = join(import.meta.dirname, '../../../../shared/data/rasterio-cc0');

const gdal = await openGdal();
after(() => gdal?.close());

/** Two rasters of 10 m and one of 20 m that overlap, three bands each. */
async function makeScenes(oracle: Gdal, folder: string): Promise<string[]> {
  const scene = (x: number, pixel: number, seed: number): RasterSpec => ({
    width: 30,
    height: 20,
    geoTransform: [500_000 + x, pixel, 0, 5_000_000, 0, -pixel],
    crs: 'EPSG:32632',
    bands: (['Red', 'Green', 'Blue'] as const).map((colorInterp) => ({ dataType: 'UInt16', nodata: 0, colorInterp })),
    seed,
  });
  const files = ['a.tif', 'b.tif', 'c.tif'].map((name) => join(folder, name));
  const specs = [scene(0, 10, 1), scene(200, 10, 2), scene(450, 20, 3)];
  for (const [index, file] of files.entries()) await oracle.makeRaster(file, specs[index] as RasterSpec);
  return files;
}

/** What a VRT must have in common with gdalbuildvrt's: place, size, and every pixel. */
async function essence(oracle: Gdal, file: string): Promise<object> {
  const { width, height, geoTransform, crs, bands } = await oracle.describe(file);
  return {
    width,
    height,
    geoTransform,
    crs: crs?.wkt,
    bands: bands.map(({ dataType, nodata, pixels, maskPixels }) => ({ dataType, nodata, pixels, maskPixels })),
  };
}

function withGdal(name: string, body: (oracle: Gdal, t: TestContext) => Promise<void>): void {
  test(name, async (t) => (gdal === null ? t.skip(GDAL_IS_ABSENT) : await body(gdal, t)));
}

withGdal('info tells of every shared raster the size and the geotransform that GDAL tells', async (oracle, t) => {
  if (!existsSync(SHARED_RASTERS)) return t.skip('../shared/data is not there');
  const names = readdirSync(SHARED_RASTERS).filter((name) => name.endsWith('.tif'));
  assert.ok(names.length > 10);
  for (const name of names) {
    const file = join(SHARED_RASTERS, name);
    const { exitCode, out } = await runCli(['info', '--json', file]);
    assert.equal(exitCode, 0, name);
    const expected = await oracle.describe(file, false);
    const actual = JSON.parse(out) as { width: number; height: number; geotransform: number[]; bands: object[] };
    assert.deepEqual([actual.width, actual.height], [expected.width, expected.height], name);
    assert.deepEqual(actual.geotransform, expected.geoTransform, name);
    assert.equal(actual.bands.length, expected.bands.length, name);
  }
});

withGdal('info prints the facts for people, numbers aligned', async (oracle, t) => {
  const folder = temporaryFolder(t);
  const [file = ''] = await makeScenes(oracle, folder);
  const { exitCode, out } = await runCli(['info', file]);
  assert.equal(exitCode, 0);
  assert.match(out, /^Size        30 x 20 pixels, 3 bands$/m);
  assert.match(out, /^CRS         EPSG:32632 \(WGS 84 \/ UTM zone 32N\)$/m);
  assert.match(out, /^Resolution  10 x 10 metre$/m);
  assert.match(out, /^Bounds      500000, 4999800, 500300, 5000000$/m);
  assert.match(out, /^   2  UInt16  Green        0/m);
});

for (const [words, strategy] of [
  [['--resolution', 'finest'], 'highest'],
  [['-resolution', 'highest'], 'highest'],
  [['--resolution', 'coarsest'], 'lowest'],
  [['--resolution', 'average'], 'average'],
] as const) {
  withGdal(`build ${words.join(' ')} has the pixels of gdalbuildvrt -resolution ${strategy}`, async (oracle, t) => {
    const folder = temporaryFolder(t);
    const files = await makeScenes(oracle, folder);
    const [ours, theirs] = [join(folder, 'ours.vrt'), join(folder, 'theirs.vrt')];
    const { exitCode, err } = await runCli(['build', ...words, '-o', ours, ...files]);
    assert.equal(exitCode, 0, err);
    await oracle.buildvrt(theirs, files, ['-resolution', strategy]);
    assert.deepEqual(await essence(oracle, ours), await essence(oracle, theirs));
  });
}

for (const flag of ['--band-stack', '--separate', '-separate']) {
  withGdal(`build ${flag} has the pixels of gdalbuildvrt -separate`, async (oracle, t) => {
    const folder = temporaryFolder(t);
    const files = ['fine.tif', 'coarse.tif'].map((name) => join(folder, name));
    for (const [index, file] of files.entries()) {
      const pixel = index === 0 ? 10 : 20;
      await oracle.makeRaster(file, {
        width: 400 / pixel,
        height: 400 / pixel,
        geoTransform: [0, pixel, 0, 0, 0, -pixel],
        crs: 'EPSG:32632',
        bands: [{ dataType: 'Byte', colorInterp: 'Gray' }],
        seed: index + 1,
      });
    }
    const [ours, theirs] = [join(folder, 'ours.vrt'), join(folder, 'theirs.vrt')];
    const { exitCode, err } = await runCli(['build', flag, '-o', ours, ...files]);
    assert.equal(exitCode, 0, err);
    await oracle.buildvrt(theirs, files, ['-separate', '-resolution', 'highest']);
    assert.deepEqual(await essence(oracle, ours), await essence(oracle, theirs));
  });
}

withGdal('a VRT in another folder finds its sources, also after both were moved together', async (oracle, t) => {
  const root = temporaryFolder(t);
  for (const name of ['project/in', 'project/out']) mkdirSync(join(root, name), { recursive: true });
  await makeScenes(oracle, join(root, 'project/in'));
  const { exitCode, err } = await runCli(['build', '-o', 'out/m.vrt', 'in'], { workingFolder: join(root, 'project') });
  assert.equal(exitCode, 0, err);
  const before = await essence(oracle, join(root, 'project/out/m.vrt'));
  renameSync(join(root, 'project'), join(root, 'elsewhere'));
  assert.deepEqual(await essence(oracle, join(root, 'elsewhere/out/m.vrt')), before);
});

withGdal('a folder stands for the rasters in it and below, by name', async (oracle, t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'deep'));
  const files = await makeScenes(oracle, folder);
  renameSync(files[1] ?? '', join(folder, 'deep', 'B.TIFF'));
  const { out } = await runCli(['build', '--json', '-o', join(folder, 'm.vrt'), '.'], { workingFolder: folder });
  const { sources, plan } = JSON.parse(out) as { sources: { label: string }[]; plan: { kind: string } };
  assert.deepEqual(
    sources.map(({ label }) => label),
    ['a.tif', 'c.tif', join('deep', 'B.TIFF')],
  );
  assert.equal(plan.kind, 'mosaic');
});

withGdal('build refuses a mix and says what is wrong with which file, then builds of the rest', async (oracle, t) => {
  const folder = temporaryFolder(t);
  const files = await makeScenes(oracle, folder);
  const odd = join(folder, 'odd.tif');
  await oracle.makeRaster(odd, {
    width: 4,
    height: 4,
    geoTransform: [500_000, 10, 0, 5_000_000, 0, -10],
    crs: 'EPSG:32632',
    bands: [{ dataType: 'Byte', colorInterp: 'Gray' }],
  });
  const notARaster = join(import.meta.dirname, 'screen.ts');
  const args = ['-o', 'm.vrt', ...files, odd, notARaster];

  const refused = await runCli(['build', ...args], { workingFolder: folder });
  assert.equal(refused.exitCode, 1);
  assert.match(refused.err, /✗ Source "odd\.tif" has 1 band, the mosaic has 3/);
  assert.match(refused.err, /✗ screen\.ts .*not a TIFF/i);
  assert.match(refused.err, /No VRT was written: 2 of 5 files cannot be used\. .*--skip-incompatible/);
  assert.equal(existsSync(join(folder, 'm.vrt')), false);

  const built = await runCli(['build', '--skip-incompatible', ...args], { workingFolder: folder });
  assert.equal(built.exitCode, 0, built.err);
  assert.match(built.err, /✗ Source "odd\.tif"/);
  assert.match(built.out, /^m\.vrt: 105 x 40 pixels of 10 x 10, 3 bands, EPSG:32632, 3 sources$/m);
  assert.equal(readFileSync(join(folder, 'm.vrt'), 'utf8').includes('odd.tif'), false);
});

withGdal('a raster named as the output by mistake survives', async (oracle, t) => {
  const folder = temporaryFolder(t);
  const [first = '', ...rest] = await makeScenes(oracle, folder);
  const bytes = readFileSync(first);
  const { exitCode, err } = await runCli(['build', '-o', first, ...rest]);
  assert.equal(exitCode, 1);
  assert.match(err, /a\.tif exists and is not a VRT/);
  assert.deepEqual(readFileSync(first), bytes);
});

test('info of a file that is not there is one sentence and exit code 1', async (t) => {
  const { exitCode, out, err } = await runCli(['info', 'nothing.tif'], { workingFolder: temporaryFolder(t) });
  assert.equal(exitCode, 1);
  assert.equal(out, '');
  assert.equal(err, 'inlay: nothing.tif does not exist\n');
});

test('an empty folder holds no rasters to build of: exit code 2', async (t) => {
  const { exitCode, err } = await runCli(['build', '-o', 'm.vrt', '.'], { workingFolder: temporaryFolder(t) });
  assert.equal(exitCode, 2);
  assert.match(err, /There is no GeoTIFF/);
});
