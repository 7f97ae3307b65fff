import { GEO_KEY } from '../geo-key-directory.ts';

/** One parameter of a projection: its WKT 1 name, the GeoKeys that may hold it in the order they are tried, else a default. */
export interface MethodParameter {
  readonly name: string;
  readonly keys: readonly number[];
  readonly defaultValue: number;
}

/** A map projection method: how WKT 1 calls it and its parameters. */
export interface ProjectionMethod {
  readonly name: string;
  readonly parameters: readonly MethodParameter[];
}

// Writers disagree on which of three keys hold an origin; libgeotiff accepts all of them, in these orders.
const LATITUDE = [GEO_KEY.ProjNatOriginLat, GEO_KEY.ProjFalseOriginLat, GEO_KEY.ProjCenterLat];
const LONGITUDE = [GEO_KEY.ProjNatOriginLong, GEO_KEY.ProjFalseOriginLong, GEO_KEY.ProjCenterLong];
const CENTER_LATITUDE = [GEO_KEY.ProjCenterLat, GEO_KEY.ProjNatOriginLat, GEO_KEY.ProjFalseOriginLat];
const CENTER_LONGITUDE = [GEO_KEY.ProjCenterLong, GEO_KEY.ProjNatOriginLong, GEO_KEY.ProjFalseOriginLong];
const FALSE_LATITUDE = [GEO_KEY.ProjFalseOriginLat, GEO_KEY.ProjNatOriginLat, GEO_KEY.ProjCenterLat];
const FALSE_LONGITUDE = [GEO_KEY.ProjFalseOriginLong, GEO_KEY.ProjNatOriginLong, GEO_KEY.ProjCenterLong];
const POLE_LONGITUDE = [GEO_KEY.ProjStraightVertPoleLong, ...LONGITUDE];
const EASTING = [GEO_KEY.ProjFalseEasting, GEO_KEY.ProjCenterEasting, GEO_KEY.ProjFalseOriginEasting];
const NORTHING = [GEO_KEY.ProjFalseNorthing, GEO_KEY.ProjCenterNorthing, GEO_KEY.ProjFalseOriginNorthing];
const SCALE = [GEO_KEY.ProjScaleAtNatOrigin, GEO_KEY.ProjScaleAtCenter];

function parameter(name: string, keys: readonly number[], defaultValue = 0): MethodParameter {
  return { name, keys, defaultValue };
}

const latitudeOfOrigin = parameter('latitude_of_origin', LATITUDE);
const centralMeridian = parameter('central_meridian', LONGITUDE);
const latitudeOfCenter = parameter('latitude_of_center', CENTER_LATITUDE);
const longitudeOfCenter = parameter('longitude_of_center', CENTER_LONGITUDE);
const parallel1 = parameter('standard_parallel_1', [GEO_KEY.ProjStdParallel1]);
const parallel2 = parameter('standard_parallel_2', [GEO_KEY.ProjStdParallel2]);
const scale = parameter('scale_factor', SCALE, 1);
const azimuth = parameter('azimuth', [GEO_KEY.ProjAzimuthAngle]);
const rectifiedAngle = parameter('rectified_grid_angle', [GEO_KEY.ProjRectifiedGridAngle], 90);

function method(name: string, ...parameters: MethodParameter[]): ProjectionMethod {
  const offsets = [parameter('false_easting', EASTING), parameter('false_northing', NORTHING)];
  return { name, parameters: [...parameters, ...offsets] };
}

const MERCATOR_2SP = method('Mercator_2SP', parallel1, centralMeridian);

/**
 * ProjMethodGeoKey codes (OGC 19-008r4, 7.5.3.6 and GeoTIFF 1.0, 6.3.3.3); 9815 is an EPSG method GDAL writes beside
 * them. Alaska (2) and Rosenmund (5) are the ones nobody writes and GDAL does not read either.
 */
const METHODS: Readonly<Record<number, ProjectionMethod>> = {
  1: method('Transverse_Mercator', latitudeOfOrigin, centralMeridian, scale),
  3: method('Hotine_Oblique_Mercator', latitudeOfCenter, longitudeOfCenter, azimuth, rectifiedAngle, scale),
  4: method('Laborde_Oblique_Mercator', latitudeOfCenter, longitudeOfCenter, azimuth, scale),
  7: method('Mercator_1SP', centralMeridian, scale),
  8: method(
    'Lambert_Conformal_Conic_2SP',
    parameter('latitude_of_origin', FALSE_LATITUDE),
    parameter('central_meridian', FALSE_LONGITUDE),
    parallel1,
    parallel2,
  ),
  9: method('Lambert_Conformal_Conic_1SP', latitudeOfOrigin, centralMeridian, scale),
  10: method('Lambert_Azimuthal_Equal_Area', latitudeOfCenter, longitudeOfCenter),
  11: method(
    'Albers_Conic_Equal_Area',
    parameter('latitude_of_center', LATITUDE),
    parameter('longitude_of_center', LONGITUDE),
    parallel1,
    parallel2,
  ),
  12: method('Azimuthal_Equidistant', latitudeOfCenter, longitudeOfCenter),
  13: method(
    'Equidistant_Conic',
    parameter('latitude_of_center', LATITUDE),
    parameter('longitude_of_center', LONGITUDE),
    parallel1,
    parallel2,
  ),
  14: method(
    'Stereographic',
    parameter('latitude_of_origin', CENTER_LATITUDE),
    parameter('central_meridian', CENTER_LONGITUDE),
    scale,
  ),
  15: method('Polar_Stereographic', latitudeOfOrigin, parameter('central_meridian', POLE_LONGITUDE), scale),
  16: method('Oblique_Stereographic', latitudeOfOrigin, centralMeridian, scale),
  17: method(
    'Equirectangular',
    parameter('latitude_of_origin', CENTER_LATITUDE),
    parameter('central_meridian', CENTER_LONGITUDE),
    parallel1,
  ),
  18: method('Cassini_Soldner', latitudeOfOrigin, centralMeridian),
  19: method(
    'Gnomonic',
    parameter('latitude_of_origin', CENTER_LATITUDE),
    parameter('central_meridian', CENTER_LONGITUDE),
  ),
  20: method('Miller_Cylindrical', longitudeOfCenter),
  21: method(
    'Orthographic',
    parameter('latitude_of_origin', CENTER_LATITUDE),
    parameter('central_meridian', CENTER_LONGITUDE),
  ),
  22: method('Polyconic', latitudeOfOrigin, centralMeridian),
  23: method('Robinson', longitudeOfCenter),
  24: method('Sinusoidal', longitudeOfCenter),
  25: method('VanDerGrinten', parameter('central_meridian', CENTER_LONGITUDE)),
  26: method('New_Zealand_Map_Grid', latitudeOfOrigin, centralMeridian),
  27: method('Transverse_Mercator_South_Orientated', latitudeOfOrigin, centralMeridian, scale),
  28: method('Cylindrical_Equal_Area', parallel1, centralMeridian),
  9815: method(
    'Hotine_Oblique_Mercator_Azimuth_Center',
    latitudeOfCenter,
    longitudeOfCenter,
    azimuth,
    rectifiedAngle,
    scale,
  ),
};

/**
 * The method a ProjMethodGeoKey names; null where it is unknown.
 * @param hasParallel Whether the file states a first standard parallel, which tells the two Mercators apart.
 */
export function projectionMethod(code: number, hasParallel: boolean): ProjectionMethod | null {
  return code === 7 && hasParallel ? MERCATOR_2SP : (METHODS[code] ?? null);
}
