import { type DataType, integerRange } from './data-type.ts';

/**
 * The value that marks a pixel as having no data, as the file declares it: possibly NaN, infinite or out of
 * the data type's range (GDAL reports those unchanged). A bigint for Int64 and UInt64 bands only.
 */
export type Nodata = number | bigint;

/** JSON has neither NaN, infinities nor 64-bit integers: those travel as text. */
export type NodataJson = number | string;

export function nodataToJson(nodata: Nodata): NodataJson {
  if (typeof nodata === 'bigint') return nodata.toString();
  if (Number.isNaN(nodata)) return 'nan';
  if (nodata === Infinity) return 'inf';
  if (nodata === -Infinity) return '-inf';
  return nodata;
}

export function nodataFromJson(json: NodataJson): Nodata {
  if (typeof json === 'number') return json;
  if (json === 'nan') return NaN;
  if (json === 'inf') return Infinity;
  if (json === '-inf') return -Infinity;
  return BigInt(json);
}

/** Equal as declared values: NaN equals NaN, and 0n equals 0. */
export function sameNodata(a: Nodata | null, b: Nodata | null): boolean {
  if (a === null || b === null) return a === b;
  // oxlint-disable-next-line eqeqeq -- the one comparison that holds between a bigint and a number
  return a == b || (Number.isNaN(a) && Number.isNaN(b));
}

/** Whether a pixel of this type can hold the value at all; a Byte can never be -9999 or NaN. */
export function isRepresentable(nodata: Nodata, dataType: DataType): boolean {
  const range = integerRange(dataType);
  if (range === null) return true;
  if (typeof nodata === 'number') {
    if (!Number.isInteger(nodata)) return false;
    nodata = BigInt(nodata);
  }
  return nodata >= range[0] && nodata <= range[1];
}
