import {
  type BandProfile,
  DATA_TYPE_BYTES,
  type DataType,
  integerRange,
  isInteger,
  MASK_PER_DATASET,
  type Nodata,
} from '@inlay/geo';
import type { LayoutGroups } from './bands.ts';
import type { PlanOptions } from './plan-options.ts';
import type { VrtSourceInput } from './problem.ts';
import type { SelectedLayout } from './select-bands.ts';

/** From the least to the greatest value, both included. */
export interface ValueRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** What is known of the valid pixels of one band of all the sources of one layout. */
export interface KnownValues {
  /** No value lies outside: what exact statistics of all the sources show, or else what the type can hold. */
  readonly possible: ValueRange;
  /** What statistics show, approximate ones too; null where no source has any. */
  readonly observed: ValueRange | null;
  /** A source's least or greatest value is one that readers take for nodata although it is not ({@link isNear}). */
  readonly isNearNodata: boolean;
}

/** The values by layout (a position in {@link LayoutGroups.layouts}) and band (0-based). */
export type ValuesOf = (layout: number, bandOffset: number) => KnownValues;

/** FLT_EPSILON of C, by which readers compare doubles too (measured: GDAL 3.6 and 3.13). */
const READERS_EPSILON = 1.1920929e-7;

/**
 * Whether a value differs from nodata by so little that readers take it for nodata, in all types but integers of 8 and 16
 * bits: GDAL holds a and b for equal when |a - b| < 2 epsilon |a + b|.
 */
export function isNear(value: number, nodata: number): boolean {
  return value !== nodata && Math.abs(value - nodata) < 2 * READERS_EPSILON * Math.abs(value + nodata);
}

/** Whether readers compare pixels of the type with nodata exactly: at those sizes, {@link isNear} tells no integers apart. */
export function isComparedExactly(dataType: DataType): boolean {
  return isInteger(dataType) && DATA_TYPE_BYTES[dataType] <= 2;
}

/** What a band's type, or the bits of it that are used, can hold. */
export function typeRange({ dataType, nbits }: Pick<BandProfile, 'dataType' | 'nbits'>): ValueRange {
  const range = integerRange(dataType);
  if (range === null) return { minimum: -Infinity, maximum: Infinity };
  if (nbits !== null && range[0] === 0n) return { minimum: 0, maximum: 2 ** nbits - 1 };
  return { minimum: Number(range[0]), maximum: Number(range[1]) };
}

/**
 * What statistics show, and what a file calls nodata and the output does not: statistics leave that out.
 * @param declared the band as the file declares it
 * @param band the band with the nodata that is honoured
 */
export function withDrawnNodata(
  { minimum, maximum }: ValueRange,
  declared: BandProfile | null,
  band: BandProfile | null,
): ValueRange {
  const number = Number(declared?.nodata ?? NaN);
  if (Number.isNaN(number) || declared?.nodata === band?.nodata) return { minimum, maximum };
  return { minimum: Math.min(minimum, number), maximum: Math.max(maximum, number) };
}

/** Whether a value is certainly none of a range's, however roughly readers compare. */
export function isApart(value: Nodata, { minimum, maximum }: ValueRange): boolean {
  const number = Number(value);
  if (Number.isNaN(number)) return true;
  return (number < minimum && !isNear(minimum, number)) || (number > maximum && !isNear(maximum, number));
}

/**
 * Gathers what statistics say of the sources, in one pass over their numbers on the first call.
 * @param layouts the groups' layouts with the bands that go into the output, whose nodata is the one that is honoured
 */
export function valuesBySource(
  sources: readonly VrtSourceInput[],
  layoutOf: LayoutGroups['layoutOf'],
  layouts: readonly SelectedLayout[],
  { ignoreSourceMasks = false }: Pick<PlanOptions, 'ignoreSourceMasks'>,
): ValuesOf {
  let table: ValueTable | null = null;
  return (layout, bandOffset) => {
    table ??= gather(sources, layoutOf, layouts, ignoreSourceMasks);
    return table.at(layout, bandOffset);
  };
}

