import {
  CATEGORY_NAMES,
  COLOR_TABLE,
  GCP_LIST,
  GEO_TRANSFORM,
  HISTOGRAMS,
  KERNEL,
  LUT,
  METADATA,
  OPEN_OPTIONS,
  OVERVIEW_LIST,
  PIXEL_FUNCTION_ARGUMENTS,
  RECT,
  SOURCE_FILENAME,
  SOURCE_PROPERTIES,
  SRS,
  WHOLE,
} from './element-form.ts';
import type { Overview, VrtBand, VrtDataset, VrtSource } from './model.ts';
import { attribute, child, children, type ElementForm, recordElement, textElement } from './record.ts';
import { type SourceTable, sourcesOf, SourceTableBuilder } from './source-table.ts';
import {
  DATA_TYPE,
  DOUBLE_NODATA,
  FLAG,
  INTEGER,
  INTEGER_NODATA,
  LONG_INTEGER,
  NODATA,
  NUMBER,
  SOURCE_BAND,
  TEXT,
  WORD_FLAG,
} from './text-form.ts';
import { isElement, type XmlElement } from './xml-node.ts';
import { isWritableElement, type WritableElement, type WritableNode } from './xml-write.ts';

/** Datasets, bands and sources: which of their properties is which element or attribute, in the order GDAL writes. */

/** A band's element whose sources were taken out of it while they were read. */
export interface StreamedBand extends XmlElement {
  readonly sources: SourceTable;
}

/** Sources, of any element name: the type. */
export const SOURCE: { read(element: XmlElement): VrtSource; write(source: VrtSource): WritableElement } = sourceForm();

function sourceForm(): { read(element: XmlElement): VrtSource; write(source: VrtSource): WritableElement } {
  const record = recordElement<Omit<VrtSource, 'type'>>({
    name: attribute('name', TEXT),
    resampling: attribute('resampling', TEXT),
    sourceFilename: child('SourceFilename', SOURCE_FILENAME),
    // Set up after this, and of which this is a part.
    vrtDataset: child('VRTDataset', {
      read: (element) => DATASET.read(element),
      write: (name, dataset) => DATASET.write(name, dataset),
    }),
    openOptions: child('OpenOptions', OPEN_OPTIONS),
    sourceBand: child('SourceBand', textElement(SOURCE_BAND)),
    sourceProperties: child('SourceProperties', SOURCE_PROPERTIES),
    srcRect: child('SrcRect', RECT),
    dstRect: child('DstRect', RECT),
    useMaskBand: child('UseMaskBand', textElement(WORD_FLAG)),
    nodata: child('NODATA', textElement(NODATA)),
    scaleOffset: child('ScaleOffset', textElement(NUMBER)),
    scaleRatio: child('ScaleRatio', textElement(NUMBER)),
    colorTableComponent: child('ColorTableComponent', textElement(INTEGER)),
    exponent: child('Exponent', textElement(NUMBER)),
    srcMin: child('SrcMin', textElement(NUMBER)),
    srcMax: child('SrcMax', textElement(NUMBER)),
    dstMin: child('DstMin', textElement(NUMBER)),
    dstMax: child('DstMax', textElement(NUMBER)),
    lut: child('LUT', LUT),
    kernel: child('Kernel', KERNEL),
    maskValueThreshold: child('MaskValueThreshold', textElement(NUMBER)),
    remappedValue: child('RemappedValue', textElement(NUMBER)),
  });
  return {
    read: (element) => ({ type: element.name, ...(record.read(element) as Omit<VrtSource, 'type'>) }),
    write: (source) => record.write(source.type, source),
  };
}

/** Whether a band's child is something that paints. */
export function isSourceName(name: string): boolean {
  return /Source$/i.test(name);
}

/** A streamed band's element with its sources back inside; any other node as it is. */
export function withSources(element: XmlElement): XmlElement {
  if (!isStreamed(element)) return element;
  const { name, attributes, children: nodes, sources } = element;
  const elements = [...sourcesOf(sources)].map((source) => settled(SOURCE.write(source)));
  return { name, attributes, children: [...nodes, ...elements] };
}

function isStreamed(element: XmlElement): element is StreamedBand {
  return 'sources' in element;
}

/** The element with its children in arrays. */
export function settled(element: WritableElement): XmlElement {
  return {
    ...element,
    children: [...element.children].map((node) => (isWritableElement(node) ? settled(node) : node)),
  };
}

type BandWithoutSources = Omit<VrtBand, 'sources'>;

function bandForm(): ElementForm<VrtBand> {
  const doubles = bandRecord(textElement(DOUBLE_NODATA));
  const integers = bandRecord(textElement(INTEGER_NODATA));
  return {
    read(element) {
      const dataType = element.attributes.find(([name]) => name === 'dataType')?.[1];
      const record = holds64Bits(dataType) ? integers : doubles;
      const others = element.children.filter((node) => !isElement(node) || !isSourceName(node.name));
      const sources = isStreamed(element) ? element.sources : tableOf(element);
      return { ...(record.read({ ...element, children: others }) as BandWithoutSources), sources };
    },
    write(name, band) {
      const element = (holds64Bits(band.dataType) ? integers : doubles).write(name, band);
      return { ...element, children: withSourcesOf(element.children, band.sources) };
    },
  };
}

