import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type RasterProfile, isCodedError } from '@inlay/geo';
import {
  GeoTiffError,
  type GeoTiffRaster,
  type PixelLevel,
  type RasterLevels,
  createBlockCache,
  localRasterFiles,
  openLevels,
  openRaster,
} from '@inlay/geotiff';
import { GDAL_IS_ABSENT, type Gdal, type RasterSpec, openGdal } from '@inlay/testing';
import { type WindowRequest, geotiffPixelSource } from '@inlay/tiler';
import { openSmall } from './pixels.ts';

const opened: GeoTiffRaster[] = [];
let gdal: Gdal | null;
let folder: string;

before(async () => {
  gdal = await openGdal();
  folder = await mkdtemp(join(tmpdir(), 'inlay-source-'));
});

after(async () => {
  await Promise.all(opened.map((raster) => raster.close()));
  await gdal?.close();
  await rm(folder, { recursive: true });
});

/** A raster of 100 x 80 pixels in Web Mercator whose value is `col + 2 * row` in band 1 and 7 in band 2. */
async function open(bands = 1): Promise<Opened> {
  const raster = await openSmall({
    width: 100,
    height: 80,
    epsg: 3857,
    dataType: 'Int16',
    bands,
    value: (col, row, band) => (band === 1 ? col + 2 * row : 7),
  });
  opened.push(raster);
  return { profile: raster.profile, levels: await openLevels(raster) };
}

interface Opened {
  readonly profile: RasterProfile;
  readonly levels: RasterLevels;
}

const WHOLE = { level: 0, window: { colOff: 0, rowOff: 0, width: 100, height: 80 }, resampling: 'nearest' } as const;

