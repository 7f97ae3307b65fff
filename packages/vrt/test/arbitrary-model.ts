import { DATA_TYPES } from '@inlay/geo';
import { sourceTable, type VrtBand, type VrtDataset, type VrtSource, type XmlElement, type XmlNode } from '@inlay/vrt';
import fc from 'fast-check';

/** Plain objects, as the parser makes them. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

/** Any text that XML can hold. */
const text = fc
  .string({ unit: 'binary', maxLength: 12 })
  // oxlint-disable-next-line no-control-regex -- what XML cannot hold
  .map((value) => value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\n'));
const name = fc.stringMatching(/^[A-Za-z_:é\u{10000}][-.\w:é\u{10000}]{0,8}$/u).map((value) => `Un${value}`);
const number = fc.oneof(fc.double(), fc.integer());
const integer = fc.integer();
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const flag = fc.boolean();
const dataType = fc.constantFrom(...DATA_TYPES);
const numbers = fc.array(number, { minLength: 1, maxLength: 4 });
const integers = fc.array(integer, { minLength: 1, maxLength: 4 });
const attributes = fc.uniqueArray(fc.tuple(name, text), { selector: ([key]) => key, maxLength: 3 });

const comment = text.map((value) => ({ comment: value.replaceAll('-', '+') }));
const instruction = fc
  .tuple(name, text)
  .map(([target, data]) => ({ instruction: `${target} ${data.replaceAll('?', '!')}` }));
/** Beside another text it has to be a CDATA section, which cannot hold its own end. */
const childText = text.map((value) => value.replaceAll(']]>', ']]'));

const { element } = fc.letrec<{ element: XmlElement; node: XmlNode }>((tie) => ({
  element: record({
    name,
    attributes,
    children: fc.array(tie('node'), { maxLength: 4, depthIdentifier: 'xml' }),
  }),
  node: fc.oneof({ depthIdentifier: 'xml', maxDepth: 3 }, childText, comment, instruction, tie('element')),
}));

const others = {
  otherAttributes: attributes,
  others: fc.array(fc.oneof(childText, comment, instruction, element), { maxLength: 2 }),
};
const named = (elementName: string): fc.Arbitrary<XmlElement> =>
  element.map((value) => ({ ...value, name: elementName }));
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 2 });

/** Rare enough for documents in documents to come to an end soon. */
function seldom<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });
}

const item = record({ key: text, value: maybe(text) });
const metadata = fc.oneof(
  record({
    domain: maybe(text),
    format: maybe(text),
    items: fc.array(item, { maxLength: 3 }),
    content: fc.constant([]),
  }),
  record({
    domain: maybe(text),
    format: maybe(text),
    items: fc.constant([]),
    content: fc.array(element, { minLength: 1, maxLength: 2 }),
  }),
  record({ domain: maybe(text), format: maybe(text), items: fc.constant([]), content: fc.tuple(text) }),
);
const sourceFilename = record({ filename: text, relativeToVRT: maybe(flag), shared: maybe(flag) });
const sourceBand = fc.oneof(
  integer,
  fc.constant('mask'),
  fc.nat({ max: 999 }).map((band) => `mask,${band}`),
);
const rect = record({ xOff: number, yOff: number, xSize: number, ySize: number });

function source(dataset: fc.Arbitrary<VrtDataset>): fc.Arbitrary<VrtSource> {
  return record<VrtSource>({
    type: fc.constantFrom(
      'SimpleSource',
      'ComplexSource',
      'AveragedSource',
      'KernelFilteredSource',
      'NoDataFromMaskSource',
      'UnSource',
    ),
    name: maybe(text),
    resampling: maybe(text),
    sourceFilename: maybe(sourceFilename),
    vrtDataset: seldom(dataset),
    openOptions: maybe(fc.array(item, { maxLength: 2 })),
    sourceBand: maybe(sourceBand),
    sourceProperties: maybe(
      record({ rasterXSize: integer, rasterYSize: integer, dataType, blockXSize: integer, blockYSize: integer }),
    ),
    srcRect: maybe(rect),
    dstRect: maybe(rect),
    useMaskBand: maybe(flag),
    nodata: maybe(
      fc.oneof(
        number,
        fc.bigInt(2n ** 60n + 1n, 2n ** 64n).map((value) => (value % 2n === 0n ? value + 1n : value)),
      ),
    ),
    scaleOffset: maybe(number),
    scaleRatio: maybe(number),
    colorTableComponent: maybe(integer),
    exponent: maybe(number),
    srcMin: maybe(number),
    srcMax: maybe(number),
    dstMin: maybe(number),
    dstMax: maybe(number),
    lut: maybe(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 3 })),
    kernel: maybe(record({ normalized: maybe(flag), size: integer, coefs: numbers })),
    maskValueThreshold: maybe(number),
    remappedValue: maybe(number),
    ...others,
  });
}

