import { type DataType, isRepresentable, type Nodata } from '@inlay/geo';
import { isBigSamples, type Samples } from '@inlay/raster';
import type { BandRead, CompiledMosaic, SourceTraits } from './compiled-mosaic.ts';
import { convertSamples, convertValue } from './convert.ts';
import type { Fidelity } from './fidelity.ts';
import { alphaOf, bandNumber, maskedBand, maskKind } from './mask-kind.ts';
import { nodataMarks, nodataMaskMarks } from './nodata-match.ts';
import { type PlannedRead, spotCount } from './plan-reads.ts';
import { readPixels, type SourcePixels, union } from './source-pixels.ts';
import type { OpenedSource } from './source-port.ts';

/** What one target gets of one source. */
export interface SourceCells {
  /** Position in the targets. */
  readonly target: number;
  /** In the target's data type, row by row of the cells that the source fills; or one value for all of them. */
  readonly samples: Samples | number;
  /** Marks of the cells that are left as they are; null for none. */
  readonly left: Uint8Array | null;
}

/** Whether pixels have to be read at all: constants are known. */
export function needsPixels({ parts }: PlannedRead): boolean {
  return parts.some(({ read }) => read.constant === null || read.useMask);
}

/**
 * Reads what a source has for some cells.
 * @param typeOf data type of a target
 * @param source null where {@link needsPixels} is false
 */
export async function readSource(
  mosaic: CompiledMosaic,
  planned: PlannedRead,
  typeOf: (target: number) => DataType,
  source: OpenedSource | null,
  fidelity: Fidelity,
  signal: AbortSignal | undefined,
): Promise<SourceCells[]> {
  const { sourceIndex, x, y, parts, spots } = planned;
  const count = spots === undefined ? x.cells * y.cells : spotCount(spots);
  if (source === null) return parts.map(({ target, read }) => ({ target, samples: read.constant ?? 0, left: null }));
  const traits = mosaic.traits[mosaic.sources.traits[sourceIndex]!]!;
  const pixels = await readPixels(mosaic, planned, traits, source, fidelity, signal);
  return parts.map(({ target, read }) => {
    const { samples, left } = cellsOf(read, traits, pixels, typeOf(target), count, fidelity);
    return { target, samples, left: union(left, pixels.missing) };
  });
}

function cellsOf(
  read: BandRead,
  traits: SourceTraits,
  pixels: SourcePixels,
  dataType: DataType,
  count: number,
  fidelity: Fidelity,
): Omit<SourceCells, 'target'> {
  const { sourceBand, nodata, constant, maskThreshold, useMask } = read;
  const mask = maskOf(read, traits, pixels, dataType, fidelity);
  if (sourceBand === 'mask') {
    const values = mask ?? new Uint8Array(count).fill(255);
    return { samples: convertSamples(values, 'Byte', dataType), left: useMask ? invalid(values) : null };
  }
  const left = useMask && mask !== null ? invalid(mask) : null;
  if (constant !== null) return { samples: constant, left };
  const samples = pixels.bands.get(sourceBand)!;
  const sourceType = pixels.dataType!;
  if (maskThreshold !== null) {
    const values = convertSamples(samples, sourceType, dataType);
    return { samples: withNodata(values, mask, maskThreshold, nodata ?? 0, dataType), left: null };
  }
  const isComplexSource = nodata !== null || useMask;
  const values = isComplexSource && fidelity === 'gdal' ? throughDoubles(samples) : samples;
  const marks = nodata === null ? null : nodataMarks(samples, sourceType, dataType, nodata, fidelity);
  return { samples: convertSamples(values, sourceType, dataType), left: union(left, marks) };
}

/** The mask that is asked for: 0 is invalid, 255 is valid; null where everything is valid. */
function maskOf(
  read: BandRead,
  traits: SourceTraits,
  pixels: SourcePixels,
  outputType: DataType,
  fidelity: Fidelity,
): Uint8Array | null {
  const { sourceBand } = read;
  const number = bandNumber(sourceBand);
  const kind = maskKind(read, traits);
  if (kind === null || kind === 'all') return null;
  if (kind === 'stored') return pixels.storedMask;
  if (kind === 'self') return opacity(pixels.bands.get(number)!, pixels.dataType!);
  if (kind === 'alpha') {
    const { alphaMask } = pixels;
    if (alphaMask !== null) return opacity(alphaMask.bands[0]!, alphaMask.dataType);
    return opacity(pixels.bands.get(alphaOf(read, traits))!, pixels.dataType!);
  }
  const { nodata, dataType } = maskedBand(sourceBand, traits);
  if (nodata === null) return null;
  const samples = pixels.bands.get(number)!;
  const marks =
    sourceBand === 'mask'
      ? nodataMaskMarks(samples, dataType, nodata, fidelity)
      : nodataMarks(samples, dataType, outputType, nodata, fidelity);
  return marks && marks.map((mark) => (mark === 0 ? 255 : 0));
}

/** An alpha band as a mask of bytes. 16 bits are reduced to 8, and what is not 0 stays so (GDALRescaledAlphaBand). */
function opacity(samples: Samples, dataType: DataType): Uint8Array {
  if (!(samples instanceof Uint16Array)) return convertSamples(samples, dataType, 'Byte') as Uint8Array;
  return Uint8Array.from(samples, (value) => (value === 0 ? 0 : Math.max(1, Math.floor((value * 255) / 65_535))));
}

function invalid(mask: Uint8Array): Uint8Array {
  return mask.map((value) => (value === 0 ? 1 : 0));
}

/** 64-bit integers as GDAL's ComplexSource has them: rounded to doubles. */
function throughDoubles(samples: Samples): Samples {
  if (!isBigSamples(samples)) return samples;
  const dataType = samples instanceof BigInt64Array ? 'Int64' : 'UInt64';
  return convertSamples(Float64Array.from(samples, Number), 'Float64', dataType);
}

/** Samples with nodata where the mask is no greater than a threshold; valid ones of that value become another. */
function withNodata(
  samples: Samples,
  mask: Uint8Array | null,
  threshold: number,
  nodata: Nodata,
  dataType: DataType,
): Samples {
  const value = convertValue(nodata, dataType);
  const instead = substituteFor(nodata, dataType);
  const masked = samples.slice();
  for (let at = 0; at < masked.length; at += 1) {
    if (mask !== null && mask[at]! <= threshold) masked[at] = value;
    else if (instead !== null && masked[at] === value) masked[at] = instead;
  }
  return masked;
}

/**
 * What GDAL's NoDataFromMaskSource makes of valid pixels that have the nodata value, where no RemappedValue is written
 * (measured on 3.13): the next integer, or for floats a thousandth more. Null where it leaves them as they are.
 */
function substituteFor(nodata: Nodata, dataType: DataType): number | null {
  if (typeof nodata === 'bigint' || !isRepresentable(nodata, dataType)) return null;
  switch (dataType) {
    case 'Byte':
    case 'UInt16':
    case 'Int16':
      return isRepresentable(nodata + 1, dataType) ? nodata + 1 : nodata - 1;
    case 'Float32':
    case 'Float64':
      return nodata === 0 ? 0.001 : nodata * 1.001;
    default:
      return null;
  }
}
