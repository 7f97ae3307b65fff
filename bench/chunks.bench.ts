// GDAL opens a mosaic and reads a small window of it, in one piece (as gdalbuildvrt writes it) and in chunks.
// `npx node bench/chunks.bench.ts [sources...]`; 100,000 sources unless given. Only the tiles under the windows exist:
// GDAL opens a source when it is first read. Each measurement is a process of its own, and the two take turns.
import { closeSync, openSync, writeSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chunkPlan, type ChunkedPlan, planMosaic, type VrtPlan, writeChunkedVrt, writeVrt } from '@inlay/vrt';
import { cataloguedTiles } from './catalogued-tiles.ts';
import { type Reading, readOnce } from './chunk-reads.ts';
import { readFirstTile } from './first-tile.ts';
import { findPeers, findPythons } from './gdal.ts';
import { summarize } from './measure.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { TILE_SIZE, tileName, writeTiles } from './tiles.ts';

const ROUNDS = 7;
/** Targets to try beside the default. */
const TARGETS = [125, 250, 1000, 2000];

const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
try {
  printMachine(await findPeers());
  const pythons = await findPythons();
  const tile = await readFirstTile();
  const given = process.argv.slice(2).map(Number);
  for (const count of given.length > 0 ? given : [100_000]) {
    const { plan, problems } = planMosaic(cataloguedTiles(count, tile), { resolutionStrategy: 'finest' });
    if (plan === null) throw new Error(problems[0]?.message);
    await compare(plan, pythons);
  }
} finally {
  await rm(folder, { recursive: true });
}

/** Prints a table for one mosaic. */
async function compare(plan: VrtPlan, pythons: readonly string[]): Promise<void> {
  const { count } = plan.placements;
  const home = join(folder, `${count}`);
  await mkdir(home);
  const windows = await windowsToRead(plan, home);
  const flat = join(home, 'flat.vrt');
  writeDocument(flat, writeVrt(plan, tileFile));
  const layouts = [{ name: 'one piece', path: flat, chunks: 0, chunkMs: NaN }];
  for (const target of [undefined, ...TARGETS]) {
    const options = target === undefined ? {} : { targetSourcesPerChunk: target };
    const startedAt = performance.now();
    const chunked = chunkPlan(plan, { minSourceElements: 1, ...options });
    const chunkMs = performance.now() - startedAt;
    const name = target === undefined ? 'chunks' : `chunks of ${target}`;
    const path = writeChunks(home, name.replaceAll(' ', '-'), chunked);
    layouts.push({ name, path, chunks: chunked.chunks.length, chunkMs });
  }

  const rows: string[][] = [];
  for (const python of pythons) {
    const readings = layouts.map((): Reading[] => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      const [column, row] = windows[round % windows.length] ?? [0, 0];
      for (const [index, { path }] of layouts.entries()) {
        readings[index]?.push(await readOnce(python, path, column, row));
      }
    }
    const inOnePiece = readings[0] ?? [];
    const median = (of: readonly Reading[], value: (reading: Reading) => number): number =>
      summarize(of.map(value)).median;
    for (const [index, { name, path, chunks, chunkMs }] of layouts.entries()) {
      const own = readings[index] ?? [];
      if (own.some(({ pixels }, round) => pixels !== inOnePiece[round]?.pixels))
        throw new Error(`${name}: other pixels`);
      const first = (reading: Reading): number => reading.openMs + reading.readMs;
      rows.push([
        `${own[0]?.version} ${name}`,
        `${chunks}`,
        chunks === 0 ? '' : ms(chunkMs),
        `${(await stat(path)).size}`,
        ms(median(own, ({ openMs }) => openMs)),
        ms(median(own, ({ readMs }) => readMs)),
        times(median(inOnePiece, ({ openMs }) => openMs) / median(own, ({ openMs }) => openMs)),
        times(median(inOnePiece, first) / median(own, first)),
        ms(median(own, ({ againMs }) => againMs)),
        megabytes(median(own, ({ bytes }) => bytes)),
      ]);
    }
  }
  console.log(`\n${count} sources, ${ROUNDS} runs each, medians in ms; the pixels are the same\n`);
  printTable(
    [
      'GDAL',
      'chunks',
      'cutting',
      'bytes opened',
      'open',
      'first read',
      'open: ratio',
      'both: ratio',
      'next reads',
      'memory',
    ],
    rows,
  );
}

/** Corners of 64 x 64 windows all over the mosaic, on four tiles each, which are made. */
async function windowsToRead({ grid, placements }: VrtPlan, home: string): Promise<(readonly [number, number])[]> {
  const [example = ''] = await writeTiles(join(home, 'example'), 1);
  const [columns, rows] = [grid.width / TILE_SIZE, Math.floor(placements.count / (grid.width / TILE_SIZE))];
  const windows: (readonly [number, number])[] = [];
  for (const share of [0.01, 0.25, 0.4, 0.5, 0.75, 0.9, 0.98]) {
    const [column, row] = [Math.floor(share * (columns - 2)), Math.floor((1 - share) * (rows - 2))];
    for (const [right, down] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      await copyFile(example, join(home, tileName((row + down) * columns + column + right)));
    }
    windows.push([(column + 1) * TILE_SIZE - 32, (row + 1) * TILE_SIZE - 32]);
  }
  return windows;
}

function tileFile(index: number): { filename: string; relativeToVrt: boolean } {
  return { filename: tileName(index), relativeToVrt: true };
}

/** Writes root and chunks beside the tiles. @returns the root's path */
function writeChunks(home: string, name: string, chunked: ChunkedPlan): string {
  const chunkFile = (chunk: number) => ({ filename: `${name}-${chunk}.vrt`, relativeToVrt: true });
  const root = join(home, `${name}.vrt`);
  for (const { chunk, text } of writeChunkedVrt(chunked, tileFile, chunkFile)) {
    writeDocument(chunk === null ? root : join(home, chunkFile(chunk).filename), text);
  }
  return root;
}

function writeDocument(path: string, text: Iterable<string>): void {
  const file = openSync(path, 'w');
  for (const piece of text) writeSync(file, piece);
  closeSync(file);
}
