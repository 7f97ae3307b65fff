import type { Frame } from './admission.ts';
import { type Arranged, groupSources } from './arrangement.ts';
import { Misalignment } from './misalignment.ts';
import type { PlanOptions } from './plan-options.ts';
import { placementWarnings } from './plan-warnings.ts';
import type { VrtKind, VrtSourceInput } from './problem.ts';
import { type Destination, placeSources, placeWhole } from './source-rects.ts';
import { chooseGrid } from './target-grid.ts';
import { arrangeWarped } from './warp-arrangement.ts';

/** Chooses the output's grid and places the sources that were admitted. */
export function arrangeSources(
  sources: readonly VrtSourceInput[],
  frame: Frame,
  options: PlanOptions,
  kind: VrtKind,
): Arranged {
  const arranged =
    options.crs === undefined
      ? arrangePlain(sources, frame, options, kind)
      : arrangeWarped(sources, frame, { ...options, crs: options.crs }, kind);
  const { arrangement, problems, warnings } = arranged;
  if (arrangement === null) return arranged;
  const { grid, placements } = arrangement;
  const more = placementWarnings(sources, grid, placements, frame.isPlaced, kind, options);
  return { arrangement, problems, warnings: [...warnings, ...more] };
}

/** Sources that all lie on north-up grids in one CRS, or nowhere, are placed as they are. */
function arrangePlain(sources: readonly VrtSourceInput[], frame: Frame, options: PlanOptions, kind: VrtKind): Arranged {
  const { grid, extent, turns, problems } = chooseGrid(sources, frame, options, kind);
  if (grid === null) return { arrangement: null, problems, warnings: [] };
  const { groups, variants } = groupSources(sources, frame.isPlaced, kind);
  const misalignment = new Misalignment();
  const destination: Destination = { grid, extent, turns, snaps: options.snap ?? false, misalignment };
  const place = frame.isGeoreferenced ? placeSources : placeWhole;
  const placements = place(sources, destination, variants);
  const warnings = misalignment.warnings(sources, kind);
  return { arrangement: { grid, sources, groups, placements, warp: null }, problems, warnings };
}
