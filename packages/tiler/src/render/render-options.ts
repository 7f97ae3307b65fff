import type { Nodata } from '@inlay/geo';
import type {
  ColorClasses,
  ColorOperation,
  ContourOptions,
  ElevationCode,
  Expression,
  HillshadeOptions,
  Resampling,
} from '@inlay/raster';

/** How a raster is to be shown, in rio-tiler's terms. Everything left out is chosen from the raster: see `RenderRecipe`. */
export interface RenderOptions {
  /** 1-based bands: one, or three as red, green and blue. */
  readonly bands?: readonly number[];
  /** Band maths in place of `bands`. */
  readonly expression?: Expression;
  /** What becomes black and white: one for all channels, or one each. */
  readonly rescale?: readonly RescaleChoice[];
  /** Colours for a single channel. */
  readonly colors?: ColorChoice;
  /** Corrections of the finished colours, in order. */
  readonly colorFormula?: readonly ColorOperation[];
  readonly resampling?: Resampling;
  /** Takes the place of every band's own nodata value. */
  readonly nodata?: Nodata;
  readonly algorithm?: Algorithm;
}

/** Ends of a stretch. */
export type RescaleChoice =
  | { readonly kind: 'range'; readonly lo: number; readonly hi: number }
  /** Least and greatest value of the band's statistics. */
  | { readonly kind: 'minmax' }
  /** Percentiles of the band's statistics, 0..100. */
  | { readonly kind: 'percentiles'; readonly low: number; readonly high: number }
  /** Mean less and plus so many standard deviations. */
  | { readonly kind: 'stddev'; readonly factor: number };

/** Where colours come from. */
export type ColorChoice =
  /** A name that `colorMapByName` knows. */
  { readonly kind: 'named'; readonly name: string } | { readonly kind: 'classes'; readonly classes: ColorClasses };

/** What is derived from elevations, in metres, of a single band. */
export type Algorithm =
  | ({ readonly kind: 'hillshade' } & HillshadeOptions)
  | { readonly kind: 'slope'; readonly zFactor: number }
  | ({ readonly kind: 'contours' } & ContourOptions)
  | ElevationCode;

/** One fault of one parameter, as a 422 answer lists them. */
export interface RenderProblem {
  /** Parameter, and where it can be told, the item in it. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
  readonly input: unknown;
}
