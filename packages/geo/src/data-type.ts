/** GDAL's data type names, spelled as `gdalinfo` prints them. */
export const DATA_TYPES = [
  'Byte',
  'Int8',
  'UInt16',
  'Int16',
  'UInt32',
  'Int32',
  'UInt64',
  'Int64',
  'Float16',
  'Float32',
  'Float64',
  'CInt16',
  'CInt32',
  'CFloat16',
  'CFloat32',
  'CFloat64',
] as const;

export type DataType = (typeof DATA_TYPES)[number];

/** Bytes of one sample; a complex sample counts both parts. */
export const DATA_TYPE_BYTES: Readonly<Record<DataType, number>> = {
  Byte: 1,
  Int8: 1,
  UInt16: 2,
  Int16: 2,
  UInt32: 4,
  Int32: 4,
  UInt64: 8,
  Int64: 8,
  Float16: 2,
  Float32: 4,
  Float64: 8,
  CInt16: 4,
  CInt32: 8,
  CFloat16: 4,
  CFloat32: 8,
  CFloat64: 16,
};

const INTEGER_RANGES: Partial<Record<DataType, readonly [bigint, bigint]>> = {
  Byte: [0n, 255n],
  Int8: [-128n, 127n],
  UInt16: [0n, 65535n],
  Int16: [-32768n, 32767n],
  UInt32: [0n, 4294967295n],
  Int32: [-2147483648n, 2147483647n],
  UInt64: [0n, 18446744073709551615n],
  Int64: [-9223372036854775808n, 9223372036854775807n],
};

export function isComplex(dataType: DataType): boolean {
  return dataType.startsWith('C');
}

export function isInteger(dataType: DataType): boolean {
  return dataType in INTEGER_RANGES;
}

/** Least and greatest value of an integer type (inclusive), null for floating point and complex types. */
export function integerRange(dataType: DataType): readonly [bigint, bigint] | null {
  return INTEGER_RANGES[dataType] ?? null;
}
