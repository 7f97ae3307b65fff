import {
  type BandProfile,
  type BandStatistics,
  type DataType,
  MASK_ALL_VALID,
  MASK_ALPHA,
  MASK_NODATA,
  MASK_PER_DATASET,
  type Nodata,
  integerRange,
} from '@inlay/geo';
import { type BandFacts, type DatasetFacts, mergeItems } from './band-facts.ts';
import type { BlockLayout } from './image-blocks.ts';
import { parseNodata, parseNumber, roundNodata } from './number-text.ts';
import type { SampleLayout } from './sample-layout.ts';

/** What the facts of the bands are put together from. */
export interface BandSources {
  readonly samples: SampleLayout;
  readonly blocks: BlockLayout;
  /** GDAL_NODATA (tag 42113), for all bands; null where absent or empty. */
  readonly nodataText: string | null;
  readonly internal: DatasetFacts;
  readonly sidecar: DatasetFacts;
  readonly heights: HeightFacts;
  /** The dataset's metadata, merged. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly hasMask: boolean;
  /** Flags of a mask of single bands, by band offset; null where there is none. */
  readonly maskOfBand: (bandOffset: number) => number | null;
}

/** What the vertical part of the georeference says of pixel values; it counts where values are heights. */
export interface HeightFacts {
  /** Null where the file has no vertical CRS. */
  readonly unit: string | null;
  /** Both null, or both numbers. */
  readonly scale: number | null;
  readonly offset: number | null;
}

/** The bands' profiles and statistics; what the `.aux.xml` says comes before what the file says (GDAL 3.13). */
export function describeBands(sources: BandSources): {
  bands: BandProfile[];
  statistics: (BandStatistics | null)[];
} {
  const { samples, blocks, nodataText } = sources;
  const bands: BandProfile[] = [];
  const statistics: (BandStatistics | null)[] = [];
  for (let bandOffset = 0; bandOffset < samples.bandCount; bandOffset++) {
    const internal = sources.internal.bands.get(bandOffset);
    const sidecar = sources.sidecar.bands.get(bandOffset);
    const { unit, scale, offset } = sources.heights;
    const facts: BandFacts = {
      ...(unit === null ? {} : { unit }),
      ...internal,
      ...(scale === null || offset === null ? {} : { scale, offset }),
      ...sidecar,
      metadata: mergeItems(internal?.metadata ?? {}, sidecar?.metadata ?? {}),
    };
    const { rest, bandStatistics } = takeStatistics(facts.metadata);
    const colorTable = facts.colorTable ?? (bandOffset === 0 ? samples.colorTable : null);
    const hasScaling = facts.scale !== undefined || facts.offset !== undefined;
    bands.push({
      dataType: samples.dataType,
      nbits: facts.nbits ?? samples.nbits,
      blockWidth: blocks.blockWidth,
      blockHeight: blocks.blockHeight,
      nodata: nodataOf(facts, nodataText, samples.dataType),
      colorInterp: facts.colorInterp ?? samples.colorInterps[bandOffset]!,
      colorTable,
      scale: hasScaling ? (facts.scale ?? 1) : null,
      offset: hasScaling ? (facts.offset ?? 0) : null,
      unit: facts.unit || null,
      description: facts.description || null,
      categories: facts.categories ?? null,
      metadata: rest,
      maskFlags: 0,
    });
    statistics.push(bandStatistics);
  }
  return { bands: bands.map((band, i) => ({ ...band, maskFlags: maskFlagsOf(i, bands, sources) })), statistics };
}

function nodataOf(facts: BandFacts, nodataText: string | null, dataType: DataType): Nodata | null {
  if (facts.nodata !== undefined) {
    const { text, exact } = facts.nodata;
    return exact === null || dataType === 'Int64' || dataType === 'UInt64'
      ? parseNodata(text, dataType)
      : roundNodata(exact, dataType);
  }
  return nodataText === null ? null : parseNodata(nodataText, dataType);
}

/** GDAL's order: a mask, then several nodata values that count together, then nodata, then an alpha band. */
function maskFlagsOf(bandOffset: number, bands: readonly BandProfile[], sources: BandSources): number {
  if (sources.hasMask) return MASK_PER_DATASET;
  const ownMask = sources.maskOfBand(bandOffset);
  if (ownMask !== null) return ownMask;
  const together = sources.metadata['NODATA_VALUES']?.trim().split(/\s+/) ?? [];
  if (together.length === bands.length) return MASK_NODATA | MASK_PER_DATASET;
  const { nodata, dataType } = bands[bandOffset]!;
  if (nodata !== null && canMask(nodata, dataType)) return MASK_NODATA;
  const last = bands.length - 1;
  const last8Or16Bit = bands[last]!.dataType === 'Byte' || bands[last]!.dataType === 'UInt16';
  const isAlphaMasked =
    (bands.length === 2 || bands.length === 4) &&
    bandOffset < last &&
    bands[last]!.colorInterp === 'Alpha' &&
    last8Or16Bit;
  return isAlphaMasked ? MASK_ALPHA | MASK_PER_DATASET : MASK_ALL_VALID;
}

/** Whether GDAL masks by that value: it lies in the type's range, though a Byte will hardly be 1.5. */
function canMask(nodata: Nodata, dataType: DataType): boolean {
  if (typeof nodata === 'bigint') return true;
  const range = integerRange(dataType);
  if (range !== null) return nodata >= Number(range[0]) && nodata <= Number(range[1]);
  if (dataType === 'Float16' || dataType === 'CFloat32') {
    return !Number.isFinite(nodata) || Number.isFinite(Math.fround(nodata));
  }
  return true;
}

const STATISTICS_KEY = /^STATISTICS_/i;

/** Moves `STATISTICS_*` items out of a band's metadata. GDAL needs all four before it trusts any. */
function takeStatistics(metadata: Readonly<Record<string, string>>): {
  rest: Record<string, string>;
  bandStatistics: BandStatistics | null;
} {
  const rest: Record<string, string> = {};
  const items = new Map<string, string>();
  for (const [key, value] of Object.entries(metadata)) {
    if (STATISTICS_KEY.test(key)) items.set(key.toUpperCase().slice('STATISTICS_'.length), value);
    else rest[key] = value;
  }
  const [minimum, maximum, mean, stddev] = ['MINIMUM', 'MAXIMUM', 'MEAN', 'STDDEV'].map((key) => items.get(key));
  if (minimum === undefined || maximum === undefined || mean === undefined || stddev === undefined) {
    return { rest, bandStatistics: null };
  }
  const validPercent = items.get('VALID_PERCENT');
  return {
    rest,
    bandStatistics: {
      minimum: parseNumber(minimum),
      maximum: parseNumber(maximum),
      mean: parseNumber(mean),
      stddev: parseNumber(stddev),
      validPercent: validPercent === undefined ? null : parseNumber(validPercent),
      approximate: items.get('APPROXIMATE')?.toUpperCase() === 'YES',
    },
  };
}
