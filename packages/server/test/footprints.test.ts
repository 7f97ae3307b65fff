import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { thinOutline } from '../src/catalog/thin-outline.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// Where datasets lie, for maps of many.

describe('an outline', () => {
  it('keeps the corners of a straight-edged footprint and nothing between them', () => {
    const ring = [
      [10, 50],
      [10.5, 50],
      [11, 50],
      [11, 50.5],
      [11, 51],
      [10, 51],
      [10, 50.4],
      [10, 50],
    ] as const;
    assert.deepEqual(thinOutline({ type: 'Polygon', coordinates: [ring] }), [
      [
        [11, 51],
        [10, 51],
        [10, 50],
        [11, 50],
        [11, 51],
      ],
    ]);
  });

  it('keeps a bend that shows, and drops one that does not', () => {
    const bent = (latitude: number) =>
      thinOutline({
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [5, latitude],
            [10, 0],
            [10, 10],
            [0, 10],
            [0, 0],
          ],
        ],
      })[0]?.length;
    // A two hundredth of ten degrees is 0.05.
    assert.equal(bent(-0.04), 5);
    assert.equal(bent(-0.06), 6);
  });

  it('has as many decimals as its size asks for', () => {
    const small = thinOutline({
      type: 'Polygon',
      coordinates: [
        [
          [10.123456789, 50],
          [10.124456789, 50],
          [10.124456789, 50.001],
          [10.123456789, 50],
        ],
      ],
    });
    assert.deepEqual(small[0]?.[0], [10.1244568, 50.001]);
  });

  it('has one ring on each side of the antimeridian', () => {
    const box = (west: number, east: number) =>
      [
        [west, 0],
        [east, 0],
        [east, 1],
        [west, 1],
        [west, 0],
      ] as const;
    const rings = thinOutline({ type: 'MultiPolygon', coordinates: [[box(179, 180)], [box(-180, -179)]] });
    assert.deepEqual(
      rings.map((ring) => ring.map(([lon]) => lon)),
      [
        [180, 179, 179, 180, 180],
        [-179, -180, -180, -179, -179],
      ],
    );
  });
});

describe('footprints', () => {
  let server: TestServer;
  let publicId: string;
  before(async () => {
    server = await startTestServer();
    const at = (lon: number, title: string, visibility: string) =>
      server.addRaster(makeGeoTiff({ width: 4, height: 2, origin: [lon, 50], resolution: 0.25, epsg: 4326 }), {
        title,
        visibility,
      });
    publicId = await at(10, 'west', 'public');
    await at(20, 'east', 'private');
    await server.addRaster(makeGeoTiff({ width: 4, height: 2, origin: [0, 0], resolution: 1, epsg: null }), {
      title: 'nowhere',
      visibility: 'public',
    });
    await server.settled();
  });
  after(() => server.close());

  const get = async (query: string, token?: string | null) =>
    await server.call('GET', `/api/datasets/footprints?${query}`, token === undefined ? {} : { token });

  it('are listed newest first, without those that have no place', async () => {
    const { body } = await get('');
    assert.deepEqual(
      body.footprints.map(({ title }: { title: string }) => title),
      ['east', 'west'],
    );
    assert.deepEqual([body.total, body.limit, body.skip], [2, 10_000, 0]);
  });

  it('are those that the caller may see, and say where they are', async () => {
    const { body } = await get('', null);
    assert.equal(body.total, 1);
    const [{ outline, ...rest }] = body.footprints;
    assert.deepEqual(rest, { id: publicId, title: 'west', record_type: 'raster_dataset' });
    assert.deepEqual(new Set(outline[0].map(String)), new Set(['10,50', '11,50', '11,49.5', '10,49.5']));
  });

  it('are narrowed down as lists are', async () => {
    const found = async (query: string): Promise<string[]> =>
      (await get(query)).body.footprints.map(({ title }: { title: string }) => title);
    assert.deepEqual(await found('q=WES'), ['west']);
    assert.deepEqual(await found('bbox=19,49,21,51'), ['east']);
    assert.deepEqual(await found('visibility=private'), ['east']);
    assert.deepEqual(await found('record_type=vrt_dataset'), []);
    assert.deepEqual(await found('limit=1&skip=1'), ['west']);
    assert.deepEqual(await found(`ids=${publicId},019b0000-0000-7000-8000-000000000000`), ['west']);
  });

  it('are at most ten thousand', async () => {
    const { status, body } = await get('limit=10001');
    assert.equal(status, 422);
    assert.deepEqual(body.detail[0].loc, ['query', 'limit']);
  });
});
