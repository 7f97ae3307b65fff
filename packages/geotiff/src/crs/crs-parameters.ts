import { type WktNode, child, children, nameOf, numberAt } from './wkt.ts';

/** A map projection with its parameters named and scaled alike, whoever wrote the WKT. */
export interface ProjectionParameters {
  /** GDAL's name of the method in lower case, or `pseudo_mercator`. */
  readonly method: string;
  /** By canonical name; angles in degrees, lengths in the CRS's unit. Values a method takes anyway are left out. */
  readonly values: ReadonlyMap<string, number>;
}

const DEGREE = Math.PI / 180;

/** Parameters that mean the same to the methods that use them. */
const PARAMETER_NAMES: Readonly<Record<string, string>> = {
  latitude_of_origin: 'lat_0',
  latitude_of_center: 'lat_0',
  central_meridian: 'lon_0',
  longitude_of_origin: 'lon_0',
  longitude_of_center: 'lon_0',
  standard_parallel_1: 'lat_1',
  standard_parallel_2: 'lat_2',
  scale_factor: 'k',
  false_easting: 'x_0',
  false_northing: 'y_0',
  rectified_grid_angle: 'gamma',
  xy_plane_rotation: 'gamma',
  azimuth: 'alpha',
};

/** Names that Esri gives to methods of another name. */
const METHOD_NAMES: Readonly<Record<string, string>> = {
  albers: 'albers_conic_equal_area',
  cassini: 'cassini_soldner',
  double_stereographic: 'oblique_stereographic',
  equidistant_cylindrical: 'equirectangular',
  gauss_kruger: 'transverse_mercator',
  mercator_auxiliary_sphere: 'pseudo_mercator',
  plate_carree: 'equirectangular',
  stereographic_north_pole: 'polar_stereographic',
  stereographic_south_pole: 'polar_stereographic',
};

const NOT_ANGLES: ReadonlySet<string> = new Set(['k', 'x_0', 'y_0', 'satellite_height']);

/** The projection of a PROJCS; null where it has none or a parameter is not a number. */
export function projectionParameters(projcs: WktNode): ProjectionParameters | null {
  const projection = child(projcs, 'PROJECTION');
  const geogcs = child(projcs, 'GEOGCS');
  if (projection === null || geogcs === null) return null;
  // Writers round the degree to 15 digits; the quotient is 1, or 0.9 for grads.
  const degrees = Number((unitOf(geogcs).factor / DEGREE).toPrecision(12));
  const values = new Map<string, number>();
  for (const parameter of children(projcs, 'PARAMETER')) {
    const written = nameOf(parameter).toLowerCase().replaceAll(' ', '_');
    const name = PARAMETER_NAMES[written] ?? written;
    const value = numberAt(parameter, 1);
    if (value === null) return null;
    values.set(name, NOT_ANGLES.has(name) ? value : value * degrees);
  }
  const written = nameOf(projection).toLowerCase().replaceAll(' ', '_');
  return canonical(hasNullGrid(projcs) ? 'pseudo_mercator' : (METHOD_NAMES[written] ?? written), values);
}

/** GDAL tells EPSG:3857 from an ordinary Mercator by this extension only. */
function hasNullGrid(projcs: WktNode): boolean {
  return children(projcs, 'EXTENSION').some(
    ({ args: [, value] }) => typeof value === 'string' && value.includes('+nadgrids=@null'),
  );
}

/** One way of writing what can be written in several, as far as PROJ calls the results equivalent. */
function canonical(method: string, values: Map<string, number>): ProjectionParameters {
  if (method === 'mercator_2sp' || method === 'mercator') {
    method = (values.get('lat_1') ?? 0) === 0 ? 'mercator_1sp' : 'mercator_2sp';
    if (method === 'mercator_1sp') values.delete('lat_1');
  }
  if (method === 'lambert_conformal_conic') {
    method = values.has('lat_2') ? 'lambert_conformal_conic_2sp' : 'lambert_conformal_conic_1sp';
    if (!values.has('lat_2')) values.delete('lat_1');
  }
  if (method === 'lambert_conformal_conic_2sp') {
    const parallels = [values.get('lat_1') ?? 0, values.get('lat_2') ?? 0].toSorted((a, b) => a - b);
    values.set('lat_1', parallels[0]!).set('lat_2', parallels[1]!);
    if (parallels[0] === parallels[1] && parallels[0] === (values.get('lat_0') ?? 0)) {
      method = 'lambert_conformal_conic_1sp';
      values.delete('lat_1');
      values.delete('lat_2');
    }
  }
  if (method === 'polar_stereographic' && values.has('lat_1')) {
    values.set('lat_0', values.get('lat_1')!);
    values.delete('lat_1');
  }
  for (const [name, value] of values) if (value === (name === 'k' ? 1 : 0)) values.delete(name);
  return { method, values };
}

/** Directions of the axes that PROJ gives to a projected CRS which states none. */
export function defaultAxes(method: string, latitudeOfOrigin: number): readonly [string, string] {
  switch (method.toLowerCase()) {
    case 'polar_stereographic':
      return latitudeOfOrigin < 0 ? ['NORTH', 'NORTH'] : ['SOUTH', 'SOUTH'];
    case 'transverse_mercator_south_orientated':
      return ['WEST', 'SOUTH'];
    default:
      return ['EAST', 'NORTH'];
  }
}

