import type { ColorEntry } from '@inlay/geo';
import { formatGeoTransformTerm } from './number-format.ts';
import type {
  Gcp,
  GcpList,
  Histogram,
  Kernel,
  Metadata,
  MetadataItem,
  OverviewList,
  SourceFilename,
  SourceProperties,
  SrcRect,
  Srs,
} from './model.ts';
import {
  attribute,
  child,
  children,
  type ElementForm,
  listElement,
  recordElement,
  strictElement,
  textElement,
} from './record.ts';
import { DATA_TYPE, FLAG, INTEGER, listOf, LONG_INTEGER, NUMBER, TEXT, type TextForm, WORD_FLAG } from './text-form.ts';
import type { XmlAttribute, XmlElement } from './xml-node.ts';
import { escapeFileName } from './xml-text.ts';

/** The forms of the elements that datasets, bands and sources are made of. */

const AXES = listOf(INTEGER, ',', /,/);

/** Kept as it is: GDAL's options for one algorithm, which nothing here looks into. */
export const WHOLE: ElementForm<XmlElement> = { read: (element) => element, write: (_, element) => element };

export const SRS: ElementForm<Srs> = textWithAttributes(
  strictElement<Omit<Srs, 'text'>>(
    {
      dataAxisToSRSAxisMapping: attribute('dataAxisToSRSAxisMapping', AXES),
      coordinateEpoch: attribute('coordinateEpoch', NUMBER),
    },
    ['dataAxisToSRSAxisMapping', 'coordinateEpoch'],
  ),
  'text',
  TEXT,
);

export const OVERVIEW_LIST: ElementForm<OverviewList> = textWithAttributes(
  strictElement<Omit<OverviewList, 'factors'>>({ resampling: attribute('resampling', TEXT) }, ['resampling']),
  'factors',
  listOf(INTEGER, ' ', /\s+/),
);

const SIX_NUMBERS = listOf(NUMBER, ',', /,/);

export const GEO_TRANSFORM: ElementForm<readonly number[]> = textElement({
  read(text) {
    const terms = SIX_NUMBERS.read(text);
    return terms?.length === 6 ? terms : undefined;
  },
  write: (terms) =>
    terms.map((term) => (Number.isFinite(term) ? formatGeoTransformTerm(term) : NUMBER.write(term))).join(','),
});

const GCP: ElementForm<Gcp> = strictElement<Gcp>(
  {
    id: attribute('Id', TEXT),
    info: attribute('Info', TEXT),
    pixel: attribute('Pixel', NUMBER),
    line: attribute('Line', NUMBER),
    x: attribute('X', NUMBER),
    y: attribute('Y', NUMBER),
    z: attribute('Z', NUMBER),
  },
  ['id', 'info', 'z'],
);

export const GCP_LIST: ElementForm<GcpList> = recordElement<GcpList>({
  projection: attribute('Projection', TEXT),
  dataAxisToSRSAxisMapping: attribute('dataAxisToSRSAxisMapping', AXES),
  coordinateEpoch: attribute('coordinateEpoch', NUMBER),
  gcps: children('GCP', GCP),
});

/** `<MDI key="...">` and `<OOI key="...">`. */
const ITEM: ElementForm<MetadataItem> = {
  read({ attributes: [key, ...more], children: [value = null, ...rest] }) {
    if (key?.[0] !== 'key' || more.length > 0 || rest.length > 0) return undefined;
    return value === null || typeof value === 'string' ? { key: key[1], value } : undefined;
  },
  write: (name, { key, value }) => ({ name, attributes: [['key', key]], children: value === null ? [] : [value] }),
};

export const OPEN_OPTIONS: ElementForm<readonly MetadataItem[]> = listElement('OOI', ITEM);

const METADATA_ITEMS = listElement('MDI', ITEM);

const DOMAIN = strictElement<Pick<Metadata, 'domain' | 'format'>>(
  { domain: attribute('domain', TEXT), format: attribute('format', TEXT) },
  ['domain', 'format'],
);

export const METADATA: ElementForm<Metadata> = {
  read({ name, attributes, children: content }) {
    const domain = DOMAIN.read({ name, attributes, children: [] });
    const items = METADATA_ITEMS.read({ name, attributes: [], children: content });
    return domain && { ...domain, items: items ?? [], content: items === undefined ? content : [] };
  },
  write(name, metadata) {
    const items = METADATA_ITEMS.write(name, metadata.items).children;
    return { ...DOMAIN.write(name, metadata), children: [...items, ...metadata.content] };
  },
};

export const CATEGORY_NAMES: ElementForm<readonly string[]> = listElement('Category', {
  read({ attributes, children: [text = '', ...rest] }) {
    return attributes.length === 0 && rest.length === 0 && typeof text === 'string' ? text : undefined;
  },
  write: (name, text) => ({ name, attributes: [], children: text === '' ? [] : [text] }),
});

interface Entry {
  readonly c1: number;
  readonly c2: number;
  readonly c3: number;
  readonly c4: number | null;
}

const ENTRY: ElementForm<Entry> = strictElement<Entry>(
  {
    c1: attribute('c1', INTEGER),
    c2: attribute('c2', INTEGER),
    c3: attribute('c3', INTEGER),
    c4: attribute('c4', INTEGER),
  },
  ['c4'],
);

