import {
  datumKey,
  ellipsoidOf,
  primeMeridianOf,
  type ProjectionParameters,
  projectionParameters,
  unitOf,
} from './crs-parameters.ts';
import { type WktNode, child, children } from './wkt.ts';

/** PROJ's name of a method and the parameters it takes (proj.org, "Projections"), all other names being unusual. */
const PROJ_METHODS: Readonly<Record<string, string>> = {
  albers_conic_equal_area: 'aea lat_0 lon_0 lat_1 lat_2',
  azimuthal_equidistant: 'aeqd lat_0 lon_0',
  cassini_soldner: 'cass lat_0 lon_0',
  cylindrical_equal_area: 'cea lon_0 lat_1:lat_ts',
  equidistant_conic: 'eqdc lat_0 lon_0 lat_1 lat_2',
  equirectangular: 'eqc lat_0 lon_0 lat_1:lat_ts',
  gnomonic: 'gnom lat_0 lon_0',
  hotine_oblique_mercator: 'omerc no_uoff lat_0 lon_0:lonc alpha gamma k',
  hotine_oblique_mercator_azimuth_center: 'omerc lat_0 lon_0:lonc alpha gamma k',
  lambert_azimuthal_equal_area: 'laea lat_0 lon_0',
  lambert_conformal_conic_1sp: 'lcc lat_0 lon_0 k:k_0 lat_0:lat_1',
  lambert_conformal_conic_2sp: 'lcc lat_0 lon_0 lat_1 lat_2',
  mercator_1sp: 'merc lon_0 k:k_0',
  mercator_2sp: 'merc lon_0 lat_1:lat_ts',
  miller_cylindrical: 'mill lon_0',
  mollweide: 'moll lon_0',
  new_zealand_map_grid: 'nzmg lat_0 lon_0',
  oblique_stereographic: 'sterea lat_0 lon_0 k',
  orthographic: 'ortho lat_0 lon_0',
  polyconic: 'poly lat_0 lon_0',
  robinson: 'robin lon_0',
  sinusoidal: 'sinu lon_0',
  stereographic: 'stere lat_0 lon_0 k',
  transverse_mercator: 'tmerc lat_0 lon_0 k',
  vandergrinten: 'vandg lon_0',
};

/** A PROJ string, x before y, for the horizontal part of a CRS; null where none expresses it. */
export function wktToProj4(node: WktNode): string | null {
  switch (node.keyword) {
    case 'COMPD_CS':
      return typeof node.args[1] === 'object' ? wktToProj4(node.args[1]) : null;
    case 'GEOGCS': {
      const figure = figureOf(node);
      return figure === null ? null : `+proj=longlat ${figure} +no_defs`;
    }
    case 'GEOCCS': {
      const figure = figureOf(node);
      return figure === null ? null : `+proj=geocent ${figure} ${unitText(node)} +no_defs`;
    }
    case 'PROJCS': {
      const geogcs = child(node, 'GEOGCS');
      const parameters = projectionParameters(node);
      if (geogcs === null || parameters === null) return null;
      const projection = projectionOf(parameters, unitOf(node).factor);
      // Web Mercator maps the ellipsoid's latitudes as if they were a sphere's.
      const figure =
        parameters.method === 'pseudo_mercator' ? '+a=6378137 +b=6378137 +nadgrids=@null' : figureOf(geogcs);
      if (projection === null || figure === null) return null;
      return `${projection} ${figure} ${unitText(node)} +no_defs`;
    }
    default:
      return null;
  }
}

function projectionOf({ method, values }: ProjectionParameters, metres: number): string | null {
  const offsets = `+x_0=${text((values.get('x_0') ?? 0) * metres)} +y_0=${text((values.get('y_0') ?? 0) * metres)}`;
  if (method === 'pseudo_mercator') return `+proj=merc +lon_0=${text(values.get('lon_0') ?? 0)} ${offsets}`;
  if (method === 'polar_stereographic') return `${polarStereographic(values)} ${offsets}`;
  if (method === 'transverse_mercator_south_orientated') {
    return `+proj=tmerc +axis=wsu ${assignments('lat_0 lon_0 k'.split(' '), values)} ${offsets}`;
  }
  const description = PROJ_METHODS[method];
  if (description === undefined) return null;
  const [name, ...parameters] = description.split(' ');
  return `+proj=${name} ${assignments(parameters, values)} ${offsets}`;
}

/** `our:theirs` assigns a value under another name; a bare flag that is no value of ours is passed on. */
function assignments(parameters: readonly string[], values: ReadonlyMap<string, number>): string {
  return parameters
    .map((parameter) => {
      if (parameter === 'no_uoff') return '+no_uoff';
      const [ours, theirs = ours] = parameter.split(':');
      return `+${theirs}=${text(values.get(ours!) ?? (ours === 'k' ? 1 : 0))}`;
    })
    .join(' ');
}

/** Latitude of origin is the pole (variant A, with a scale) or the latitude of true scale (variant B). */
function polarStereographic(values: ReadonlyMap<string, number>): string {
  const latitude = values.get('lat_0') ?? 90;
  const pole = latitude < 0 ? -90 : 90;
  const scale = Math.abs(latitude) === 90 ? `+k=${text(values.get('k') ?? 1)}` : `+lat_ts=${text(latitude)}`;
  return `+proj=stere +lat_0=${pole} ${scale} +lon_0=${text(values.get('lon_0') ?? 0)}`;
}

function figureOf(geodeticCrs: WktNode): string | null {
  const ellipsoid = ellipsoidOf(geodeticCrs);
  if (ellipsoid === null) return null;
  const { semiMajor, inverseFlattening } = ellipsoid;
  const shape = inverseFlattening === 0 ? `+b=${text(semiMajor)}` : `+rf=${text(inverseFlattening)}`;
  const meridian = primeMeridianOf(geodeticCrs).degrees;
  const datum =
    datumKey(geodeticCrs) === 'wgs1984' ? '+datum=WGS84' : `+a=${text(semiMajor)} ${shape}${shiftOf(geodeticCrs)}`;
  return meridian === 0 ? datum : `${datum} +pm=${text(meridian)}`;
}

function shiftOf(geodeticCrs: WktNode): string {
  const shift = children(child(geodeticCrs, 'DATUM') ?? geodeticCrs, 'TOWGS84')[0];
  return shift === undefined ? '' : ` +towgs84=${shift.args.filter((arg) => typeof arg === 'number').join(',')}`;
}

function unitText(node: WktNode): string {
  const { factor } = unitOf(node);
  return factor === 1 ? '+units=m' : `+to_meter=${text(factor)}`;
}

function text(value: number): string {
  return Number(value.toPrecision(15)).toString();
}
