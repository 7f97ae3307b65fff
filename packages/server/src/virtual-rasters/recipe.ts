import type { VrtOptions } from '@inlay/contract';
import { type Crs, type Nodata, nodataFromJson } from '@inlay/geo';
import { crsFromText } from '@inlay/geotiff';
import type { PlanOptions } from '@inlay/vrt';
import type { ResolutionStrategy, VrtType } from '../db/tables.ts';

/** What decides how sources become a virtual raster. Plain JSON: jobs and generations keep it, to build the same again. */
export interface VrtRecipe {
  readonly vrtType: VrtType;
  readonly resolutionStrategy: ResolutionStrategy;
  readonly options: VrtOptions;
  /** Places in the list of sources, bottom to top; null: as they stand there. */
  readonly paintOrder: readonly number[] | null;
}

/** A recipe in the planner's words. */
export async function planOptionsOf({ resolutionStrategy, options, paintOrder }: VrtRecipe): Promise<PlanOptions> {
  const { resampling, resolution, align, bounds, snap, nodata, bands, dtype } = options;
  const { size_rounding: sizeRounding, pixel_function: pixelFunction } = options;
  const crs = options.crs === undefined ? undefined : await placeableCrs(options.crs);
  // The CRS was known when the request was accepted, and the registry only grows.
  if (crs === null) throw new Error(`the CRS "${options.crs}" of a virtual raster cannot be read`);
  return {
    resolutionStrategy,
    ...(crs === undefined ? {} : { crs }),
    ...(resampling === undefined ? {} : { resampling }),
    ...(resolution === undefined ? {} : { resolution }),
    ...(align === undefined ? {} : { align }),
    ...(bounds === undefined ? {} : { bounds }),
    ...(sizeRounding === undefined ? {} : { sizeRounding }),
    ...(snap === undefined ? {} : { snap }),
    ...(nodata === undefined ? {} : { nodata: nodataByBand(nodata) }),
    ...(bands === undefined ? {} : { bands }),
    ...(dtype === undefined ? {} : { dataType: dtype }),
    ...(pixelFunction === undefined ? {} : { pixelFunction: { name: pixelFunction } }),
    ...(paintOrder === null ? {} : { paintOrder }),
  };
}

/** The CRS that a text names, if rasters can lie in it: projected or geographic. */
export async function placeableCrs(text: string): Promise<Crs | null> {
  const { crs } = await crsFromText(text);
  return crs?.kind === 'projected' || crs?.kind === 'geographic' ? crs : null;
}

type NodataOption = NonNullable<VrtOptions['nodata']>;

/** The nodata values that a request asks for, by output band, the last one standing for all further bands. */
export function nodataByBand(option: NodataOption): readonly Nodata[] | 'none' {
  if (option === 'none') return option;
  return (Array.isArray(option) ? option : [option]).map((value) => exactNodata(nodataFromJson(value)));
}

/** A number wherever it is the value that was meant, so that `"7"` and `7` are one. */
function exactNodata(value: Nodata): Nodata {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