function band(dataset: fc.Arbitrary<VrtDataset>, mask: fc.Arbitrary<VrtBand>): fc.Arbitrary<VrtBand> {
  const properties = record<Omit<VrtBand, 'noDataValue'>>({
    dataType: maybe(dataType),
    band: maybe(integer),
    blockXSize: maybe(integer),
    blockYSize: maybe(integer),
    subClass: maybe(text),
    metadata: fc.array(metadata, { maxLength: 2 }),
    description: maybe(text),
    hideNoDataValue: maybe(flag),
    unitType: maybe(text),
    offset: maybe(number),
    scale: maybe(number),
    colorInterp: maybe(text),
    categoryNames: maybe(fc.array(text, { maxLength: 3 })),
    histograms: maybe(
      fc.array(
        record({
          histMin: number,
          histMax: number,
          bucketCount: integer,
          includeOutOfRange: flag,
          approximate: flag,
          histCounts: fc.array(count, { minLength: 1, maxLength: 3 }),
        }),
        { maxLength: 2 },
      ),
    ),
    colorTable: maybe(fc.array(fc.tuple(integer, integer, integer, integer), { maxLength: 3 })),
    gdalRasterAttributeTable: maybe(named('GDALRasterAttributeTable')),
    overviews: fc.array(record({ sourceFilename: maybe(sourceFilename), sourceBand: maybe(sourceBand), ...others }), {
      maxLength: 2,
    }),
    maskBand: seldom(mask),
    pixelFunctionType: maybe(text),
    pixelFunctionLanguage: maybe(text),
    pixelFunctionCode: maybe(text),
    pixelFunctionArguments: maybe(attributes),
    sourceTransferType: maybe(dataType),
    bufferRadius: maybe(integer),
    skipNonContributingSources: maybe(flag),
    sourceFilename: maybe(sourceFilename),
    imageOffset: maybe(count),
    pixelOffset: maybe(integer),
    lineOffset: maybe(integer),
    byteOrder: maybe(text),
    sources: fc.array(source(dataset), { maxLength: 3 }).map(sourceTable),
    ...others,
  });
  return fc
    .tuple(properties, maybe(number), maybe(fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n)))
    .map(([value, double, long]) => ({
      ...value,
      noDataValue: value.dataType === 'Int64' || value.dataType === 'UInt64' ? long : double,
    }));
}

/** Any model that a document can have. */
export const { dataset: arbitraryModel } = fc.letrec<{ dataset: VrtDataset; band: VrtBand }>((tie) => ({
  dataset: record<VrtDataset>({
    rasterXSize: maybe(integer),
    rasterYSize: maybe(integer),
    subClass: maybe(text),
    srs: maybe(record({ text, dataAxisToSRSAxisMapping: maybe(integers), coordinateEpoch: maybe(number) })),
    geoTransform: maybe(fc.array(number, { minLength: 6, maxLength: 6 })),
    gcpList: maybe(
      record({
        projection: maybe(text),
        dataAxisToSRSAxisMapping: maybe(integers),
        coordinateEpoch: maybe(number),
        gcps: fc.array(
          record({
            id: maybe(text),
            info: maybe(text),
            pixel: number,
            line: number,
            x: number,
            y: number,
            z: maybe(number),
          }),
          { maxLength: 2 },
        ),
        ...others,
      }),
    ),
    metadata: fc.array(metadata, { maxLength: 2 }),
    blockXSize: maybe(integer),
    blockYSize: maybe(integer),
    bands: fc.array(tie('band'), { maxLength: 2, depthIdentifier: 'vrt' }),
    maskBand: seldom(tie('band')),
    overviewList: maybe(record({ resampling: maybe(text), factors: integers })),
    gdalWarpOptions: maybe(named('GDALWarpOptions')),
    pansharpeningOptions: maybe(named('PansharpeningOptions')),
    input: maybe(named('Input')),
    processingSteps: maybe(named('ProcessingSteps')),
    ...others,
  }),
  band: band(tie('dataset'), tie('band')),
}));
