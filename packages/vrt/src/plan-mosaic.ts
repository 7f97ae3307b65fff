import { groupByLayout, mosaicBands, mosaicMask } from './bands.ts';
import { checkCompatibility } from './compatibility.ts';
import { virtualOverviews } from './overviews.ts';
import { accept, type PlanOptions, type PlanResult, refuse } from './plan-result.ts';
import { placementWarnings } from './plan-warnings.ts';
import type { VrtSourceInput } from './problem.ts';
import { placeSources } from './source-rects.ts';
import { chooseGrid } from './target-grid.ts';

/**
 * Plans the virtual raster that lays sources side by side, from their profiles alone. The first source is the
 * reference that the others must agree with; the **last** one is on top where sources overlap.
 *
 * The result is pixel for pixel what `gdalbuildvrt -resolution highest|lowest|average` makes of the same files in
 * the same order (gdal.org, "gdalbuildvrt"), except that a source which does not fit is a problem, never skipped.
 */
export function planMosaic(sources: readonly VrtSourceInput[], options: PlanOptions): PlanResult {
  const { problems, warnings, sharesFrame, crs } = checkCompatibility(sources, 'mosaic');
  if (!sharesFrame || crs === null) return refuse(sources, problems, warnings);

  const { grid, problems: gridProblems } = chooseGrid(sources, options.resolutionStrategy, 'mosaic');
  problems.push(...gridProblems);
  if (grid === null) return refuse(sources, problems, warnings);

  const { layouts, layoutOf } = groupByLayout(sources);
  const placements = placeSources(sources, grid, layoutOf);
  warnings.push(...placementWarnings(sources, grid, placements, 'mosaic'));
  if (problems.length > 0) return refuse(sources, problems, warnings);

  return accept(
    {
      kind: 'mosaic',
      grid,
      crs,
      bands: mosaicBands(layouts, placements),
      mask: mosaicMask(layouts, placements),
      overviewDecimations: virtualOverviews(sources, grid, placements),
      placements,
    },
    sources,
    warnings,
  );
}
