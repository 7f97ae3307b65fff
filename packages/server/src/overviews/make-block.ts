import { isComplex, type Window } from '@inlay/geo';
import { decodeCogBlock, encodeCogBlock } from '@inlay/geotiff';
import { readOverview, reduceOverview } from '@inlay/mosaic';
import { allocateSamples, isBigSamples, type RasterArray, type Samples } from '@inlay/raster';
import type { OverviewFile } from '@inlay/vrt';
import { openMosaic, sourceOpener } from '../pixels/mosaic-source.ts';
import type { ReadingDeps } from '../pixels/read-pixels.ts';
import type { OverviewTask, ReduceTask, RenderTask } from './overview-task.ts';
import { BLOCK_SIZE, formatOf } from './stored-overviews.ts';

/** Makes a block, as it is stored; null for one without any data. */
export async function makeBlock(
  deps: ReadingDeps,
  task: OverviewTask,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const { file, window } = task;
  const raster = task.kind === 'render' ? await render(deps, task, signal) : await reduce(task);
  return encodeCogBlock(storedSamples(raster, file), window, formatOf(file));
}

async function render(
  deps: ReadingDeps,
  { place, file, level, window, resampling }: RenderTask,
  signal: AbortSignal,
): Promise<RasterArray> {
  const { mosaic, memberOf } = openMosaic(place);
  const wanted = { level, window, bands: file.bands, resampling };
  return await readOverview(mosaic, wanted, sourceOpener(deps, memberOf), { signal });
}

async function reduce({ place, file, window, above, blocks, resampling }: ReduceTask): Promise<RasterArray> {
  const { exact, whole } = above;
  const parts = isComplex(file.dataType) ? 2 : 1;
  const format = formatOf(file);
  const samples = Array.from({ length: format.samplesPerPixel }, () =>
    allocateSamples(file.dataType, whole.width * whole.height),
  );
  for (const { col, row, bytes } of blocks) {
    const decoded = await decodeCogBlock(bytes, format);
    const block = { colOff: col * BLOCK_SIZE, rowOff: row * BLOCK_SIZE };
    for (const [sample, from] of decoded.entries()) copyCommon(from, block, samples[sample]!, whole, parts);
  }
  const raster = asRead(samples, file, whole);
  return reduceOverview(raster, openMosaic(place).mosaic, file.bands, {
    width: window.width,
    height: window.height,
    window: {
      colOff: exact.colOff - whole.colOff,
      rowOff: exact.rowOff - whole.rowOff,
      width: exact.width,
      height: exact.height,
    },
    resampling,
  });
}

/** Copies the pixels of a block that lie in a window. */
function copyCommon(
  from: Samples,
  block: Pick<Window, 'colOff' | 'rowOff'>,
  to: Samples,
  window: Window,
  parts: number,
): void {
  const first = Math.max(block.colOff, window.colOff);
  const end = Math.min(block.colOff + BLOCK_SIZE, window.colOff + window.width);
  const lastRow = Math.min(block.rowOff + BLOCK_SIZE, window.rowOff + window.height);
  for (let row = Math.max(block.rowOff, window.rowOff); row < lastRow; row += 1) {
    const start = (row - block.rowOff) * BLOCK_SIZE + first - block.colOff;
    const target = (row - window.rowOff) * window.width + first - window.colOff;
    to.set(from.subarray(start * parts, (start + end - first) * parts) as never, target * parts);
  }
}

/** The samples of a pixel as they are stored: the bands', and behind them what tells whether there is data. */
function storedSamples({ bands, mask, dataType, width, height }: RasterArray, { validity }: OverviewFile): Samples[] {
  if (validity === 'none') return [...bands];
  const parts = isComplex(dataType) ? 2 : 1;
  const marks = allocateSamples(dataType, width * height);
  const valid = validMark(marks);
  for (let at = 0; at < width * height; at += 1) {
    if (mask === null || mask[at] !== 0) marks[at * parts] = valid as never;
  }
  return [...bands, marks];
}

/** The greatest value of bytes and of 16 bits, which is what an opaque alpha is there; 255 of others that have it. */
function validMark(samples: Samples): number | bigint {
  if (isBigSamples(samples)) return 255n;
  if (samples instanceof Uint16Array) return 65_535;
  return samples instanceof Int8Array ? 127 : 255;
}

/** Stored samples as reading the mosaic gives them. */
export function asRead(
  samples: readonly Samples[],
  { bands, dataType, validity, hasAlpha }: OverviewFile,
  { width, height }: Pick<Window, 'width' | 'height'>,
): RasterArray {
  const marks = validity !== 'none' || hasAlpha ? samples.at(-1)! : null;
  return {
    layout: 'band-separate',
    width,
    height,
    dataType,
    bands: samples.slice(0, bands.length),
    mask: marks === null ? null : validWhere(marks, isComplex(dataType) ? 2 : 1),
  };
}

function validWhere(marks: Samples, parts: number): Uint8Array {
  const mask = new Uint8Array(marks.length / parts);
  for (let at = 0; at < mask.length; at += 1) mask[at] = marks[at * parts]! > 0 ? 255 : 0;
  return mask;
}
