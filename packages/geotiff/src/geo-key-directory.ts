import type { TagValues } from './tiff-directory.ts';
import { TAG } from './tiff-tag.ts';

/** GeoKey ids (OGC 19-008r4, annex C) by the names of GeoTIFF 1.1, older names where libgeotiff kept them. */
export const GEO_KEY = {
  ModelType: 1024,
  RasterType: 1025,
  Citation: 1026,
  GeodeticCrs: 2048,
  GeodeticCitation: 2049,
  GeodeticDatum: 2050,
  PrimeMeridian: 2051,
  GeogLinearUnits: 2052,
  GeogLinearUnitSize: 2053,
  GeogAngularUnits: 2054,
  GeogAngularUnitSize: 2055,
  Ellipsoid: 2056,
  EllipsoidSemiMajorAxis: 2057,
  EllipsoidSemiMinorAxis: 2058,
  EllipsoidInvFlattening: 2059,
  PrimeMeridianLongitude: 2061,
  ProjectedCrs: 3072,
  ProjectedCitation: 3073,
  Projection: 3074,
  ProjMethod: 3075,
  ProjLinearUnits: 3076,
  ProjLinearUnitSize: 3077,
  ProjStdParallel1: 3078,
  ProjStdParallel2: 3079,
  ProjNatOriginLong: 3080,
  ProjNatOriginLat: 3081,
  ProjFalseEasting: 3082,
  ProjFalseNorthing: 3083,
  ProjFalseOriginLong: 3084,
  ProjFalseOriginLat: 3085,
  ProjFalseOriginEasting: 3086,
  ProjFalseOriginNorthing: 3087,
  ProjCenterLong: 3088,
  ProjCenterLat: 3089,
  ProjCenterEasting: 3090,
  ProjCenterNorthing: 3091,
  ProjScaleAtNatOrigin: 3092,
  ProjScaleAtCenter: 3093,
  ProjAzimuthAngle: 3094,
  ProjStraightVertPoleLong: 3095,
  ProjRectifiedGridAngle: 3096,
  Vertical: 4096,
  VerticalCitation: 4097,
  VerticalDatum: 4098,
  VerticalUnits: 4099,
} as const;

/** Code of a key whose value the file spells out itself (OGC 19-008r4, 7.1.4). */
export const USER_DEFINED = 32767;

/** The GeoKeys of a file. Values are codes, lists of doubles or text. */
export interface GeoKeys {
  /** 1 for GeoTIFF 1.1 (OGC), 0 for 1.0. */
  readonly minorRevision: number;
  /** A code; null where the key is absent or of another kind. */
  code(key: number): number | null;
  /** A code that names something: neither 0 (undefined) nor user-defined. */
  named(key: number): number | null;
  /** The first double of a key. */
  double(key: number): number | null;
  text(key: number): string | null;
}

/**
 * Reads GeoKeyDirectoryTag (OGC 19-008r4, 7.1.3): four shorts of header, then four shorts for each key.
 * Null where the file has no GeoKeys. Keys that point outside their parameter tags are left out.
 */
export function readGeoKeys(tags: TagValues): GeoKeys | null {
  const directory = tags.numbers(TAG.GeoKeyDirectory);
  if (directory === null || directory.length < 4 || directory[0] !== 1) return null;
  const doubles = tags.numbers(TAG.GeoDoubleParams) ?? [];
  const ascii = tags.text(TAG.GeoAsciiParams) ?? '';
  const values = new Map<number, number | number[] | string>();
  const count = Math.min(directory[3]!, Math.floor(directory.length / 4) - 1);
  for (let i = 1; i <= count; i++) {
    const [key, location, length, value] = directory.slice(i * 4, i * 4 + 4) as [number, number, number, number];
    if (location === 0) values.set(key, value);
    else if (location === TAG.GeoDoubleParams && value + length <= doubles.length) {
      values.set(key, doubles.slice(value, value + length));
    } else if (location === TAG.GeoAsciiParams && value < ascii.length) {
      // Every text ends in a bar, which is not part of it.
      values.set(
        key,
        ascii
          .slice(value, value + length)
          .replace(/\|$/, '')
          .trimEnd(),
      );
    }
  }
  function code(key: number): number | null {
    const value = values.get(key);
    return typeof value === 'number' ? value : null;
  }
  return {
    minorRevision: directory[2]!,
    code,
    named(key) {
      const value = code(key);
      return value === null || value === 0 || value === USER_DEFINED ? null : value;
    },
    double(key) {
      const value = values.get(key);
      return Array.isArray(value) ? (value[0] ?? null) : null;
    },
    text(key) {
      const value = values.get(key);
      return typeof value === 'string' ? value : null;
    },
  };
}
