import type { Window } from '@inlay/geo';
import type { RasterArray } from '@inlay/raster';
import type { BlockCache } from './block-cache.ts';
import type { BlockPosition } from './block-table.ts';
import { fillSamples } from './copy-samples.ts';
import type { GeoTiffError } from './error.ts';
import type { PixelLevel } from './levels.ts';
import type { PixelImage } from './pixel-image.ts';
import { type PixelList, pixelsInBlock, readPixelList } from './pixel-list.ts';
import { type Lattice, cachedLattice, readLattice } from './sample-lattice.ts';
import { readBlocks } from './block-reader.ts';
import { cachedPixels, type PixelReadOptions, prepareRead, readMaskPixels, rectOf, validityOf } from './read-window.ts';

/** What to read of a level, and how. */
export interface LevelReadOptions {
  /** 1-based bands, in the order wanted; default all. */
  readonly bands?: readonly number[] | undefined;
  /** Where decoded blocks are kept and shared; without it, each read decodes what it needs. */
  readonly cache?: BlockCache | undefined;
  /**
   * What a block is that cannot be read or decoded: an error (`refuse`, the default), or pixels that are not valid
   * (`transparent`), which {@link LevelRead} tells.
   */
  readonly damage?: 'refuse' | 'transparent';
  readonly signal?: AbortSignal | undefined;
}

/** Pixels of a level. */
export interface LevelRead {
  /** In the data type the file stores. The mask is null where there is none and nothing is missing. */
  readonly raster: RasterArray;
  /** Blocks that were left out, those of masks included: 0 unless damage is `transparent`. */
  readonly missingBlocks: number;
  /** Why the first of them was left out; null where none was. */
  readonly firstProblem: GeoTiffError | null;
}

/**
 * Reads a window of a level: see `readWindow` for the values. In planar files, blocks of other bands are not touched.
 *
 * @param window whole pixels within the level.
 * @throws GeoTiffError `geotiff/damaged-block`, `geotiff/truncated` and `geotiff/source-unavailable` unless damage is
 *   `transparent`; `geotiff/unsupported-compression`, `geotiff/unsupported`, `geotiff/source-changed`,
 *   `geotiff/too-large`. RangeError where the window or a band is outside of the image. The signal's reason when aborted.
 */
export async function readLevel(
  { image, mask, nodata, ...level }: PixelLevel,
  window: Window,
  { bands, cache, damage = 'refuse', signal }: LevelReadOptions = {},
): Promise<LevelRead> {
  const missed: { position: BlockPosition; error: GeoTiffError }[] = [];
  let missingMaskBlocks = 0;
  let firstProblem: GeoTiffError | null = null;
  const read = prepareRead(image, window, bands, nodata);
  const isTolerant = damage === 'transparent';
  const miss = (position: BlockPosition, error: GeoTiffError): void => {
    read.take(position, null);
    missed.push({ position, error });
  };
  const missMask = (_position: BlockPosition, error: GeoTiffError): void => {
    // Left at 0, its pixels are invalid.
    missingMaskBlocks++;
    firstProblem ??= error;
  };
  const options = { cache, signal };
  const [, validity] = await Promise.all([
    readBlocks(image, read.positions, { take: read.take, ...(isTolerant ? { miss } : {}) }, options),
    mask === null ? null : readValidity(mask, level, window, { ...options, ...(isTolerant ? { miss: missMask } : {}) }),
  ]);
  firstProblem = missed[0]?.error ?? firstProblem;
  return {
    raster: { ...read.result, mask: withoutBlocks(image, window, validity, missed) },
    missingBlocks: missed.length + missingMaskBlocks,
    firstProblem,
  };
}

/**
 * {@link readLevel} of single pixels: the raster has one row of them, in the list's order.
 *
 * @param list pixels within the level
 */
