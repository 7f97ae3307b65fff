import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT, openGdal } from '@inlay/testing';
import sharp from 'sharp';
import { startTestServer, type TestServer } from './test-server.ts';

// Pixels of virtual rasters over HTTP: those that GDAL reads of the VRT that is downloaded, to who may see every source.

const SIDE = 120;
const RESOLUTION = 20;
const ORIGIN = [690_000, 5_340_000] as const;
/** Top-left pixels of the members in the mosaic: they overlap, and leave a gap. */
const PLACES = [
  [0, 0],
  [90, 30],
  [0, 150],
] as const;

describe('pixels of virtual rasters', () => {
  let gdal: Gdal | null;
  let server: TestServer;
  let folder: string;
  let owner: string;
  let ids: string[];
  let mosaic: string;
  let stack: string;

  before(async () => {
    gdal = await openGdal();
    if (gdal === null) return;
    folder = await mkdtemp(join(tmpdir(), 'inlay-mosaic-'));
    server = await startTestServer();
    owner = await server.user('editor');
    ids = [];
    for (const [index, [col, row]] of PLACES.entries()) {
      const path = join(folder, `${index}.tif`);
      await gdal.makeRaster(path, {
        width: SIDE,
        height: SIDE,
        geoTransform: [ORIGIN[0] + col * RESOLUTION, RESOLUTION, 0, ORIGIN[1] - row * RESOLUTION, 0, -RESOLUTION],
        crs: 'EPSG:32632',
        bands: [{ dataType: 'Byte', nodata: 3 }],
        seed: index + 1,
        options: ['TILED=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=64', 'COMPRESS=DEFLATE'],
      });
      ids.push(
        await server.addRaster(await readFile(path), { title: `part ${index}`, visibility: 'public', token: owner }),
      );
    }
    mosaic = await server.addVrt(ids, { title: 'mosaic', visibility: 'public', token: owner });
    const twin = await server.addRaster(await readFile(join(folder, '0.tif')), {
      title: 'twin',
      visibility: 'public',
      token: owner,
    });
    stack = await server.addVrt([ids[0]!, twin], {
      title: 'stack',
      vrtType: 'band_stack',
      visibility: 'public',
      token: owner,
    });
    await server.settled();
  });
  after(async () => {
    await gdal?.close();
    if (server !== undefined) await server.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const get = (id: string, route: string, token: string | null = null) =>
    server.call('GET', `/api/datasets/${id}/${route}`, { token });
  /** The VRT as GDAL on this machine opens it. */
  async function localVrt(id: string): Promise<string> {
    const { body } = await server.call('GET', `/api/datasets/${id}/download/vrt?sources=local`);
    const path = join(folder, `${id}.vrt`);
    await writeFile(path, body);
    return path;
  }

  it('are GDAL’s of its VRT, pixel for pixel, gaps transparent', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = await localVrt(mosaic);
    const { width, height } = await gdal.describe(path, false);
    assert.deepEqual([width, height], [210, 270]);
    const values = (await gdal.values(path, 1)).map(Number);
    const valid = (await gdal.values(path, 1, { mask: true })).map(Number);
    const box = [ORIGIN[0], ORIGIN[1] - height * RESOLUTION, ORIGIN[0] + width * RESOLUTION, ORIGIN[1]].join(',');
    const { status, headers, body } = await get(mosaic, `bbox/${box}.png?coord_crs=EPSG:32632&rescale=0,255`);
    assert.equal(status, 200);
    assert.equal(headers.get('degraded'), null);
    const { data, info } = await sharp(body).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [width, height]);
    const { channels } = info;
    const alpha = values.map((_, i) => data[channels * i + channels - 1]);
    assert.deepEqual(alpha, valid);
    assert.ok(valid.includes(0) && valid.includes(255));
    const gray = values.map((_, i) => (valid[i] === 0 ? null : data[channels * i]));
    assert.deepEqual(
      gray,
      values.map((value, i) => (valid[i] === 0 ? null : value)),
    );
  });

  it('come as tiles, with all that leads to them', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const { status, body } = await get(mosaic, 'tilejson.json');
    assert.equal(status, 200);
    const { center, minzoom } = body;
    const count = 2 ** minzoom;
    const phi = (center[1] * Math.PI) / 180;
    const x = Math.floor(((center[0] + 180) / 360) * count);
    const y = Math.floor(((1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2) * count);
    const tile = await get(mosaic, `tiles/${minzoom}/${x}/${y}.png`);
    assert.equal(tile.status, 200);
    assert.match(tile.headers.get('etag') ?? '', /^"[0-9a-f]{32}"$/);
    for (const route of ['WMTSCapabilities.xml', 'preview', 'legend', 'statistics', 'histogram']) {
      assert.equal((await get(mosaic, route)).status, 200, route);
    }
  });

  it('tell whose they are at a point', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = await localVrt(mosaic);
    const values = (await gdal.values(path, 1)).map(Number);
    const at = (col: number, row: number) => [
      ORIGIN[0] + (col + 0.5) * RESOLUTION,
      ORIGIN[1] - (row + 0.5) * RESOLUTION,
    ];
    // In the first part only; where the second lies on top (if it has data); in the third; in the gap.
    const pixels = [
      [10, 10],
      [100, 60],
      [5, 200],
      [200, 5],
    ] as const;
    const { body } = await server.call('POST', `/api/datasets/${mosaic}/point?coord_crs=EPSG:32632`, {
      token: null,
      json: { points: pixels.map(([col, row]) => at(col, row)) },
    });
    const second = (await gdal.values(join(folder, '1.tif'), 1, { window: [10, 30, 1, 1] })).map(Number)[0];
    const expected = [0, second === 3 ? 0 : 1, 2, null];
    for (const [i, [col, row]] of pixels.entries()) {
      const value = values[row * 210 + col];
      const { values: found, source } = body.points[i];
      assert.equal(found[0], expected[i] === null || value === 3 ? null : value, `${col},${row}`);
      const wanted = found[0] === null ? null : { dataset_id: ids[expected[i]!], title: `part ${expected[i]}` };
      assert.deepEqual(source, wanted, `${col},${row}`);
    }
    const stacked = await get(stack, `point/${at(10, 10).join(',')}?coord_crs=EPSG:32632`);
    assert.equal(stacked.body.values.length, 2);
    assert.equal(stacked.body.source, null);
  });

  it('are for those who may see every source, whatever its own visibility', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const stranger = await server.user('editor');
    const change = async (visibility: string) => {
      const { status } = await server.call('PATCH', `/api/datasets/${ids[1]}`, { token: owner, json: { visibility } });
      assert.equal(status, 200);
    };
    const seen = async (token: string | null) => (await get(mosaic, 'preview', token)).status;
    // Its owner shares no source through it.
    await server.call('PATCH', `/api/datasets/${mosaic}`, { token: owner, json: { confirm_public_sources: false } });
    assert.deepEqual([await seen(null), await seen(stranger), await seen(owner)], [200, 200, 200]);
    await change('private');
    assert.deepEqual(
      [await seen(null), await seen(stranger), await seen(owner), await seen(server.admin)],
      [401, 404, 200, 200],
    );
    assert.equal((await get(mosaic, 'preview', stranger)).body.code, 'not_found');
    await change('internal');
    assert.deepEqual([await seen(null), await seen(stranger)], [401, 200]);
    await change('public');
    assert.deepEqual([await seen(null), await seen(stranger)], [200, 200]);
  });

  it('leave out a source that cannot be read, and say so', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const before = new Set(await server.storedFiles());
    const extra = await server.addRaster(await readFile(join(folder, '2.tif')), { title: 'spoilt', token: owner });
    await server.settled();
    const stored = (await server.storedFiles()).find((name) => name.startsWith('rasters/') && !before.has(name))!;
    const pair = await server.addVrt([ids[0]!, extra], { title: 'pair', token: owner });
    await truncate(join(server.dataDir, 'objects', stored), 10);
    const { status, headers, body } = await get(pair, 'preview?rescale=0,255', owner);
    assert.equal(status, 200);
    assert.equal(headers.get('degraded'), 'problems=1');
    assert.equal(headers.get('cache-control'), 'no-store');
    const { data, info } = await sharp(body).raw().toBuffer({ resolveWithObject: true });
    const alphaAt = (col: number, row: number) => data[info.channels * (row * info.width + col) + info.channels - 1];
    const parts = [0, SIDE].map((first) =>
      Array.from({ length: SIDE }, (_, i) => alphaAt(i, first === 0 ? i : 150 + i)).some((alpha) => alpha === 255),
    );
    assert.deepEqual(parts, [true, false]);
  });

  it('leave out a block that cannot be read, and nothing else of its source', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const before = new Set(await server.storedFiles());
    const bytes = await readFile(join(folder, '2.tif'));
    const spoilt = await server.addRaster(bytes, { title: 'one bad block', token: owner });
    await server.settled();
    const stored = (await server.storedFiles()).find((name) => name.startsWith('rasters/') && !before.has(name))!;
    const pair = await server.addVrt([ids[0]!, spoilt], { title: 'pair with a bad block', token: owner });
    // The second of four blocks of 64 x 64 pixels: at the top right of 120 x 120.
    const path = join(server.dataDir, 'objects', stored);
    await writeFile(path, bytes.fill(0xff, ...secondTileOf(bytes)));
    const { status, headers, body } = await get(pair, 'preview?rescale=0,255&max_size=270', owner);
    assert.equal(status, 200);
    assert.equal(headers.get('degraded'), 'problems=1');
    const { data, info } = await sharp(body).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [120, 270]);
    const shareShown = (col: number, row: number, width: number, height: number): number => {
      let shown = 0;
      for (let y = row; y < row + height; y++) {
        for (let x = col; x < col + width; x++) {
          shown += data[info.channels * (y * info.width + x) + info.channels - 1] === 255 ? 1 : 0;
        }
      }
      return shown / (width * height);
    };
    // Pixels of the nodata value are transparent anywhere; they are few.
    assert.equal(shareShown(64, 150, 56, 64), 0);
    assert.ok(shareShown(0, 150, 64, 64) > 0.9);
    assert.ok(shareShown(0, 214, 120, 56) > 0.9);
    assert.ok(shareShown(0, 0, 120, 120) > 0.9);
  });

  it('forget with the virtual raster what they were read by', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const mosaics = async () => (await server.storedFiles()).filter((name) => name.endsWith('.mosaic')).length;
    const before = await mosaics();
    const id = await server.addVrt(ids.slice(0, 2), { title: 'short-lived', token: owner });
    assert.equal(await mosaics(), before + 1);
    await server.settled();
    await server.call('DELETE', `/api/datasets/${id}`, { token: owner, json: { confirm_title: 'short-lived' } });
    assert.equal(await mosaics(), before);
  });
});

/** Where the second tile of a little-endian classic TIFF lies: first byte and end (TIFF 6.0, tags 324 and 325). */
function secondTileOf(bytes: Buffer): [start: number, end: number] {
  const directory = bytes.readUInt32LE(4);
  const secondOf = (tag: number): number => {
    for (let entry = directory + 2; ; entry += 12) {
      if (bytes.readUInt16LE(entry) !== tag) continue;
      const isShort = bytes.readUInt16LE(entry + 2) === 3;
      const at = bytes.readUInt32LE(entry + 8);
      return isShort ? bytes.readUInt16LE(at + 2) : bytes.readUInt32LE(at + 4);
    }
  };
  const start = secondOf(324);
  return [start, start + secondOf(325)];
}
