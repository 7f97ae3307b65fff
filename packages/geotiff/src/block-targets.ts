import { DATA_TYPE_BYTES, type Nodata, isComplex, isRepresentable } from '@inlay/geo';
import { type Samples, allocateSamples, isBigSamples } from '@inlay/raster';
import type { BlockFormat } from './block-format.ts';

/** Where the samples of one band go. */
export interface BandTarget {
  /** Place of the band's sample within a pixel of a block, 0-based. */
  readonly sampleOffset: number;
  /** What the pixels of a block that is not stored hold. */
  readonly fill: number | bigint;
  readonly samples: Samples;
}

/** The arrays that a read fills. */
export interface BandTargets {
  /** One array a band, in the order asked for. */
  readonly bands: readonly Samples[];
  /** What each plane's blocks fill, so that a block of one band among thousands does not look for it. */
  readonly byPlane: ReadonlyMap<number, readonly BandTarget[]>;
  /** The arrays of the first three samples of each pixel, where those and no others are read: RGB. */
  readonly triple: readonly [Samples, Samples, Samples] | null;
}

/**
 * Sets aside arrays for `bands` (1-based) of `pixelCount` pixels each.
 * @param nodata of each band of the image; missing ones count as none.
 */
export function createTargets(
  format: BlockFormat,
  bands: readonly number[],
  nodata: readonly (Nodata | null)[],
  pixelCount: number,
): BandTargets {
  const byPlane = new Map<number, BandTarget[]>();
  const arrays = bands.map((band) => {
    const samples = allocateSamples(format.dataType, pixelCount);
    const plane = format.planar ? band - 1 : 0;
    const inPlane = byPlane.get(plane) ?? [];
    inPlane.push({
      sampleOffset: format.planar ? 0 : band - 1,
      fill: fillValue(format, samples, nodata[band - 1] ?? null),
      samples,
    });
    byPlane.set(plane, inPlane);
    return samples;
  });
  return { bands: arrays, byPlane, triple: tripleOf(format, byPlane.get(0) ?? []) };
}

function tripleOf({ dataType }: BlockFormat, targets: readonly BandTarget[]): BandTargets['triple'] {
  const [red, green, blue] = [0, 1, 2].map((offset) => targets.find(({ sampleOffset }) => sampleOffset === offset));
  if (targets.length !== 3 || !red || !green || !blue) return null;
  const isPlain = !isComplex(dataType) && DATA_TYPE_BYTES[dataType] <= 4;
  return isPlain ? [red.samples, green.samples, blue.samples] : null;
}

/** Unstored pixels hold nodata where the data type can say it, else 0, as in GDAL. */
function fillValue({ dataType }: BlockFormat, samples: Samples, nodata: Nodata | null): number | bigint {
  const value = nodata !== null && isRepresentable(nodata, dataType) ? nodata : 0;
  return isBigSamples(samples) ? BigInt(value) : Number(value);
}
