import type { Crs } from '@inlay/geo';
import type { GdalDataset } from '@inlay/testing';
import type { VrtPlan } from '@inlay/vrt';

/**
 * What gdalbuildvrt did differently before 3.13, the version that our VRTs follow, as far as the tests meet it:
 * - before 3.7 `average` was sum / count, not a running mean;
 * - before 3.8 `-separate` wrote ComplexSource elements only, and ignored masks;
 * - before 3.13 it kept neither descriptions nor metadata, and wrote nodata with 16 digits.
 */
export function isOlderGdal(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 3 || (major === 3 && minor < 13);
}

/** Whether gdalbuildvrt's output grid is the same in all versions. */
export function hasStableGrid(plan: VrtPlan<Crs | null>, strategy: string): boolean {
  const { count, srcRects, dstRects } = plan.placements;
  if (strategy !== 'average') return true;
  for (let at = 0; at < 4 * count; at += 1) {
    if (at % 4 >= 2 && srcRects[at] !== dstRects[at]) return false;
  }
  return true;
}

/** The text of a VRT without what older versions write differently; see {@link isOlderGdal}. */
export function withoutNews(text: string, kind: VrtPlan['kind']): string {
  const everywhere = text
    .replace(/^ *<Description>.*\n/gm, '')
    .replace(/^ *<Metadata>[^]*?<\/Metadata>\n/gm, '')
    .replace(
      /<(NODATA|NoDataValue)>([^<]*)</g,
      (_, name: string, value: string) => `<${name}>${Number(value).toPrecision(15)}<`,
    );
  if (kind === 'mosaic') return everywhere;
  return everywhere.replace(/^ *<UseMaskBand>.*\n/gm, '').replace(/(?:Simple|Complex)Source>/g, 'Source>');
}

/** What GDAL reports of a VRT without what older versions do not write. */
export function datasetWithoutNews(dataset: GdalDataset): GdalDataset {
  return {
    ...dataset,
    bands: dataset.bands.map((band) => ({
      ...band,
      description: '',
      metadata: {},
      nodata: typeof band.nodata === 'number' ? Number(band.nodata.toPrecision(15)) : band.nodata,
    })),
  };
}