/** The coordinate unit of a CRS: in metres, or in radians for a GEOGCS. */
export function unitOf(node: WktNode): { name: string; factor: number } {
  const unit = child(node, 'UNIT');
  const factor = unit === null ? null : numberAt(unit, 1);
  const name = unit === null ? 'unknown' : nameOf(unit);
  return { name, factor: factor !== null && factor > 0 ? factor : node.keyword === 'GEOGCS' ? DEGREE : 1 };
}

/** Names of one datum that differ by more than case and punctuation (PROJ's alias table, the common ones). */
const DATUM_ALIASES: Readonly<Record<string, string>> = {
  worldgeodeticsystem1984: 'wgs1984',
  northamerican1927: 'northamericandatum1927',
  northamerican1983: 'northamericandatum1983',
  etrs1989: 'europeanterrestrialreferencesystem1989',
  european1950: 'europeandatum1950',
  osgb1936: 'ordnancesurveyofgreatbritain1936',
  ntf: 'nouvelletriangulationfrancaise',
  rgf1993: 'reseaugeodesiquefrancais1993',
  gda1994: 'geocentricdatumofaustralia1994',
  nzgd2000: 'newzealandgeodeticdatum2000',
};

/** The datum's name without case, punctuation and Esri's `D_`. */
export function datumKey(geodeticCrs: WktNode): string {
  const name = simplify(nameOf(child(geodeticCrs, 'DATUM') ?? geodeticCrs).replace(/^D_/i, ''));
  return DATUM_ALIASES[name] ?? name;
}

function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9+]/g, '');
}

/** Both axes of an ellipsoid, in metres; null where the WKT does not give them. */
export function ellipsoidOf(geodeticCrs: WktNode): { semiMajor: number; inverseFlattening: number } | null {
  const spheroid = child(child(geodeticCrs, 'DATUM') ?? geodeticCrs, 'SPHEROID');
  const semiMajor = spheroid === null ? null : numberAt(spheroid, 1);
  const inverseFlattening = spheroid === null ? null : numberAt(spheroid, 2);
  return semiMajor !== null && inverseFlattening !== null ? { semiMajor, inverseFlattening } : null;
}

/** Degrees east of Greenwich: GDAL writes PRIMEM in degrees whatever the angular unit. */
export function primeMeridianOf(geodeticCrs: WktNode): { name: string; degrees: number } {
  const node = child(geodeticCrs, 'PRIMEM');
  return { name: node === null ? 'Greenwich' : nameOf(node), degrees: (node === null ? null : numberAt(node, 1)) ?? 0 };
}

/**
 * The text that is equal for CRSs that are the same. It follows OGRSpatialReference::IsSame: datums and prime meridians
 * by name and numbers, ellipsoids, units and parameters by numbers to about ten digits, CRSs and methods by meaning.
 */
export function parametersKey(node: WktNode, axisMapping: '1,2' | '2,1'): string | null {
  switch (node.keyword) {
    case 'COMPD_CS': {
      const horizontal = node.args[1];
      const vertical = node.args[2];
      if (typeof horizontal !== 'object' || typeof vertical !== 'object') return null;
      const key = parametersKey(horizontal, axisMapping);
      const datum = simplify(nameOf(child(vertical, 'VERT_DATUM') ?? vertical));
      return key === null ? null : `${key}+vertical:${datum}:${digits(unitOf(vertical).factor)}`;
    }
    case 'PROJCS': {
      const geogcs = child(node, 'GEOGCS');
      const projection = projectionParameters(node);
      const base = geogcs === null ? null : parametersKey(geogcs, '2,1');
      if (projection === null || base === null) return null;
      const values = [...projection.values].map(([name, value]) => `${name}=${digits(value)}`).toSorted();
      const unit = digits(unitOf(node).factor);
      const stated = children(node, 'AXIS').map(({ args }) => (typeof args[1] === 'object' ? args[1].keyword : ''));
      const axes = stated.length > 0 ? stated : defaultAxes(projection.method, projection.values.get('lat_0') ?? 0);
      const figures = `${values.join(',')}:unit=${unit}:axes=${axes.join(',')}(${axisMapping})`;
      return `projected:${projection.method}:${figures}:${base}`;
    }
    case 'GEOGCS':
    case 'GEOCCS': {
      const ellipsoid = ellipsoidOf(node);
      if (ellipsoid === null) return null;
      // GRS 80 and WGS 84 differ in the ninth digit of the flattening, writers of one ellipsoid in the twelfth.
      const figure = `${digits(ellipsoid.semiMajor)},${digits(ellipsoid.inverseFlattening, 11)}`;
      const meridian = primeMeridianOf(node);
      const prime = `${simplify(meridian.name)}@${digits(meridian.degrees, 8)}`;
      const kind = node.keyword === 'GEOGCS' ? 'geographic' : 'geocentric';
      return `${kind}:${datumKey(node)}:${figure}:pm=${prime}:unit=${digits(unitOf(node).factor)}`;
    }
    case 'LOCAL_CS':
      return `local:${simplify(nameOf(node))}:unit=${digits(unitOf(node).factor)}`;
    default:
      return null;
  }
}

/** To this many significant digits: two writers of one number differ in the sixteenth. */
function digits(value: number, count = 10): string {
  return Number(value.toPrecision(count)).toString();
}
