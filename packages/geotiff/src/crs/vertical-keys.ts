import { GEO_KEY, type GeoKeys } from '../geo-key-directory.ts';
import { unitOf } from './crs-parameters.ts';
import { epsgDefinition, epsgSupplement } from './epsg.ts';
import { type WktNode, wkt } from './wkt.ts';

/** Vertical codes that mean heights above the ellipsoid of the horizontal CRS (GeoTIFF 1.0, 6.3.4.1). */
const ELLIPSOIDAL = { from: 5001, to: 5033 };
/** WGS 84 as a CRS of three dimensions: GDAL writes it into the vertical key. */
const WGS84_3D = 4979;

export function hasEllipsoidalHeights(keys: GeoKeys): boolean {
  const code = keys.named(GEO_KEY.Vertical);
  return code !== null && ((code >= ELLIPSOIDAL.from && code <= ELLIPSOIDAL.to) || code === WGS84_3D);
}

/** The VERT_CS that the vertical keys name or spell out (OGC 19-008r4, 7.5.6); null where there are none. */
export async function verticalNode(keys: GeoKeys): Promise<WktNode | null> {
  const isStated = [GEO_KEY.Vertical, GEO_KEY.VerticalDatum, GEO_KEY.VerticalUnits].some(
    (key) => keys.code(key) !== null,
  );
  if (!isStated || hasEllipsoidalHeights(keys)) return null;
  const code = keys.named(GEO_KEY.Vertical);
  const known = code === null ? null : ((await epsgDefinition(code))?.node ?? null);
  if (known?.keyword === 'VERT_CS') return known;
  const tables = await epsgSupplement();
  const datum = tables.verticalDatums[keys.named(GEO_KEY.VerticalDatum) ?? 0] ?? 'unknown';
  const [unit, metres] = tables.lengthUnits[keys.named(GEO_KEY.VerticalUnits) ?? 9001] ?? ['metre', 1];
  return wkt(
    'VERT_CS',
    keys.text(GEO_KEY.VerticalCitation) ?? 'unknown',
    // 2005: orthometric heights (OGC 01-009, 7.3.14), the type GDAL gives all of them
    wkt('VERT_DATUM', datum, 2005),
    wkt('UNIT', unit, metres),
    wkt('AXIS', 'Up', wkt('UP')),
  );
}

/** The unit that heights are in; GDAL takes it for the bands' unit where they state none. Null without heights. */
export async function heightUnit(keys: GeoKeys): Promise<string | null> {
  const vertical = await verticalNode(keys);
  return vertical === null ? null : unitOf(vertical).name;
}
