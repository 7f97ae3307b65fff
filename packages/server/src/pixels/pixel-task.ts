import type { Nodata } from '@inlay/geo';
import type { ImageFormat, PictureGrid, PreparedRecipe, RenderOptions, RenderRecipe, RenderStage } from '@inlay/tiler';
import type { RasterSource } from './raster-source.ts';

/** What threads are asked to do: plain data. */
export type PixelTask = RecipeTask | PictureTask | PointsTask | StatisticsTask;

/** Decide how a raster is shown. */
export interface RecipeTask {
  readonly kind: 'recipe';
  readonly source: RasterSource;
  readonly options: RenderOptions;
}

/** Draw a picture of it. */
export interface PictureTask {
  readonly kind: 'picture';
  readonly source: RasterSource;
  readonly recipe: RenderRecipe;
  readonly picture: PictureGrid;
  readonly format: ImageFormat;
  /** What is outside of this shape is transparent; null where there is none. */
  readonly shape: PictureShape | null;
}

/**
 * Rings in pixels of the picture: x and y of each vertex one after the other, the last not repeating the first. A point
 * is inside where a ray from it crosses an odd number of edges.
 */
export type PictureShape = readonly Float64Array[];

/** Read single pixels. */
export interface PointsTask {
  readonly kind: 'points';
  readonly source: RasterSource;
  /** Column and row of each pixel at full resolution, one after the other; -1 for points outside. */
  readonly pixels: Int32Array;
  /** 1-based. */
  readonly bands: readonly number[];
  /** In place of the bands' own; undefined to leave those. */
  readonly nodata: Nodata | undefined;
}

/** Summarise bands. */
export interface StatisticsTask {
  readonly kind: 'statistics';
  readonly source: RasterSource;
  /** 1-based. */
  readonly bands: readonly number[];
  readonly nodata: Nodata | undefined;
  /** 0..100. */
  readonly percentiles: readonly number[];
  readonly bins: number;
}

/** What reading took. */
export interface ReadReport {
  /** Blocks that were read and decoded, and those that were decoded already. */
  readonly blocksRead: number;
  readonly blocksHeld: number;
  /** Reads of files, the bytes they asked for, and milliseconds until those were there and until they were decoded. */
  readonly reads: number;
  readonly readBytes: number;
  readonly fetchMs: number;
  readonly decodeMs: number;
  /** Why parts of the picture are transparent that should not be, each reason once; mostly none. */
  readonly problems: readonly string[];
}

/** A picture, or why there is none. */
export type PictureAnswer =
  | {
      readonly kind: 'picture';
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** Milliseconds of each step. */
      readonly stages: Partial<Record<RenderStage | 'open', number>>;
      readonly read: ReadReport;
    }
  | { readonly kind: 'outside' }
  | { readonly kind: 'unplaceable'; readonly reason: string };

/** Values of one pixel, in the order of the bands; null without data. */
export interface PointAnswer {
  readonly values: readonly (Nodata | null)[];
  /** The raster that they come from; null without data, and where they come from several. */
  readonly source: { readonly id: string; readonly name: string } | null;
}

/** One band's summary; null where no pixel is valid. */
export interface BandAnswer {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly stddev: number;
  /** Null where only the members of a mosaic are known. */
  readonly validPercent: number | null;
  readonly approximate: boolean;
  readonly percentiles: readonly { readonly rank: number; readonly value: number }[];
  readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] };
}

/** What a task comes to. */
export type AnswerOf<T extends PixelTask> = T extends RecipeTask
  ? PreparedRecipe
  : T extends PictureTask
    ? PictureAnswer
    : T extends PointsTask
      ? readonly PointAnswer[]
      : readonly (BandAnswer | null)[];
