import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { PixelGrid } from '@inlay/geo';
import { type Gdal, GDAL_IS_ABSENT, type GdalDataset, type RasterSpec } from '@inlay/testing';
import { planBandStack, planMosaic, type VrtKind, writeVrt } from '@inlay/vrt';
import { Oracle } from './oracle.ts';
import { band, layout, northUp, source } from './profiles.ts';

/** Size, resolution and sizes of the overviews of a source. */
type Shape = readonly [
  width: number,
  height: number,
  resolution: number,
  levels: readonly (readonly [number, number])[],
];

const [LARGE, HALF]: [Shape, Shape] = [
  [1000, 800, 10, [[500, 400], [250, 200], [125, 100]]],
  [500, 400, 20, [[250, 200], [125, 100]]],
]; // prettier-ignore

describe('overviews of a mosaic', () => {
  const ROWS: readonly (readonly [name: string, shapes: readonly Shape[], factors: readonly number[]])[] = [
    ['are those that all sources have, however small', [LARGE, LARGE], [2, 4, 8]],
    ['need not be powers of two', [[900, 900, 10, [[300, 300], [100, 100]]]], [3, 9]],
    ['may leave levels out', [[1000, 800, 10, [[250, 200]]]], [4]],
    ['are counted in output pixels, a coarser source being a level itself', [LARGE, HALF], [2, 4, 8]],
    ['are not those that one source lacks', [LARGE, [1000, 800, 10, [[500, 400]]]], [2]],
    ['are needed in no source that is too small', [LARGE, [200, 100, 10, []]], [2, 4, 8]],
    ['round their size up or down', [[1001, 333, 10, [[501, 167], [250, 83]]]], [2, 4]],
    ['are none where a source of another resolution has levels in between', [LARGE, [667, 533, 15, [[333, 266]]]], []],
    ['are none without any', [[1000, 800, 10, []]], []],
    ['are not those of other proportions', [[1000, 800, 10, [[500, 200]]]], []],
  ]; // prettier-ignore
  for (const [name, shapes, factors] of ROWS) {
    it(name, () => {
      const sources = shapes.map(([width, height, resolution, levels], index) =>
        source(`${index}`, {
          width,
          height,
          affine: northUp(20_000 * index, 0, resolution),
          layout: layout([band()], {
            overviews: levels.map(([width, height]) => ({ width, height, location: 'internal' })),
          }),
        }),
      );
      const { plan } = planMosaic(sources, { resolutionStrategy: 'finest' });
      assert.deepEqual(plan?.overviewDecimations, factors);
    });
  }

  it('are found in one pass over many sources of few kinds', () => {
    const tile = layout([band()], { overviews: [{ width: 128, height: 128, location: 'internal' }] });
    const sources = Array.from({ length: 20_000 }, (_, index) =>
      source(`${index}`, { width: 256, height: 256, layout: tile, affine: northUp(2560 * index, 0, 10) }),
    );
    assert.deepEqual(planMosaic(sources, { resolutionStrategy: 'finest' }).plan?.overviewDecimations, [2]);
  });
});

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

describe("GDAL composes listed overviews of the sources' own", () => {
  const spec = (
    x: number,
    size: number,
    resolution: number,
    overviews: readonly number[],
    seed: number,
  ): RasterSpec => ({
    width: size,
    height: size,
    geoTransform: [500_000 + x, resolution, 0, 4_000_000, 0, -resolution],
    crs: 'EPSG:32633',
    bands: [{ dataType: 'Byte' }],
    overviews,
    seed,
  });
  const CASES: readonly (readonly [kind: VrtKind, specs: readonly RasterSpec[]])[] = [
    ['mosaic', [spec(0, 600, 10, [2, 4, 8], 1), spec(6000, 300, 20, [2, 4], 2)]],
    ['band_stack', [spec(0, 600, 10, [2, 4, 8], 3), spec(0, 300, 20, [2, 4], 4)]],
  ];
  for (const [kind, specs] of CASES) {
    it(`in a ${kind} of 10 m and 20 m`, async (t: TestContext) => {
      if (oracle === null) {
        t.skip(GDAL_IS_ABSENT);
        return;
      }
      const files: string[] = [];
      for (const [index, made] of specs.entries()) files.push(await oracle.raster(`${kind}-${index}`, made));
      const sources = (await oracle.profiles(files)).map((profile, index) => ({ label: `${index}`, profile }));
      const planner = kind === 'mosaic' ? planMosaic : planBandStack;
      const { plan } = planner(sources, { resolutionStrategy: 'finest' });
      assert.ok(plan);
      const path = oracle.newPath('ours');
      await writeFile(
        path,
        [...writeVrt(plan, (at) => ({ filename: files[at] ?? '', relativeToVrt: false }))].join(''),
      );
      const gdals: readonly Gdal[] = [oracle.newest, oracle.system];
      for (const gdal of gdals) {
        const [fine, coarse] = [await gdal.describe(files[0] ?? ''), await gdal.describe(files[1] ?? '')];
        const { bands }: GdalDataset = await gdal.describe(path);
        const { width }: PixelGrid = plan.grid;
        for (const { overviews } of bands) {
          assert.deepEqual(
            overviews,
            [2, 4, 8].map((factor) => [width / factor, 600 / factor]),
          );
        }
        if (kind === 'mosaic') continue;
        assert.deepEqual(bands[0]?.overviewChecksums, fine.bands[0]?.overviewChecksums);
        assert.deepEqual(bands[1]?.overviewChecksums, [
          coarse.bands[0]?.checksum,
          ...(coarse.bands[0]?.overviewChecksums ?? []),
        ]);
      }
    });
  }
});
