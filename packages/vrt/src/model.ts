import type { ColorEntry, DataType, Nodata } from '@inlay/geo';
import type { SourceTable } from './source-table.ts';
import type { XmlAttribute, XmlElement, XmlNode } from './xml-node.ts';

/**
 * What a VRT document says, as plain data, in GDAL's own names (gdal.org, "VRT -- GDAL Virtual Format", and gdalvrt.xsd).
 * This is the document, not what it means: nothing in it is opened, joined, or checked against anything else.
 *
 * Terminology
 * - **dataset**: a `<VRTDataset>`: the document itself, or one inside of it.
 * - **band**: a `<VRTRasterBand>`; a mask is a band too.
 * - **source**: what paints a rectangle of a band (DstRect, in pixels of the VRT) with one of a raster (SrcRect, in
 *   pixels of that raster). Sources paint in document order: the last is on top.
 * - **others**: what has no property here: elements unknown to this version, twins, and what is written in a form
 *   that has no value here, such as `<NoDataValue>many</NoDataValue>`. They keep their order, and so does what they
 *   mean to GDAL: an element that comes after another of its name is never read into a property.
 *
 * A null property means that the document does not have the element or attribute, and an empty list the same.
 */
export interface VrtDataset extends Others {
  readonly rasterXSize: number | null;
  readonly rasterYSize: number | null;
  /** `VRTWarpedDataset`, `VRTPansharpenedDataset`, `VRTProcessedDataset`, or null for a plain one. */
  readonly subClass: string | null;
  readonly srs: Srs | null;
  /** GDAL order: x of the left edge, x per column, x per row, y of the top edge, y per column, y per row. */
  readonly geoTransform: readonly number[] | null;
  readonly gcpList: GcpList | null;
  readonly metadata: readonly Metadata[];
  readonly blockXSize: number | null;
  readonly blockYSize: number | null;
  /** `bands[0]` is band 1, whatever its `band` attribute says: GDAL counts. */
  readonly bands: readonly VrtBand[];
  readonly maskBand: VrtBand | null;
  readonly overviewList: OverviewList | null;
  /** Of a warped dataset: what is warped, and how. */
  readonly gdalWarpOptions: XmlElement | null;
  /** Of a pansharpened dataset: its bands' files and the algorithm. */
  readonly pansharpeningOptions: XmlElement | null;
  /** Of a processed dataset: the file or the VRT that goes in. */
  readonly input: XmlElement | null;
  /** Of a processed dataset: what is done with it. */
  readonly processingSteps: XmlElement | null;
}

/** What is kept as it was; see {@link VrtDataset}. */
export interface Others {
  readonly otherAttributes: readonly XmlAttribute[];
  readonly others: readonly XmlNode[];
}

export interface Srs {
  /** WKT, `EPSG:n`, or what else GDAL accepts. */
  readonly text: string;
  /** Which axis of the CRS (1-based, negative for reversed) x, y and z are; null is GDAL's default for the CRS. */
  readonly dataAxisToSRSAxisMapping: readonly number[] | null;
  /** Decimal year. */
  readonly coordinateEpoch: number | null;
}

export interface GcpList extends Others {
  /** CRS of X and Y. */
  readonly projection: string | null;
  readonly dataAxisToSRSAxisMapping: readonly number[] | null;
  readonly coordinateEpoch: number | null;
  readonly gcps: readonly Gcp[];
}

/** Pixel and Line count from the corner of the first pixel. */
export interface Gcp {
  readonly id: string | null;
  readonly info: string | null;
  readonly pixel: number;
  readonly line: number;
  readonly x: number;
  readonly y: number;
  readonly z: number | null;
}

/** One metadata domain. RPCs are the items of domain `RPC`. */
export interface Metadata {
  /** Null is the default domain. */
  readonly domain: string | null;
  /** `xml`, `json`, or null for items. */
  readonly format: string | null;
  readonly items: readonly MetadataItem[];
  /** What stands in the domain instead of items: the XML of an `xml:` domain, the text of a `json:` one. */
  readonly content: readonly XmlNode[];
}

export interface MetadataItem {
  readonly key: string;
  /** Null where there is no text: GDAL ignores such an item. */
  readonly value: string | null;
}

/** Reduced-resolution levels that are composed when read. */
export interface OverviewList {
  readonly resampling: string | null;
  /** Decimation factors. */
  readonly factors: readonly number[];
}

