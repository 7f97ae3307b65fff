import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type GeoTiffSpec, makeGeoTiff } from '@inlay/testing';
import sharp from 'sharp';
import { startTestServer, type TestServer } from './test-server.ts';

// What a virtual raster's thumbnail and statistics are made of: of what is stored of its members, of its pixels, or of its
// rendered levels. Values are such that each of these can be told from the others.

const ORIGIN = [500_000, 5_300_000] as const;

describe('thumbnail and statistics of a virtual raster', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  async function rasters(specs: readonly Partial<GeoTiffSpec>[]): Promise<string[]> {
    const ids: string[] = [];
    for (const spec of specs) {
      const whole = { width: 40, height: 40, origin: ORIGIN, resolution: 10, epsg: 32633, ...spec };
      ids.push(await server.addRaster(makeGeoTiff(whole)));
    }
    return ids;
  }

  async function mosaic(ids: readonly string[], options: object = {}): Promise<{ id: string; jobId: string }> {
    const json = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'm', ...options };
    const sent = await server.call('POST', '/api/ingest/vrt/create', { json });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    return { id: job.dataset_id!, jobId: job.id };
  }

  async function statisticsOf(id: string) {
    await server.settled();
    const { status, body } = await server.call('GET', `/api/datasets/${id}/statistics`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.bands.map(({ statistics }: { statistics: object }) => statistics);
  }

  /** The thumbnail's channels, and opacity last. */
  async function pixelsOf(id: string): Promise<{ width: number; height: number; at(x: number, y: number): number[] }> {
    const { status, body } = await server.call('GET', `/api/datasets/${id}/quicklook`);
    assert.equal(status, 200);
    const { data, info } = await sharp(body).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    return {
      width,
      height,
      at: (x, y) => [...data.subarray(channels * (y * width + x), channels * (y * width + x + 1))],
    };
  }

  async function thumbnailJobs(id: string) {
    const { body } = await server.call('GET', '/api/jobs?kind=quicklook&limit=1000');
    return body.jobs.filter((job: { dataset_id: string }) => job.dataset_id === id);
  }

  it('are those of the members where these lie side by side', async () => {
    const ids = await rasters([{ value: () => 10 }, { origin: [500_400, 5_300_000], value: () => 30 }]);
    const { id } = await mosaic(ids);
    const [{ minimum, maximum, mean, valid_percent, approximate }] = await statisticsOf(id);
    assert.deepEqual([minimum, maximum, mean, valid_percent, approximate], [10, 30, 20, null, true]);
    const { width, height } = await pixelsOf(id);
    assert.deepEqual([width, height], [80, 40]);
    assert.equal((await thumbnailJobs(id)).length, 1);
  });

  it('are those of computed pixels where a function computes them', async () => {
    const ids = await rasters([{ value: (col) => col }, { value: () => 100 }]);
    const { id } = await mosaic(ids, { pixel_function: 'mean' });
    const [{ minimum, maximum, mean, valid_percent, approximate }] = await statisticsOf(id);
    // Means of 0 to 39 and 100, halves rounded up: 50 to 70.
    assert.deepEqual([minimum, maximum, valid_percent, approximate], [50, 70, 100, false]);
    assert.ok(mean > 59 && mean < 61, `${mean}`);
    const { at } = await pixelsOf(id);
    assert.ok(at(0, 20)[0]! < 20 && at(39, 20)[0]! > 235, 'from dark to light');
  });

  it('show the bands that were selected', async () => {
    const ids = await rasters([
      { bands: 3, value: (_col, _row, band) => 50 * band },
      { bands: 3, origin: [500_400, 5_300_000], value: (_col, _row, band) => 50 * band + 20 },
    ]);
    const { id } = await mosaic(ids, { bands: [3] });
    const [{ minimum, maximum }] = await statisticsOf(id);
    assert.deepEqual([minimum, maximum], [150, 170]);
    const [job] = await thumbnailJobs(id);
    assert.deepEqual(job.warnings, []);
    const { at } = await pixelsOf(id);
    assert.deepEqual(
      [at(10, 20), at(70, 20)],
      [
        [0, 0, 0, 255],
        [255, 255, 255, 255],
      ],
    );
  });

  it('are those of what is on top where levels are rendered of a pile', async () => {
    // More sources than are read at once without levels, and a hole on top of all of them.
    const pile = await rasters(
      Array.from({ length: 40 }, (_, index) => ({ width: 300, height: 300, value: () => 1 + index })),
    );
    const { id } = await mosaic(pile);
    const [statistics] = await statisticsOf(id);
    assert.deepEqual([statistics.minimum, statistics.maximum, statistics.valid_percent], [40, 40, 100]);
    assert.equal((await thumbnailJobs(id)).length, 2);
  });

  it('keep the members’ extremes, and know how much is valid, where levels are rendered of tiles', async () => {
    // 36 tiles with gaps of half a tile between them, each with one dark pixel that no average keeps.
    const tiles = await rasters(
      Array.from({ length: 36 }, (_, index) => ({
        width: 200,
        height: 200,
        origin: [500_000 + 3000 * (index % 6), 5_300_000 - 3000 * Math.floor(index / 6)] as const,
        dataType: 'Int16' as const,
        nodata: -32768,
        value: (col: number, row: number) => (col === 100 && row === 100 ? -1000 : 1000 + index),
      })),
    );
    const { id } = await mosaic(tiles);
    const [{ minimum, maximum, valid_percent, approximate }] = await statisticsOf(id);
    assert.deepEqual([minimum, maximum, approximate], [-1000, 1035, true]);
    // 36 tiles of 200 x 200 in 1700 x 1700.
    assert.ok(Math.abs(valid_percent - (100 * 36 * 200 ** 2) / 1700 ** 2) < 1, `${valid_percent}`);
    const { width, height, at } = await pixelsOf(id);
    assert.deepEqual([width, height], [512, 512]);
    // The first tile and the last, away from their dark pixels, and the gap between the first two.
    const [first, last, gap] = [at(15, 15), at(468, 468), at(75, 30)];
    assert.deepEqual([first[3], last[3], gap[3]], [255, 255, 0]);
    assert.ok(first[0]! < 10 && last[0]! > 245, `${first[0]}, ${last[0]}`);
    // The one before it is gone.
    await server.running.cleanUp();
    const stored = (await server.storedFiles()).filter((key) => key.includes(id));
    assert.equal(stored.length, 1);
  });
});