export async function readLevelPixels(
  { image, mask, nodata, ...level }: PixelLevel,
  list: PixelList,
  { bands, cache, damage = 'refuse', signal }: LevelReadOptions & { readonly bands: readonly number[] },
): Promise<LevelRead> {
  const missed: { pixels: readonly number[]; error: GeoTiffError }[] = [];
  const missFrom = (from: PixelImage, pixels: PixelList) => (position: BlockPosition, error: GeoTiffError) => {
    missed.push({ pixels: pixelsInBlock(from, pixels, position), error });
  };
  const options = { cache, signal };
  const read = (
    from: PixelImage,
    pixels: PixelList,
    own: Pick<PixelReadOptions, 'nodata'> & { bands: readonly number[] },
  ) =>
    readPixelList(from, pixels, {
      ...options,
      ...own,
      ...(damage === 'transparent' ? { miss: missFrom(from, pixels) } : {}),
    });
  const [raster, validity] = await Promise.all([
    read(image, list, { bands, nodata }),
    mask === null ? null : read(mask, inMask(mask, level, list), { bands: [1] }),
  ]);
  let valid = validity === null ? null : validityOf(validity);
  for (const { pixels } of missed) {
    valid ??= new Uint8Array(list.cols.length).fill(255);
    for (const pixel of pixels) valid[pixel] = 0;
  }
  return { raster: { ...raster, mask: valid }, missingBlocks: missed.length, firstProblem: missed[0]?.error ?? null };
}

/** The pixels of a mask that the centres of a level's pixels lie in. */
function inMask(mask: Size, level: Size, list: PixelList): PixelList {
  if (isSameSize(mask, level)) return list;
  const scaled = (positions: Int32Array, from: number, to: number): Int32Array =>
    positions.map((position) => Math.min(to - 1, Math.floor(((position + 0.5) * to) / from)));
  return { cols: scaled(list.cols, level.width, mask.width), rows: scaled(list.rows, level.height, mask.height) };
}

/**
 * {@link readLevel} from cached blocks alone, without waiting for anything: what tiles of a map being panned are made of.
 * @returns null where some block is not in the cache.
 */
export function cachedLevel(
  { image, mask, nodata, ...level }: PixelLevel,
  window: Window,
  cache: BlockCache,
  bands?: readonly number[],
): RasterArray | null {
  const raster = cachedPixels(image, window, cache, { nodata, ...(bands === undefined ? {} : { bands }) });
  if (raster === null || mask === null) return raster;
  const validity = isSameSize(mask, level)
    ? cachedPixels(mask, window, cache, { bands: [1] })
    : cachedLattice(mask, latticeOf(mask, level, window), cache);
  return validity === null ? null : { ...raster, mask: validityOf(validity) };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function isSameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

async function readValidity(
  mask: PixelLevel['image'],
  level: Size,
  window: Window,
  options: Parameters<typeof readMaskPixels>[2],
): Promise<Uint8Array> {
  if (isSameSize(mask, level)) return readMaskPixels(mask, window, options);
  return validityOf(await readLattice(mask, latticeOf(mask, level, window), { ...options, bands: [1] }));
}

/** The pixels of a mask of another size that the centres of a level's pixels lie in. */
function latticeOf(mask: Size, level: Size, { colOff, rowOff, width, height }: Window): Lattice {
  const spread = (first: number, count: number, from: number, to: number): Uint32Array =>
    Uint32Array.from({ length: count }, (_, i) => Math.min(to - 1, Math.floor(((first + i + 0.5) * to) / from)));
  return {
    cols: spread(colOff, width, level.width, mask.width),
    rows: spread(rowOff, height, level.height, mask.height),
  };
}

/** The mask with the pixels of missing blocks left out: of all bands, though each of a planar file has its own blocks. */
function withoutBlocks(
  { format }: PixelLevel['image'],
  window: Window,
  validity: Uint8Array | null,
  missed: readonly { readonly position: BlockPosition }[],
): Uint8Array | null {
  if (missed.length === 0) return validity;
  const mask = validity ?? new Uint8Array(window.width * window.height).fill(255);
  for (const { position } of missed) fillSamples(mask, 0, rectOf(format, position, window), 1);
  return mask;
}
