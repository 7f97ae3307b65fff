import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { bboxOfGrid } from '@inlay/geo';
import { earthImagePath, type Scene, SCENES, sceneBBox, sceneSize, scenesOf, translateCommand } from '@inlay/cli';

function scene(name: string): Scene {
  const found = SCENES.find((candidate) => candidate.name === name);
  assert.ok(found, `there is a scene ${name}`);
  return found;
}

test('a scene lies where its pixels are in the picture of the earth', () => {
  assert.deepEqual(sceneBBox(scene('western-europe')), [-22.5, 32.34375, 16.875, 71.71875]);
  assert.deepEqual(sceneBBox(scene('nile-red')), [22.5, 0, 67.5, 45]);
  assert.deepEqual(sceneSize(scene('western-europe')), [448, 448]);
});

test('a decimated scene has half the pixels in each direction over the same degrees', () => {
  const coarse = scene('siberia-and-china');
  assert.deepEqual(sceneSize(coarse), [448, 304]);
  assert.deepEqual(sceneBBox(coarse), [78.75, 18.28125, 157.5, 71.71875]);
});

test('the scenes of the Old World come in two resolutions, the coarser ones below', () => {
  const resolutions = scenesOf('old-world').map((item) => (360 / item.image.width) * item.decimation);
  assert.deepEqual(resolutions, [0.17578125, 0.17578125, ...Array.from({ length: 9 }, () => 0.087890625)]);
});

test('neighbouring scenes overlap by 64 pixels', () => {
  const [west, east] = [sceneBBox(scene('western-europe')), sceneBBox(scene('eastern-europe'))];
  assert.equal(west[2] - east[0], 64 * 0.087890625);
});

test('the scenes around the Bering Sea meet at the antimeridian from both sides', () => {
  const boxes = scenesOf('bering').map(sceneBBox);
  assert.deepEqual(
    boxes.map(([west]) => west).sort((a, b) => a - b),
    [-180, -180, 157.5, 157.5],
  );
  assert.deepEqual(
    boxes.map(([, , east]) => east).sort((a, b) => a - b),
    [-146.25, -146.25, 180, 180],
  );
});

test('the bands of the stack share one extent, one of them at half the resolution', () => {
  const bands = scenesOf('nile');
  for (const band of bands) assert.deepEqual(sceneBBox(band), [22.5, 0, 67.5, 45]);
  assert.deepEqual(
    bands.map((band) => sceneSize(band)[0]),
    [512, 512, 512, 512, 256],
  );
});

test('every scene lies inside its picture, in whole pixels, under a name of its own', () => {
  for (const { name, image, window, decimation } of SCENES) {
    const { colOff, rowOff, width, height } = window;
    assert.ok(colOff >= 0 && colOff + width <= image.width, name);
    assert.ok(rowOff >= 0 && rowOff + height <= image.width / 2, name);
    assert.ok([colOff, rowOff, width / decimation, height / decimation].every(Number.isInteger), name);
  }
  assert.equal(new Set(SCENES.map((item) => item.name)).size, 26);
});

test('the pictures are found in the installed package', () => {
  for (const { image } of SCENES) assert.ok(existsSync(earthImagePath(image)), image.file);
});

test('the command gives GDAL the window, the corners and nothing that depends on the machine but file names', () => {
  const command = translateCommand(scene('nile-relief'), 'out.tif');
  assert.equal(command.command, 'gdal_translate');
  assert.equal(
    command.args.join(' '),
    '-srcwin 1152 256 256 256 -a_srs EPSG:4326 -a_ullr 22.5 45 67.5 0 -b 1 -colorinterp gray -of COG ' +
      '-co COMPRESS=DEFLATE -co PREDICTOR=YES -co BLOCKSIZE=256 -co OVERVIEW_RESAMPLING=AVERAGE ' +
      '-mo TIFFTAG_COPYRIGHT=Relative elevation, as shipped in the npm package three-globe',
  );
  assert.equal(command.output, 'out.tif');
});

test('a decimated scene is averaged, so that no pixel is left out', () => {
  const { args } = translateCommand(scene('siberia-and-china'), 'out.tif');
  assert.deepEqual(args.slice(args.indexOf('-r'), args.indexOf('-of')), ['-r', 'average', '-outsize', '448', '304']);
});

test('the outline of a scene is the one of its pixel grid', () => {
  for (const item of SCENES) {
    const [width, height] = sceneSize(item);
    const [west, south, east, north] = sceneBBox(item);
    const size = (360 / item.image.width) * item.decimation;
    assert.deepEqual(bboxOfGrid({ affine: [size, 0, west, 0, -size, north], width, height }), [
      west,
      south,
      east,
      north,
    ]);
  }
});
