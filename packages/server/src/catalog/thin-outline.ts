import type { FootprintGeometry, Point } from '@inlay/geo';

/** Share of an outline's size that it may be off by. */
const TOLERANCE = 1 / 200;

/** The outer rings of a footprint, closed, in no more points and decimals than a map of the whole of it needs. */
export function thinOutline(footprint: FootprintGeometry): [lon: number, lat: number][][] {
  const polygons = footprint.type === 'Polygon' ? [footprint.coordinates] : footprint.coordinates;
  return polygons.flatMap(([ring]) => (ring === undefined ? [] : [thinRing(ring)]));
}

function thinRing(stored: readonly Point[]): [number, number][] {
  const ring = fromCorner(stored);
  const size = Math.max(spread(ring, 0), spread(ring, 1));
  const tolerance = size * TOLERANCE;
  // A ring ends where it begins: it is cut in two where it is furthest from there.
  const far = furthest(ring, 0, ring.length - 1).index;
  const kept = new Set([0, far, ring.length - 1]);
  keep(ring, 0, far, tolerance, kept);
  keep(ring, far, ring.length - 1, tolerance, kept);
  // Rounding moves a point by a tenth of the tolerance at most.
  const decimals = Math.min(12, Math.max(0, Math.ceil(-Math.log10(tolerance / 5 || 1e-12))));
  return ring.flatMap(([lon, lat], index): [number, number][] =>
    kept.has(index) ? [[Number(lon.toFixed(decimals)), Number(lat.toFixed(decimals))]] : [],
  );
}

/** The same ring from its point furthest from where it began: a corner, where that may lie amidst an edge. */
function fromCorner(ring: readonly Point[]): readonly Point[] {
  const { index } = furthest(ring, 0, ring.length - 1);
  return index === 0 ? ring : [...ring.slice(index), ...ring.slice(1, index + 1)];
}

/** Ramer, Douglas and Peucker: keeps a point where leaving it out would move the line by more than the tolerance. */
function keep(ring: readonly Point[], from: number, to: number, tolerance: number, kept: Set<number>): void {
  const { index, distance } = furthest(ring, from, to);
  if (index <= from || index >= to || distance <= tolerance) return;
  kept.add(index);
  keep(ring, from, index, tolerance, kept);
  keep(ring, index, to, tolerance, kept);
}

/** The point between two others that is furthest from the line between them, or from both where they are one. */
function furthest(ring: readonly Point[], from: number, to: number): { index: number; distance: number } {
  const [ax, ay] = ring[from]!;
  const [bx, by] = ring[to]!;
  const length = Math.hypot(bx - ax, by - ay);
  let found = { index: from, distance: -1 };
  for (let index = from + 1; index < to; index += 1) {
    const [x, y] = ring[index]!;
    const distance =
      length === 0 ? Math.hypot(x - ax, y - ay) : Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length;
    if (distance > found.distance) found = { index, distance };
  }
  return found;
}

function spread(ring: readonly Point[], axis: 0 | 1): number {
  const values = ring.map((point) => point[axis]);
  return Math.max(...values) - Math.min(...values);
}
