import { BYTE_STRETCH, type SampleStatistics, type Stretch } from '@inlay/raster';

/**
 * The stretch between the 2nd and 98th percentile, QGIS's cumulative cut; between the extremes where most pixels have
 * one and the same value. Bytes' own range where nothing is valid.
 */
export function percentileStretch(statistics: SampleStatistics | null): Stretch {
  if (statistics === null) return BYTE_STRETCH;
  const { percentile2, percentile98, minimum, maximum } = statistics;
  return percentile2 < percentile98 ? { lo: percentile2, hi: percentile98 } : { lo: minimum, hi: maximum };
}
