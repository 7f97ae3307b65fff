import type { Crs } from '@inlay/geo';
import type { RasterSource } from './raster-source.ts';

/** A raster that has a place on the map. */
export type PlacedRaster = Pick<RasterSource, 'width' | 'height' | 'layout'> & {
  readonly affine: NonNullable<RasterSource['affine']>;
  readonly crs: NonNullable<RasterSource['crs']>;
};

/** Whether a raster has a place on the map: an affine georeference, and a CRS. */
export function isPlaced(source: RasterSource): source is RasterSource & PlacedRaster {
  return source.affine !== null && source.crs !== null;
}

/**
 * The CRS of a raster's own pixels, counted from its top-left corner: columns to the right, rows downwards. For
 * pictures of rasters that lie nowhere.
 */
export const PIXEL_CRS: Crs = {
  code: null,
  name: 'pixels',
  kind: 'local',
  wkt: 'LOCAL_CS["pixels"]',
  proj4: null,
  unit: { name: 'pixel', factor: 1 },
  axisMapping: '1,2',
  parametersKey: 'local:pixels',
};

/** A raster with its place, or, where it has none, with a place of its own. */
export function inOwnPlace(source: RasterSource): RasterSource & PlacedRaster {
  return isPlaced(source) ? source : { ...source, affine: [1, 0, 0, 0, -1, 0], crs: PIXEL_CRS };
}
