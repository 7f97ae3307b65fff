import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GDAL_IS_ABSENT } from '@inlay/testing';
import { Oracle, STRATEGIES } from './oracle.ts';

const DATA = fileURLToPath(new URL('../../../../shared/data/rasterio-cc0/', import.meta.url));

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

/** Sets of real rasters that belong together. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'four overlapping pieces of a scene': ['rgb1.tif', 'rgb2.tif', 'rgb3.tif', 'rgb4.tif'],
  'the same pieces in another order': ['rgb4.tif', 'rgb2.tif', 'rgb3.tif', 'rgb1.tif'],
  'one scene with a mask file': ['RGB2.byte.tif'],
  'an alpha band': ['RGBA.byte.tif'],
  'compressed copies': ['rgb_deflate.tif', 'rgb_lzw.tif'],
  'degrees, with overviews in sidecars': ['red.tif', 'green.tif'],
  'the whole earth': ['world.rgb.tif'],
  'the whole earth in one band': ['world.byte.tif'],
  'a hillshade in Web Mercator': ['shade.tif'],
  'a COG with overviews and a mask': ['cogeo.tif'],
};

describe('mosaics of real files equal gdalbuildvrt', () => {
  for (const [name, files] of Object.entries(FILES)) {
    // One resolution is the finest, the coarsest and the average.
    for (const strategy of files.length > 1 ? STRATEGIES : (['average'] as const)) {
      it(`${name}, ${strategy}`, async (t) => {
        if (!(await isReady(t)) || oracle === null) return;
        await oracle.compare({ kind: 'mosaic', strategy, files: files.map((file) => join(DATA, file)) });
      });
    }
  }
});

describe('band stacks of real files equal gdalbuildvrt -separate', () => {
  it('the hillshade beside itself', async (t) => {
    if (!(await isReady(t)) || oracle === null) return;
    const files = [join(DATA, 'shade.tif'), join(DATA, 'shade.tif')];
    await oracle.compare({ kind: 'band_stack', strategy: 'average', files });
  });
});

async function isReady(t: TestContext): Promise<boolean> {
  if (oracle === null) {
    t.skip(GDAL_IS_ABSENT);
    return false;
  }
  const isThere = await access(DATA).then(
    () => true,
    () => false,
  );
  if (!isThere) t.skip('needs the folder shared/data beside the repository');
  return isThere;
}
