import {
  type Affine,
  type ColorInterp,
  type Crs,
  type DataType,
  bboxOfRaster,
  bboxToLonLat,
  datumUncertainty,
  type Nodata,
  nodataToJson,
  type RasterLayout,
  type RasterProfile,
  sameCrs,
  toGeoTransform,
} from '@inlay/geo';
import { asText, fillIn, lines, onOneLine, type Template } from './document-template.ts';
import { formatG, formatGeoTransformTerm } from './number-format.ts';
import type { WarpedSource, WarpPlan, WarpResampling } from './plan.ts';
import type { PlacedRaster } from './warp-extent.ts';
import { warpedValidity } from './warp-layout.ts';
import type { WarpTarget } from './warp-placement.ts';
import type { SourceFile } from './write.ts';
import { escapeFileName, escapeXml } from './xml-text.ts';

export interface WarpedVrtOptions {
  readonly resampling: WarpResampling;
  /** The source's reduced-resolution level to warp from, 0-based; null for full resolution. */
  readonly overviewLevel: number | null;
}

const RESAMPLING_NAMES: Readonly<Record<WarpResampling, string>> = {
  nearest: 'NearestNeighbour',
  bilinear: 'Bilinear',
  cubic: 'Cubic',
  cubicspline: 'CubicSpline',
  lanczos: 'Lanczos',
  average: 'Average',
  rms: 'RootMeanSquare',
  mode: 'Mode',
};

/**
 * A source warped to the whole of the target, as a VRT document (gdal.org, "VRT -- GDAL Virtual Format", "Warped
 * Dataset") that GDAL 3.6 and later read. Its bands are the source's, and it has alpha or a mask where no nodata
 * value can say it, so that a mosaic on top can tell where the source ends.
 *
 * It says what `gdalwarp -of VRT -et 0` says, without what readers work out themselves. There is no
 * ApproxTransformer: with one, pixels differ from those of an exact transformation. And its grid is the whole
 * target's, although the source fills a part: so every pixel's coordinates are computed from the same numbers,
 * whichever source it comes from, and reduced-resolution levels of all sources lie on one grid. Only what is read
 * costs anything.
 *
 * The document stands in a file of its own, or inside of another: see {@link inlineFile}.
 *
 * @param fileName what GDAL is to open: an absolute path or a `/vsi...` name
 * @throws {VrtError} `vrt/unwritable-file-name`
 */
export function warpedVrt(
  source: RasterProfile & PlacedRaster,
  fileName: string,
  target: WarpTarget,
  options: WarpedVrtOptions,
): string {
  const particulars = particularsOf(source, target, options);
  return fillIn(warpedTemplate(source, target, options), {
    ...particulars,
    ...fileSlots({ filename: fileName, relativeToVrt: false }),
  });
}

/**
 * A document as the "file name" by which another VRT refers to it: GDAL opens a name that is a VRT document's text
 * as that document. Without line ends and indents, since each of the other's bands has it once.
 */
export function inlineFile(vrt: string): SourceFile {
  return { filename: onOneLine(vrt), relativeToVrt: false };
}

/**
 * Makes the text of `<SourceFilename>` for the warped sources of a plan: a whole document each, on one line and escaped.
 * What layouts and CRSs decide is put together once for each of them.
 *
 * @returns a function of a warped source and of its own file, which may be relative to the folder of the outer document
 */
export function inlineWarper({
  target,
  resampling,
}: Pick<WarpPlan, 'target' | 'resampling'>): (source: WarpedSource, file: SourceFile) => string {
  const templates = new Map<RasterLayout, Map<Crs, Map<number | null, WarpTemplate>>>();
  const particulars = new Map<WarpedSource, Particulars>();
  return (source, file) => {
    const { profile, overviewLevel } = source;
    const options = { resampling, overviewLevel };
    const byCrs = within(templates, profile.layout, () => new Map<Crs, Map<number | null, WarpTemplate>>());
    const byLevel = within(byCrs, profile.crs, () => new Map<number | null, WarpTemplate>());
    const template = within(byLevel, overviewLevel, () => asText(warpedTemplate(profile, target, options)));
    const own = within(particulars, source, () => particularsOf(profile, target, options));
    return fillIn(template, { ...own, ...fileSlots(file) });
  };
}

