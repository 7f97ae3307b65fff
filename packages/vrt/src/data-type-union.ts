import { type DataType, integerRange, isComplex } from '@inlay/geo';

/** Bits of the significand: the type holds every whole number up to 2 to this power (IEEE 754). */
const SIGNIFICAND_BITS: Partial<Record<DataType, number>> = { Float16: 11, Float32: 24, Float64: 53 };

/** Whether a type holds every value of another exactly. */
export function holdsAll(dataType: DataType, other: DataType): boolean {
  if (dataType === other) return true;
  if (isComplex(other)) return isComplex(dataType) && holdsAll(partOf(dataType), partOf(other));
  if (isComplex(dataType)) return holdsAll(partOf(dataType), other);
  const range = integerRange(dataType);
  const values = integerRange(other);
  if (values === null) return (SIGNIFICAND_BITS[dataType] ?? 0) >= (SIGNIFICAND_BITS[other] ?? 0);
  if (range !== null) return range[0] <= values[0] && values[1] <= range[1];
  return holdsIntegers(dataType, Number(values[0]), Number(values[1]));
}

/** Whether a type, which is not complex, holds every whole number from `least` to `greatest`. */
export function holdsIntegers(dataType: DataType, least: number, greatest: number): boolean {
  const range = integerRange(dataType);
  if (range !== null) return Number(range[0]) <= least && greatest <= Number(range[1]);
  return Math.max(-least, greatest) <= 2 ** (SIGNIFICAND_BITS[dataType] ?? 0);
}

/** From small to large, integers before floating point: what several types become. */
const COMMON_TYPES: readonly DataType[] = [
  'Byte',
  'Int8',
  'UInt16',
  'Int16',
  'UInt32',
  'Int32',
  'Float32',
  'UInt64',
  'Int64',
  'Float64',
  'CInt16',
  'CInt32',
  'CFloat32',
  'CFloat64',
];

/**
 * The smallest type that holds every value of all the given ones exactly: GDAL's own rule for two (GDALDataTypeUnion),
 * for any number of them. Float64, or CFloat64, where no type holds them all, as for Int64 beside UInt64. Float16 is
 * not chosen, for GDAL before 3.11 does not know it.
 */
export function promotedType(types: ReadonlySet<DataType>): DataType {
  const [first] = types;
  if (first === undefined) throw new TypeError('no types to choose a common one for');
  if (types.size === 1) return first;
  const all = [...types];
  const common = COMMON_TYPES.find((candidate) => all.every((dataType) => holdsAll(candidate, dataType)));
  return common ?? (all.some(isComplex) ? 'CFloat64' : 'Float64');
}

/** The type of a complex type's real and imaginary part. */
function partOf(dataType: DataType): DataType {
  const parts: Partial<Record<DataType, DataType>> = {
    CInt16: 'Int16',
    CInt32: 'Int32',
    CFloat16: 'Float16',
    CFloat32: 'Float32',
    CFloat64: 'Float64',
  };
  return parts[dataType] ?? dataType;
}
