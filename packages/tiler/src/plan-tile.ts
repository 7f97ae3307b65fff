import {
  type Affine,
  type BBox,
  type Crs,
  type MeshScaling,
  type PixelGrid,
  type Point,
  type TransformMesh,
  type Window,
  affineMesh,
  bboxOfMesh,
  buildMesh,
  compose,
  intersectBBox,
  invert,
  meshScale,
  sameCrs,
  transformBetween,
  turnWidth,
} from '@inlay/geo';
import { KERNEL_RADIUS, type Resampling } from '@inlay/raster';
import { type PixelSource, type WindowRequest, sizeOfLevel } from './pixel-source.ts';

/** Where a picture's pixels are to be: a tile's grid with its buffer, or any other north-up rectangle. */
export interface PictureGrid {
  readonly grid: PixelGrid;
  readonly crs: Crs;
}

/** What a picture of a raster takes, as plain data: which windows to read and where their pixels go. */
export type TilePlan =
  /** The raster does not touch the picture: decided without a byte being read. */
  | { readonly kind: 'outside' }
  /** The raster's CRS cannot be expressed in the picture's. */
  | { readonly kind: 'unplaceable'; readonly reason: string }
  | PaintPlan;

/** There is something to paint. */
export interface PaintPlan {
  readonly kind: 'paint';
  /** Size of the picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** At least one. More than one where the Earth's seam runs through picture or raster: they complete each other. */
  readonly reads: readonly PlannedRead[];
}

/** One window to read and how to take it to the picture. */
export interface PlannedRead {
  readonly request: Omit<WindowRequest, 'bands'>;
  /** From the picture's pixels to the raster's at full resolution. */
  readonly mesh: TransformMesh;
  /** From the raster's pixels at full resolution to those of the window as read. */
  readonly scaling: MeshScaling;
  /** Pixels as read per pixel of the picture, along the window's columns and rows. */
  readonly scale: readonly [col: number, row: number];
  /** Pixels of the level in the window: more than are read of it where it is reduced on the way. */
  readonly levelPixels: number;
}

/** What is planned for. */
export interface PlanOptions {
  readonly kernel: Resampling;
  /** The level to read, 0 for full resolution: for parts of one picture. Chosen from the picture unless given. */
  readonly level?: number;
  /** How far the mesh may be off, in pixels of the picture; {@link MESH_TOLERANCE} unless given. */
  readonly tolerance?: number;
}

/**
 * How far a mesh may be off in pixels of the picture: a two-thousandth. A nearest-neighbour picture then differs from
 * the exact one in a few pixels of a hundred thousand, where GDAL's default (an eighth) would differ in thousands.
 */
const MESH_TOLERANCE = 1 / 2048;

/**
 * How far off a mesh of a single cell may be: a sixteen-thousandth of a pixel. From zoom 10 on most tiles' transforms are,
 * and take a twelfth of the points.
 */
const SMOOTH_TOLERANCE = 2 ** -14;

/** A level may be this much coarser than the picture. */
const LEVEL_TOLERANCE = 1.05;

/** The largest window that is read as it is; larger ones, of rasters without overviews, are reduced while being read. */
const MAX_READ_PIXELS = 2048 * 2048;

/** Pixels that a reduced window has for each of the picture, along each axis. */
const REDUCED_OVERSAMPLING = 2;

/** Pixels of the raster that a touch must exceed: grids that merely share an edge do not overlap. */
const TOUCH = 1e-6;

/**
 * Plans a picture of a raster: pure, and 0.1 to 0.5 ms of work.
 *
 * The level read is the coarsest that is not coarser than the picture (GDAL's `-ovr AUTO`).
 */
export function planTile(
  source: Pick<PixelSource, 'grid' | 'crs' | 'levels'>,
  picture: PictureGrid,
  options: PlanOptions,
): TilePlan {
  const { width, height } = picture.grid;
  const meshes = meshesBetween(source, picture, options.tolerance ?? MESH_TOLERANCE);
  if (typeof meshes === 'string') return { kind: 'unplaceable', reason: meshes };
  const reads = meshes.flatMap((mesh) => planRead(source, mesh, options) ?? []);
  return reads.length === 0 ? { kind: 'outside' } : { kind: 'paint', width, height, reads };
}

