import { type Crs, crsLabel, sameCrs } from '@inlay/geo';
import type { Admission } from './admission.ts';
import { distinguish, geometryProblems, tooFewSources, toProblem } from './compatibility.ts';
import { bandStackFindings, type LayoutFinding, mosaicFindings } from './layout-compatibility.ts';
import { memoize } from './memoize.ts';
import type { CompatibleOptions } from './plan-options.ts';
import { named, nameOf, type Problem, type ProblemType, type VrtKind, type VrtSourceInput } from './problem.ts';
import { RunningResolution } from './resolution.ts';
import type { BandSelector, SelectedLayout } from './select-bands.ts';
import { resolutionProblem } from './target-grid.ts';

/** What gdalbuildvrt takes although it may not be what is wanted: warnings in this mode. */
const TOLERATED: Readonly<Record<VrtKind, ReadonlySet<ProblemType>>> = {
  mosaic: new Set<ProblemType>(['nodata_inconsistent']),
  band_stack: new Set<ProblemType>(['nodata_inconsistent', 'dtype_mismatch']),
};

/** The first source that was accepted, which all others are compared with. */
interface Reference {
  readonly source: VrtSourceInput;
  readonly layout: SelectedLayout;
  readonly crs: Crs | null;
  readonly findingsOf: (layout: SelectedLayout) => readonly LayoutFinding[];
  readonly isSameCrs: (crs: Crs) => boolean;
}

/**
 * Goes through the sources in their order as gdalbuildvrt does: the first one that can be in a VRT at all is the
 * reference, and each one after it is accepted or rejected by itself. Without `skipIncompatible` the first rejection
 * means that there is no output (`-strict`); the others are told nevertheless.
 */
export function admitCompatible(
  sources: readonly VrtSourceInput[],
  kind: VrtKind,
  options: CompatibleOptions,
  select: BandSelector,
): Admission {
  const isPlaced = new Uint8Array(sources.length);
  const isCovered = new Uint8Array(sources.length);
  const rejected: Problem[] = [];
  const warnings: Problem[] = [];
  const running = options.resolution === undefined ? new RunningResolution(options.resolutionStrategy) : null;
  let reference: Reference | null = null;

  for (const [index, source] of sources.entries()) {
    const layout = select(source.profile.layout);
    const { problems, tolerated } = compare(source, index, layout, reference, kind, options);
    if (problems.length > 0) {
      rejected.push(...problems);
      continue;
    }
    warnings.push(...tolerated);
    reference ??= referenceOf(source, layout, kind, options);
    isCovered[index] = 1;
    const { affine } = source.profile;
    // Too late to take the extent back: gdalbuildvrt has merged it when it looks at the resolution.
    if (running !== null && affine !== null && !running.add(affine[0], -affine[4])) {
      rejected.push(resolutionProblem(source, index, kind, running, [affine[0], -affine[4]]));
      continue;
    }
    isPlaced[index] = 1;
  }

  if (reference === null) {
    if (rejected.length === 0) rejected.push(tooFewSources(kind));
    return { frame: null, problems: rejected, warnings, skipped: [] };
  }
  const isGeoreferenced = reference.source.profile.affine !== null;
  const frame = { isPlaced, isCovered, isGeoreferenced, crs: options.assignedCrs ?? reference.crs, turn: null };
  return options.skipIncompatible === true
    ? { frame, problems: [], warnings, skipped: rejected }
    : { frame, problems: rejected, warnings, skipped: [] };
}

/** What keeps a source out, and what is to be known of one that is not kept out. */
interface Comparison {
  readonly problems: readonly Problem[];
  readonly tolerated: readonly Problem[];
}