export interface VrtBand extends Others {
  readonly dataType: DataType | null;
  readonly band: number | null;
  readonly blockXSize: number | null;
  readonly blockYSize: number | null;
  /** `VRTDerivedRasterBand`, `VRTWarpedRasterBand`, `VRTRawRasterBand`, ..., or null for a plain one. */
  readonly subClass: string | null;
  readonly metadata: readonly Metadata[];
  readonly description: string | null;
  /** A bigint in Int64 and UInt64 bands, and only there. */
  readonly noDataValue: Nodata | null;
  readonly hideNoDataValue: boolean | null;
  readonly unitType: string | null;
  /** value = offset + scale * stored. */
  readonly offset: number | null;
  readonly scale: number | null;
  readonly colorInterp: string | null;
  /** Name of the pixel value that is its index. */
  readonly categoryNames: readonly string[] | null;
  readonly histograms: readonly Histogram[] | null;
  readonly colorTable: readonly ColorEntry[] | null;
  readonly gdalRasterAttributeTable: XmlElement | null;
  readonly overviews: readonly Overview[];
  readonly maskBand: VrtBand | null;
  readonly pixelFunctionType: string | null;
  readonly pixelFunctionLanguage: string | null;
  readonly pixelFunctionCode: string | null;
  readonly pixelFunctionArguments: readonly XmlAttribute[] | null;
  readonly sourceTransferType: DataType | null;
  readonly bufferRadius: number | null;
  readonly skipNonContributingSources: boolean | null;
  /** Of a raw band: the file, and how its bytes are laid out (in bytes). */
  readonly sourceFilename: SourceFilename | null;
  readonly imageOffset: number | null;
  readonly pixelOffset: number | null;
  readonly lineOffset: number | null;
  readonly byteOrder: string | null;
  /** In columns; `sourceAt` and `sourcesOf` give {@link VrtSource}s. */
  readonly sources: SourceTable;
}

export interface Histogram {
  readonly histMin: number;
  readonly histMax: number;
  readonly bucketCount: number;
  readonly includeOutOfRange: boolean;
  readonly approximate: boolean;
  readonly histCounts: readonly number[];
}

/** A file that holds a reduced-resolution level of one band. */
export interface Overview extends Others {
  readonly sourceFilename: SourceFilename | null;
  readonly sourceBand: SourceBand | null;
}

export interface SourceFilename {
  /** What GDAL opens: a path, a `/vsi...` or `PREFIX:...` name, or the text of a whole VRT. */
  readonly filename: string;
  /** Whether a relative name counts from the folder of the VRT, and not from the working directory. */
  readonly relativeToVRT: boolean | null;
  readonly shared: boolean | null;
}

/** 1-based; as text for masks: `mask` (of band 1) or `mask,n`. */
export type SourceBand = number | string;

/** An element of a band that paints, known to this version or not: all whose name ends with `Source`. */
export interface VrtSource extends Others {
  /** `SimpleSource`, `ComplexSource`, `AveragedSource`, `KernelFilteredSource`, `NoDataFromMaskSource`, ... */
  readonly type: string;
  /** How expressions call it. */
  readonly name: string | null;
  readonly resampling: string | null;
  readonly sourceFilename: SourceFilename | null;
  /** A VRT in place of a file. */
  readonly vrtDataset: VrtDataset | null;
  readonly openOptions: readonly MetadataItem[] | null;
  readonly sourceBand: SourceBand | null;
  readonly sourceProperties: SourceProperties | null;
  readonly srcRect: SrcRect | null;
  readonly dstRect: DstRect | null;
  readonly useMaskBand: boolean | null;
  /** A bigint where a double cannot hold it. */
  readonly nodata: Nodata | null;
  readonly scaleOffset: number | null;
  readonly scaleRatio: number | null;
  /** 1-based: 1 to 4 for red, green, blue, alpha. */
  readonly colorTableComponent: number | null;
  readonly exponent: number | null;
  readonly srcMin: number | null;
  readonly srcMax: number | null;
  readonly dstMin: number | null;
  readonly dstMax: number | null;
  /** Source value and what it becomes, ascending. */
  readonly lut: readonly (readonly [source: number, output: number])[] | null;
  readonly kernel: Kernel | null;
  readonly maskValueThreshold: number | null;
  readonly remappedValue: number | null;
}

/** What GDAL before 3.4 took from here instead of opening the file. */
export interface SourceProperties {
  readonly rasterXSize: number;
  readonly rasterYSize: number;
  readonly dataType: DataType;
  readonly blockXSize: number;
  readonly blockYSize: number;
}

/** Pixels of the source, possibly fractional. */
export interface SrcRect {
  readonly xOff: number;
  readonly yOff: number;
  readonly xSize: number;
  readonly ySize: number;
}

/** Pixels of the VRT, possibly fractional. */
export type DstRect = SrcRect;

export interface Kernel {
  readonly normalized: boolean | null;
  readonly size: number;
  /** Row by row; length = size * size, or size for a separable kernel. */
  readonly coefs: readonly number[];
}
