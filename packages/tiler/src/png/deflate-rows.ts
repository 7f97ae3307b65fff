import type { Picture } from '@inlay/raster';
import { type BitWriter, createBitWriter, writeBits } from './bit-writer.ts';
import { filterRows } from './filter-rows.ts';
import { codeLengths, codesOf, LONGEST_CODE } from './prefix-code.ts';
import { writeCodes } from './write-codes.ts';

// The rows of a picture as PNG compresses them: each byte less the one above it, then Deflate (RFC 1951) with codes made for
// them and runs of one byte. That is what zlib does with Z_RLE. What makes it quicker: runs are looked for in words, so that
// noise is passed over without a branch for each byte, and no memory is set aside for a picture, where zlib takes half a
// megabyte.

/** Bytes of rows that this is for: 512 x 512 pixels of RGBA. Memory for as many is kept from picture to picture. */
export const MAX_DEFLATED_BYTES: number = 512 * (4 * 512 + 1);

/** Bytes that share their codes: a picture's parts differ, and codes take a hundred bytes to tell. */
const BLOCK_BYTES = 2 ** 17;

/** Lengths of a run (RFC 1951, 3.2.5), the byte that it repeats not counted. */
const MIN_RUN = 3;
const MAX_RUN = 258;

const LITERAL_SYMBOLS = 286;
const END_OF_BLOCK = 256;

/** Of each run length less {@link MIN_RUN}: its symbol, the bits beyond that, and how many those are (RFC 1951, 3.2.5). */
const RUN_SYMBOLS = new Uint16Array(MAX_RUN - MIN_RUN + 1);
const RUN_EXTRA = new Uint8Array(MAX_RUN - MIN_RUN + 1);
const RUN_EXTRA_BITS = new Uint8Array(MAX_RUN - MIN_RUN + 1);
for (let symbol = 257, length = 0; symbol < 285; symbol++) {
  const extraBits = symbol < 265 ? 0 : (symbol - 261) >> 2;
  for (let extra = 0; extra < 1 << extraBits; extra++, length++) {
    RUN_SYMBOLS[length] = symbol;
    RUN_EXTRA[length] = extra;
    RUN_EXTRA_BITS[length] = extraBits;
  }
}
[RUN_SYMBOLS[MAX_RUN - MIN_RUN], RUN_EXTRA[MAX_RUN - MIN_RUN], RUN_EXTRA_BITS[MAX_RUN - MIN_RUN]] = [285, 0, 0];

/** The rows of the last picture, the parts they fell into, and where its bits went: used up, and written over by the next. */
let lastRows = new Uint8Array(0);
let lastParts = new Int32Array(0);
let lastWriter = createBitWriter(0);
const oddCounts = new Uint32Array(256);

/**
 * The rows of a picture, of at most {@link MAX_DEFLATED_BYTES} with their filter bytes, filtered and compressed, as a zlib
 * stream (RFC 1950). To be used up before the next call, which writes over it.
 */
export function deflateRows(picture: Picture): Uint8Array {
  const length = picture.height * (picture.width * picture.channels + 1);
  const rows = rowsOfLength(length);
  const checksum = filterRows(picture, rows);
  const blocks = Math.max(1, Math.round(length / BLOCK_BYTES));
  const writer = writerFor(length, blocks);
  // Deflate with a window of 32 kB, "fastest algorithm" (RFC 1950, 2.2).
  writeBits(writer, 0x78, 8);
  writeBits(writer, 0x01, 8);
  for (let i = 0; i < blocks; i++) {
    // Words are looked at whole.
    const start = 4 * Math.floor((i * length) / blocks / 4);
    const end = i + 1 === blocks ? length : 4 * Math.floor(((i + 1) * length) / blocks / 4);
    writeBlock(writer, rows, start, end, i + 1 === blocks);
  }
  if (writer.pendingBits > 0) writeBits(writer, 0, 8 - writer.pendingBits);
  writer.view.setUint32(writer.at, checksum);
  return writer.bytes.subarray(0, writer.at + 4);
}

function rowsOfLength(length: number): Uint8Array {
  const bytes = 4 * Math.ceil(length / 4);
  if (lastRows.length < bytes) lastRows = new Uint8Array(bytes);
  return lastRows.subarray(0, length);
}

/** No code is longer than twelve bits, and no byte has more than one; beside them each block tells its codes. */
function writerFor(length: number, blocks: number): BitWriter {
  const bytes = Math.ceil(length * (LONGEST_CODE / 8)) + 512 * blocks + 64;
  if (lastWriter.bytes.length < bytes) lastWriter = createBitWriter(bytes);
  lastWriter.at = 0;
  return lastWriter;
}

