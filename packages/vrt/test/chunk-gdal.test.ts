import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { intersectWindows, type Window } from '@inlay/geo';
import { type Gdal, GDAL_IS_ABSENT, openGdal, type RasterSpec } from '@inlay/testing';
import { Chance, randomMosaic } from './chunk-mosaics.ts';
import { readsAlikeInAnyWindow, scaledValues, withoutFiles, writeBothWays, type Written } from './chunk-oracle.ts';
import { isOlderGdal } from './older-gdal.ts';

/** How many random mosaics to compare; the seeds are the numbers from 0 on. */
const CASES = Number(process.env['INLAY_VRT_CASES'] ?? 16);

const CHUNKING = { targetSourcesPerChunk: 9, maxExactReduction: 8 };

let gdals: readonly Gdal[] = [];
let folder = '';

before(async () => {
  const newest = await openGdal('newest');
  if (newest === null) return;
  gdals = [newest];
  const system = await openGdal('system');
  if (system !== null) gdals = [newest, system];
  folder = await mkdtemp(join(tmpdir(), 'inlay-chunks-'));
});
after(async () => {
  for (const gdal of gdals) await gdal.close();
  if (folder !== '') await rm(folder, { recursive: true });
});

/** Null, with the test marked as skipped, where there is no GDAL. */
function newestGdal(t: TestContext): Gdal | null {
  const [newest] = gdals;
  if (newest === undefined) t.skip(GDAL_IS_ABSENT);
  return newest ?? null;
}

function array({ colOff, rowOff, width, height }: Window): number[] {
  return [colOff, rowOff, width, height];
}

function randomWindow(chance: Chance, within: Window): Window {
  const [width, height] = [chance.integer(1, within.width), chance.integer(1, within.height)];
  return {
    colOff: within.colOff + chance.integer(0, within.width - width),
    rowOff: within.rowOff + chance.integer(0, within.height - height),
    width,
    height,
  };
}

async function assertSameReads(gdal: Gdal, written: Written, within: Window, chance: Chance): Promise<void> {
  const { flat, root, plan } = written;
  const window = randomWindow(chance, within);
  for (const band of [1, plan.bands.length]) {
    for (const mask of [false, true]) {
      const options = { window: array(window), mask };
      assert.deepEqual(
        await gdal.values(root, band, options),
        await gdal.values(flat, band, options),
        JSON.stringify(window),
      );
    }
  }
  // Reduced by up to 8, or enlarged.
  const [width, height] = [window.width, window.height].map((size) => Math.ceil(size / chance.between(0.6, 8)));
  const read = { window, width: width ?? 1, height: height ?? 1 };
  assert.deepEqual(await scaledValues(gdal, root, read), await scaledValues(gdal, flat, read), JSON.stringify(read));
}

describe(`${CASES} random mosaics read the same in chunks`, () => {
  for (let seed = 0; seed < CASES; seed += 1) {
    it(`seed ${seed}`, async (t) => {
      const newest = newestGdal(t);
      if (newest === null) return;
      const { specs, options } = randomMosaic(seed);
      const written = await writeBothWays(newest, join(folder, `${seed}`), specs, options, CHUNKING);
      const { flat, root, plan, chunked } = written;
      const whole = { colOff: 0, rowOff: 0, width: plan.grid.width, height: plan.grid.height };
      for (const gdal of gdals) {
        const chance = new Chance(seed);
        const isAlike = readsAlikeInAnyWindow(gdal, plan);
        assert.deepEqual(
          withoutFiles(await gdal.describe(root, isAlike)),
          withoutFiles(await gdal.describe(flat, isAlike)),
        );
        for (const window of isAlike ? [whole, whole, whole] : chunked.chunks.map(({ window }) => window)) {
          await assertSameReads(gdal, written, window, chance);
        }
      }
    });
  }
});

