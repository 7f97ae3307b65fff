import { GeoTiffError, malformed, notATiff, truncated } from './error.ts';
import type { HeaderReader } from './header-reader.ts';
import type { FetchOptions } from './source.ts';
import { decodeNumber, decodeNumbers, decodeText, fieldBytes } from './tiff-tag.ts';

/** More images than any raster with overviews and masks has; a longer chain is a flood, not a picture. */
const MAX_DIRECTORIES = 1024;
/** libtiff's writers stay far below; a BigTIFF can declare 2^64. */
const MAX_ENTRIES = 4096;
/** The longest tag value read while opening a file: metadata XML, colour maps, tie points. */
const MAX_VALUE_BYTES = 4 * 1024 * 1024;
/** All tag values read while opening a file, whichever images and tags they belong to. */
const MAX_TOTAL_BYTES = 32 * 1024 * 1024;

/** One tag of a directory and where its values are. */
export interface TagEntry {
  readonly tag: number;
  readonly fieldType: number;
  /** Number of values. */
  readonly count: number;
  /** Position of the values in the file, in bytes, also where they are inside the entry itself. */
  readonly offset: number;
  readonly byteLength: number;
}

/** One image file directory (IFD): what the file says of one image. */
export interface Directory {
  readonly entries: ReadonlyMap<number, TagEntry>;
}

/** The directories of a TIFF file, in file order. */
export interface TiffStructure {
  readonly bigTiff: boolean;
  readonly littleEndian: boolean;
  readonly directories: readonly Directory[];
  /** Bytes of tag values that may still be read; shared by all reads of the file. */
  readonly budget: { remaining: number };
}

/**
 * Walks the chain of directories (TIFF 6.0 p. 14). @cogeotiff/core has a reader of its own, but that one follows a
 * chain that bites its tail for ever, allocates what a count asks for and gives up on field types it does not know.
 * @throws GeoTiffError `not-a-tiff`, `truncated`, `malformed`, `too-large`
 */
export async function readStructure(reader: HeaderReader, options?: FetchOptions): Promise<TiffStructure> {
  const name = reader.name;
  const header = await reader.load(0, 16, options);
  const { littleEndian, bigTiff } = readSignature(header, name);
  const start = bigTiff ? 8 : 4;
  if (header.length < start * 2) throw truncated(name, 'its header');

  const directories: Directory[] = [];
  const visited = new Set<number>();
  let next = readPointer(viewOf(header), start, bigTiff, littleEndian);
  if (next === 0) throw malformed(name, 'it has no image');
  while (next !== 0) {
    if (visited.has(next)) throw malformed(name, 'its chain of images is a loop');
    if (visited.size >= MAX_DIRECTORIES) {
      throw new GeoTiffError('geotiff/too-large', `${name} has more than ${MAX_DIRECTORIES} images; split it`, {
        details: { source: name, limit: MAX_DIRECTORIES },
      });
    }
    visited.add(next);
    const read = await readDirectory(reader, next, bigTiff, littleEndian, options);
    directories.push(read.directory);
    next = read.next;
  }
  return { bigTiff, littleEndian, directories, budget: { remaining: MAX_TOTAL_BYTES } };
}

function readSignature(header: Uint8Array, name: string): { littleEndian: boolean; bigTiff: boolean } {
  if (header.length === 0) throw notATiff(name, 'the file is empty');
  const order = String.fromCharCode(...header.subarray(0, 2));
  const littleEndian = order === 'II';
  if ((!littleEndian && order !== 'MM') || header.length < 4) throw notATiff(name, describeStart(header));
  const view = viewOf(header);
  const version = view.getUint16(2, littleEndian);
  if (version === 42) return { littleEndian, bigTiff: false };
  if (version !== 43) throw notATiff(name, describeStart(header));
  if (header.length < 8) throw truncated(name, 'its header');
  // BigTIFF: offsets of 8 bytes, then a zero
  if (view.getUint16(4, littleEndian) !== 8 || view.getUint16(6, littleEndian) !== 0) {
    throw malformed(name, 'its BigTIFF header is not valid');
  }
  return { littleEndian, bigTiff: true };
}

const SIGNATURES: readonly (readonly [start: string, description: string])[] = [
  ['<', 'it is an XML or HTML document'],
  ['\x89PNG', 'it is a PNG picture'],
  ['\xff\xd8', 'it is a JPEG picture'],
  ['PK\x03\x04', 'it is a ZIP archive'],
  ['\x89HDF', 'it is an HDF5 file'],
  ['CDF', 'it is a NetCDF file'],
  ['\x00\x00\x00\x0cjP', 'it is a JPEG 2000 file'],
  ['%PDF', 'it is a PDF document'],
  ['\x1f\x8b', 'it is a gzip archive'],
];

function describeStart(header: Uint8Array): string {
  const start = String.fromCharCode(...header).replace(/^(?:\xef\xbb\xbf)?\s*/, '');
  return (
    SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1] ?? 'its first bytes are not those of a TIFF'
  );
}

