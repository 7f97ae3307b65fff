import { DATA_TYPES, type DataType, type Nodata } from '@inlay/geo';

/** How a value is written in an attribute or as the text of an element. */
export interface TextForm<V> {
  /** Undefined where the text is not in this form, or GDAL might read it as another value. */
  read(text: string): V | undefined;
  write(value: V): string;
}

export const TEXT: TextForm<string> = { read: (text) => text, write: (text) => text };

/** Doubles. Written in as few digits as restore them; GDAL reads `nan`, `inf` and `-inf` as C does. */
export const NUMBER: TextForm<number> = { read: readNumber, write: numberText };

/** 32-bit integers, which is what GDAL takes sizes, counts and indices to be. */
export const INTEGER: TextForm<number> = {
  read(text) {
    const value = /^\s*[-+]?\d{1,10}\s*$/.test(text) ? Number(text) + 0 : Number.NaN;
    return value >= -(2 ** 31) && value < 2 ** 31 ? value : undefined;
  },
  write: (value) => `${value}`,
};

/** Integers that may be larger: offsets in bytes, and counts. */
export const LONG_INTEGER: TextForm<number> = {
  read(text) {
    const value = /^\s*[-+]?\d{1,16}\s*$/.test(text) ? Number(text) + 0 : Number.NaN;
    return Number.isSafeInteger(value) ? value : undefined;
  },
  write: (value) => `${value}`,
};

/** Nodata of a double: exact where it is an integer that a double cannot hold. */
export const NODATA: TextForm<Nodata> = {
  read(text) {
    const value = readNumber(text);
    if (value === undefined || Number.isSafeInteger(value) || !/^\s*[-+]?\d+\s*$/.test(text)) return value;
    const exact = BigInt(text);
    return exact === BigInt(value) ? value : exact;
  },
  write: nodataText,
};

/** Nodata of a band of floating point or of integers of up to 32 bits: always a double. */
export const DOUBLE_NODATA: TextForm<Nodata> = { read: readNumber, write: nodataText };

/** Nodata of Int64 and UInt64 bands: GDAL reads the digits before anything else, so nothing else is accepted. */
export const INTEGER_NODATA: TextForm<Nodata> = {
  read: (text) => (/^\s*-?\d{1,20}\s*$/.test(text) ? BigInt(text) : undefined),
  write: nodataText,
};

export const DATA_TYPE: TextForm<DataType> = {
  // The name that newer versions of GDAL also know Byte by.
  read: (text) => (text === 'UInt8' ? 'Byte' : DATA_TYPES.find((name) => name === text)),
  write: (name) => name,
};

/** `1` and `0`, the only texts that all of GDAL's ways to read a flag agree on. */
export const FLAG: TextForm<boolean> = {
  read: (text) => (text === '1' ? true : text === '0' ? false : undefined),
  write: (value) => (value ? '1' : '0'),
};

/** Flags that GDAL also writes as words. */
export const WORD_FLAG: TextForm<boolean> = {
  read(text) {
    if (/^(1|true|yes|on)$/i.test(text)) return true;
    return /^(0|false|no|off)$/i.test(text) ? false : undefined;
  },
  write: (value) => `${value}`,
};

/** `1`, or a mask. */
export const SOURCE_BAND: TextForm<number | string> = {
  read: (text) => (/^mask(,\d{1,9})?$/.test(text) ? text : INTEGER.read(text)),
  write: (value) => `${value}`,
};

/** Values with something between them. Reads any white space around a separator; never an empty list. */
export function listOf<V>(item: TextForm<V>, separator: string, pattern: RegExp): TextForm<readonly V[]> {
  return {
    read(text) {
      const values = text
        .trim()
        .split(pattern)
        .map((part) => item.read(part));
      return values.includes(undefined) ? undefined : (values as V[]);
    },
    write: (values) => values.map((value) => item.write(value)).join(separator),
  };
}

function readNumber(text: string): number | undefined {
  if (/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text)) return Number(text);
  return { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }[text.toLowerCase()];
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? `${value}` : value > 0 ? 'inf' : '-inf';
}

/** Integers in all their digits, not in as few as a double needs: they may be read as integers. */
function nodataText(value: Nodata): string {
  if (typeof value === 'bigint') return `${value}`;
  const isLargeInteger = Number.isInteger(value) && Math.abs(value) < 1e21 && !Number.isSafeInteger(value);
  return isLargeInteger ? `${BigInt(value)}` : numberText(value);
}
