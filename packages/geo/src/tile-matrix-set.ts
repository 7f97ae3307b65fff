import { type Affine, resolution } from './affine.ts';
import { type BBox, bboxOfRaster } from './bbox.ts';
import { transformBetween } from './crs-transform.ts';
import { type Crs, sameCrs } from './crs.ts';
import type { PixelGrid } from './pixel-grid.ts';

/**
 * How a plane is cut into tiles, level by level (OGC 17-083r4, Two Dimensional Tile Matrix Set).
 *
 * *Matrix*: one level, a grid of tiles of the same size. *Cell*: a pixel of a tile, always square. *Zoom* (`z`) is a
 * matrix's place in the set, 0 the coarsest; `x` counts tiles from the left, `y` from the top, both 0-based.
 */
export interface TileMatrixSet {
  readonly id: string;
  readonly title: string;
  /** The definition's URI in the OGC's registry; null for sets made here. */
  readonly uri: string | null;
  /** CRS of all numbers, x (easting, longitude) first. */
  readonly crs: Crs;
  /** How WMTS and TileJSON name the CRS; null where it has no code. */
  readonly crsUri: string | null;
  /** `matrices[z]`, coarsest first. */
  readonly matrices: readonly TileMatrix[];
}

export interface TileMatrix {
  /** The zoom as text (OGC 17-083r4, 6.2.1: an identifier, not a number). */
  readonly id: string;
  /** Map scale at the OGC's standard pixel of 0.28 mm (OGC 17-083r4, 6.2.1.1). */
  readonly scaleDenominator: number;
  /** CRS units per cell. */
  readonly cellSize: number;
  /** x and y of the top-left corner of the tile `0, 0`. */
  readonly pointOfOrigin: readonly [x: number, y: number];
  /** Cells of a tile, in each direction. */
  readonly tileSize: number;
  /** Tiles in each direction. */
  readonly matrixWidth: number;
  readonly matrixHeight: number;
}

