/** One tag: its number, a TIFF field type (3 SHORT, 4 LONG, 7 UNDEFINED) and its values. */
export type TiffField = readonly [tag: number, type: 3 | 4 | 7, values: readonly number[]];

/** A TIFF with tags of one's choice, sensible or not, around blocks of one's choice. */
export interface TiffSpec {
  readonly width: number;
  readonly height: number;
  /** Encoded strips or tiles; empty ones are not stored. */
  readonly blocks: readonly Uint8Array[];
  /** Tag 259, default 1. */
  readonly compression?: number;
  /** Added to the defaults (8-bit gray in one strip), or in their place. */
  readonly fields?: readonly TiffField[];
  /** Tags of the defaults to leave out. */
  readonly without?: readonly number[];
}

const FIELD_BYTES = { 3: 2, 4: 4, 7: 1 } as const;
const HEADER_BYTES = 8;

/** The bytes of a little-endian TIFF with one image (TIFF 6.0, section 2): header, blocks, directory, long values. */
export function makeTiff({ width, height, blocks, compression = 1, fields = [], without = [] }: TiffSpec): Uint8Array {
  let end = HEADER_BYTES;
  const offsets = blocks.map((block) => {
    const offset = block.length === 0 ? 0 : end;
    end += block.length;
    return offset;
  });
  const defaults: TiffField[] = [
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, [8]],
    [259, 3, [compression]],
    [262, 3, [1]],
    [273, 4, offsets],
    [277, 3, [1]],
    [278, 4, [height]],
    [279, 4, blocks.map((block) => block.length)],
  ];
  const own = new Set(fields.map(([tag]) => tag));
  const all = [...defaults.filter(([tag]) => !own.has(tag) && !without.includes(tag)), ...fields];
  all.sort(([a], [b]) => a - b);

  const directory = Buffer.alloc(2 + 12 * all.length + 4);
  directory.writeUInt16LE(all.length, 0);
  const values: Buffer[] = [];
  let valuesAt = end + directory.length;
  for (const [i, [tag, type, numbers]] of all.entries()) {
    const bytes = Buffer.alloc(FIELD_BYTES[type] * numbers.length);
    numbers.forEach((value, at) => bytes.writeUIntLE(value, at * FIELD_BYTES[type], FIELD_BYTES[type]));
    const entry = 2 + 12 * i;
    directory.writeUInt16LE(tag, entry);
    directory.writeUInt16LE(type, entry + 2);
    directory.writeUInt32LE(numbers.length, entry + 4);
    if (bytes.length <= 4) {
      bytes.copy(directory, entry + 8);
    } else {
      directory.writeUInt32LE(valuesAt, entry + 8);
      values.push(bytes);
      valuesAt += bytes.length;
    }
  }
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1');
  header.writeUInt32LE(end, 4);
  return new Uint8Array(Buffer.concat([header, ...blocks, directory, ...values]));
}
