import { type BlockFormat, readBlockFormat } from './block-format.ts';
import { type BlockTable, openBlockTable } from './block-table.ts';
import type { RasterImage } from './images.ts';
import type { Source } from './source.ts';

/**
 * An image whose pixels can be read again and again at no further cost: some hundred bytes and its block lists, where
 * a {@link RasterImage} holds on to the header of its file.
 */
export interface PixelImage {
  /** Size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly source: Source;
  readonly format: BlockFormat;
  readonly table: BlockTable;
  /** What its blocks are cached under: no two images, nor two versions of one, may share it. */
  readonly cacheKey: string;
}

/**
 * Prepares an image for reading: its format is read, its pixels are not.
 * @param cacheKey see {@link PixelImage}; of no matter where no cache is used.
 * @throws GeoTiffError `geotiff/malformed`, `geotiff/unsupported`, `geotiff/too-large`, those of the source
 */
export async function openPixelImage(
  raster: RasterImage,
  { cacheKey = '', signal }: { readonly cacheKey?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<PixelImage> {
  const { width, height, source } = raster;
  const format = await readBlockFormat(raster, signal);
  return { width, height, source, format, table: openBlockTable(raster, format), cacheKey };
}
