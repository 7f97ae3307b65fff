import { type BandFacts, type DatasetFacts, NO_FACTS, colorInterpFromName, setItem } from './band-facts.ts';
import { parseNumber } from './number-text.ts';
import { parseXml } from './xml.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Reads the GDAL_METADATA tag (42112; gdal.org, GTiff driver, "Metadata"): `<Item name sample role domain>` elements.
 * `sample` counts bands from 0; without it an item is about the dataset. Null where the XML is not well-formed.
 */
export function parseGdalMetadata(xml: string): DatasetFacts | null {
  if (xml.trim() === '') return NO_FACTS;
  const root = parseXml(xml.trim());
  if (root === null) return null;
  if (root.name !== 'GDALMetadata') return NO_FACTS;

  const metadata: Record<string, string> = {};
  const bands = new Map<number, Writable<BandFacts> & { metadata: Record<string, string> }>();
  for (const item of root.children) {
    const { name, sample, role, domain } = item.attributes;
    if (item.name !== 'Item' || name === undefined) continue;
    if (domain !== undefined && domain !== '') continue;
    // GDAL does not take an item without a value for one.
    if (item.text === '') continue;
    if (sample === undefined) {
      setItem(metadata, name, item.text);
      continue;
    }
    const bandOffset = Number.parseInt(sample, 10);
    if (!(bandOffset >= 0)) continue;
    const band = bands.get(bandOffset) ?? { metadata: {} };
    bands.set(bandOffset, band);
    readItem(band, role ?? '', name, item.text);
  }
  return { metadata, bands };
}

function readItem(
  band: Writable<BandFacts> & { metadata: Record<string, string> },
  role: string,
  name: string,
  text: string,
): void {
  switch (role.toLowerCase()) {
    case 'scale':
      band.scale = parseNumber(text);
      break;
    case 'offset':
      band.offset = parseNumber(text);
      break;
    case 'unittype':
      band.unit = text;
      break;
    case 'description':
      band.description = text;
      break;
    case 'colorinterp': {
      const colorInterp = colorInterpFromName(text);
      band.colorInterp = colorInterp ?? 'Undefined';
      // A name this version does not know is kept where its user can see it, as GDAL 3.10 and later do.
      if (colorInterp === null) setItem(band.metadata, 'COLOR_INTERPRETATION', text);
      break;
    }
    default:
      setItem(band.metadata, name, text);
  }
}