describe('a GeoTIFF to render from', () => {
  it('is none where it has no place on Earth', async () => {
    const { profile, levels } = await open();
    assert.equal(geotiffPixelSource({ ...profile, crs: null }, levels), null);
    assert.equal(geotiffPixelSource({ ...profile, affine: null }, levels), null);
  });

  it('gives the pixels of a window, bands in the order asked for', async () => {
    const { profile, levels } = await open(2);
    const source = geotiffPixelSource(profile, levels)!;
    const request: WindowRequest = {
      level: 0,
      window: { colOff: 5, rowOff: 3, width: 2, height: 2 },
      width: 2,
      height: 2,
      bands: [2, 1],
      resampling: 'nearest',
    };
    const { raster, problems } = await source.readWindow(request, undefined);
    const { bands, mask, dataType } = raster;
    assert.deepEqual(problems, []);
    assert.deepEqual([dataType, mask, [...bands[0]!], [...bands[1]!]], ['Int16', null, [7, 7, 7, 7], [11, 12, 13, 14]]);
  });

  it('reduces a window to fewer pixels, the nearest or their mean', async () => {
    const { profile, levels } = await open();
    const source = geotiffPixelSource(profile, levels)!;
    const request = { ...WHOLE, width: 10, height: 4, bands: [1] };
    const { raster: nearest } = await source.readWindow(request, undefined);
    assert.deepEqual([...nearest.bands[0]!.subarray(0, 3)], [25, 35, 45]);
    const { raster: average } = await source.readWindow({ ...request, resampling: 'average' }, undefined);
    // Columns 0..9 and rows 0..19: 4.5 and twice 9.5.
    assert.deepEqual([...average.bands[0]!.subarray(0, 3)], [24, 34, 44]);
    assert.deepEqual([average.width, average.height], [10, 4]);
  });

  it('refuses to go through more pixels than a picture is worth', async () => {
    const { profile, levels } = await open();
    const size = { width: 50_000, height: 50_000 };
    const huge = { levels: [{ ...levels.levels[0], ...size }] as const };
    const source = geotiffPixelSource({ ...profile, ...size }, huge)!;
    const request = {
      level: 0,
      window: { colOff: 0, rowOff: 0, width: 50_000, height: 50_000 },
      width: 100,
      height: 100,
      bands: [1],
      resampling: 'average',
    } as const;
    await assert.rejects(source.readWindow(request, undefined), (error) => {
      assert.ok(isCodedError(error) && error.code === 'tiler/too-expensive');
      assert.match(error.message, /2500000000 samples.*overviews/);
      return true;
    });
  });

  it('reads blocks once that are kept', async () => {
    const { profile, levels } = await open();
    const cache = createBlockCache({ maxBytes: 2 ** 20 });
    const source = geotiffPixelSource(profile, levels, { cache })!;
    for (let i = 0; i < 3; i++) await source.readWindow({ ...WHOLE, width: 100, height: 80, bands: [1] }, undefined);
    const { hits, misses } = cache.counts();
    assert.ok(misses > 0 && hits === 2 * misses, `${hits} of ${misses} blocks were found`);
  });

  it('leaves out what is damaged and says so, where that is wanted', async () => {
    const raster = await openSmall({ width: 100, height: 80, epsg: 3857, dataType: 'Int16' });
    opened.push(raster);
    const levels = await openLevels(raster);
    const gone = {
      ...levels.levels[0].image.source,
      fetch: () => Promise.reject(new GeoTiffError('geotiff/source-unavailable', 'small.tif is gone')),
    };
    const [full] = levels.levels;
    const damaged = { levels: [{ ...full, image: { ...full.image, source: gone } }] as const };
    const refusing = geotiffPixelSource(raster.profile, damaged)!;
    await assert.rejects(refusing.readWindow({ ...WHOLE, width: 100, height: 80, bands: [1] }, undefined), /gone/);
    const tolerant = geotiffPixelSource(raster.profile, damaged, { damage: 'transparent' })!;
    for (const [width, height, resampling] of [
      [100, 80, 'nearest'],
      [10, 8, 'nearest'],
      [10, 8, 'average'],
    ] as const) {
      const { raster: read, problems } = await tolerant.readWindow(
        { ...WHOLE, width, height, bands: [1], resampling },
        undefined,
      );
      assert.deepEqual(
        problems.map(({ code }) => code),
        ['geotiff/source-unavailable'],
      );
      assert.ok(read.mask!.every((value) => value === 0));
    }
  });

  it('stops when it is told to', async () => {
    const { profile, levels } = await open();
    const source = geotiffPixelSource(profile, levels)!;
    const signal = AbortSignal.abort(new Error('gone'));
    await assert.rejects(source.readWindow({ ...WHOLE, width: 10, height: 10, bands: [1] }, signal), /gone/);
  });

  it('reads levels of odd sizes whole, and a mask that only the full resolution has', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = join(folder, 'levels.tif');
    const spec: RasterSpec = {
      width: 101,
      height: 77,
      crs: 'EPSG:3857',
      geoTransform: [0, 10, 0, 770, 0, -10],
      bands: [{ dataType: 'Byte' }],
      mask: 'sidecar',
      overviews: [2, 4],
    };
    await gdal.makeRaster(path, spec);
    const raster = await openRaster(await localRasterFiles(path));
    opened.push(raster);
    const levels = await openLevels(raster);
    const source = geotiffPixelSource(raster.profile, levels)!;
    assert.deepEqual(source.levels, [
      { width: 51, height: 39 },
      { width: 26, height: 20 },
    ]);
    const request = {
      level: 1,
      window: { colOff: 0, rowOff: 0, width: 101, height: 77 },
      width: 51,
      height: 39,
      bands: [1],
      resampling: 'nearest',
    } as const;
    const { raster: read } = await source.readWindow(request, undefined);
    const { bands, mask } = read;
    assert.deepEqual([bands[0]!.length, mask?.length], [51 * 39, 51 * 39]);
    const fullMask = levels.levels[0].mask;
    const masked = levels.levels.map((level) => ({ ...level, mask: fullMask })) as [PixelLevel, ...PixelLevel[]];
    const { raster: bare } = await geotiffPixelSource(raster.profile, { levels: masked })!.readWindow(
      request,
      undefined,
    );
    const full = await gdal.values(path, 1, { mask: true });
    // The pixel in the middle of each of the level's: 101 / 51 of a column wide.
    const expected = Array.from({ length: 51 * 39 }, (_, i) => {
      const [col, row] = [
        Math.floor((((i % 51) + 0.5) * 101) / 51),
        Math.floor(((Math.floor(i / 51) + 0.5) * 77) / 39),
      ];
      return full[row * 101 + col] === 0 ? 0 : 1;
    });
    assert.deepEqual(
      Array.from(bare.mask!, (value) => (value === 0 ? 0 : 1)),
      expected,
    );
    return undefined;
  });
});
