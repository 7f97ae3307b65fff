import type { Crs } from '@inlay/geo';
import { NO_PARTICULARS } from './bands.ts';
import { onOneLine } from './document-template.ts';
import type { OverviewPlan } from './overview-plan.ts';
import type { VrtPlan } from './plan.ts';
import { escapeFileName } from './xml-text.ts';

/** The rendered levels of an output, and what they are called in a document. */
export interface OverviewLinks {
  readonly plan: OverviewPlan;
  /** Name of the file that holds the levels of some bands, by its position in the plan: a TIFF of one level a directory. */
  readonly fileName: (file: number) => string;
}

/**
 * Composed levels are written out as documents of their own, once for each band. Outputs with more source elements go
 * without: every read at their scale is forwarded to the sources all the same.
 */
const MAX_COMPOSED_ELEMENTS = 5000;

/**
 * The `<Overview>` elements of a band, finest first, each on a line of its own. One of them hides all levels of the
 * dataset's `<OverviewList>`, so composed levels are among them, as documents in place of a file's name.
 *
 * @param band 1-based; `mask` for the mask of the dataset
 * @param write the text of a document
 */
export function overviewElements(
  plan: VrtPlan<Crs | null>,
  { plan: overviews, fileName }: OverviewLinks,
  band: number | 'mask',
  indent: string,
  write: (level: VrtPlan<Crs | null>) => string,
): string {
  const element = (name: string, sourceBand: number): string =>
    `${indent}<Overview><SourceFilename relativeToVRT="0">${name}</SourceFilename>` +
    `<SourceBand>${sourceBand}</SourceBand></Overview>\n`;
  const composed = isWrittenOut(plan)
    ? overviews.composed.map((factor) =>
        element(escapeFileName(onOneLine(write(composedLevel(plan, factor, band)))), 1),
      )
    : [];
  const file = band === 'mask' ? 0 : overviews.files.findIndex(({ bands }) => bands.includes(band));
  const { bands } = overviews.files[file]!;
  const sourceBand = band === 'mask' ? bands.length + 1 : bands.indexOf(band) + 1;
  // GDAL counts the directories of a file from 1 (gdal.org, "GTiff -- GeoTIFF File Format", "Subdatasets").
  const rendered = overviews.levels.map((_, level) =>
    element(escapeFileName(`GTIFF_DIR:${level + 1}:${fileName(file)}`), sourceBand),
  );
  return [...composed, ...rendered].join('');
}

function isWrittenOut({ bands, mask }: VrtPlan<Crs | null>): boolean {
  const all = mask === null ? bands : [...bands, mask];
  return all.reduce((sum, { placementCount }) => sum + placementCount, 0) <= MAX_COMPOSED_ELEMENTS;
}

/**
 * A band of an output, or its mask, reduced by a factor: as GDAL composes the levels of an `<OverviewList>`, whose size is
 * that of the output divided and cut off, and whose DstRects are scaled by what that makes of the factor.
 */
function composedLevel(plan: VrtPlan<Crs | null>, factor: number, band: number | 'mask'): VrtPlan<Crs | null> {
  const { grid, placements } = plan;
  const width = Math.floor(grid.width / factor);
  const height = Math.floor(grid.height / factor);
  const scales = [width / grid.width, height / grid.height];
  return {
    ...plan,
    grid: { ...grid, width, height },
    isGeoreferenced: false,
    crs: null,
    metadata: {},
    bands: [band === 'mask' ? { ...NO_PARTICULARS, ...plan.mask! } : plan.bands[band - 1]!],
    mask: band === 'mask' ? null : plan.mask,
    overviewDecimations: [],
    placements: { ...placements, dstRects: placements.dstRects.map((value, at) => value * scales[at % 2]!) },
  };
}
