import assert from 'node:assert/strict';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { GDAL_IS_ABSENT } from '@inlay/testing';
import { compatibleSourceName, planMosaic, relativeSourceName, writeVrt } from '@inlay/vrt';
import { Oracle } from './oracle.ts';

/** VRT and source as they are given in `/work`, and what is written: a path, and whether it is relative to the VRT. */
type Row = readonly [vrt: string, source: string, filename: string, relativeToVrt: boolean];

describe('relativeSourceName', () => {
  const ROWS: readonly Row[] = [
    ['o.vrt', 's.tif', 's.tif', true],
    ['./o.vrt', 'sub/./s.tif', 'sub/s.tif', true],
    ['sub/o.vrt', 's.tif', '../s.tif', true],
    ['sub/o.vrt', 'other/s.tif', '../other/s.tif', true],
    ['a/b/o.vrt', '/work/a/s.tif', '../s.tif', true],
    ['/out/o.vrt', 's.tif', '../work/s.tif', true],
    ['subway/o.vrt', 'sub/s.tif', '../sub/s.tif', true],
    ['o.vrt', 'o.vrt/s.tif', 'o.vrt/s.tif', true],
    ['o.vrt', '/vsis3/bucket/s.tif', '/vsis3/bucket/s.tif', false],
    ['/vsis3/bucket/a/o.vrt', '/vsis3/bucket/b/s.tif', '../b/s.tif', true],
    ['/vsis3/bucket/o.vrt', '/vsis3/another/s.tif', '/vsis3/another/s.tif', false],
    ['/vsis3/bucket/o.vrt', 's.tif', '/work/s.tif', false],
    ['/vsicurl/https://a.org/x/o.vrt', '/vsicurl/https://a.org/y/s.tif', '../y/s.tif', true],
    ['/vsicurl/https://a.org/o.vrt', '/vsicurl/https://b.org/s.tif', '/vsicurl/https://b.org/s.tif', false],
    ['o.vrt', 'https://a.org/s.tif', 'https://a.org/s.tif', false],
    ['o.vrt', '../../s.tif', '../../s.tif', false],
  ];
  for (const [vrt, source, filename, relativeToVrt] of ROWS) {
    it(`names ${source} in ${vrt} as ${filename}`, () => {
      assert.deepEqual(relativeSourceName({ vrt, source, folder: '/work' }), { filename, relativeToVrt });
    });
  }
});

describe('compatibleSourceName', () => {
  const FOLDER = '{folder}';
  const ROWS: readonly Row[] = [
    ['o.vrt', 's.tif', 's.tif', true],
    ['./o.vrt', 'sub/s.tif', 'sub/s.tif', true],
    ['o.vrt', '../{name}/s.tif', '../{name}/s.tif', true],
    ['o.vrt', `${FOLDER}/s.tif`, `${FOLDER}/s.tif`, false],
    ['sub/o.vrt', 'sub/s.tif', 's.tif', true],
    ['sub/o.vrt', `${FOLDER}/sub/s.tif`, 's.tif', true],
    ['sub/o.vrt', 's.tif', 's.tif', false],
    ['sub/o.vrt', 'other/s.tif', 'other/s.tif', false],
    [`${FOLDER}/sub/o.vrt`, 's.tif', `${FOLDER}/s.tif`, false],
    [`${FOLDER}/sub/o.vrt`, 'sub/s.tif', 's.tif', true],
    [`${FOLDER}/o.vrt`, 'sub/s.tif', 'sub/s.tif', true],
    ['sub/../o.vrt', 's.tif', 's.tif', false],
  ];

  let oracle: Oracle | null = null;
  before(async () => {
    oracle = await Oracle.open();
    if (oracle === null) return;
    for (const folder of ['sub', 'other']) await mkdir(join(oracle.folder, folder));
    for (const name of ['s', 'sub/s', 'other/s']) {
      await oracle.raster(name, {
        width: 1,
        height: 1,
        geoTransform: [0, 1, 0, 0, 0, -1],
        bands: [{ dataType: 'Byte' }],
      });
    }
  });
  after(async () => {
    await oracle?.close();
  });

  for (const [vrtTemplate, sourceTemplate, filenameTemplate, relativeToVrt] of ROWS) {
    it(`names ${sourceTemplate} in ${vrtTemplate} as gdalbuildvrt does`, async (t) => {
      if (oracle === null) {
        t.skip(GDAL_IS_ABSENT);
        return;
      }
      const { folder } = oracle;
      const fill = (template: string) =>
        template.replace('{folder}', folder).replace('{name}', folder.slice(folder.lastIndexOf('/') + 1));
      const [vrt, source, filename] = [vrtTemplate, sourceTemplate, filenameTemplate].map(fill) as [
        string,
        string,
        string,
      ];
      assert.deepEqual(compatibleSourceName({ vrt, source, folder }), { filename, relativeToVrt });
      await oracle.newest.buildvrt(vrt, [source], [], folder);
      const xml = await readFile(join(vrt.startsWith('/') ? '' : folder, vrt), 'utf8');
      assert.ok(xml.includes(`relativeToVRT="${relativeToVrt ? 1 : 0}">${filename}<`), xml);
    });
  }

  it('gives names that GDAL follows, with two dots as well, after both have moved', async (t) => {
    if (oracle === null) {
      t.skip(GDAL_IS_ABSENT);
      return;
    }
    const { folder, newest, system } = oracle;
    await mkdir(join(folder, 'tree/vrts'), { recursive: true });
    await mkdir(join(folder, 'tree/tiles'));
    const source = await oracle.raster('tree/tiles/s', {
      width: 1,
      height: 1,
      geoTransform: [0, 1, 0, 0, 0, -1],
      crs: 'EPSG:32633',
      bands: [{ dataType: 'Byte', values: [42] }],
    });
    const [profile] = await oracle.profiles([source]);
    assert.ok(profile);
    const { plan } = planMosaic([{ label: 's', profile }], { resolutionStrategy: 'finest' });
    assert.ok(plan);
    const vrt = join(folder, 'tree/vrts/o.vrt');
    const name = relativeSourceName({ vrt, source, folder });
    assert.deepEqual(name, { filename: '../tiles/s.tif', relativeToVrt: true });
    await writeFile(vrt, [...writeVrt(plan, () => name)].join(''));
    await rename(join(folder, 'tree'), join(folder, 'moved'));
    for (const gdal of [newest, system]) {
      assert.deepEqual(await gdal.values(join(folder, 'moved/vrts/o.vrt'), 1), [42]);
    }
  });
});
