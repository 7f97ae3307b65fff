// Tiles of virtual rasters over HTTP: how long one takes, how many a second, what they read, and what memory stays.
// `npx node bench/tiles.bench.ts [--only zooms,load,many,memory,thumbnail] [--data FOLDER] [--requests 20000]`; README.md
// says what is measured.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { copiesAround, requestMosaic } from './catalogue-copies.ts';
import { findPythons } from './gdal.ts';
import { summarize } from './measure.ts';
import { COG_ORIGIN, COG_RESOLUTION, mergeCogs, writeCogSquare } from './noisy-cogs.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { askForTiles, type PeerTiles, type TileAddress, tilesOfPeer } from './tile-client.ts';
import type { LoadResult } from './tile-load.ts';
import { tilePlaces } from './tile-places.ts';
import { benchThumbnail } from './wide-thumbnail.ts';

const SIDE = 2048;
const ACROSS = 4;
const FILES = { across: ACROSS, side: SIDE };
const MANY_ACROSS = 100;
/** 49 x 2048 = 100,352 pixels. */
const WIDE_ACROSS = 49;
const ZOOMS = [9, 10, 11, 12, 13, 14, 15] as const;
const TILES_PER_ZOOM = 40;
const WARMING = 80;
const REQUESTS = 120;
const ROUNDS = 6;
const PEER_TILES = 12;
const CLIENTS = [1, 8, 64] as const;
const LOAD_SECONDS = 4;
const MEMORY_STEP = 1000;

/** Nothing that was decoded or drawn is kept. */
const COLD = { INLAY_BLOCK_CACHE_BYTES: '1', INLAY_TILE_CACHE_BYTES: '1' };
/** Nothing that was drawn is kept; decoded blocks are. */
const WARM = { INLAY_BLOCK_CACHE_BYTES: '512MiB', INLAY_TILE_CACHE_BYTES: '1' };
/** As it comes. */
const DEFAULTS = { INLAY_BLOCK_CACHE_BYTES: '256MiB', INLAY_TILE_CACHE_BYTES: '256MiB' };
const DEFAULT_CACHE_BYTES = 2 ** 29;

/** What TiTiler 2.0 took for the same tiles on a machine of this kind, of one merged COG: ms at one client, requests/s at 8. */
const TITILER: Readonly<Record<number, readonly [milliseconds: number, perSecond: number]>> = {
  9: [37, 28],
  10: [72, 15],
  11: [77, 16],
  12: [89, 14],
  13: [91, 12],
  14: [50, 25],
  15: [34, 37],
};

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, data: { type: 'string' }, requests: { type: 'string' } },
});
const wanted = options.only?.split(',');
const isWanted = (section: string): boolean => wanted?.includes(section) ?? true;

const folder = options.data ?? (await mkdtemp(join(tmpdir(), 'inlay-bench-')));
await mkdir(folder, { recursive: true });
const state = await mkdtemp(join(tmpdir(), 'inlay-bench-state-'));
try {
  printMachine();
  const cogs = await makeCogs();
  await prepare();
  if (isWanted('zooms')) await benchZooms(cogs);
  if (isWanted('load')) await benchLoad();
  if (isWanted('many')) await benchMany();
  if (isWanted('memory')) await benchMemory(Number(options.requests ?? 20_000));
  if (isWanted('thumbnail')) await benchThumbnail(join(folder, 'cogs'), state, FILES, WIDE_ACROSS);
} finally {
  await rm(state, { recursive: true });
  if (options.data === undefined) await rm(folder, { recursive: true });
}

/** The files; those of an earlier run are taken as they are where a folder was given. */
async function makeCogs(): Promise<{ merged: string; vrt: string }> {
  const made = { merged: join(folder, 'merged.tif'), vrt: join(folder, 'merged.vrt') };
  if (existsSync(made.merged)) return made;
  return await mergeCogs(folder, await writeCogSquare(join(folder, 'cogs'), ACROSS, SIDE));
}

