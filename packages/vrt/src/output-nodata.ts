import {
  type BandProfile,
  type DataType,
  integerRange,
  isComplex,
  isInteger,
  isRepresentable,
  type Nodata,
  nodataToJson,
  sameNodata,
} from '@inlay/geo';
import { isApart, type KnownValues } from './value-range.ts';

/** The nodata of an output band, and what it costs. */
export interface NodataChoice {
  readonly nodata: Nodata | null;
  /** Layouts whose valid pixels may have that value, and are lost; empty where it is certain that none has. */
  readonly collisions: readonly number[];
}

/** A band of the sources of one layout, with the nodata that is honoured. */
export interface LayoutBand {
  readonly band: BandProfile;
  readonly values: () => KnownValues;
}

/**
 * A nodata value for a mosaic's band that no valid pixel of any source has: the first source's own, another source's, an
 * end of the type's range, or NaN; the first that is certainly none of them. Where none is, it is the first source's that
 * has one.
 * @param bands one of each layout, by its position
 */
export function chooseNodata(bands: readonly LayoutBand[], output: DataType): NodataChoice {
  const own = bands.flatMap(({ band }) => (band.nodata === null ? [] : [band.nodata]));
  if (own.length === 0) return { nodata: null, collisions: [] };
  const fitting = distinct(own.flatMap((value) => asValueOf(value, output) ?? []));
  const candidates = [
    ...fitting.slice(0, MAX_TRIED),
    ...edges(output).flatMap((value) => asValueOf(value, output) ?? []),
  ];
  const safe = candidates.find((value) => bands.every((layout) => isSafe(value, layout, output)));
  if (safe !== undefined) return { nodata: safe, collisions: [] };
  const nodata = fitting[0] ?? null;
  return { nodata, collisions: nodata === null ? [] : positions(bands, (layout) => !isSafe(nodata, layout, output)) };
}

/** Each value is held against each layout: sources with more values than this get one of the type's own. */
const MAX_TRIED = 16;

/** In the order of their first appearance. */
function distinct(values: readonly Nodata[]): Nodata[] {
  return [...new Map(values.map((value) => [`${nodataToJson(value)}`, value] as const)).values()];
}

/** A nodata value that the options give, and the layouts whose statistics show valid pixels around it. */
export function givenNodata(
  value: Nodata | null,
  bands: readonly LayoutBand[],
  output: DataType,
): NodataChoice | 'not representable' {
  if (value === null) return { nodata: null, collisions: [] };
  const nodata = asValueOf(value, output);
  if (nodata === null) return 'not representable';
  const isShown = ({ band, values }: LayoutBand) => {
    if (sameNodata(band.nodata, nodata)) return false;
    const { observed } = values();
    return observed !== null && Number(nodata) >= observed.minimum && Number(nodata) <= observed.maximum;
  };
  return { nodata, collisions: positions(bands, isShown) };
}

/** Whether no valid pixel of the layout's sources has the value once it is a value of the output's type. */
function isSafe(nodata: Nodata, { band, values }: LayoutBand, output: DataType): boolean {
  if (sameNodata(band.nodata, nodata) || Number.isNaN(nodata)) return true;
  const range = integerRange(output);
  const { minimum, maximum } = values().possible;
  if (range === null) return isApart(nodata, { minimum, maximum });
  // What does not fit into the output's type becomes the nearest value that does.
  const clamp = (value: number) => Math.min(Math.max(Math.round(value), Number(range[0])), Number(range[1]));
  return isApart(nodata, { minimum: clamp(minimum), maximum: clamp(maximum) });
}

/** The values of a type that occur least. */
function edges(dataType: DataType): readonly Nodata[] {
  if (isComplex(dataType)) return [];
  return integerRange(dataType) ?? [NaN];
}

/** The value as one of a type, null where the type has none: a bigint for 64-bit integers, and only for those. */
function asValueOf(value: Nodata, dataType: DataType): Nodata | null {
  if (!isRepresentable(value, dataType)) return null;
  if (dataType === 'Int64' || dataType === 'UInt64') return BigInt(value);
  const number = Number(value);
  // Between 2^53 and 2^64, not every integer is a double.
  return typeof value === 'bigint' && !isInteger(dataType) && BigInt(number) !== value ? null : number;
}

function positions<T>(items: readonly T[], isMeant: (item: T) => boolean): number[] {
  return items.flatMap((item, position) => (isMeant(item) ? [position] : []));
}
