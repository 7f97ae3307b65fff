import { type Nodata, isComplex } from '@inlay/geo';
import { type RasterArray, nearestIndices } from '@inlay/raster';
import type { BlockFormat } from './block-format.ts';
import { createTargets } from './block-targets.ts';
import type { BlockCache } from './block-cache.ts';
import { readBlocks, visitCachedBlocks } from './block-reader.ts';
import type { BlockPosition } from './block-table.ts';
import type { PixelImage } from './pixel-image.ts';
import type { PixelReadOptions, PreparedRead } from './read-window.ts';

/** Single pixels of an image at regular distances: every pairing of a column with a row. 0-based, ascending. */
export interface Lattice {
  readonly cols: Uint32Array;
  readonly rows: Uint32Array;
}

/** Pictures whose longer side is below this say nothing; they are not made. */
export const MIN_LATTICE_SIDE = 16;

/** How much smaller each lattice is that is tried. */
const THINNING = 0.8;

/**
 * The densest lattice, up to `size` pixels, whose blocks fit the budget in every one of the images (the picture and its
 * mask); null where even the thinnest does not.
 *
 * @param planes bands that have blocks of their own, in planar images.
 */
export function densestAffordable(
  formats: readonly BlockFormat[],
  size: { readonly width: number; readonly height: number },
  planes: number,
  budget: { readonly decodedBytes: number; readonly blocks: number },
): Lattice | null {
  const { width, height } = formats[0]!;
  const longest = Math.max(size.width, size.height);
  for (let side = longest; ; side *= THINNING) {
    const shrink = side / longest;
    const lattice = {
      cols: nearestIndices(width, Math.max(1, Math.round(size.width * shrink))),
      rows: nearestIndices(height, Math.max(1, Math.round(size.height * shrink))),
    };
    let blocks = 0;
    let decodedBytes = 0;
    for (const format of formats) {
      const touched =
        blockNumbers(lattice.cols, format.blockWidth).length *
        blockNumbers(lattice.rows, format.blockHeight).length *
        (format.planar ? planes : 1);
      blocks += touched;
      decodedBytes += touched * format.blockBytes;
    }
    if (blocks <= budget.blocks && decodedBytes <= budget.decodedBytes) return lattice;
    if (side * THINNING < Math.min(MIN_LATTICE_SIDE, longest)) return null;
  }
}

/** Reads the pixels of a lattice, and only the blocks they lie in: width = cols.length, height = rows.length. */
export async function readLattice(
  image: PixelImage,
  lattice: Lattice,
  { bands, nodata, miss, ...options }: PixelReadOptions & { readonly bands: readonly number[] },
): Promise<RasterArray> {
  const { positions, take, result } = prepareLattice(image, lattice, bands, nodata ?? []);
  await readBlocks(image, positions, { take, ...(miss === undefined ? {} : { miss }) }, options);
  return result;
}

/** {@link readLattice} of one band from cached blocks alone, at once; null where one is missing. */
export function cachedLattice(image: PixelImage, lattice: Lattice, cache: BlockCache): RasterArray | null {
  const { positions, take, result } = prepareLattice(image, lattice, [1], []);
  return visitCachedBlocks(image, positions, { take }, cache) ? result : null;
}

function prepareLattice(
  { format }: PixelImage,
  { cols, rows }: Lattice,
  bands: readonly number[],
  nodata: readonly (Nodata | null)[],
): PreparedRead {
  const { dataType, samplesPerPixel, blockWidth, blockHeight } = format;
  const parts = isComplex(dataType) ? 2 : 1;
  const targets = createTargets(format, bands, nodata, cols.length * rows.length);
  const positions: BlockPosition[] = [];
  for (const plane of targets.byPlane.keys()) {
    for (const row of blockNumbers(rows, blockHeight)) {
      for (const col of blockNumbers(cols, blockWidth)) positions.push({ plane, col, row });
    }
  }
  return {
    positions,
    take(position, samples) {
      const left = position.col * blockWidth;
      const top = position.row * blockHeight;
      const [firstCol, endCol] = rangeWithin(cols, left, left + blockWidth);
      const [firstRow, endRow] = rangeWithin(rows, top, top + blockHeight);
      for (const target of targets.byPlane.get(position.plane)!) {
        for (let row = firstRow; row < endRow; row++) {
          let to = (row * cols.length + firstCol) * parts;
          for (let col = firstCol; col < endCol; col++) {
            const pixel = (rows[row]! - top) * blockWidth + cols[col]! - left;
            let from = (pixel * samplesPerPixel + target.sampleOffset) * parts;
            for (let part = 0; part < parts; part++) {
              target.samples[to++] = samples === null ? target.fill : samples[from++]!;
            }
          }
        }
      }
    },
    result: {
      layout: 'band-separate',
      width: cols.length,
      height: rows.length,
      dataType,
      bands: targets.bands,
      mask: null,
    },
  };
}

/** The distinct blocks that ascending pixel positions lie in. */
function blockNumbers(pixels: Uint32Array, blockLength: number): number[] {
  const numbers: number[] = [];
  for (const pixel of pixels) {
    const number = Math.floor(pixel / blockLength);
    if (number !== numbers.at(-1)) numbers.push(number);
  }
  return numbers;
}

/** Indices [first, end) of the ascending positions that lie in [from, to). */
function rangeWithin(positions: Uint32Array, from: number, to: number): [first: number, end: number] {
  const first = positions.findIndex((position) => position >= from);
  const end = positions.findIndex((position) => position >= to);
  return [first < 0 ? positions.length : first, end < 0 ? positions.length : end];
}
