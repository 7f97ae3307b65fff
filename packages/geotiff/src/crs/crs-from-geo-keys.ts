import type { Crs } from '@inlay/geo';
import { GEO_KEY, type GeoKeys } from '../geo-key-directory.ts';
import { esriWkt, readCitation } from './citation.ts';
import { compoundNode } from './compound.ts';
import { type CrsReading, crsFromText } from './crs-from-text.ts';
import { crsFromWktNode, horizontalOf } from './crs-from-wkt.ts';
import { crsFromEpsg, currentCode, epsgDefinition, epsgSupplement } from './epsg.ts';
import { buildGeoccs, buildGeogcs } from './geodetic-keys.ts';
import { buildProjcs } from './projected-keys.ts';
import { hasEllipsoidalHeights, verticalNode } from './vertical-keys.ts';
import { epsgOf, parseWkt, wkt } from './wkt.ts';

/** GTModelTypeGeoKey (OGC 19-008r4, 7.5.1). */
const PROJECTED = 1;
const GEOGRAPHIC = 2;
const GEOCENTRIC = 3;

/**
 * The CRS that GeoKeys describe, as GDAL understands them by default (GTIFF_SRS_SOURCE unset, measured with 3.13.3):
 * a geographic code is taken from the registry whatever other keys say; a projected code only while the other keys do
 * not contradict it, else their parameters count and the code is dropped.
 */
export async function crsFromGeoKeys(keys: GeoKeys): Promise<CrsReading> {
  const horizontal = await horizontalCrs(keys);
  if (horizontal.crs === null) return horizontal;
  return withVertical(keys, horizontal.crs);
}

async function horizontalCrs(keys: GeoKeys): Promise<CrsReading> {
  const model = keys.code(GEO_KEY.ModelType);
  const projectedCode = keys.named(GEO_KEY.ProjectedCrs);
  if (model === GEOCENTRIC) return geocentricCrs(keys);
  if (model === GEOGRAPHIC) return geographicCrs(keys);
  if (projectedCode === null) {
    const text = esriWkt([GEO_KEY.ProjectedCitation, GEO_KEY.Citation].map((key) => keys.text(key)));
    const node = text === null ? null : parseWkt(text);
    if (text !== null && node !== null) return crsFromText(text);
  }
  if (model === PROJECTED || projectedCode !== null) return projectedCrs(keys, projectedCode);
  return localCrs(keys);
}

async function geographicCrs(keys: GeoKeys): Promise<CrsReading> {
  const code = keys.named(GEO_KEY.GeodeticCrs);
  const known = code === null ? null : await horizontalOfCode(code);
  if (known !== null) return { crs: known, reason: null };
  const node = await buildGeogcs(keys, null);
  const crs = node === null ? null : crsFromWktNode(node, { code: null });
  if (crs !== null) return { crs, reason: null };
  const label = code === null ? 'its geographic CRS' : `its geographic CRS (code ${code})`;
  return { crs: null, reason: `${label} has no known datum or ellipsoid` };
}

/** A code's CRS; the horizontal part where the code is that of a compound one, as GDAL does. */
async function horizontalOfCode(code: number): Promise<Crs | null> {
  const crs = await crsFromEpsg(code);
  if (crs === null || !crs.wkt.startsWith('COMPD_CS')) return crs;
  const node = horizontalOf((await epsgDefinition(code))!.node);
  return crsFromWktNode(node, { code: null, proj4: crs.proj4 });
}

async function projectedCrs(keys: GeoKeys, code: number | null): Promise<CrsReading> {
  const current = code === null ? null : await currentCode(code);
  const known = current === null ? null : await crsFromEpsg(current);
  if (known !== null && known.kind !== 'projected') return { crs: known, reason: null };
  const definition = current === null || known === null ? null : (await epsgDefinition(current))!.node;
  const node = await buildProjcs(keys, definition);
  const built = node === null ? null : crsFromWktNode(node, { code: null });
  if (known !== null && (built === null || built.parametersKey === known.parametersKey)) {
    return { crs: known, reason: null };
  }
  if (built !== null) return { crs: built, reason: null };
  return { crs: null, reason: `its projected CRS ${describeProjection(keys, code)} cannot be made out` };
}

function describeProjection(keys: GeoKeys, code: number | null): string {
  const method = keys.named(GEO_KEY.ProjMethod);
  const conversion = keys.named(GEO_KEY.Projection);
  if (code !== null) return `(code ${code}, unknown to the registry)`;
  if (method !== null) return `(projection method ${method})`;
  return conversion === null ? '(neither code nor projection)' : `(projection ${conversion})`;
}

async function geocentricCrs(keys: GeoKeys): Promise<CrsReading> {
  const code = keys.named(GEO_KEY.GeodeticCrs);
  const known = code === null ? null : await crsFromEpsg(code);
  if (known?.kind === 'geocentric') return { crs: known, reason: null };
  const node = await buildGeoccs(keys);
  const crs = node === null ? null : crsFromWktNode(node, { code: null });
  return { crs, reason: crs === null ? 'its geocentric CRS has no known datum' : null };
}

/** A drawing's or a map sheet's own coordinates, if they have a name; GDAL calls files without any `unnamed`. */
async function localCrs(keys: GeoKeys): Promise<CrsReading> {
  const name = readCitation(keys.text(GEO_KEY.Citation)).get('');
  if (name === undefined) return { crs: null, reason: null };
  const [unit, metres] = (await epsgSupplement()).lengthUnits[keys.named(GEO_KEY.ProjLinearUnits) ?? 9001] ?? [
    'metre',
    1,
  ];
  const node = wkt('LOCAL_CS', name, wkt('UNIT', unit, metres));
  return { crs: crsFromWktNode(node, { code: null }), reason: null };
}

/** GDAL reports heights from GeoTIFF 1.1 files only, where their meaning is settled (GTIFF_REPORT_COMPD_CS). */
async function withVertical(keys: GeoKeys, horizontal: Crs): Promise<CrsReading> {
  const base = parseWkt(horizontal.wkt);
  if (keys.minorRevision < 1 || base === null) return { crs: horizontal, reason: null };
  if (hasEllipsoidalHeights(keys)) {
    return { crs: horizontal, reason: 'its heights are above the ellipsoid, which is left out of its CRS' };
  }
  const vertical = await verticalNode(keys);
  if (vertical === null) return { crs: horizontal, reason: null };
  const code = epsgOf(vertical);
  const compound = crsFromWktNode(compoundNode(base, vertical), {
    code: horizontal.code === null || code === null ? null : `${horizontal.code}+${code}`,
    proj4: horizontal.proj4,
  });
  return { crs: compound, reason: null };
}
