import type { Crs } from '@inlay/geo';
import { admitSources } from './admission.ts';
import { arrangeSources } from './arrange-sources.ts';
import { assembleStack, assembleStackAsGdal } from './assemble-bands.ts';
import { sharedOverviews } from './overviews.ts';
import { checkOptions, type CompatibleOptions, type PlanOptions } from './plan-options.ts';
import { accept, type PlanResult, refuse } from './plan-result.ts';
import { nothingPlaced } from './plan-warnings.ts';
import type { VrtSourceInput } from './problem.ts';
import { requiredGdal } from './required-gdal.ts';
import { bandSelector } from './select-bands.ts';
import { withSourceNodata } from './source-nodata.ts';
import { documentOrder, inDocumentOrder } from './source-order.ts';

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
  const { inputs, planOptions } = withSourceNodata(sources, options, 'band_stack', order);
  const select = bandSelector(planOptions, 'band_stack');
  const { frame, problems, warnings, skipped } = admitSources(inputs, 'band_stack', planOptions, select);
  if (frame === null) return refuse(sources, problems, warnings);

  const { arrangement, ...arranged } = arrangeSources(inputs, frame, planOptions, 'band_stack');
  problems.push(...arranged.problems);
  warnings.push(...arranged.warnings);
  if (arrangement === null || problems.length > 0) return refuse(sources, problems, warnings);

  const { grid, sources: seen, groups, warp } = arrangement;
  if (arrangement.placements.count === 0) return refuse(sources, [nothingPlaced('band_stack')], warnings);
  const placements = inDocumentOrder(arrangement.placements, order);
  const assemble = 'mode' in options ? assembleStackAsGdal : assembleStack;
  const {
    bands,
    mask,
    metadata,
    warnings: ofValues,
  } = assemble({ sources: seen, groups, grid, placements }, select, planOptions);
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
      overviewDecimations: 'mode' in options ? [] : sharedOverviews(seen, grid, placements),
      resampling: options.resampling ?? null,
      requiresGdal: requiredGdal(bands),
      placements,
      warp,
    },
    sources,
    warnings,
    skipped,
  );
}
