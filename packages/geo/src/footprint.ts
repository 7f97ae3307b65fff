import { apply, type Point } from './affine.ts';
import { bboxOfRaster } from './bbox.ts';
import type { Crs } from './crs.ts';
import type { PixelGrid } from './pixel-grid.ts';
import { bboxToLonLat, lonLatOutline, toLonLat } from './projection.ts';

/** A GeoJSON geometry (RFC 7946) in WGS 84: rings are closed, counter-clockwise, and never cross the antimeridian. */
export type FootprintGeometry =
  | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly Point[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly Point[])[])[] };

/** Points per edge: enough for the bend of any edge to stay unnoticed on a map. */
const EDGE_POINTS = 9;

/**
 * Where a raster lies on Earth: its outline, subdivided because straight pixel edges bend in other projections, and
 * split at the antimeridian (RFC 7946, 3.1.9). A raster around a pole is shown as its bounding box. Null where the
 * CRS cannot be expressed in longitude and latitude.
 */
export function footprintOf(grid: PixelGrid, crs: Crs): FootprintGeometry | null {
  const transform = toLonLat(crs);
  const bbox = bboxToLonLat(bboxOfRaster(grid.affine, grid.width, grid.height), crs);
  if (transform === null || bbox === null) return null;
  if (bbox[0] === -180 && bbox[2] === 180) return polygon([box(-180, bbox[1], 180, bbox[3])]);
  const outlined = lonLatOutline(outlineOf(grid), transform);
  if (outlined === null) return null;
  const ring = outlined.ring.map(([lon, lat]): Point => [lon, Math.max(-90, Math.min(90, lat))]);
  const rings = splitAtAntimeridian(ring);
  return rings.length === 1
    ? polygon(rings)
    : { type: 'MultiPolygon', coordinates: rings.map((part) => [close(part)]) };
}

function polygon([ring = []]: readonly (readonly Point[])[]): FootprintGeometry {
  return { type: 'Polygon', coordinates: [close(ring)] };
}

function box(west: number, south: number, east: number, north: number): Point[] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ];
}

/** The raster's four edges in its CRS, subdivided; rotated and south-up rasters included. */
function outlineOf({ affine, width, height }: PixelGrid): Point[] {
  const steps = EDGE_POINTS - 1;
  const at = (i: number): number => i / steps;
  const points: Point[] = [];
  for (let i = 0; i < steps; i += 1) points.push(apply(affine, width * at(i), 0));
  for (let i = 0; i < steps; i += 1) points.push(apply(affine, width, height * at(i)));
  for (let i = 0; i < steps; i += 1) points.push(apply(affine, width * (1 - at(i)), height));
  for (let i = 0; i < steps; i += 1) points.push(apply(affine, 0, height * (1 - at(i))));
  return points;
}

/** The parts of a continuous ring on each side of the antimeridian, each with longitudes within -180..180. */
function splitAtAntimeridian(ring: readonly Point[]): Point[][] {
  const lons = ring.map(([lon]) => lon);
  const first = Math.floor((Math.min(...lons) + 180) / 360);
  const last = Math.ceil((Math.max(...lons) - 180) / 360);
  const parts: Point[][] = [];
  for (let turn = first; turn <= last; turn += 1) {
    const west = -180 + turn * 360;
    const part = clip(clip(ring, west, 1), -(west + 360), -1);
    if (part.length >= 3) parts.push(part.map(([lon, lat]): Point => [lon - turn * 360, lat]));
  }
  return parts;
}

/** The part of a ring with `sign * lon >= limit` (Sutherland and Hodgman 1974, one edge). */
function clip(ring: readonly Point[], limit: number, sign: 1 | -1): Point[] {
  const kept: Point[] = [];
  for (const [index, point] of ring.entries()) {
    const previous = ring.at(index - 1) as Point;
    const inside = sign * point[0] >= limit;
    if (inside !== sign * previous[0] >= limit) {
      const share = (sign * limit - previous[0]) / (point[0] - previous[0]);
      kept.push([sign * limit, previous[1] + share * (point[1] - previous[1])]);
    }
    if (inside) kept.push(point);
  }
  // A point on the very edge is found twice: as itself and as where the ring crosses.
  return kept.filter(([lon, lat], index) => {
    const before = kept.at(index - 1) as Point;
    return lon !== before[0] || lat !== before[1];
  });
}

/** Closed, and counter-clockwise (RFC 7946, 3.1.6). */
function close(ring: readonly Point[]): Point[] {
  let area = 0;
  for (const [index, [x, y]] of ring.entries()) {
    const [nextX, nextY] = ring[(index + 1) % ring.length] as Point;
    area += x * nextY - nextX * y;
  }
  const turned = area < 0 ? ring.toReversed() : [...ring];
  return [...turned, turned[0] as Point];
}
