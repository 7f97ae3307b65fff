/** What the text of a VRT says, cut up for comparison. Made for documents that GDAL's writer or ours wrote. */
export interface VrtText {
  readonly size: string;
  /** Empty where there is none. */
  readonly geoTransform: string;
  /** Everything between the GeoTransform and the end, source names as base names, statistics and units left out. */
  readonly rest: string;
}

/** Cuts the text of a VRT up; throws where it is no VRT. */
export function readVrtText(xml: string): VrtText {
  const size = /^<VRTDataset (rasterXSize="\d+" rasterYSize="\d+")>/.exec(xml)?.[1];
  const geoTransform = /<GeoTransform>(.*)<\/GeoTransform>\n/.exec(xml);
  const firstBand = xml.indexOf('  <VRTRasterBand');
  if (size === undefined) throw new Error(`not a VRT: ${xml.slice(0, 200)}`);
  return {
    size,
    geoTransform: geoTransform?.[1] ?? '',
    rest: (firstBand === -1 ? '</VRTDataset>' : xml.slice(firstBand))
      .replace(/<SourceFilename relativeToVRT="\d"( shared="\d")?>(?:[^<]*\/)?([^</]*)</g, '<SourceFilename>$2<')
      .replace(/^ *<MDI key="STATISTICS_.*\n/gm, '')
      .replace(/^ *<UnitType>.*\n/gm, '')
      .replace(/^ *<Metadata>\n *<\/Metadata>\n/gm, '')
      .trimEnd(),
  };
}
