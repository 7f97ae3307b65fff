import type { VrtBand, VrtDataset } from './model.ts';
import { BAND, DATASET, settled, SOURCE } from './model-form.ts';
import { type ParseLimits, parseVrt } from './parse.ts';
import { type SourceTable, sourceTable } from './source-table.ts';
import { tooLarge } from './xml.ts';
import { gdalValue, isElement, type XmlElement } from './xml-node.ts';

/** A file, or whatever else GDAL can open, that a VRT names. */
export interface NamedSource {
  /** As the document has it: a path, or a name such as `/vsicurl/...`, `vrt://...` or `NETCDF:...`, with files in it. */
  readonly filename: string;
  /** Whether a relative name counts from the folder of the VRT. */
  readonly relativeToVRT: boolean;
  /** Element, attribute or argument that names it. */
  readonly element: string;
}

/** Elements and attributes that GDAL opens, in lower case; heights for RPCs and grids for vertical shifts included. */
const NAMING = new Set(['sourcefilename', 'sourcedataset', 'dempath', 'grids']);

/**
 * Metadata items, options and arguments that GDAL opens (gdal.org, RFC 4 "Geolocation Arrays", "VRT processed dataset"),
 * by the `key` or `name` of their element.
 */
const NAMING_KEY = /^(x_dataset|y_dataset|rpc_dem|\w+_filename(_\d+)?)$/i;

/** VRTs as text within VRTs as text within VRTs. */
const MAX_NESTING = 16;

/**
 * Every file that GDAL could open because of what a VRT says, in document order and as often as it is named: those of
 * sources, overviews, raw bands, warped, pansharpened and processed datasets, of VRTs inside of it, and, to be on the
 * safe side, of every other element and attribute of such a name, wherever it stands. What a pixel function in Python
 * opens, no one can tell: see `pixelFunctionCode`.
 *
 * @param limits of VRTs that stand as text in place of a file name
 * @throws {VrtError} as `parseVrt` does, of such a text: GDAL might read more in it than can be told
 */
export function* sourceFilenames(model: VrtDataset, limits: Partial<ParseLimits> = {}): Generator<NamedSource> {
  yield* ofDataset(model, { limits, nesting: 0 });
}

interface Context {
  readonly limits: Partial<ParseLimits>;
  readonly nesting: number;
}

const NO_SOURCES = sourceTable([]);

function* ofDataset(dataset: VrtDataset, context: Context): Generator<NamedSource> {
  const { bands, maskBand } = dataset;
  for (const band of maskBand === null ? bands : [...bands, maskBand]) yield* ofBand(band, context);
  // All the rest is little, and as XML no name can hide in an unexpected place of it.
  yield* ofElement(settled(DATASET.write('VRTDataset', { ...dataset, bands: [], maskBand: null })), false, context);
}

function* ofBand(band: VrtBand, context: Context): Generator<NamedSource> {
  yield* ofSources(band.sources, context);
  if (band.maskBand !== null) yield* ofBand(band.maskBand, context);
  const rest = { ...band, sources: NO_SOURCES, maskBand: null };
  yield* ofElement(settled(BAND.write('VRTRasterBand', rest)), false, context);
}

function* ofSources({ count, templates, template, filenames }: SourceTable, context: Context): Generator<NamedSource> {
  const named = templates.map(({ sourceFilename }) => sourceFilename);
  const further = templates.map((source) => [
    ...ofElement(settled(SOURCE.write({ ...source, sourceFilename: null })), false, context),
  ]);
  for (let row = 0; row < count; row += 1) {
    const index = template[row] ?? -1;
    const sourceFilename = named[index];
    if (sourceFilename != null) {
      const filename = filenames[row] ?? '';
      yield* ofName(
        { filename, relativeToVRT: sourceFilename.relativeToVRT === true, element: 'SourceFilename' },
        context,
      );
    }
    yield* further[index] ?? [];
  }
}

/** @param isRelative whether arguments count from the folder of the VRT, which another argument says */
function* ofElement(element: XmlElement, isRelative: boolean, context: Context): Generator<NamedSource> {
  const { name, attributes, children } = element;
  const key = attributes.find(([attribute]) => attribute === 'key' || attribute === 'name')?.[1] ?? '';
  if (NAMING.has(name.toLowerCase())) {
    const relative = attributes.find(([attribute]) => attribute.toLowerCase() === 'relativetovrt')?.[1] ?? '0';
    yield* ofName({ filename: gdalValue(element) ?? '', relativeToVRT: isTrue(relative), element: name }, context);
  } else if (NAMING_KEY.test(key)) {
    yield* ofName(
      { filename: gdalValue(element) ?? '', relativeToVRT: isRelative, element: `${name} ${key}` },
      context,
    );
  }
  for (const [attribute, filename] of attributes) {
    if (NAMING.has(attribute.toLowerCase())) {
      yield* ofName({ filename, relativeToVRT: false, element: `${name} ${attribute}` }, context);
    }
  }
  const elements = children.filter(isElement);
  const areRelative = elements.some(
    (child) => child.attributes.some(([, value]) => value === 'relativeToVRT') && isTrue(gdalValue(child) ?? ''),
  );
  for (const child of elements) yield* ofElement(child, areRelative, context);
}

function isTrue(text: string): boolean {
  return /^\s*(0*[1-9]|true|yes|on)/i.test(text);
}

/** The name, or the names in the VRT that stands in its place: GDAL looks for the tag, wherever it is. */
function* ofName(source: NamedSource, { limits, nesting }: Context): Generator<NamedSource> {
  if (!source.filename.includes('<VRTDataset')) {
    yield source;
    return;
  }
  if (nesting === MAX_NESTING) throw tooLarge('nesting', MAX_NESTING);
  yield* ofDataset(parseVrt([source.filename.trimStart()], limits), { limits, nesting: nesting + 1 });
}