/** 4 x 4 tiles. */
function tiles(particulars: Pick<RasterSpec, 'overviews'>): RasterSpec[] {
  return Array.from({ length: 16 }, (_, index) => ({
    width: 256,
    height: 256,
    geoTransform: [2560 * (index % 4), 10, 0, -2560 * Math.floor(index / 4), 0, -10],
    crs: 'EPSG:32633',
    bands: [{ dataType: 'Byte' }],
    seed: index,
    ...particulars,
  }));
}

describe('a chunked VRT of sources with overviews', () => {
  it('has the levels of one in one piece, and reads them from the sources when it zooms out', async (t) => {
    const newest = newestGdal(t);
    if (newest === null) return;
    const options = { resolutionStrategy: 'finest' } as const;
    const chunking = { targetSourcesPerChunk: 4, maxExactReduction: 1 };
    const with2 = await writeBothWays(newest, join(folder, 'level'), tiles({ overviews: [2] }), options, chunking);
    const without = await writeBothWays(newest, join(folder, 'no-level'), tiles({}), options, chunking);
    assert.ok(with2.chunked.chunks.length > 1);
    const half = { window: { colOff: 0, rowOff: 0, width: 1024, height: 1024 }, width: 512, height: 512 };
    for (const gdal of gdals) {
      const described = await gdal.describe(with2.root);
      assert.deepEqual(described.bands[0]?.overviews, [[512, 512]]);
      assert.deepEqual(withoutFiles(described), withoutFiles(await gdal.describe(with2.flat)));
      const values = await scaledValues(gdal, with2.root, half);
      const same = async (path: string): Promise<number> => {
        const others = await scaledValues(gdal, path, half);
        return values.filter((value, at) => value === others[at]).length;
      };
      assert.equal(await same(with2.flat), 512 * 512);
      // A level has the first of two pixels, a reduced read of full-size pixels takes the second: of 16 values each.
      assert.ok((await same(without.root)) < 0.1 * 512 * 512);
    }
  });
});

describe('chunks of a VRT', () => {
  it('are rasters of their own, with the pixels and the place of their window', async (t) => {
    const newest = newestGdal(t);
    if (newest === null) return;
    const { specs, options } = randomMosaic(0);
    const { folder: own, flat, chunked } = await writeBothWays(newest, join(folder, 'own'), specs, options, CHUNKING);
    assert.ok(chunked.chunks.length > 1);
    const { geoTransform } = await newest.describe(flat, false);
    assert.ok(geoTransform);
    for (const [index, { window }] of chunked.chunks.entries()) {
      const path = join(own, `chunk-${index}.vrt`);
      const { geoTransform: chunkTransform } = await newest.describe(path, false);
      assert.equal(chunkTransform?.[0], geoTransform[0] + window.colOff * geoTransform[1]);
      assert.equal(chunkTransform?.[3], geoTransform[3] + window.rowOff * geoTransform[5]);
      assert.deepEqual(await newest.values(path, 1), await newest.values(flat, 1, { window: array(window) }));
      for (const { window: other } of chunked.chunks.slice(0, index)) {
        assert.equal(intersectWindows(window, other), null);
      }
    }
  });

  it('keep what a pixel function makes of the valid values of each pixel', async (t) => {
    const newest = newestGdal(t);
    if (newest === null || isOlderGdal(newest.version)) return;
    const specs = Array.from({ length: 30 }, (_, index) => ({
      width: 20,
      height: 20,
      geoTransform: [13 * (index % 6), 1, 0, -13 * Math.floor(index / 6), 0, -1],
      crs: 'EPSG:32633',
      bands: [{ dataType: 'Int16', nodata: 3 } as const],
      seed: index,
    }));
    for (const name of ['min', 'max', 'mean', 'median']) {
      const options = { resolutionStrategy: 'finest', pixelFunction: { name } } as const;
      const { flat, root, chunked } = await writeBothWays(newest, join(folder, name), specs, options, CHUNKING);
      assert.ok(chunked.chunks.length > 1);
      assert.deepEqual(await newest.values(root, 1), await newest.values(flat, 1), name);
    }
  });
});
