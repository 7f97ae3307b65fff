import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import {
  type RasterLevels,
  type StatisticsOptions,
  localRasterFiles,
  memorySource,
  openLevels,
  openRaster,
  readStatistics,
  singleFile,
} from '@inlay/geotiff';
import { GDAL_IS_ABSENT, type Gdal, openGdal } from '@inlay/testing';
import { makeTiff } from './make-tiff.ts';

let gdal: Gdal | null = null;
let folder = '';

before(async () => {
  gdal = await openGdal();
  folder = await mkdtemp(join(tmpdir(), 'inlay-statistics-'));
});

after(async () => {
  await gdal?.close();
  await rm(folder, { recursive: true });
});

/** What `gdalinfo -stats` says of a band. */
interface GdalBandStatistics {
  readonly metadata: { readonly ''?: Readonly<Record<string, string>> };
}

test('statistics of whole rasters are those of gdalinfo -stats', async (t) => {
  if (gdal === null) return t.skip(GDAL_IS_ABSENT);
  for (const dataType of ['Byte', 'Int16', 'UInt32', 'Float32', 'Float64'] as const) {
    for (const holes of ['none', 'nodata', 'mask'] as const) {
      // GDAL 3.6 leaves masks out of account.
      if (holes === 'mask' && gdal.version.startsWith('3.6')) continue;
      const path = join(folder, `${dataType}-${holes}.tif`);
      await gdal.makeRaster(path, {
        width: 150,
        height: 110,
        bands: [1, 2].map(() => ({ dataType, ...(holes === 'nodata' ? { nodata: 5 } : {}) })),
        seed: 9,
        ...(holes === 'mask' ? { mask: 'internal' as const } : {}),
        options: ['TILED=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=32', 'COMPRESS=DEFLATE'],
      });
      const { bands } = (await gdal.gdalinfo(path, ['-stats'])) as { bands: readonly GdalBandStatistics[] };
      const levels = await openLevels(await openRaster(await localRasterFiles(path)));
      const ours = await readStatistics(levels);
      await levels.close();
      for (const [i, band] of bands.entries()) {
        const { minimum, maximum, mean, stddev, validPercent, approximate } = ours[i]!;
        const theirs = (item: string) => Number(band.metadata['']?.[`STATISTICS_${item}`]);
        const what = `${dataType} ${holes}, band ${i + 1}`;
        assert.deepEqual([minimum, maximum], [theirs('MINIMUM'), theirs('MAXIMUM')], what);
        assert.ok(Math.abs(mean - theirs('MEAN')) < 1e-9, `${what}: mean ${mean}, not ${theirs('MEAN')}`);
        assert.ok(Math.abs(stddev - theirs('STDDEV')) < 1e-9, `${what}: ${stddev}, not ${theirs('STDDEV')}`);
        // Two decimals in GDAL's metadata.
        assert.ok(Math.abs(validPercent - theirs('VALID_PERCENT')) <= 0.01, `${what}: ${validPercent} % valid`);
        assert.equal(approximate, false);
      }
    }
  }
  return undefined;
});

test('of a raster with more pixels than allowed, the finest overview that has no more is looked at', async (t) => {
  if (gdal === null) return t.skip(GDAL_IS_ABSENT);
  const path = join(folder, 'overviews.tif');
  await gdal.makeRaster(path, { width: 400, height: 400, bands: [{ dataType: 'Byte' }], overviews: [2, 4] });
  const levels = await openLevels(await openRaster(await localRasterFiles(path)));
  for (const [maxPixels, validCount, approximate] of [
    [160_000, 160_000, false],
    [159_999, 40_000, true],
    [39_999, 10_000, true],
  ] as const) {
    const [summary] = await readStatistics(levels, { maxPixels });
    assert.deepEqual([summary!.validCount, summary!.approximate], [validCount, approximate]);
    assert.deepEqual([summary!.minimum, summary!.maximum], [0, 15]);
  }
  await levels.close();
  return undefined;
});

async function open(tiff: Uint8Array): Promise<RasterLevels> {
  return openLevels(await openRaster(singleFile(memorySource('a.tif', tiff))));
}

test('without overviews, blocks at regular distances are looked at', async () => {
  const strips = Array.from({ length: 100 }, (_, i) => deflateSync(new Uint8Array(10_000).fill(i)));
  const tiff = makeTiff({ width: 1000, height: 1000, blocks: strips, compression: 8, fields: [[278, 4, [10]]] });
  const statistics = async (options: StatisticsOptions) => (await readStatistics(await open(tiff), options))[0]!;
  const sampled = await statistics({ maxPixels: 100_000 });
  assert.deepEqual(
    [sampled.validCount, sampled.minimum, sampled.maximum, sampled.mean, sampled.approximate],
    [100_000, 5, 95, 50, true],
  );
  const tiny = await statistics({ maxPixels: 2_500 });
  assert.deepEqual([tiny.validCount, tiny.minimum, tiny.maximum, tiny.approximate], [2_000, 50, 50, true]);
  const exact = await statistics({ maxPixels: Infinity });
  assert.deepEqual([exact.validCount, exact.mean, exact.approximate], [1_000_000, 49.5, false]);
});

test('bands are those asked for, and pixels under an alpha of 0 do not count', async () => {
  const tiff = makeTiff({
    width: 4,
    height: 1,
    blocks: [Uint8Array.of(100, 1, 255, 50, 2, 0, 7, 3, 0, 9, 4, 1)],
    fields: [
      [258, 3, [8, 8, 8]],
      [277, 3, [3]],
      [338, 3, [0, 2]],
    ],
  });
  const levels = await open(tiff);
  const [second, first] = await readStatistics(levels, { bands: [2, 1], alphaBand: 3 });
  assert.deepEqual([second!.mean, first!.mean, first!.validPercent], [2.5, 54.5, 50]);
  assert.deepEqual((await readStatistics(levels)).length, 3);
});

test('an aborted reading of statistics ends with the reason given', async () => {
  const tiff = makeTiff({ width: 4, height: 1, blocks: [new Uint8Array(4)] });
  const reason = new Error('no longer wanted');
  await assert.rejects(readStatistics(await open(tiff), { signal: AbortSignal.abort(reason) }), reason);
});