/** Columns of one number per layout and band. */
class ValueTable {
  readonly #layouts: readonly SelectedLayout[];
  readonly #bandCount: number;
  readonly #minimum: Float64Array;
  readonly #maximum: Float64Array;
  /** 1 where a source has no statistics, or no exact ones. */
  readonly #isOpen: Uint8Array;
  /** 1 where {@link KnownValues.isNearNodata}. */
  readonly #isNear: Uint8Array;
  /** NaN, which nothing is near to, where there is no nodata or it is compared exactly. */
  readonly #nodata: Float64Array;
  readonly #ignoresMasks: boolean;

  constructor(layouts: readonly SelectedLayout[], ignoresMasks: boolean) {
    this.#layouts = layouts;
    this.#ignoresMasks = ignoresMasks;
    this.#bandCount = layouts.reduce((most, { bands }) => Math.max(most, bands.length), 0);
    const length = layouts.length * this.#bandCount;
    this.#minimum = new Float64Array(length).fill(Infinity);
    this.#maximum = new Float64Array(length).fill(-Infinity);
    this.#isOpen = new Uint8Array(length);
    this.#isNear = new Uint8Array(length);
    this.#nodata = new Float64Array(length).fill(NaN);
    for (const [layout, { bands }] of layouts.entries()) {
      for (const [bandOffset, { nodata, dataType }] of bands.entries()) {
        if (nodata === null || isComparedExactly(dataType)) continue;
        this.#nodata[layout * this.#bandCount + bandOffset] = Number(nodata);
      }
    }
  }

  add(layout: number, { profile: { statistics } }: VrtSourceInput): void {
    const numbers = this.#layouts[layout]?.bandNumbers ?? [];
    for (let bandOffset = 0; bandOffset < numbers.length; bandOffset += 1) {
      const at = layout * this.#bandCount + bandOffset;
      const known = statistics[(numbers[bandOffset] ?? 0) - 1] ?? null;
      if (known === null || !(known.minimum <= known.maximum)) {
        this.#isOpen[at] = 1;
        continue;
      }
      const { minimum, maximum } = known;
      if (known.approximate) this.#isOpen[at] = 1;
      if (minimum < this.#minimum[at]!) this.#minimum[at] = minimum;
      if (maximum > this.#maximum[at]!) this.#maximum[at] = maximum;
      const nodata = this.#nodata[at]!;
      if (isNear(minimum, nodata) || isNear(maximum, nodata)) this.#isNear[at] = 1;
    }
  }

  at(layout: number, bandOffset: number): KnownValues {
    const at = layout * this.#bandCount + bandOffset;
    const { bands, declared } = this.#layouts[layout] ?? { bands: [], declared: [] };
    const [band, told] = [bands[bandOffset], declared[bandOffset]];
    const [minimum = Infinity, maximum = -Infinity] = [this.#minimum[at], this.#maximum[at]];
    const observed = minimum <= maximum ? { minimum, maximum } : null;
    const whole = band === undefined ? { minimum: -Infinity, maximum: Infinity } : typeRange(band);
    const isMaskIgnored = this.#ignoresMasks && ((told?.maskFlags ?? 0) & MASK_PER_DATASET) !== 0;
    const isOpen = observed === null || this.#isOpen[at] === 1 || isMaskIgnored;
    const drawn = observed && withDrawnNodata(observed, told ?? null, band ?? null);
    return {
      possible: isOpen || drawn === null ? whole : drawn,
      observed: drawn,
      isNearNodata: this.#isNear[at] === 1,
    };
  }
}

function gather(
  sources: readonly VrtSourceInput[],
  layoutOf: LayoutGroups['layoutOf'],
  layouts: readonly SelectedLayout[],
  ignoresMasks: boolean,
): ValueTable {
  const table = new ValueTable(layouts, ignoresMasks);
  for (let index = 0; index < sources.length; index += 1) {
    const layout = layoutOf[index] ?? -1;
    if (layout >= 0) table.add(layout, sources[index]!);
  }
  return table;
}
