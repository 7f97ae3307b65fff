import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, type ColorInterp, type Window } from '@inlay/geo';
import { blockGrid, type CogFormat, compressCogBlock, encodeCogMask, layOutCog } from '@inlay/geotiff';
import { allocateSamples, type Samples } from '@inlay/raster';
import { type ReadingDeps, withPixels } from '../pixels/read-pixels.ts';
import { createExportReader, type ExportBlock, type ExportReader } from './export-pixels.ts';
import type { ExportPlan } from './export-plan.ts';
import { type ExportTask, PROGRESS_UNITS } from './export-task.ts';
import { halveBlock } from './halve-block.ts';
import { shapeMask } from './shape-mask.ts';
import { createTileStore, type TileStore } from './tile-store.ts';

/*
 * Terminology. A *level* is the export or one of its overviews, 0 the export itself. A *tile* is what a level is stored in.
 * Four tiles of a level, halved, are one of the next: they are made one after the other, so that no more than three
 * finished tiles of each level wait for the fourth, however large the export is.
 */

/** Levels are made until one fits into a tile. */
function levelSizes({ grid, file }: ExportPlan): { readonly width: number; readonly height: number }[] {
  const sizes = [{ width: grid.width, height: grid.height }];
  while (file.hasOverviews) {
    const { width, height } = sizes.at(-1)!;
    if (width <= file.blockSize && height <= file.blockSize) break;
    sizes.push({ width: Math.ceil(width / 2), height: Math.ceil(height / 2) });
  }
  return sizes;
}

/** Writes the file of a task. @throws what reading throws; CodedError `source_unavailable` where pixels are missing */
export async function writeExport(deps: ReadingDeps, task: ExportTask, signal: AbortSignal): Promise<void> {
  const { source, plan } = task;
  const stores = await openStores(task);
  try {
    const { hasHoles } = await withPixels(deps, source, signal, async (pixels) => {
      const reader = createExportReader(pixels, plan, refuseProblems);
      return await writeTiles(reader, plan, stores, new Int32Array(task.progress), signal);
    });
    await assemble(task, stores, hasHoles, signal);
  } finally {
    for (const { tiles, masks } of stores) {
      await tiles.close();
      await masks?.close();
    }
  }
}

/** An export is whole, or there is none. */
function refuseProblems(problems: readonly { readonly message: string }[]): void {
  const [first] = problems;
  if (first !== undefined) throw new CodedError('source_unavailable', first.message);
}

interface LevelStore {
  readonly width: number;
  readonly height: number;
  /** Tiles across and down. */
  readonly cols: number;
  readonly rows: number;
  readonly tiles: TileStore;
  /** Null where no mask is written. */
  readonly masks: TileStore | null;
}

async function openStores({ plan, folder }: ExportTask): Promise<LevelStore[]> {
  const stores: LevelStore[] = [];
  for (const [level, size] of levelSizes(plan).entries()) {
    const { cols, rows } = blockGrid(size, plan.file.blockSize);
    stores.push({
      ...size,
      cols,
      rows,
      tiles: await createTileStore(join(folder, `${level}.tiles`), cols * rows),
      masks: plan.hasMask ? await createTileStore(join(folder, `${level}.masks`), cols * rows) : null,
    });
  }
  return stores;
}

/** Makes the tiles of all levels, each from the four below it; whether there is a pixel that the mask leaves out. */
async function writeTiles(
  reader: ExportReader,
  plan: ExportPlan,
  stores: readonly LevelStore[],
  progress: Int32Array,
  signal: AbortSignal,
): Promise<{ readonly hasHoles: boolean }> {
  const { blockSize } = plan.file;
  const format = formatOf(plan);
  const [full] = stores;
  const total = full!.cols * full!.rows;
  let done = 0;
  let hasHoles = false;
  const pending = new Set<Promise<void>>();
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);

  /** Compresses and stores in other threads, while the next tile is made. */
  const store = async (level: number, col: number, row: number, block: ExportBlock): Promise<void> => {
    const { cols, tiles, masks } = stores[level]!;
    const index = row * cols + col;
    const storing = (async () => {
      const bytes = await compressCogBlock(block.bands, block, format);
      if (bytes !== null) await tiles.put(index, bytes);
      if (masks !== null) await masks.put(index, encodeCogMask(block.mask, block, format));
    })();
    pending.add(storing);
    storing.then(
      () => pending.delete(storing),
      (error: unknown) => failed.abort(error),
    );
    if (pending.size >= MAX_STORING) await Promise.race(pending);
  };

  const windowOf = (level: number, col: number, row: number): Window => {
    const { width, height } = stores[level]!;
    const [colOff, rowOff] = [col * blockSize, row * blockSize];
    return { colOff, rowOff, width: Math.min(blockSize, width - colOff), height: Math.min(blockSize, height - rowOff) };
  };

  /** Makes a tile and all those below it; the tile. */
  const make = async (level: number, col: number, row: number): Promise<ExportBlock> => {
    either.throwIfAborted();
    const window = windowOf(level, col, row);
    let block: ExportBlock;
    if (level === 0) {
      const inside = plan.shape === null ? null : shapeMask(plan.shape, window);
      block = await reader.read(window, inside, either);
      hasHoles ||= block.mask !== null;
      done += 1;
      Atomics.store(progress, 0, Math.floor((PROGRESS_UNITS * done) / total));
    } else {
      block = await makeFromFour(level, col, row, window);
    }
    await store(level, col, row, block);
    return block;
  };

  const makeFromFour = async (level: number, col: number, row: number, window: Window): Promise<ExportBlock> => {
    const below = stores[level - 1]!;
    const parts: Part[] = [];
    for (const [right, down] of QUARTERS) {
      const [partCol, partRow] = [2 * col + right, 2 * row + down];
      if (partCol >= below.cols || partRow >= below.rows) continue;
      const part = halveBlock(await make(level - 1, partCol, partRow), plan);
      parts.push({ ...part, colOff: (right * blockSize) / 2, rowOff: (down * blockSize) / 2 });
    }
    return joinParts(parts, window, plan);
  };

  try {
    const top = stores.length - 1;
    for (let row = 0; row < stores[top]!.rows; row += 1) {
      for (let col = 0; col < stores[top]!.cols; col += 1) await make(top, col, row);
    }
    await Promise.all(pending);
    return { hasHoles };
  } finally {
    await Promise.allSettled(pending);
  }
}

