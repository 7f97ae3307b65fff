import { type DataType, type Nodata, isComplex, isInteger, isRepresentable } from '@inlay/geo';

/** What a sample without a value holds: nodata where the type can say it, else NaN, else 0. A bigint for 64-bit integers. */
export function emptySample(dataType: DataType, nodata: Nodata | null): number | bigint {
  const isWhole = isInteger(dataType) || isComplex(dataType);
  const value = nodata !== null && isRepresentable(nodata, dataType) ? nodata : isWhole ? 0 : Number.NaN;
  return dataType === 'Int64' || dataType === 'UInt64' ? BigInt(value) : Number(value);
}