function holds64Bits(dataType: string | null | undefined): boolean {
  return dataType === 'Int64' || dataType === 'UInt64';
}

function tableOf({ children: nodes }: XmlElement): SourceTable {
  const builder = new SourceTableBuilder();
  for (const node of nodes) if (isElement(node) && isSourceName(node.name)) builder.add(SOURCE.read(node));
  return builder.finish();
}

function* withSourcesOf(nodes: Iterable<WritableNode>, sources: SourceTable): Generator<WritableNode> {
  yield* nodes;
  for (const source of sourcesOf(sources)) yield SOURCE.write(source);
}

function bandRecord(nodata: ElementForm<number | bigint>): ElementForm<BandWithoutSources> {
  return recordElement<BandWithoutSources>({
    dataType: attribute('dataType', DATA_TYPE),
    band: attribute('band', INTEGER),
    blockXSize: attribute('blockXSize', INTEGER),
    blockYSize: attribute('blockYSize', INTEGER),
    subClass: attribute('subClass', TEXT),
    metadata: children('Metadata', METADATA),
    description: child('Description', textElement(TEXT)),
    noDataValue: child('NoDataValue', nodata),
    hideNoDataValue: child('HideNoDataValue', textElement(FLAG)),
    unitType: child('UnitType', textElement(TEXT)),
    offset: child('Offset', textElement(NUMBER)),
    scale: child('Scale', textElement(NUMBER)),
    colorInterp: child('ColorInterp', textElement(TEXT)),
    categoryNames: child('CategoryNames', CATEGORY_NAMES),
    histograms: child('Histograms', HISTOGRAMS),
    colorTable: child('ColorTable', COLOR_TABLE),
    gdalRasterAttributeTable: child('GDALRasterAttributeTable', WHOLE),
    overviews: children(
      'Overview',
      recordElement<Overview>({
        sourceFilename: child('SourceFilename', SOURCE_FILENAME),
        sourceBand: child('SourceBand', textElement(SOURCE_BAND)),
      }),
    ),
    // The form of a mask is that of a band, of which this is a part.
    maskBand: child('MaskBand', { read: readMaskBand, write: writeMaskBand }),
    pixelFunctionType: child('PixelFunctionType', textElement(TEXT)),
    pixelFunctionLanguage: child('PixelFunctionLanguage', textElement(TEXT)),
    pixelFunctionCode: child('PixelFunctionCode', textElement(TEXT)),
    pixelFunctionArguments: child('PixelFunctionArguments', PIXEL_FUNCTION_ARGUMENTS),
    sourceTransferType: child('SourceTransferType', textElement(DATA_TYPE)),
    bufferRadius: child('BufferRadius', textElement(INTEGER)),
    skipNonContributingSources: child('SkipNonContributingSources', textElement(WORD_FLAG)),
    sourceFilename: child('SourceFilename', SOURCE_FILENAME),
    imageOffset: child('ImageOffset', textElement(LONG_INTEGER)),
    pixelOffset: child('PixelOffset', textElement(LONG_INTEGER)),
    lineOffset: child('LineOffset', textElement(LONG_INTEGER)),
    byteOrder: child('ByteOrder', textElement(TEXT)),
  });
}

export const BAND: ElementForm<VrtBand> = bandForm();

const MASK_BAND: ElementForm<VrtBand> = { read: readMaskBand, write: writeMaskBand };

/** The band of an element that holds one and nothing else. */
function readMaskBand({ attributes, children: [node, ...rest] }: XmlElement): VrtBand | undefined {
  if (attributes.length > 0 || rest.length > 0 || node === undefined || !isElement(node)) return undefined;
  return node.name === 'VRTRasterBand' ? BAND.read(node) : undefined;
}

function writeMaskBand(name: string, band: VrtBand): WritableElement {
  return inPieces({ name, attributes: [], children: [BAND.write('VRTRasterBand', band)] });
}

const DATASET_RECORD = recordElement<VrtDataset>({
  rasterXSize: attribute('rasterXSize', INTEGER),
  rasterYSize: attribute('rasterYSize', INTEGER),
  subClass: attribute('subClass', TEXT),
  srs: child('SRS', SRS),
  geoTransform: child('GeoTransform', GEO_TRANSFORM),
  metadata: children('Metadata', METADATA),
  gcpList: child('GCPList', GCP_LIST),
  blockXSize: child('BlockXSize', textElement(INTEGER)),
  blockYSize: child('BlockYSize', textElement(INTEGER)),
  input: child('Input', WHOLE),
  bands: children('VRTRasterBand', BAND),
  maskBand: child('MaskBand', MASK_BAND),
  overviewList: child('OverviewList', OVERVIEW_LIST),
  gdalWarpOptions: child('GDALWarpOptions', WHOLE),
  pansharpeningOptions: child('PansharpeningOptions', WHOLE),
  processingSteps: child('ProcessingSteps', WHOLE),
});

export const DATASET: ElementForm<VrtDataset> = {
  read: DATASET_RECORD.read,
  write: (name, dataset) => inPieces(DATASET_RECORD.write(name, dataset)),
};

/** The element without its children in an array, for those that hold bands. */
function inPieces(element: WritableElement): WritableElement {
  return { ...element, children: element.children[Symbol.iterator]() as IterableIterator<WritableNode> };
}
