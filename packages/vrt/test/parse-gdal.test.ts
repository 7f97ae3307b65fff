import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Gdal, GDAL_IS_ABSENT, openGdal } from '@inlay/testing';
import { parseVrt, sourceFilenames, writeModel } from '@inlay/vrt';
import { handWritten, makeRasters } from './gdal-documents.ts';
import { isOlderGdal } from './older-gdal.ts';

const run = promisify(execFile);
const DATA = fileURLToPath(new URL('../../../../shared/data/rasterio-cc0/', import.meta.url));

let gdals: readonly Gdal[] = [];
let folder = '';

before(async () => {
  const newest = await openGdal('newest');
  const system = await openGdal('system');
  if (newest === null || system === null) return;
  gdals = [newest, system];
  if (newest.version === system.version) {
    await system.close();
    gdals = [newest];
  }
  folder = await mkdtemp(join(tmpdir(), 'inlay-parse-'));
  await makeRasters(newest, folder);
});
after(async () => {
  await Promise.all(gdals.map((gdal) => gdal.close()));
  if (folder !== '') await rm(folder, { recursive: true });
});

describe('what GDAL writes reads the same in GDAL after parseVrt and writeModel', () => {
  const tiles = ['a.tif', 'b.tif', 'c.tif'];
  const builds: Readonly<Record<string, readonly [args: readonly string[], files: readonly string[]]>> = {
    'a mosaic': [[], tiles],
    'the finest resolution, resampled': [['-resolution', 'highest', '-r', 'cubic'], tiles],
    'aligned pixels of a clipped extent': [['-tr', '7', '7', '-tap', '-te', '30', '-50', '220', '-10'], tiles],
    'a band stack': [['-separate'], tiles],
    'added alpha': [['-addalpha'], tiles],
    'nodata of source and VRT, hidden': [['-srcnodata', '7', '-vrtnodata', '9', '-hidenodata'], tiles],
    'NaN for nodata': [['-srcnodata', 'nan', '-vrtnodata', 'nan'], ['float.tif']],
    masks: [[], ['masked.tif', 'masked-east.tif']],
    'an alpha band': [[], ['rgba.tif']],
    'a palette': [[], ['palette.tif']],
    'virtual overviews': [['-r', 'average'], ['large.tif']],
    'scale, offset, unit, description': [[], ['described.tif']],
    'open options': [['-oo', 'NUM_THREADS=1'], tiles],
    'one band of three': [['-b', '3', '-b', '1'], ['rgba.tif']],
  };
  for (const [name, [args, files]] of Object.entries(builds)) {
    it(`gdalbuildvrt: ${name}`, async (t) => {
      if (!isReady(t)) return;
      for (const gdal of gdals) {
        const path = join(folder, `build-${gdal.version}-${nextNumber()}.vrt`);
        await gdal.buildvrt(
          path,
          files.map((file) => join(folder, file)),
          args,
        );
        await assertReadsTheSame(path);
      }
    });
  }

  const translations: Readonly<Record<string, readonly [args: readonly string[], file: string]>> = {
    'a palette with categories': [['-mo', 'A=b & "c"'], 'palette.tif'],
    'a palette expanded': [['-expand', 'rgba'], 'palette.tif'],
    'control points': [
      ['-gcp', '0', '0', '1', '2', '3', '-gcp', '9', '9', '5.5', '6', '-a_srs', 'EPSG:4326'],
      'ungeoreferenced.tif',
    ],
    'scaled values': [['-scale', '0', '15', '255', '-1', '-exponent', '0.5', '-ot', 'Float32'], 'a.tif'],
    'a mask from a band': [['-b', '1', '-mask', '4'], 'rgba.tif'],
    'a window, resampled': [['-srcwin', '1', '2', '10', '5', '-outsize', '33', '17', '-r', 'bilinear'], 'a.tif'],
    'statistics and a histogram': [['-stats'], 'described.tif'],
    'nodata of doubles': [['-a_nodata', '-1.7976931348623157e308'], 'float.tif'],
    'a coordinate epoch': [['-a_srs', 'EPSG:9000', '-a_coord_epoch', '2021.3'], 'a.tif'],
    'descriptions, units, scales': [['-mo', 'TIFFTAG_IMAGEDESCRIPTION=two\nlines'], 'described.tif'],
    'a mask in the file': [[], 'masked.tif'],
  };
  for (const [name, [args, file]] of Object.entries(translations)) {
    it(`gdal_translate: ${name}`, async (t) => {
      if (!isReady(t)) return;
      const path = join(folder, `translate-${nextNumber()}.vrt`);
      await program('gdal_translate', ['-q', '-of', 'VRT', ...args, join(folder, file), path]);
      await assertReadsTheSame(path);
    });
  }

  const warps: Readonly<Record<string, readonly string[]>> = {
    'another CRS': ['-t_srs', 'EPSG:3857', '-r', 'bilinear'],
    'a cutline and alpha': [
      '-dstalpha',
      '-cutline',
      'POLYGON ((20 -10,90 -20,60 -60,20 -10))',
      '-cutline_srs',
      'EPSG:32633',
    ],
    'nodata, exact': ['-t_srs', 'EPSG:4326', '-et', '0', '-dstnodata', '200', '-srcnodata', '3'],
  };
  for (const [name, args] of Object.entries(warps)) {
    it(`gdalwarp: ${name}`, async (t) => {
      if (!isReady(t)) return;
      const path = join(folder, `warp-${nextNumber()}.vrt`);
      // Cutlines as text are an option of newer versions.
      if (args.includes('-cutline') && Number(gdals[0]?.version.split('.')[1]) < 9) return t.skip('needs GDAL 3.9');
      await program('gdalwarp', ['-q', '-of', 'VRT', ...args, join(folder, 'a.tif'), path]);
      await assertReadsTheSame(path);
    });
  }

  for (const file of [
    'RGB.byte.tif',
    'RGB2.byte.tif',
    'RGBA.byte.tif',
    'cogeo.tif',
    'float_nan.tif',
    'red.tif',
    'rotated.tif',
    'shade.tif',
    'world.byte.tif',
  ]) {
    it(`gdal_translate: ${file}`, async (t) => {
      if (!isReady(t)) return;
      if (!(await exists(join(DATA, file)))) return t.skip('needs the folder shared/data beside the repository');
      const path = join(folder, `real-${file}.vrt`);
      await program('gdal_translate', ['-q', '-of', 'VRT', join(DATA, file), path]);
      await assertReadsTheSame(path);
    });
  }
});

