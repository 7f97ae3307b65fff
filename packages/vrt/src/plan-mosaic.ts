import type { Crs } from '@inlay/geo';
import { admitSources } from './admission.ts';
import { arrangeSources } from './arrange-sources.ts';
import { assembleAsGdal, assembleMosaic } from './assemble-bands.ts';
import { gdalOverviews, sharedOverviews } from './overviews.ts';
import { checkOptions, type CompatibleOptions, type PlanOptions } from './plan-options.ts';
import { accept, type PlanResult, refuse } from './plan-result.ts';
import { pixelFunctionFindings } from './pixel-function.ts';
import type { VrtSourceInput } from './problem.ts';
import { requiredGdal } from './required-gdal.ts';
import { bandSelector } from './select-bands.ts';
import { withSourceNodata } from './source-nodata.ts';
import { documentOrder, inDocumentOrder } from './source-order.ts';

/**
 * Plans the virtual raster that lays sources side by side, from their profiles alone. The first source is the
 * reference that the others must agree with; the **last** one is on top where sources overlap, unless the options say
 * otherwise (`paintOrder`, `pixelFunction`).
 *
 * In the compatible mode the result is pixel for pixel what `gdalbuildvrt` makes of the same files in the same order with
 * the same options (gdal.org, "gdalbuildvrt"). Without a mode it differs where gdalbuildvrt loses valid pixels or shows
 * invalid ones (docs/differences-from-gdalbuildvrt.md), and a source that does not fit is a problem, never skipped.
 *
 * @throws {VrtError} `vrt/invalid-option`
 */
export function planMosaic(sources: readonly VrtSourceInput[], options: CompatibleOptions): PlanResult<Crs | null>;
export function planMosaic(sources: readonly VrtSourceInput[], options: PlanOptions): PlanResult;
export function planMosaic(sources: readonly VrtSourceInput[], options: PlanOptions): PlanResult<Crs | null> {
  checkOptions(options, 'mosaic');
  const order = documentOrder(sources.length, options);
  const { inputs, planOptions } = withSourceNodata(sources, options, 'mosaic', order);
  const select = bandSelector(planOptions, 'mosaic');
  const { frame, problems, warnings, skipped } = admitSources(inputs, 'mosaic', planOptions, select);
  if (frame === null) return refuse(sources, problems, warnings);

  const { arrangement, ...arranged } = arrangeSources(inputs, frame, planOptions, 'mosaic');
  problems.push(...arranged.problems);
  warnings.push(...arranged.warnings);
  if (arrangement === null) return refuse(sources, problems, warnings);

  const { grid, sources: seen, groups, placements, warp } = arrangement;
  const assemble = 'mode' in options ? assembleAsGdal : assembleMosaic;
  const {
    bands,
    mask,
    metadata,
    warnings: ofValues,
  } = assemble({ sources: seen, groups, grid, placements }, select, planOptions);
  const functionFindings = pixelFunctionFindings(planOptions, bands, placements, grid);
  problems.push(...functionFindings.problems);
  warnings.push(...functionFindings.warnings);
  if (problems.length > 0) return refuse(sources, problems, warnings);

  warnings.push(...ofValues);
  return accept(
    {
      kind: 'mosaic',
      grid,
      isGeoreferenced: true,
      crs: frame.crs,
      metadata,
      bands,
      mask,
      overviewDecimations: ('mode' in options ? gdalOverviews : sharedOverviews)(seen, grid, placements),
      resampling: options.resampling ?? null,
      requiresGdal: requiredGdal(bands),
      placements: inDocumentOrder(placements, order),
      warp,
    },
    sources,
    warnings,
    skipped,
  );
}
