import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ExportBody } from '@inlay/contract';
import { type BandSpec, type Gdal, GDAL_IS_ABSENT, openGdal, type RasterSpec } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

// Exports beside what gdal_translate and gdalwarp make of the same files, and what GDAL reads of them.

const ORIGIN = [690_000, 5_340_000] as const;
const RESOLUTION = 20;
const GRID = { width: 700, height: 600, crs: 'EPSG:32632' };
const GEO_TRANSFORM = [ORIGIN[0], RESOLUTION, 0, ORIGIN[1], 0, -RESOLUTION];

const LOSSLESS = ['deflate', 'zstd', 'lzw', 'none'] as const;

type Bbox = NonNullable<ExportBody['bbox']>;

for (const which of ['newest', 'system'] as const) {
  describe(`exports read by the ${which} GDAL`, () => {
    let gdal: Gdal | null;
    let server: TestServer;
    let folder: string;

    before(async () => {
      gdal = await openGdal(which);
      if (gdal === null) return;
      folder = await mkdtemp(join(tmpdir(), 'inlay-export-'));
      server = await startTestServer();
    });
    after(async () => {
      await gdal?.close();
      if (server !== undefined) await server.close();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    });

    let count = 0;
    async function raster(
      bands: readonly BandSpec[],
      options: Partial<RasterSpec> = {},
    ): Promise<{ path: string; id: string }> {
      count += 1;
      const path = join(folder, `source-${count}.tif`);
      await gdal!.makeRaster(path, {
        ...GRID,
        geoTransform: GEO_TRANSFORM,
        bands,
        seed: count,
        options: ['TILED=YES', 'COMPRESS=DEFLATE', 'BLOCKXSIZE=256', 'BLOCKYSIZE=256'],
        overviews: [2],
        ...options,
      });
      return { path, id: await server.addRaster(await readFile(path), { title: `source ${count}` }) };
    }

    async function exported(id: string, body: Partial<ExportBody>): Promise<string> {
      const sent = await server.call('POST', `/api/datasets/${id}/export`, { json: body });
      assert.equal(sent.status, 202, JSON.stringify(sent.body));
      const job = await server.waitForJob(sent.body.job_id);
      assert.equal(job.status, 'complete', job.error_message ?? '');
      const file = await server.call('GET', `/api/jobs/${job.id}/result`);
      assert.equal(file.status, 200);
      count += 1;
      const path = join(folder, `export-${count}.tif`);
      await writeFile(path, file.body);
      return path;
    }

    async function assertSamePixels(ours: string, theirs: string, label = ''): Promise<void> {
      const [a, b] = [await gdal!.describe(ours, false), await gdal!.describe(theirs, false)];
      assert.deepEqual([a.width, a.height, a.bands.length], [b.width, b.height, b.bands.length], label);
      assert.deepEqual(a.geoTransform, b.geoTransform, label);
      assert.ok(await gdal!.sameCrs(ours, theirs), `${label}: CRS`);
      const bands = a.bands.map((_, bandOffset) => bandOffset + 1);
      const window = [0, 0, a.width, a.height] as const;
      const [all, others] = await Promise.all(
        [ours, theirs].map((path) => gdal!.read(path, window, [a.width, a.height], bands)),
      );
      for (const band of bands) {
        const [mine, other] = [all![band - 1]!, others![band - 1]!];
        const different = mine.findIndex((value: number | bigint, i: number) => !Object.is(value, other[i]));
        const where = `${label} band ${band}: pixel ${different % a.width}, ${Math.floor(different / a.width)}`;
        assert.equal(different, -1, `${where} is ${mine[different]}, not ${other[different]}`);
      }
    }

    async function assertCog(path: string): Promise<void> {
      const problems = await gdal!.cogProblems(path);
      assert.deepEqual(
        problems.filter((problem) => !/overviews/.test(problem)),
        [],
      );
    }

    const SAMPLES: readonly (readonly [string, readonly BandSpec[]])[] = [
      [
        'three bytes',
        [
          { dataType: 'Byte', colorInterp: 'Red' },
          { dataType: 'Byte', colorInterp: 'Green' },
          { dataType: 'Byte', colorInterp: 'Blue' },
        ],
      ],
      ['UInt16', [{ dataType: 'UInt16', description: 'near <infrared>', unit: 'DN', scale: 0.5, offset: -3 }]],
      ['Int16 with nodata', [{ dataType: 'Int16', nodata: 7 }, { dataType: 'Int16' }]],
      ['Float32 with NaN', [{ dataType: 'Float32', nodata: 'nan' }]],
      ['Float64', [{ dataType: 'Float64', nodata: 3 }]],
      [
        'Int32',
        [
          { dataType: 'Int32' },
          { dataType: 'Int32' },
          { dataType: 'Int32' },
          { dataType: 'Int32' },
          { dataType: 'Int32' },
        ],
      ],
      ['CFloat32', [{ dataType: 'CFloat32' }]],
    ];

    for (const [label, bands] of SAMPLES) {
      it(`${label}: as a COG it has every pixel, level and fact`, async (t) => {
        if (gdal === null) return t.skip(GDAL_IS_ABSENT);
        const { path, id } = await raster(bands);
        for (const compression of label === 'three bytes' ? LOSSLESS : (['deflate', 'lzw'] as const)) {
          const ours = await exported(id, { compression });
          await assertSamePixels(ours, path, compression);
          await assertCog(ours);
          assert.deepEqual(await factsOf(gdal, ours), await factsOf(gdal, path), compression);
        }
      });
    }

    it('a box has the pixels that gdal_translate -projwin takes, whatever CRS it is sent in', async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      const { path, id } = await raster([{ dataType: 'UInt16' }]);
      const boxes: Bbox[] = [
        [690_010, 5_332_003, 700_011, 5_339_999],
        [695_000, 5_329_000, 701_000, 5_333_000],
        [680_000, 5_339_985, 690_025, 5_350_000],
      ];
      for (const bbox of boxes) {
        const ours = await exported(id, { bbox, coord_crs: 'EPSG:32632', format: 'gtiff' });
        const { width, height, geoTransform } = await gdal.describe(ours, false);
        const [x, , , y] = geoTransform!;
        const col = Math.round((x - ORIGIN[0]) / RESOLUTION);
        const row = Math.round((ORIGIN[1] - y) / RESOLUTION);
        const theirs = join(folder, 'window.tif');
        await gdal.translate(path, theirs, ['-srcwin', ...[col, row, width, height].map(String)]);
        await assertSamePixels(ours, theirs, bbox.join(' '));
        const inside = [Math.max(bbox[0], 690_000), Math.min(bbox[3], 5_340_000)] as const;
        assert.ok(x <= inside[0] && x > inside[0] - RESOLUTION && y >= inside[1] && y < inside[1] + RESOLUTION);
        // Before GDAL 3.8, whatever part of a pixel lay at the far edges could be left out.
        if (which === 'newest' && bbox[0] >= 690_000) {
          await gdal.translate(path, theirs, [
            '-projwin',
            String(bbox[0]),
            String(bbox[3]),
            String(bbox[2]),
            String(bbox[1]),
          ]);
          await assertSamePixels(ours, theirs, `-projwin ${bbox.join(' ')}`);
        }
      }
    });

    it('nearest neighbours in another CRS are those of gdalwarp -et 0, pixel for pixel', async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      const { path, id } = await raster([{ dataType: 'UInt16', nodata: 0 }], { overviews: [] });
      const cases: [string, Bbox, number][] = [
        ['EPSG:3857', [1_290_000, 6_105_000, 1_310_000, 6_125_000], 31.7],
        ['EPSG:4326', [11.58, 48.02, 11.83, 48.17], 0.000_31],
        ['EPSG:32633', [243_000, 5_320_000, 265_000, 5_340_000], 20],
        ['EPSG:32632', [690_007, 5_320_011, 711_111, 5_339_333], 23],
      ];
      for (const [crs, bbox, resolution] of cases) {
        const ours = await exported(id, { bbox, coord_crs: crs, crs, resolution, format: 'gtiff' });
        const theirs = join(folder, 'warped.tif');
        const grid = ['-t_srs', crs, '-te', ...bbox.map(String), '-tr', String(resolution), String(resolution)];
        await gdal.warp(theirs, path, [
          ...grid,
          '-et',
          '0',
          '-r',
          'near',
          '-ovr',
          'NONE',
          '-overwrite',
          '-dstnodata',
          '0',
        ]);
        await assertSamePixels(ours, theirs, crs);
      }
    });

    it('other kernels stay within a rounding of gdalwarp -et 0', async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      // What a hole does to its neighbours is a matter of taste, and not measured here.
      const { path, id } = await raster([{ dataType: 'UInt16' }], { overviews: [] });
      const bbox: Bbox = [1_292_000, 6_107_000, 1_308_000, 6_122_000];
      for (const resampling of ['bilinear', 'cubic', 'average'] as const) {
        const ours = await exported(id, { bbox, coord_crs: 'EPSG:3857', crs: 'EPSG:3857', resolution: 30, resampling });
        const theirs = join(folder, 'warped.tif');
        const grid = ['-t_srs', 'EPSG:3857', '-te', ...bbox.map(String), '-tr', '30', '30'];
        await gdal.warp(theirs, path, [
          ...grid,
          '-et',
          '0',
          '-r',
          resampling,
          '-ovr',
          'NONE',
          '-overwrite',
          '-dstnodata',
          '0',
        ]);
        const { width, height } = await gdal.describe(ours, false);
        const [[mine], [other]] = (await Promise.all(
          [ours, theirs].map((file) => gdal!.read(file, [0, 0, width, height], [width, height], [1])),
        )) as [[Uint16Array], [Uint16Array]];
        const far = mine.filter((value, i) => Math.abs(value - other[i]!) > 1).length;
        t.diagnostic(`${resampling}: ${far} of ${mine.length} pixels differ by more than 1`);
        assert.ok(far <= mine.length * 0.001, `${resampling}: ${far} of ${mine.length}`);
      }
    });
  });
}

/** What a file says of its bands. */
async function factsOf(gdal: Gdal, path: string): Promise<unknown[]> {
  const { bands } = await gdal.describe(path, false);
  return bands.map(({ dataType, nodata, colorInterp, scale, offset, unit, description }) => ({
    dataType,
    nodata,
    colorInterp,
    scale,
    offset,
    unit,
    description,
  }));
}
