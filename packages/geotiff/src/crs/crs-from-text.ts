import type { Crs } from '@inlay/geo';
import { compoundCrs } from './compound.ts';
import { crsFromEpsg } from './epsg.ts';
import { crsFromWktNode } from './crs-from-wkt.ts';
import { epsgOf, parseWkt } from './wkt.ts';

/** A CRS, or why there is none; both where one was found with something left out. */
export interface CrsReading {
  readonly crs: Crs | null;
  readonly reason: string | null;
}

/** A CRS written as `EPSG:n`, `EPSG:n+m` (horizontal and vertical) or WKT, as in `.aux.xml` files and requests. */
export async function crsFromText(text: string): Promise<CrsReading> {
  const codes = /^\s*EPSG:(\d{4,5})(?:\+(\d{4,5}))?\s*$/i.exec(text);
  if (codes !== null) return crsFromCodes(Number(codes[1]), codes[2] === undefined ? null : Number(codes[2]));
  const node = parseWkt(text);
  if (node === null) return { crs: null, reason: 'its CRS is neither an EPSG code nor WKT' };
  const code = epsgOf(node) ?? wkt2Code(text, node.keyword);
  if (code !== null) {
    const crs = await crsFromEpsg(code);
    if (crs !== null) return { crs, reason: null };
  }
  const crs = crsFromWktNode(node, { code: null });
  return { crs, reason: crs === null ? `its CRS (WKT ${node.keyword}) is not one that can be read` : null };
}

/** WKT 2 is only understood by its code: `ID["EPSG",n]` as the last element. */
function wkt2Code(text: string, keyword: string): number | null {
  if (!keyword.endsWith('CRS')) return null;
  const match = /ID\["EPSG",\s*"?(\d+)"?\]\s*\]\s*$/i.exec(text);
  return match === null ? null : Number(match[1]);
}

async function crsFromCodes(horizontal: number, vertical: number | null): Promise<CrsReading> {
  const crs = vertical === null ? await crsFromEpsg(horizontal) : await compoundCrs(horizontal, vertical);
  const label = vertical === null ? `EPSG:${horizontal}` : `EPSG:${horizontal}+${vertical}`;
  return { crs, reason: crs === null ? `${label} is not a known CRS` : null };
}
