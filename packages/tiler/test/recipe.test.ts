import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WEB_MERCATOR_QUAD } from '@inlay/geo';
import {
  type ChannelStatistics,
  type RenderQuery,
  type RenderRecipe,
  type RenderStage,
  parseRenderOptions,
  prepareRecipe,
  renderPicture,
  renderTile,
} from '@inlay/tiler';
import { type ArraySource, type ArraySpec, WEB_MERCATOR, arraySource } from './array-source.ts';

const RGB = [{ colorInterp: 'Red' }, { colorInterp: 'Green' }, { colorInterp: 'Blue' }] as const;

function source(particulars: Partial<ArraySpec>): ArraySource {
  const value = (col: number, row: number, band: number): number => 100 * band + col + row;
  return arraySource({
    affine: [10, 0, 0, 0, -10, 1000],
    crs: WEB_MERCATOR,
    width: 100,
    height: 100,
    value,
    ...particulars,
  });
}

async function prepare(
  raster: ArraySource,
  query: RenderQuery = {},
  statistics: readonly (ChannelStatistics | null)[] = [],
) {
  const { options, problems } = parseRenderOptions(query);
  assert.equal(problems, null);
  return prepareRecipe(raster, options, { statistics });
}

async function recipe(
  raster: ArraySource,
  query: RenderQuery = {},
  statistics: readonly (ChannelStatistics | null)[] = [],
): Promise<RenderRecipe> {
  const prepared = await prepare(raster, query, statistics);
  assert.equal(prepared.problems, null, JSON.stringify(prepared.problems));
  return prepared.recipe;
}

async function stretches(
  raster: ArraySource,
  query: RenderQuery = {},
  statistics: readonly (ChannelStatistics | null)[] = [],
) {
  const { paint } = await recipe(raster, query, statistics);
  assert.equal(paint.kind, 'stretch');
  return paint.kind === 'stretch' ? paint.stretches.map(({ lo, hi }) => [lo, hi]) : [];
}

const KNOWN: ChannelStatistics = {
  minimum: 0,
  maximum: 1000,
  mean: 400,
  stddev: 50,
  percentiles: [
    { rank: 2, value: 100 },
    { rank: 50, value: 420 },
    { rank: 98, value: 900 },
  ],
};

