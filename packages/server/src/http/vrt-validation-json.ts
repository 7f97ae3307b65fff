import {
  MAX_ITEMS,
  type SourceVerdicts,
  type ValidationItem,
  type VrtValidation,
  type VrtWarning,
} from '@inlay/contract';
import { bboxOfGrid, compose, footprintOf, nodataToJson, resolution } from '@inlay/geo';
import {
  type Coverage,
  coverageWarnings,
  mapCoverage,
  measureCoverage,
  type OutputRect,
  sourceVerdicts,
  type VrtPlan,
} from '@inlay/vrt';
import { thinOutline } from '../catalog/thin-outline.ts';
import { ValidationError } from '../error.ts';
import type { CheckedRequest } from '../virtual-rasters/check-request.ts';
import { problemItem } from '../virtual-rasters/plan.ts';

/** As many sources as anyone looks at in a list. */
const MOST_ORDERED = 10_000;

/** What a dry run found, bounded however many sources there are: lists have their first entries and a total. */
export function validationJson(checked: CheckedRequest, exposed: string | null): VrtValidation {
  const { sources, names, recipe, result, problems, orderWarnings } = checked;
  const plan = problems.length === 0 ? result.plan : null;
  const ofRequest: VrtWarning[] = [
    ...(exposed === null ? [] : [{ loc: ['body', 'visibility'], type: 'wider_than_sources', msg: exposed }]),
    ...orderWarnings,
  ];
  const coverage = plan === null || plan.kind !== 'mosaic' || plan.warp !== null ? null : measureCoverage(plan);
  const ofPlan = [...result.warnings, ...(plan === null ? [] : coverageWarnings(plan, coverage))];
  const shown = ofPlan.slice(0, MAX_ITEMS - ofRequest.length).map((warning) => problemItem(warning, names));
  return {
    valid: plan !== null,
    ...problemsJson(problems),
    warnings: [...ofRequest, ...shown].map(warningJson),
    warning_count: ofRequest.length + ofPlan.length,
    sources: verdictsJson(checked),
    paint_order: recipe.paintOrder === null ? null : recipe.paintOrder.slice(-MOST_ORDERED),
    plan: plan === null ? null : planJson(plan, coverage, sources.length),
  };
}

/** What is answered where the sources were not looked at. */
export function refusalJson(items: readonly ValidationItem[]): VrtValidation {
  return {
    valid: false,
    ...problemsJson(items),
    warnings: [],
    warning_count: 0,
    sources: null,
    paint_order: null,
    plan: null,
  };
}

function problemsJson(items: readonly ValidationItem[]): Pick<VrtValidation, 'problems' | 'problem_count'> {
  const total = items.at(-1)?.ctx?.['total'];
  return {
    problems: items.length === 0 ? [] : [...new ValidationError(items).items],
    problem_count: typeof total === 'number' ? total : items.length,
  };
}

function warningJson({ loc, type, msg, ctx }: VrtWarning): VrtWarning {
  return { ...(loc === undefined ? {} : { loc }), type, msg, ...(ctx === undefined ? {} : { ctx }) };
}

function verdictsJson({ sources, result }: CheckedRequest): SourceVerdicts {
  let refused = 0;
  const listed: SourceVerdicts['refused_sources'] = [];
  for (const { index, isAccepted, problems } of sourceVerdicts(sources.length, result)) {
    if (isAccepted) continue;
    refused += 1;
    const source = sources[index];
    if (listed.length === MAX_ITEMS || source === undefined) continue;
    const rules = [...new Set(problems.map(({ type }) => type))];
    listed.push({ index, dataset_id: source.id, title: source.label, rules });
  }
  return { total: sources.length, accepted: sources.length - refused, refused, refused_sources: listed };
}

/** Bytes of XML per source and band, and beside the sources: measured on written artifacts. */
const BYTES_PER_READ = 430;
const BYTES_BESIDE = 1000;
/** A warped source is a document of its own, with another one in it where a mask has to say where it ends. */
const BYTES_PER_WARPED_READ = { withNodata: 1500, withMask: 3500 };

function estimatedBytes({ bands, mask, placements, warp }: VrtPlan): number {
  const warped = warp === null ? 0 : placements.sourceIndex.filter((index) => warp.sources.has(index)).length;
  const share = placements.count === 0 ? 0 : warped / placements.count;
  let bytes = BYTES_BESIDE;
  for (const { placementCount, reads } of mask === null ? bands : [...bands, mask]) {
    const hasNodata = reads.every(({ nodata }) => nodata !== null);
    const bytesWarped = hasNodata ? BYTES_PER_WARPED_READ.withNodata : BYTES_PER_WARPED_READ.withMask;
    bytes += placementCount * (BYTES_PER_READ * (1 - share) + bytesWarped * share);
  }
  return Math.round(bytes);
}

function planJson(plan: VrtPlan, coverage: Coverage | null, sourceCount: number): NonNullable<VrtValidation['plan']> {
  const [resX, resY] = resolution(plan.grid.affine);
  return {
    source_count: sourceCount,
    width: plan.grid.width,
    height: plan.grid.height,
    bounds: [...bboxOfGrid(plan.grid)],
    resolution: [resX, resY],
    crs: { code: plan.crs.code, name: plan.crs.name },
    bands: plan.bands.map((band, bandOffset) => ({
      index: bandOffset + 1,
      dtype: band.dataType,
      nodata: band.nodata === null ? null : nodataToJson(band.nodata),
      color_interp: band.colorInterp ?? 'Undefined',
    })),
    outline: outlineJson(plan, [0, 0, plan.grid.width, plan.grid.height]),
    coverage: coverageJson(plan, coverage),
    estimated_vrt_bytes: estimatedBytes(plan),
    requires_gdal: plan.requiresGdal,
  };
}

type CoverageJson = NonNullable<NonNullable<VrtValidation['plan']>['coverage']>;

function coverageJson(plan: VrtPlan, coverage: Coverage | null): CoverageJson | null {
  const map = mapCoverage(plan);
  if (map === null || coverage === null) return null;
  const { covered, overlapped, total } = coverage;
  const outlines = (rects: readonly OutputRect[]): CoverageJson['gaps'] =>
    rects.flatMap((rect) => outlineJson(plan, rect) ?? []);
  return {
    covered: Math.min(1, covered / total),
    overlapped: Math.min(1, overlapped / total),
    gaps: outlines(map.gaps),
    overlaps: outlines(map.overlaps),
    exact: map.isExact,
  };
}

/** Where a part of the output lies on Earth. */
function outlineJson(
  { grid, crs, isGeoreferenced }: VrtPlan,
  [x, y, width, height]: OutputRect,
): CoverageJson['gaps'] | null {
  if (!isGeoreferenced) return null;
  const affine = compose(grid.affine, [1, 0, x, 0, 1, y]);
  const footprint = footprintOf({ ...grid, affine, width, height }, crs);
  return footprint === null ? null : thinOutline(footprint);
}
