import type { Affine, Crs, DataType, Nodata, PixelGrid, RasterLayout } from '@inlay/geo';
import type { Resampling } from '@inlay/raster';
import type { PictureShape } from '../pixels/pixel-task.ts';

/** An export as plain data: which pixels, computed how, written as what. */
export interface ExportPlan {
  readonly grid: PixelGrid;
  /** What {@link grid} is in; of a dataset that lies nowhere, its own pixels. */
  readonly crs: Crs;
  /** What the file says of its place: null for what is not known of the dataset. */
  readonly georeference: { readonly affine: Affine | null; readonly crs: Crs | null };
  /** The dataset's pixel at the export's top left, where the export's pixels are the dataset's; null where they are computed. */
  readonly origin: { readonly col: number; readonly row: number } | null;
  readonly kernel: Resampling;
  /** 1-based bands of the dataset, in the order in which they are written; possibly one twice. */
  readonly bands: readonly number[];
  /** The band that tells opacity, 1-based, written or not; null without one. */
  readonly alphaBand: number | null;
  /** What is written of the samples. */
  readonly dataType: DataType;
  /** Of each band written, the values that become the least and the greatest of {@link dataType}; null: as they are. */
  readonly rescale: readonly (readonly [min: number, max: number])[] | null;
  /** The value that pixels without data get; null where a mask or alpha tells of them. */
  readonly nodata: Nodata | null;
  /** A mask is written, unless every pixel turns out to be valid. */
  readonly hasMask: boolean;
  /** What is outside of it has no data; null: everything counts. In pixels of the export. */
  readonly shape: PictureShape | null;
  readonly file: ExportFile;
}

/** How the file is laid out and what it says of its pixels. */
export interface ExportFile {
  /** Levels below the full resolution are made: it is a COG. */
  readonly hasOverviews: boolean;
  readonly compression: 'deflate' | 'zstd' | 'lzw' | 'none' | 'jpeg' | 'webp';
  /** 1 to 100, of `jpeg` and `webp`. */
  readonly quality: number;
  readonly predictor: 1 | 2 | 3;
  /** `nearest` where the mean of two values means nothing. */
  readonly overviewResampling: 'nearest' | 'average';
  /** Columns and rows of a block. */
  readonly blockSize: number;
  /** The bands as they are written, with what is known of them. */
  readonly bands: RasterLayout['bands'];
  readonly metadata: RasterLayout['metadata'];
  readonly areaOrPoint: RasterLayout['areaOrPoint'];
}

/** Where a part of an export begins, moved from where the whole does. */
export function affineAt([a, b, c, d, e, f]: Affine, col: number, row: number): Affine {
  return [a, b, a * col + b * row + c, d, e, d * col + e * row + f];
}