const OPAQUE = 255;

export const COLOR_TABLE: ElementForm<readonly ColorEntry[]> = listElement('Entry', {
  read(element) {
    const entry = ENTRY.read(element);
    return entry && ([entry.c1, entry.c2, entry.c3, entry.c4 ?? OPAQUE] as const);
  },
  write: (name, [c1, c2, c3, c4]) => ENTRY.write(name, { c1, c2, c3, c4 }),
});

export const HISTOGRAMS: ElementForm<readonly Histogram[]> = listElement(
  'HistItem',
  strictElement<Nullable<Histogram>>({
    histMin: child('HistMin', textElement(NUMBER)),
    histMax: child('HistMax', textElement(NUMBER)),
    bucketCount: child('BucketCount', textElement(INTEGER)),
    includeOutOfRange: child('IncludeOutOfRange', textElement(FLAG)),
    approximate: child('Approximate', textElement(FLAG)),
    histCounts: child('HistCounts', textElement(listOf(LONG_INTEGER, '|', /\|/))),
  }) as ElementForm<Histogram>,
);

/** Child elements may be missing, as far as the compiler knows; `strictElement` sees to it that none is. */
type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

export const PIXEL_FUNCTION_ARGUMENTS: ElementForm<readonly XmlAttribute[]> = {
  read: ({ attributes, children: nodes }) => (nodes.length === 0 ? attributes : undefined),
  write: (name, attributes) => ({ name, attributes, children: [] }),
};

export const SOURCE_FILENAME: ElementForm<SourceFilename> = {
  read({ attributes, children: [filename = '', ...rest] }) {
    if (typeof filename !== 'string' || rest.length > 0) return undefined;
    let relativeToVRT: boolean | undefined;
    let shared: boolean | undefined;
    for (const [name, text] of attributes) {
      // Older documents have it in the other case; GDAL accepts both.
      if (relativeToVRT === undefined && /^relative[Tt]oVRT$/.test(name)) relativeToVRT = FLAG.read(text);
      else if (name === 'shared') shared = WORD_FLAG.read(text);
    }
    if (attributes.length !== Number(relativeToVRT !== undefined) + Number(shared !== undefined)) return undefined;
    return { filename, relativeToVRT: relativeToVRT ?? null, shared: shared ?? null };
  },
  write(name, { filename, relativeToVRT, shared }) {
    // Its result is not needed, its refusal is: elsewhere, what XML cannot hold is left out.
    if (filename !== '') escapeFileName(filename);
    const attributes: XmlAttribute[] = [];
    if (relativeToVRT !== null) attributes.push(['relativeToVRT', FLAG.write(relativeToVRT)]);
    if (shared !== null) attributes.push(['shared', FLAG.write(shared)]);
    return { name, attributes, children: filename === '' ? [] : [filename] };
  },
};

export const SOURCE_PROPERTIES: ElementForm<SourceProperties> = strictElement<SourceProperties>({
  rasterXSize: attribute('RasterXSize', INTEGER),
  rasterYSize: attribute('RasterYSize', INTEGER),
  dataType: attribute('DataType', DATA_TYPE),
  blockXSize: attribute('BlockXSize', INTEGER),
  blockYSize: attribute('BlockYSize', INTEGER),
});

export const RECT: ElementForm<SrcRect> = strictElement<SrcRect>({
  xOff: attribute('xOff', NUMBER),
  yOff: attribute('yOff', NUMBER),
  xSize: attribute('xSize', NUMBER),
  ySize: attribute('ySize', NUMBER),
});

const NUMBER_PAIR: TextForm<readonly [number, number]> = {
  read(text) {
    const [source, output, ...rest] = text.split(':').map(NUMBER.read);
    return source === undefined || output === undefined || rest.length > 0 ? undefined : [source, output];
  },
  write: ([source, output]) => `${NUMBER.write(source)}:${NUMBER.write(output)}`,
};

export const LUT: ElementForm<readonly (readonly [number, number])[]> = textElement(listOf(NUMBER_PAIR, ',', /,/));

export const KERNEL: ElementForm<Kernel> = strictElement<Nullable<Kernel>>(
  {
    normalized: attribute('normalized', FLAG),
    size: child('Size', textElement(INTEGER)),
    coefs: child('Coefs', textElement(listOf(NUMBER, ' ', /\s+/))),
  },
  ['normalized'],
) as ElementForm<Kernel>;

/** An element with attributes, and one text that is a property beside them. */
function textWithAttributes<K extends string, V, T extends object>(
  form: ElementForm<T>,
  key: K,
  text: TextForm<V>,
): ElementForm<T & { readonly [P in K]: V }> {
  const content = textElement(text);
  return {
    read({ name, attributes, children: nodes }) {
      const value = content.read({ name, attributes: [], children: nodes });
      const rest = form.read({ name, attributes, children: [] });
      if (value === undefined || rest === undefined) return undefined;
      return { [key]: value, ...rest } as T & { readonly [P in K]: V };
    },
    write(name, value) {
      return { ...form.write(name, value), children: content.write(name, value[key]).children };
    },
  };
}