/**
 * The transforms from the picture's pixels to the raster's: one, or one a turn around the Earth where longitudes repeat
 * themselves. Text where there is none, saying why.
 */
function meshesBetween(
  { grid, crs }: Pick<PixelSource, 'grid' | 'crs'>,
  picture: PictureGrid,
  tolerance: number,
): readonly TransformMesh[] | string {
  const { width, height, affine } = picture.grid;
  const toPixels = invert(grid.affine);
  if (toPixels === null) return 'its pixels have no area';
  const turn = turnWidth(crs);
  const turns = turn === null ? [0] : [0, turn, -turn];
  if (sameCrs(crs, picture.crs)) {
    return turns.map((shift) => {
      const shifted: Affine = [affine[0], affine[1], affine[2] + shift, affine[3], affine[4], affine[5]];
      return affineMesh(compose(toPixels, shifted), width, height);
    });
  }
  const between = transformBetween(picture.crs, crs);
  if (between === null) return `coordinates of ${picture.crs.name} cannot be converted to ${crs.name}`;
  const project = (col: number, row: number): Point | null =>
    between(affine[0] * col + affine[1] * row + affine[2], affine[3] * col + affine[4] * row + affine[5]);
  const place = turn === null ? project : continuous(project, turn, width, height);
  const [a, b, c, d, e, f] = toPixels;
  const within: BBox = [0, 0, grid.width, grid.height];
  const smooth = Math.min(tolerance, SMOOTH_TOLERANCE);
  return turns.map((shift) =>
    buildMesh(
      (col, row) => {
        const point = place(col, row);
        if (point === null) return null;
        const x = point[0] + shift;
        return [a * x + b * point[1] + c, d * x + e * point[1] + f];
      },
      width,
      height,
      { tolerance, within, smooth },
    ),
  );
}

/** The same transform without the jump of a whole turn where longitudes begin again; asked for each point once. */
function continuous(
  project: (col: number, row: number) => Point | null,
  turn: number,
  width: number,
  height: number,
): (col: number, row: number) => Point | null {
  const reference = project(width / 2, height / 2)?.[0] ?? 0;
  // The tolerance keeps the two edges of a picture of the whole Earth on their sides.
  const half = (turn / 2) * (1 + 1e-9);
  const seen = new Map<number, Point | null>();
  return (col, row) => {
    const key = row * 8 * (width + 1) * 8 + col * 8;
    let point = seen.get(key);
    if (point === undefined) {
      const raw = project(col, row);
      const beyond = raw === null ? 0 : raw[0] - reference;
      point = raw === null || Math.abs(beyond) <= half ? raw : [raw[0] - turn * Math.round(beyond / turn), raw[1]];
      seen.set(key, point);
    }
    return point;
  };
}

/** What to read for one mesh; null where nothing of the raster is in the picture. */
function planRead(
  source: Pick<PixelSource, 'grid' | 'levels'>,
  mesh: TransformMesh,
  { kernel, level: fixedLevel }: PlanOptions,
): PlannedRead | null {
  const { grid } = source;
  const raster: BBox = [0, 0, grid.width, grid.height];
  const around = bboxOfMesh(mesh);
  const touched = around === null ? null : touching(around, raster);
  if (touched === null) return null;
  // A mesh of lone pixels has no slope; the raster is then as large as a pixel or two, and read as it is.
  const step = meshScale(mesh, raster) ?? { col: 1, row: 1, mean: 1 };
  const level = fixedLevel ?? chooseLevel(source, step.mean);
  const size = sizeOfLevel(source, level);
  const perCol = size.width / grid.width;
  const perRow = size.height / grid.height;
  const levelScale = [step.col * perCol, step.row * perRow] as const;
  const whole = levelWindow(
    touched,
    size,
    [perCol, perRow],
    [kernelMargin(kernel, levelScale[0]), kernelMargin(kernel, levelScale[1])],
  );
  const read = readSize(whole, levelScale);
  const window: Window = {
    colOff: whole.colOff / perCol,
    rowOff: whole.rowOff / perRow,
    width: whole.width / perCol,
    height: whole.height / perRow,
  };
  const reduction = [read.width / whole.width, read.height / whole.height] as const;
  return {
    request: { level, window, ...read, resampling: kernel === 'nearest' || kernel === 'mode' ? 'nearest' : 'average' },
    mesh,
    scaling: {
      colScale: perCol * reduction[0],
      colOffset: -whole.colOff * reduction[0],
      rowScale: perRow * reduction[1],
      rowOffset: -whole.rowOff * reduction[1],
    },
    scale: [levelScale[0] * reduction[0], levelScale[1] * reduction[1]],
    levelPixels: whole.width * whole.height,
  };
}