describe('a recipe', () => {
  it('shows bytes that call themselves red, green and blue as they are, and reads nothing to find that out', async () => {
    const raster = source({ bands: RGB });
    assert.deepEqual(await stretches(raster), [
      [0, 255],
      [0, 255],
      [0, 255],
    ]);
    assert.deepEqual(await stretches(raster, { bidx: '3,2,1' }), [
      [0, 255],
      [0, 255],
      [0, 255],
    ]);
    assert.equal(raster.requests.length, 0);
  });

  it('stretches everything else between the 2nd and 98th percentile that were kept', async () => {
    for (const dataType of ['Byte', 'UInt16', 'Int16', 'Float32', 'Int64'] as const) {
      const raster = source({ dataType });
      assert.deepEqual(await stretches(raster, {}, [KNOWN]), [[100, 900]], dataType);
      assert.equal(raster.requests.length, 0);
    }
  });

  it('makes statistics of one small read where none were kept', async () => {
    const raster = source({ dataType: 'UInt16', width: 4000, height: 2000, overviews: [2, 4], bands: [{}, {}, {}] });
    const [first, , last] = await stretches(raster);
    assert.deepEqual(
      raster.requests.map(({ level, width, height, bands }) => [level, width, height, bands]),
      [[2, 1000, 500, [1, 2, 3]]],
    );
    // col + row runs from 0 to 6000: less a fiftieth of the pixels at each end.
    assert.ok(first![0]! > 500 && first![0]! < 800 && first![1]! > 5400 && first![1]! < 5700, String(first));
    assert.equal(last![0]! - first![0]!, 200);
  });

  it('looks at the middle only of a huge raster without overviews', async () => {
    const raster = source({ dataType: 'Int16', width: 50_000, height: 50_000, value: (col) => col / 10 });
    await recipe(raster);
    const [{ window, width }] = raster.requests as [(typeof raster.requests)[0]];
    assert.deepEqual([window.colOff, window.width, width], [24_488, 1024, 1024]);
  });

  it('leaves nodata, masked pixels and NaN out of its statistics', async () => {
    const value = (col: number, row: number): number => (col < 20 ? -9999 : col > 80 ? NaN : row);
    const raster = source({ dataType: 'Float32', bands: [{ nodata: -9999 }], value, mask: (_, row) => row >= 50 });
    assert.deepEqual(await stretches(raster, { rescale: 'minmax' }), [[50, 99]]);
    assert.deepEqual(await stretches(raster, { rescale: 'minmax', nodata: '99' }), [[-9999, 98]]);
  });

  it('takes what is asked for instead', async () => {
    const raster = source({ dataType: 'Float32' });
    assert.deepEqual(await stretches(raster, { rescale: '5,10' }, [KNOWN]), [[5, 10]]);
    assert.deepEqual(await stretches(raster, { rescale: '10,5' }, [KNOWN]), [[10, 5]]);
    assert.deepEqual(await stretches(raster, { rescale: 'minmax' }, [KNOWN]), [[0, 1000]]);
    assert.deepEqual(await stretches(raster, { rescale: 'stddev' }, [KNOWN]), [[300, 500]]);
    assert.deepEqual(await stretches(raster, { rescale: 'p2,p50' }, [KNOWN]), [[100, 420]]);
    // Half-way between the 50th and the 98th.
    assert.deepEqual(await stretches(raster, { rescale: 'p0,p74' }, [KNOWN]), [[0, 660]]);
    assert.deepEqual(
      await stretches(source({ dataType: 'UInt16', bands: [{}, {}, {}] }), { rescale: ['0,1', '0,2', '0,3'] }),
      [
        [0, 1],
        [0, 2],
        [0, 3],
      ],
    );
    assert.equal(raster.requests.length, 0);
  });

  it('stretches an expression by its own values', async () => {
    const raster = source({ dataType: 'Float32', bands: [{}, {}], value: (col, _row, band) => (band === 1 ? col : 2) });
    assert.deepEqual(await stretches(raster, { expression: 'b1 * b2', rescale: 'minmax' }), [[0, 198]]);
    assert.deepEqual((await recipe(raster, { expression: 'b2; b1; b2', rescale: '0,1' })).bands, [1, 2]);
  });

  it('never blends classes, and blends elevations unless told otherwise', async () => {
    const palette = source({ bands: [{ colorInterp: 'Palette', colorTable: [[1, 2, 3, 255]] }] });
    assert.equal((await recipe(palette, { resampling: 'cubic' })).kernel, 'nearest');
    assert.equal((await recipe(palette, { resampling: 'mode' })).kernel, 'mode');
    assert.equal((await recipe(palette, { resampling: 'cubic', colormap_name: 'gray' })).kernel, 'cubic');
    assert.equal((await recipe(source({}), { colormap: '{"1":"#fff"}', resampling: 'bilinear' })).kernel, 'nearest');
    assert.equal((await recipe(source({}), { algorithm: 'hillshade' })).kernel, 'bilinear');
    assert.equal((await recipe(source({}), { algorithm: 'hillshade', resampling: 'nearest' })).kernel, 'nearest');
    assert.equal((await recipe(source({}))).kernel, 'nearest');
  });

  it('brings elevations to metres', async () => {
    const feet = source({ dataType: 'Int16', bands: [{ unit: 'ft', scale: 0.5, offset: 100 }] });
    const { channels } = await recipe(feet, { algorithm: 'terrainrgb' });
    const [channel] = channels;
    assert.ok(channel?.kind === 'band');
    assert.deepEqual([channel.scale.toFixed(6), channel.offset.toFixed(6)], ['0.152400', '30.480000']);
    assert.deepEqual((await recipe(feet, { rescale: '0,1' })).channels, [
      { kind: 'band', band: 1, scale: 1, offset: 0 },
    ]);
  });

  it('says what the raster cannot do, all of it at once', async () => {
    const told = async (raster: ArraySource, query: RenderQuery): Promise<string[]> =>
      ((await prepare(raster, query)).problems ?? []).map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);
    const three = source({ bands: RGB });
    assert.deepEqual(await told(three, { bidx: '1,7,9', colormap_name: 'gray' }), [
      'bidx.1: there is no band 7; the raster has 3',
      'bidx.2: there is no band 9; the raster has 3',
      'colormap_name: colours one band, not 3; choose one with bidx',
    ]);
    assert.deepEqual(await told(three, { expression: 'b4' }), ['expression: there is no band 4; the raster has 3']);
    assert.deepEqual(await told(three, { expression: 'b1;b2' }), [
      'expression: gives 2 results; one is shown, or three as red, green and blue',
    ]);
    assert.deepEqual(await told(three, { algorithm: 'slope' }), [
      'algorithm: takes elevations of one band, not 3; choose one with bidx',
    ]);
    assert.deepEqual(await told(source({}), { rescale: ['0,1', '0,1', '0,1'] }), [
      'rescale: is given for three channels, but one is shown',
    ]);
    assert.deepEqual(await told(source({}), { algorithm: 'terrainrgb', colormap_name: 'gray', rescale: '0,1' }), [
      'colormap: terrainrgb has colours of its own',
      'rescale: terrainrgb has colours of its own',
    ]);
  });

  it('is plain data', async () => {
    const made = await recipe(
      source({ dataType: 'Int64', bands: [{ nodata: -1n }] }),
      { expression: 'b1/2', colormap_name: 'viridis' },
      [],
    );
    assert.deepEqual(structuredClone(made), made);
  });
});

