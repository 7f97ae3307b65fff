import {
  type Affine,
  apply,
  type BBox,
  bboxOfRaster,
  type Crs,
  datumUncertainty,
  type Point,
  type PointTransform,
  resolution,
  transformBetween,
  turnWidth,
} from '@inlay/geo';

/** A raster that is somewhere: what warping needs to know of where its pixels are. */
export interface PlacedRaster {
  readonly affine: Affine;
  /** Columns and rows. */
  readonly width: number;
  readonly height: number;
  readonly crs: Crs;
}

/** Where a raster lies in another CRS. */
export interface WarpedExtent {
  /**
   * Surely around all of its pixels, in the other CRS; x may run past a turn of the Earth (170..190). Null where
   * nothing less than everything is sure to be: the raster holds a pole, is torn, or goes beyond the projection.
   */
  readonly bounds: BBox | null;
  /** Its four edges' own bounds, as far as the sampled points tell; null where `bounds` is. */
  readonly outline: BBox | null;
  /**
   * Side of the square pixels that keep the raster's diagonal as many pixels long as it is; null where no part
   * around its centre can be transformed.
   */
  readonly resolution: number | null;
}

/** Points per edge. What bends between two of them is estimated from how it bends across three. */
const EDGE_POINTS = 13;

/** In metres, near enough for a margin. */
const EARTH_RADIUS = 6_371_000;

/**
 * The extent of a raster in another CRS, by transforming points along its edges; rotated, south-up and
 * antimeridian-crossing rasters included. Null where one of the CRSs cannot be expressed at all.
 */
export function warpedExtent(raster: PlacedRaster, crs: Crs): WarpedExtent | null {
  const transform = transformBetween(raster.crs, crs);
  if (transform === null) return null;
  const margin = marginPixels(raster, crs);
  const turn = turnWidth(crs);
  const edges = transformEdges(raster, transform, 0, turn);
  const widened = margin === 0 ? edges : transformEdges(raster, transform, margin, turn);
  const bounds = widened === null ? null : boundsOf(widened);
  const isBounded =
    edges !== null &&
    bounds !== null &&
    (isAlmostFlat(edges, raster) || holdsInterior(bounds, raster, transform, turn));
  return {
    bounds: isBounded ? bounds : null,
    outline: isBounded ? boxAround(edges.flat()) : null,
    resolution: warpedResolution(raster, transform, turn),
  };
}

/** By how many source pixels the outline is widened for what the transform does not know about datums. */
function marginPixels({ affine, width, height, crs }: PlacedRaster, target: Crs): number {
  const uncertainty = datumUncertainty(crs, target);
  if (uncertainty === 0) return 0;
  const pixel = Math.min(...resolution(affine)) * crs.unit.factor;
  if (crs.kind !== 'geographic') return uncertainty / pixel;
  // Degrees of longitude shrink towards the poles, here to no less than a twentieth.
  const [, south, , north] = bboxOfRaster(affine, width, height);
  const latitude = Math.max(Math.abs(south), Math.abs(north)) * crs.unit.factor;
  return uncertainty / (pixel * EARTH_RADIUS * Math.max(Math.cos(latitude), 0.05));
}

/**
 * The four edges in the other CRS, with x continuous across turns of the Earth; null where a point has no place
 * there, where an edge is torn, or where they do not close: then they go around a pole. A few points of each edge are
 * enough where they are almost straight, as those of small rasters are.
 */
function transformEdges(
  raster: PlacedRaster,
  transform: PointTransform,
  margin: number,
  turn: number | null,
): Point[][] | null {
  const few = edgesThrough(FEW_EDGE_POINTS, raster, transform, margin, turn);
  return few !== null && isAlmostFlat(few, raster) ? few : edgesThrough(EDGE_POINTS, raster, transform, margin, turn);
}

/** Points per edge that tell whether it is straight. */
const FEW_EDGE_POINTS = 3;

/** What is a straight line to {@link isAlmostFlat}: the share of its length by which it bends, and no more than a pixel. */
const STRAIGHT = 1e-3;

/** Whether a raster is almost a parallelogram in the other CRS, so that no pole or tear can be in it. */
function isAlmostFlat(edges: readonly (readonly Point[])[], { width, height }: PlacedRaster): boolean {
  const straight = Math.min(STRAIGHT, 1 / Math.max(width, height));
  const [[a] = [], [b] = [], [c] = [], [d] = []] = edges;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return false;
  const skew = Math.hypot(a[0] - b[0] + c[0] - d[0], a[1] - b[1] + c[1] - d[1]);
  if (!(skew <= straight * Math.hypot(c[0] - a[0], c[1] - a[1]))) return false;
  return edges.every((edge) => bendsOf(edge).every(({ bend, chord }) => Math.hypot(...bend) <= straight * chord));
}

