import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertGolden } from '@inlay/testing';
import sharp from 'sharp';
import { startTestServer, type TestServer } from './test-server.ts';
import { tileAt } from './tile-address.ts';

// Tiles of real rasters, served over HTTP, that were looked at: seams between the members of a mosaic, its edges, holes
// of nodata and of masks, the whole Earth, its poles and its seam. Nothing is asked for but the tile: they look as they do
// by default.

const RASTERS = fileURLToPath(new URL('../../../../shared/data/rasterio-cc0/', import.meta.url));
const FOLDER = new URL('./golden/', import.meta.url);

type Place = readonly [lon: number, lat: number, zoom: number];

/** Where the four pieces of the Landsat scene meet, and the western end of the scene, which lies aslant. */
const MEETING: Place = [-77.75, 24.55, 9];
const EDGE: Place = [-78.2, 24.6, 8];

describe('golden tiles', { skip: existsSync(RASTERS) ? false : '../shared/data is not there' }, () => {
  let server: TestServer;
  let ids: ReadonlyMap<string, string>;
  let mosaic: string;

  before(async () => {
    server = await startTestServer({ sourceRoots: [RASTERS] });
    const names = ['rgb1', 'rgb2', 'rgb3', 'rgb4', 'RGB.byte', 'RGB2.byte', 'RGBA.byte', 'shade', 'world.rgb', 'cogeo'];
    const hrefs = names.map((name) => `${RASTERS}${name}.tif`);
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { hrefs } });
    assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    const { body } = await server.call('GET', '/api/datasets/?limit=100');
    ids = new Map((body.datasets as { id: string; title: string }[]).map(({ id, title }) => [title, id]));
    mosaic = await server.addVrt(
      [1, 2, 3, 4].map((piece) => ids.get(`rgb${piece}.tif`)!),
      { title: 'four pieces' },
    );
    await server.settled();
  });
  after(() => server?.close());

  async function tile(id: string, [lon, lat, zoom]: Place): Promise<Buffer> {
    const { z, x, y } = tileAt(lon, lat, zoom);
    const { status, body } = await server.call('GET', `/api/datasets/${id}/tiles/${z}/${x}/${y}.png`);
    assert.equal(status, 200);
    return body as Buffer;
  }

  for (const [name, dataset, place] of [
    ['scene-nodata-edge', 'RGB.byte', EDGE],
    ['scene-mask-sidecar-edge', 'RGB2.byte', EDGE],
    ['scene-alpha-edge', 'RGBA.byte', EDGE],
    ['world-in-one-tile', 'world.rgb', [0, 0, 0]],
    ['world-west-of-the-antimeridian', 'world.rgb', [179, 10, 3]],
    ['world-east-of-the-antimeridian', 'world.rgb', [-179, 10, 3]],
    ['world-north-end-of-mercator', 'world.rgb', [20, 84, 3]],
    ['world-south-end-of-mercator', 'world.rgb', [20, -84, 3]],
    ['shade-nodata-edge', 'shade', [-106.52, 39.635, 12]],
    ['jpeg-cog', 'cogeo', [128.6558, 37.6702, 17]],
  ] as const) {
    it(name, async () => {
      await assertGolden(FOLDER, name, await tile(ids.get(`${dataset}.tif`)!, place));
    });
  }

  for (const [name, place] of [
    ['pieces-meeting', MEETING],
    ['pieces-edge', EDGE],
  ] as const) {
    it(`${name}: a mosaic of four pieces is the scene they were cut from`, async () => {
      // Stretched alike, because the mosaic's statistics are those of its pieces.
      const png = await tile(mosaic, place);
      await assertGolden(FOLDER, name, png);
      const stretched = async (id: string): Promise<Uint8Array> => {
        const { z, x, y } = tileAt(...place);
        const path = `/api/datasets/${id}/tiles/${z}/${x}/${y}.png?rescale=0,255`;
        const { body } = await server.call('GET', path);
        return await sharp(body).ensureAlpha().raw().toBuffer();
      };
      assert.deepEqual(await stretched(mosaic), await stretched(ids.get('RGB.byte.tif')!));
    });
  }
});
