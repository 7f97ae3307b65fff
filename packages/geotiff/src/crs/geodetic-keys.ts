import { GEO_KEY, type GeoKeys, USER_DEFINED } from '../geo-key-directory.ts';
import { readCitation } from './citation.ts';
import { ellipsoidOf } from './crs-parameters.ts';
import { type EpsgSupplement, currentCode, epsgDefinition, epsgSupplement } from './epsg.ts';
import { horizontalOf } from './crs-from-wkt.ts';
import { type WktNode, child, wkt } from './wkt.ts';

const DEGREE = Math.PI / 180;

/** The GEOGCS of a geographic CRS's code, or the base of a projected one's; null for unknown codes. */
export async function geogcsOfCode(code: number): Promise<WktNode | null> {
  const definition = await epsgDefinition(await currentCode(code));
  if (definition === null) return null;
  const node = horizontalOf(definition.node);
  return node.keyword === 'PROJCS' ? child(node, 'GEOGCS') : node.keyword === 'GEOGCS' ? node : null;
}

/**
 * The GEOGCS that the geodetic keys spell out (OGC 19-008r4, 7.5.4): the CRS of `code`, where there is one, with
 * whatever other keys say in place of its parts. Null where no ellipsoid can be made out: GDAL assumes WGS 84 then.
 */
export async function buildGeogcs(keys: GeoKeys, code: number | null): Promise<WktNode | null> {
  const tables = await epsgSupplement();
  const base = code === null ? null : await geogcsOfCode(code);
  const names = readCitation(keys.text(GEO_KEY.GeodeticCitation));
  const unit = angularUnit(keys, tables, names.get('AUnits'), base);
  const datum = await datumNode(keys, tables, names, base);
  if (datum === null) return null;
  return wkt(
    'GEOGCS',
    (base?.args[0] as string | undefined) ?? names.get('GCS Name') ?? names.get('') ?? 'unknown',
    datum,
    primeMeridian(keys, tables, names.get('Primem'), base),
    unit,
    wkt('AXIS', 'Latitude', wkt('NORTH')),
    wkt('AXIS', 'Longitude', wkt('EAST')),
  );
}

async function datumNode(
  keys: GeoKeys,
  tables: EpsgSupplement,
  names: ReadonlyMap<string, string>,
  base: WktNode | null,
): Promise<WktNode | null> {
  const code = keys.named(GEO_KEY.GeodeticDatum);
  if (code !== null) {
    // EPSG numbered datums 6001-6999 after the CRSs 4001-4999 that use them.
    const geogcs = await geogcsOfCode(tables.datums[code] ?? code - 2000);
    const datum = geogcs === null ? null : child(geogcs, 'DATUM');
    if (datum !== null) return datum;
  }
  const known = base === null ? null : child(base, 'DATUM');
  if (known !== null) return known;
  const spheroid = spheroidNode(keys, tables, names.get('Ellipsoid'));
  return spheroid === null ? null : wkt('DATUM', names.get('Datum') ?? 'unnamed', spheroid);
}

function spheroidNode(keys: GeoKeys, tables: EpsgSupplement, name: string | undefined): WktNode | null {
  const code = keys.named(GEO_KEY.Ellipsoid);
  const known = code === null ? undefined : tables.ellipsoids[code];
  if (known !== undefined) return wkt('SPHEROID', ...known);
  const semiMajor = keys.double(GEO_KEY.EllipsoidSemiMajorAxis);
  if (semiMajor === null || !(semiMajor > 0)) return null;
  const semiMinor = keys.double(GEO_KEY.EllipsoidSemiMinorAxis) ?? semiMajor;
  const flattening = semiMinor > 0 && semiMinor < semiMajor ? semiMajor / (semiMajor - semiMinor) : 0;
  return wkt('SPHEROID', name ?? 'unnamed', semiMajor, keys.double(GEO_KEY.EllipsoidInvFlattening) ?? flattening);
}

function primeMeridian(keys: GeoKeys, tables: EpsgSupplement, name: string | undefined, base: WktNode | null): WktNode {
  const known = tables.primeMeridians[keys.named(GEO_KEY.PrimeMeridian) ?? 0];
  if (known !== undefined) return wkt('PRIMEM', ...known);
  const longitude = keys.double(GEO_KEY.PrimeMeridianLongitude);
  if (longitude === null) return (base === null ? null : child(base, 'PRIMEM')) ?? wkt('PRIMEM', 'Greenwich', 0);
  const degrees = (longitude * angularFactor(keys, tables)) / DEGREE;
  return wkt('PRIMEM', name ?? (degrees === 0 ? 'Greenwich' : 'unnamed'), degrees);
}

function angularUnit(keys: GeoKeys, tables: EpsgSupplement, name: string | undefined, base: WktNode | null): WktNode {
  const code = keys.code(GEO_KEY.GeogAngularUnits);
  if (code === null && base !== null) return child(base, 'UNIT') ?? wkt('UNIT', 'degree', 0.0174532925199433);
  const unitName = name ?? tables.angleUnits[code ?? 9102]?.[0] ?? 'unknown';
  return wkt('UNIT', unitName.replace(/ \(.*/, ''), angularFactor(keys, tables));
}

/** Radians in one GeogAngularUnit; degrees where the file does not say. */
function angularFactor(keys: GeoKeys, tables: EpsgSupplement): number {
  const code = keys.code(GEO_KEY.GeogAngularUnits);
  const size = code === USER_DEFINED ? keys.double(GEO_KEY.GeogAngularUnitSize) : null;
  return size !== null && size > 0 ? size : (tables.angleUnits[code ?? 9102]?.[1] ?? DEGREE);
}

/** The GEOCCS of a geocentric file, from its datum and linear unit. */
export async function buildGeoccs(keys: GeoKeys): Promise<WktNode | null> {
  const tables = await epsgSupplement();
  const geogcs = await buildGeogcs(keys, keys.named(GEO_KEY.GeodeticCrs));
  if (geogcs === null || ellipsoidOf(geogcs) === null) return null;
  const [unit, metres] = tables.lengthUnits[keys.named(GEO_KEY.GeogLinearUnits) ?? 9001] ?? ['metre', 1];
  const axes = [wkt('AXIS', 'Geocentric X', wkt('OTHER')), wkt('AXIS', 'Geocentric Y', wkt('OTHER'))];
  return wkt(
    'GEOCCS',
    geogcs.args[0] ?? 'unnamed',
    child(geogcs, 'DATUM')!,
    child(geogcs, 'PRIMEM')!,
    wkt('UNIT', unit, metres),
    ...axes,
    wkt('AXIS', 'Geocentric Z', wkt('NORTH')),
  );
}
