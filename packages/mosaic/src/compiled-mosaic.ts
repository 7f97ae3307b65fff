import type { Affine, ColorInterp, Crs, DataType, Nodata, PixelGrid } from '@inlay/geo';
import type { PixelFunction, Resampling } from '@inlay/vrt';
import type Flatbush from 'flatbush';
import type { Size } from './lattice.ts';
import type { WarpKernel } from './warp-sampler.ts';

/**
 * A virtual raster made ready for reading: what its plan says, in columns, with an index of where placements lie. It
 * never changes, and all of it but a little header lies in one buffer, which can be stored and opened again, or be
 * shared with worker threads.
 *
 * Terminology
 * - **placement**, **variant**: as in `VrtPlan`. Placements stand in document order, the last is on top. Variants that
 *   are read alike are one here.
 * - **source**: known by its position in the order sent, `sourceIndex`; what that is to the caller is its id.
 * - **traits**: what reading a source needs to know of its bands; stored once for all sources that have them in common.
 * - **overview set**: the sizes of a raster's reduced-resolution levels.
 */
export interface CompiledMosaic {
  /** The whole mosaic: {@link openCompiledMosaic} makes one of these of it again. */
  readonly bytes: ArrayBuffer | SharedArrayBuffer;
  readonly grid: PixelGrid;
  /** Null where the plan has none. */
  readonly crs: Crs | null;
  /** `bands[0]` is band 1. */
  readonly bands: readonly MosaicBand[];
  /** The mask of the whole dataset; null where there is none. */
  readonly mask: BandReads | null;
  /** Overrules what readers ask for; null where it does not. */
  readonly resampling: Resampling | null;
  readonly placements: PlacementColumns;
  readonly sources: SourceColumns;
  readonly traits: readonly SourceTraits[];
  /** Null where no source is in another CRS or orientation. */
  readonly warp: WarpColumns | null;
  /** By the outermost whole pixels of DstRects; null where there are no placements. */
  readonly index: Flatbush | null;
}

/** Rectangles are `[xOff, yOff, xSize, ySize]`, four numbers each. */
export interface PlacementColumns {
  readonly count: number;
  readonly sourceIndex: Int32Array;
  readonly variant: Int32Array;
  /** In pixels of the source; length = 4 * count. */
  readonly srcRects: Float64Array;
  /** In pixels of the output; length = 4 * count. */
  readonly dstRects: Float64Array;
}

/** One row for each source sent, placed or not. */
export interface SourceColumns {
  readonly count: number;
  /** Width and height of full resolution; length = 2 * count. */
  readonly sizes: Int32Array;
  /** Index into `traits`. */
  readonly traits: Uint32Array;
  /** Index of the overview set of the bands, and of that of the stored mask. */
  readonly overviewSets: Uint32Array;
  readonly maskOverviewSets: Uint32Array;
  /** Overview set `i` has the levels `overviewSetStarts[i]` to `overviewSetStarts[i + 1]`, exclusive. */
  readonly overviewSetStarts: Uint32Array;
  /** Width and height of each level of each set, finest first, full resolution left out. */
  readonly levelSizes: Int32Array;
  /** Id `i` is the UTF-8 text from `idStarts[i]` to `idStarts[i + 1]`, exclusive. */
  readonly idStarts: Uint32Array;
  readonly idBytes: Uint8Array;
  /** Row of the warp columns; -1 for a source that is not warped. Empty where no source is. */
  readonly warps: Int32Array;
}

/** One row for each warped source: where its pixels are, apart from the output's grid and CRS. */
export interface WarpColumns {
  readonly count: number;
  /** Six terms each, in the order of {@link Affine}. */
  readonly affines: Float64Array;
  /** Index into `crss`. */
  readonly crs: Uint32Array;
  /** Width and height of full resolution, before warping; length = 2 * count. */
  readonly sizes: Int32Array;
  /** The source's own overview sets, before warping. */
  readonly overviewSets: Uint32Array;
  readonly maskOverviewSets: Uint32Array;
  /** The level of its own that full resolution is warped from: 0 is full resolution, n the n-th overview. */
  readonly levels: Uint32Array;
  /** Index into `traits`: those of the source before warping. */
  readonly traits: Uint32Array;
  readonly crss: readonly Crs[];
  readonly resampling: WarpKernel;
}

/** Which placements a band is made of, and how each is read. */
export interface BandReads {
  /** The band's placements are `firstPlacement` (0-based) and the `placementCount - 1` after it. */
  readonly firstPlacement: number;
  readonly placementCount: number;
  /** By variant. */
  readonly reads: readonly BandRead[];
}

