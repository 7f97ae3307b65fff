import { type NodataJson, nodataFromJson, nodataToJson } from '@inlay/geo';
import type { CogFormat } from '@inlay/geotiff';
import type { OverviewFile, OverviewPlan } from '@inlay/vrt';

/** Columns and rows of a tile of a rendered level. */
export const BLOCK_SIZE = 512;

/** What is rendered, in JSON. */
export type OverviewPlanJson = Omit<OverviewPlan, 'files'> & {
  readonly files: readonly (Omit<OverviewFile, 'nodata'> & { readonly nodata: NodataJson | null })[];
};

/** What is kept of a build's rendered levels: a value of `vrt_generations.overviews`. */
export interface StoredOverviews {
  readonly v: 1;
  /** Another one for every rendering: whatever is made of the pixels changes with it. */
  readonly id: string;
  readonly plan: OverviewPlanJson;
  /** One for each file of the plan: a COG whose first image is the finest level, and whose overviews are the others. */
  readonly objects: readonly { readonly key: string; readonly bytes: number; readonly sha256: string }[];
}

export function planToJson(plan: OverviewPlan): OverviewPlanJson {
  return {
    ...plan,
    files: plan.files.map((file) => ({ ...file, nodata: file.nodata === null ? null : nodataToJson(file.nodata) })),
  };
}

export function planFromJson(plan: OverviewPlanJson): OverviewPlan {
  return {
    ...plan,
    files: plan.files.map((file) => ({ ...file, nodata: file.nodata === null ? null : nodataFromJson(file.nodata) })),
  };
}

/** How the bands of a file are stored, with the sample behind them that tells where data is. */
export function formatOf({ bands, dataType, nodata, validity, isRgb, hasAlpha }: OverviewFile): CogFormat {
  return {
    dataType,
    samplesPerPixel: bands.length + (validity === 'none' ? 0 : 1),
    blockSize: BLOCK_SIZE,
    nodata,
    isRgb,
    hasAlpha: hasAlpha || validity === 'mask',
  };
}

/** A level of a raster, in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The levels that readers are offered, finest first: those that are composed of the sources' own, as far as they are finer
 * than the rendered ones, and then these.
 */
export function offeredLevels(composed: readonly Size[], overviews: StoredOverviews | null): readonly Size[] {
  const finest = overviews?.plan.levels[0];
  if (overviews === null || finest === undefined) return composed.map(({ width, height }) => ({ width, height }));
  return [
    ...composed.filter(({ width, height }) => width > finest.width && height > finest.height),
    ...overviews.plan.levels,
  ].map(({ width, height }) => ({ width, height }));
}
