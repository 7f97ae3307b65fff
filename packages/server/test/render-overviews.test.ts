import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openCompiledMosaic } from '@inlay/mosaic';
import { Dice, type Gdal, GDAL_IS_ABSENT, type GeoTiffSpec, openGdal } from '@inlay/testing';
import type { OverviewPlan } from '@inlay/vrt';
import { openEarlier } from '../src/overviews/earlier-overviews.ts';
import { planToJson, type StoredOverviews } from '../src/overviews/stored-overviews.ts';
import { type MadeMosaic, type MadeSource, renderer, type Rendering } from './rendered-mosaics.ts';

// Levels are rendered block by block; blocks that no source has changed in are copied from an earlier rendering.

/** Side of a source in pixels, and sources across and down: levels 1:2, 1:4 and 1:8 have 9, 4 and 1 blocks. */
const SIDE = 230;
const ACROSS = 9;

describe('rendering levels', () => {
  let folder: string;
  let made: ReturnType<typeof renderer>;
  let gdal: Gdal | null;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-levels-'));
    made = renderer(folder);
    gdal = await openGdal();
  });
  after(async () => {
    await gdal?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A source with pixels of its own for each version. */
  function source(index: number, version = 1, spec: Partial<GeoTiffSpec> = {}): MadeSource {
    const [col, row] = [index % ACROSS, Math.floor(index / ACROSS)];
    return {
      id: `source-${index}`,
      version,
      raster: {
        width: SIDE + 10, // they overlap, so that the order tells
        height: SIDE,
        origin: [500_000 + col * SIDE * 10, 5_300_000 - row * SIDE * 10],
        resolution: 10,
        epsg: 32633,
        nodata: 0,
        value: (x, y) => (x * 7 + y * 13 + index * 29 + version * 101) % 250,
        ...spec,
      },
    };
  }
  const all = (count = ACROSS * ACROSS): MadeSource[] => Array.from({ length: count }, (_, index) => source(index));

  function planOf({ plan }: MadeMosaic, change: Partial<OverviewPlan> = {}): OverviewPlan {
    const { width, height } = plan.grid;
    const nodata = plan.bands[0]!.nodata;
    return {
      resampling: 'average',
      levels: [2, 4, 8].map((factor) => ({
        factor,
        width: Math.ceil(width / factor),
        height: Math.ceil(height / factor),
      })),
      composed: [],
      files: [
        {
          bands: [1],
          dataType: 'Byte',
          nodata,
          validity: nodata === null ? 'coverage' : 'none',
          isRgb: false,
          hasAlpha: false,
        },
      ],
      ...change,
    };
  }

  function stored(plan: OverviewPlan, { keys }: Rendering): StoredOverviews {
    return { v: 1, id: 'earlier', plan: planToJson(plan), objects: keys.map((key) => ({ key, bytes: 0, sha256: '' })) };
  }

  /** Renders the second mosaic from what there is of the first, and whole. */
  async function again(first: readonly MadeSource[], second: readonly MadeSource[]) {
    const [before, now] = [await made.mosaicOf(first), await made.mosaicOf(second)];
    const plan = planOf(before);
    const rendered = await made.render(before, plan);
    await made.storage.put('mosaics/before', pieces(new Uint8Array(before.parts.compiled).slice()));
    const { signal } = new AbortController();
    const earlier = await openEarlier(
      made.storage,
      { mosaicKey: 'mosaics/before', versions: before.versions, overviews: stored(plan, rendered) },
      { mosaic: openCompiledMosaic(now.parts.compiled), versions: now.versions },
      planOf(now),
      signal,
    );
    const partly = await made.render(now, planOf(now), earlier?.files ?? null);
    await earlier?.close();
    const whole = await made.render(now, planOf(now));
    return { partly, whole, isReused: earlier !== null };
  }

  const blocks = ({ tasks }: Rendering): number[] => [
    tasks.filter(({ kind }) => kind === 'render').length,
    tasks.filter(({ kind }) => kind === 'reduce').length,
  ];

  it('holds two blocks at a time, and for each at most the nine of the level above that it is made of', async () => {
    const mosaic = await made.mosaicOf(all());
    const rendering = await made.render(mosaic, planOf(mosaic));
    assert.deepEqual(blocks(rendering), [9, 5]);
    assert.equal(rendering.mostAtOnce, 2);
    const held = rendering.tasks.map((task) => (task.kind === 'reduce' ? task.blocks.length : 0));
    assert.ok(Math.max(...held) <= 9, `${held.join()} blocks`);
  });

  it('renders the blocks anew that a replaced source lies in, and copies all others: the same bytes as all anew', async () => {
    const sources = all();
    const { partly, whole } = await again(sources, sources.with(0, source(0, 2)));
    assert.deepEqual(blocks(whole), [9, 5]);
    assert.deepEqual(blocks(partly), [1, 2]);
    assert.ok(partly.files[0]!.equals(whole.files[0]!));
  });

  it('does the same where sources change places, and are added or taken away', async () => {
    const sources = all();
    const swapped = sources.with(40, sources[41]!).with(41, sources[40]!);
    for (const [what, first, second] of [
      ['swapped', sources, swapped],
      ['added', sources.toSpliced(44, 1), sources],
      ['taken away', sources, sources.toSpliced(30, 1)],
    ] as const) {
      const { partly, whole } = await again(first, second);
      assert.ok(partly.files[0]!.equals(whole.files[0]!), what);
      assert.ok(blocks(partly)[0]! < 9, `${what}: ${blocks(partly).join()} blocks`);
    }
  });

  it('equals a whole rendering for any change, and renders no more than that', async () => {
    const dice = new Dice(20_261_123);
    for (let round = 0; round < 3; round += 1) {
      const first = all().filter(() => !dice.once(10));
      const second = first.flatMap((one) => {
        if (dice.once(40)) return [];
        return dice.once(40) ? [source(Number(one.id.slice('source-'.length)), 2)] : [one];
      });
      if (dice.once(2)) second.push(second.shift()!);
      const corners = [source(0), source(ACROSS * ACROSS - 1)];
      const { partly, whole } = await again([...first, ...corners.map(renamed)], [...second, ...corners.map(renamed)]);
      assert.ok(partly.files[0]!.equals(whole.files[0]!), `round ${round}`);
    }
  });

  /** The same raster as another source, so that the mosaic keeps its size whatever else goes. */
  function renamed(one: MadeSource): MadeSource {
    return { ...one, id: `corner-${one.id}` };
  }

  it('begins anew where the grid is another', async () => {
    const sources = all();
    const { partly, isReused } = await again(sources.slice(0, 18), sources);
    assert.deepEqual([isReused, blocks(partly)], [false, [9, 5]]);
  });

  it('tells where no source lies, where no value of the bands does', async () => {
    const holed = all()
      .toSpliced(40, 1)
      .map(({ raster, ...rest }) => ({ ...rest, raster: withoutNodata(raster) }));
    const mosaic = await made.mosaicOf(holed);
    const plan = planOf(mosaic);
    assert.equal(plan.files[0]!.validity, 'coverage');
    const { keys } = await made.render(mosaic, plan);
    if (gdal === null) return;
    const path = made.storage.localPath(keys[0]!)!;
    const [{ width, height }] = plan.levels as unknown as readonly [{ width: number; height: number }];
    const [values, marks] = await gdal.read(path, [0, 0, width, height], [width, height], [1, 2]);
    // Source 40 would lie at columns and rows 920 to 1,150; the one to its left reaches ten columns into its place.
    const at = 520 * width + 520;
    assert.deepEqual([values![at], marks![at]], [0, 0]);
    assert.deepEqual([marks![100 * width + 100], marks![520 * width + 462]], [255, 255]);
  });

  it('is a cloud-optimised GeoTIFF by GDAL’s own rules, placed where the mosaic is', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const mosaic = await made.mosaicOf(all());
    const { keys } = await made.render(mosaic, planOf(mosaic));
    const path = made.storage.localPath(keys[0]!)!;
    assert.deepEqual(await gdal.cogProblems(path), []);
    const found = await gdal.describe(path);
    const { width, height } = mosaic.plan.grid;
    assert.deepEqual(found.geoTransform, [
      500_000,
      (10 * width) / Math.ceil(width / 2),
      0,
      5_300_000,
      0,
      (-10 * height) / Math.ceil(height / 2),
    ]);
    assert.equal(found.crs?.code, '32633');
    assert.deepEqual(
      found.bands[0]!.overviews,
      planOf(mosaic)
        .levels.slice(1)
        .map((level) => [level.width, level.height]),
    );
    assert.deepEqual(found.bands[0]!.blockSize, [512, 512]);
  });
});

function withoutNodata(spec: GeoTiffSpec): GeoTiffSpec {
  const { nodata: omitted, ...rest } = spec;
  assert.notEqual(omitted, undefined);
  return rest;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
