import type { Window } from '@inlay/geo';
import type { PixelList } from '@inlay/geotiff';
import type { RasterArray } from '@inlay/raster';

/** A source that pixels can be read of: what this package asks of whoever keeps files open and blocks in a cache. */
export interface OpenedSource {
  /**
   * Reads whole pixels of one level, in the data type of the file. Its mask is not the file's: pixels are 0 in it that
   * could not be read, and it is null where all could. Who leaves out pixels says why in {@link damage}.
   * @param level 0 is full resolution, n the n-th overview of the source's layout
   * @param window within the level
   * @param bands 1-based, each once
   */
  read(level: number, window: Window, bands: readonly number[], signal: AbortSignal | undefined): Promise<RasterArray>;
  /**
   * {@link read} of single pixels, as a raster of one row in their order. Left out by sources that rather read windows.
   * @param pixels column and row of each, within the level
   */
  readPixels?(
    level: number,
    pixels: PixelList,
    bands: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<RasterArray>;
  /**
   * Reads the mask that is stored beside the pixels, of one level of its own. Length = width * height; 0 is invalid,
   * 255 is valid. Asked only of sources whose layout has such a mask. It is apart from {@link read} because masks have
   * levels of their own, and because it is a reading apart in every format.
   * @param level 0 is full resolution, n the n-th overview of the layout's mask
   */
  readMask(level: number, window: Window, signal: AbortSignal | undefined): Promise<Uint8Array>;
  /** Why pixels were left out of what was read so far; null where none were. Left out by sources that rather fail. */
  damage?(): unknown;
  /** Told when no more of it will be read for now. */
  release?(): void;
}

/**
 * Opens a source by its position in the order sent; see `sourceId`. A source that is opened for every read had better
 * come out of a cache.
 */
export type OpenSource = (sourceIndex: number, signal: AbortSignal | undefined) => Promise<OpenedSource>;
