import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  cutScenes,
  earthImagePath,
  findGdalProgram,
  type GdalRunner,
  type Scene,
  SCENES,
  sceneBBox,
  scenePath,
  scenesAreCut,
  sceneSize,
  startWasmGdal,
} from '@inlay/cli';
import { GDAL_IS_ABSENT, type GdalDataset, openGdal } from '@inlay/testing';
import { gdalProgram } from './gdal-program.ts';
import { temporaryFolder } from './screen.ts';

const never = new AbortController().signal;

async function cutWithWasm(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  const gdal = await startWasmGdal(folder);
  try {
    await cutScenes(folder, gdal, { signal: never });
  } finally {
    await gdal.close();
  }
  return folder;
}

function assertIsGeoreferenced(found: GdalDataset, scene: Scene): void {
  const [west, , , north] = sceneBBox(scene);
  const pixel = (360 / scene.image.width) * scene.decimation;
  assert.deepEqual([found.width, found.height], sceneSize(scene), scene.name);
  assert.deepEqual(found.geoTransform, [west, pixel, 0, north, 0, -pixel], scene.name);
  assert.equal(`${found.crs?.authority}:${found.crs?.code}`, 'EPSG:4326', scene.name);
  assert.deepEqual(
    found.bands.map((band) => band.colorInterp),
    scene.band === null ? ['Red', 'Green', 'Blue'] : ['Gray'],
    scene.name,
  );
  for (const band of found.bands) assert.deepEqual(band.blockSize, [256, 256], scene.name);
}

test('both GDALs cut every scene to the same place with the same pixels', async (t) => {
  const gdal = await openGdal();
  if (gdal === null) return t.skip(GDAL_IS_ABSENT);
  t.after(() => gdal.close());
  const program = await findGdalProgram(gdalProgram('gdal_translate'));
  assert.ok(program, 'gdal_translate lies beside gdalinfo');
  const byProgram = temporaryFolder(t);
  await cutScenes(byProgram, program, { signal: never });
  const byWasm = await cutWithWasm(t);

  for (const scene of SCENES) {
    const expected = await gdal.describe(scenePath(byProgram, scene));
    const actual = await gdal.describe(scenePath(byWasm, scene));
    assertIsGeoreferenced(actual, scene);
    assertIsGeoreferenced(expected, scene);
    assert.deepEqual(actual.bands, expected.bands, scene.name);
  }
  const info = (await gdal.gdalinfo(join(byWasm, 'nile-red.tif'))) as { metadata: Record<string, unknown> };
  assert.partialDeepStrictEqual(info.metadata['IMAGE_STRUCTURE'], { LAYOUT: 'COG', COMPRESSION: 'DEFLATE' });
  const bytes = SCENES.reduce((sum, scene) => sum + statSync(scenePath(byWasm, scene)).size, 0);
  assert.ok(bytes < 60_000_000, `${bytes} bytes`);
});

test('scenes that are cut are recognised, and are not once one is missing or the recipe is another', async (t) => {
  const folder = await cutWithWasm(t);
  assert.equal(await scenesAreCut(folder), true);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  );

  rmSync(join(folder, 'alaska.tif'));
  assert.equal(await scenesAreCut(folder), false);

  writeFileSync(join(folder, 'alaska.tif'), 'anything');
  assert.equal(await scenesAreCut(folder), true);
  writeFileSync(join(folder, 'recipe.json'), '{"digest":"another"}');
  assert.equal(await scenesAreCut(folder), false);
});

test('an empty or absent folder holds no scenes', async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(await scenesAreCut(folder), false);
  assert.equal(await scenesAreCut(join(folder, 'absent')), false);
});

test('the number of finished scenes is reported once per scene, counting up', async (t) => {
  const folder = temporaryFolder(t);
  const counts: number[] = [];
  await cutScenes(folder, touchingRunner(), { signal: never, onScene: (done) => counts.push(done) });
  assert.deepEqual(
    counts,
    SCENES.map((_, index) => index + 1),
  );
});

test('a failing cut is passed on and leaves no scene under its final name', async (t) => {
  const folder = temporaryFolder(t);
  const gdal: GdalRunner = { ...touchingRunner(), run: () => Promise.reject(new Error('disk full')) };
  await assert.rejects(cutScenes(folder, gdal, { signal: never }), /disk full/);
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(await scenesAreCut(folder), false);
});

test('an option that the WebAssembly build does not know is an error, not a picture without it', async (t) => {
  const folder = temporaryFolder(t);
  const gdal = await startWasmGdal(folder);
  t.after(() => gdal.close());
  const input = join(import.meta.dirname, 'does-not-exist.tif');
  await assert.rejects(gdal.run({ command: 'gdal_translate', args: [], input, output: join(folder, 'a.tif') }, never), {
    code: 'cli/gdal-failed',
  });
  const known = SCENES[0];
  assert.ok(known);
  const command = {
    command: 'gdal_translate' as const,
    args: ['-no_such_option'],
    input: earthImagePath(known.image),
    output: join(folder, 'b.tif'),
  };
  await assert.rejects(gdal.run(command, never), { code: 'cli/gdal-failed', message: /no_such_option/ });
});

test('an interrupted cut ends with the reason of the interruption', async (t) => {
  const folder = temporaryFolder(t);
  const gdal = await startWasmGdal(folder);
  t.after(() => gdal.close());
  const interruption = new AbortController();
  const cut = cutScenes(folder, gdal, { signal: interruption.signal, onScene: () => interruption.abort() });
  await assert.rejects(cut, { name: 'AbortError' });
});

test('a program that is not there is no runner', async () => {
  assert.equal(await findGdalProgram('gdal_translate-of-nowhere'), null);
});

/** Stands in for GDAL where only the bookkeeping around it is looked at. */
function touchingRunner(): GdalRunner {
  return {
    name: 'touch',
    concurrency: 3,
    run: async ({ output }) => writeFileSync(output, ''),
    close: () => Promise.resolve(),
  };
}