/** The common part of two boxes; null where it is thinner than {@link TOUCH}. Boxes of one point have no thickness. */
function touching(around: BBox, raster: BBox): BBox | null {
  const box: BBox = [around[0] - TOUCH, around[1] - TOUCH, around[2] + TOUCH, around[3] + TOUCH];
  const common = intersectBBox(box, raster);
  return common !== null && common[2] - common[0] > 1.5 * TOUCH && common[3] - common[1] > 1.5 * TOUCH ? common : null;
}

/** The coarsest level whose pixels are not larger than the picture's; `step` is the raster's pixels in one of those. */
function chooseLevel({ grid, levels }: Pick<PixelSource, 'grid' | 'levels'>, step: number): number {
  let best = 0;
  let coarsest = 1;
  for (const [index, { width, height }] of levels.entries()) {
    const decimation = Math.sqrt((grid.width / width) * (grid.height / height));
    if (decimation <= step * LEVEL_TOLERANCE && decimation > coarsest) {
      best = index + 1;
      coarsest = decimation;
    }
  }
  return best;
}

/** Source pixels beyond a position that a kernel may look at. */
function kernelMargin(kernel: Resampling, scale: number): number {
  if (kernel === 'nearest') return 1;
  if (kernel === 'average' || kernel === 'mode') return Math.ceil(scale) + 1;
  return Math.ceil(KERNEL_RADIUS[kernel] * Math.max(1, scale)) + 1;
}

/** Whole pixels of a level that hold a box of the full resolution, grown by a margin and clipped to the level. */
function levelWindow(
  box: BBox,
  size: { readonly width: number; readonly height: number },
  [perCol, perRow]: readonly [number, number],
  [marginCols, marginRows]: readonly [number, number],
): Window {
  const colOff = clamp(Math.floor(box[0] * perCol) - marginCols, 0, size.width - 1);
  const rowOff = clamp(Math.floor(box[1] * perRow) - marginRows, 0, size.height - 1);
  const colEnd = clamp(Math.ceil(box[2] * perCol) + marginCols, colOff + 1, size.width);
  const rowEnd = clamp(Math.ceil(box[3] * perRow) + marginRows, rowOff + 1, size.height);
  return { colOff, rowOff, width: colEnd - colOff, height: rowEnd - rowOff };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Pixels to read a window in: all, or a few for each of the picture's where that would be too many. */
function readSize(
  { width, height }: Window,
  [colScale, rowScale]: readonly [number, number],
): { readonly width: number; readonly height: number } {
  if (width * height <= MAX_READ_PIXELS) return { width, height };
  const cols = Math.ceil((width * REDUCED_OVERSAMPLING) / Math.max(colScale, REDUCED_OVERSAMPLING));
  const rows = Math.ceil((height * REDUCED_OVERSAMPLING) / Math.max(rowScale, REDUCED_OVERSAMPLING));
  // A window many times the picture's size (around a pole, say) is thinned further, whatever the scale.
  const shrink = Math.min(1, Math.sqrt(MAX_READ_PIXELS / (cols * rows)));
  return { width: Math.max(1, Math.floor(cols * shrink)), height: Math.max(1, Math.floor(rows * shrink)) };
}