describe('a tile', () => {
  const tile = { z: 12, x: 2048, y: 2047 };

  it('is the same bytes every time, and tells what each step took', async () => {
    const raster = source({ bands: RGB, overviews: [2, 4] });
    const made = await recipe(raster);
    const stages: RenderStage[] = [];
    const render = () =>
      renderTile(
        raster,
        made,
        { set: WEB_MERCATOR_QUAD, tile, format: 'png' },
        { onStage: (stage) => void stages.push(stage) },
      );
    const [first, second] = [await render(), await render()];
    assert.ok(first.kind === 'tile' && second.kind === 'tile');
    assert.deepEqual(first.bytes, second.bytes);
    assert.deepEqual(stages.slice(0, 5), ['plan', 'read', 'warp', 'paint', 'encode']);
  });

  it('outside of the raster reads nothing', async () => {
    const raster = source({ bands: RGB });
    const made = await recipe(raster);
    const outside = await renderTile(raster, made, { set: WEB_MERCATOR_QUAD, tile: { ...tile, x: 0 }, format: 'png' });
    assert.deepEqual([outside.kind, raster.requests.length], ['outside', 0]);
  });

  it('can be larger, and have pixels around it', async () => {
    const raster = source({ bands: RGB });
    const made = await recipe(raster);
    for (const [drawing, size] of [
      [{}, 256],
      [{ size: 512 }, 512],
      [{ buffer: 3 }, 262],
      [{ size: 512, buffer: 3 }, 518],
    ] as const) {
      const rendered = await renderTile(raster, made, { set: WEB_MERCATOR_QUAD, tile, format: 'webp', ...drawing });
      assert.ok(rendered.kind === 'tile');
      assert.equal(rendered.size, size);
    }
  });

  it('is not finished once nobody wants it', async () => {
    const raster = source({ bands: RGB });
    const made = await recipe(raster);
    const request = { set: WEB_MERCATOR_QUAD, tile, format: 'png' } as const;
    await assert.rejects(renderTile(raster, made, request, { signal: AbortSignal.abort(new Error('gone')) }), /gone/);
    assert.equal(raster.requests.length, 0);
    const controller = new AbortController();
    const slow: ArraySource = {
      ...raster,
      readWindow: async (window, signal) => {
        controller.abort(new Error('gone while reading'));
        return raster.readWindow(window, signal);
      },
    };
    await assert.rejects(renderTile(slow, made, request, { signal: controller.signal }), /gone while reading/);
  });

  it('passes on what the source says is wrong', async () => {
    const raster = source({ bands: RGB });
    const made = await recipe(raster);
    const broken: ArraySource = { ...raster, readWindow: () => Promise.reject(new Error('disk on fire')) };
    await assert.rejects(renderTile(broken, made, { set: WEB_MERCATOR_QUAD, tile, format: 'png' }), /disk on fire/);
  });

  it('stays transparent where the raster has a hole, whatever the bands say', async () => {
    const bands = [{ nodata: 0 }, { nodata: 0 }, { nodata: 0 }].map((band, i) => ({ ...band, ...RGB[i]! }));
    // A pixel is a hole where all bands are 0; one band's 0 is a dark colour.
    const value = (col: number, _row: number, band: number): number => (col < 50 ? 0 : band === 1 ? 0 : 90);
    const raster = source({ bands, value });
    const target = { grid: { affine: [10, 0, 0, 0, -10, 1000] as const, width: 100, height: 1 }, crs: WEB_MERCATOR };
    const rendered = await renderPicture(raster, await recipe(raster), target);
    assert.ok(rendered.kind === 'picture' && rendered.picture.channels === 4);
    const { data } = rendered.picture;
    assert.deepEqual([...data.subarray(4 * 49, 4 * 51)], [0, 0, 0, 0, 0, 90, 90, 255]);
  });
});
