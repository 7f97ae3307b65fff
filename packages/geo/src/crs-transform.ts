import proj4 from 'proj4';
import type { Point } from './affine.ts';
import { type Crs, sameCrs } from './crs.ts';
import { DEGREE, proj4Definition, transformByCrs, WGS84 } from './proj-definition.ts';
import { toLonLat } from './projection.ts';

/** Transforms x, y of one CRS to x, y of another; null where the point has no place there. */
export type PointTransform = (x: number, y: number) => Point | null;

/**
 * The transform from one CRS to another by way of WGS 84; the identity between the same CRSs. Null where no PROJ
 * string that proj4 understands expresses one of them. Datum shift grids are not used: {@link datumUncertainty}
 * bounds what that costs.
 */
export function transformBetween(from: Crs, to: Crs): PointTransform | null {
  if (sameCrs(from, to)) return (x, y) => (Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null);
  const [forward, back] = [toLonLat(from), fromLonLat(to)];
  if (forward === null || back === null) return null;
  return (x, y) => {
    const lonLat = forward(x, y);
    return lonLat === null ? null : back(lonLat[0], lonLat[1]);
  };
}

/** The transform of longitude and latitude in degrees (WGS 84) to a CRS; null where proj4 cannot express the CRS. */
export const fromLonLat: (crs: Crs) => PointTransform | null = transformByCrs(createTransform);

function createTransform(definition: string, { kind, unit }: Crs): PointTransform | null {
  const withoutGrids = proj4Definition(definition);
  let converter: { forward(point: [number, number], enforceAxis: boolean): [number, number] };
  try {
    converter = proj4(WGS84, withoutGrids);
  } catch {
    return null; // proj4 does not know the method
  }
  const units = kind === 'geographic' ? Number((DEGREE / unit.factor).toPrecision(12)) : 1;
  const isPlain = kind === 'geographic' && !/\+(?:pm|towgs84)=/.test(withoutGrids);
  return (lon, lat) => {
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return null;
    if (isPlain) return [lon * units, lat * units];
    try {
      const [x, y] = converter.forward([lon, lat], true);
      return Number.isFinite(x) && Number.isFinite(y) ? [x * units, y * units] : null;
    } catch {
      return null; // outside of the projection's domain
    }
  };
}

/** Projections whose x is proportional to the longitude (proj.org, "Cylindrical"). */
const CYLINDRICAL = /\+proj=(?:merc|webmerc|eqc|mill|cea|gall)\b/;

/**
 * By how much x grows in one turn around the Earth, in the CRS's units, where that is the same at every latitude:
 * 360 for degrees, the equator's length in Mercator's projection. Null in CRSs that are no endless band.
 */
export function turnWidth(crs: Crs): number | null {
  if (crs.kind === 'geographic') return Number(((2 * Math.PI) / crs.unit.factor).toPrecision(12));
  if (crs.proj4 === null || !CYLINDRICAL.test(crs.proj4)) return null;
  const transform = fromLonLat(crs);
  const centralMeridian = Number(/\+lon_0=(\S+)/.exec(crs.proj4)?.[1] ?? 0);
  const [start, quarter] = [transform?.(centralMeridian, 0), transform?.(centralMeridian + 90, 0)];
  return start && quarter ? 4 * (quarter[0] - start[0]) : null;
}

/** Datums tied to the Earth's centre of mass agree to within this, in metres; plates move some centimetres a year. */
const GEOCENTRIC_SPREAD = 3;

/** Datums of before satellites lie at most this far off, in metres: islands surveyed by the stars are the worst. */
const LOCAL_SPREAD = 2000;

/** How far, in metres, {@link transformBetween} may be off because it knows no datum shift grids: 0 on one datum. */
export function datumUncertainty(from: Crs, to: Crs): number {
  const [a, b] = [datumTerms(from), datumTerms(to)];
  if (sameCrs(from, to) || a === b) return 0;
  return isGeocentric(a) && isGeocentric(b) ? GEOCENTRIC_SPREAD : LOCAL_SPREAD;
}

/** The terms of a PROJ string that tell the datum. */
function datumTerms({ proj4: definition }: Crs): string {
  // Web Mercator states the WGS 84 semi-major axis for a sphere, and that no shift is to be applied.
  if (definition?.includes('+nadgrids=@null')) return '+datum=WGS84';
  return (definition ?? '').match(/\+(?:datum|ellps|towgs84|nadgrids|pm|a|b|R|rf)=\S+/g)?.join(' ') ?? '';
}

function isGeocentric(terms: string): boolean {
  return /^\+(?:datum=(?:WGS84|NAD83)|ellps=(?:GRS80|WGS84))(?: \+towgs84=0(?:,0)*)?$/.test(terms);
}
