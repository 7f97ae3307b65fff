import type { RasterProfile } from '@inlay/geo';

/** One source of a virtual raster to be planned. */
export interface VrtSourceInput {
  /** How messages name the source to a person, for example a dataset's title. */
  readonly label: string;
  /**
   * Sources of one product should hold the same `layout` and `crs` **objects**: each distinct object is compared
   * once, so that checking many sources is a pass over numbers.
   */
  readonly profile: RasterProfile;
}

/** The two ways to assemble sources: side by side, or one band each. */
export type VrtKind = 'mosaic' | 'band_stack';

/** What can be wrong with the sources of a virtual raster, or worth knowing about them. */
export type ProblemType =
  | 'too_few_sources'
  | 'unknown_pixel_geometry'
  | 'rotated_raster'
  | 'south_up_raster'
  | 'mirrored_raster'
  | 'missing_crs'
  | 'crs_mismatch'
  | 'unknown_extent'
  | 'band_count_mismatch'
  | 'band_not_found'
  | 'single_band_required'
  | 'dtype_mismatch'
  | 'color_interp_mismatch'
  | 'palette_mismatch'
  | 'scale_offset_mismatch'
  | 'nodata_inconsistent'
  | 'grid_misaligned'
  | 'resolution_mismatch'
  | 'empty_output'
  | 'too_large_output'
  | 'resolution_too_fine'
  | 'pixel_function_unsupported'
  // Only ever warnings:
  | 'unit_mismatch'
  | 'nodata_not_representable'
  | 'nodata_collision'
  | 'nodata_near_values'
  | 'nodata_ignored'
  | 'dtype_narrowed'
  | 'mask_ignored'
  | 'int64_precision'
  | 'misaligned_pixels'
  | 'source_outside_output'
  | 'missing_overviews'
  | 'gaps'
  | 'overlaps';

/**
 * A rule that a source breaks, or a warning about it. Plain JSON. Which of the two it is, the list that it is in
 * says: the same type can be either (`nodata_inconsistent`, `palette_mismatch`).
 */
export interface Problem {
  /** Position of the source in the order sent, 0-based; -1 where it is about all of them together. */
  readonly index: number;
  readonly type: ProblemType;
  /** The property that differs: `crs`, `dtype`, `nodata`, `origin`, `size`, ... */
  readonly field: string;
  /** The whole story in one sentence. */
  readonly message: string;
  readonly expected: string | null;
  readonly actual: string | null;
  /** What to do about it. */
  readonly fix: string;
  /** Says where the reference, not the source, is likely to be the odd one out. */
  readonly hint?: string;
}

/** How messages call the raster that is being planned. */
export function nameOf(kind: VrtKind): string {
  return kind === 'mosaic' ? 'the mosaic' : 'the band stack';
}

/** How messages call a source. */
export function named(source: VrtSourceInput): string {
  return `Source "${source.label}"`;
}

/**
 * Adds a hint to each problem of a type that most of the sources have: they were all compared with the first one,
 * so the first one is the odd one out. Two sources have no majority.
 */
export function withMajorityHints(problems: readonly Problem[], sources: readonly VrtSourceInput[]): Problem[] {
  const others = sources.length - 1;
  const [first] = sources;
  if (first === undefined || others < 2) return [...problems];
  const sourcesByType = new Map<ProblemType, Set<number>>();
  for (const { type, index } of problems) {
    const seen = sourcesByType.get(type);
    if (seen) seen.add(index);
    else sourcesByType.set(type, new Set([index]));
  }
  return problems.map((problem) => {
    const count = sourcesByType.get(problem.type)?.size ?? 0;
    if (!COMPARED_WITH_FIRST.has(problem.type) || count * 2 <= others) return problem;
    return {
      ...problem,
      hint: `${count} of the ${others} other sources disagree with the first one, "${first.label}", which sets the reference: it may be the odd one out`,
    };
  });
}

const COMPARED_WITH_FIRST: ReadonlySet<ProblemType> = new Set<ProblemType>([
  'crs_mismatch',
  'band_count_mismatch',
  'dtype_mismatch',
  'color_interp_mismatch',
  'palette_mismatch',
  'scale_offset_mismatch',
  'nodata_inconsistent',
  'unit_mismatch',
  'grid_misaligned',
  'resolution_mismatch',
]);
