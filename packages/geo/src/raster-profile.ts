import type { Affine } from './affine.ts';
import type { Crs } from './crs.ts';
import type { DataType } from './data-type.ts';
import { type Nodata, type NodataJson, nodataFromJson, nodataToJson } from './nodata.ts';

/** GDAL's colour interpretation names, as `gdalinfo` prints them. */
export const COLOR_INTERPS = [
  'Undefined',
  'Gray',
  'Palette',
  'Red',
  'Green',
  'Blue',
  'Alpha',
  'Hue',
  'Saturation',
  'Lightness',
  'Cyan',
  'Magenta',
  'Yellow',
  'Black',
  'YCbCr_Y',
  'YCbCr_Cb',
  'YCbCr_Cr',
  'Pan',
  'Coastal',
  'RedEdge',
  'NIR',
  'SWIR',
  'MWIR',
  'LWIR',
  'TIR',
  'OtherIR',
  'SAR_Ka',
  'SAR_K',
  'SAR_Ku',
  'SAR_X',
  'SAR_C',
  'SAR_S',
  'SAR_L',
  'SAR_P',
] as const;

export type ColorInterp = (typeof COLOR_INTERPS)[number];

/** Red, green, blue, alpha, each 0..255. */
export type ColorEntry = readonly [r: number, g: number, b: number, a: number];

/** GDAL's mask flags (GDALRasterBand::GetMaskFlags), as the bits of {@link BandProfile.maskFlags}. */
export const MASK_ALL_VALID = 1;
export const MASK_PER_DATASET = 2;
export const MASK_ALPHA = 4;
export const MASK_NODATA = 8;

/** Statistics of a band's valid pixels. */
export interface BandStatistics {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly stddev: number;
  /** Share of pixels that are valid, 0..100; null where unknown. */
  readonly validPercent: number | null;
  /** Computed from a reduced-resolution level or composed from members, not from every pixel. */
  readonly approximate: boolean;
}

/** One band's facts. Bands are 1-based everywhere outside an array: `bands[0]` is band 1. */
export interface BandProfile {
  readonly dataType: DataType;
  /** Significant bits where fewer than the type has (GDAL `NBITS`), else null. */
  readonly nbits: number | null;
  /** The band's natural block (tile, or strip), in pixels. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly nodata: Nodata | null;
  readonly colorInterp: ColorInterp;
  /** All entries of the palette; null without one. */
  readonly colorTable: readonly ColorEntry[] | null;
  /** value = offset + scale * stored; null where the file does not say. */
  readonly scale: number | null;
  readonly offset: number | null;
  readonly unit: string | null;
  readonly description: string | null;
  readonly categories: readonly string[] | null;
  /** Default-domain metadata items of the band, statistics left out. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Bits {@link MASK_ALL_VALID}, {@link MASK_PER_DATASET}, {@link MASK_ALPHA}, {@link MASK_NODATA}. */
  readonly maskFlags: number;
}

/** A reduced-resolution level, size in pixels. */
export interface OverviewProfile {
  readonly width: number;
  readonly height: number;
  /** `sidecar`: in the `.ovr` file beside the raster. */
  readonly location: 'internal' | 'sidecar';
}

/** A per-dataset validity mask stored beside the pixels. */
export interface MaskProfile {
  /** `sidecar`: in the `.msk` file beside the raster. */
  readonly location: 'internal' | 'sidecar';
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly overviews: readonly OverviewProfile[];
}

/** How the file stores its pixels: what reading plans need and what tells whether it is quick to serve. */
export interface StorageProfile {
  readonly bigTiff: boolean;
  readonly tiled: boolean;
  readonly interleave: 'PIXEL' | 'BAND';
  /** GDAL's name (`DEFLATE`, `LZW`, `JPEG`, ...), null where uncompressed. */
  readonly compression: string | null;
  /** TIFF predictor: 1 none, 2 horizontal, 3 floating point. */
  readonly predictor: 1 | 2 | 3;
  /** Has blocks that are not stored (offset and size 0). */
  readonly sparse: boolean;
}

/**
 * What the tiles of one product have in common: everything a virtual raster needs of a source except its place,
 * size and statistics. Catalogues store it once per distinct value ({@link layoutToJson}), and comparing two
 * sources' layouts is comparing two references or keys.
 */
export interface RasterLayout {
  readonly bands: readonly BandProfile[];
  readonly mask: MaskProfile | null;
  /** Finest first. */
  readonly overviews: readonly OverviewProfile[];
  readonly storage: StorageProfile;
  /** Default-domain metadata of the dataset, AREA_OR_POINT left out. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly areaOrPoint: 'Area' | 'Point' | null;
}

/**
 * The facts of one raster without its pixels: all that assembling a virtual raster needs, so that the file is
 * never opened again. Where `.msk`, `.ovr`, `.aux.xml` or a world file lie beside the raster, what they say is
 * already folded in, with GDAL's precedence.
 */
export interface RasterProfile {
  /** Columns and rows of the full-resolution image. */
  readonly width: number;
  readonly height: number;
  /** Null where the file has no affine georeference; see {@link georeference}. */
  readonly affine: Affine | null;
  /** `gcp`, `rpc`: georeferenced, but by no affine; `none`: not at all. */
  readonly georeference: 'affine' | 'gcp' | 'rpc' | 'none';
  readonly crs: Crs | null;
  readonly layout: RasterLayout;
  /** Statistics the file (or its `.aux.xml`) carries, one per band; null where it carries none. */
  readonly statistics: readonly (BandStatistics | null)[];
}

/** A {@link RasterLayout} in JSON: NaN, infinite and 64-bit nodata values as text. */
export type RasterLayoutJson = Omit<RasterLayout, 'bands'> & {
  readonly bands: readonly (Omit<BandProfile, 'nodata'> & { readonly nodata: NodataJson | null })[];
};

export function layoutToJson(layout: RasterLayout): RasterLayoutJson {
  return {
    ...layout,
    bands: layout.bands.map((band) => ({ ...band, nodata: band.nodata === null ? null : nodataToJson(band.nodata) })),
  };
}

export function layoutFromJson(json: RasterLayoutJson): RasterLayout {
  return {
    ...json,
    bands: json.bands.map((band) => ({ ...band, nodata: band.nodata === null ? null : nodataFromJson(band.nodata) })),
  };
}
