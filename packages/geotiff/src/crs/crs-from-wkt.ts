import type { Crs } from '@inlay/geo';
import { parametersKey, unitOf } from './crs-parameters.ts';
import { type WktArg, type WktNode, children, formatWkt, nameOf } from './wkt.ts';
import { wktToProj4 } from './wkt-to-proj4.ts';

const KINDS: Readonly<Record<string, Crs['kind']>> = {
  PROJCS: 'projected',
  GEOGCS: 'geographic',
  GEOCCS: 'geocentric',
  LOCAL_CS: 'local',
};

/**
 * A CRS from parsed WKT 1; null where the WKT lacks a datum, a projection or whatever else makes a CRS.
 * @param known Its code, and a PROJ string better than one made from the WKT.
 */
export function crsFromWktNode(
  node: WktNode,
  known: { readonly code: string | null; readonly proj4?: string | null },
): Crs | null {
  const horizontal = horizontalOf(node);
  const kind = KINDS[horizontal.keyword];
  const axisMapping = axisMappingOf(horizontal);
  const key = parametersKey(node, axisMapping);
  if (kind === undefined || key === null) return null;
  return {
    code: known.code,
    name: nameOf(node),
    kind,
    wkt: formatWkt(node),
    proj4: known.proj4 ?? wktToProj4(node),
    unit: unitOf(horizontal),
    axisMapping,
    parametersKey: key,
  };
}

/** The horizontal part of a compound CRS, other CRSs themselves. */
export function horizontalOf(node: WktNode): WktNode {
  const first = node.args[1];
  return node.keyword === 'COMPD_CS' && typeof first === 'object' ? first : node;
}

/**
 * GDAL's axis mapping in traditional GIS order: `2,1` where the CRS's own first axis points north and its second east.
 * Around the poles both point the same way and only their names tell which is which.
 */
function axisMappingOf(node: WktNode): Crs['axisMapping'] {
  const [first, second] = children(node, 'AXIS');
  if (first === undefined || second === undefined || node.keyword === 'GEOCCS' || node.keyword === 'LOCAL_CS')
    return '1,2';
  const direction = directionOf(first.args[1]);
  if (direction === 'NORTH' && directionOf(second.args[1]) === 'EAST') return '2,1';
  const isAroundPole = direction === directionOf(second.args[1]);
  return isAroundPole && /^(?:n|y)/i.test(nameOf(first)) ? '2,1' : '1,2';
}

function directionOf(arg: WktArg | undefined): string {
  return typeof arg === 'object' ? arg.keyword : '';
}
