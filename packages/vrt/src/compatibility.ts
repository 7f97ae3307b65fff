import {
  type Affine,
  type Crs,
  crsLabel,
  isMirrored,
  isRotated,
  isSouthUp,
  isUsable,
  type RasterLayout,
  type RasterProfile,
  sameCrs,
  transformBetween,
} from '@inlay/geo';
import { bandStackFindings, type LayoutFinding, mosaicFindings } from './layout-compatibility.ts';
import { memoize } from './memoize.ts';
import type { PlanOptions } from './plan-options.ts';
import { named, nameOf, type Problem, type VrtKind, type VrtSourceInput } from './problem.ts';
import type { BandSelector } from './select-bands.ts';

/** What comparing the sources with the first one showed. */
export interface Compatibility {
  readonly problems: Problem[];
  readonly warnings: Problem[];
  /**
   * All sources lie on north-up grids in one CRS, or can be warped to one, so that their places can be compared at all.
   */
  readonly sharesFrame: boolean;
  /** The CRS that was asked for, else that of the first source that has one. */
  readonly crs: Crs | null;
}

/**
 * Checks every rule on every source against the first one, without looking at a pixel. Each distinct layout and CRS
 * object is compared once; beyond that it is one pass over the sources' numbers.
 */
export function checkCompatibility(
  sources: readonly VrtSourceInput[],
  kind: VrtKind,
  options: PlanOptions,
  select: BandSelector,
): Compatibility {
  const wanted = options.crs;
  const crs = wanted ?? sources.find(({ profile }) => profile.crs !== null)?.profile.crs ?? null;
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  if (sources.length === 0) problems.push(tooFewSources(kind));

  const isPlaceable = memoize(
    (candidate: Crs) =>
      crs !== null && (wanted === undefined ? sameCrs(candidate, crs) : transformBetween(candidate, crs) !== null),
  );
  const reference = sources[0]?.profile.layout;
  const compare = kind === 'mosaic' ? mosaicFindings : bandStackFindings;
  const findingsOf = memoize((layout: RasterLayout) => compare(select(layout), select(reference ?? layout), options));

  let sharesFrame = sources.length > 0;
  for (const [index, source] of sources.entries()) {
    const { profile } = source;
    const found = problems.length;
    problems.push(...geometryProblems(source, index, wanted !== undefined));
    const crsProblem = wanted === undefined ? differentCrs : unreachableCrs;
    problems.push(
      ...crsProblems(source, index, crs, isPlaceable, (from, to) => crsProblem(source, index, kind, from, to)),
    );
    if (problems.length > found) sharesFrame = false;
    for (const finding of findingsOf(profile.layout)) {
      (finding.severity === 'problem' ? problems : warnings).push(toProblem(finding, source, index));
    }
  }
  return { problems, warnings, sharesFrame, crs };
}

/** What is wrong with no source at all. */
export function tooFewSources(kind: VrtKind): Problem {
  return {
    index: -1,
    type: 'too_few_sources',
    field: 'sources',
    message: `There is no source to make ${nameOf(kind)} of`,
    expected: 'at least 1',
    actual: '0',
    fix: 'name the sources',
  };
}

const WARP = 'set crs to reproject sources on the fly, or warp this one to a north-up grid first (gdalwarp)';

const NONE: readonly Problem[] = [];

/**
 * A plain VRT can place only rasters whose rows run east and whose columns run south; a warped one any that has an
 * affine. Control points and RPCs are left to gdalwarp: nothing in them says where a raster's edges are.
 */
