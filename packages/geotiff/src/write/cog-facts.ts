import type { BandProfile, DataType, RasterLayout } from '@inlay/geo';
import { TAG } from '../tiff-tag.ts';
import { type Field, FIELD, textField } from './tiff-fields.ts';

/** What is known of pixels beside their values. */
export interface CogFacts {
  /** As many as the image has samples. */
  readonly bands: readonly BandProfile[];
  /** Items of the dataset. */
  readonly metadata: RasterLayout['metadata'];
  readonly areaOrPoint: RasterLayout['areaOrPoint'];
  /** The bands' colours that the image's photometric interpretation tells by itself, by band offset. */
  readonly impliedColors: readonly BandProfile['colorInterp'][];
}

/** Photometric interpretation of a palette (TIFF 6.0, page 37). */
export const PALETTE = 3;

/** Whether the image is of numbers of colours. */
export function hasPalette(facts: CogFacts | undefined): boolean {
  return facts?.bands.length === 1 && facts.bands[0]!.colorTable !== null;
}

/** The palette of every level, and what GDAL calls metadata in the first one. */
export function factFields(facts: CogFacts, dataType: DataType, index: number): Field[] {
  const palette = hasPalette(facts) ? [paletteField(facts.bands[0]!.colorTable ?? [], dataType)] : [];
  const xml = index === 0 ? metadataXml(facts) : '';
  return xml === '' ? palette : [...palette, textField(TAG.GdalMetadata, xml)];
}

/** ColorMap (TIFF 6.0, page 23): all reds, all greens, all blues, in 16 bits; as many as there are values. */
function paletteField(entries: NonNullable<BandProfile['colorTable']>, dataType: DataType): Field {
  const size = dataType === 'Byte' ? 2 ** 8 : 2 ** 16;
  const values = new Uint16Array(3 * size);
  for (const [value, entry] of entries.slice(0, size).entries()) {
    for (let channel = 0; channel < 3; channel += 1) values[channel * size + value] = entry[channel]! * 257;
  }
  return { tag: TAG.ColorMap, type: FIELD.short, values };
}

/** Tag 42112 (gdal.org, GTiff driver, "Metadata"); empty where there is nothing to say. */
function metadataXml({ bands, metadata, impliedColors }: CogFacts): string {
  const items: string[] = [];
  const item = (name: string, value: string, attributes = ''): void => {
    items.push(`  <Item name="${escaped(name)}"${attributes}>${escaped(value)}</Item>`);
  };
  for (const [name, value] of Object.entries(metadata)) item(name, value);
  for (const [bandOffset, band] of bands.entries()) {
    const role = (name: string, value: string): void =>
      item(name, value, ` sample="${bandOffset}" role="${name.toLowerCase()}"`);
    for (const [name, value] of Object.entries(band.metadata)) item(name, value, ` sample="${bandOffset}"`);
    if (band.description !== null) role('DESCRIPTION', band.description);
    // One without the other would be read as 1 or 0 of it.
    if (band.scale !== null || band.offset !== null) {
      role('OFFSET', numberText(band.offset ?? 0));
      role('SCALE', numberText(band.scale ?? 1));
    }
    if (band.unit !== null) role('UNITTYPE', band.unit);
    if (band.colorInterp !== impliedColors[bandOffset]) role('COLORINTERP', band.colorInterp);
  }
  return items.length === 0 ? '' : `<GDALMetadata>\n${items.join('\n')}\n</GDALMetadata>\n`;
}

function numberText(value: number): string {
  return Number.isNaN(value) ? 'nan' : String(value);
}

/** Control characters have no place in XML 1.0 (2.2); what else means something there is written in another way. */
function escaped(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- these are what is to be left out
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