function compare(
  source: VrtSourceInput,
  index: number,
  layout: SelectedLayout,
  reference: Reference | null,
  kind: VrtKind,
  options: CompatibleOptions,
): Comparison {
  const problems = [
    ...placeProblems(source, index, reference, kind),
    ...crsProblems(source, index, reference, kind, options),
  ];
  const tolerated: Problem[] = [];
  const findings = reference === null ? compareLayouts(layout, layout, kind, options) : reference.findingsOf(layout);
  for (const finding of findings) {
    const isTolerated = finding.severity === 'warning' || TOLERATED[kind].has(finding.type);
    (isTolerated ? tolerated : problems).push(toProblem(finding, source, index));
  }
  return { problems, tolerated };
}

function referenceOf(
  source: VrtSourceInput,
  layout: SelectedLayout,
  kind: VrtKind,
  options: CompatibleOptions,
): Reference {
  const { crs } = source.profile;
  return {
    source,
    layout,
    crs,
    findingsOf: memoize((candidate) => compareLayouts(candidate, layout, kind, options)),
    isSameCrs: memoize((candidate) => crs !== null && sameCrs(candidate, crs)),
  };
}

function compareLayouts(
  layout: SelectedLayout,
  reference: SelectedLayout,
  kind: VrtKind,
  options: CompatibleOptions,
): readonly LayoutFinding[] {
  return kind === 'mosaic' ? mosaicFindings(layout, reference, options) : bandStackFindings(layout, reference, options);
}

/** A stack may be made of rasters that lie nowhere, if all of them do and have one size. */
function placeProblems(
  source: VrtSourceInput,
  index: number,
  reference: Reference | null,
  kind: VrtKind,
): readonly Problem[] {
  const { affine, georeference, width, height } = source.profile;
  if (kind === 'mosaic' || affine !== null) {
    const problems = geometryProblems(source, index);
    if (problems.length > 0 || reference === null || reference.source.profile.affine !== null) return problems;
  }
  if (reference === null) return [];
  const first = reference.source.profile;
  if ((affine === null) !== (first.affine === null)) {
    const [expected, actual] = [first.georeference, georeference];
    return [
      {
        index,
        type: 'unknown_pixel_geometry',
        field: 'affine',
        message: `${named(source)} is ${affine === null ? 'not ' : ''}georeferenced and the first source is${affine === null ? '' : ' not'}: they cannot be stacked`,
        expected,
        actual,
        fix: 'georeference them all, for example with gdal_translate -a_ullr -a_srs, or none',
      },
    ];
  }
  if (affine !== null || (width === first.width && height === first.height)) return [];
  const [expected, actual] = [`${first.width} x ${first.height}`, `${width} x ${height}`];
  return [
    {
      index,
      type: 'grid_misaligned',
      field: 'size',
      message: `${named(source)} is ${actual} pixels, ${nameOf(kind)} is ${expected}, and neither is georeferenced`,
      expected,
      actual,
      fix: 'georeference them all, for example with gdal_translate -a_ullr -a_srs, or leave this source out',
    },
  ];
}

/** No CRS is the same as no CRS, and different from any. */
function crsProblems(
  source: VrtSourceInput,
  index: number,
  reference: Reference | null,
  kind: VrtKind,
  { allowCrsDifference = false }: CompatibleOptions,
): readonly Problem[] {
  const { crs } = source.profile;
  if (reference === null || allowCrsDifference || crs === reference.crs) return [];
  if (crs !== null && reference.isSameCrs(crs)) return [];
  const names =
    crs !== null && reference.crs !== null
      ? distinguish(crs, reference.crs)
      : { actual: crs && crsLabel(crs), expected: reference.crs && crsLabel(reference.crs) };
  return [
    {
      index,
      type: crs === null ? 'missing_crs' : 'crs_mismatch',
      field: 'crs',
      message: `${named(source)} is ${names.actual ?? 'in no CRS'}, ${nameOf(kind)} is ${names.expected ?? 'in none'}`,
      ...names,
      fix: 'reproject the source (gdalwarp), or correct what it says of its CRS (gdal_edit.py -a_srs)',
    },
  ];
}
