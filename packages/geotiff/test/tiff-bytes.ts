import { deflateSync } from 'node:zlib';

/** An entry of a directory as it stands in the file: any count, whatever the values are. */
export interface RawEntry {
  readonly tag: number;
  /** TIFF field type: 2 ASCII, 3 SHORT, 4 LONG, 12 DOUBLE, 16 LONG8, or one that does not exist. */
  readonly type: number;
  /** Values, or the bytes of a text. */
  readonly values: readonly number[];
  /** In place of the number of values. */
  readonly count?: number;
  /** In place of where the values really are. */
  readonly offset?: number;
}

/** What can be wrong with the whole file. */
export interface RawTiff {
  readonly directories: readonly (readonly RawEntry[])[];
  readonly big?: boolean;
  /** Where each directory says the next one is, by index; the truth unless set. 0 ends the chain. */
  readonly next?: Readonly<Record<number, number>>;
}

const BYTES: Readonly<Record<number, number>> = { 2: 1, 3: 2, 4: 4, 12: 8, 16: 8 };
const CAPACITY = 4 * 1024 * 1024;

/** A little-endian TIFF file, right or wrong, and where its directories are. */
export function tiffBytes({ directories, big = false, next = {} }: RawTiff): { bytes: Uint8Array; offsets: number[] } {
  const view = new DataView(new ArrayBuffer(CAPACITY));
  const pointer = big ? 8 : 4;
  const setPointer = (at: number, value: number): void =>
    big ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value % 2 ** 32, true);
  view.setUint16(0, 0x4949, true);
  view.setUint16(2, big ? 43 : 42, true);
  if (big) view.setUint16(4, 8, true);
  let link = big ? 8 : 4;
  let end = big ? 16 : 8;
  const offsets: number[] = [];
  for (const [index, entries] of directories.entries()) {
    const placed = entries.map((entry) => {
      const at = end;
      end += entry.values.length * (BYTES[entry.type] ?? 1);
      entry.values.forEach((value, i) => setValue(view, at, i, entry.type, value));
      return { entry, at };
    });
    end += end % 2;
    setPointer(link, next[index - 1] ?? end);
    offsets.push(end);
    if (big) view.setBigUint64(end, BigInt(entries.length), true);
    else view.setUint16(end, entries.length, true);
    end += big ? 8 : 2;
    for (const { entry, at } of placed.toSorted((a, b) => a.entry.tag - b.entry.tag)) {
      view.setUint16(end, entry.tag, true);
      view.setUint16(end + 2, entry.type, true);
      setPointer(end + 4, entry.count ?? entry.values.length);
      const length = entry.values.length * (BYTES[entry.type] ?? 1);
      const isInline = entry.offset === undefined && entry.count === undefined && length <= pointer;
      if (isInline) entry.values.forEach((value, i) => setValue(view, end + 4 + pointer, i, entry.type, value));
      else setPointer(end + 4 + pointer, entry.offset ?? at);
      end += 4 + 2 * pointer;
    }
    link = end;
    end += pointer;
  }
  setPointer(link, next[directories.length - 1] ?? 0);
  return { bytes: new Uint8Array(view.buffer, 0, end), offsets };
}

function setValue(view: DataView, at: number, index: number, type: number, value: number): void {
  if (type === 3) view.setUint16(at + index * 2, value, true);
  else if (type === 4) view.setUint32(at + index * 4, value, true);
  else if (type === 12) view.setFloat64(at + index * 8, value, true);
  else if (type === 16) view.setBigUint64(at + index * 8, BigInt(value), true);
  else view.setUint8(at + index, value);
}

/** A text entry with its NUL. */
export function text(tag: number, value: string): RawEntry {
  return { tag, type: 2, values: [...new TextEncoder().encode(value), 0] };
}

/** Entries of an 8-bit image of one sparse strip, `changes` in place of or after them; a null leaves one out. */
export function image(
  width: number,
  height: number,
  changes: Readonly<Record<number, RawEntry | null>> = {},
): RawEntry[] {
  const defaults: RawEntry[] = [
    { tag: 256, type: 4, values: [width] },
    { tag: 257, type: 4, values: [height] },
    { tag: 258, type: 3, values: [8] },
    { tag: 259, type: 3, values: [1] },
    { tag: 262, type: 3, values: [1] },
    { tag: 273, type: 4, values: [0] },
    { tag: 277, type: 3, values: [1] },
    { tag: 278, type: 4, values: [height] },
    { tag: 279, type: 4, values: [0] },
  ];
  const kept = defaults.filter(({ tag }) => !(tag in changes));
  return [...kept, ...Object.values(changes).filter((entry) => entry !== null)];
}

/** A COG-like file: a directory of `side` x `side` tiles of 512, its overviews, then one tile's data. */
export function cogBytes(side: number): Uint8Array {
  const tile = deflateSync(new Uint8Array(512 * 512).fill(7));
  const directories: RawEntry[][] = [];
  for (let count = side; count >= 1; count = Math.floor(count / 2)) {
    const blocks = count * count;
    directories.push(
      image(count * 512, count * 512, {
        ...(count < side ? { 254: { tag: 254, type: 4, values: [1] } } : {}),
        259: { tag: 259, type: 3, values: [8] },
        273: null,
        278: null,
        279: null,
        322: { tag: 322, type: 3, values: [512] },
        323: { tag: 323, type: 3, values: [512] },
        324: { tag: 324, type: 4, values: Array.from<number>({ length: blocks }).fill(1_000_000) },
        325: { tag: 325, type: 4, values: Array.from<number>({ length: blocks }).fill(tile.length) },
      }),
    );
  }
  const { bytes } = tiffBytes({ directories });
  const file = new Uint8Array(1_000_000 + tile.length);
  file.set(bytes);
  file.set(tile, 1_000_000);
  return file;
}
