import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GDAL_IS_ABSENT, openGdal } from '@inlay/testing';
import { runCli, temporaryFolder } from './screen.ts';

interface DemoReport {
  readonly url: string;
  readonly checked_with_gdal: boolean;
  readonly virtual_rasters: readonly {
    readonly id: string;
    readonly title: string;
    readonly file: string;
    readonly http_file: string;
    readonly width: number;
    readonly height: number;
    readonly band_count: number;
    readonly source_count: number;
  }[];
}

test('the demo goes the whole way, and a second time has nothing left to do', async (t) => {
  const folder = temporaryFolder(t);
  const args = ['demo', '--once', '--json', '--port', '0', '--dir', 'demo'];
  const first = await runCli(args, { workingFolder: folder });
  assert.equal(first.exitCode, 0, first.err);
  assert.match(first.err, /✓ Cutting 26 scenes of the earth +by GDAL/);
  assert.match(first.err, /✓ Uploading 20 rasters +20 catalogued/);
  assert.match(first.err, /✓ Registering 6 where they lie +6 catalogued/);

  const { virtual_rasters: vrts } = JSON.parse(first.out) as DemoReport;
  assert.deepEqual(
    vrts.map((vrt) => [vrt.title, vrt.source_count, vrt.band_count, vrt.width, vrt.height]),
    [
      ['The Old World', 11, 3, 2048, 1216],
      ['The Old World by night', 4, 3, 832, 832],
      ['Relief', 2, 1, 672, 608],
      // 256 columns before the antimeridian and 384 after it, not the 4,096 of the way around the Earth.
      ['Around the Bering Sea', 4, 3, 640, 576],
      ['The Nile in five bands', 5, 5, 512, 512],
    ],
  );
  for (const { file, http_file: httpFile } of vrts) assert.ok(existsSync(file) && existsSync(httpFile));

  const second = await runCli(args, { workingFolder: folder });
  assert.equal(second.exitCode, 0, second.err);
  assert.equal(second.err.match(/already there/g)?.length, 8);
  assert.deepEqual(
    (JSON.parse(second.out) as DemoReport).virtual_rasters.map(({ id }) => id),
    vrts.map(({ id }) => id),
  );

  const gdal = await openGdal();
  if (gdal === null) return t.skip(GDAL_IS_ABSENT);
  t.after(() => gdal.close());
  const oldWorld = await gdal.describe(join(folder, 'demo/scenes/the-old-world.vrt'));
  assert.deepEqual(oldWorld.geoTransform, [-22.5, 0.087890625, 0, 71.71875, 0, -0.087890625]);
  // The finer scenes lie on top: where they are, the mosaic has their very pixels.
  const scene = await gdal.values(join(folder, 'demo/scenes/nile-and-arabia.tif'), 1, { window: [200, 200, 50, 50] });
  const mosaic = await gdal.values(join(folder, 'demo/scenes/the-old-world.vrt'), 1, { window: [584, 584, 50, 50] });
  assert.deepEqual(mosaic, scene);

  const bering = join(folder, 'demo/scenes/bering-sea.vrt');
  assert.deepEqual((await gdal.describe(bering)).geoTransform, [157.5, 0.087890625, 0, 75.9375, 0, -0.087890625]);
  const alaska = await gdal.values(join(folder, 'demo/scenes/alaska.tif'), 2, { window: [0, 0, 384, 100] });
  assert.deepEqual(await gdal.values(bering, 2, { window: [256, 0, 384, 100] }), alaska);
});

test('an interrupted demo closes its server and ends with exit code 130', async (t) => {
  const folder = temporaryFolder(t);
  const interruption = new AbortController();
  const demo = runCli(['demo', '--port', '0'], { workingFolder: folder, signal: interruption.signal });
  setTimeout(() => interruption.abort(), 500);
  const { exitCode, err } = await demo;
  assert.equal(exitCode, 130, err);
  assert.match(err, /Interrupted\.\n$/);
  assert.equal(existsSync(join(folder, '.inlay-demo/data/server.json')), false);
});
