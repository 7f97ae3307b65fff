import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT, openGdal } from '@inlay/testing';
import sharp from 'sharp';
import { startTestServer, type TestServer } from './test-server.ts';

// What stock GDAL makes of what is served: WMTS opened as QGIS opens it, and the pixels of pictures, points and statistics
// beside GDAL's own.

const WIDTH = 500;
const HEIGHT = 400;
const ORIGIN = [690_000, 5_340_000] as const;
const RESOLUTION = 20;

describe('pixels beside GDAL', () => {
  let gdal: Gdal | null;
  let server: TestServer;
  let folder: string;
  let path: string;
  let id: string;

  before(async () => {
    gdal = await openGdal();
    if (gdal === null) return;
    folder = await mkdtemp(join(tmpdir(), 'inlay-pixels-'));
    path = join(folder, 'rgb.tif');
    await gdal.makeRaster(path, {
      width: WIDTH,
      height: HEIGHT,
      geoTransform: [ORIGIN[0], RESOLUTION, 0, ORIGIN[1], 0, -RESOLUTION],
      crs: 'EPSG:32632',
      bands: [
        { dataType: 'Byte', colorInterp: 'Red', nodata: 7, unit: 'm', scale: 0.5, offset: 10, description: 'first' },
        { dataType: 'Byte', colorInterp: 'Green' },
        { dataType: 'Byte', colorInterp: 'Blue' },
      ],
      overviews: [2],
      options: ['TILED=YES', 'BLOCKXSIZE=128', 'BLOCKYSIZE=128', 'COMPRESS=DEFLATE'],
    });
    server = await startTestServer();
    id = await server.addRaster(await readFile(path), { title: 'Ä & <b>', visibility: 'public' });
    await server.settled();
  });
  after(async () => {
    await gdal?.close();
    if (server !== undefined) await server.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const get = (route: string) => server.call('GET', `/api/datasets/${id}/${route}`, { token: null });

  it('WMTS is opened by GDAL at the raster’s own resolution, and its tiles are ours', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const url = `${server.url}/api/datasets/${id}/WMTSCapabilities.xml`;
    const info = (await gdal.gdalinfo(`WMTS:${url},tilematrixset=WebMercatorQuad`)) as {
      size: [number, number];
      geoTransform: number[];
      coordinateSystem: { wkt: string };
      bands: unknown[];
      metadata: Record<string, Record<string, string>>;
    };
    // 20 m near 48 degrees north are 30 m of Web Mercator: zoom 13, 19.1 m.
    assert.ok(Math.abs(info.geoTransform[1]! - 19.109_257) < 1e-5, String(info.geoTransform));
    assert.match(info.coordinateSystem.wkt, /"EPSG",3857/);
    assert.equal(info.bands.length, 4);

    // One whole tile of the grid that GDAL sees, read by GDAL, beside the same tile fetched from us.
    const half = Math.PI * 6_378_137;
    const [originX, , , originY] = info.geoTransform as [number, number, number, number];
    const span = (2 * half) / 2 ** 13;
    const x = Math.ceil((originX + half) / span);
    const y = Math.ceil((half - originY) / span);
    const col = Math.round((x * span - half - originX) / info.geoTransform[1]!);
    const row = Math.round((originY - (half - y * span)) / info.geoTransform[1]!);
    assert.ok(col >= 0 && row >= 0 && col + 256 <= info.size[0] && row + 256 <= info.size[1]);
    const tile = await get(`tiles/13/${x}/${y}.png`);
    assert.equal(tile.status, 200);
    const ours = await sharp(tile.body).ensureAlpha().raw().toBuffer();
    for (const band of [1, 2, 3, 4]) {
      const theirs = await gdal.values(`WMTS:${url},tilematrixset=WebMercatorQuad`, band, {
        window: [col, row, 256, 256],
      });
      assert.deepEqual(
        theirs.map(Number),
        Array.from({ length: 256 * 256 }, (_, i) => ours[4 * i + band - 1]),
        `band ${band}`,
      );
    }
    const degrees = (await gdal.gdalinfo(`WMTS:${url},tilematrixset=WorldCRS84Quad`)) as typeof info;
    assert.ok(degrees.geoTransform[1]! > 0 && degrees.geoTransform[5]! < 0);
  });

  it('a box in the raster’s own CRS, at its own resolution, is the raster', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const [minX, maxY] = [ORIGIN[0] + 40 * RESOLUTION, ORIGIN[1] - 30 * RESOLUTION];
    const [maxX, minY] = [minX + 200 * RESOLUTION, maxY - 100 * RESOLUTION];
    const { status, body } = await get(`bbox/${minX},${minY},${maxX},${maxY}.png?coord_crs=EPSG:32632&nodata=250`);
    assert.equal(status, 200);
    const { data, info } = await sharp(body).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [200, 100]);
    for (const band of [1, 2, 3]) {
      const theirs = await gdal.values(path, band, { window: [40, 30, 200, 100] });
      assert.deepEqual(
        Array.from({ length: 200 * 100 }, (_, i) => data[3 * i + band - 1]),
        theirs.map(Number),
      );
    }
  });

  it('a shape cuts a pixel where its centre is inside', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    // A triangle in pixels 0..100: x + y < 100.
    const at = (col: number, row: number) => [ORIGIN[0] + col * RESOLUTION, ORIGIN[1] - row * RESOLUTION];
    const json = { type: 'Polygon', coordinates: [[at(0, 0), at(0, 100), at(100, 0), at(0, 0)]] };
    const answer = await server.call('POST', `/api/datasets/${id}/feature?coord_crs=EPSG:32632&nodata=250`, { json });
    assert.equal(answer.status, 200);
    const { data, info } = await sharp(answer.body).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [100, 100, 4]);
    for (let row = 0; row < 100; row += 7) {
      for (let col = 0; col < 100; col += 1) {
        // The hypotenuse runs through the centres where col + row = 99: either answer would do there.
        if (col + row === 99) continue;
        assert.equal(data[4 * (row * 100 + col) + 3], col + row < 99 ? 255 : 0, `${col},${row}`);
      }
    }
  });

  it('values at points are the pixels’, by band, scaled or as stored, and null for nodata', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const first = (await gdal.values(path, 1)).map(Number);
    const third = (await gdal.values(path, 3)).map(Number);
    const hole = first.indexOf(7);
    const pixels = [0, 1234, 77_777, WIDTH * HEIGHT - 1, hole];
    const points = pixels.map((at) => [
      ORIGIN[0] + ((at % WIDTH) + 0.5) * RESOLUTION,
      ORIGIN[1] - (Math.floor(at / WIDTH) + 0.5) * RESOLUTION,
    ]);
    points.push([ORIGIN[0] - 1, ORIGIN[1] - 1]);
    const ask = async (query: string) =>
      (
        await server.call('POST', `/api/datasets/${id}/point?coord_crs=EPSG:32632&${query}`, {
          token: null,
          json: { points },
        })
      ).body;
    const stored = (values: readonly number[], at: number) => (values[at] === 7 ? null : values[at]);
    const raw = await ask('bidx=3,1');
    assert.deepEqual(raw.band_names, ['b3', 'b1']);
    assert.deepEqual(raw.band_descriptions, [null, 'first']);
    assert.deepEqual(raw.units, [null, 'm']);
    assert.deepEqual(
      raw.points.map((point: { values: unknown }) => point.values),
      [...pixels.map((at) => [stored(third, at), stored(first, at)]), [null, null]],
    );
    assert.deepEqual(
      raw.points.map((point: { inside: boolean }) => point.inside),
      [true, true, true, true, true, false],
    );
    assert.deepEqual(raw.points[0].source, { dataset_id: id, title: 'Ä & <b>' });
    assert.equal(raw.points[5].source, null);
    const scaled = await ask('bidx=1&unscale=true');
    assert.deepEqual(
      scaled.points.map((point: { values: [number | null] }) => point.values[0]),
      [...pixels.map((at) => (first[at] === 7 ? null : 10 + 0.5 * first[at]!)), null],
    );
    // The middle of a pixel by longitude and latitude, a turn around the Earth away.
    const lonLat = await server.call('GET', `/api/datasets/${id}/point/11.62,48.15`, { token: null });
    const around = await server.call('GET', `/api/datasets/${id}/point/371.62,48.15`, { token: null });
    assert.deepEqual(around.body.values, lonLat.body.values);
  });

  it('statistics are those of every pixel of a small raster', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const values = (await gdal.values(path, 1))
      .map(Number)
      .filter((value) => value !== 7)
      .sort((a, b) => a - b);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const { body } = await get('statistics?bidx=1&p=2&p=50&p=98');
    const [{ statistics }] = body.bands;
    assert.equal(statistics.approximate, false);
    assert.equal(statistics.minimum, values[0]);
    assert.equal(statistics.maximum, values.at(-1));
    assert.ok(Math.abs(statistics.mean - mean) < 1e-9);
    assert.ok(Math.abs(statistics.valid_percent - (100 * values.length) / (WIDTH * HEIGHT)) < 1e-9);
    assert.deepEqual(
      statistics.percentiles,
      [2, 50, 98].map((percentile) => ({
        percentile,
        value: values[Math.ceil((percentile / 100) * values.length) - 1],
      })),
    );
    const histogram = (await get('histogram?bidx=1&bins=5')).body.bands[0].histogram;
    assert.equal(
      histogram.counts.reduce((sum: number, count: number) => sum + count, 0),
      values.length,
    );
    const [low, high] = [histogram.edges[1], histogram.edges[2]];
    assert.equal(histogram.counts[1], values.filter((value) => value >= low && value < high).length);
  });
});
