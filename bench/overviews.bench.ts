// The levels of a large mosaic: what rendering them takes, and the whole mosaic in one tile with and without.
// `npx node bench/overviews.bench.ts [sources]`; 10,000 sources unless given, on the embedded database. The rasters are rows
// copied from one tile's by SQL, each at a place of its own: as many files to open, all with that tile's bytes.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { catalogueSquare, requestMosaic } from './catalogue-copies.ts';
import { summarize } from './measure.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { writeTiles } from './tiles.ts';

const SOURCES = Number(process.argv[2] ?? 10_000);
/** Tiles that are asked for with levels, and without: those take seconds each. */
const WITH = 40;
const WITHOUT = 2;
/** The embedded database vacuums what was inserted. */
const REST_MS = 15_000;

interface OverviewJob {
  readonly id: string;
  readonly dataset_id: string;
  readonly started_at: string;
  readonly completed_at: string;
}

const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
try {
  printMachine();
  await mkdir(join(folder, 'one'));
  const [tile = ''] = await writeTiles(join(folder, 'one'), 1);
  const server = await startBenchServer(folder, null);
  try {
    const ids = await catalogueSquare(server, tile, SOURCES);
    await delay(REST_MS);
    const plain = await build(server, ids, 'none');
    await server.waitUntilIdle();
    const before = server.memory();
    const mosaic = await build(server, ids, 'auto');
    await server.waitUntilIdle();
    await printRendering(server, mosaic, before.now);
    await printTiles(server, mosaic, plain);
  } finally {
    await server.close();
  }
} finally {
  await rm(folder, { recursive: true });
}

async function build(server: BenchServer, ids: readonly string[], overviews: 'auto' | 'none'): Promise<string> {
  const job = await requestMosaic(server, ids, { title: `mosaic, ${overviews}`, overviews });
  return (await server.waitForJob(job)).dataset_id ?? '';
}

async function printRendering(server: BenchServer, mosaic: string, residentBefore: number): Promise<void> {
  const { jobs } = await server.call<{ jobs: OverviewJob[] }>('GET', '/api/jobs?kind=vrt_overviews&limit=1');
  const [job] = jobs;
  if (job?.dataset_id !== mosaic) {
    console.log(`- ${SOURCES} sources: so few and so small that no level is worth rendering\n`);
    return;
  }
  const seconds = (Date.parse(job.completed_at) - Date.parse(job.started_at)) / 1000;
  const { raster } = await server.call<{
    raster: { width: number; height: number; overviews: { width: number; height: number }[] };
  }>('GET', `/api/datasets/${mosaic}`);
  const document = new TextDecoder().decode(await server.download(`/api/datasets/${mosaic}/download/vrt`));
  const name = /(\/api\/datasets\/[^<]+\/overviews\/1\.tif)</.exec(document)?.[1] ?? '';
  const { byteLength } = await server.download(name);
  const levels = raster.overviews.map(({ width, height }) => `${width} x ${height}`).join(', ');
  console.log(`- ${SOURCES} sources, ${raster.width} x ${raster.height} pixels: ${levels}`);
  console.log(
    `- rendered in ${seconds.toFixed(1)} s, ${megabytes(byteLength)}; server at ${megabytes(residentBefore)} before, ` +
      `${megabytes(server.memory().peak)} at most\n`,
  );
}

/** The tile that has the whole mosaic in it, of both; another stretch each time, which no cache of tiles has. */
async function printTiles(server: BenchServer, mosaic: string, plain: string): Promise<void> {
  const { bounds } = await server.call<{ bounds: [number, number, number, number] }>(
    'GET',
    `/api/datasets/${mosaic}/tilejson.json`,
  );
  const address = smallestTile(bounds);
  const taken: Record<'with' | 'without', number[]> = { with: [], without: [] };
  let stretch = 200;
  /** Infinity where the server gives up (30 s). */
  const time = async (id: string): Promise<number> => {
    stretch += 0.01;
    const startedAt = performance.now();
    try {
      await server.download(`/api/datasets/${id}/tiles/${address}.png?rescale=0,${stretch.toFixed(2)}`);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes(' 503 ')) throw error;
      return Infinity;
    }
    return performance.now() - startedAt;
  };
  // Not in turns: what the server has given up goes on for a while, and would be counted with the next one.
  for (let run = 0; run < WITH; run += 1) taken.with.push(await time(mosaic));
  for (let run = 0; run < WITHOUT; run += 1) taken.without.push(await time(plain));
  const rows = (['with', 'without'] as const).map((key) => {
    const [cold = NaN, ...warm] = taken[key];
    const { median, min } = summarize(warm);
    return { key, cold, median, min, count: warm.length };
  });
  const [fast, slow] = rows;
  console.log(
    `The whole mosaic in one tile (${address}), milliseconds over HTTP; the first with nothing open or decoded\n`,
  );
  printTable(
    ['levels', 'first', 'p50 of the others', 'min', 'of them'],
    rows.map(({ key, cold, median, min, count }) => [key, shown(cold), shown(median), shown(min), `${count}`]),
  );
  if (slow!.median !== Infinity) console.log(`\nwith levels ${times(slow!.median / fast!.median)} as fast\n`);
}

function shown(time: number): string {
  return time === Infinity ? 'none in 30 s' : ms(time);
}

/** z/x/y of the smallest Web Mercator tile that holds a box of degrees. */
function smallestTile([west, south, east, north]: readonly [number, number, number, number]): string {
  for (let z = 20; z >= 0; z -= 1) {
    const column = (lon: number): number => Math.floor(((lon + 180) / 360) * 2 ** z);
    const row = (lat: number): number => {
      const angle = (lat * Math.PI) / 180;
      return Math.floor(((1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2) * 2 ** z);
    };
    if (column(west) === column(east) && row(south) === row(north)) return `${z}/${column(west)}/${row(north)}`;
  }
  return '0/0/0';
}