describe('what people write reads the same in GDAL after parseVrt and writeModel', () => {
  for (const [name, document] of Object.entries(handWritten)) {
    it(name, async (t) => {
      if (!isReady(t)) return;
      const path = join(folder, `hand-${nextNumber()}.vrt`);
      await writeFile(path, typeof document === 'string' ? document : document(folder));
      await assertReadsTheSame(path);
    });
  }
});

it('names the files that GDAL lists', async (t) => {
  if (!isReady(t)) return;
  const [newest] = gdals;
  assert.ok(newest);
  const path = join(folder, 'listed.vrt');
  await newest.buildvrt(
    path,
    ['a.tif', 'b.tif'].map((file) => join(folder, file)),
  );
  const model = parseVrt(await readFile(path, 'utf8'));
  const named = [...sourceFilenames(model)].map(({ filename, relativeToVRT }) =>
    relativeToVRT ? join(folder, filename) : filename,
  );
  const { files } = await newest.describe(path, false);
  assert.deepEqual(new Set([path, ...named]), new Set(files));
});

let lastNumber = 0;

function nextNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

/** A VRT and what we write of it, in the same folder, are the same to each GDAL: open or not, pixels and properties. */
async function assertReadsTheSame(path: string): Promise<void> {
  const written = path.replace('.vrt', '-written.vrt');
  const text = await readFile(path, 'utf8');
  await writeFile(written, [...writeModel(parseVrt(text))].join(''));
  for (const gdal of gdals) {
    const [expected, actual] = [await factsOf(gdal, path), await factsOf(gdal, written)];
    const mayNotOpen = isOlderGdal(gdal.version);
    assert.ok(expected !== null || mayNotOpen, `GDAL ${gdal.version} does not open ${basename(path)}: ${text}`);
    assert.deepEqual(actual, expected, `GDAL ${gdal.version}, ${text}`);
  }
  const [newest] = gdals;
  assert.ok(newest);
  if ((await factsOf(newest, path)) === null) return;
  const [expected, actual] = await Promise.all([path, written].map((file) => infoOf(newest, file)));
  assert.equal(actual, expected);
}

/** Null where GDAL does not open it. */
async function factsOf(gdal: Gdal, path: string): Promise<unknown> {
  let dataset;
  try {
    dataset = await gdal.describe(path, false);
  } catch {
    return null;
  }
  const pixels = await gdal.describe(path).then(
    ({ bands }) => bands,
    () => 'unreadable',
  );
  const files = dataset.files.filter((file) => file !== path);
  return { ...dataset, files, bands: dataset.bands, pixels };
}

/** What gdalinfo tells of it, metadata of all domains included, but for its name. */
async function infoOf(gdal: Gdal, path: string): Promise<string> {
  const info = await gdal.gdalinfo(path, ['-mdd', 'all', '-noct']);
  return JSON.stringify(info).replaceAll(basename(path), '');
}

async function program(name: string, args: readonly string[]): Promise<void> {
  const bin = process.env['INLAY_TEST_GDAL_BIN'];
  await run(bin ? join(bin, name) : name, args, { cwd: folder });
}

function isReady(t: TestContext): boolean {
  if (gdals.length === 0) t.skip(GDAL_IS_ABSENT);
  return gdals.length > 0;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
