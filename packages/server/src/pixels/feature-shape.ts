import { type FeatureBody, MAX_VERTICES, type ValidationItem } from '@inlay/contract';
import { type BBox, type Crs, invert, sameCrs, transformBetween } from '@inlay/geo';
import type { PictureGrid } from '@inlay/tiler';
import type { PictureShape } from './pixel-task.ts';

/** Rings in the coordinates of some CRS: x and y of each vertex, the last not repeating the first. */
export type Rings = readonly Float64Array[];

/** The rings of a GeoJSON shape as it was sent, or what is wrong with it. */
export function ringsOf(body: FeatureBody): { readonly rings: Rings } | { readonly items: ValidationItem[] } {
  const loc: (string | number)[] = body.type === 'Feature' ? ['body', 'geometry'] : ['body'];
  const geometry = body.type === 'Feature' ? body.geometry : body;
  const fail = (where: (string | number)[], error: string, input: unknown = null) => ({
    items: [{ loc: where, msg: `Value error, ${error}`, type: 'value_error', input, ctx: { error } }],
  });
  if (geometry?.coordinates === undefined)
    return { items: [missing(geometry === undefined ? loc : [...loc, 'coordinates'])] };
  const where = [...loc, 'coordinates'];
  const polygons = geometry.type === 'MultiPolygon' ? geometry.coordinates : [geometry.coordinates];
  const rings: Float64Array[] = [];
  let vertices = 0;
  for (const [p, polygon] of polygons.entries()) {
    const at = geometry.type === 'MultiPolygon' ? [...where, p] : where;
    if (!Array.isArray(polygon)) return fail(at, 'a polygon is a list of rings');
    for (const [r, ring] of (polygon as unknown[]).entries()) {
      const positions = Array.isArray(ring) ? (ring as unknown[]) : [];
      // RFC 7946, 3.1.6: four positions, of which the last is the first.
      if (positions.length < 4) return fail([...at, r], 'a ring is a list of at least four positions');
      vertices += positions.length;
      if (vertices > MAX_VERTICES) return fail(where, `the shape has over ${MAX_VERTICES} vertices; simplify it`);
      const coordinates = new Float64Array(2 * (positions.length - 1));
      for (let i = 0; i < positions.length - 1; i += 1) {
        const position = positions[i];
        if (!isPosition(position)) return fail([...at, r, i], 'a position is a list of two or three numbers');
        coordinates.set([position[0], position[1]], 2 * i);
      }
      rings.push(coordinates);
    }
  }
  return rings.length === 0 ? fail(where, 'the shape has no rings') : { rings };
}

function missing(loc: (string | number)[]): ValidationItem {
  return { loc, msg: 'Field required', type: 'missing', input: null };
}

function isPosition(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length >= 2 && value.length <= 3 && value.every((part) => Number.isFinite(part));
}

/** Points that an edge becomes in another CRS, where straight lines bend. */
const EDGE_POINTS = 8;

/** Rings in another CRS; null where a vertex has no place there. */
export function projectRings(rings: Rings, from: Crs, to: Crs): Rings | null {
  if (sameCrs(from, to)) return rings;
  const transform = transformBetween(from, to);
  if (transform === null) return null;
  const projected: Float64Array[] = [];
  for (const ring of rings) {
    const out = new Float64Array(ring.length * EDGE_POINTS);
    let at = 0;
    for (let i = 0; i < ring.length; i += 2) {
      const next = (i + 2) % ring.length;
      for (let step = 0; step < EDGE_POINTS; step += 1) {
        const share = step / EDGE_POINTS;
        const point = transform(
          ring[i]! + (ring[next]! - ring[i]!) * share,
          ring[i + 1]! + (ring[next + 1]! - ring[i + 1]!) * share,
        );
        if (point === null) return null;
        out[at++] = point[0];
        out[at++] = point[1];
      }
    }
    projected.push(out);
  }
  return projected;
}

/** The box around rings; null where it has no area. */
export function bboxOfRings(rings: Rings): BBox | null {
  const box = [Infinity, Infinity, -Infinity, -Infinity] as [number, number, number, number];
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      box[0] = Math.min(box[0], ring[i]!);
      box[1] = Math.min(box[1], ring[i + 1]!);
      box[2] = Math.max(box[2], ring[i]!);
      box[3] = Math.max(box[3], ring[i + 1]!);
    }
  }
  return box[2] > box[0] && box[3] > box[1] ? box : null;
}

/** Rings in the pixels of a picture of the same CRS. */
export function shapeIn({ grid }: PictureGrid, rings: Rings): PictureShape {
  const [a, b, c, d, e, f] = invert(grid.affine)!;
  return rings.map((ring) => {
    const pixels = new Float64Array(ring.length);
    for (let i = 0; i < ring.length; i += 2) {
      pixels[i] = a * ring[i]! + b * ring[i + 1]! + c;
      pixels[i + 1] = d * ring[i]! + e * ring[i + 1]! + f;
    }
    return pixels;
  });
}
