import type { Affine, Crs } from '@inlay/geo';
import { GEO_KEY, USER_DEFINED } from '../geo-key-directory.ts';
import { child, nameOf, numberAt, parseWkt, type WktNode } from '../crs/wkt.ts';
import { TAG } from '../tiff-tag.ts';
import { type Field, FIELD, textField } from './tiff-fields.ts';

/**
 * Where the pixels lie (OGC 19-008r4, 7.3 and annex G): of north-up rasters by a tie point, of others by a matrix.
 * @param isPoint values belong to the middle of pixels (GTRasterType 2): the raster's origin is that of a pixel's middle
 */
export function placeFields(affine: Affine | null, crs: Crs | null, isPoint: boolean): Field[] {
  return [...(affine === null ? [] : affineFields(affine, isPoint)), ...geoKeyFields(crs, affine !== null, isPoint)];
}

function affineFields([a, b, c, d, e, f]: Affine, isPoint: boolean): Field[] {
  const double = (tag: number, values: readonly number[]): Field => ({ tag, type: FIELD.double, values });
  const half = isPoint ? 0.5 : 0;
  const [x, y] = [c + half * (a + b), f + half * (d + e)];
  const isNorthUp = b === 0 && d === 0 && a > 0 && e < 0;
  return isNorthUp
    ? [double(TAG.ModelPixelScale, [a, -e, 0]), double(TAG.ModelTiepoint, [0, 0, 0, x, y, 0])]
    : [double(TAG.ModelTransformation, [a, b, 0, x, d, e, 0, y, 0, 0, 0, 0, 0, 0, 0, 1])];
}

/** Values of GTModelType and GTRasterType (OGC 19-008r4, 7.5.1 and 7.5.2), and codes that keys take. */
const MODEL = { projected: 1, geographic: 2 };
const RASTER_TYPE = { area: 1, point: 2 };
const DEGREE = 9102;
const GREENWICH = 8901;

/** A key's value: a code, a number, or text. */
type KeyValue = number | { readonly double: number } | { readonly text: string };

/** The directory of keys and what its values refer to; nothing for what is not placed. */
function geoKeyFields(crs: Crs | null, isPlaced: boolean, isPoint: boolean): Field[] {
  const ofCrs = crs === null ? null : crsKeys(crs);
  if (!isPlaced && ofCrs === null) return [];
  const keys = new Map<number, KeyValue>(ofCrs ?? []);
  keys.set(GEO_KEY.RasterType, isPoint ? RASTER_TYPE.point : RASTER_TYPE.area);
  const doubles: number[] = [];
  let text = '';
  const entries = [...keys]
    .sort(([a], [b]) => a - b)
    .flatMap(([key, value]): number[] => {
      if (typeof value === 'number') return [key, 0, 1, value];
      if ('double' in value) return [key, TAG.GeoDoubleParams, 1, doubles.push(value.double) - 1];
      const start = text.length;
      // Texts end in a bar (OGC 19-008r4, 7.1.6).
      text += `${value.text}|`;
      return [key, TAG.GeoAsciiParams, text.length - start, start];
    });
  return [
    { tag: TAG.GeoKeyDirectory, type: FIELD.short, values: [1, 1, 0, keys.size, ...entries] },
    ...(doubles.length === 0 ? [] : [{ tag: TAG.GeoDoubleParams, type: FIELD.double, values: doubles }]),
    ...(text === '' ? [] : [textField(TAG.GeoAsciiParams, text)]),
  ];
}

/** The keys of a CRS: its EPSG code, else what it is made of; null for one that is neither projected nor geographic. */
function crsKeys(crs: Crs): [number, KeyValue][] | null {
  if (crs.kind !== 'projected' && crs.kind !== 'geographic') return null;
  const model: [number, KeyValue] = [GEO_KEY.ModelType, MODEL[crs.kind]];
  const [, code, vertical] = /^EPSG:(\d+)(?:\+(\d+))?$/.exec(crs.code ?? '') ?? [];
  if (code !== undefined && Number(code) < USER_DEFINED) {
    const key = crs.kind === 'projected' ? GEO_KEY.ProjectedCrs : GEO_KEY.GeodeticCrs;
    const heights: [number, KeyValue][] = vertical === undefined ? [] : [[GEO_KEY.Vertical, Number(vertical)]];
    return [model, [key, Number(code)], ...heights];
  }
  return crs.kind === 'projected'
    ? [
        model,
        [GEO_KEY.ProjectedCrs, USER_DEFINED],
        // What no key can say, GDAL and Esri's software say in text.
        [GEO_KEY.ProjectedCitation, { text: `ESRI PE String = ${ascii(crs.wkt)}` }],
      ]
    : [model, ...geographicKeys(crs)];
}

function geographicKeys(crs: Crs): [number, KeyValue][] {
  const root = parseWkt(crs.wkt);
  const datum = root === null ? null : child(root, 'DATUM');
  const spheroid = datum === null ? null : child(datum, 'SPHEROID');
  const [semiMajor, flattening] = spheroid === null ? [null, null] : [numberAt(spheroid, 1), numberAt(spheroid, 2)];
  const meridian = root === null ? null : child(root, 'PRIMEM');
  const longitude = meridian === null ? 0 : (numberAt(meridian, 1) ?? 0);
  return [
    [GEO_KEY.GeodeticCrs, USER_DEFINED],
    [GEO_KEY.GeodeticCitation, { text: ascii(citation(crs.name, datum, spheroid)) }],
    [GEO_KEY.GeodeticDatum, USER_DEFINED],
    [GEO_KEY.GeogAngularUnits, DEGREE],
    [GEO_KEY.Ellipsoid, USER_DEFINED],
    ...(semiMajor === null ? [] : [[GEO_KEY.EllipsoidSemiMajorAxis, { double: semiMajor }] as [number, KeyValue]]),
    ...(flattening === null ? [] : [[GEO_KEY.EllipsoidInvFlattening, { double: flattening }] as [number, KeyValue]]),
    ...(longitude === 0
      ? [[GEO_KEY.PrimeMeridian, GREENWICH] as [number, KeyValue]]
      : [
          [GEO_KEY.PrimeMeridian, USER_DEFINED] as [number, KeyValue],
          [GEO_KEY.PrimeMeridianLongitude, { double: longitude }] as [number, KeyValue],
        ]),
  ];
}

/** Names as GDAL writes them into a citation, see crs/citation.ts. */
function citation(name: string, datum: WktNode | null, spheroid: WktNode | null): string {
  const parts = [`GCS Name = ${name}`];
  if (datum !== null) parts.push(`Datum = ${nameOf(datum)}`);
  if (spheroid !== null) parts.push(`Ellipsoid = ${nameOf(spheroid)}`);
  return parts.map((part) => part.replaceAll('|', ' ')).join('|');
}

/** Offsets into the text count characters, and TIFF's are bytes of ASCII. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
