import { type ColorEntry, type Crs, nodataToJson, type Nodata, toGeoTransform } from '@inlay/geo';
import { formatG, formatGeoTransformTerm, formatPixels } from './number-format.ts';
import { overviewElements, type OverviewLinks } from './overview-links.ts';
import type { BandSources, PixelFunction, Placements, SourceRead, VrtBandPlan, VrtPlan } from './plan.ts';
import type { Resampling } from './plan-options.ts';
import { maskedByAlpha } from './masked-by-alpha.ts';
import { inlineWarper } from './warped-source.ts';
import { escapeFileName, escapeXml } from './xml-text.ts';

/** How the document refers to a source's file. */
export interface SourceFile {
  /** What GDAL is to open: a path, a `/vsi...` name, or a path relative to the folder that the VRT is in. */
  readonly filename: string;
  readonly relativeToVrt: boolean;
}

/** Chunks are a little larger than this many UTF-16 units. */
const CHUNK_LENGTH = 32_768;

/**
 * The plan as a VRT document (gdal.org, "VRT -- GDAL Virtual Format"), in chunks of some ten kilobytes, so that a
 * document of any size is never held whole. Elements and numbers are as GDAL 3.13 writes them.
 *
 * A warped source is a document of its own, on one line, as the text of `<SourceFilename>`: there, the source's name
 * stands in `<SourceDataset>`, and where the source needs a mask once more in a document within that document. A name
 * without markup is written as it is, wherever it stands, so that it can be found and replaced in the written text. What
 * replaces it has to be escaped once more often than the tag that follows it: once before `</SourceFilename>`, twice
 * before `&lt;/SourceDataset&gt;`, three times before `&amp;lt;/SourceDataset&amp;gt;`.
 *
 * @param sourceFile file of a source, by its position in the order sent; called once per band that it is in
 * @param overviews levels that are rendered; the document then has both their elements and an `<OverviewList>`, of which
 *   readers look at the list only where the elements are taken out
 * @throws {VrtError} `vrt/unwritable-file-name`
 */
