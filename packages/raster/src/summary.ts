import { type BandStatistics, type DataType, type Nodata, isComplex } from '@inlay/geo';
import { createDistribution } from './distribution.ts';
import { type Histogram, histogramOf } from './histogram.ts';
import { createMoments } from './moments.ts';
import type { Samples } from './raster-array.ts';
import { type SampleRow, createSampleRow, rowLoader } from './sample-row.ts';

/** What is known of a band's valid pixels. */
export interface BandSummary extends BandStatistics {
  /** Share of the pixels looked at that are valid, 0..100: never null here. */
  readonly validPercent: number;
  /** Number of valid pixels that were looked at. */
  readonly validCount: number;
  /**
   * In the order asked for: the least value that at least `rank` percent of the pixels do not exceed (nearest rank, so
   * always a value that occurs).
   */
  readonly percentiles: readonly { readonly rank: number; readonly value: number }[];
  readonly histogram: Histogram;
  /** Percentiles and histogram come from some of the pixels that were looked at, taken at random. */
  readonly sampled: boolean;
}

/** What to find out of a band. */
export interface SummaryOptions {
  /** 0..100; default 2 and 98, between which QGIS stretches. */
  readonly percentiles?: readonly number[];
  /** Default 256. */
  readonly bins?: number;
  /** What the result says of itself: that it was not made of every pixel of the band. Default false. */
  readonly approximate?: boolean;
  /** Values of more than 16 bits that are kept for percentiles and histogram, 8 bytes each; default 2^20. */
  readonly maxKept?: number;
}

/** Gathers what {@link BandSummary} says, in one pass and bounded memory. */
export interface BandSummaryBuilder {
  /** Takes samples, and their mask (same length, non-zero = valid; null where there is none). */
  add(samples: Samples, mask: Uint8Array | null): void;
  /** Null where no pixel is valid. To be asked once. */
  finish(): BandSummary | null;
}

/** Percentiles that a default stretch runs between. */
export const STRETCH_PERCENTILES: readonly number[] = [2, 98];

const BINS = 256;
const MAX_KEPT = 2 ** 20;

/** Samples that are gone through at once: they fit a processor's cache. */
const PORTION = 16_384;

/**
 * Starts a summary. Nodata, masked pixels, NaN and infinities take no part; 64-bit integers are compared with nodata to
 * the last digit, and counted as doubles; complex samples count with their modulus.
 */
export function createBandSummary(
  dataType: DataType,
  nodata: Nodata | null,
  { percentiles = STRETCH_PERCENTILES, bins = BINS, approximate = false, maxKept = MAX_KEPT }: SummaryOptions = {},
): BandSummaryBuilder {
  const load = rowLoader(dataType, nodata);
  const parts = isComplex(dataType) ? 2 : 1;
  const moments = createMoments();
  const distribution = createDistribution(dataType, maxKept);
  const portion = createSampleRow(PORTION);
  let pixelCount = 0;
  const addRow = (row: SampleRow, samples: Samples, mask: Uint8Array | null, start: number): void => {
    load(row, samples, mask, start);
    const valid = row.isWhole ? null : row.valid;
    moments.add(row.values, valid);
    distribution.add(row.values, valid);
  };
  return {
    add(samples, mask) {
      const count = samples.length / parts;
      pixelCount += count;
      let start = 0;
      for (; start + PORTION <= count; start += PORTION) addRow(portion, samples, mask, start);
      if (start < count) addRow(createSampleRow(count - start), samples, mask, start);
    },
    finish() {
      const { count, minimum, maximum, mean, squares } = moments.current();
      if (count === 0) return null;
      const values = distribution.sort();
      return {
        minimum,
        maximum,
        mean,
        stddev: Math.sqrt(squares / count),
        validPercent: (100 * count) / pixelCount,
        validCount: count,
        approximate,
        percentiles: percentiles.map((rank) => ({
          rank,
          value: values.at(Math.max(1, Math.ceil((rank / 100) * values.count))),
        })),
        histogram: histogramOf(values, { minimum, maximum }, bins, count),
        sampled: values.isSample,
      };
    },
  };
}
