import type { DataType, Window } from '@inlay/geo';
import { isBigSamples, type RasterArray, type Resampling, resampleWindow } from '@inlay/raster';
import type { MosaicBand } from './compiled-mosaic.ts';
import { convertValue } from './convert.ts';
import type { Size } from './lattice.ts';
import type { ComposedCells } from './mosaic-composer.ts';
import type { Layer } from './paint.ts';

/** Bands that were resampled, each in a type of its own. */
export interface ResampledBands extends Pick<ComposedCells, 'samples' | 'mask'> {
  /** By band: its own, but where kernels make moduli of complex samples. */
  readonly dataTypes: readonly DataType[];
}

/** What cells are spread over. */
export interface SpreadTarget {
  /** Columns and rows of the result. */
  readonly width: number;
  readonly height: number;
  /** The part of the cells that is spread over it, possibly fractional. */
  readonly window: Window;
  readonly resampling: Resampling;
}

/** Resamples each band by its own valid pixels. */
export function spreadCells(
  cells: ComposedCells,
  size: Size,
  bands: readonly MosaicBand[],
  target: SpreadTarget,
): ResampledBands {
  const valid = new Uint8Array(target.width * target.height);
  const resampled = bands.map((band, at) => {
    const source: RasterArray = {
      layout: 'band-separate',
      width: size.width,
      height: size.height,
      dataType: band.dataType,
      bands: [cells.samples[at]!],
      mask: bothValid(band, cells.painted[at]!, cells.mask, size.width * size.height),
    };
    const nodata = band.hideNodata ? null : band.nodata;
    const result = resampleWindow(source, { ...target, nodata: [nodata] });
    fillHoles(band, result, valid);
    return result;
  });
  return {
    samples: resampled.map((result) => result.bands[0]!),
    dataTypes: resampled.map(({ dataType }) => dataType),
    mask: valid.includes(0) ? valid : null,
  };
}

/** Alpha is a number like others: transparent pixels count in it. */
function bothValid(
  { colorInterp }: MosaicBand,
  painted: Layer['painted'],
  mask: Uint8Array | null,
  count: number,
): Uint8Array | null {
  if (colorInterp === 'Alpha') return null;
  if (painted === 'all') return mask;
  if (painted === 'none') return new Uint8Array(count);
  if (mask === null) return painted.includes(0) ? painted : null;
  return painted.map((isPainted, at) => (isPainted !== 0 && mask[at] !== 0 ? 255 : 0));
}

/** Puts into a band what it holds where nothing is, and marks the pixels where something is. */
function fillHoles(
  { nodata, colorInterp }: MosaicBand,
  { dataType, bands, mask }: RasterArray,
  valid: Uint8Array,
): void {
  const samples = bands[0]!;
  if (mask === null) {
    // Whether an alpha band is there says nothing of whether the pixel is: its values do.
    if (colorInterp !== 'Alpha') valid.fill(255);
    else for (const [at, value] of samples.entries()) if (value > 0) valid[at] = 255;
    return;
  }
  const empty = nodata === null ? 0 : convertValue(nodata, dataType);
  for (let at = 0; at < mask.length; at += 1) {
    if (mask[at] !== 0) valid[at] = 255;
    else samples[at] = isBigSamples(samples) ? BigInt(empty) : empty;
  }
}
