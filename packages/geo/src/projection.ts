import proj4 from 'proj4';
import type { Point } from './affine.ts';
import type { BBox } from './bbox.ts';
import type { Crs } from './crs.ts';
import { DEGREE, proj4Definition, transformByCrs, WGS84 } from './proj-definition.ts';

/** Points along each edge of a box when it is transformed: its edges bend, and its extremes may lie between corners. */
const EDGE_POINTS = 21;

/** Transforms x, y of the CRS to longitude and latitude in degrees (WGS 84); null where the point has none. */
export type ToLonLat = (x: number, y: number) => Point | null;

/** The transform of a CRS to longitude and latitude; null where no PROJ string that proj4 understands expresses it. */
export const toLonLat: (crs: Crs) => ToLonLat | null = transformByCrs(createTransform);

function createTransform(definition: string, { kind, unit }: Crs): ToLonLat | null {
  const withoutGrids = proj4Definition(definition);
  let converter: { forward(point: [number, number], enforceAxis: boolean): [number, number] };
  try {
    converter = proj4(withoutGrids, WGS84);
  } catch {
    return null; // proj4 does not know the method
  }
  // PROJ strings say nothing of angular units: a CRS in grads has coordinates in grads, proj4 wants degrees.
  const degrees = kind === 'geographic' ? Number((unit.factor / DEGREE).toPrecision(12)) : 1;
  // Degrees need no transform where the datum is WGS 84 or as good as that; they may run past 180 (0..360 rasters).
  const isPlain = kind === 'geographic' && !/\+(?:pm|towgs84)=/.test(withoutGrids);
  return (x, y) => {
    if (isPlain) return Number.isFinite(x) && Number.isFinite(y) ? [x * degrees, y * degrees] : null;
    try {
      const [lon, lat] = converter.forward([x * degrees, y * degrees], true);
      return Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lat) <= 90 + 1e-9 ? [lon, lat] : null;
    } catch {
      return null; // outside of the projection's domain
    }
  };
}

/** The outline of a box as points, clockwise from the top-left corner, not closed; edges are subdivided evenly. */
export function densify([minX, minY, maxX, maxY]: BBox, pointsPerEdge: number = EDGE_POINTS): Point[] {
  const points: Point[] = [];
  const steps = pointsPerEdge - 1;
  for (let i = 0; i < steps; i += 1) points.push([minX + ((maxX - minX) * i) / steps, maxY]);
  for (let i = 0; i < steps; i += 1) points.push([maxX, maxY - ((maxY - minY) * i) / steps]);
  for (let i = 0; i < steps; i += 1) points.push([maxX - ((maxX - minX) * i) / steps, minY]);
  for (let i = 0; i < steps; i += 1) points.push([minX, minY + ((maxY - minY) * i) / steps]);
  return points;
}

/**
 * The outline in longitude and latitude with neighbouring longitudes less than 180 degrees apart, so that it may run
 * past 180 but never jumps; null where a point cannot be transformed. `turn` is the longitude by which the outline
 * fails to close: 360 or -360 where it goes around a pole, else 0.
 */
export function lonLatOutline(outline: readonly Point[], transform: ToLonLat): { ring: Point[]; turn: number } | null {
  const ring: Point[] = [];
  for (const [x, y] of outline) {
    const point = transform(x, y);
    if (point === null) return null;
    const previous = ring.at(-1);
    ring.push(previous === undefined ? point : [nearestTurn(point[0], previous[0]), point[1]]);
  }
  const [first] = ring;
  const last = ring.at(-1);
  if (first === undefined || last === undefined) return null;
  return { ring, turn: Math.round((nearestTurn(first[0], last[0]) - first[0]) / 360) * 360 };
}

/** The longitude that means the same as `lon` and lies within 180 degrees of `near`. */
function nearestTurn(lon: number, near: number): number {
  return Math.abs(lon - near) <= 180 ? lon : lon - Math.round((lon - near) / 360) * 360;
}

/**
 * The bounding box of a box in WGS 84 degrees as RFC 7946 (5.2) has it: [west, south, east, north], all longitudes
 * within -180..180, west > east where it crosses the antimeridian. Null where the CRS cannot be expressed there.
 */
export function bboxToLonLat(bbox: BBox, crs: Crs): BBox | null {
  const transform = toLonLat(crs);
  if (transform === null) return null;
  const outlined = crs.kind === 'geographic' ? plainOutline(bbox, transform) : lonLatOutline(densify(bbox), transform);
  if (outlined === null) return null;
  const { ring, turn } = outlined;
  const lats = ring.map(([, lat]) => lat);
  const south = Math.max(-90, Math.min(...lats));
  const north = Math.min(90, Math.max(...lats));
  if (turn !== 0) {
    // The outline circles a pole, which then lies inside: all longitudes, up to that pole.
    const pole = poleInside(bbox, crs, lats);
    return pole === 'north' ? [-180, south, 180, 90] : [-180, -90, 180, north];
  }
  const lons = ring.map(([lon]) => lon);
  const west = Math.min(...lons);
  const east = Math.max(...lons);
  if (east - west >= 360 - 1e-9) return [-180, south, 180, north];
  return [wrapWest(west), south, wrapEast(east), north];
}

/** A box in degrees keeps its own longitudes, even where its edges are more than 180 degrees long. */
function plainOutline(bbox: BBox, transform: ToLonLat): { ring: Point[]; turn: number } | null {
  const corners = [
    transform(bbox[0], bbox[3]),
    transform(bbox[2], bbox[3]),
    transform(bbox[2], bbox[1]),
    transform(bbox[0], bbox[1]),
  ];
  return corners.includes(null) ? null : { ring: corners as Point[], turn: 0 };
}

function poleInside(bbox: BBox, crs: Crs, lats: readonly number[]): 'north' | 'south' {
  const centre = toLonLat(crs)?.((bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2);
  const lat = centre?.[1] ?? lats[0] ?? 0;
  return lat >= 0 ? 'north' : 'south';
}

/** Into [-180, 180): a western edge at 180 is the same as at -180. */
function wrapWest(lon: number): number {
  return lon >= -180 && lon < 180 ? lon : ((((lon + 180) % 360) + 360) % 360) - 180;
}

/** Into (-180, 180]: an eastern edge at -180 is the same as at 180. */
function wrapEast(lon: number): number {
  return lon > -180 && lon <= 180 ? lon : 180 - ((((180 - lon) % 360) + 360) % 360);
}