async function readDirectory(
  reader: HeaderReader,
  offset: number,
  bigTiff: boolean,
  littleEndian: boolean,
  options?: FetchOptions,
): Promise<{ directory: Directory; next: number }> {
  const name = reader.name;
  const countBytes = bigTiff ? 8 : 2;
  const entryBytes = bigTiff ? 20 : 12;
  const pointerBytes = bigTiff ? 8 : 4;
  if (reader.size !== null && offset + countBytes > reader.size) throw truncated(name, 'the description of an image');
  const countField = await reader.load(offset, countBytes, options);
  if (countField.length < countBytes) throw truncated(name, 'the description of an image');
  const count = decodeNumber(viewOf(countField), 0, bigTiff ? 16 : 3, littleEndian);
  if (count === 0) throw malformed(name, 'it describes an image without tags');
  if (count > MAX_ENTRIES) throw malformed(name, `it declares ${count} tags for one image`);

  const length = count * entryBytes + pointerBytes;
  const bytes = await reader.load(offset + countBytes, length, options);
  if (bytes.length < length) throw truncated(name, 'the description of an image');

  const entries = new Map<number, TagEntry>();
  const view = viewOf(bytes);
  for (let at = 0; at < count * entryBytes; at += entryBytes) {
    const tag = view.getUint16(at, littleEndian);
    const fieldType = view.getUint16(at + 2, littleEndian);
    const valueBytes = fieldBytes(fieldType);
    // Readers skip field types they do not know (TIFF 6.0 p. 16); the first of two equal tags counts, as in libtiff.
    if (valueBytes === null || entries.has(tag)) continue;
    const valueCount = readPointer(view, at + 4, bigTiff, littleEndian);
    const byteLength = valueCount * valueBytes;
    const field = at + 4 + pointerBytes;
    const isInline = byteLength <= pointerBytes;
    const valueOffset = isInline ? offset + countBytes + field : readPointer(view, field, bigTiff, littleEndian);
    entries.set(tag, { tag, fieldType, count: valueCount, offset: valueOffset, byteLength });
  }
  return { directory: { entries }, next: readPointer(view, count * entryBytes, bigTiff, littleEndian) };
}

/** An offset or count; 64-bit ones beyond 2^53 become inexact, but then they are beyond any file's end too. */
function readPointer(view: DataView, at: number, bigTiff: boolean, littleEndian: boolean): number {
  return decodeNumber(view, at, bigTiff ? 16 : 4, littleEndian);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The values of the tags asked for, read once and then at hand. */
export interface TagValues {
  has(tag: number): boolean;
  /** The first value; null where the tag is absent or empty. */
  number(tag: number): number | null;
  /** All values; null where the tag is absent. */
  numbers(tag: number): readonly number[] | null;
  /** Text up to the first NUL; null where the tag is absent. */
  text(tag: number): string | null;
}

/**
 * Reads `tags` of a directory.
 * @throws GeoTiffError `truncated` where a value lies beyond the end of the file, `too-large` beyond the limit.
 */
export async function readTags(
  reader: HeaderReader,
  structure: TiffStructure,
  directory: Directory,
  tags: readonly number[],
  options?: FetchOptions,
): Promise<TagValues> {
  const values = new Map<number, { entry: TagEntry; bytes: Uint8Array }>();
  for (const tag of tags) {
    const entry = directory.entries.get(tag);
    if (entry === undefined) continue;
    const bytes = await readValue(reader, entry, options);
    structure.budget.remaining -= bytes.length;
    if (structure.budget.remaining < 0) throw tooLarge(reader.name, entry, MAX_TOTAL_BYTES);
    values.set(tag, { entry, bytes });
  }
  function numbers(tag: number): number[] | null {
    const value = values.get(tag);
    if (value === undefined) return null;
    return decodeNumbers(value.bytes, value.entry.fieldType, value.entry.count, structure.littleEndian);
  }
  return {
    has: (tag) => values.has(tag),
    numbers,
    number: (tag) => numbers(tag)?.[0] ?? null,
    text(tag) {
      const value = values.get(tag);
      return value === undefined ? null : decodeText(value.bytes);
    },
  };
}

async function readValue(reader: HeaderReader, entry: TagEntry, options?: FetchOptions): Promise<Uint8Array> {
  const name = reader.name;
  if (reader.size !== null && entry.offset + entry.byteLength > reader.size) throw truncated(name, `tag ${entry.tag}`);
  if (entry.byteLength > MAX_VALUE_BYTES) throw tooLarge(name, entry, MAX_VALUE_BYTES);
  const bytes =
    reader.cached(entry.offset, entry.byteLength) ?? (await reader.load(entry.offset, entry.byteLength, options));
  if (bytes.length < entry.byteLength) throw truncated(name, `tag ${entry.tag}`);
  return bytes;
}

function tooLarge(name: string, { tag, byteLength }: TagEntry, limit: number): GeoTiffError {
  const message = `${name} has a tag (${tag}) of ${byteLength} bytes: more than the ${limit} bytes that are read`;
  return new GeoTiffError('geotiff/too-large', message, { details: { source: name, tag, limit } });
}
