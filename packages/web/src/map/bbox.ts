/** `[west, south, east, north]` in degrees, WGS 84; west is greater than east where it crosses the antimeridian. */
export type BBox = readonly [west: number, south: number, east: number, north: number];

/** The smallest box around all, in one frame: those that cross the antimeridian reach past 180. Null of none. */
export function unionOf(boxes: Iterable<BBox>): BBox | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    west = Math.min(west, box[0]);
    south = Math.min(south, box[1]);
    east = Math.max(east, unwrapped(box)[2]);
    north = Math.max(north, box[3]);
  }
  return west === Infinity ? null : [west, south, east, north];
}

/** The box with its east past 180 where it crosses the antimeridian, so that west is never greater than east. */
export function unwrapped([west, south, east, north]: BBox): BBox {
  return [west, south, west > east ? east + 360 : east, north];
}

/** What the map shows, as the API takes it: longitudes within -180 to 180, all of them where it shows all. */
export function wrapped([west, south, east, north]: BBox): BBox {
  if (east - west >= 360) return [-180, south, 180, north];
  return [wrapLongitude(west), south, wrapLongitude(east), north];
}

function wrapLongitude(longitude: number): number {
  return longitude - 360 * Math.floor((longitude + 180) / 360);
}

/** `11.2,47.9,12.1,48.3`: as URLs and the API carry it, to a metre or so. */
export function formatBBox(box: BBox): string {
  return box.map((value) => Number(value.toFixed(5))).join(',');
}

/** Reads {@link formatBBox}, spaces allowed; null for anything else, and for what is no box on Earth. */
export function parseBBox(text: string): BBox | null {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [west, south, east, north] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) return null;
  const box: BBox = [west!, south!, east!, north!];
  const isOnEarth = Math.abs(box[0]) <= 180 && Math.abs(box[2]) <= 180 && box[1] >= -90 && box[3] <= 90;
  return isOnEarth && box[1] <= box[3] ? box : null;
}

/** Whether two boxes share a point, the antimeridian taken into account. */
export function touches(a: BBox, b: BBox): boolean {
  if (a[1] > b[3] || b[1] > a[3]) return false;
  const [one, other] = [unwrapped(a), unwrapped(b)];
  return [-360, 0, 360].some((turn) => one[0] <= other[2] + turn && other[0] + turn <= one[2]);
}
