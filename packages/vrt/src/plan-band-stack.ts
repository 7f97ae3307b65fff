import type { Crs } from '@inlay/geo';
import { admitSources } from './admission.ts';
import { assembleStack, assembleStackAsGdal } from './assemble-bands.ts';
import { sharedOverviews } from './overviews.ts';
import { checkOptions, type CompatibleOptions, type PlanOptions } from './plan-options.ts';
import { accept, type PlanResult, refuse } from './plan-result.ts';
import { nothingPlaced, placementWarnings } from './plan-warnings.ts';
import type { VrtSourceInput } from './problem.ts';
import { requiredGdal } from './required-gdal.ts';
import { bandSelector } from './select-bands.ts';
import { documentOrder, inDocumentOrder } from './source-order.ts';
import { placeSources, placeWhole } from './source-rects.ts';
import { chooseGrid } from './target-grid.ts';

/**
 * Plans the virtual raster that has a band for each band of each source, in the order sent or in `paintOrder`: all bands
 * of the first source, then all of the second, and so on. The sources cover one extent; where their resolutions differ (Sentinel-2's 10 m and 20 m bands), the strategy decides on the output's.
 * Sources have one band each, unless the options say which bands to take.
 *
 * In the compatible mode the result is pixel for pixel what `gdalbuildvrt -separate` (3.8 and later) makes of the same
 * files with the same options (gdal.org, "gdalbuildvrt").
 *
 * @throws {VrtError} `vrt/invalid-option`
 */
export function planBandStack(sources: readonly VrtSourceInput[], options: CompatibleOptions): PlanResult<Crs | null>;
export function planBandStack(sources: readonly VrtSourceInput[], options: PlanOptions): PlanResult;
export function planBandStack(sources: readonly VrtSourceInput[], options: PlanOptions): PlanResult<Crs | null> {
  checkOptions(options, 'band_stack');
  const order = documentOrder(sources.length, options);
  const select = bandSelector(options, 'band_stack');
  const { frame, problems, warnings, skipped } = admitSources(sources, 'band_stack', options, select);
  if (frame === null) return refuse(sources, problems, warnings);

  const { grid, extent, problems: gridProblems } = chooseGrid(sources, frame, options, 'band_stack');
  problems.push(...gridProblems);
  if (grid === null || problems.length > 0) return refuse(sources, problems, warnings);

  // Each band has a source to itself, so that there is nothing to tell apart by variant.
  const variants = Int32Array.from(frame.isPlaced, (isPlaced) => isPlaced - 1);
  const place = frame.isGeoreferenced ? placeSources : placeWhole;
  const sentPlacements = place(sources, grid, extent, variants);
  if (sentPlacements.count === 0) return refuse(sources, [nothingPlaced('band_stack')], warnings);
  warnings.push(...placementWarnings(sources, grid, sentPlacements, frame.isPlaced, 'band_stack'));
  const placements = inDocumentOrder(sentPlacements, order);
  const groups = { layouts: sources.map(({ profile }) => profile.layout), layoutOf: Int32Array.from(sources.keys()) };
  const assemble = 'mode' in options ? assembleStackAsGdal : assembleStack;
  const {
    bands,
    mask,
    metadata,
    warnings: ofValues,
  } = assemble({ sources, groups, grid, placements }, select, options);
  warnings.push(...ofValues);
  return accept(
    {
      kind: 'band_stack',
      grid,
      isGeoreferenced: frame.isGeoreferenced,
      crs: frame.crs,
      metadata,
      bands,
      mask,
      overviewDecimations: 'mode' in options ? [] : sharedOverviews(sources, grid, placements),
      resampling: options.resampling ?? null,
      requiresGdal: requiredGdal(bands),
      placements,
    },
    sources,
    warnings,
    skipped,
  );
}