function within<Key, Value>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}

type WarpTemplate = Template<keyof FileSlots | keyof Particulars>;

/** What names the source's file, as XML. */
interface FileSlots {
  readonly relativeToVrt: string;
  readonly fileName: string;
}

function fileSlots({ filename, relativeToVrt }: SourceFile): FileSlots {
  return { relativeToVrt: relativeToVrt ? '1' : '0', fileName: escapeFileName(filename) };
}

/** What differs between sources of one layout and CRS, as XML. */
interface Particulars {
  readonly sourceGeoTransform: string;
  readonly reprojectionOptions: string;
}

function particularsOf(
  source: RasterProfile & PlacedRaster,
  target: WarpTarget,
  { overviewLevel }: WarpedVrtOptions,
): Particulars {
  const level = overviewLevel === null ? undefined : source.layout.overviews[overviewLevel];
  return {
    sourceGeoTransform: affineText(reduced(source, level)),
    reprojectionOptions: reprojectionOptions(source, target),
  };
}

function warpedTemplate(
  source: RasterProfile & PlacedRaster,
  target: WarpTarget,
  options: WarpedVrtOptions,
): WarpTemplate {
  const { bands } = source.layout;
  const { nodata, sourceAlpha, alpha, maskFrom } = warpedValidity(source.layout);
  const content: WarpedBand[] = bands.map(({ dataType, colorInterp }, index) => ({
    dataType,
    // Alpha in the midst of colours is a value like others.
    colorInterp: colorInterp === 'Alpha' && index + 1 !== sourceAlpha ? 'Undefined' : colorInterp,
    from: index + 1,
    nodata: nodata[index] ?? null,
  }));
  if (alpha !== null && sourceAlpha === null) content.push(ALPHA);
  if (maskFrom === null) return documentOf(source, target, options, content, []);

  const reach: WarpedBand = {
    dataType: bands[maskFrom - 1]?.dataType ?? 'Byte',
    colorInterp: 'Gray',
    from: maskFrom,
    nodata: null,
  };
  const mask = documentOf(source, target, options, [reach, { ...ALPHA, from: sourceAlpha }], []);
  return documentOf(source, target, options, content, maskPieces(asText(mask), 2, target));
}

/** A band of a warped raster. */
interface WarpedBand {
  readonly dataType: DataType;
  /** `Alpha` for at most one, which is made of the source's alpha band, mask and extent. */
  readonly colorInterp: ColorInterp;
  /** The source's band that it is made of, 1-based; null for alpha that is made of masks and extent alone. */
  readonly from: number | null;
  readonly nodata: Nodata | null;
}

/** An alpha band that the source has not. */
const ALPHA: WarpedBand = { dataType: 'Byte', colorInterp: 'Alpha', from: null, nodata: null };

