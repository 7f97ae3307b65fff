import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bboxOfGrid, gridOfTile, type TileIndex, tilesOfBBox, transformBetween, WEB_MERCATOR_QUAD } from '@inlay/geo';
import { createBlockCache, localRasterFiles, openLevels, openRaster } from '@inlay/geotiff';
import {
  createWorkerPool,
  geotiffPixelSource,
  parseRenderOptions,
  type PixelSource,
  planPicture,
  prepareRecipe,
  readPlanned,
  type RenderQuery,
  type RenderRecipe,
  type RenderStage,
  renderTile,
} from '@inlay/tiler';
import { summarize } from './measure.ts';
import { writeNoisyCog } from './noisy-cogs.ts';
import { ms, printMachine, printTable } from './print.ts';
import type { RenderTask } from './render-worker.ts';

// What a tile costs, stage by stage, and where its stages are best run. One 4096x4096 RGB COG (DEFLATE, predictor 2,
// 512 blocks) in UTM, noisy like sensor data; tiles of 256 pixels in Web Mercator.

const SIDE = 4096;
const ROUNDS = 24;
const SECONDS = 4;
const STAGES: readonly RenderStage[] = ['plan', 'read', 'warp', 'paint', 'encode'];

const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
try {
  const path = join(folder, 'raster.tif');
  await writeNoisyCog(path, { side: SIDE, col: 0, row: 0 });
  const raster = await openRaster(await localRasterFiles(path));
  const levels = await openLevels(raster, { cacheKey: path });
  printMachine([]);
  for (const [label, maxBytes] of [
    ['no decoded block kept', 0],
    ['decoded blocks kept', 2 ** 28],
  ] as const) {
    const cache = createBlockCache({ maxBytes });
    const source = geotiffPixelSource(raster.profile, levels, { cache })!;
    await benchStages(label, source);
    await benchThreads(label, source, path, maxBytes);
  }
  await raster.close();
} finally {
  await rm(folder, { recursive: true });
}

/** Milliseconds of each stage, tiles of the raster's middle at several zooms and ways of rendering. */
async function benchStages(label: string, source: PixelSource): Promise<void> {
  const rows: string[][] = [];
  for (const [kind, query, format, zooms] of [
    ['nearest PNG', {}, 'png', [15, 14, 13, 12, 11, 10]],
    ['bilinear PNG', { resampling: 'bilinear' }, 'png', [14, 12]],
    ['cubic PNG', { resampling: 'cubic' }, 'png', [14]],
    ['average PNG', { resampling: 'average' }, 'png', [14]],
    ['nearest JPEG', {}, 'jpg', [14]],
    ['nearest WebP', {}, 'webp', [14]],
    [
      'expression, colour map',
      { expression: '(b1-b2)/(b1+b2)', rescale: '-1,1', colormap_name: 'rdylgn' },
      'png',
      [14],
    ],
    ['gamma, saturation', { color_formula: 'gamma rgb 1.2 saturation 1.3' }, 'png', [14]],
    ['hillshade', { bidx: '1', algorithm: 'hillshade' }, 'png', [14]],
  ] as const) {
    const recipe = await recipeOf(source, query);
    for (const z of zooms) {
      const tiles = tilesInMiddle(source, z);
      const times = new Map<RenderStage, number[]>(STAGES.map((stage) => [stage, []]));
      const totals: number[] = [];
      let bytes = 0;
      for (let round = 0; round < 2 * ROUNDS; round += 1) {
        const isWarm = round >= ROUNDS;
        const startedAt = performance.now();
        const tile = await renderTile(
          source,
          recipe,
          { set: WEB_MERCATOR_QUAD, tile: tiles[round % tiles.length]!, format },
          { onStage: (stage, took) => void (isWarm && times.get(stage)!.push(took)) },
        );
        if (isWarm) totals.push(performance.now() - startedAt);
        if (tile.kind === 'tile') bytes = tile.bytes.length;
      }
      rows.push([
        `${kind} z${z}`,
        ...STAGES.map((stage) => ms(summarize(times.get(stage)!).median)),
        ms(summarize(totals).median),
        `${(bytes / 1000).toFixed(0)} kB`,
      ]);
    }
  }
  console.log(`\nMedian ms of a tile, one thread, ${label}\n`);
  printTable(['', ...STAGES, 'all', 'size'], rows);
}

