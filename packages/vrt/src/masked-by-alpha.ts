import type { SourceRead } from './plan.ts';
import type { SourceFile } from './write.ts';
import { escapeFileName } from './xml-text.ts';

/**
 * The band of a file that is read, and the file's alpha band, as a raster of these two bands without nodata, so that alpha
 * is what masks them: a document in place of a file name, whose relative names count from the outer document's folder. In
 * the file itself nodata masks its bands, whatever a VRT says: readers ask the file, and there nodata comes before alpha
 * (GDALRasterBand::GetMaskFlags). Of an alpha band it is a raster of that one band.
 */
export function maskedByAlpha(
  { filename, relativeToVrt }: SourceFile,
  { width, height }: { readonly width: number; readonly height: number },
  { sourceBand, dataType }: Pick<SourceRead, 'sourceBand' | 'dataType'>,
  alphaBand: number,
): SourceFile {
  const rect = `xOff="0" yOff="0" xSize="${width}" ySize="${height}"`;
  const name = `<SourceFilename relativeToVRT="${relativeToVrt ? 1 : 0}">${escapeFileName(filename)}</SourceFilename>`;
  const band = (number: number, from: SourceRead['sourceBand']) =>
    `<VRTRasterBand dataType="${dataType}" band="${number}">` +
    (from === alphaBand ? '<ColorInterp>Alpha</ColorInterp>' : '') +
    `<SimpleSource>${name}<SourceBand>${from}</SourceBand><SrcRect ${rect}/><DstRect ${rect}/></SimpleSource>` +
    '</VRTRasterBand>';
  const bands = sourceBand === alphaBand ? band(1, alphaBand) : band(1, sourceBand) + band(2, alphaBand);
  const document = `<VRTDataset rasterXSize="${width}" rasterYSize="${height}">${bands}</VRTDataset>`;
  return { filename: document, relativeToVrt: false };
}