/** An output band, as far as its pixels go. */
export interface MosaicBand extends BandReads {
  readonly dataType: DataType;
  readonly nodata: Nodata | null;
  /** The nodata value fills what has no data, but pixels that have it are valid. */
  readonly hideNodata: boolean;
  readonly colorInterp: ColorInterp | null;
  readonly pixelFunction: PixelFunction | null;
}

/** How one output band takes its pixels from the sources of one variant: `SourceRead` without what only writers need. */
export interface BandRead {
  /** 1-based; `mask` is the validity mask of band 1. */
  readonly sourceBand: number | 'mask';
  /** Pixels of this value leave what lies below; null where no value does. */
  readonly nodata: Nodata | null;
  /** Pixels that the source's mask or alpha band calls invalid leave what lies below. */
  readonly useMask: boolean;
  /** The source's alpha band (1-based) that is the mask, whatever its traits say of it; null where they say it. */
  readonly alphaBand: number | null;
  /** Every pixel has this value; null where they have their own. */
  readonly constant: number | null;
  /** Pixels whose mask is no greater than this become `nodata`; null where `nodata` means what the pixels mean. */
  readonly maskThreshold: number | null;
}

/** What reading needs to know of a source's bands. */
export interface SourceTraits {
  /** `bands[0]` is band 1. */
  readonly bands: readonly BandTraits[];
  /** The band that is the others' mask where their validity is `alpha`, 1-based; null without one. */
  readonly alphaBand: number | null;
}

/** One band of a source. */
export interface BandTraits {
  readonly dataType: DataType;
  readonly nodata: Nodata | null;
  /** What GDAL takes for the band's mask: every pixel is valid, its nodata, a stored mask, the alpha band, or itself. */
  readonly validity: 'all' | 'nodata' | 'stored' | 'alpha' | 'self';
}

const decoder = new TextDecoder();

/** What the caller calls a source, by its position in the order sent. */
export function sourceId({ sources }: CompiledMosaic, sourceIndex: number): string {
  requireSource(sources, sourceIndex);
  const { idStarts, idBytes } = sources;
  // TextDecoder takes no shared memory: a copy of an id's few bytes.
  return decoder.decode(idBytes.slice(idStarts[sourceIndex], idStarts[sourceIndex + 1]));
}

/** Sizes of all levels of a source as the mosaic sees it, full resolution first: those of its bands, or of its mask. */
export function sourceLevels({ sources }: CompiledMosaic, sourceIndex: number, of: 'bands' | 'mask'): Size[] {
  requireSource(sources, sourceIndex);
  const { sizes, overviewSets, maskOverviewSets } = sources;
  const overviewSet = (of === 'bands' ? overviewSets : maskOverviewSets)[sourceIndex]!;
  return levelsOf(sources, sizes, sourceIndex, overviewSet);
}

/** A warped source before it is warped. */
export interface UnwarpedSource {
  readonly affine: Affine;
  readonly crs: Crs;
  /** Sizes of its own levels, full resolution first, and of those of its mask. */
  readonly levels: readonly Size[];
  readonly maskLevels: readonly Size[];
  /** The level that full resolution is warped from. */
  readonly level: number;
  readonly traits: SourceTraits;
}

/** What a warped source is before it is warped; null for a source that is not warped. */
export function unwarpedSource(mosaic: CompiledMosaic, sourceIndex: number): UnwarpedSource | null {
  const { sources, warp, traits } = mosaic;
  requireSource(sources, sourceIndex);
  const row = warp === null ? -1 : sources.warps[sourceIndex]!;
  if (warp === null || row < 0) return null;
  return {
    affine: warp.affines.subarray(6 * row, 6 * row + 6) as unknown as Affine,
    crs: warp.crss[warp.crs[row]!]!,
    levels: levelsOf(sources, warp.sizes, row, warp.overviewSets[row]!),
    maskLevels: levelsOf(sources, warp.sizes, row, warp.maskOverviewSets[row]!),
    level: warp.levels[row]!,
    traits: traits[warp.traits[row]!]!,
  };
}

function levelsOf(
  { overviewSetStarts, levelSizes }: SourceColumns,
  sizes: Int32Array,
  row: number,
  overviewSet: number,
): Size[] {
  const levels: Size[] = [{ width: sizes[2 * row]!, height: sizes[2 * row + 1]! }];
  for (let level = overviewSetStarts[overviewSet]!; level < overviewSetStarts[overviewSet + 1]!; level += 1) {
    levels.push({ width: levelSizes[2 * level]!, height: levelSizes[2 * level + 1]! });
  }
  return levels;
}

function requireSource({ count }: SourceColumns, sourceIndex: number): void {
  if (!(sourceIndex >= 0 && sourceIndex < count)) throw new RangeError(`source ${sourceIndex} of ${count}`);
}
