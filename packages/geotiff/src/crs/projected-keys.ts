import { GEO_KEY, type GeoKeys, USER_DEFINED } from '../geo-key-directory.ts';
import { readCitation, utmZoneOf } from './citation.ts';
import { defaultAxes, unitOf } from './crs-parameters.ts';
import { type EpsgSupplement, epsgDefinition, epsgSupplement } from './epsg.ts';
import { buildGeogcs } from './geodetic-keys.ts';
import { projectionMethod } from './projection-methods.ts';
import { type WktNode, child, children, nameOf, numberAt, wkt } from './wkt.ts';

/** PROJECTION and PARAMETERs of a PROJCS. */
interface Projection {
  readonly nodes: readonly WktNode[];
  /** Metres in the unit its false easting and northing are in; null where that is the CRS's own. */
  readonly offsetUnit: number | null;
}

/**
 * The PROJCS that the projection keys spell out (OGC 19-008r4, 7.5.3), on top of the one of the CRS's code, where the
 * file has a code that is known. Null where no projection or no ellipsoid can be made out.
 */
export async function buildProjcs(keys: GeoKeys, known: WktNode | null): Promise<WktNode | null> {
  const tables = await epsgSupplement();
  const knownGeogcs = known === null ? null : child(known, 'GEOGCS');
  const geogcsCode = keys.named(GEO_KEY.GeodeticCrs);
  const geogcs =
    geogcsCode === null && keys.named(GEO_KEY.GeodeticDatum) === null && knownGeogcs !== null
      ? knownGeogcs
      : await buildGeogcs(keys, geogcsCode);
  const projection = (await projectionOfKeys(keys, tables)) ?? (known === null ? null : projectionOfNode(known));
  if (geogcs === null || projection === null) return null;
  const unit = linearUnit(keys, tables, known);
  const factor = unitOf(wkt('PROJCS', unit)).factor;
  const citation = readCitation(keys.text(GEO_KEY.ProjectedCitation) ?? keys.text(GEO_KEY.Citation));
  const name = known === null ? (citation.get('PCS Name') ?? citation.get('') ?? 'unnamed') : nameOf(known);
  return wkt(
    'PROJCS',
    name,
    { ...geogcs, args: geogcs.args.filter((arg) => typeof arg !== 'object' || arg.keyword !== 'AXIS') },
    ...rescaleOffsets(projection, factor),
    unit,
    ...axesOf(projection, known),
  );
}

async function projectionOfKeys(keys: GeoKeys, tables: EpsgSupplement): Promise<Projection | null> {
  const methodCode = keys.named(GEO_KEY.ProjMethod);
  if (methodCode !== null) {
    const nodes = projectionOfMethod(keys, methodCode);
    return nodes === null ? null : { nodes, offsetUnit: null };
  }
  const conversion = keys.named(GEO_KEY.Projection);
  if (conversion !== null) return projectionOfConversion(conversion, tables);
  // A file with a code is not renamed by its citation.
  const utm = keys.named(GEO_KEY.ProjectedCrs) === null ? utmZoneOf(keys.text(GEO_KEY.Citation)) : null;
  return utm === null ? null : utmProjection(utm.zone, utm.south);
}

function projectionOfMethod(keys: GeoKeys, code: number): WktNode[] | null {
  const method = projectionMethod(code, keys.double(GEO_KEY.ProjStdParallel1) !== null);
  if (method === null) return null;
  const parameters = method.parameters.map(({ name, keys: sources, defaultValue }) => {
    const source = sources.find((key) => keys.double(key) !== null);
    return wkt('PARAMETER', name, source === undefined ? defaultValue : keys.double(source)!);
  });
  const latitude = numberAt(parameters[0]!, 1)!;
  // Away from the pole the latitude is that of true scale, and a scale beside it says nothing.
  const isTrueScale = method.name === 'Polar_Stereographic' && Math.abs(latitude) !== 90;
  const used = isTrueScale ? parameters.filter((node) => nameOf(node) !== 'scale_factor') : parameters;
  return [wkt('PROJECTION', method.name), ...used];
}

/** ProjectionGeoKey names a map projection, not a CRS: UTM zones, and state planes through a CRS that uses them. */
async function projectionOfConversion(code: number, tables: EpsgSupplement): Promise<Projection | null> {
  if (code > 16000 && code <= 16060) return utmProjection(code - 16000, false);
  if (code > 16100 && code <= 16160) return utmProjection(code - 16100, true);
  const user = tables.conversions[code];
  const definition = user === undefined ? null : await epsgDefinition(user);
  return definition === null ? null : projectionOfNode(definition.node);
}

function projectionOfNode(node: WktNode): Projection | null {
  const method = child(node, 'PROJECTION');
  if (node.keyword !== 'PROJCS' || method === null) return null;
  const extensions = children(node, 'EXTENSION');
  return { nodes: [method, ...children(node, 'PARAMETER'), ...extensions], offsetUnit: unitOf(node).factor };
}

function utmProjection(zone: number, south: boolean): Projection {
  const nodes = [
    wkt('PROJECTION', 'Transverse_Mercator'),
    wkt('PARAMETER', 'latitude_of_origin', 0),
    wkt('PARAMETER', 'central_meridian', zone * 6 - 183),
    wkt('PARAMETER', 'scale_factor', 0.9996),
    wkt('PARAMETER', 'false_easting', 500_000),
    wkt('PARAMETER', 'false_northing', south ? 10_000_000 : 0),
  ];
  return { nodes, offsetUnit: 1 };
}

function rescaleOffsets({ nodes, offsetUnit }: Projection, factor: number): readonly WktNode[] {
  if (offsetUnit === null || offsetUnit === factor) return nodes;
  return nodes.map((node) => {
    const isOffset = nameOf(node) === 'false_easting' || nameOf(node) === 'false_northing';
    return isOffset ? wkt('PARAMETER', nameOf(node), (numberAt(node, 1)! * offsetUnit) / factor) : node;
  });
}

function linearUnit(keys: GeoKeys, tables: EpsgSupplement, known: WktNode | null): WktNode {
  const code = keys.code(GEO_KEY.ProjLinearUnits);
  if (code === USER_DEFINED) {
    const size = keys.double(GEO_KEY.ProjLinearUnitSize);
    const name = readCitation(keys.text(GEO_KEY.ProjectedCitation)).get('LUnits') ?? 'unknown';
    return wkt('UNIT', name, size !== null && size > 0 ? size : 1);
  }
  const unit = tables.lengthUnits[code ?? 0];
  return unit === undefined
    ? ((known === null ? null : child(known, 'UNIT')) ?? wkt('UNIT', 'metre', 1))
    : wkt('UNIT', ...unit);
}

function axesOf({ nodes }: Projection, known: WktNode | null): WktNode[] {
  if (known !== null) return [...children(known, 'AXIS')];
  const [first, second] = defaultAxes(nameOf(nodes[0]!), numberAt(nodes[1]!, 1) ?? 0);
  return [wkt('AXIS', 'Easting', wkt(first)), wkt('AXIS', 'Northing', wkt(second))];
}
