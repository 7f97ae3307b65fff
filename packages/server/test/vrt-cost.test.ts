import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type RangeServer, startRangeServer } from './range-server.ts';
import { type RawField, rawTiff, sparseFields } from './raw-tiff.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// What virtual rasters cost by their size: which of their sources are opened, and how much memory their pixels take.

const COUNT = 500;

describe('building a virtual raster', () => {
  let server: TestServer;
  let web: RangeServer;
  before(async () => {
    web = await startRangeServer();
    server = await startTestServer({ sourceRoots: [web.url] });
  });
  after(async () => {
    await server.close();
    await web.close();
  });

  it(`of ${COUNT} sources opens none of them, and adding one asks for that one alone`, async () => {
    const hrefs: string[] = [];
    for (let index = 0; index <= COUNT; index += 1) {
      const origin = [500_000 + 80 * (index % 25), 5_300_000 - 80 * Math.floor(index / 25)] as const;
      const name = `/${String(index).padStart(3, '0')}.tif`;
      web.files.set(name, makeGeoTiff({ width: 8, height: 8, origin, resolution: 10, epsg: 32633 }));
      hrefs.push(web.url + name);
    }
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { hrefs } });
    await server.waitForJob(sent.body.job_id);
    await server.settled();
    const { body } = await server.call('GET', '/api/datasets/?limit=1000&sort=title');
    const ids: string[] = body.datasets.map((dataset: { id: string }) => dataset.id);
    assert.equal(ids.length, COUNT + 1);

    const requestsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
      const before = web.log.length;
      await work();
      return web.log.slice(before).toSorted();
    };
    let vrt = '';
    const created = await requestsOf(async () => {
      vrt = await server.addVrt(ids.slice(0, COUNT), { overviews: 'none' });
    });
    // Whether each is still what was catalogued is asked; none of its bytes.
    assert.deepEqual(
      created,
      hrefs.slice(0, COUNT).map((href) => `HEAD ${href.slice(web.url.length)}`),
    );
    await server.settled();
    const added = await requestsOf(async () => {
      const json = { source_dataset_id: ids[COUNT] };
      const change = await server.call('POST', `/api/ingest/vrt/${vrt}/sources/`, { json });
      assert.equal((await server.waitForJob(change.body.job_id)).status, 'complete');
    });
    assert.deepEqual(added, [`HEAD /${COUNT}.tif`]);
    const { raster } = (await server.call('GET', `/api/datasets/${vrt}`)).body;
    assert.deepEqual([raster.source_count, raster.width, raster.height], [COUNT + 1, 200, 168]);
  });

  it('of 100,000 x 100,000 pixels draws its thumbnail in little memory', async () => {
    /** Half of it, 50,000 pixels wide; nothing of it is stored. */
    const half = (west: number): RawField[] =>
      sparseFields(50_000, 100_000).map((field) =>
        field[0] === 33_922 ? [33_922, 'double', [0, 0, 0, west, 5_300_000, 0]] : field,
      );
    const ids = [await server.addRaster(rawTiff(half(100_000))), await server.addRaster(rawTiff(half(600_000)))];
    await server.settled();
    const before = process.memoryUsage().rss;
    const vrt = await server.addVrt(ids, { overviews: 'none' });
    await server.settled();
    const { status, body } = await server.call('GET', `/api/datasets/${vrt}`);
    assert.deepEqual([status, body.raster.width, body.raster.height], [200, 100_000, 100_000]);
    assert.equal((await server.call('GET', `/api/datasets/${vrt}/quicklook`)).status, 200);
    const grown = (process.memoryUsage().rss - before) / 1024 ** 2;
    assert.ok(grown < 400, `${grown} MB; all of its pixels are 9,537 MB`);
  });
});
