import type { ColorEntry, ColorInterp, Crs, DataType, Nodata, PixelGrid, RasterProfile } from '@inlay/geo';
import type { Resampling } from './plan-options.ts';
import type { VrtKind } from './problem.ts';
import type { PlacedRaster } from './warp-extent.ts';
import type { WarpTarget } from './warp-placement.ts';

/**
 * A virtual raster as plain data: decided, not yet written.
 *
 * Terminology
 * - **source**: an input raster, known by its position in the order sent.
 * - **placement**: a source that lies in the output, with the rectangle it is read from (SrcRect) and the one it
 *   fills (DstRect). Placements stand in document order, and readers paint in that order: the last is on top. A source
 *   that crosses both ends of an output around the Earth has two.
 * - **warped source**: a source that the document makes over to the output's CRS and grid, and reads that instead.
 * - **variant**: the number that picks, in each output band, how a placement is read. In a mosaic there is one per
 *   distinct layout; what depends on the layout alone is stored once per variant, never per source.
 */
export interface VrtPlan<KnownCrs extends Crs | null = Crs> {
  readonly kind: VrtKind;
  readonly grid: PixelGrid;
  /** False for a stack of rasters that lie nowhere: its grid counts pixels from the top-left corner, downwards. */
  readonly isGeoreferenced: boolean;
  /** Null only where sources without a CRS were accepted ({@link CompatibleOptions}). */
  readonly crs: KnownCrs;
  /** Metadata items of the whole dataset. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `bands[0]` is band 1. */
  readonly bands: readonly VrtBandPlan[];
  /** The validity mask of the whole dataset; null where the bands' own nodata or alpha is all there is. */
  readonly mask: BandSources | null;
  /** Reduced-resolution levels that readers can compose of the sources' own: factors 2, 4, 8, ..., ascending. */
  readonly overviewDecimations: readonly number[];
  /** Overrules what readers ask for; null where it does not. */
  readonly resampling: Resampling | null;
  /** The first GDAL that reads all bands as they are meant; null where every GDAL from 3.6 on does. */
  readonly requiresGdal: GdalVersion | null;
  readonly placements: Placements;
  /** How sources are warped before they are placed; null where none is. */
  readonly warp: WarpPlan | null;
}

/** The sources that are warped, and what to. */
export interface WarpPlan {
  /** Every warped source has the whole of this grid: its SrcRects count pixels of it. */
  readonly target: WarpTarget;
  readonly resampling: WarpResampling;
  /** By position in the order sent; sources that are not in it are read as they are. */
  readonly sources: ReadonlyMap<number, WarpedSource>;
}

/** How a warped raster finds the pixels between the source's. */
export type WarpResampling = Exclude<Resampling, 'gauss'>;

/** What is warped. */
export interface WarpedSource {
  /** Of the source as it is. */
  readonly profile: RasterProfile & PlacedRaster;
  /** The source's reduced-resolution level to warp from, 0-based; null for full resolution. */
  readonly overviewLevel: number | null;
}

/** Versions of GDAL, after 3.6, that brought something which plans may need. */
export type GdalVersion = '3.7' | '3.8' | '3.9' | '3.11' | '3.12';

/** The placed sources in columns. `count` of them; rectangles are `[xOff, yOff, xSize, ySize]`, four numbers each. */
export interface Placements {
  readonly count: number;
  /**
   * Position in the order sent, 0-based; ascending unless the options ask for another paint order, and repeated where a
   * source is placed more than once.
   */
  readonly sourceIndex: Int32Array;
  readonly variant: Int32Array;
  /** Full size of the source in pixels; of the grid that it is warped to, where it is. */
  readonly sourceWidth: Int32Array;
  readonly sourceHeight: Int32Array;
  /** In pixels of the source, possibly fractional; length = 4 * count. */
  readonly srcRects: Float64Array;
  /** In pixels of the output, possibly fractional; length = 4 * count. */
  readonly dstRects: Float64Array;
}

/** Which placements a band is made of, and how each is read. */
export interface BandSources {
  /** The band's placements are `firstPlacement` (0-based) and the `placementCount - 1` after it. */
  readonly firstPlacement: number;
  readonly placementCount: number;
  /** By variant. */
  readonly reads: readonly SourceRead[];
}

/** An output band. Null means that the element is not written. */
export interface VrtBandPlan extends BandSources {
  readonly dataType: DataType;
  readonly nodata: Nodata | null;
  /** Readers fill with the nodata value, but are not told that it means that. */
  readonly hideNodata: boolean;
  readonly colorInterp: ColorInterp | null;
  readonly colorTable: readonly ColorEntry[] | null;
  /** value = offset + scale * stored. */
  readonly scale: number | null;
  readonly offset: number | null;
  readonly unit: string | null;
  readonly description: string | null;
  readonly categories: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** What makes one value of all sources' values; null where the topmost source counts. */
  readonly pixelFunction: PixelFunction | null;
}

/** A pixel function of GDAL's (gdal.org, "VRT -- Derived bands"). */
export interface PixelFunction {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string>>;
  /** What the sources' values are converted to before it sees them. */
  readonly transferType: DataType;
}

/** How one output band takes its pixels from the sources of one variant. */
export interface SourceRead {
  /** 1-based; `mask` is the validity mask of band 1. */
  readonly sourceBand: number | 'mask';
  readonly dataType: DataType;
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** Pixels of this value leave what lies below; null where no value does. */
  readonly nodata: Nodata | null;
  /** Pixels that the source's mask or alpha band calls invalid leave what lies below. */
  readonly useMask: boolean;
  /**
   * The source's alpha band (1-based) that is the mask, where the file itself says that nodata is: readers then see a
   * raster of two bands in place of the file. Null where the file's own mask is the right one.
   */
  readonly alphaBand: number | null;
  /** Every pixel has this value, whatever the source's; null where they have their own. */
  readonly constant: number | null;
  /** Pixels whose mask is no greater than this become `nodata`; null where `nodata` means what the pixels mean. */
  readonly maskThreshold: number | null;
}
