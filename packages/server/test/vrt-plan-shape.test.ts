import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

// What a dry run says of the shape of the output, for maps of it.

describe('the plan of a dry run', () => {
  let server: TestServer;
  const ids: Record<string, string> = {};

  before(async () => {
    server = await startTestServer();
    const tile = (lon: number, lat: number, resolution = 0.25): Uint8Array<ArrayBuffer> =>
      makeGeoTiff({ width: 4, height: 4, origin: [lon, lat], resolution, epsg: 4326 });
    ids['west'] = await server.addRaster(tile(10, 50), { title: 'west' });
    ids['east'] = await server.addRaster(tile(10.5, 49.5), { title: 'east' });
    ids['fine'] = await server.addRaster(tile(10.25, 49.75, 0.125), { title: 'fine' });
    ids['utm'] = await server.addRaster(
      makeGeoTiff({ width: 4, height: 4, origin: [500_000, 5_500_000], resolution: 10, epsg: 32632 }),
      { title: 'utm' },
    );
    await server.settled();
  });
  after(() => server.close());

  const validate = async (names: readonly string[], options: object = {}) => {
    const { status, body } = await server.call('POST', '/api/ingest/vrt/validate', {
      json: {
        source_dataset_ids: names.map((name) => ids[name]),
        vrt_type: 'mosaic',
        resolution_strategy: 'finest',
        title: 'planned',
        ...options,
      },
    });
    assert.equal(status, 200);
    return body;
  };
  const corners = (ring: readonly [number, number][]): Set<string> => new Set(ring.map(String));

  it('says where the output lies, what no source covers and what several do', async () => {
    const { plan } = await validate(['west', 'east']);
    assert.deepEqual(corners(plan.outline[0]), new Set(['10,50', '11.5,50', '11.5,48.5', '10,48.5']));
    const { gaps, overlaps, ...shares } = plan.coverage;
    assert.deepEqual(shares, { covered: 28 / 36, overlapped: 4 / 36, exact: true });
    assert.deepEqual(gaps.map(corners), [
      new Set(['11,50', '11.5,50', '11.5,49.5', '11,49.5']),
      new Set(['10,49', '10.5,49', '10.5,48.5', '10,48.5']),
    ]);
    assert.deepEqual(overlaps.map(corners), [new Set(['10.5,49.5', '11,49.5', '11,49', '10.5,49'])]);
  });

  it('has no coverage where sources are reprojected, whose rectangles are not their outlines', async () => {
    const { plan } = await validate(['west', 'utm'], { crs: 'EPSG:4326' });
    assert.equal(plan.coverage, null);
    assert.equal(plan.outline.length, 1);
  });

  it('says the order that sources are painted in where it is not the one sent', async () => {
    assert.equal((await validate(['fine', 'west', 'east'])).paint_order, null);
    const { paint_order: order } = await validate(['fine', 'west', 'east'], { source_order: 'resolution' });
    assert.deepEqual(order, [1, 2, 0]);
  });

  it('is beside boxes in any CRS', async () => {
    const ask = async (query: string) => await server.call('GET', `/api/crs/bounds?${query}`, { token: null });
    assert.deepEqual((await ask('crs=EPSG:4326&bbox=10,48,11,49')).body, {
      crs: 'EPSG:4326',
      bounds: [10, 48, 11, 49],
    });
    // `gdaltransform -s_srs EPSG:4326 -t_srs EPSG:32633`: 15 E lies on the central meridian, x = 500 km.
    const utm = (await ask('crs=EPSG:32633&bbox=15,49,16,50')).body.bounds as number[];
    assert.deepEqual(utm.map(Math.round), [500_000, 5_427_456, 573_142, 5_539_110]);
    assert.deepEqual((await ask('crs=EPSG:4326&bbox=170,48,-170,49')).body.bounds, [170, 48, 190, 49]);
    const refused = await ask('crs=EPSG:1&bbox=15,49,16,50');
    assert.equal(refused.status, 422);
    assert.deepEqual([refused.body.detail[0].type, refused.body.detail[0].loc], ['unknown_crs', ['query', 'crs']]);
  });
});