/** The bytes [start, end) as a block with codes of its own (RFC 1951, 3.2.7). */
function writeBlock(writer: BitWriter, rows: Uint8Array, start: number, end: number, isLast: boolean): void {
  const parts = findRuns(rows, start, end);
  const lengths = codeLengths(countSymbols(rows, start, parts), LONGEST_CODE);
  const codes = codesOf(lengths);
  writeBits(writer, isLast ? 1 : 0, 1);
  writeBits(writer, 2, 2);
  writeCodes(writer, lengths);
  // Bits of a code and, above them, its length.
  const table = Uint16Array.from(codes, (code, symbol) => code | (lengths[symbol]! << LONGEST_CODE));
  for (let i = 0, at = start; i < parts.length; i += 2) {
    const [literals, run] = [parts[i]!, parts[i + 1]!];
    writeLiterals(writer, rows, at, at + literals, table);
    writeRun(writer, run, table);
    at += literals + run;
  }
  writeBits(writer, codes[END_OF_BLOCK]!, lengths[END_OF_BLOCK]!);
}

/** What bytes fall into, in pairs: so many bytes as they are, and then so many more that are equal to the last of them. */
function findRuns(rows: Uint8Array, start: number, end: number): Int32Array {
  const most = 2 * (Math.ceil((end - start) / 4) + 1);
  if (lastParts.length < most) lastParts = new Int32Array(most);
  const parts = lastParts;
  const words = new Uint32Array(rows.buffer, 0, end >>> 2);
  let count = 0;
  let done = start;
  for (let word = start >>> 2; word < words.length; word++) {
    const four = words[word]!;
    // Moved by one and compared, bytes are 0 where they are equal to the one before. Three in a row that are equal are rare in
    // noise, and in each run of five; shorter ones save next to nothing.
    const steps = four ^ (four << 8);
    if ((steps & 0xff_ff_00) !== 0 && steps >>> 16 !== 0) continue;
    const middle = 4 * word + 2;
    const value = rows[middle]!;
    let first = middle;
    while (first > done && rows[first - 1] === value) first--;
    let last = middle + 1;
    while (last < end && rows[last] === value) last++;
    let run = last - first - 1;
    if (run < MIN_RUN) continue;
    // What is left of a long run is too short for one.
    if (run > MAX_RUN && run % MAX_RUN < MIN_RUN) run -= run % MAX_RUN;
    parts[count++] = first + 1 - done;
    parts[count++] = run;
    done = first + 1 + run;
    word = (last >>> 2) - 1;
  }
  parts[count++] = end - done;
  parts[count++] = 0;
  return parts.subarray(0, count);
}

function countSymbols(rows: Uint8Array, start: number, parts: Int32Array): Uint32Array {
  const counts = new Uint32Array(LITERAL_SYMBOLS);
  counts[END_OF_BLOCK] = 1;
  oddCounts.fill(0);
  for (let i = 0, at = start; i < parts.length; i += 2) {
    countBytes(rows, at, at + parts[i]!, counts);
    at += parts[i]!;
    for (let rest = parts[i + 1]!; rest > 0; rest -= MAX_RUN) {
      counts[RUN_SYMBOLS[Math.min(rest, MAX_RUN) - MIN_RUN]!]!++;
    }
    at += parts[i + 1]!;
  }
  for (let value = 0; value < oddCounts.length; value++) counts[value]! += oddCounts[value]!;
  return counts;
}

/** Counts in turns in two places: an addition to what has just been added to would wait for it. */
function countBytes(rows: Uint8Array, start: number, end: number, counts: Uint32Array): void {
  let i = start;
  for (; i + 1 < end; i += 2) {
    counts[rows[i]!]!++;
    oddCounts[rows[i + 1]!]!++;
  }
  if (i < end) counts[rows[i]!]!++;
}

const CODE_MASK = (1 << LONGEST_CODE) - 1;

function writeLiterals(writer: BitWriter, rows: Uint8Array, start: number, end: number, table: Uint16Array): void {
  const { view } = writer;
  let { at, pending, pendingBits } = writer;
  let i = start;
  for (; i + 1 < end; i += 2) {
    const first = table[rows[i]!]!;
    const second = table[rows[i + 1]!]!;
    const firstBits = first >>> LONGEST_CODE;
    // Put together before they go behind what is pending: that is what the next two wait for.
    pending |= ((first & CODE_MASK) | ((second & CODE_MASK) << firstBits)) << pendingBits;
    pendingBits += firstBits + (second >>> LONGEST_CODE);
    view.setUint32(at, pending, true);
    at += pendingBits >>> 3;
    pending >>>= pendingBits & 24;
    pendingBits &= 7;
  }
  [writer.at, writer.pending, writer.pendingBits] = [at, pending, pendingBits];
  if (i < end) writeCode(writer, table[rows[i]!]!);
}

function writeRun(writer: BitWriter, run: number, table: Uint16Array): void {
  for (let rest = run; rest > 0; rest -= MAX_RUN) {
    const length = Math.min(rest, MAX_RUN) - MIN_RUN;
    writeCode(writer, table[RUN_SYMBOLS[length]!]!);
    // One bit more, a zero: the code of distance 1.
    writeBits(writer, RUN_EXTRA[length]!, RUN_EXTRA_BITS[length]! + 1);
  }
}

function writeCode(writer: BitWriter, entry: number): void {
  writeBits(writer, entry & CODE_MASK, entry >>> LONGEST_CODE);
}
