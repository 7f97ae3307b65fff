// Windows of 256 x 256 pixels of mosaics of 16 to 100,000 tiles, and what compiling a mosaic costs.
// `npx node bench/mosaic-read.bench.ts`; README.md says what is measured.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource, openLevels, openRaster, singleFile } from '@inlay/geotiff';
import {
  type CompiledMosaic,
  compileMosaic,
  geoTiffSource,
  openCompiledMosaic,
  type OpenedSource,
  readMosaic,
} from '@inlay/mosaic';
import { allocateSamples } from '@inlay/raster';
import { planMosaic } from '@inlay/vrt';
import { cataloguedTiles } from './catalogued-tiles.ts';
import { readFirstTile } from './first-tile.ts';
import { randomNumbers, summarize, timed } from './measure.ts';
import { megabytes, ms, printMachine, printTable, times } from './print.ts';
import { TILE_SIZE, writeTiles } from './tiles.ts';

const READ_COUNTS = [16, 10_000, 100_000] as const;
const COMPILE_COUNTS = [10_000, 100_000, 1_000_000] as const;
const WARMING_READS = 500;
const READS = 2000;
const COMPILE_ROUNDS = 5;

const inMemory: OpenedSource = {
  async read(_level, { width, height }) {
    const samples = allocateSamples('Byte', width * height);
    return { layout: 'band-separate', width, height, dataType: 'Byte', bands: [samples], mask: null };
  },
  readMask: async (_level, { width, height }) => new Uint8Array(width * height).fill(255),
};

const tile = await readFirstTile();
const folder = await mkdtemp(join(tmpdir(), 'inlay-bench-'));
try {
  printMachine();
  await compareReads();
  await measureCompiling();
} finally {
  await rm(folder, { recursive: true });
}

function compiled(count: number): CompiledMosaic {
  const { plan, problems } = planMosaic(cataloguedTiles(count, tile), { resolutionStrategy: 'finest' });
  if (plan === null) throw new Error(problems[0]?.message);
  return compileMosaic(plan, sourcesOf(count));
}

/** Ids as long as a catalogue's. */
function sourcesOf(count: number): { id: string; layout: typeof tile.layout }[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    layout: tile.layout,
  }));
}

/** All tiles have the same pixels: one file stands for all of them, and none is favoured by a cache. */
async function compareReads(): Promise<void> {
  const [path = ''] = await writeTiles(join(folder, 'tiles'), 1);
  const raster = await openRaster(singleFile(await fileSource(path)));
  const levels = await openLevels(raster);
  const decoding = geoTiffSource(levels, raster.profile.layout);
  const mosaics = READ_COUNTS.map((count) => ({ count, mosaic: compiled(count) }));
  const rows: string[][] = [];
  for (const [name, source] of [
    ['decoded in memory', inMemory],
    ['read and decoded', decoding],
  ] as const) {
    const random = randomNumbers(1);
    const durations = mosaics.map((): number[] => []);
    for (let read = 0; read < WARMING_READS + READS; read += 1) {
      const [across, down] = [random(), random()];
      for (const [index, { mosaic }] of mosaics.entries()) {
        // Corners anywhere within the part that is full of tiles: most windows touch four.
        const side = Math.floor(Math.sqrt(mosaic.placements.count)) * TILE_SIZE - TILE_SIZE;
        const window = {
          colOff: Math.floor(across * side),
          rowOff: Math.floor(down * side),
          width: TILE_SIZE,
          height: TILE_SIZE,
        };
        const duration = await timed(() =>
          readMosaic(mosaic, { window, width: TILE_SIZE, height: TILE_SIZE }, async () => source),
        );
        if (read >= WARMING_READS) durations[index]?.push(duration);
      }
    }
    const summaries = durations.map((values) => summarize(values));
    for (const [index, { count }] of mosaics.entries()) {
      const summary = summaries[index]!;
      rows.push([
        `${name}, ${count} sources`,
        ms(summary.min),
        `${ms(summary.mean)}±${ms(summary.stddev)}`,
        ms(summary.median),
        ms(summary.p95),
        times(summary.median / summaries[0]!.median),
      ]);
    }
  }
  await levels.close();
  console.log(`Reads of ${TILE_SIZE} x ${TILE_SIZE} pixels, ${READS} of each size, in turns; milliseconds\n`);
  printTable(['tiles', 'min', 'mean±std', 'median', 'p95', 'ratio of medians'], rows);
}

async function measureCompiling(): Promise<void> {
  const rows: string[][] = [];
  for (const count of COMPILE_COUNTS) {
    const { plan } = planMosaic(cataloguedTiles(count, tile), { resolutionStrategy: 'finest' });
    if (plan === null) throw new Error('no plan');
    const sources = sourcesOf(count);
    const compiling: number[] = [];
    const opening: number[] = [];
    const trusting: number[] = [];
    let bytes = 0;
    for (let round = 0; round < COMPILE_ROUNDS; round += 1) {
      let mosaic: CompiledMosaic | null = null;
      compiling.push(
        await timed(() => {
          mosaic = compileMosaic(plan, sources);
        }),
      );
      const { bytes: stored } = mosaic as unknown as CompiledMosaic;
      bytes = stored.byteLength;
      opening.push(await timed(() => openCompiledMosaic(stored)));
      trusting.push(await timed(() => openCompiledMosaic(stored, { isTrusted: true })));
    }
    rows.push([
      `${count}`,
      ms(summarize(compiling).median),
      megabytes(bytes),
      (bytes / count).toFixed(0),
      ms(summarize(opening).median),
      ms(summarize(trusting).median),
    ]);
  }
  console.log(`\nCompiling, and opening what was compiled; medians of ${COMPILE_ROUNDS}, milliseconds\n`);
  printTable(['sources', 'compile', 'size', 'bytes per source', 'open', 'open, trusted'], rows);
}
