import type { Crs } from './crs.ts';

/** Longitude and latitude in degrees, as proj4 is told of them. */
export const WGS84 = '+proj=longlat +datum=WGS84 +no_defs';

/** In radians. */
export const DEGREE: number = Math.PI / 180;

/** A PROJ string as proj4 takes it. */
export function proj4Definition(text: string): string {
  return (
    text
      // Datum shift grids are files that are not there; without them a footprint is off by some metres, not wrong.
      .replace(/\s*\+nadgrids=(?!@null)\S+/, '')
      // proj4 (2.22) fails on authalic spheres; the one in use is Clarke 1866's, of the US National Atlas (EPSG:9311).
      .replace(/\+R_A(.*)\+datum=NAD27/, '+R=6370997.2406$1')
  );
}

/** Rasters by the thousand share a handful of CRSs, and setting a transform up costs as much as hundreds of points. */
const MAX_CACHED = 256;

/**
 * Makes the transform of a CRS once, however often it is asked for; null where no PROJ string expresses the CRS.
 * @param create given the CRS's PROJ string
 */
export function transformByCrs<T>(create: (definition: string, crs: Crs) => T | null): (crs: Crs) => T | null {
  const cache = new Map<string, T | null>();
  return (crs) => {
    if (crs.proj4 === null || (crs.kind !== 'projected' && crs.kind !== 'geographic')) return null;
    const key = `${crs.proj4} ${crs.kind} ${crs.unit.factor}`;
    let transform = cache.get(key);
    if (transform === undefined) {
      transform = create(crs.proj4, crs);
      if (cache.size >= MAX_CACHED) cache.clear();
      cache.set(key, transform);
    }
    return transform;
  };
}