/** Tiles that are compressed and stored at the same time. */
const MAX_STORING = 4;

const QUARTERS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;

type Part = ExportBlock & { readonly colOff: number; readonly rowOff: number };

/** Puts up to four halved tiles together. */
function joinParts(parts: readonly Part[], { width, height }: Window, plan: ExportPlan): ExportBlock {
  const bands = plan.bands.map(() => allocateSamples(plan.dataType, width * height));
  const isMasked = parts.some(({ mask }) => mask !== null);
  const mask = isMasked ? new Uint8Array(width * height) : null;
  for (const part of parts) {
    for (const [index, samples] of part.bands.entries()) paste(samples, part, bands[index]!, width);
    if (mask !== null) paste(part.mask ?? new Uint8Array(part.width * part.height).fill(255), part, mask, width);
  }
  return { width, height, bands, mask };
}

function paste(from: Samples, part: Part, to: Samples, width: number): void {
  // Two entries for each complex sample.
  const parts = from.length / (part.width * part.height);
  for (let row = 0; row < part.height; row += 1) {
    const line = from.subarray(row * part.width * parts, (row + 1) * part.width * parts);
    to.set(line as never, ((part.rowOff + row) * width + part.colOff) * parts);
  }
}

const RGB: readonly ColorInterp[] = ['Red', 'Green', 'Blue'];

function formatOf({ dataType, bands, nodata, file }: ExportPlan): CogFormat {
  const isInteger = dataType === 'Byte' || dataType === 'UInt16';
  return {
    dataType,
    samplesPerPixel: bands.length,
    blockSize: file.blockSize,
    nodata,
    isRgb: isInteger && RGB.every((color, index) => file.bands[index]?.colorInterp === color),
    hasAlpha: file.bands.at(-1)?.colorInterp === 'Alpha' && bands.length > 1,
    compression: file.compression,
    quality: file.quality,
    isPredicted: file.predictor !== 1,
  };
}

/** Colours that readers take the bands for, whatever else the file says. */
function impliedColors(format: CogFormat): ColorInterp[] {
  const { samplesPerPixel, isRgb, hasAlpha, compression } = format;
  const hasColors = isRgb || compression === 'webp' || (compression === 'jpeg' && samplesPerPixel === 3);
  const colors = Array.from({ length: samplesPerPixel }, (_, index): ColorInterp => {
    if (hasColors && index < 3) return RGB[index]!;
    return index === 0 ? 'Gray' : 'Undefined';
  });
  if (hasAlpha) colors[samplesPerPixel - 1] = 'Alpha';
  return colors;
}

/**
 * Puts the tiles together where they belong: the file's head, then the coarsest level first.
 * @param isMasked whether there are masks and anything to be said by them
 */
async function assemble(
  { plan, output }: ExportTask,
  stores: readonly LevelStore[],
  isMasked: boolean,
  signal: AbortSignal,
): Promise<void> {
  const format = formatOf(plan);
  const { file } = plan;
  const { header } = layOutCog({
    format,
    ...plan.georeference,
    levels: stores.map(({ width, height, tiles }) => ({ width, height, blockBytes: tiles.sizes })),
    masks: isMasked ? stores.map(({ width, height, masks }) => ({ width, height, blockBytes: masks!.sizes })) : [],
    facts: {
      bands: file.bands.map((band) => ({ ...band, colorTable: file.bands.length === 1 ? band.colorTable : null })),
      metadata: file.metadata,
      areaOrPoint: file.areaOrPoint,
      impliedColors:
        file.bands.length === 1 && file.bands[0]!.colorTable !== null ? ['Palette'] : impliedColors(format),
    },
  });
  const written = await open(output, 'wx', 0o600);
  try {
    await written.writeFile(header);
    for (const { tiles, masks } of stores.toReversed()) {
      for (const images of isMasked ? [tiles, masks!] : [tiles]) {
        for await (const chunk of images.inOrder()) {
          signal.throwIfAborted();
          await written.writeFile(chunk);
        }
      }
    }
    await written.sync();
  } finally {
    await written.close();
  }
}
