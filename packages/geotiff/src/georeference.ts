import { type Affine, type GeoTransform, type RasterProfile, fromGeoTransform } from '@inlay/geo';
import { parseNumber } from './number-text.ts';

/** The GeoTIFF tags that place a raster (OGC 19-008r4, 7.4 "Raster to model coordinate transformation"). */
export interface GeoTags {
  /** ModelTiepointTag: (I, J, K, X, Y, Z) repeated; null where absent. */
  readonly tiepoints: readonly number[] | null;
  /** ModelPixelScaleTag: (x, y, z). */
  readonly pixelScale: readonly number[] | null;
  /** ModelTransformationTag: 16 numbers, row by row. */
  readonly matrix: readonly number[] | null;
  /** GTRasterTypeGeoKey is RasterPixelIsPoint: coordinates name pixel centres. */
  readonly isPoint: boolean;
  readonly hasRpc: boolean;
}

/** Where a raster is. */
export interface Georeference {
  readonly affine: Affine | null;
  readonly georeference: RasterProfile['georeference'];
  /** There is an affine, but with NaN or infinite numbers; GDAL would go on with it. */
  readonly isUnusable: boolean;
}

/** What the files beside the raster say of its place; null members where they say nothing. */
export interface SidecarGeoreference {
  readonly geoTransform: GeoTransform | null;
  readonly hasGcps: boolean;
  readonly hasRpc: boolean;
}

/**
 * Decides between the places a georeference can be in. Measured with GDAL 3.6.2 and 3.13.3, which agree: `.aux.xml`
 * (its ground control points before the file's affine), then the file's tags, then a world file, which also beats tie
 * points without a scale; those alone are ground control points.
 * @param worldFile The text of the world file, read only when it is asked for.
 */
export async function georeference(
  tags: GeoTags,
  sidecar: SidecarGeoreference | null,
  worldFile: () => Promise<string | null>,
): Promise<Georeference> {
  if (sidecar?.geoTransform) return affineOrNone(sidecar.geoTransform);
  if (sidecar?.hasGcps === true) return { affine: null, georeference: 'gcp', isUnusable: false };
  const internal = internalGeoTransform(tags);
  if (internal !== null) return affineOrNone(internal);
  const text = await worldFile();
  const external = text === null ? null : parseWorldFile(text);
  if (external !== null) return affineOrNone(external);
  if ((tags.tiepoints?.length ?? 0) >= 6) return { affine: null, georeference: 'gcp', isUnusable: false };
  const hasRpc = tags.hasRpc || sidecar?.hasRpc === true;
  return { affine: null, georeference: hasRpc ? 'rpc' : 'none', isUnusable: false };
}

function affineOrNone(geoTransform: GeoTransform): Georeference {
  if (!geoTransform.every(Number.isFinite)) return { affine: null, georeference: 'none', isUnusable: true };
  return { affine: fromGeoTransform(geoTransform), georeference: 'affine', isUnusable: false };
}

/**
 * The tags' affine as GDAL computes it, to the last bit. Scale and tie point come before the matrix when a file has
 * both, and a negative y scale means north-up like a positive one (GTIFF_HONOUR_NEGATIVE_SCALEY defaults to NO).
 */
function internalGeoTransform({ tiepoints, pixelScale, matrix, isPoint }: GeoTags): GeoTransform | null {
  const [scaleX = 0, scaleY = 0] = pixelScale ?? [];
  if (scaleX !== 0 && scaleY !== 0 && tiepoints !== null && tiepoints.length >= 6) {
    const [i, j, , x, y] = tiepoints as readonly [number, number, number, number, number, number];
    const height = -Math.abs(scaleY);
    return toCorner([x - i * scaleX, scaleX, 0, y - j * height, 0, height], isPoint);
  }
  if (matrix?.length === 16) {
    return toCorner([matrix[3]!, matrix[0]!, matrix[1]!, matrix[7]!, matrix[4]!, matrix[5]!], isPoint);
  }
  return null;
}

/** A transform of pixel centres, moved by half a pixel to that of pixel corners. */
function toCorner(gt: GeoTransform, isCentre: boolean): GeoTransform {
  if (!isCentre) return gt;
  return [gt[0] - (gt[1] * 0.5 + gt[2] * 0.5), gt[1], gt[2], gt[3] - (gt[4] * 0.5 + gt[5] * 0.5), gt[4], gt[5]];
}

/**
 * A world file: six lines A, D, B, E, C, F that map pixel **centres**. Null where it is not one, in GDAL's judgement:
 * fewer lines, or a row or column without extent.
 */
export function parseWorldFile(text: string): GeoTransform | null {
  const lines = text.split(/\r\n|[\r\n]/).filter((line) => line.trim() !== '');
  if (lines.length < 6) return null;
  const [a, d, b, e, c, f] = lines.map(parseNumber) as [number, number, number, number, number, number];
  if ((a === 0 && b === 0) || (d === 0 && e === 0)) return null;
  return toCorner([c, a, b, f, d, e], true);
}
