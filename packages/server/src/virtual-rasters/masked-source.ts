import type { RasterLayout } from '@inlay/geo';
import { escapeFileName } from '@inlay/vrt';

/** A raster whose mask is a file of its own, and where both are read from. */
export interface MaskedSource {
  readonly width: number;
  readonly height: number;
  readonly layout: RasterLayout;
  readonly rasterName: string;
  readonly maskName: string;
}

/**
 * A raster together with its mask file, as the text of a VRT that stands in `<SourceFilename>` in place of the raster's
 * name (gdal.org, "VRT -- GDAL Virtual Format": a SourceFilename may be XML; read alike by GDAL 3.6 and 3.13, in a `<SourceDataset>` too). GDAL finds
 * a `.msk` by looking beside the raster, which over HTTP it does not do with GDAL_DISABLE_READDIR_ON_OPEN=EMPTY_DIR, as
 * is usual there: without this every masked pixel would count as valid.
 */
export function maskedSourceXml(source: MaskedSource): string {
  const { width, height, layout, rasterName, maskName } = source;
  const rect = `xOff="0" yOff="0" xSize="${width}" ySize="${height}"`;
  const simpleSource = (filename: string, band: number): string =>
    `<SimpleSource><SourceFilename relativeToVRT="0">${escapeFileName(filename)}</SourceFilename>` +
    `<SourceBand>${band}</SourceBand><SrcRect ${rect}/><DstRect ${rect}/></SimpleSource>`;
  const bands = layout.bands.map(
    ({ dataType, colorInterp }, bandOffset) =>
      `<VRTRasterBand dataType="${dataType}" band="${bandOffset + 1}"><ColorInterp>${colorInterp}</ColorInterp>` +
      `${simpleSource(rasterName, bandOffset + 1)}</VRTRasterBand>`,
  );
  return (
    `<VRTDataset rasterXSize="${width}" rasterYSize="${height}">${bands.join('')}` +
    `<MaskBand><VRTRasterBand dataType="Byte">${simpleSource(maskName, 1)}</VRTRasterBand></MaskBand></VRTDataset>`
  );
}
