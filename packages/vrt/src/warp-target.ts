import { type BBox, type Crs, crsLabel, type PixelGrid, turnWidth } from '@inlay/geo';
import { pairOf, type PlanOptions } from './plan-options.ts';
import { named, nameOf, type Problem, type VrtKind, type VrtSourceInput } from './problem.ts';
import { RunningResolution } from './resolution.ts';
import { placedOf } from './source-place.ts';
import { alignOutwards, gridOver, resolutionProblem } from './target-grid.ts';
import { type WarpedExtent, warpedExtent } from './warp-extent.ts';
import {
  boundsAround,
  type Contribution,
  contributionOf,
  contributionOfWarped,
  foreignTo,
  NEAR,
  nativeNear,
} from './warp-grid.ts';

/** A grid in the CRS that was asked for, and where the sources are in that CRS. */
export interface WarpGridChoice {
  /** Null exactly where `problems` is not empty. */
  readonly grid: PixelGrid | null;
  /** What the grid was made to cover. */
  readonly extent: BBox;
  /** By position in the order sent; null for sources that are north-up in the CRS. */
  readonly extents: readonly (WarpedExtent | null)[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** A resolution that was asked for is a source's where no more than rounding is between them. */
const EQUAL = 1e-9;

/**
 * The grid that `suggestGrid` describes, except where the options name resolution, bounds or alignment. All sources
 * have an affine, and a CRS that can be transformed to the one asked for.
 */
export function chooseWarpGrid(
  sources: readonly VrtSourceInput[],
  options: PlanOptions & { readonly crs: Crs },
  kind: VrtKind,
): WarpGridChoice {
  const { crs, bounds, align = false } = options;
  const isForeign = foreignTo(crs);
  const extents = sources.map(({ profile }) => (isForeign(profile) ? warpedExtent(placedOf(profile), crs) : null));
  const contributions = sources.map(({ profile }, index) => {
    const extent = extents[index] ?? null;
    return extent === null ? contributionOf(placedOf(profile)) : contributionOfWarped(extent);
  });
  const known = contributions.filter((contribution) => contribution !== null);
  const { unplaced, isFatal } = withoutPlace(sources, contributions, options, kind);
  if (isFatal) return { grid: null, extent: NOWHERE, extents, problems: unplaced, warnings: [] };

  const { wanted, problems } = chooseResolution(sources, contributions, options, kind);
  if (problems.length > 0) return { grid: null, extent: NOWHERE, extents, problems, warnings: unplaced };
  const native = nativeNear(known, wanted, options.resolution === undefined ? NEAR : EQUAL);
  const resolution = options.resolution === undefined ? (native?.resolution ?? wanted) : wanted;
  const around = bounds ?? boundsAround(known, align ? null : native, turnWidth(crs));
  const extent = align ? alignOutwards(around, resolution) : around;
  const finest = () => finestOf(sources, contributions);
  const { grid, problems: unfit } = gridOver(extent, resolution, options.sizeRounding, { kind, finest });
  return { grid, extent, extents, problems: unfit, warnings: unplaced };
}

/** The extent of no grid. */
const NOWHERE: BBox = [0, 0, 0, 0];

/** The resolution that was asked for, or that the strategy picks among the known ones. */
function chooseResolution(
  sources: readonly VrtSourceInput[],
  contributions: readonly (Contribution | null)[],
  { resolution, resolutionStrategy }: PlanOptions,
  kind: VrtKind,
): { readonly wanted: readonly [number, number]; readonly problems: readonly Problem[] } {
  if (resolution !== undefined) return { wanted: pairOf(resolution), problems: [] };
  const problems: Problem[] = [];
  const running = new RunningResolution(resolutionStrategy);
  for (const [index, source] of sources.entries()) {
    const own = contributions[index]?.resolution;
    if (own !== undefined && !running.add(...own)) {
      problems.push(resolutionProblem(source, index, kind, running, own));
    }
  }
  return { wanted: [running.x, running.y], problems };
}

/**
 * Sources of which it is not known where they lie. They are placed over the whole output, so that nothing is lost if
 * it was asked for; but they cannot say how far it is to reach, and if no other source can, there is none.
 */
function withoutPlace(
  sources: readonly VrtSourceInput[],
  contributions: readonly (Contribution | null)[],
  { crs, bounds, resolution }: PlanOptions & { readonly crs: Crs },
  kind: VrtKind,
): { readonly unplaced: readonly Problem[]; readonly isFatal: boolean } {
  const isFatal =
    contributions.every((contribution) => contribution === null) && (bounds === undefined || resolution === undefined);
  if (bounds !== undefined && !isFatal) return { unplaced: [], isFatal };
  const unplaced = sources.flatMap((source, index): Problem[] =>
    contributions[index] !== null
      ? []
      : [
          {
            index,
            type: 'unknown_extent',
            field: 'extent',
            message: `${named(source)} holds a pole or reaches beyond what ${crsLabel(crs)} can show: ${nameOf(kind)} may end before it does`,
            expected: `edges in ${crsLabel(crs)}`,
            actual: null,
            fix: isFatal ? 'set bounds and resolution' : 'set bounds if the output is to reach farther',
          },
        ],
  );
  return { unplaced, isFatal };
}

function finestOf(
  sources: readonly VrtSourceInput[],
  contributions: readonly (Contribution | null)[],
): { source: VrtSourceInput; index: number } {
  let [finest, area] = [0, Infinity];
  for (const [index, contribution] of contributions.entries()) {
    if (contribution === null) continue;
    const [x, y] = contribution.resolution;
    if (x * y < area) [finest, area] = [index, x * y];
  }
  const source = sources[finest];
  if (source === undefined) throw new TypeError('a grid was asked for without a source');
  return { source, index: finest };
}