export function* writeVrt(
  plan: VrtPlan<Crs | null>,
  sourceFile: (sourceIndex: number) => SourceFile,
  overviews: OverviewLinks | null = null,
): Generator<string> {
  let chunk = '';
  for (const piece of pieces(plan, sourceFile, overviews)) {
    chunk += piece;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

function* pieces(
  plan: VrtPlan<Crs | null>,
  sourceFile: (sourceIndex: number) => SourceFile,
  overviews: OverviewLinks | null,
): Generator<string> {
  const { grid, crs, placements } = plan;
  const nameOf = sourceNames(plan, sourceFile);
  const linked = (band: number | 'mask', indent: string): string =>
    overviews === null
      ? ''
      : overviewElements(plan, overviews, band, indent, (level) => [...pieces(level, sourceFile, null)].join(''));
  yield `<VRTDataset rasterXSize="${grid.width}" rasterYSize="${grid.height}">\n`;
  if (crs !== null) {
    yield `  <SRS dataAxisToSRSAxisMapping="${axisMapping(crs)}">${escapeXml(crs.code ?? crs.wkt)}</SRS>\n`;
  }
  if (plan.isGeoreferenced) {
    const terms = toGeoTransform(grid.affine).map(formatGeoTransformTerm);
    yield `  <GeoTransform>${terms.join(',')}</GeoTransform>\n`;
  }
  yield metadataElement(plan.metadata, '  ');
  for (const [bandOffset, band] of plan.bands.entries()) {
    const subClass = band.pixelFunction === null ? '' : ' subClass="VRTDerivedRasterBand"';
    yield `  <VRTRasterBand dataType="${band.dataType}" band="${bandOffset + 1}"${subClass}>\n`;
    yield bandElements(band);
    yield linked(bandOffset + 1, '    ');
    yield* sourceElements(band, placements, (read) => bandResampling(read, plan), nameOf, '    ');
    if (band.pixelFunction !== null) yield pixelFunctionElements(band.pixelFunction);
    yield '  </VRTRasterBand>\n';
  }
  if (plan.mask !== null) {
    yield '  <MaskBand>\n    <VRTRasterBand dataType="Byte">\n';
    yield linked('mask', '      ');
    yield* sourceElements(plan.mask, placements, () => plan.resampling, nameOf, '      ');
    yield '    </VRTRasterBand>\n  </MaskBand>\n';
  }
  if (plan.overviewDecimations.length > 0) {
    yield `  <OverviewList resampling="${plan.resampling ?? 'nearest'}">${plan.overviewDecimations.join(' ')}</OverviewList>\n`;
  }
  yield '</VRTDataset>\n';
}

/** A compound CRS has the height for a third axis. */
function axisMapping({ axisMapping, code, wkt }: Crs): string {
  const isCompound = code?.includes('+') ?? wkt.startsWith('COMPD_CS');
  return isCompound ? `${axisMapping},3` : axisMapping;
}

/** Nothing where there are no items. */
function metadataElement(metadata: Readonly<Record<string, string>>, indent: string): string {
  const items = Object.entries(metadata);
  if (items.length === 0) return '';
  // GDAL sorts the items; a fixed order also makes equal plans equal documents.
  const lines = items
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${indent}  <MDI key="${escapeXml(key)}">${escapeXml(value)}</MDI>\n`);
  return `${indent}<Metadata>\n${lines.join('')}${indent}</Metadata>\n`;
}

/** What describes a band, in the order that GDAL writes it in. */
function bandElements(band: VrtBandPlan): string {
  const indent = '    ';
  let xml = '';
  const element = (name: string, text: string | null) => {
    if (text !== null) xml += `${indent}<${name}>${text}</${name}>\n`;
  };
  xml += metadataElement(band.metadata, indent);
  element('Description', band.description && escapeXml(band.description));
  element('NoDataValue', band.nodata === null ? null : nodataText(band.nodata));
  element('HideNoDataValue', band.hideNodata ? '1' : null);
  element('UnitType', band.unit && escapeXml(band.unit));
  element('Offset', band.offset === null ? null : formatG(band.offset, 16));
  element('Scale', band.scale === null ? null : formatG(band.scale, 16));
  element('ColorInterp', band.colorInterp === 'Undefined' ? null : band.colorInterp);
  if (band.categories !== null) {
    const lines = band.categories.map((category) => `${indent}  <Category>${escapeXml(category)}</Category>\n`);
    xml += `${indent}<CategoryNames>\n${lines.join('')}${indent}</CategoryNames>\n`;
  }
  if (band.colorTable !== null) {
    xml += `${indent}<ColorTable>\n${band.colorTable.map((entry) => colorEntry(entry, indent)).join('')}${indent}</ColorTable>\n`;
  }
  return xml;
}

function colorEntry([r, g, b, a]: ColorEntry, indent: string): string {
  return `${indent}  <Entry c1="${r}" c2="${g}" c3="${b}" c4="${a}" />\n`;
}

/** What follows a derived band's sources. Each source is left out of the call where it has no pixels (GDAL 3.12). */
function pixelFunctionElements({ name, arguments: values, transferType }: PixelFunction): string {
  const indent = '    ';
  const attributes = Object.entries(values).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  return (
    `${indent}<PixelFunctionType>${escapeXml(name)}</PixelFunctionType>\n` +
    (attributes.length === 0 ? '' : `${indent}<PixelFunctionArguments${attributes.join('')} />\n`) +
    `${indent}<SourceTransferType>${transferType}</SourceTransferType>\n` +
    `${indent}<SkipNonContributingSources>true</SkipNonContributingSources>\n`
  );
}

/** `%.18g`, and 64-bit integers exactly, where gdalbuildvrt would round them to doubles. */
function nodataText(nodata: Nodata): string {
  return typeof nodata === 'bigint' ? `${nodataToJson(nodata)}` : formatG(nodata, 18);
}

/** What names a source. */
interface SourceName {
  /** Of the element, escaped. */
  readonly text: string;
  readonly isRelative: boolean;
}

/** Names the source of a placement. */
type SourceNames = (sourceIndex: number, placement: number, wrap: SourceTemplate['wrap']) => SourceName;

function sourceNames({ warp }: VrtPlan<Crs | null>, sourceFile: (sourceIndex: number) => SourceFile): SourceNames {
  const inline = warp === null ? null : inlineWarper(warp);
  return (sourceIndex, placement, wrap) => {
    const file = sourceFile(sourceIndex);
    const warped = warp?.sources.get(sourceIndex);
    if (warped === undefined || inline === null) {
      const { filename, relativeToVrt } = wrap === null ? file : wrap(file, placement);
      return { text: escapeFileName(filename), isRelative: relativeToVrt };
    }
    if (wrap !== null) throw new TypeError('a warped source is masked by what warping makes of its alpha');
    return { text: inline(warped, file), isRelative: false };
  };
}

function* sourceElements(
  band: BandSources,
  placements: Placements,
  resamplingOf: (read: SourceRead) => Resampling | null,
  nameOf: SourceNames,
  indent: string,
): Generator<string> {
  const templates = band.reads.map((read) => sourceTemplate(read, resamplingOf(read), placements, indent));
  const { sourceIndex, variant, sourceWidth, sourceHeight, srcRects, dstRects } = placements;
  const end = band.firstPlacement + band.placementCount;
  for (let placement = band.firstPlacement; placement < end; placement += 1) {
    const index = sourceIndex[placement];
    const template = templates[variant[placement] ?? -1];
    if (index === undefined || template === undefined) {
      throw new RangeError(`placement ${placement} is not among the plan's ${placements.count}, or has no read`);
    }
    const { text, isRelative } = nameOf(index, placement, template.wrap);
    yield (
      `${template.open}<SourceFilename relativeToVRT="${isRelative ? 1 : 0}">${text}` +
        `${template.band}${sourceWidth[placement]}" RasterYSize="${sourceHeight[placement]}${template.properties}` +
        `${rectAttributes(srcRects, placement)}${template.rects}${rectAttributes(dstRects, placement)}${template.close}`
    );
  }
}

