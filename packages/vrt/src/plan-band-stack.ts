import { stackBands } from './bands.ts';
import { checkCompatibility } from './compatibility.ts';
import { extentProblems } from './extent-agreement.ts';
import { accept, type PlanOptions, type PlanResult, refuse } from './plan-result.ts';
import { placementWarnings } from './plan-warnings.ts';
import type { VrtSourceInput } from './problem.ts';
import { placeSources } from './source-rects.ts';
import { chooseGrid } from './target-grid.ts';

/**
 * Plans the virtual raster that has one band per source, in the order sent. The sources cover one extent; where
 * their resolutions differ (Sentinel-2's 10 m and 20 m bands), the strategy decides on the output's.
 *
 * The result is pixel for pixel what `gdalbuildvrt -separate` makes of the same files (gdal.org, "gdalbuildvrt").
 */
export function planBandStack(sources: readonly VrtSourceInput[], options: PlanOptions): PlanResult {
  const { problems, warnings, sharesFrame, crs } = checkCompatibility(sources, 'band_stack');
  if (!sharesFrame || crs === null) return refuse(sources, problems, warnings);

  problems.push(...extentProblems(sources));
  const { grid, problems: gridProblems } = chooseGrid(sources, options.resolutionStrategy, 'band_stack');
  problems.push(...gridProblems);
  if (grid === null || problems.length > 0) return refuse(sources, problems, warnings);

  // Each band has a source to itself, so that there is nothing to tell apart by variant.
  const placements = placeSources(sources, grid, new Int32Array(sources.length));
  warnings.push(...placementWarnings(sources, grid, placements, 'band_stack'));
  const layouts = sources.map(({ profile }) => profile.layout);
  return accept(
    {
      kind: 'band_stack',
      grid,
      crs,
      bands: stackBands(layouts, placements),
      mask: null,
      overviewDecimations: [],
      placements,
    },
    sources,
    warnings,
  );
}
