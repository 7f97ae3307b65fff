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
  type BlockCache,
  cachedLevel,
  createBlockCache,
  localRasterFiles,
  openLevels,
  openRaster,
  readLevel,
} from '@inlay/geotiff';
import { findPythons } from './gdal.ts';
import { randomNumbers } from './measure.ts';
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

/** What read-peer.py prints: milliseconds of processor time. */
interface Times {
  readonly whole: number;
  readonly cold: number;
  readonly warm: number;
}

const SIDE = 2048;
const TILE = 256;
const WINDOWS = 40;
const ROUNDS = 5;
const CACHE_BYTES = 256 * 2 ** 20;
const PEER = fileURLToPath(new URL('./read-peer.py', import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
try {
  printMachine();
  const python = (await findPythons()).at(-1);
  if (python === undefined) throw new Error('the rasters are made by GDAL: install python3-gdal');
  const names = new Set(process.argv.slice(2));
  const wanted = CASES.filter(({ name }) => names.size === 0 || names.has(name));
  const { version, made } = (await ask(python, ['make', folder], wanted)) as { version: string; made: string[] };
  const windows = randomWindows();
  const rows: string[][] = [];
  for (const { name, dataType, bands } of wanted.filter((one) => made.includes(one.name))) {
    const path = join(folder, `${name}.tif`);
    const ours = await measure(path, windows);
    const theirs = (await ask(
      python,
      ['read', path],
      windows.map((window) => [window.colOff, window.rowOff, window.width, window.height]),
    )) as Times;
    rows.push([`${name} ${dataType} x ${bands}`, ...cells(theirs, ours, bytesOf(dataType) * bands)]);
  }
  console.log(`peer: GDAL ${version} in one thread, called from Python; least processor time of ${ROUNDS} rounds\n`);
  printTable(
    [
      '2048 x 2048',
      'GDAL whole MB/s',
      'whole MB/s',
      '',
      'GDAL cold tile ms',
      'cold tile ms',
      '',
      'GDAL warm tile ms',
      'warm tile ms',
      '',
    ],
    rows,
  );
} finally {
  await rm(folder, { recursive: true });
}

function cells(theirs: Times, ours: Times, pixelBytes: number): string[] {
  const rate = ({ whole }: Times): string => ((SIDE * SIDE * pixelBytes) / 1000 / whole).toFixed(0);
  return [
    rate(theirs),
    rate(ours),
    times(theirs.whole / ours.whole),
    ms(theirs.cold),
    ms(ours.cold),
    times(theirs.cold / ours.cold),
    ms(theirs.warm),
    ms(ours.warm),
    times(theirs.warm / ours.warm),
  ];
}

function bytesOf(dataType: DataType): number {
  return dataType === 'Byte' ? 1 : dataType === 'UInt16' ? 2 : 4;
}

/** The same measurements as read-peer.py. */
async function measure(path: string, windows: readonly Window[]): Promise<Times> {
  const { levels, close } = await openLevels(await openRaster(await localRasterFiles(path)));
  const [level] = levels;
  const none = (): BlockCache => createBlockCache({ maxBytes: 0, inThisThread: true });
  const whole = await least(() =>
    readLevel(level, { colOff: 0, rowOff: 0, width: SIDE, height: SIDE }, { cache: none() }),
  );
  const cold = await least(async () => {
    for (const window of windows) await readLevel(level, window, { cache: none() });
  });
  const cache = createBlockCache({ maxBytes: CACHE_BYTES });
  for (const window of windows) await readLevel(level, window, { cache });
  const warm = await least(() => {
    for (const window of windows) {
      if (cachedLevel(level, window, cache) === null) throw new Error('a block is not in the cache');
    }
  });
  await close();
  return { whole, cold: cold / windows.length, warm: warm / windows.length };
}

/** Milliseconds of processor time, of all threads together: what others do on the machine counts little. */
async function least(work: () => unknown): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    found.push((user + system) / 1000);
  }
  return Math.min(...found);
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