/** A tile's address. `z` is an index into {@link TileMatrixSet.matrices}. */
export interface TileIndex {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** Tiles of one matrix, both ends inclusive. */
export interface TileRange {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** Metres of a standardised rendering pixel (OGC 17-083r4, 6.2.1.1). */
const STANDARD_PIXEL_METRES = 0.000_28;

/** Semi-major axis of WGS 84, in metres: what a degree counts as in scale denominators, wherever it is. */
const EQUATORIAL_RADIUS = 6_378_137;

/** Half the equator's length: Web Mercator's square reaches this far from its origin, in metres. */
const HALF_EQUATOR = Math.PI * EQUATORIAL_RADIUS;

const TILE_SIZE = 256;

const WEB_MERCATOR: Crs = {
  code: 'EPSG:3857',
  name: 'WGS 84 / Pseudo-Mercator',
  kind: 'projected',
  wkt: 'PROJCS["WGS 84 / Pseudo-Mercator",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]],PROJECTION["Mercator_1SP"],PARAMETER["central_meridian",0],PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["Easting",EAST],AXIS["Northing",NORTH],EXTENSION["PROJ4","+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +wktext +no_defs"],AUTHORITY["EPSG","3857"]]',
  proj4:
    '+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +wktext +no_defs',
  unit: { name: 'metre', factor: 1 },
  axisMapping: '1,2',
  parametersKey:
    'projected:pseudo_mercator::unit=1:axes=EAST,NORTH(1,2):geographic:wgs1984:6378137,298.25722356:pm=greenwich@0:unit=0.01745329252',
};

/** WGS 84 with the longitude first: what everything here computes in, whatever the authority's axis order. */
const WGS84: Crs = {
  code: 'EPSG:4326',
  name: 'WGS 84',
  kind: 'geographic',
  wkt: 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
  proj4: '+proj=longlat +datum=WGS84 +no_defs',
  unit: { name: 'degree', factor: 0.017_453_292_519_943_3 },
  axisMapping: '2,1',
  parametersKey: 'geographic:wgs1984:6378137,298.25722356:pm=greenwich@0:unit=0.01745329252',
};

/** The map services' square of the world in EPSG:3857, zooms 0 to 24 (OGC 17-083r4, annex D.1). */
export const WEB_MERCATOR_QUAD: TileMatrixSet = {
  id: 'WebMercatorQuad',
  title: 'Google Maps Compatible for the World',
  uri: 'http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad',
  crs: WEB_MERCATOR,
  crsUri: 'http://www.opengis.net/def/crs/EPSG/0/3857',
  matrices: quadMatrices({
    origin: [-HALF_EQUATOR, HALF_EQUATOR],
    coarsestCell: (2 * HALF_EQUATOR) / TILE_SIZE,
    metresPerUnit: 1,
    count: 25,
    width: 1,
    height: 1,
  }),
};

/** The world in degrees, two tiles wide, zooms 0 to 23 (OGC 17-083r4, annex D.2). */
export const WORLD_CRS84_QUAD: TileMatrixSet = {
  id: 'WorldCRS84Quad',
  title: 'CRS84 for the World',
  uri: 'http://www.opengis.net/def/tilematrixset/OGC/1.0/WorldCRS84Quad',
  crs: WGS84,
  crsUri: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
  matrices: quadMatrices({
    origin: [-180, 90],
    coarsestCell: 180 / TILE_SIZE,
    metresPerUnit: metresPerUnit(WGS84),
    count: 24,
    width: 2,
    height: 1,
  }),
};

/** The tile matrix sets known by name. */
export const TILE_MATRIX_SETS: ReadonlyMap<string, TileMatrixSet> = new Map(
  [WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD].map((set) => [set.id, set]),
);

/** Zooms beyond a raster's own resolution that its native set has, so that one can look at its pixels. */
const NATIVE_OVERZOOM = 3;

/** What a native tile matrix set is called and how far it goes. */
export interface NativeTileMatrixSetOptions {
  readonly id: string;
  readonly title: string;
  /** Cells of a tile in each direction, default 256. */
  readonly tileSize?: number;
}

/**
 * A set in a raster's own CRS, aligned with its pixels: the tile `0, 0` starts at the raster's top-left corner, one
 * matrix has exactly its resolution (its finer one where pixels are not square), each other one half or twice that. The
 * coarsest shows the whole raster in one tile. A rotated raster is boxed first.
 */
export function nativeTileMatrixSet(
  grid: PixelGrid,
  crs: Crs,
  { id, title, tileSize = TILE_SIZE }: NativeTileMatrixSetOptions,
): TileMatrixSet {
  const [minX, minY, maxX, maxY] = bboxOfRaster(grid.affine, grid.width, grid.height);
  const cell = Math.min(...resolution(grid.affine));
  const longest = Math.max(maxX - minX, maxY - minY) / cell;
  const nativeZoom = Math.max(0, Math.ceil(Math.log2(longest / tileSize) - 1e-9));
  const matrices = Array.from({ length: nativeZoom + 1 + NATIVE_OVERZOOM }, (_, z): TileMatrix => {
    const cellSize = cell * 2 ** (nativeZoom - z);
    return {
      id: String(z),
      scaleDenominator: (cellSize * metresPerUnit(crs)) / STANDARD_PIXEL_METRES,
      cellSize,
      pointOfOrigin: [minX, maxY],
      tileSize,
      // The tolerance is a millionth of a cell: a raster of whole tiles has no further, empty one.
      matrixWidth: Math.max(1, Math.ceil((maxX - minX) / cellSize / tileSize - 1e-6)),
      matrixHeight: Math.max(1, Math.ceil((maxY - minY) / cellSize / tileSize - 1e-6)),
    };
  });
  const epsg = /^EPSG:(\d+)$/.exec(crs.code ?? '')?.[1];
  return {
    id,
    title,
    uri: null,
    crs,
    crsUri: epsg === undefined ? null : `http://www.opengis.net/def/crs/EPSG/0/${epsg}`,
    matrices,
  };
}

function quadMatrices(quad: {
  readonly origin: readonly [number, number];
  readonly coarsestCell: number;
  readonly metresPerUnit: number;
  readonly count: number;
  readonly width: number;
  readonly height: number;
}): TileMatrix[] {
  return Array.from({ length: quad.count }, (_, z) => {
    const cellSize = quad.coarsestCell / 2 ** z;
    return {
      id: String(z),
      scaleDenominator: (cellSize * quad.metresPerUnit) / STANDARD_PIXEL_METRES,
      cellSize,
      pointOfOrigin: quad.origin,
      tileSize: TILE_SIZE,
      matrixWidth: quad.width * 2 ** z,
      matrixHeight: quad.height * 2 ** z,
    };
  });
}

/** What a CRS unit counts as in scale denominators: degrees as lengths along the equator (OGC 17-083r4, 6.2.1.1). */
function metresPerUnit({ kind, unit }: Crs): number {
  return kind === 'geographic' ? unit.factor * EQUATORIAL_RADIUS : unit.factor;
}

/** The tile's matrix, or null where the set has no such tile (or the numbers are no whole ones). */
export function matrixOfTile(set: TileMatrixSet, { z, x, y }: TileIndex): TileMatrix | null {
  const matrix = set.matrices[z];
  if (matrix === undefined || !Number.isInteger(x) || !Number.isInteger(y)) return null;
  return x >= 0 && y >= 0 && x < matrix.matrixWidth && y < matrix.matrixHeight ? matrix : null;
}

/** How a tile is drawn. */
export interface TileDrawing {
  /** Pixels the tile is drawn with in each direction; its own size (256) unless set. `@2x` is twice that. */
  readonly size?: number;
  /** Pixels added on each side, default 0. */
  readonly buffer?: number;
}

/**
 * Where a tile's pixels are, in the set's CRS: north up, with the buffer.
 * @throws RangeError where the set has no such tile: see {@link matrixOfTile}.
 */
export function gridOfTile(set: TileMatrixSet, tile: TileIndex, { size, buffer = 0 }: TileDrawing = {}): PixelGrid {
  const matrix = matrixOfTile(set, tile);
  if (matrix === null) throw new RangeError(`${set.id} has no tile ${tile.z}/${tile.x}/${tile.y}`);
  const pixels = size ?? matrix.tileSize;
  const span = matrix.cellSize * matrix.tileSize;
  const cell = span / pixels;
  const [originX, originY] = matrix.pointOfOrigin;
  const affine: Affine = [
    cell,
    0,
    originX + tile.x * span - buffer * cell,
    0,
    -cell,
    originY - tile.y * span + buffer * cell,
  ];
  return { affine, width: pixels + 2 * buffer, height: pixels + 2 * buffer };
}

/** The tile's area in the set's CRS, without buffer. @throws RangeError where the set has no such tile. */
export function bboxOfTile(set: TileMatrixSet, tile: TileIndex): BBox {
  const { affine, width, height } = gridOfTile(set, tile);
  return bboxOfRaster(affine, width, height);
}

/** The tiles of a zoom that share an area with a box in the set's CRS; null where there are none. */
export function tilesOfBBox(set: TileMatrixSet, z: number, [minX, minY, maxX, maxY]: BBox): TileRange | null {
  const matrix = set.matrices[z];
  if (matrix === undefined) return null;
  const span = matrix.cellSize * matrix.tileSize;
  const [originX, originY] = matrix.pointOfOrigin;
  // A millionth of a cell: boxes computed from the tiles' own edges do not spill over into the neighbours.
  const slack = 1e-6 / matrix.tileSize;
  const range = {
    minX: Math.max(0, Math.floor((minX - originX) / span + slack)),
    minY: Math.max(0, Math.floor((originY - maxY) / span + slack)),
    maxX: Math.min(matrix.matrixWidth, Math.ceil((maxX - originX) / span - slack)) - 1,
    maxY: Math.min(matrix.matrixHeight, Math.ceil((originY - minY) / span - slack)) - 1,
  };
  return range.minX <= range.maxX && range.minY <= range.maxY ? range : null;
}

/** The zooms at which a raster is worth looking at. */
export interface ZoomRange {
  /** The whole raster is about one tile large. */
  readonly minZoom: number;
  /** Tiles have the raster's resolution, or more than half of a finer one. */
  readonly maxZoom: number;
}

/** Cells up to this much coarser than the raster's pixels still show all that there is. */
const RESOLUTION_TOLERANCE = 1.1;

/**
 * The zooms that fit a raster, from the size of its central pixel as the set's CRS has it: the lengths of its sides as
 * vectors, so that rotated rasters, and degrees against metres, come out right. Null where that CRS cannot express it.
 */
export function zoomsOfRaster(set: TileMatrixSet, grid: PixelGrid, crs: Crs): ZoomRange | null {
  const sides = centralPixel(set, grid, crs);
  if (sides === null) return null;
  const [perCol, perRow] = sides;
  const finest = Math.min(perCol, perRow) * RESOLUTION_TOLERANCE;
  const longest = Math.max(perCol * grid.width, perRow * grid.height);
  const last = set.matrices.length - 1;
  const firstFine = set.matrices.findIndex((matrix) => matrix.cellSize <= finest);
  const firstTooSmall = set.matrices.findIndex((matrix) => matrix.cellSize * matrix.tileSize < longest);
  const maxZoom = firstFine === -1 ? last : firstFine;
  const minZoom = firstTooSmall === -1 ? last : Math.max(0, firstTooSmall - 1);
  return { minZoom: Math.min(minZoom, maxZoom), maxZoom };
}

/** Lengths of the sides of a raster's central pixel in the set's CRS units. */
function centralPixel(set: TileMatrixSet, grid: PixelGrid, crs: Crs): readonly [number, number] | null {
  if (sameCrs(crs, set.crs)) return resolution(grid.affine);
  const transform = transformBetween(crs, set.crs);
  if (transform === null) return null;
  const [a, b, c, d, e, f] = grid.affine;
  const at = (col: number, row: number): readonly [number, number] | null =>
    transform(a * col + b * row + c, d * col + e * row + f);
  const [col, row] = [grid.width / 2, grid.height / 2];
  const [left, right, top, bottom] = [at(col - 0.5, row), at(col + 0.5, row), at(col, row - 0.5), at(col, row + 0.5)];
  if (left === null || right === null || top === null || bottom === null) return null;
  const sides = [
    Math.hypot(right[0] - left[0], right[1] - left[1]),
    Math.hypot(bottom[0] - top[0], bottom[1] - top[1]),
  ] as const;
  return sides.every((side) => side > 0) ? sides : null;
}
