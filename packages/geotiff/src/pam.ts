import type { ColorEntry, GeoTransform } from '@inlay/geo';
import { type BandFacts, type DatasetFacts, type NodataText, colorInterpFromName, setItem } from './band-facts.ts';
import { parseNumber } from './number-text.ts';
import { type XmlElement, childText, childrenOf, parseXml } from './xml.ts';

/** What a `.aux.xml` beside a raster says (GDAL's "persistent auxiliary metadata"). */
export interface PamFacts extends DatasetFacts {
  readonly geoTransform: GeoTransform | null;
  /** `EPSG:n` or WKT; null where it says none. */
  readonly srs: string | null;
  readonly hasGcps: boolean;
  readonly hasRpc: boolean;
}

/** Elements that can be long and say nothing a profile holds. */
const SKIPPED: ReadonlySet<string> = new Set(['GDALRasterAttributeTable', 'Histograms']);

/** Null where the document is not well-formed or not a `<PAMDataset>`: GDAL ignores such a file. */
export function parsePam(xml: string): PamFacts | null {
  const root = parseXml(xml.replace(/^\ufeff/, ''), SKIPPED);
  if (root === null || root.name !== 'PAMDataset') return null;
  const bands = new Map<number, BandFacts>();
  for (const element of childrenOf(root, 'PAMRasterBand')) {
    const band = Number.parseInt(element.attributes['band'] ?? '', 10);
    if (band >= 1) bands.set(band - 1, readBand(element));
  }
  return {
    geoTransform: readGeoTransform(childText(root, 'GeoTransform')),
    srs: childText(root, 'SRS')?.trim() || null,
    hasGcps: childrenOf(root, 'GCPList').some((list) => list.children.length > 0),
    hasRpc: Object.keys(readMetadata(root, 'RPC')).length > 0,
    metadata: readMetadata(root),
    bands,
  };
}

function readGeoTransform(text: string | null): GeoTransform | null {
  const numbers = text?.split(',').map(parseNumber) ?? [];
  return numbers.length === 6 ? (numbers as unknown as GeoTransform) : null;
}

function readMetadata(parent: XmlElement, domain = ''): Record<string, string> {
  const items: Record<string, string> = {};
  for (const element of childrenOf(parent, 'Metadata')) {
    if ((element.attributes['domain'] ?? '') !== domain) continue;
    for (const item of childrenOf(element, 'MDI')) {
      const key = item.attributes['key'];
      if (key !== undefined) setItem(items, key, item.text);
    }
  }
  return items;
}

function readBand(element: XmlElement): BandFacts {
  const scale = childText(element, 'Scale');
  const offset = childText(element, 'Offset');
  const unit = childText(element, 'UnitType');
  const description = childText(element, 'Description');
  const colorInterp = colorInterpFromName(childText(element, 'ColorInterp') ?? '');
  const colorTable = childrenOf(element, 'ColorTable')[0];
  const categories = childrenOf(element, 'CategoryNames')[0];
  const nodata = childrenOf(element, 'NoDataValue')[0];
  const nbits = Number.parseInt(readMetadata(element, 'IMAGE_STRUCTURE')['NBITS'] ?? '', 10);
  return {
    metadata: readMetadata(element),
    ...(scale === null ? {} : { scale: parseNumber(scale) }),
    ...(offset === null ? {} : { offset: parseNumber(offset) }),
    ...(unit === null ? {} : { unit }),
    ...(description === null ? {} : { description }),
    ...(colorInterp === null ? {} : { colorInterp }),
    ...(colorTable === undefined ? {} : { colorTable: readColorTable(colorTable) }),
    ...(categories === undefined ? {} : { categories: childrenOf(categories, 'Category').map(({ text }) => text) }),
    ...(nodata === undefined ? {} : { nodata: readNodata(nodata) }),
    ...(nbits > 0 ? { nbits } : {}),
  };
}

function readColorTable(element: XmlElement): ColorEntry[] {
  return childrenOf(element, 'Entry').map(({ attributes }) => {
    const component = (name: string, missing: number): number =>
      Math.trunc(parseNumber(attributes[name] ?? `${missing}`));
    return [component('c1', 0), component('c2', 0), component('c3', 0), component('c4', 255)];
  });
}

function readNodata(element: XmlElement): NodataText {
  const hex = element.attributes['le_hex_equiv'] ?? '';
  if (!/^[0-9a-f]{16}$/i.test(hex)) return { text: element.text, exact: null };
  const bytes = Uint8Array.from({ length: 8 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16));
  return { text: element.text, exact: new DataView(bytes.buffer).getFloat64(0, true) };
}
