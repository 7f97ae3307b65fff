// A large mosaic as the service stores and serves it: in one piece and in chunks.
// `npx node bench/served.bench.ts [sources]`; 100,000 sources unless given, on the embedded database. The catalogue's rows
// are copied from one tile's by SQL, each at a place of its own, and all of them have that tile's bytes.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { catalogueSquare, requestMosaic } from './catalogue-copies.ts';
import { type Reading, readOnce } from './chunk-reads.ts';
import { findPeers, findPythons } from './gdal.ts';
import { summarize } from './measure.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { TILE_SIZE, writeTiles } from './tiles.ts';

const SOURCES = Number(process.argv[2] ?? 100_000);
const BUILDS = 3;
const DOWNLOADS = 5;
const READS = 5;
/** The embedded database vacuums what was inserted, and nobody else gets a turn meanwhile. */
const REST_MS = 30_000;
const CHUNK = /\/api\/datasets\/[0-9a-f-]+\/download\/vrt\/generations\/[0-9a-f-]+\/chunks\/\d+\.vrt/g;

const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
try {
  printMachine(await findPeers());
  await mkdir(join(folder, 'one'));
  const [tile = ''] = await writeTiles(join(folder, 'one'), 1);
  const server = await startBenchServer(folder, null);
  try {
    const ids = await catalogueSquare(server, tile, SOURCES);
    const mosaic = await build(server, ids);
    await delay(REST_MS);
    const paths = await documentsOf(server, mosaic);
    await download(server, paths);
    await open(server, mosaic);
  } finally {
    await server.close();
  }
} finally {
  await rm(folder, { recursive: true });
}

/** @returns the last of some mosaics of all sources */
async function build(server: BenchServer, ids: readonly string[]): Promise<string> {
  const times: { accepted: number; completed: number }[] = [];
  let mosaic = '';
  for (let run = 0; run < BUILDS; run += 1) {
    const sentAt = performance.now();
    const jobId = await requestMosaic(server, ids, { title: 'mosaic' });
    const acceptedAt = performance.now();
    const job = await server.waitForJob(jobId);
    times.push({ accepted: acceptedAt - sentAt, completed: performance.now() - acceptedAt });
    await server.cancelOpenJobs();
    await server.waitUntilIdle();
    mosaic = job.dataset_id ?? '';
  }
  const { median: accepted } = summarize(times.map((time) => time.accepted));
  const { median: completed } = summarize(times.map((time) => time.completed));
  console.log(
    `- ${ids.length} sources: 202 after ${ms(accepted)} ms, complete ${ms(completed)} ms later (medians of ${BUILDS}); ` +
      `server at ${megabytes(server.memory().now)}, ${megabytes(server.memory().peak)} at most`,
  );
  return mosaic;
}

async function documentsOf(server: BenchServer, mosaic: string): Promise<ReadonlyMap<string, string>> {
  const root = `/api/datasets/${mosaic}/download/vrt`;
  const chunks = new Set(new TextDecoder().decode(await server.download(root)).match(CHUNK));
  console.log(`- ${chunks.size} chunks\n`);
  const middle = [...chunks][chunks.size >> 1] ?? '';
  return new Map([
    ['root', root],
    ['a chunk', middle],
    ['in one piece', `${root}?flat=true`],
    ['in one piece, paths', `${root}?sources=local`],
  ]);
}

async function download(server: BenchServer, paths: ReadonlyMap<string, string>): Promise<void> {
  const rows: string[][] = [];
  for (const [name, path] of paths) {
    const taken: number[] = [];
    let bytes = 0;
    const before = server.memory().now;
    for (let run = 0; run < DOWNLOADS; run += 1) {
      const startedAt = performance.now();
      bytes = await drain(server, path);
      taken.push(performance.now() - startedAt);
    }
    const [first = NaN, ...later] = taken;
    const grown = server.memory().now - before;
    rows.push([name, `${bytes}`, ms(first), ms(summarize(later).median), megabytes(before), megabytes(grown)]);
  }
  printTable(['document', 'bytes', 'first ms', 'later ms, median', 'RSS before', 'grown by'], rows);
}

async function drain(server: BenchServer, path: string): Promise<number> {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${server.token}` } });
  if (!response.ok || response.body === null) throw new Error(`${path}: ${response.status}`);
  let bytes = 0;
  for await (const piece of response.body) bytes += piece.byteLength;
  return bytes;
}

/** GDAL opens the VRT by its URL and reads a window where four tiles meet. */
async function open(server: BenchServer, mosaic: string): Promise<void> {
  const url = `/vsicurl/${server.url}/api/datasets/${mosaic}/download/vrt`;
  const env = {
    GDAL_HTTP_HEADERS: `Authorization: Bearer ${server.token}`,
    GDAL_DISABLE_READDIR_ON_OPEN: 'EMPTY_DIR',
  };
  const columns = Math.ceil(Math.sqrt(SOURCES));
  const at = TILE_SIZE * (columns >> 1) - 32;
  const rows: string[][] = [];
  for (const python of await findPythons()) {
    const readings: { chunked: Reading; flat: Reading }[] = [];
    for (let run = 0; run < READS; run += 1) {
      const chunked = await readOnce(python, url, at, at, env);
      const flat = await readOnce(python, `${url}?flat=true`, at, at, env);
      if (chunked.pixels !== flat.pixels) throw new Error('other pixels');
      readings.push({ chunked, flat });
    }
    const median = (pick: (pair: (typeof readings)[number]) => number) => summarize(readings.map(pick)).median;
    const both = ({ openMs, readMs }: Reading): number => openMs + readMs;
    rows.push([
      readings[0]?.flat.version ?? '',
      ms(median(({ flat }) => flat.openMs)),
      ms(median(({ chunked }) => chunked.openMs)),
      times(median(({ flat }) => flat.openMs) / median(({ chunked }) => chunked.openMs)),
      ms(median(({ flat }) => both(flat))),
      ms(median(({ chunked }) => both(chunked))),
      times(median(({ flat }) => both(flat)) / median(({ chunked }) => both(chunked))),
      megabytes(median(({ flat }) => flat.bytes)),
      megabytes(median(({ chunked }) => chunked.bytes)),
    ]);
  }
  console.log(`\nGDAL over HTTP, medians of ${READS} in ms; the pixels are the same\n`);
  printTable(
    ['GDAL', 'open flat', 'chunked', 'ratio', 'open and read flat', 'chunked', 'ratio', 'memory flat', 'chunked'],
    rows,
  );
}