function documentOf(
  source: RasterProfile & PlacedRaster,
  target: WarpTarget,
  { resampling, overviewLevel }: WarpedVrtOptions,
  bands: readonly WarpedBand[],
  mask: WarpTemplate,
): WarpTemplate {
  const { grid, crs } = target;
  const terms = toGeoTransform(grid.affine).map(formatGeoTransformTerm);
  const isReprojected = !sameCrs(source.crs, crs);
  return [
    lines(
      `<VRTDataset rasterXSize="${grid.width}" rasterYSize="${grid.height}" subClass="VRTWarpedDataset">`,
      `  <SRS dataAxisToSRSAxisMapping="${crs.axisMapping}">${crsText(crs)}</SRS>`,
      `  <GeoTransform>${terms.join(',')}</GeoTransform>`,
      ...bands.flatMap((band, index) => bandLines(band, index + 1)),
    ),
    ...mask,
    lines(
      '  <GDALWarpOptions>',
      `    <ResampleAlg>${RESAMPLING_NAMES[resampling]}</ResampleAlg>`,
      `    <Option name="INIT_DEST">${initialValues(bands)}</Option>`,
      // Blocks that the source does not reach are blank, not an error.
      '    <Option name="ERROR_OUT_IF_EMPTY_SOURCE_WINDOW">FALSE</Option>',
      ...alphaMaxima(source, bands).map(([name, value]) => `    <Option name="${name}">${value}</Option>`),
    ),
    '    <SourceDataset relativeToVRT="',
    { slot: 'relativeToVrt', escapes: 0 },
    '">',
    { slot: 'fileName', escapes: 0 },
    lines(
      '</SourceDataset>',
      ...(overviewLevel === null
        ? []
        : ['    <OpenOptions>', `      <OOI key="OVERVIEW_LEVEL">${overviewLevel}</OOI>`, '    </OpenOptions>']),
      '    <Transformer>',
      '      <GenImgProjTransformer>',
    ),
    '        <SrcGeoTransform>',
    { slot: 'sourceGeoTransform', escapes: 0 },
    lines('</SrcGeoTransform>', `        <DstGeoTransform>${affineText(grid.affine)}</DstGeoTransform>`),
    ...(isReprojected ? reprojectionPieces(source.crs, crs) : []),
    lines(
      '      </GenImgProjTransformer>',
      '    </Transformer>',
      '    <BandList>',
      ...bands.flatMap((band, index) => mappingLines(band, index + 1)),
      '    </BandList>',
      ...bands.flatMap((band, index) => alphaLines(band, index + 1)),
      '  </GDALWarpOptions>',
      '</VRTDataset>',
    ),
  ];
}

function bandLines({ dataType, colorInterp, nodata }: WarpedBand, number: number): string[] {
  return [
    `  <VRTRasterBand dataType="${dataType}" band="${number}" subClass="VRTWarpedRasterBand">`,
    ...(nodata === null ? [] : [`    <NoDataValue>${nodataText(nodata)}</NoDataValue>`]),
    ...(colorInterp === 'Undefined' ? [] : [`    <ColorInterp>${colorInterp}</ColorInterp>`]),
    '  </VRTRasterBand>',
  ];
}

/**
 * The mask of a document: a band of another one on the same grid.
 * @param document as the text of an element
 */
function maskPieces(document: WarpTemplate, band: number, { grid: { width, height } }: WarpTarget): WarpTemplate {
  const rect = `xOff="0" yOff="0" xSize="${width}" ySize="${height}"`;
  return [
    lines('  <MaskBand>', '    <VRTRasterBand dataType="Byte">', '      <SimpleSource>'),
    '        <SourceFilename relativeToVRT="0">',
    ...document,
    lines(
      '</SourceFilename>',
      `        <SourceBand>${band}</SourceBand>`,
      `        <SrcRect ${rect} />`,
      `        <DstRect ${rect} />`,
      '      </SimpleSource>',
      '    </VRTRasterBand>',
      '  </MaskBand>',
    ),
  ];
}

/** Where a band comes from; alpha bands have their own way. */
function mappingLines({ colorInterp, from, nodata }: WarpedBand, number: number): string[] {
  if (colorInterp === 'Alpha') return [];
  if (nodata === null) return [`      <BandMapping src="${from}" dst="${number}" />`];
  const text = nodataText(nodata);
  return [
    `      <BandMapping src="${from}" dst="${number}">`,
    `        <SrcNoDataReal>${text}</SrcNoDataReal>`,
    `        <DstNoDataReal>${text}</DstNoDataReal>`,
    '      </BandMapping>',
  ];
}

function alphaLines({ colorInterp, from }: WarpedBand, number: number): string[] {
  if (colorInterp !== 'Alpha') return [];
  return [
    ...(from === null ? [] : [`    <SrcAlphaBand>${from}</SrcAlphaBand>`]),
    `    <DstAlphaBand>${number}</DstAlphaBand>`,
  ];
}

/** The value of opaque pixels where it is not 255, as gdalwarp takes it to be. */
const OPAQUE: Partial<Record<DataType, number>> = { UInt16: 65_535, Int16: 32_767 };

