import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type TileMatrixSet, WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD } from '@inlay/geo';
import { localRasterFiles, openRaster } from '@inlay/geotiff';
import { makeGeoTiff } from '@inlay/testing';
import sharp from 'sharp';
import { drawTile } from './draw-tile.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import { tileAt } from './tile-address.ts';

// Tiles and the documents that lead to them, over HTTP, held against the renderer itself.

/** 640 x 480 pixels of 10 m near Munich, three bands of bytes, a hole of nodata in the middle. */
const RGB = makeGeoTiff({
  width: 640,
  height: 480,
  origin: [690_000, 5_340_000],
  resolution: 10,
  epsg: 32632,
  bands: 3,
  nodata: 0,
  value: (col, row, band) => (col >= 300 && col < 340 && row >= 200 && row < 240 ? 0 : 1 + ((col * band + row) % 255)),
});
/** The middle of {@link RGB}, by `gdaltransform -s_srs EPSG:32632 -t_srs EPSG:4326`. */
const MIDDLE = [11.605_3, 48.163_1] as const;

const HEIGHTS = makeGeoTiff({
  width: 300,
  height: 200,
  origin: [690_000, 5_340_000],
  resolution: 30,
  epsg: 32632,
  dataType: 'Float32',
  nodata: -9999,
  value: (col, row) => 400 + Math.sin(col / 20) * 100 + row,
});

