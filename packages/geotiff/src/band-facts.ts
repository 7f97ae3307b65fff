import { COLOR_INTERPS, type ColorEntry, type ColorInterp } from '@inlay/geo';

/** What GDAL_METADATA or a `.aux.xml` says about one band; absent members are not said. */
export interface BandFacts {
  readonly description?: string;
  readonly scale?: number;
  readonly offset?: number;
  readonly unit?: string;
  readonly colorInterp?: ColorInterp;
  readonly colorTable?: readonly ColorEntry[];
  readonly categories?: readonly string[];
  readonly nbits?: number;
  readonly nodata?: NodataText;
  /** Default-domain items, statistics included. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A nodata value as written; how it reads depends on the band's data type. */
export interface NodataText {
  readonly text: string;
  /** The eight bytes of the double, where the file gives them beside the text (`le_hex_equiv`). */
  readonly exact: number | null;
}

/** What one place (GDAL_METADATA, or a `.aux.xml`) says about a raster. */
export interface DatasetFacts {
  readonly metadata: Readonly<Record<string, string>>;
  /** By 0-based band offset. */
  readonly bands: ReadonlyMap<number, BandFacts>;
}

export const NO_FACTS: DatasetFacts = { metadata: {}, bands: new Map() };

/** GDAL's name for a colour interpretation whatever its case; null for names GDAL does not know. */
export function colorInterpFromName(name: string): ColorInterp | null {
  const wanted = name.trim().toLowerCase();
  return COLOR_INTERPS.find((known) => known.toLowerCase() === wanted) ?? null;
}

/** Sets `key` in GDAL's way: keys differ by more than case, and the last spelling stays. */
export function setItem(items: Record<string, string>, key: string, value: string): void {
  const lower = key.toLowerCase();
  for (const existing of Object.keys(items)) if (existing.toLowerCase() === lower) delete items[existing];
  items[key] = value;
}

/** `over` on top of `base`, keys compared without case. */
export function mergeItems(
  base: Readonly<Record<string, string>>,
  over: Readonly<Record<string, string>>,
): Record<string, string> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) setItem(merged, key, value);
  return merged;
}
