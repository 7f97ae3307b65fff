import type { VrtCreate, VrtOptions } from '@inlay/contract';

// The options of a virtual raster as a person types them and as the URL carries them: plain text, read when a request is made.

/** The options that the form has, in its order. */
export const OPTION_NAMES = [
  'crs',
  'resolution',
  'bounds',
  'align',
  'snap',
  'size_rounding',
  'resampling',
  'bands',
  'dtype',
  'nodata',
  'pixel_function',
  'source_order',
  'overviews',
  'confirm_public_sources',
] as const satisfies readonly (keyof VrtCreate)[];
export type OptionName = (typeof OPTION_NAMES)[number];

/** Those that the URL carries: that pixels are shared, nobody confirms by following a link. */
export const URL_OPTION_NAMES = OPTION_NAMES.filter((name) => name !== 'confirm_public_sources');

/** What was typed or chosen; options that the sources decide are not there. */
export type OptionTexts = Readonly<Partial<Record<OptionName, string>>>;

/** Options as requests take them, and what is wrong with those that cannot be read. */
export interface ReadOptions {
  readonly options: VrtOptions & Pick<VrtCreate, 'confirm_public_sources'>;
  readonly errors: Readonly<Partial<Record<OptionName, string>>>;
}

const READERS: Readonly<Record<OptionName, (text: string) => unknown>> = {
  crs: (text) => (/^\d{4,6}$/.test(text) ? `EPSG:${text}` : text),
  resolution: readResolution,
  bounds: readBounds,
  align: (text) => text === 'true',
  snap: (text) => text === 'true',
  size_rounding: (text) => text,
  resampling: (text) => text,
  bands: readBands,
  dtype: (text) => text,
  nodata: readNodata,
  pixel_function: (text) => text,
  source_order: (text) => text,
  overviews: (text) => text,
  confirm_public_sources: (text) => text === 'true',
};

const WRONG: Readonly<Partial<Record<OptionName, string>>> = {
  resolution: 'One positive number, or two: 10, or 10, 20',
  bounds: 'Four numbers, the smaller ones first: min x, min y, max x, max y',
  bands: 'Numbers from 1 or names, separated by commas: 3, 2, 1 or red, green, blue',
  nodata: 'A number, nan, none, or one for each band, separated by commas',
};

/** Reads what was typed; empty texts are options that were left out. */
export function readOptions(texts: OptionTexts): ReadOptions {
  const options: Record<string, unknown> = {};
  const errors: Partial<Record<OptionName, string>> = {};
  for (const name of OPTION_NAMES) {
    const text = texts[name]?.trim() ?? '';
    if (text === '') continue;
    const value = READERS[name](text);
    if (value === null) errors[name] = WRONG[name] ?? 'This cannot be read';
    // A switch that is off is an option left out.
    else if (value !== false) options[name] = value;
  }
  return { options, errors };
}

function numbersOf(text: string): number[] | null {
  const numbers = text.split(/[,;\s]+/).map((part) => (part === '' ? NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : null;
}

function readResolution(text: string): number | [number, number] | null {
  const numbers = numbersOf(text);
  if (numbers === null || numbers.length > 2 || numbers.some((number) => number <= 0)) return null;
  const [x = 0, y] = numbers;
  return y === undefined ? x : [x, y];
}

function readBounds(text: string): number[] | null {
  const numbers = numbersOf(text);
  if (numbers?.length !== 4) return null;
  const [minX = 0, minY = 0, maxX = 0, maxY = 0] = numbers;
  return minX < maxX && minY < maxY ? numbers : null;
}

function readBands(text: string): (number | string)[] | null {
  const parts = text.split(',').map((part) => part.trim());
  const bands = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return bands.every((band) => band !== '' && band !== 0) ? bands : null;
}

type NodataOption = NonNullable<VrtOptions['nodata']>;

function readNodata(text: string): NodataOption | null {
  if (text === 'none') return text;
  const values = text.split(',').map((part): number | string | null => {
    const word = part.trim();
    if (/^(nan|inf|-inf)$/.test(word)) return word;
    const number = word === '' ? NaN : Number(word);
    if (!Number.isFinite(number)) return null;
    // JSON's numbers are doubles for most readers: 64-bit integers go as text.
    return Number.isInteger(number) && !Number.isSafeInteger(number) ? word : number;
  });
  if (values.includes(null)) return null;
  const [first] = values;
  return (values.length === 1 ? first : values) as NodataOption;
}

/** Numbers as {@link readOptions} takes them, without the noise of the last digits. */
export function textOfNumbers(numbers: readonly number[]): string {
  return numbers.map((number) => Number(number.toPrecision(12))).join(', ');
}