function alphaMaxima({ layout }: RasterProfile, bands: readonly WarpedBand[]): (readonly [string, number])[] {
  const alpha = bands.find(({ colorInterp }) => colorInterp === 'Alpha');
  const sourceType = alpha?.from ? layout.bands[alpha.from - 1]?.dataType : undefined;
  const maxima = [
    ['SRC_ALPHA_MAX', sourceType],
    ['DST_ALPHA_MAX', alpha?.dataType],
  ] as const;
  return maxima.flatMap(([name, type]) => {
    const value = type && OPAQUE[type];
    return value === undefined ? [] : [[name, value] as const];
  });
}

/** What bands hold where the source has nothing: their nodata, and 0 where alpha or a mask tells. */
function initialValues(bands: readonly WarpedBand[]): string {
  if (bands.every(({ nodata }) => nodata === null)) return '0';
  return bands.every(({ nodata }) => nodata !== null)
    ? 'NO_DATA'
    : bands.map(({ nodata }) => (nodata === null ? '0' : nodataText(nodata))).join(',');
}

function reprojectionPieces(from: Crs, to: Crs): WarpTemplate {
  return [
    lines(
      '        <ReprojectTransformer>',
      '          <ReprojectionTransformer>',
      `            <SourceSRS>${crsText(from)}</SourceSRS>`,
      `            <TargetSRS>${crsText(to)}</TargetSRS>`,
    ),
    { slot: 'reprojectionOptions', escapes: 0 },
    lines('          </ReprojectionTransformer>', '        </ReprojectTransformer>'),
  ];
}

/** What helps the reader's transformation between two CRSs; empty where there is nothing to help with. */
function reprojectionOptions(source: PlacedRaster, target: WarpTarget): string {
  const options = [
    // Of several operations between two datums, the best one for the place; between CRSs of one datum there is one.
    optionLine('AREA_OF_INTEREST', datumUncertainty(source.crs, target.crs) === 0 ? null : areaOfInterest(source)),
    optionLine('CENTER_LONG', centreLongitude(source, target)),
  ].flat();
  return options.length === 0 ? '' : lines('            <Options>', ...options, '            </Options>');
}

function optionLine(key: string, value: string | null): string[] {
  return value === null ? [] : [`              <Option key="${key}">${value}</Option>`];
}

/** West, south, east, north in degrees; null where the source goes around the Earth. */
function areaOfInterest({ affine, width, height, crs }: PlacedRaster): string | null {
  const bbox = bboxToLonLat(bboxOfRaster(affine, width, height), crs);
  return bbox === null || (bbox[0] === -180 && bbox[2] === 180) ? null : bbox.join(',');
}

/**
 * The longitude, in the source's units, that those of a geographic source are nearest to; null where neither they nor
 * the target's leave -180..180, so that nothing has to be said about turns.
 */
function centreLongitude(source: PlacedRaster, { grid, crs }: WarpTarget): string | null {
  if (source.crs.kind !== 'geographic') return null;
  if (isWithinOneTurn(source) && (crs.kind !== 'geographic' || isWithinOneTurn({ ...grid, crs }))) return null;
  const [west, , east] = bboxOfRaster(source.affine, source.width, source.height);
  return `${(west + east) / 2}`;
}

function isWithinOneTurn({ affine, width, height, crs }: PlacedRaster): boolean {
  const [west, , east] = bboxOfRaster(affine, width, height);
  const halfTurn = Number((Math.PI / crs.unit.factor).toPrecision(12));
  return west >= -halfTurn && east <= halfTurn;
}

/** The affine of a reduced-resolution level; the source's own without one. */
function reduced(
  { affine: [a, b, c, d, e, f], width, height }: PlacedRaster,
  level: { readonly width: number; readonly height: number } | undefined,
): Affine {
  const [across, down] = level === undefined ? [1, 1] : [width / level.width, height / level.height];
  return [a * across, b * down, c, d * across, e * down, f];
}

/** The code of a known CRS without its vertical part: pixel values are not taken for heights. */
function crsText({ code, wkt }: Crs): string {
  return escapeXml(code?.replace(/\+.*/, '') ?? wkt);
}

/** As many digits as it takes to get the same numbers back. */
function affineText(affine: Affine): string {
  return toGeoTransform(affine).join(',');
}

function nodataText(nodata: Nodata): string {
  return typeof nodata === 'bigint' ? `${nodataToJson(nodata)}` : formatG(nodata, 18);
}