/** Masks and constants that make up an alpha band are not resampled like colours (gdalbuildvrt). */
function bandResampling({ sourceBand, constant }: SourceRead, { resampling }: VrtPlan<Crs | null>): Resampling | null {
  return sourceBand === 'mask' || constant !== null ? null : resampling;
}

/** The text of a source element that does not depend on the single source, cut where what does is put in. */
interface SourceTemplate {
  /** Makes what is read of the source's file; null where that is the file. */
  readonly wrap: ((file: SourceFile, placement: number) => SourceFile) | null;
  readonly open: string;
  readonly band: string;
  readonly properties: string;
  readonly rects: string;
  readonly close: string;
}

function sourceTemplate(
  read: SourceRead,
  resampling: Resampling | null,
  { sourceWidth, sourceHeight }: Placements,
  indent: string,
): SourceTemplate {
  const { alphaBand } = read;
  const name = elementName(read);
  const sourceBand = read.sourceBand === 'mask' ? 'mask,1' : alphaBand === null ? read.sourceBand : 1;
  const inner = `${indent}  `;
  const attribute = resampling === null ? '' : ` resampling="${resampling}"`;
  return {
    wrap:
      alphaBand === null
        ? null
        : (file, placement) => {
            const size = { width: sourceWidth[placement] ?? NaN, height: sourceHeight[placement] ?? NaN };
            return maskedByAlpha(file, size, read, alphaBand);
          },
    open: `${indent}<${name}${attribute}>\n${inner}`,
    band: `</SourceFilename>\n${inner}<SourceBand>${sourceBand}</SourceBand>\n${inner}<SourceProperties RasterXSize="`,
    properties: `" DataType="${read.dataType}" BlockXSize="${read.blockWidth}" BlockYSize="${read.blockHeight}" />\n${inner}<SrcRect `,
    rects: ` />\n${inner}<DstRect `,
    close: ` />\n${readElements(read, inner)}${indent}</${name}>\n`,
  };
}

/** A source whose pixels are drawn as they are is a SimpleSource, which readers copy without looking at them. */
function elementName({ nodata, useMask, constant, maskThreshold }: SourceRead): string {
  if (maskThreshold !== null) return 'NoDataFromMaskSource';
  return nodata === null && !useMask && constant === null ? 'SimpleSource' : 'ComplexSource';
}

/** What is done with a source's pixels, in the order that GDAL writes it in. */
function readElements({ nodata, useMask, constant, maskThreshold }: SourceRead, indent: string): string {
  let xml = '';
  if (maskThreshold !== null)
    xml += `${indent}<MaskValueThreshold>${formatG(maskThreshold, 17)}</MaskValueThreshold>\n`;
  if (useMask) xml += `${indent}<UseMaskBand>true</UseMaskBand>\n`;
  if (nodata !== null) xml += `${indent}<NODATA>${nodataText(nodata)}</NODATA>\n`;
  // value = offset + ratio * pixel: with a ratio of 0 no reader looks at the pixels.
  if (constant !== null) {
    xml += `${indent}<ScaleOffset>${constant}</ScaleOffset>\n${indent}<ScaleRatio>0</ScaleRatio>\n`;
  }
  return xml;
}

function rectAttributes(rects: Float64Array, placement: number): string {
  const at = 4 * placement;
  const [xOff = NaN, yOff = NaN, xSize = NaN, ySize = NaN] = [rects[at], rects[at + 1], rects[at + 2], rects[at + 3]];
  return `xOff="${formatPixels(xOff)}" yOff="${formatPixels(yOff)}" xSize="${formatPixels(xSize)}" ySize="${formatPixels(ySize)}"`;
}