describe('tiles over HTTP', () => {
  let server: TestServer;
  let folder: string;
  let rgb: string;
  let heights: string;
  let nowhere: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-tiles-'));
    await writeFile(join(folder, 'rgb.tif'), RGB);
    await writeFile(join(folder, 'heights.tif'), HEIGHTS);
    server = await startTestServer();
    rgb = await server.addRaster(RGB, { title: 'Colours & "more"', visibility: 'public' });
    heights = await server.addRaster(HEIGHTS, { title: 'Heights', visibility: 'public' });
    nowhere = await server.addRaster(
      makeGeoTiff({ width: 20, height: 10, origin: [0, 0], resolution: 1, epsg: null }),
      { title: 'Nowhere', visibility: 'public' },
    );
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const get = (path: string, headers: Record<string, string> = {}) =>
    server.call('GET', `/api/datasets/${path}`, { token: null, headers });
  /** The same tile, rendered here from the file. */
  async function expected(
    name: string,
    set: TileMatrixSet,
    tile: { z: number; x: number; y: number },
    more: { size?: number; format?: 'png' | 'webp' | 'jpg'; query?: Record<string, string> } = {},
  ): Promise<Buffer> {
    const raster = await openRaster(await localRasterFiles(join(folder, name)));
    try {
      return await drawTile(raster, set, tile, more);
    } finally {
      await raster.close();
    }
  }

  it('are what the renderer makes of the file, byte for byte', async () => {
    for (const z of [10, 12, 14]) {
      const tile = tileAt(...MIDDLE, z);
      const answer = await get(`${rgb}/tiles/${tile.z}/${tile.x}/${tile.y}.png`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'image/png');
      assert.deepEqual(answer.body, await expected('rgb.tif', WEB_MERCATOR_QUAD, tile));
    }
  });

  it('come in three formats, of 256 or 512 pixels, times two', async () => {
    const { z, x, y } = tileAt(...MIDDLE, 12);
    const at = `${rgb}/tiles/${z}/${x}/${y}`;
    for (const [path, format, side] of [
      [`${at}.png`, 'png', 256],
      [`${at}.webp`, 'webp', 256],
      [`${at}.jpg`, 'jpeg', 256],
      [`${at}.jpeg`, 'jpeg', 256],
      [`${at}@2x.png`, 'png', 512],
      [`${at}.png?tile_size=512`, 'png', 512],
      [`${at}@2x.png?tile_size=512&buffer=8`, 'png', 1040],
    ] as const) {
      const { status, headers, body } = await get(path);
      assert.equal(status, 200, path);
      assert.equal(headers.get('content-type'), `image/${format}`, path);
      const picture = await sharp(body).metadata();
      assert.deepEqual([picture.format, picture.width, picture.height], [format, side, side], path);
    }
    assert.deepEqual(
      (await get(`${at}@2x.png`)).body,
      await expected('rgb.tif', WEB_MERCATOR_QUAD, { z, x, y }, { size: 512 }),
    );
  });

  it('come by other addresses as well: a tile matrix set, and the one that older clients know', async () => {
    const tile = tileAt(...MIDDLE, 11);
    const { z, x, y } = tile;
    const plain = await get(`${rgb}/tiles/${z}/${x}/${y}.png`);
    const named = await get(`${rgb}/tiles/WebMercatorQuad/${z}/${x}/${y}.png`);
    const alias = await server.call('GET', `/api/tiles/raster-proxy/${rgb}/${z}/${x}/${y}.png`, { token: null });
    for (const other of [named, alias]) {
      assert.deepEqual(other.body, plain.body);
      assert.equal(other.headers.get('etag'), plain.headers.get('etag'));
    }
    // Two columns of tiles at zoom 0, each 180 degrees wide.
    const lonLat = {
      z: 10,
      x: Math.floor(((MIDDLE[0] + 180) / 180) * 2 ** 10),
      y: Math.floor(((90 - MIDDLE[1]) / 180) * 2 ** 10),
    };
    const degrees = await get(`${rgb}/tiles/WorldCRS84Quad/${lonLat.z}/${lonLat.x}/${lonLat.y}.png`);
    assert.deepEqual(degrees.body, await expected('rgb.tif', WORLD_CRS84_QUAD, lonLat));
  });

  it('of the native set are the raster’s own pixels', async () => {
    // 640 pixels in tiles of 256: three columns at full resolution, zoom 2; the first tile is the file's corner.
    const { body } = await get(`${rgb}/tiles/native/2/0/0.png`);
    const { data, info } = await sharp(body).raw().toBuffer({ resolveWithObject: true });
    for (const [col, row] of [
      [0, 0],
      [255, 0],
      [17, 130],
      [255, 255],
    ] as const) {
      const at = (row * 256 + col) * info.channels;
      assert.deepEqual(
        [...data.subarray(at, at + 3)],
        [1, 2, 3].map((band) => 1 + ((col * band + row) % 255)),
      );
    }
  });

  it('show what the parameters ask for', async () => {
    const tile = tileAt(...MIDDLE, 12);
    const at = `${rgb}/tiles/${tile.z}/${tile.x}/${tile.y}.png`;
    for (const query of [
      { bidx: '3,2,1' },
      { bidx: '1', rescale: '0,100', colormap_name: 'viridis' },
      { expression: '(b1-b2)/(b1+b2)', rescale: '-1,1', colormap_name: 'rdylgn_r' },
      { resampling: 'bilinear', color_formula: 'gamma rgb 1.2' },
      { bidx: '2', colormap: '[[[0,100],"#ff0000"],[[100,300],"#00ff00"]]' },
    ]) {
      const answer = await get(`${at}?${new URLSearchParams(query).toString()}`);
      assert.equal(answer.status, 200, JSON.stringify(query));
      assert.deepEqual(
        answer.body,
        await expected('rgb.tif', WEB_MERCATOR_QUAD, tile, { query }),
        JSON.stringify(query),
      );
    }
    // A name that is repeated, as rio-tiler's clients do it.
    const repeated = await get(`${at}?bidx=3&bidx=2&bidx=1&rescale=0,200&rescale=0,100&rescale=0,50`);
    const listed = await get(`${at}?bidx=3,2,1&rescale=0,200,0,100,0,50`);
    assert.equal(repeated.status, 200);
    assert.deepEqual(repeated.body, listed.body);
    assert.equal(repeated.headers.get('etag'), listed.headers.get('etag'));
  });

  it('of heights are stretched between stored percentiles, so that something is seen without a parameter', async () => {
    const { z, x, y } = tileAt(11.61, 48.15, 11);
    const { body } = await get(`${heights}/tiles/${z}/${x}/${y}.png`);
    const { channels } = await sharp(body).stats();
    assert.ok(channels[0]!.stdev > 40, `gray values deviate by ${channels[0]!.stdev}`);
    const legend = await get(`${heights}/legend`);
    const [channel] = legend.body.channels;
    assert.ok(channel.minimum > 300 && channel.minimum < 400, channel.minimum);
    assert.ok(channel.maximum > 600 && channel.maximum < 700, channel.maximum);
  });

  it('hold nothing where the dataset is not: 204, or a transparent picture for who asks for one', async () => {
    const nothing = await get(`${rgb}/tiles/10/0/0.png`);
    assert.equal(nothing.status, 204);
    assert.equal(nothing.body.length, 0);
    const blank = await get(`${rgb}/tiles/10/0/0.png?empty=image`);
    assert.equal(blank.status, 200);
    const { channels } = await sharp(blank.body).ensureAlpha().stats();
    assert.equal(channels.at(-1)!.max, 0);
  });

  it('are not sent anew to who has them, and no pixel is read for that', async () => {
    const { z, x, y } = tileAt(...MIDDLE, 13);
    const at = `${rgb}/tiles/${z}/${x}/${y}.png`;
    const first = await get(at);
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"[0-9a-f]{32}"$/);
    const again = await get(at, { 'if-none-match': etag });
    assert.equal(again.status, 304);
    assert.equal(again.headers.get('etag'), etag);
    assert.equal(again.headers.get('server-timing'), null);
    const other = await get(`${at}?bidx=1`, { 'if-none-match': etag });
    assert.equal(other.status, 200);
    assert.notEqual(other.headers.get('etag'), etag);
    const held = await get(at);
    assert.match(held.headers.get('server-timing') ?? '', /^picture;desc="held"/);
  });

  it('may be kept by caches for a while only where their URL names the present version', async () => {
    const { body: document } = await get(`${rgb}/tilejson.json`);
    const version = new URL(document.tiles[0]).searchParams.get('v') ?? '';
    const { z, x, y } = tileAt(...MIDDLE, 12);
    const cacheControl = async (query: string) =>
      (await get(`${rgb}/tiles/${z}/${x}/${y}.png${query}`)).headers.get('cache-control');
    assert.equal(await cacheControl(`?v=${version}`), 'public, max-age=3600');
    assert.equal(await cacheControl('?v=0'), 'public, no-cache');
    assert.equal(await cacheControl(''), 'public, no-cache');
  });

  it('can be read by any page, and caches hold one copy for all of them', async () => {
    const { z, x, y } = tileAt(...MIDDLE, 12);
    const { headers } = await get(`${rgb}/tiles/${z}/${x}/${y}.png`, { origin: 'https://maps.example.org' });
    assert.equal(headers.get('access-control-allow-origin'), '*');
    assert.equal(headers.get('vary'), null);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  });

  it('tell what is wrong with their parameters, all of it at once', async () => {
    const refused = async (path: string) => {
      const answer = await get(path);
      assert.equal(answer.status, 422, path);
      return answer.body.detail.map((item: { loc: unknown[]; type: string }) => [item.loc.join('.'), item.type]);
    };
    const { z, x, y } = tileAt(...MIDDLE, 12);
    const at = `${rgb}/tiles/${z}/${x}/${y}`;
    assert.deepEqual(await refused(`${at}.png?rescale=5&colormap_name=nope&nodata=x`), [
      ['query.rescale.0', 'value_error'],
      ['query.colormap_name', 'value_error'],
      ['query.nodata', 'value_error'],
    ]);
    assert.deepEqual(await refused(`${at}.png?bidx=1&bidx=4&bidx=9`), [
      ['query.bidx.1', 'value_error'],
      ['query.bidx.2', 'value_error'],
    ]);
    assert.deepEqual(await refused(`${at}.png?colour=red&tile_size=300`), [
      ['query.tile_size', 'literal_error'],
      ['query.colour', 'extra_forbidden'],
    ]);
    assert.deepEqual(await refused(`${at}.gif`), [['path.format', 'literal_error']]);
    assert.deepEqual(await refused(`${rgb}/tiles/3/8/0.png`), [['path.x', 'value_error']]);
    assert.deepEqual(await refused(`${rgb}/tiles/3/0/8.png`), [['path.y', 'value_error']]);
    assert.deepEqual(await refused(`${rgb}/tiles/29/0/0.png`), [['path.z', 'value_error']]);
    assert.deepEqual(await refused(`${rgb}/tiles/a/0/-1.png`), [
      ['path.z', 'int_parsing'],
      ['path.y', 'greater_than_equal'],
    ]);
  });

  it('need a place on the map', async () => {
    for (const path of ['tiles/0/0/0.png', 'tilejson.json', 'WMTSCapabilities.xml', 'point/0,0']) {
      const { status, body } = await get(`${nowhere}/${path}`);
      assert.equal(status, 409, path);
      assert.equal(body.code, 'not_georeferenced', path);
    }
    const preview = await get(`${nowhere}/preview`);
    assert.equal(preview.status, 200);
    const { width, height } = await sharp(preview.body).metadata();
    assert.deepEqual([width, height], [20, 10]);
  });

  it('are described by TileJSON 3.0', async () => {
    const { status, body } = await get(`${rgb}/tilejson.json?bidx=3,2,1&tile_size=512`);
    assert.equal(status, 200);
    // The members that the specification asks for, and what it says of them (TileJSON 3.0.0, section 3).
    assert.equal(body.tilejson, '3.0.0');
    assert.equal(body.name, 'Colours & "more"');
    assert.equal(body.scheme, 'xyz');
    assert.match(body.version, /^\d+\.\d+\.\d+$/);
    const [west, south, east, north] = body.bounds;
    assert.ok(west < MIDDLE[0] && MIDDLE[0] < east && south < MIDDLE[1] && MIDDLE[1] < north);
    assert.ok(Math.abs(body.center[0] - MIDDLE[0]) < 0.01 && Math.abs(body.center[1] - MIDDLE[1]) < 0.01);
    assert.ok(body.minzoom <= body.center[2] && body.center[2] <= body.maxzoom);
    // 10 m at 48 degrees north is 15 m of Web Mercator: a pixel of zoom 14 is 9.55 m; at 512 pixels a tile, zoom 13.
    assert.equal(body.maxzoom, 13);
    const [template] = body.tiles;
    assert.ok(template.startsWith(`${server.url}/api/datasets/${rgb}/tiles/{z}/{x}/{y}.png?`), template);
    const { z, x, y } = tileAt(...MIDDLE, 12);
    const tile = await fetch(template.replace('{z}', z).replace('{x}', x).replace('{y}', y));
    assert.equal(tile.status, 200);
    const { width } = await sharp(Buffer.from(await tile.arrayBuffer())).metadata();
    assert.equal(width, 512);
    const twin = await get(`${rgb}/tiles/tilejson.json?bidx=3,2,1&tile_size=512`);
    assert.deepEqual(twin.body, body);
  });

  it('have a template in the dataset itself, where it has a place', async () => {
    const template = async (id: string) => (await server.call('GET', `/api/datasets/${id}`)).body.raster.tile_url;
    assert.equal(await template(rgb), `${server.url}/api/datasets/${rgb}/tiles/{z}/{x}/{y}.png`);
    assert.equal(await template(nowhere), null);
  });
});
