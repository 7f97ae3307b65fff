import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT } from '@inlay/testing';
import sharp from 'sharp';
import type { TestServer } from './test-server.ts';
import { startTiledMosaic, TILE_ORIGIN, TILE_RESOLUTION, type TiledMosaic } from './tiled-mosaic.ts';

// A mosaic of sources that have masks, and overviews of their own: what is rendered goes on where theirs end, and the VRT
// names both.

const SIDE = 512;
const ACROSS = 6;
const SIZE = SIDE * ACROSS;

describe('rendered levels of a masked mosaic', () => {
  let tiled: TiledMosaic | null;
  let gdals: TiledMosaic['gdals'];
  let gdal: Gdal | null = null;
  let server: TestServer;
  let tilesFolder: string;
  let mosaic: string;
  let download: (name: string) => Promise<string>;

  before(async () => {
    tiled = await startTiledMosaic({
      across: ACROSS,
      side: SIDE,
      bands: [{ dataType: 'Byte' }],
      mask: 'internal',
      overviews: [2, 4],
      options: ['TILED=YES', 'BLOCKXSIZE=128', 'BLOCKYSIZE=128'],
    });
    if (tiled === null) return;
    ({ gdals, gdal, server, tilesFolder, mosaic } = tiled);
    const { download: downloadOf } = tiled;
    download = (name) => downloadOf(mosaic, name);
  });
  after(() => tiled?.close());

  it('follow the levels that are composed of the sources’ own, of the bands and of the mask', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = await download('levels.vrt');
    const sizes = [1536, 768, 384, 192].map((side) => [side, side]);
    for (const one of gdals) {
      const { bands } = await one.describe(path, false);
      assert.deepEqual([bands[0]!.overviews, bands[0]!.maskOverviews], [sizes, sizes], one.version);
    }
  });

  it('leave the composed levels the pixels that an OverviewList has', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const linked = await download('linked.vrt');
    const [row] = await server.query('SELECT overviews FROM vrt_generations');
    await server.query(`UPDATE vrt_generations SET overviews = 'null'`);
    const listed = await download('listed.vrt');
    await server.query('UPDATE vrt_generations SET overviews = $1', [JSON.stringify(row!['overviews'])]);
    for (const one of gdals) {
      const [with_, without] = [await one.describe(linked), await one.describe(listed)];
      assert.deepEqual(without.bands[0]!.overviews[0], [1536, 1536]);
      assert.equal(with_.bands[0]!.overviewChecksums![0], without.bands[0]!.overviewChecksums![0], one.version);
    }
  });

  it('begin with the sources’ own level of that size, and go on with averages of what has data', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = await download('masks.vrt');
    for (const one of gdals) {
      const read = async (side: number) => {
        const area = [[0, 0, SIZE, SIZE] as const, [side, side] as const, [1]] as const;
        const [values] = await one.read(path, ...area);
        const [valid] = await one.read(path, ...area, { mask: true });
        return { values: values as Uint8Array, valid: valid as Uint8Array };
      };
      const first = await read(SIZE / 4);
      for (const tile of [0, 8, 35]) {
        const source = join(tilesFolder, `${String(tile).padStart(2, '0')}.tif`);
        const whole = [[0, 0, SIDE, SIDE] as const, [128, 128] as const, [1]] as const;
        const [values] = await one.read(source, ...whole);
        const [valid] = await one.read(source, ...whole, { mask: true });
        const [col, row] = [128 * (tile % ACROSS), 128 * Math.floor(tile / ACROSS)];
        for (let at = 0; at < 128 * 128; at += 1) {
          const there = (row + Math.floor(at / 128)) * (SIZE / 4) + col + (at % 128);
          assert.equal(first.valid[there] !== 0, Number(valid![at]) !== 0);
          if (first.valid[there] !== 0) assert.equal(first.values[there], values![at]);
        }
      }
      const second = await read(SIZE / 8);
      for (let at = 0; at < (SIZE / 8) ** 2; at += 1) {
        const corner = 2 * Math.floor(at / (SIZE / 8)) * (SIZE / 4) + 2 * (at % (SIZE / 8));
        const four = [corner, corner + 1, corner + SIZE / 4, corner + SIZE / 4 + 1].filter(
          (of) => first.valid[of] !== 0,
        );
        assert.equal(second.valid[at], four.length === 0 ? 0 : 255);
        const sum = four.reduce((total, of) => total + first.values[of]!, 0);
        if (four.length > 0) assert.equal(second.values[at], Math.floor(sum / four.length + 0.5));
      }
    }
  });

  it('are what our own pictures are made of, holes and all', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = await download('pictures.vrt');
    const [x, y] = TILE_ORIGIN;
    const box = [x, y - SIZE * TILE_RESOLUTION, x + SIZE * TILE_RESOLUTION, y].join(',');
    const { status, body, headers } = await server.call(
      'GET',
      `/api/datasets/${mosaic}/bbox/${box}.png?max_size=192&coord_crs=EPSG:32633&rescale=0,255&resampling=nearest`,
    );
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(headers.get('degraded'), null);
    const { data, info } = await sharp(body)
      .toColourspace('b-w')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [192, 192]);
    const [values] = await gdal.read(path, [0, 0, SIZE, SIZE], [192, 192], [1]);
    const [valid] = await gdal.read(path, [0, 0, SIZE, SIZE], [192, 192], [1], { mask: true });
    const differing = Array.from({ length: 192 * 192 }, (_, at) => at).filter((at) => {
      const isShown = data[info.channels * (at + 1) - 1] !== 0;
      return (
        isShown !== ((valid as Uint8Array)[at] !== 0) || (isShown && data[info.channels * at] !== Number(values![at]))
      );
    });
    assert.deepEqual(differing.slice(0, 10), []);
  });
});