function edgesThrough(
  pointsPerEdge: number,
  { affine, width, height }: PlacedRaster,
  transform: PointTransform,
  margin: number,
  turn: number | null,
): Point[][] | null {
  const corners: Point[] = [
    [-margin, -margin],
    [width + margin, -margin],
    [width + margin, height + margin],
    [-margin, height + margin],
  ];
  const edges: Point[][] = [];
  let previous: Point | null = null;
  for (const [index, [col, row]] of corners.entries()) {
    const [nextCol, nextRow] = corners[(index + 1) % 4] as Point;
    const edge: Point[] = previous === null ? [] : [previous];
    for (let step = edge.length; step < pointsPerEdge; step += 1) {
      const share = step / (pointsPerEdge - 1);
      const point = transform(...apply(affine, col + share * (nextCol - col), row + share * (nextRow - row)));
      if (point === null) return null;
      previous = previous === null || turn === null ? point : [nearestTurn(point[0], previous[0], turn), point[1]];
      edge.push(previous);
    }
    if (isTorn(edge)) return null;
    edges.push(edge);
  }
  const [start, end] = [edges[0]?.[0], edges[3]?.at(-1)];
  const isClosed = turn === null || Math.abs((start?.[0] ?? NaN) - (end?.[0] ?? NaN)) < turn / 2;
  return isClosed ? edges : null;
}

/** The x that means the same place as `x` and lies within half a turn of `near`. */
function nearestTurn(x: number, near: number, turn: number): number {
  return Math.abs(x - near) <= turn / 2 ? x : x - Math.round((x - near) / turn) * turn;
}

/**
 * Whether neighbouring points of an edge lie on the two sides of a tear: no curve bends as sharply as a jump. An edge
 * along a pole is a point, and what it has of bends is rounding.
 */
function isTorn(edge: readonly Point[]): boolean {
  const rounding = 1e-9 * Math.max(...edge.flat().map(Math.abs));
  return bendsOf(edge).some(({ bend, chord }) => Math.hypot(...bend) > 0.5 * chord + rounding);
}

/** Points within the raster that are tried, as shares of its sides. */
const INNER_SHARES = [0.25, 0.5, 0.75];

/**
 * Whether points of the raster's inside lie within the bounds of its outline. Far out of a projection's domain they
 * do not: there, the image of the outline does not go around the image of the inside.
 */
function holdsInterior(
  [minX, minY, maxX, maxY]: BBox,
  { affine, width, height }: PlacedRaster,
  transform: PointTransform,
  turn: number | null,
): boolean {
  return INNER_SHARES.every((across) =>
    INNER_SHARES.every((down) => {
      const point = transform(...apply(affine, width * across, height * down));
      if (point === null) return false;
      const x = turn === null ? point[0] : nearestTurn(point[0], (minX + maxX) / 2, turn);
      return x >= minX && x <= maxX && point[1] >= minY && point[1] <= maxY;
    }),
  );
}

/** Of each three successive points: the middle one's second difference, and the distance of the outer two. */
function bendsOf(edge: readonly Point[]): { bend: Point; chord: number }[] {
  return edge.slice(2).map(([x2, y2], index) => {
    const [[x0, y0], [x1, y1]] = [edge[index] as Point, edge[index + 1] as Point];
    return { bend: [x0 - 2 * x1 + x2, y0 - 2 * y1 + y2], chord: Math.hypot(x2 - x0, y2 - y0) };
  });
}

/**
 * The box around four edges and what bends out of it between their points: a parabola rises an eighth of its
 * second difference above its chord, and twice that is allowed for what is no parabola.
 */
function boundsOf(edges: readonly (readonly Point[])[]): BBox {
  const [minX, minY, maxX, maxY] = boxAround(edges.flat());
  const bends = edges.flatMap(bendsOf);
  const [bendX, bendY] = [0, 1].map((axis) => Math.max(...bends.map(({ bend }) => Math.abs(bend[axis] ?? 0))) / 4);
  return [minX - (bendX ?? 0), minY - (bendY ?? 0), maxX + (bendX ?? 0), maxY + (bendY ?? 0)];
}

function boxAround(points: readonly Point[]): BBox {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Parts of the raster around its centre, as shares of its sides: the whole first, then what is left of it. */
const CENTRAL_SHARES = [1, 0.5, 0.05];

/** See {@link WarpedExtent.resolution}: the rule by which gdalwarp suggests a resolution (GDALSuggestedWarpOutput). */
function warpedResolution(
  { affine, width, height }: PlacedRaster,
  transform: PointTransform,
  turn: number | null,
): number | null {
  for (const share of CENTRAL_SHARES) {
    const [left, top] = [(width * (1 - share)) / 2, (height * (1 - share)) / 2];
    const start = transform(...apply(affine, left, top));
    const end = transform(...apply(affine, width - left, height - top));
    if (start === null || end === null) continue;
    const across = turn === null ? end[0] : nearestTurn(end[0], start[0], turn);
    const length = Math.hypot(across - start[0], end[1] - start[1]);
    if (length > 0) return length / (share * Math.hypot(width, height));
  }
  return null;
}