async function withServer<T>(
  variables: Readonly<Record<string, string>>,
  work: (server: BenchServer) => Promise<T>,
): Promise<T> {
  const server = await startBenchServer(join(folder, 'cogs'), null, { variables, dataDir: state });
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

/** Catalogues the files once for all servers that follow. */
async function prepare(): Promise<void> {
  await withServer(DEFAULTS, async (server) => {
    const request = JSON.stringify({ prefix: join(folder, 'cogs') });
    const { job_id } = await server.call<{ job_id: string }>('POST', '/api/ingest/register-rasters', request);
    await server.waitForJob(job_id);
    await server.waitUntilIdle();
    const found = await server.call<{ datasets: { id: string }[] }>('GET', '/api/datasets/?sort=title&limit=100');
    await buildMosaic(
      server,
      'few',
      found.datasets.map(({ id }) => id),
    );
    if (isWanted('many') || isWanted('memory')) {
      await buildMosaic(server, 'many', await copiesAround(server, FILES, MANY_ACROSS));
    }
  });
}

async function buildMosaic(server: BenchServer, title: string, ids: readonly string[]): Promise<string> {
  const { dataset_id } = await server.waitForJob(await requestMosaic(server, ids, { title }));
  await server.cancelOpenJobs();
  await server.waitUntilIdle();
  return dataset_id ?? '';
}

async function mosaicCalled(server: BenchServer, title: string): Promise<string> {
  const path = `/api/datasets/?record_type=vrt_dataset&q=${title}`;
  const { datasets } = await server.call<{ datasets: { id: string }[] }>('GET', path);
  return datasets[0]?.id ?? '';
}

/** One client: latencies by zoom, cold and warm, beside GDAL. */
async function benchZooms({ merged, vrt }: { merged: string; vrt: string }): Promise<void> {
  const places = await tilePlaces(ACROSS * SIDE);
  const tiles = new Map(ZOOMS.map((z) => [z, places.choose(z, TILES_PER_ZOOM)]));
  const measure = (variables: Readonly<Record<string, string>>) =>
    withServer(variables, async (server) => {
      const mosaic = await mosaicCalled(server, 'few');
      const results = new Map<number, LoadResult>();
      for (const [z, some] of tiles) {
        // Once unmeasured: code is compiled, files are open, and blocks are decoded where they are kept.
        results.set(z, await askForTiles(server, mosaic, some, { warming: WARMING, requests: REQUESTS }));
      }
      return results;
    });
  const cold = await measure(COLD);
  const peers: { name: string; byZoom: Map<number, PeerTiles> }[] = [];
  for (const python of await findPythons()) {
    for (const [name, path] of Object.entries({ COG: merged, VRT: vrt })) {
      const byZoom = new Map<number, PeerTiles>();
      for (const [z, some] of tiles) byZoom.set(z, await tilesOfPeer(python, path, some.slice(0, PEER_TILES)));
      peers.push({ name: `GDAL ${byZoom.get(14)?.version} ${name}`, byZoom });
    }
  }
  const warm = await measure(WARM);

  console.log('\nPNG of 256 pixels, nearest, one client, ms of each request\n');
  printTable(
    [
      '',
      'tiles',
      'cold p50',
      'p95',
      'warm p50',
      'p95',
      ...peers.map(({ name }) => name),
      'TiTiler',
      'peers / cold',
      'TiTiler / warm',
    ],
    ZOOMS.map((z) => {
      const [coldTimes, warmTimes] = [summarize(cold.get(z)!.times), summarize(warm.get(z)!.times)];
      const peerTimes = peers.map(({ byZoom }) => peerMedian(byZoom.get(z)!));
      return [
        `z${z}`,
        `${tiles.get(z)!.length}`,
        ms(coldTimes.median),
        ms(coldTimes.p95),
        ms(warmTimes.median),
        ms(warmTimes.p95),
        ...peerTimes.map(ms),
        `${TITILER[z]![0]}`,
        peerTimes.map((time) => times(time / coldTimes.median)).join(', '),
        times(TITILER[z]![0] / warmTimes.median),
      ];
    }),
  );
  for (const [name, results] of [
    ['cold', cold],
    ['warm', warm],
  ] as const) {
    console.log(`\nWhere the time goes, ${name}: mean ms of a tile\n`);
    const stages = ['recipe', 'open', 'plan', 'read', 'warp', 'paint', 'encode'];
    printTable(
      ['', 'HTTP', 'to thread', ...stages, 'of read: fetch', 'decode', 'blocks', 'reads', 'kB read', 'kB sent'],
      ZOOMS.map((z) => {
        const { times: taken, timing, bytes } = results.get(z)!;
        const mean = (name: string): number => (timing[name] ?? 0) / taken.length;
        const total = taken.reduce((sum, time) => sum + time, 0) / taken.length;
        const inStages = stages.reduce((sum, stage) => sum + mean(stage), 0);
        return [
          `z${z}`,
          ms(total - mean('picture')),
          ms(mean('picture') - inStages),
          ...[...stages, 'fetch', 'decode'].map((stage) => ms(mean(stage))),
          mean('blocks read').toFixed(1),
          mean('fetch reads').toFixed(1),
          (mean('fetch bytes') / 1000).toFixed(0),
          (bytes / taken.length / 1000).toFixed(0),
        ];
      }),
    );
  }
}

function peerMedian({ openMs, warpMs, packMs }: PeerTiles): number {
  return summarize(openMs.map((open, i) => open + warpMs[i]! + packMs[i]!)).median;
}

/** Requests a second, by clients. */
async function benchLoad(): Promise<void> {
  const places = await tilePlaces(ACROSS * SIDE);
  const rows: string[][] = [];
  for (const [name, variables] of [
    ['cold', COLD],
    ['warm', WARM],
    ['kept tiles', DEFAULTS],
    ['304', DEFAULTS],
  ] as const) {
    await withServer(variables, async (server) => {
      const mosaic = await mosaicCalled(server, 'few');
      for (const z of [14, 12, 10]) {
        const tiles = places.choose(z, TILES_PER_ZOOM);
        const results: LoadResult[] = [];
        for (const clients of CLIENTS) {
          const revalidates = name === '304';
          const load = { warming: WARMING, seconds: LOAD_SECONDS, clients, revalidates };
          results.push(await askForTiles(server, mosaic, tiles, load));
        }
        const perSecond = results.map(({ times: taken, seconds }) => taken.length / seconds);
        rows.push([
          `${name}, z${z}`,
          ...results.flatMap(({ times: taken }, i) => [perSecond[i]!.toFixed(0), ms(summarize(taken).median)]),
          `${TITILER[z]![1]}`,
          times(perSecond[1]! / TITILER[z]![1]),
          megabytes(server.memory().now),
        ]);
      }
    });
  }
  console.log(`\nRequests a second and median ms, ${CLIENTS.join(', ')} clients, ${LOAD_SECONDS} s each\n`);
  const columns = CLIENTS.flatMap((clients) => [`${clients}: req/s`, 'ms']);
  printTable(['', ...columns, 'TiTiler 8: req/s', 'ratio', 'server RSS'], rows);
}

/** 10,000 sources beside 16, of the same pixels at the same places, in turns. */
async function benchMany(): Promise<void> {
  const zooms = ZOOMS.filter((z) => z >= 11);
  // A raster's width away from the edges, so that no tile lies on more sources of one than of the other.
  const inner = { x: COG_ORIGIN.x + 0.5 * SIDE * COG_RESOLUTION, y: COG_ORIGIN.y - 0.5 * SIDE * COG_RESOLUTION };
  const places = await tilePlaces((ACROSS - 1) * SIDE, inner);
  const rows: string[][] = [];
  for (const [name, variables] of [
    ['cold', COLD],
    ['warm', WARM],
  ] as const) {
    await withServer(variables, async (server) => {
      const mosaics = [await mosaicCalled(server, 'few'), await mosaicCalled(server, 'many')] as const;
      for (const z of zooms) {
        const tiles = places.choose(z, TILES_PER_ZOOM);
        const taken: [number[], number[]] = [[], []];
        for (let round = 0; round < ROUNDS; round += 1) {
          for (const [i, mosaic] of mosaics.entries()) {
            const warming = round === 0 ? WARMING : tiles.length;
            taken[i]?.push(...(await askForTiles(server, mosaic, tiles, { warming, requests: tiles.length })).times);
          }
        }
        const [few, many] = taken.map((values) => summarize(values));
        rows.push([
          `${name}, z${z}`,
          ms(few!.median),
          ms(few!.p95),
          ms(many!.median),
          ms(many!.p95),
          times(many!.median / few!.median),
        ]);
      }
    });
  }
  console.log('\nThe same tiles of 16 and of 10,000 sources, in turns, ms\n');
  printTable(['', '16: p50', 'p95', '10,000: p50', 'p95', 'ratio of medians'], rows);
}

/** Resident memory while random tiles are asked for. */
async function benchMemory(requests: number): Promise<void> {
  await withServer(DEFAULTS, async (server) => {
    const idle = server.memory().now;
    const mosaic = await mosaicCalled(server, 'many');
    const half = (MANY_ACROSS / 4) * SIDE * COG_RESOLUTION;
    const corner = { x: COG_ORIGIN.x - half, y: COG_ORIGIN.y + half };
    const places = await tilePlaces((MANY_ACROSS / 2) * SIDE, corner);
    const pool = [11, 12, 13, 14, 15].flatMap((z) => places.choose(z, requests / 2));
    const tiles: TileAddress[] = pool.toSorted(
      ([, ax, ay], [, bx, by]) => ((ax * 7919 + ay * 104_729) % 65_537) - ((bx * 7919 + by * 104_729) % 65_537),
    );
    const readings: number[] = [];
    const ask = async (first: number): Promise<void> => {
      const some = Array.from({ length: MEMORY_STEP }, (_, at) => tiles[(first + at) % tiles.length]!);
      await askForTiles(server, mosaic, some, { requests: MEMORY_STEP, clients: 8 });
    };
    const warming = requests / 4;
    for (let first = 0; first < warming; first += MEMORY_STEP) await ask(first);
    const before = server.memory().now;
    for (let first = warming; first < warming + requests; first += MEMORY_STEP) {
      await ask(first);
      readings.push(server.memory().now);
    }
    const { min, median } = summarize(readings);
    const most = Math.max(...readings);
    console.log(`\nResident memory over ${requests} random tiles of 10,000 sources, caches of 256 + 256 MiB\n`);
    printTable(
      ['idle', `after ${warming}`, 'least', 'median', 'most', 'last', 'spread', 'above caches'],
      [
        [
          ...[idle, before, min, median, most, readings.at(-1)!].map(megabytes),
          `${(((most - min) / 2 / median) * 100).toFixed(1)} %`,
          megabytes(most - DEFAULT_CACHE_BYTES),
        ],
      ],
    );
    console.log(`\nEvery ${MEMORY_STEP} tiles: ${readings.map(megabytes).join(', ')}`);
  });
}
