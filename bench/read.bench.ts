// Pixels of single rasters, whole and in windows of a tile's size, beside GDAL reading the same files in the same run.
// `npx node bench/read.bench.ts [names...]`. See README.md for what cold and warm mean.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { DataType, Window } from '@inlay/geo';
import {
  type PixelLevel,
  cachedLevel,
  createBlockCache,
  localRasterFiles,
  openLevels,
  openRaster,
  readLevel,
} from '@inlay/geotiff';
import { findPythons } from './gdal.ts';
import { randomNumbers, summarize, timed } from './measure.ts';
import { ms, printMachine, printTable, times } from './print.ts';

interface Case {
  readonly name: string;
  readonly dataType: DataType;
  readonly bands: number;
  /** Creation options of GDAL's COG driver. */
  readonly options: readonly string[];
}

const CASES: readonly Case[] = [
  { name: 'deflate', dataType: 'Byte', bands: 3, options: ['COMPRESS=DEFLATE', 'PREDICTOR=YES'] },
  { name: 'deflate-256', dataType: 'Byte', bands: 3, options: ['COMPRESS=DEFLATE', 'PREDICTOR=YES', 'BLOCKSIZE=256'] },
  { name: 'lzw', dataType: 'Byte', bands: 3, options: ['COMPRESS=LZW', 'PREDICTOR=YES'] },
  { name: 'zstd', dataType: 'Byte', bands: 3, options: ['COMPRESS=ZSTD', 'PREDICTOR=YES'] },
  { name: 'jpeg', dataType: 'Byte', bands: 3, options: ['COMPRESS=JPEG'] },
  { name: 'webp', dataType: 'Byte', bands: 3, options: ['COMPRESS=WEBP'] },
  { name: 'none', dataType: 'Byte', bands: 3, options: ['COMPRESS=NONE'] },
  { name: 'uint16-deflate', dataType: 'UInt16', bands: 1, options: ['COMPRESS=DEFLATE', 'PREDICTOR=YES'] },
  { name: 'float32-deflate', dataType: 'Float32', bands: 1, options: ['COMPRESS=DEFLATE', 'PREDICTOR=YES'] },
  { name: 'float32-lerc', dataType: 'Float32', bands: 1, options: ['COMPRESS=LERC_ZSTD', 'MAX_Z_ERROR=0.01'] },
];

/** What read-peer.py prints: milliseconds. */
interface Times {
  readonly version: string;
  readonly whole: readonly number[];
  readonly cold: readonly number[];
  readonly warm: readonly number[];
}

const SIDE = 2048;
const TILE = 256;
const WINDOWS = 40;
const ROUNDS = 5;
const CACHE_BYTES = 256 * 2 ** 20;
const PEER = fileURLToPath(new URL('./read-peer.py', import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
try {
  printMachine([]);
  const python = (await findPythons()).at(-1);
  if (python === undefined) throw new Error('the rasters are made by GDAL: install python3-gdal');
  const names = new Set(process.argv.slice(2));
  const wanted = CASES.filter(({ name }) => names.size === 0 || names.has(name));
  const { version, made } = (await ask(python, ['make', folder], wanted)) as { version: string; made: string[] };
  const windows = randomWindows();
  const rows: string[][] = [];
  for (const { name, dataType, bands } of wanted.filter((one) => made.includes(one.name))) {
    const path = join(folder, `${name}.tif`);
    const ours = await measure(path, windows, false);
    const here = await measure(path, windows, true);
    const theirs = (await ask(
      python,
      ['read', path],
      windows.map((window) => [window.colOff, window.rowOff, window.width, window.height]),
    )) as Times;
    rows.push([`${name} ${dataType} x ${bands}`, ...cells(theirs, ours, here, bytesOf(dataType) * bands)]);
  }
  console.log(`peer: GDAL ${version}, one thread, in process through Python; medians\n`);
  printTable(
    [
      `2048 x 2048`,
      'whole MB/s: GDAL',
      'ours',
      '',
      'cold tile ms: GDAL',
      'ours',
      'in one thread',
      '',
      'warm tile ms: GDAL',
      'ours',
      '',
    ],
    rows,
  );
} finally {
  await rm(folder, { recursive: true });
}

function cells(theirs: Times, ours: Times, here: Times, pixelBytes: number): string[] {
  const rate = (whole: readonly number[]): number => (SIDE * SIDE * pixelBytes) / 1000 / summarize(whole).median;
  const [peerCold, ownCold, hereCold] = [theirs, ours, here].map(({ cold }) => summarize(cold).median) as [
    number,
    number,
    number,
  ];
  const [peerWarm, ownWarm] = [theirs, ours].map(({ warm }) => summarize(warm).median) as [number, number];
  return [
    rate(theirs.whole).toFixed(0),
    rate(ours.whole).toFixed(0),
    times(rate(ours.whole) / rate(theirs.whole)),
    ms(peerCold),
    ms(ownCold),
    ms(hereCold),
    times(peerCold / Math.min(ownCold, hereCold)),
    ms(peerWarm),
    ms(ownWarm),
    times(peerWarm / ownWarm),
  ];
}

function bytesOf(dataType: DataType): number {
  return dataType === 'Byte' ? 1 : dataType === 'UInt16' ? 2 : 4;
}

/** The same measurements as read-peer.py. */
async function measure(path: string, windows: readonly Window[], inThisThread: boolean): Promise<Times> {
  const { levels, close } = await openLevels(await openRaster(await localRasterFiles(path)));
  const level: PixelLevel = levels[0];
  const whole: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cache = createBlockCache({ maxBytes: 0, inThisThread });
    whole.push(await timed(() => readLevel(level, { colOff: 0, rowOff: 0, width: SIDE, height: SIDE }, { cache })));
  }
  const cold: number[] = [];
  for (let round = 0; round < 2; round++) {
    for (const window of windows) {
      const cache = createBlockCache({ maxBytes: 0, inThisThread });
      cold.push(await timed(() => readLevel(level, window, { cache })));
    }
  }
  const cache = createBlockCache({ maxBytes: CACHE_BYTES, inThisThread });
  for (const window of windows) await readLevel(level, window, { cache });
  const warm: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const window of windows) {
      warm.push(
        await timed(() => {
          if (cachedLevel(level, window, cache) === null) throw new Error('a block is not in the cache');
        }),
      );
    }
  }
  await close();
  return { version: '', whole, cold, warm };
}

function randomWindows(): Window[] {
  const random = randomNumbers(5);
  const offset = (): number => Math.floor(random() * (SIDE - TILE));
  return Array.from({ length: WINDOWS }, () => ({ colOff: offset(), rowOff: offset(), width: TILE, height: TILE }));
}

async function ask(python: string, args: readonly string[], question: unknown): Promise<unknown> {
  const child = spawn(python, [PEER, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(question));
  return JSON.parse(await text(child.stdout));
}
