import { type Crs, WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD } from '@inlay/geo';
import { crsFromEpsg } from '@inlay/geotiff';

/** Longitude and latitude of WGS 84, in degrees and in this order. */
export const LON_LAT: Crs = WORLD_CRS84_QUAD.crs;

/** A CRS by `EPSG:n` or `OGC:CRS84`; null for codes that are not known. Axes are always easting before northing. */
export async function crsByName(name: string): Promise<Crs | null> {
  if (name === 'OGC:CRS84' || name === 'EPSG:4326') return LON_LAT;
  if (name === 'EPSG:3857') return WEB_MERCATOR_QUAD.crs;
  const code = /^EPSG:(\d+)$/.exec(name)?.[1];
  return code === undefined ? null : await crsFromEpsg(Number(code));
}
