import { type Crs, type RasterProfile, sameCrs, type Window } from '@inlay/geo';
import type { Frame } from './admission.ts';
import { type Arranged, groupSources } from './arrangement.ts';
import { edgesOf, type TurnRanges, turnsThatReach } from './earth-frame.ts';
import { memoize } from './memoize.ts';
import { Misalignment } from './misalignment.ts';
import type { WarpedSource, WarpResampling } from './plan.ts';
import type { PlanOptions, Resampling } from './plan-options.ts';
import { ownPixels, PlacementColumns } from './placement-columns.ts';
import { named, type Problem, type VrtKind, type VrtSourceInput } from './problem.ts';
import { placedOf } from './source-place.ts';
import { type Destination, sourcePlacer } from './source-rects.ts';
import { type PlacedRaster, type WarpedExtent, warpedExtent } from './warp-extent.ts';
import { liesOnLines } from './warp-grid.ts';
import { profileWarper } from './warp-layout.ts';
import { placeExtent, type WarpTarget } from './warp-placement.ts';
import { chooseWarpGrid } from './warp-target.ts';

/**
 * Places sources of any CRS and orientation on a grid in the CRS that was asked for: those whose pixels lie on it as
 * they are, and the others warped to the whole of it, each in the windows that it may fill.
 */
export function arrangeWarped(
  sources: readonly VrtSourceInput[],
  frame: Frame,
  options: PlanOptions & { readonly crs: Crs },
  kind: VrtKind,
): Arranged {
  const { grid, extent, extents, problems, warnings } = chooseWarpGrid(sources, options, kind);
  if (grid === null) return { arrangement: null, problems, warnings };

  const target: WarpTarget = { grid, crs: options.crs };
  const turns = frame.turn === null ? null : turnsThatReach(edgesOf(sources), extent, frame.turn);
  const warp = warper(target, turns);
  const warped = new Map<number, WarpedSource>();
  const windows: (readonly Window[] | null)[] = [];
  const resampling = warpResampling(options.resampling);
  const warpProfile = profileWarper(target, resampling);
  const seen = sources.map((source, index): VrtSourceInput => {
    const made = warp(source, index, extents[index] ?? null);
    windows.push(made?.windows ?? null);
    if (made === null) return source;
    if (made.windows.length > 0) warped.set(index, made.source);
    return { label: source.label, profile: warpProfile(made.source.profile, made.source.overviewLevel) };
  });

  const { groups, variants } = groupSources(seen, frame.isPlaced, kind);
  const misalignment = new Misalignment();
  const destination: Destination = { grid, extent, turns, snaps: false, misalignment };
  const columns = new PlacementColumns(sources.length);
  const place = sourcePlacer(destination, columns);
  for (const [index, source] of seen.entries()) {
    const variant = variants[index] ?? -1;
    const own = windows[index] ?? null;
    if (own === null) place(source, index, variant);
    for (const { colOff, rowOff, width, height } of own ?? []) {
      columns.add(index, variant, grid, ownPixels(colOff, width), ownPixels(rowOff, height));
    }
  }
  const warpPlan = warped.size === 0 ? null : { target, resampling, sources: warped };
  const arrangement = { grid, sources: seen, groups, placements: columns.done(), warp: warpPlan };
  const lost = kind === 'band_stack' && options.nodata === undefined ? lostEdges(sources, seen, warped) : [];
  return { arrangement, problems, warnings: [...warnings, ...misalignment.warnings(sources, kind), ...lost] };
}

/** Sources that a mask has come to while they were warped, which a stack does not keep. */
function lostEdges(
  sources: readonly VrtSourceInput[],
  seen: readonly VrtSourceInput[],
  warped: ReadonlyMap<number, WarpedSource>,
): Problem[] {
  return [...warped.keys()].flatMap((index): Problem[] => {
    const source = sources[index];
    if (source === undefined || source.profile.layout.mask !== null || seen[index]?.profile.layout.mask === null)
      return [];
    return [
      {
        index,
        type: 'mask_ignored',
        field: 'nodata',
        message: `${named(source)} is warped and has no nodata value: what it does not reach of the band stack becomes the value 0`,
        expected: null,
        actual: null,
        fix: 'set nodata to a value that no valid pixel has: what the source does not reach becomes that',
      },
    ];
  });
}

/** A source that is warped, and the windows of the target that it may fill. */
interface Warped {
  readonly source: WarpedSource;
  readonly windows: readonly Window[];
}

/**
 * Decides how a source is warped; null where it is placed as it is.
 * @param extent of the source in the target's CRS; null where it is north-up in it
 */
function warper(
  target: WarpTarget,
  turns: TurnRanges | null,
): (source: VrtSourceInput, index: number, extent: WarpedExtent | null) => Warped | null {
  const isSame = memoize((crs: Crs) => sameCrs(crs, target.crs));
  return ({ profile }, index, extent) => {
    const source = placedOf(profile);
    if (extent !== null && !isSame(source.crs)) return warpWithin(source, extent, target);
    const [first, last] = [turns?.first[index] ?? 0, turns?.last[index] ?? 0];
    const shifted = shiftedBy(source, first * (turns?.turn ?? 0));
    // Nothing reprojects longitudes of a CRS to others of the same, so that a warped source is at one turn only.
    const isAtBothEnds = last > first;
    if (extent === null && (isAtBothEnds || liesOnLines(shifted, target.grid))) return null;
    const known = warpedExtent(shifted, target.crs);
    if (known === null) throw new TypeError('a source was admitted that has no place in the target');
    const { source: made, windows } = warpWithin(shifted, known, target);
    return { source: made, windows: windows.slice(0, 1) };
  };
}

function warpWithin(profile: RasterProfile & PlacedRaster, extent: WarpedExtent, target: WarpTarget): Warped {
  const { windows, overviewLevel } = placeExtent(profile, extent, target);
  return { source: { profile, overviewLevel }, windows };
}

function shiftedBy(source: RasterProfile & PlacedRaster, shift: number): RasterProfile & PlacedRaster {
  if (shift === 0) return source;
  const [a, b, c, d, e, f] = source.affine;
  return { ...source, affine: [a, b, c + shift, d, e, f] };
}

function warpResampling(resampling: Resampling = 'nearest'): WarpResampling {
  if (resampling === 'gauss') throw new TypeError('options were not checked: no source can be warped with gauss');
  return resampling;
}
