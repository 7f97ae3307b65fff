import type { ExportBody, ValidationItem } from '@inlay/contract';
import {
  type Affine,
  type BBox,
  bboxOfRaster,
  type Crs,
  crsLabel,
  intersectBBox,
  invert,
  type PixelGrid,
  resolution,
  sameCrs,
  transformBetween,
} from '@inlay/geo';
import { warpedExtent } from '@inlay/vrt';
import { bboxOfRings, projectRings, type Rings, ringsOf } from '../pixels/feature-shape.ts';
import { projectedBBox } from '../pixels/picture-grids.ts';
import type { PlacedRaster } from '../pixels/placed-raster.ts';
import { affineAt } from './export-plan.ts';

/** Where an export lies. */
export interface ExportGrid {
  readonly grid: PixelGrid;
  readonly crs: Crs;
  /** See `ExportPlan`. */
  readonly origin: { readonly col: number; readonly row: number } | null;
  /** The shape to cut out, in `crs`; null without one. */
  readonly rings: Rings | null;
}

/** CRSs that a request names, looked up. */
export interface ExportCrss {
  /** Of `bbox` and `feature`. */
  readonly coordinates: Crs;
  /** Of the export; null: the dataset's own. */
  readonly output: Crs | null;
}

type GridRequest = Pick<ExportBody, 'bbox' | 'feature' | 'crs' | 'resolution' | 'width' | 'height'>;

/** A grid, or all that is wrong with what was asked for. */
export type ExportGridResult = ExportGrid | { readonly items: readonly ValidationItem[] };

/**
 * The pixels of an export: the dataset's own ones that the box touches (as gdal_translate -projwin takes them since GDAL
 * 3.8), or, where a CRS, a resolution or a size is asked for, those that gdalwarp -te with -tr or -ts would make.
 */
export function exportGrid(raster: PlacedRaster, request: GridRequest, crss: ExportCrss): ExportGridResult {
  const conflicts = conflictsOf(request);
  if (conflicts.length > 0) return { items: conflicts };
  const crs = crss.output === null || sameCrs(crss.output, raster.crs) ? raster.crs : crss.output;
  const clip = clipOf(request, crss.coordinates, crs);
  if ('items' in clip) return clip;
  const isOwn =
    crs === raster.crs &&
    request.resolution === undefined &&
    request.width === undefined &&
    request.height === undefined;
  const placed = isOwn ? ownPixels(raster, clip.bbox) : computedPixels(raster, clip.bbox, crs, request);
  if (!('grid' in placed)) return placed;
  return { ...placed, crs, rings: clip.rings };
}

function conflictsOf({ bbox, feature, resolution: size, width, height }: GridRequest): ValidationItem[] {
  const items: ValidationItem[] = [];
  if (bbox !== undefined && feature !== undefined) {
    items.push(conflict('feature', 'bbox', 'a box and a shape cannot both be cut out: leave one of them out'));
  }
  if (size !== undefined && (width !== undefined || height !== undefined)) {
    items.push(conflict('resolution', 'width', 'the size follows from resolution: leave width and height out'));
  }
  if (bbox !== undefined && !(bbox[0] < bbox[2] && bbox[1] < bbox[3])) {
    items.push(fault('bbox', 'the box has no area: give [minx, miny, maxx, maxy], the smaller coordinates first'));
  }
  return items;
}

function clipOf(
  { bbox, feature }: GridRequest,
  from: Crs,
  to: Crs,
): { readonly bbox: BBox | null; readonly rings: Rings | null } | { readonly items: readonly ValidationItem[] } {
  if (feature !== undefined) {
    const read = ringsOf(feature);
    if ('items' in read) {
      return { items: read.items.map((item) => ({ ...item, loc: ['body', 'feature', ...item.loc.slice(1)] })) };
    }
    const rings = projectRings(read.rings, from, to);
    const around = rings === null ? null : bboxOfRings(rings);
    if (rings !== null && around !== null) return { bbox: around, rings };
    return {
      items: [fault('feature', rings === null ? `the shape has no place in ${crsLabel(to)}` : 'the shape has no area')],
    };
  }
  if (bbox === undefined) return { bbox: null, rings: null };
  const projected = sameCrs(from, to) ? bbox : projectedBBox(bbox, from, to);
  if (projected !== null) return { bbox: projected, rings: null };
  return { items: [fault('bbox', `the box has no place in ${crsLabel(to)}`)] };
}

/** Of positions in pixels: those this near to a pixel's edge lie on it (as gdal_translate has it). */
const ON_EDGE = 0.001;