export function geometryProblems(source: VrtSourceInput, index: number, canWarp = false): readonly Problem[] {
  const { affine, georeference, width, height } = source.profile;
  const problem = (
    type: 'unknown_pixel_geometry' | 'rotated_raster' | 'south_up_raster' | 'mirrored_raster',
    predicate: string,
    expected: string,
    actual: string,
    fix: string,
  ): Problem => ({ index, type, field: 'affine', message: `${named(source)} ${predicate}`, expected, actual, fix });

  if (affine === null) {
    return [
      problem(
        'unknown_pixel_geometry',
        georeference === 'none'
          ? 'is not georeferenced'
          : `is georeferenced by ${GEOREFERENCE_NAMES[georeference]}, which place no pixel grid`,
        'affine',
        georeference,
        georeference === 'none'
          ? 'georeference it, for example with gdal_translate -a_ullr -a_srs'
          : 'warp it to a pixel grid first (gdalwarp); crs is for sources that have one already',
      ),
    ];
  }
  if (!isUsable(affine) || !isPositiveInteger(width) || !isPositiveInteger(height)) {
    return [
      problem(
        'unknown_pixel_geometry',
        `has an unusable pixel grid: affine ${showAffine(affine)}, ${width} x ${height} pixels`,
        'finite numbers and pixels with an area',
        showAffine(affine),
        'correct its georeference, for example with gdal_translate -a_ullr',
      ),
    ];
  }
  if (canWarp) return NONE;
  if (isRotated(affine)) {
    // Whether a rotated raster is south-up or mirrored besides has no answer, and warping cures all three.
    return [problem('rotated_raster', 'is rotated: its rows do not run east', 'no rotation', showAffine(affine), WARP)];
  }
  if (!isSouthUp(affine) && !isMirrored(affine)) return NONE;
  const problems: Problem[] = [];
  if (isSouthUp(affine)) {
    const actual = `${affine[4]} per row`;
    problems.push(
      problem('south_up_raster', 'is south-up: its first row is the southernmost', 'y falls', actual, WARP),
    );
  }
  if (isMirrored(affine)) {
    const actual = `${affine[0]} per column`;
    problems.push(
      problem('mirrored_raster', 'is mirrored: its first column is the easternmost', 'x grows', actual, WARP),
    );
  }
  return problems;
}

const GEOREFERENCE_NAMES: Readonly<Record<RasterProfile['georeference'], string>> = {
  affine: 'an affine that is missing',
  gcp: 'ground control points',
  rpc: 'rational polynomial coefficients',
  none: 'nothing',
};

function crsProblems(
  source: VrtSourceInput,
  index: number,
  expected: Crs | null,
  isPlaceable: (crs: Crs) => boolean,
  problemOf: (crs: Crs, expected: Crs) => Problem,
): readonly Problem[] {
  const { crs } = source.profile;
  if (crs === null) {
    return [
      {
        index,
        type: 'missing_crs',
        field: 'crs',
        message: `${named(source)} does not say which CRS it is in`,
        expected: expected === null ? null : crsLabel(expected),
        actual: null,
        fix: 'assign the CRS that its coordinates are in (srid_override when it is ingested)',
      },
    ];
  }
  return expected === null || isPlaceable(crs) ? NONE : [problemOf(crs, expected)];
}

function differentCrs(source: VrtSourceInput, index: number, kind: VrtKind, crs: Crs, expected: Crs): Problem {
  const names = distinguish(crs, expected);
  return {
    index,
    type: 'crs_mismatch',
    field: 'crs',
    message: `${named(source)} is ${names.actual}, ${nameOf(kind)} is ${names.expected}`,
    ...names,
    fix: `set crs to reproject sources on the fly, or reproject this one to ${names.expected} first (gdalwarp)`,
  };
}

function unreachableCrs(source: VrtSourceInput, index: number, kind: VrtKind, crs: Crs, expected: Crs): Problem {
  const names = distinguish(crs, expected);
  return {
    index,
    type: 'unknown_extent',
    field: 'crs',
    message: `${named(source)} is ${names.actual}: where that lies in ${names.expected}, which ${nameOf(kind)} is, cannot be computed`,
    ...names,
    fix: 'choose another crs, or reproject the source first (gdalwarp)',
  };
}

/** Two different CRSs can carry one name: then their parameters tell them apart. */
export function distinguish(actual: Crs, expected: Crs): { actual: string; expected: string } {
  if (crsLabel(actual) !== crsLabel(expected)) return { actual: crsLabel(actual), expected: crsLabel(expected) };
  const show = (crs: Crs) => `${crsLabel(crs)} (${crs.proj4 ?? crs.parametersKey})`;
  return { actual: show(actual), expected: show(expected) };
}

/** A finding about a layout as a problem of a source that has it. */
export function toProblem(finding: LayoutFinding, source: VrtSourceInput, index: number): Problem {
  const { type, field, predicate, expected, actual, fix } = finding;
  return { index, type, field, message: `${named(source)} ${predicate}`, expected, actual, fix };
}

function isPositiveInteger(size: number): boolean {
  return Number.isSafeInteger(size) && size > 0;
}

function showAffine(affine: Affine): string {
  return `[${affine.join(', ')}]`;
}
