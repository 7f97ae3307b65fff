import type { BandProfile, Crs, PixelGrid, Window } from '@inlay/geo';
import type { PixelList } from '@inlay/geotiff';
import type { RasterArray } from '@inlay/raster';

/**
 * What the renderer reads from: the same for one file and for a mosaic of ten thousand. Implementations keep whatever
 * caches they like; the renderer asks for each window once.
 */
export interface PixelSource {
  /** Full resolution. */
  readonly grid: PixelGrid;
  readonly crs: Crs;
  /** `bands[0]` is band 1. */
  readonly bands: readonly BandProfile[];
  /** Reduced-resolution levels, finest first; the full resolution is not among them. */
  readonly levels: readonly LevelSize[];
  /**
   * Reads a window. The result has `request.width` x `request.height` pixels, its bands in the order asked for, and a
   * mask wherever the source has one; nodata values are left in place. Its arrays are the caller's own, each in memory of
   * its own, to change and to give back.
   */
  readWindow(request: WindowRequest, signal: AbortSignal | undefined): Promise<WindowRead>;
  /**
   * {@link readWindow} of single pixels, as a raster of one row in their order; null where the source rather reads the
   * window as a whole. Left out by those that always do.
   * @param request of as many pixels as the level has in the window
   * @param pixels column and row of each, 0-based from the window's first one: theirs who read them
   */
  readPixels?(request: WindowRequest, pixels: PixelList, signal: AbortSignal | undefined): Promise<WindowRead | null>;
}

/** Pixels of a window. */
export interface WindowRead {
  readonly raster: RasterArray;
  /**
   * Why pixels are missing that should be there, where the source was told to leave out what cannot be read; they are
   * masked. Empty for a read that is whole.
   */
  readonly problems: readonly ReadProblem[];
}

/** Something that could not be read: plain data, so that threads can tell each other. */
export interface ReadProblem {
  readonly code: string;
  readonly message: string;
}

/** Size of a level in pixels. */
export interface LevelSize {
  readonly width: number;
  readonly height: number;
}

/** A window and how many pixels it is wanted in. */
export interface WindowRequest {
  /** 0 for full resolution, `i` for `levels[i - 1]`. */
  readonly level: number;
  /**
   * In pixels of the **full resolution**, whole pixels of the level: fractional where the level's size is no whole part
   * of the raster's.
   */
  readonly window: Window;
  /** Pixels of the result: those of the level in the window, or fewer where there is no level coarse enough. */
  readonly width: number;
  readonly height: number;
  /** 1-based. */
  readonly bands: readonly number[];
  /** How to make fewer pixels of more, where that is asked for. */
  readonly resampling: 'nearest' | 'average';
}

/** The window of a request in whole pixels of its level. */
export function windowInLevel(source: Pick<PixelSource, 'grid' | 'levels'>, { level, window }: WindowRequest): Window {
  const size = sizeOfLevel(source, level);
  const [perCol, perRow] = [size.width / source.grid.width, size.height / source.grid.height];
  const colOff = Math.round(window.colOff * perCol);
  const rowOff = Math.round(window.rowOff * perRow);
  return {
    colOff,
    rowOff,
    width: Math.round((window.colOff + window.width) * perCol) - colOff,
    height: Math.round((window.rowOff + window.height) * perRow) - rowOff,
  };
}

/** Size of a level; 0 is the full resolution. @throws RangeError where there is no such level. */
export function sizeOfLevel({ grid, levels }: Pick<PixelSource, 'grid' | 'levels'>, level: number): LevelSize {
  const size = level === 0 ? grid : levels[level - 1];
  if (size === undefined) throw new RangeError(`level ${level} of a raster with ${levels.length} overviews`);
  return size;
}