/** The dataset's own pixels that a box touches. */
function ownPixels(
  { affine, width, height }: PlacedRaster,
  bbox: BBox | null,
): Pick<ExportGrid, 'grid' | 'origin'> | { readonly items: readonly ValidationItem[] } {
  if (bbox === null) return { grid: { affine, width, height }, origin: { col: 0, row: 0 } };
  const toPixels = invert(affine);
  // Of a rotated raster, the pixels around the box.
  const around = toPixels === null ? null : bboxOfBox(toPixels, bbox);
  const touched = around === null ? null : intersectBBox(around, [0, 0, width, height]);
  if (touched === null) return { items: [beside()] };
  const col = Math.floor(touched[0] + ON_EDGE);
  const row = Math.floor(touched[1] + ON_EDGE);
  const colEnd = Math.min(width, Math.max(col + 1, Math.ceil(touched[2] - ON_EDGE)));
  const rowEnd = Math.min(height, Math.max(row + 1, Math.ceil(touched[3] - ON_EDGE)));
  if (col >= width || row >= height) return { items: [beside()] };
  return {
    grid: { affine: affineAt(affine, col, row), width: colEnd - col, height: rowEnd - row },
    origin: { col, row },
  };
}

/** The box around a box, seen through an affine. */
function bboxOfBox(affine: Affine, [minX, minY, maxX, maxY]: BBox): BBox {
  const [a, b, c, d, e, f] = affine;
  const moved: Affine = [a, b, a * minX + b * minY + c, d, e, d * minX + e * minY + f];
  return bboxOfRaster(moved, maxX - minX, maxY - minY);
}

/** North-up pixels of their own. */
function computedPixels(
  raster: PlacedRaster,
  bbox: BBox | null,
  crs: Crs,
  { resolution: asked, width, height }: GridRequest,
): Pick<ExportGrid, 'grid' | 'origin'> | { readonly items: readonly ValidationItem[] } {
  const extent = extentIn(raster, crs);
  if (typeof extent === 'string') return { items: [fault('crs', extent)] };
  if (bbox !== null && extent.bounds !== null && intersectBBox(bbox, extent.bounds) === null) {
    return { items: [beside()] };
  }
  const box = bbox ?? extent.bounds;
  if (box === null) {
    const error = `the dataset cannot be shown in ${crsLabel(crs)} as a whole: give a bbox of what is to be exported`;
    return { items: [fault('bbox', error)] };
  }
  const [spanX, spanY] = [box[2] - box[0], box[3] - box[1]];
  if (width !== undefined || height !== undefined) {
    // gdalwarp -ts: the box exactly, whatever shape its pixels have; one side alone makes them square.
    const columns = width ?? Math.max(1, Math.round((spanX * height!) / spanY));
    const rows = height ?? Math.max(1, Math.round((spanY * width!) / spanX));
    return { grid: gridAt(box, [spanX / columns, spanY / rows], columns, rows), origin: null };
  }
  const size = asked ?? extent.resolution;
  if (size === null)
    return { items: [fault('resolution', `pixels have no natural size in ${crsLabel(crs)}: give one`)] };
  const [x, y] = typeof size === 'number' ? [size, size] : size;
  // gdalwarp -te -tr: from the top left, so many whole pixels as come nearest to the box.
  const columns = Math.max(1, Math.floor(spanX / x + 0.5));
  const rows = Math.max(1, Math.floor(spanY / y + 0.5));
  return { grid: gridAt(box, [x, y], columns, rows), origin: null };
}

function gridAt(box: BBox, [x, y]: readonly [number, number], width: number, height: number): PixelGrid {
  return { affine: [x, 0, box[0], 0, -y, box[3]], width, height };
}

interface Extent {
  /** Null where it cannot be expressed as a whole. */
  readonly bounds: BBox | null;
  readonly resolution: number | readonly [number, number] | null;
}

/** Where the raster is in a CRS, and how large its pixels are there; text where it is nowhere, saying why. */
function extentIn(raster: PlacedRaster, crs: Crs): Extent | string {
  const { affine, width, height } = raster;
  if (sameCrs(raster.crs, crs)) return { bounds: bboxOfRaster(affine, width, height), resolution: resolution(affine) };
  if (transformBetween(crs, raster.crs) === null || transformBetween(raster.crs, crs) === null) {
    return `coordinates of ${crsLabel(raster.crs)} cannot be converted to ${crsLabel(crs)}`;
  }
  const extent = warpedExtent(raster, crs);
  return { bounds: extent?.outline ?? null, resolution: extent?.resolution ?? null };
}

function beside(): ValidationItem {
  return fault('bbox', 'nothing of the dataset lies there: check the coordinates and coord_crs');
}

/** One thing that is wrong with a field, in a sentence of ours. */
export function fault(field: string, error: string): ValidationItem {
  return { loc: ['body', field], msg: `Value error, ${error}`, type: 'value_error', input: null, ctx: { error } };
}

function conflict(field: string, other: string, msg: string): ValidationItem {
  return {
    loc: ['body', field],
    msg,
    type: 'conflicting_options',
    input: null,
    ctx: { field, expected: `no ${other}` },
  };
}
