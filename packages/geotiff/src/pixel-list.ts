import { isComplex } from '@inlay/geo';
import type { RasterArray, Samples } from '@inlay/raster';
import { type BandTarget, createTargets } from './block-targets.ts';
import type { BlockFormat } from './block-format.ts';
import type { BlockPosition } from './block-table.ts';
import { readBlocks } from './block-reader.ts';
import { type Words, wordsOf } from './copy-samples.ts';
import type { PixelImage } from './pixel-image.ts';
import { type PixelReadOptions, requireFewBlocks } from './read-window.ts';

/** Single pixels of an image, in any order and possibly repeated: column and row of each, 0-based. Of one length. */
export interface PixelList {
  readonly cols: Int32Array;
  readonly rows: Int32Array;
}

/**
 * Reads single pixels, and only the blocks they lie in: width = cols.length, height = 1.
 * @throws RangeError where a pixel is outside of the image; as `readPixels`
 */
export async function readPixelList(
  image: PixelImage,
  list: PixelList,
  { bands, nodata, miss, ...options }: PixelReadOptions & { readonly bands: readonly number[] },
): Promise<RasterArray> {
  const { format } = image;
  const count = list.cols.length;
  const targets = createTargets(format, bands, nodata ?? [], count);
  const result: RasterArray = {
    layout: 'band-separate',
    width: count,
    height: 1,
    dataType: format.dataType,
    bands: targets.bands,
    mask: null,
  };
  if (count === 0) return result;
  const { blocks, order } = intoBlocks(format, list);
  const byPosition = new Map(blocks.map((block) => [placeOf(block), block]));
  const positions = [...targets.byPlane.keys()].flatMap((plane) => blocks.map(({ col, row }) => ({ plane, col, row })));
  const take = (position: BlockPosition, samples: Samples | null): void => {
    const { start, end } = byPosition.get(placeOf(position))!;
    const places = { ...list, order, start, end, ...cornerOf(format, position) };
    if (samples !== null && targets.triple !== null) {
      const [red, green, blue] = targets.triple.map(wordsOf) as [Words, Words, Words];
      pickTriples(wordsOf(samples), places, red, green, blue);
      return;
    }
    for (const target of targets.byPlane.get(position.plane)!) pick(format, samples, places, target);
  };
  await readBlocks(image, positions, { take, ...(miss === undefined ? {} : { miss }) }, options);
  return result;
}

/** The pixels of a list that lie in a block. */
export function pixelsInBlock({ format }: PixelImage, list: PixelList, position: BlockPosition): number[] {
  const { left, top } = cornerOf(format, position);
  const inside: number[] = [];
  for (let i = 0; i < list.cols.length; i++) {
    const [col, row] = [list.cols[i]! - left, list.rows[i]! - top];
    if (col >= 0 && row >= 0 && col < format.blockWidth && row < format.blockHeight) inside.push(i);
  }
  return inside;
}

/** A block and its pixels: those that `order` names from `start` to `end`. */
interface ListedBlock {
  readonly col: number;
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

/** Sorts pixels by the blocks they lie in. `order` is null where all of them are in one. */
function intoBlocks(
  { width, height, blockWidth, blockHeight }: BlockFormat,
  { cols, rows }: PixelList,
): { readonly blocks: readonly ListedBlock[]; readonly order: Int32Array | null } {
  const across = blockNumbers(cols, blockWidth, width, 'column');
  const down = blockNumbers(rows, blockHeight, height, 'row');
  if (across.count === 1 && down.count === 1) {
    return { blocks: [{ col: across.first, row: down.first, start: 0, end: cols.length }], order: null };
  }
  requireFewBlocks(across.count * down.count);
  const ends = new Int32Array(across.count * down.count);
  for (let i = 0; i < cols.length; i++) {
    ends[down.numbers[rows[i]! - down.least]! * across.count + across.numbers[cols[i]! - across.least]!]!++;
  }
  let sum = 0;
  const starts = ends.map((count) => (sum += count) - count);
  ends.set(starts);
  const order = new Int32Array(cols.length);
  for (let i = 0; i < cols.length; i++) {
    const block = down.numbers[rows[i]! - down.least]! * across.count + across.numbers[cols[i]! - across.least]!;
    order[ends[block]!++] = i;
  }
  const blocks = Array.from(starts, (start, i) => ({
    col: across.first + (i % across.count),
    row: down.first + Math.floor(i / across.count),
    start,
    end: ends[i]!,
  }));
  return { blocks: blocks.filter(({ start, end }) => end > start), order };
}

/** Which block, counted from the first that is touched, each position lies in that is between the least and the greatest. */
function blockNumbers(
  positions: Int32Array,
  blockLength: number,
  length: number,
  what: string,
): { readonly least: number; readonly first: number; readonly count: number; readonly numbers: Int32Array } {
  let least = positions[0]!;
  let most = least;
  for (let i = 1; i < positions.length; i++) {
    const position = positions[i]!;
    if (position < least) least = position;
    if (position > most) most = position;
  }
  if (least < 0 || most >= length) throw new RangeError(`${what} ${least < 0 ? least : most} of ${length}`);
  const first = Math.floor(least / blockLength);
  const numbers = new Int32Array(most - least + 1);
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.floor((least + i) / blockLength) - first;
  return { least, first, count: Math.floor(most / blockLength) - first + 1, numbers };
}

/** Pixels of a block: where its corner is, which they are. */
interface Places extends PixelList {
  readonly order: Int32Array | null;
  readonly start: number;
  readonly end: number;
  readonly left: number;
  readonly top: number;
  readonly blockWidth: number;
  readonly samplesPerPixel: number;
}

function cornerOf(
  { blockWidth, blockHeight, samplesPerPixel }: BlockFormat,
  { col, row }: BlockPosition,
): Pick<Places, 'left' | 'top' | 'blockWidth' | 'samplesPerPixel'> {
  return { left: col * blockWidth, top: row * blockHeight, blockWidth, samplesPerPixel };
}

function placeOf({ col, row }: { readonly col: number; readonly row: number }): string {
  return `${col} ${row}`;
}

function pickTriples(
  source: Words,
  { cols, rows, order, start, end, left, top, blockWidth, samplesPerPixel }: Places,
  red: Words,
  green: Words,
  blue: Words,
): void {
  for (let k = start; k < end; k++) {
    const i = order === null ? k : order[k]!;
    const from = ((rows[i]! - top) * blockWidth + cols[i]! - left) * samplesPerPixel;
    red[i] = source[from]!;
    green[i] = source[from + 1]!;
    blue[i] = source[from + 2]!;
  }
}

function pick(
  { dataType }: BlockFormat,
  samples: Samples | null,
  { cols, rows, order, start, end, left, top, blockWidth, samplesPerPixel }: Places,
  target: BandTarget,
): void {
  const parts = isComplex(dataType) ? 2 : 1;
  for (let k = start; k < end; k++) {
    const i = order === null ? k : order[k]!;
    const pixel = (rows[i]! - top) * blockWidth + cols[i]! - left;
    const from = (pixel * samplesPerPixel + target.sampleOffset) * parts;
    for (let part = 0; part < parts; part++) {
      target.samples[i * parts + part] = samples === null ? target.fill : samples[from + part]!;
    }
  }
}
