import { type BitWriter, writeBits } from './bit-writer.ts';
import { codeLengths, codesOf } from './prefix-code.ts';

/** The order in which the lengths of the codes of code lengths are told (RFC 1951, 3.2.7). */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;

/** Codes of lengths have at most seven bits. */
const LONGEST_LENGTH_CODE = 7;

/** Distances 1 and 2. The latter is never used, but there are decoders that want a code to be complete. */
const DISTANCE_LENGTHS = [1, 1] as const;

/**
 * Tells the codes of a block by the lengths of them; the code of distance 1 is a zero.
 * @param literals of the 286 symbols
 */
export function writeCodes(writer: BitWriter, literals: Uint8Array): void {
  const count = literals.findLastIndex((length) => length !== 0) + 1;
  const items = withRepetitions([...literals.subarray(0, count), ...DISTANCE_LENGTHS]);
  const frequencies = new Uint32Array(19);
  for (const { symbol } of items) frequencies[symbol]!++;
  const lengths = codeLengths(frequencies, LONGEST_LENGTH_CODE);
  const codes = codesOf(lengths);
  const told = Math.max(4, LENGTH_ORDER.findLastIndex((symbol) => lengths[symbol] !== 0) + 1);
  writeBits(writer, count - 257, 5);
  writeBits(writer, DISTANCE_LENGTHS.length - 1, 5);
  writeBits(writer, told - 4, 4);
  for (const symbol of LENGTH_ORDER.slice(0, told)) writeBits(writer, lengths[symbol]!, 3);
  for (const { symbol, extra, extraBits } of items) {
    writeBits(writer, codes[symbol]!, lengths[symbol]!);
    writeBits(writer, extra, extraBits);
  }
}

interface LengthItem {
  readonly symbol: number;
  readonly extra: number;
  readonly extraBits: number;
}

/** Symbols of repetition (RFC 1951, 3.2.7): the length before, 3 to 6 times; zeros, 3 to 10 and 11 to 138 of them. */
const REPEAT = 16;
const FEW_ZEROS = 17;
const MANY_ZEROS = 18;

function withRepetitions(lengths: readonly number[]): LengthItem[] {
  const items: LengthItem[] = [];
  for (let at = 0; at < lengths.length;) {
    const length = lengths[at]!;
    let rest = 1;
    while (lengths[at + rest] === length) rest++;
    at += rest;
    if (length !== 0) {
      items.push({ symbol: length, extra: 0, extraBits: 0 });
      rest--;
    }
    while (rest >= 3) {
      const [symbol, least, most, extraBits] =
        length !== 0 ? [REPEAT, 3, 6, 2] : rest < 11 ? [FEW_ZEROS, 3, 10, 3] : [MANY_ZEROS, 11, 138, 7];
      const run = Math.min(rest, most);
      items.push({ symbol, extra: run - least, extraBits });
      rest -= run;
    }
    for (; rest > 0; rest--) items.push({ symbol: length, extra: 0, extraBits: 0 });
  }
  return items;
}
