import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT } from '@inlay/testing';
import { planMosaic } from '@inlay/vrt';
import { Oracle } from './oracle.ts';
import { zone } from './warp-oracle.ts';

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

function needOracle(t: TestContext): Oracle | null {
  if (oracle === null) t.skip(GDAL_IS_ABSENT);
  return oracle;
}

function readers(gdal: Oracle): readonly Gdal[] {
  return [...new Set([gdal.newest, gdal.system])];
}

describe('a mosaic across the antimeridian', () => {
  it('has the pixels of its sources, side by side', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const raster = async (x: number) =>
      gdal.raster(`seam-${x}`, {
        width: 50,
        height: 40,
        geoTransform: [x, 0.1, 0, 10, 0, -0.1],
        crs: 'EPSG:4326',
        bands: [{ dataType: 'Byte' }],
        seed: 1 + Math.abs(x),
      });
    const files = [await raster(175), await raster(-180)];
    const sources = (await gdal.profiles(files)).map((profile, index) => ({ label: `${index}`, profile }));
    const { plan } = planMosaic(sources, { resolutionStrategy: 'finest' });
    assert.ok(plan);
    assert.deepEqual([plan.grid.affine[2], plan.grid.width, plan.grid.height], [175, 100, 40]);
    const path = await gdal.write(plan, files);
    for (const reader of readers(gdal)) {
      assert.deepEqual(
        await reader.values(path, 1, { window: [0, 0, 50, 40] }),
        await reader.values(files[0] ?? '', 1),
      );
      assert.deepEqual(
        await reader.values(path, 1, { window: [50, 0, 50, 40] }),
        await reader.values(files[1] ?? '', 1),
      );
    }
  });
});

describe('snapped sources', () => {
  it('have the same pixels in every version of GDAL, those of the source', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const files = [
      await gdal.raster('snap-to', zone(32633)),
      await gdal.raster('snapped', zone(32633, { geoTransform: [264_037, 100, 0, 4_989_061, 0, -100], seed: 5 })),
      await gdal.raster(
        'snapped-20',
        zone(32633, { width: 20, height: 20, geoTransform: [263_950, 200, 0, 4_986_050, 0, -200], seed: 7 }),
      ),
    ];
    const sources = (await gdal.profiles(files)).map((profile, index) => ({ label: `${index}`, profile }));
    const { plan } = planMosaic(sources, { resolutionStrategy: 'finest', snap: true });
    assert.ok(plan);
    const path = await gdal.write(plan, files);
    for (const reader of readers(gdal)) {
      const [column, row] = [20, 19];
      const own = await reader.values(files[1] ?? '', 1, { window: [0, 0, 90, 20] });
      assert.deepEqual(await reader.values(path, 1, { window: [column, row, 90, 20] }), own);
      const coarse = await reader.values(files[2] ?? '', 1, { window: [3, 2, 1, 1] });
      const doubled = await reader.values(path, 1, { window: [20 + 6, 50 + 4, 2, 2] });
      assert.deepEqual(doubled, [...coarse, ...coarse, ...coarse, ...coarse]);
    }
  });
});