/** Tiles a second, eight asked for at once: all in this thread, all in threads, or only what follows reading. */
async function benchThreads(label: string, source: PixelSource, path: string, maxBytes: number): Promise<void> {
  const recipe = await recipeOf(source, {});
  const tiles = [13, 14].flatMap((z) => tilesInMiddle(source, z));
  const pool = createWorkerPool<RenderTask, Uint8Array>({
    module: new URL(`./render-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
    threads: availableParallelism(),
    tasksPerThread: 4,
    maxQueued: 64,
    workerData: { maxBytes },
  });
  const ways: Readonly<Record<string, (tile: TileIndex) => Promise<unknown>>> = {
    'all here': (tile) => renderTile(source, recipe, { set: WEB_MERCATOR_QUAD, tile, format: 'png' }),
    'all in threads': (tile) =>
      pool.run({ kind: 'tile', path, recipe, request: { set: WEB_MERCATOR_QUAD, tile, format: 'png' } }),
    'reading here, painting in threads': async (tile) => {
      const picture = { grid: gridOfTile(WEB_MERCATOR_QUAD, tile), crs: WEB_MERCATOR_QUAD.crs };
      const plan = planPicture(source, recipe, picture);
      if (plan.kind !== 'paint') return;
      const rasters = (await readPlanned(source, plan, recipe, undefined)).map(({ raster }) => raster);
      const transfer = rasters.flatMap(({ bands }) => bands.map(({ buffer }) => buffer as ArrayBuffer));
      await pool.run({ kind: 'paint', recipe, picture, plan, rasters }, { transfer });
    },
  };
  const rows: string[][] = [];
  for (const [way, render] of Object.entries(ways)) {
    await rendered(render, tiles, SECONDS / 2);
    const { perSecond, median, lag } = await rendered(render, tiles, SECONDS);
    rows.push([way, perSecond.toFixed(0), ms(median), ms(lag)]);
  }
  await pool.close();
  console.log(`\nTiles of z13 and z14, 8 at once, ${availableParallelism()} threads, ${label}\n`);
  printTable(['', 'tiles/s', 'median ms', 'longest this thread was busy, ms'], rows);
}

async function rendered(render: (tile: TileIndex) => Promise<unknown>, tiles: readonly TileIndex[], seconds: number) {
  const times: number[] = [];
  let lag = 0;
  let lastBeat = performance.now();
  const beat = setInterval(() => {
    lag = Math.max(lag, performance.now() - lastBeat);
    lastBeat = performance.now();
  }, 2);
  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (performance.now() - startedAt < seconds * 1000) {
        const askedAt = performance.now();
        await render(tiles[next++ % tiles.length]!);
        times.push(performance.now() - askedAt);
      }
    }),
  );
  clearInterval(beat);
  return { perSecond: (times.length * 1000) / (performance.now() - startedAt), median: summarize(times).median, lag };
}

async function recipeOf(source: PixelSource, query: RenderQuery): Promise<RenderRecipe> {
  const { options } = parseRenderOptions(query);
  const { recipe } = await prepareRecipe(source, options!);
  return recipe!;
}

/** Up to sixteen tiles around the raster's middle. */
function tilesInMiddle(source: PixelSource, z: number): TileIndex[] {
  const [minX, minY, maxX, maxY] = bboxOfGrid(source.grid);
  const toSet = transformBetween(source.crs, WEB_MERCATOR_QUAD.crs)!;
  const [x, y] = toSet((minX + maxX) / 2, (minY + maxY) / 2)!;
  const reach = 0.3 * (maxX - minX);
  const range = tilesOfBBox(WEB_MERCATOR_QUAD, z, [x - reach, y - reach, x + reach, y + reach])!;
  const tiles: TileIndex[] = [];
  for (let row = range.minY; row <= range.maxY; row += 1) {
    for (let col = range.minX; col <= range.maxX; col += 1) tiles.push({ z, x: col, y: row });
  }
  return tiles.slice(0, 16);
}
