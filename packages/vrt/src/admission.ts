import { type Crs, turnWidth } from '@inlay/geo';
import { admitCompatible } from './compatible-mode.ts';
import { checkCompatibility } from './compatibility.ts';
import { turnOfDegrees } from './earth-frame.ts';
import { extentProblems } from './extent-agreement.ts';
import type { CompatibleOptions, PlanOptions } from './plan-options.ts';
import type { Problem, VrtKind, VrtSourceInput } from './problem.ts';
import type { BandSelector } from './select-bands.ts';

/** Which sources make up the output, and what they have in common. Arrays hold 0 or 1 by position in the order sent. */
export interface Frame {
  /** The sources that are placed in the output. */
  readonly isPlaced: Uint8Array;
  /** The sources whose union is the output's extent: those that are placed, and seldom others. */
  readonly isCovered: Uint8Array;
  /** False for a stack of rasters that lie nowhere. */
  readonly isGeoreferenced: boolean;
  readonly crs: Crs | null;
  /** One turn of the Earth in units of the CRS, by which sources may be shifted; null where they are not. */
  readonly turn: number | null;
}

/** The sources that may be in the output, and what is wrong with the others. */
export interface Admission {
  /** Null where the sources' places cannot be compared at all; then `problems` is not empty. */
  readonly frame: Frame | null;
  readonly problems: Problem[];
  readonly warnings: Problem[];
  /** Why sources are left out although there is an output. */
  readonly skipped: readonly Problem[];
}

/** Checks every source, by the rules of the options' mode. */
export function admitSources(
  sources: readonly VrtSourceInput[],
  kind: VrtKind,
  options: PlanOptions | CompatibleOptions,
  select: BandSelector,
): Admission {
  if ('mode' in options) return admitCompatible(sources, kind, options, select);

  const { problems, warnings, sharesFrame, crs } = checkCompatibility(sources, kind, options, select);
  if (!sharesFrame || crs === null) return { frame: null, problems, warnings, skipped: [] };
  const turn = options.crs === undefined ? turnOfDegrees(crs) : turnWidth(crs);
  if (kind === 'band_stack') problems.push(...extentProblems(sources, crs, turn));
  const all = new Uint8Array(sources.length).fill(1);
  const frame = { isPlaced: all, isCovered: all, isGeoreferenced: true, crs, turn };
  return { frame, problems, warnings, skipped: [] };
}
