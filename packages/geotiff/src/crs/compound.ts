import type { Crs } from '@inlay/geo';
import { crsFromWktNode } from './crs-from-wkt.ts';
import { epsgDefinition } from './epsg.ts';
import { type WktNode, nameOf, wkt } from './wkt.ts';

/** The compound CRS of two EPSG codes; null where one is unknown or not of its kind. */
export async function compoundCrs(horizontalCode: number, verticalCode: number): Promise<Crs | null> {
  const horizontal = await epsgDefinition(horizontalCode);
  const vertical = await epsgDefinition(verticalCode);
  if (horizontal === null || vertical?.node.keyword !== 'VERT_CS') return null;
  if (horizontal.node.keyword !== 'PROJCS' && horizontal.node.keyword !== 'GEOGCS') return null;
  return crsFromWktNode(compoundNode(horizontal.node, vertical.node), {
    code: `EPSG:${horizontalCode}+${verticalCode}`,
    proj4: horizontal.proj4,
  });
}

/** COMPD_CS named as GDAL names it. */
export function compoundNode(horizontal: WktNode, vertical: WktNode): WktNode {
  return wkt('COMPD_CS', `${nameOf(horizontal)} + ${nameOf(vertical)}`, horizontal, vertical);
}
