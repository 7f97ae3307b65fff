import { HOST_IS_LITTLE_ENDIAN } from '../codecs/byte-order.ts';

/** TIFF field types that are written (TIFF 6.0, page 15; 16 is BigTIFF's LONG8). */
export const FIELD = { ascii: 2, short: 3, long: 4, double: 12, long8: 16 } as const;

type FieldType = (typeof FIELD)[keyof typeof FIELD];

const FIELD_BYTES: Readonly<Record<FieldType, number>> = {
  [FIELD.ascii]: 1,
  [FIELD.short]: 2,
  [FIELD.long]: 4,
  [FIELD.double]: 8,
  [FIELD.long8]: 8,
};

/** One entry of a directory. Texts end with a NUL among their values. */
export interface Field {
  readonly tag: number;
  readonly type: FieldType;
  readonly values: ArrayLike<number>;
}

/** An ASCII field. */
export function textField(tag: number, text: string): Field {
  return { tag, type: FIELD.ascii, values: new TextEncoder().encode(`${text}\0`) };
}

/** Bytes of the file's first words: byte order, version, and where the first directory is. */
export function headerBytes(isBig: boolean): number {
  return isBig ? 16 : 8;
}

/** Bytes of a directory with the values that do not fit into its entries, a whole number of 8 bytes. */
export function directoryBytes(fields: readonly Field[], isBig: boolean): number {
  const apart = fields.reduce((sum, field) => sum + bytesApart(field, isBig), 0);
  return padded(entriesBytes(fields, isBig)) + apart;
}

/**
 * The file's first words and all of its directories, one behind the other, each followed by its values (TIFF 6.0, page
 * 13; BigTIFF as libtiff writes it).
 */
export function writeDirectories(directories: readonly (readonly Field[])[], isBig: boolean): Uint8Array<ArrayBuffer> {
  const sizes = directories.map((fields) => directoryBytes(fields, isBig));
  const total = sizes.reduce((sum, size) => sum + size, headerBytes(isBig));
  const view = new DataView(new ArrayBuffer(total));
  const little = HOST_IS_LITTLE_ENDIAN;
  view.setUint16(0, little ? 0x4949 : 0x4d4d, little);
  view.setUint16(2, isBig ? 43 : 42, little);
  if (isBig) view.setUint16(4, 8, little);
  setOffset(view, isBig ? 8 : 4, headerBytes(isBig), isBig);
  let at = headerBytes(isBig);
  for (const [index, fields] of directories.entries()) {
    const next = index + 1 < directories.length ? at + sizes[index]! : 0;
    writeDirectory(view, at, fields, next, isBig);
    at += sizes[index]!;
  }
  return new Uint8Array(view.buffer);
}

function writeDirectory(view: DataView, start: number, fields: readonly Field[], next: number, isBig: boolean): void {
  const little = HOST_IS_LITTLE_ENDIAN;
  let at = start;
  if (isBig) view.setBigUint64(at, BigInt(fields.length), little);
  else view.setUint16(at, fields.length, little);
  at += isBig ? 8 : 2;
  let apart = start + padded(entriesBytes(fields, isBig));
  for (const field of fields) {
    view.setUint16(at, field.tag, little);
    view.setUint16(at + 2, field.type, little);
    setOffset(view, at + 4, field.values.length, isBig);
    const value = at + (isBig ? 12 : 8);
    const away = bytesApart(field, isBig);
    if (away === 0) writeValues(view, value, field);
    else {
      setOffset(view, value, apart, isBig);
      writeValues(view, apart, field);
      apart += away;
    }
    at += isBig ? 20 : 12;
  }
  setOffset(view, at, next, isBig);
}

function writeValues(view: DataView, start: number, { type, values }: Field): void {
  const little = HOST_IS_LITTLE_ENDIAN;
  const bytes = FIELD_BYTES[type];
  for (let i = 0, at = start; i < values.length; i += 1, at += bytes) {
    const value = values[i]!;
    if (type === FIELD.ascii) view.setUint8(at, value);
    else if (type === FIELD.short) view.setUint16(at, value, little);
    else if (type === FIELD.long) view.setUint32(at, value, little);
    else if (type === FIELD.double) view.setFloat64(at, value, little);
    else view.setBigUint64(at, BigInt(value), little);
  }
}

function setOffset(view: DataView, at: number, value: number, isBig: boolean): void {
  if (isBig) view.setBigUint64(at, BigInt(value), HOST_IS_LITTLE_ENDIAN);
  else view.setUint32(at, value, HOST_IS_LITTLE_ENDIAN);
}

function entriesBytes(fields: readonly Field[], isBig: boolean): number {
  return isBig ? 8 + 20 * fields.length + 8 : 2 + 12 * fields.length + 4;
}

/** 0 where the values fit into the entry. */
function bytesApart({ type, values }: Field, isBig: boolean): number {
  const bytes = FIELD_BYTES[type] * values.length;
  return bytes <= (isBig ? 8 : 4) ? 0 : padded(bytes);
}

/** Values begin at whole words (TIFF 6.0, page 15); 8 bytes serve all types. */
function padded(bytes: number): number {
  return 8 * Math.ceil(bytes / 8);
}
