import {
  type BandProfile,
  type DataType,
  isRepresentable,
  MASK_ALL_VALID,
  MASK_ALPHA,
  MASK_NODATA,
  MASK_PER_DATASET,
  type Nodata,
  type OverviewProfile,
  type RasterLayout,
  type RasterProfile,
} from '@inlay/geo';
import type { WarpResampling } from './plan.ts';
import type { WarpTarget } from './warp-placement.ts';

/** How a warped raster says where it has pixels: the source's own way where it has one that can say it. */
export interface WarpedValidity {
  /**
   * By band of the source (0-based): the value of the pixels that the source does not reach, and of those that are
   * nodata in the source. Null for bands that alpha or a mask speaks for.
   */
  readonly nodata: readonly (Nodata | null)[];
  /** The source's alpha band, 1-based; null where it has none. */
  readonly sourceAlpha: number | null;
  /** The warped raster's alpha band, 1-based: the source's, or one more than the source has bands; null without. */
  readonly alpha: number | null;
  /** The source's band, 1-based, by whose reach a mask is made; null where nodata or alpha is enough. */
  readonly maskFrom: number | null;
}

/**
 * A band's nodata where its pixels can have that value and no mask outweighs it, as in a mosaic that is not warped. For
 * everything else there is alpha: the source's alpha band (which then outweighs nodata), or else one made of the source's mask and extent.
 * And where readers do not take alpha for a mask, there is a mask made of it.
 */
export function warpedValidity({ bands }: RasterLayout): WarpedValidity {
  const count = bands.length;
  const last = bands[count - 1];
  if (last?.colorInterp === 'Alpha' && count > 1) {
    const maskFrom = isReadAsMask(count, last.dataType) ? null : 1;
    return { nodata: bands.map(() => null), sourceAlpha: count, alpha: count, maskFrom };
  }
  const nodata = bands.map((band) => (hasNodata(band) ? band.nodata : null));
  const withoutNodata = nodata.indexOf(null);
  const none = { nodata, sourceAlpha: null, alpha: null, maskFrom: null };
  if (withoutNodata === -1) return none;
  return isReadAsMask(count + 1, 'Byte') ? { ...none, alpha: count + 1 } : { ...none, maskFrom: withoutNodata + 1 };
}

/** Whether nodata is what tells the band's valid pixels: a mask beside it would outweigh it. */
function hasNodata({ nodata, dataType, maskFlags }: BandProfile): boolean {
  return nodata !== null && isRepresentable(nodata, dataType) && (maskFlags & MASK_PER_DATASET) === 0;
}

/**
 * Whether GDAL takes an alpha band that comes last for the others' mask: in grey and in RGB only, and only in types
 * that alpha usually has (GDALRasterBand::GetMaskFlags; gdal.org, RFC 15).
 */
function isReadAsMask(bandCount: number, alphaType: DataType): boolean {
  return (bandCount === 2 || bandCount === 4) && (alphaType === 'Byte' || alphaType === 'UInt16');
}

/** Block size of GDAL's warped rasters: reading a pixel warps the whole block that it is in. */
const WARP_BLOCK = { width: 512, height: 128 } as const;

/** Kernels with negative parts: their results can lie beyond the values that they are made of. */
const OVERSHOOTING: ReadonlySet<WarpResampling> = new Set<WarpResampling>(['cubic', 'lanczos']);

/**
 * Makes the profile that a source has once it is warped to the whole of the target. Sources that have a layout object
 * and a size in common have them in common afterwards. Of statistics, what is left is between which values all are.
 */
export function profileWarper(
  target: WarpTarget,
  resampling: WarpResampling = 'nearest',
): (source: RasterProfile, overviewLevel: number | null) => RasterProfile {
  const known = new Map<RasterLayout, Map<string, RasterLayout>>();
  return (source, overviewLevel) => {
    const { width, height, layout } = source;
    const bySize = known.get(layout) ?? new Map<string, RasterLayout>();
    known.set(layout, bySize);
    const key = `${width} ${height} ${overviewLevel}`;
    const warped = bySize.get(key) ?? warpLayout(source, target, overviewLevel);
    bySize.set(key, warped);
    const { grid, crs } = target;
    const statistics = source.statistics.map((known, index) =>
      // Where other pixels count as valid than did before, nothing is known of their values.
      !OVERSHOOTING.has(resampling) && layout.bands[index]?.nodata === warped.bands[index]?.nodata ? known : null,
    );
    return { ...grid, georeference: 'affine', crs, layout: warped, statistics };
  };
}

/**
 * The layout of a warped raster as a mosaic is to see it. An alpha band that the source has not counts as a stored
 * mask, which is what readers take it for, so that the mosaic has the bands that its sources have.
 */
function warpLayout(
  { width, height, layout }: RasterProfile,
  { grid }: WarpTarget,
  level: number | null,
): RasterLayout {
  const validity = warpedValidity(layout);
  const block = { blockWidth: WARP_BLOCK.width, blockHeight: WARP_BLOCK.height };
  const start = level === null ? { width, height } : (layout.overviews[level] ?? { width, height });
  const overviews = layout.overviews.slice(level === null ? 0 : level + 1).map((reduced): OverviewProfile => ({
    width: Math.trunc((grid.width * reduced.width) / start.width + 0.5),
    height: Math.trunc((grid.height * reduced.height) / start.height + 0.5),
    location: 'internal',
  }));
  // Alpha in the midst of colours is a value like others.
  const isAlpha = (index: number) => index + 1 === validity.sourceAlpha;
  const isMasked = validity.maskFrom !== null || (validity.alpha !== null && validity.sourceAlpha === null);
  return {
    // oxlint-disable-next-line oxc/no-map-spread -- bands are few
    bands: layout.bands.map((band, index) => {
      const nodata = validity.nodata[index] ?? null;
      const colorInterp = band.colorInterp === 'Alpha' && !isAlpha(index) ? 'Undefined' : band.colorInterp;
      return { ...band, ...block, nodata, colorInterp, maskFlags: maskFlagsOf(band, nodata, isMasked) };
    }),
    mask: isMasked ? { location: 'internal', ...block, overviews } : null,
    overviews,
    storage: { ...layout.storage, tiled: true, compression: null, predictor: 1, sparse: false },
    metadata: layout.metadata,
    areaOrPoint: 'Area',
  };
}

function maskFlagsOf({ colorInterp }: BandProfile, nodata: Nodata | null, isMasked: boolean): number {
  if (nodata !== null) return MASK_NODATA;
  if (isMasked) return MASK_PER_DATASET;
  return colorInterp === 'Alpha' ? MASK_ALL_VALID : MASK_PER_DATASET | MASK_ALPHA;
}
