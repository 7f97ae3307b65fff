import {
  type BBox,
  nativeTileMatrixSet,
  TILE_MATRIX_SETS,
  type TileMatrixSet,
  type ZoomRange,
  zoomsOfRaster,
} from '@inlay/geo';
import type { TileMatrixSetId } from '@inlay/contract';
import { ServerError } from '../error.ts';
import { isPlaced, type PlacedRaster } from './placed-raster.ts';
import type { RasterSource } from './raster-source.ts';

/** Where a raster is on a map. */
export interface MapPlace extends ZoomRange {
  /** West, south, east, north in degrees, west < east: all longitudes for a raster across the antimeridian. */
  readonly bounds: BBox;
  /** Longitude and latitude of its middle. */
  readonly center: readonly [lon: number, lat: number];
}

/** @throws ServerError `not_georeferenced` */
export function requirePlaced(source: RasterSource): RasterSource & PlacedRaster {
  if (isPlaced(source)) return source;
  const lacks = source.affine === null ? 'it has no affine georeference' : 'nobody has said which CRS it is in';
  throw notGeoreferenced(`"${source.name}" has no place on the map: ${lacks}.`);
}

export function notGeoreferenced(message: string): ServerError {
  return new ServerError('not_georeferenced', message);
}

const natives = new WeakMap<object, TileMatrixSet>();

export function matrixSetOf(source: RasterSource & PlacedRaster, id: TileMatrixSetId): TileMatrixSet {
  const known = TILE_MATRIX_SETS.get(id);
  if (known !== undefined) return known;
  let set = natives.get(source);
  if (set === undefined) {
    set = nativeTileMatrixSet({ affine: source.affine, width: source.width, height: source.height }, source.crs, {
      id: 'native',
      title: `${source.name}, in its own CRS`,
    });
    natives.set(source, set);
  }
  return set;
}

/** @throws ServerError `not_georeferenced` for what the set's CRS cannot express */
export function mapPlace(source: RasterSource & PlacedRaster, set: TileMatrixSet): MapPlace {
  const zooms = zoomsOfRaster(set, source, source.crs);
  if (zooms === null || source.bbox === null) {
    throw notGeoreferenced(`"${source.name}" is in ${source.crs.name}, which ${set.title} cannot express.`);
  }
  const [west, south, east, north] = source.bbox;
  const isCrossing = west > east;
  const middle = (west + (isCrossing ? east + 360 : east)) / 2;
  return {
    ...zooms,
    bounds: isCrossing ? [-180, south, 180, north] : [west, south, east, north],
    center: [middle > 180 ? middle - 360 : middle, (south + north) / 2],
  };
}
