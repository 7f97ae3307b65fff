import { type CodecBlock, damaged, wantedBytes } from './codec.ts';

/*
 * Terminology. A *code* stands for a string of bytes; 0..255 for themselves. The *table* is built while decoding.
 * Every string in it was written to the output once, so an entry is a place in the output, not a copy.
 */
const CLEAR = 256;
const END_OF_INFORMATION = 257;
const FIRST_FREE = 258;
const MIN_CODE_BITS = 9;
const MAX_CODE_BITS = 12;
const TABLE_SIZE = 1 << MAX_CODE_BITS;

/** A code is read out of three bytes: up to 7 bits before it and 12 of its own. */
const READ_AHEAD_BYTES = 2;

/** Compression 5: LZW with codes of 9 to 12 bits (TIFF 6.0, section 13, page 57). */
export function decodeLzw(encoded: Uint8Array, block: CodecBlock): Uint8Array {
  const decoded = new Uint8Array(wantedBytes(block));
  const oldStyle = isOldStyle(encoded);
  const input = new Uint8Array(encoded.length + READ_AHEAD_BYTES);
  input.set(encoded);
  const inputBits = 8 * encoded.length;
  // Where the string of a code starts in the output, and its length.
  const starts = new Uint32Array(TABLE_SIZE);
  const lengths = new Uint32Array(TABLE_SIZE);
  // TIFF widens codes one entry early: "the first 10-bit code is added to the table at 511" (page 61). Old-style
  // streams, as compress(1) made them, do not.
  const early = oldStyle ? 0 : 1;

  let codeBits = MIN_CODE_BITS;
  let widenAt = (1 << MIN_CODE_BITS) - early;
  let nextCode = FIRST_FREE;
  let previousStart = 0;
  let previousLength = 0;
  let bitAt = 0;
  let written = 0;

  while (written < decoded.length) {
    if (bitAt + codeBits > inputBits) throw endsEarly(written, decoded);
    const at = bitAt >>> 3;
    const skipped = bitAt & 7;
    const code = oldStyle
      ? ((input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16)) >>> skipped) & ((1 << codeBits) - 1)
      : (((input[at]! << 16) | (input[at + 1]! << 8) | input[at + 2]!) >>> (24 - skipped - codeBits)) &
        ((1 << codeBits) - 1);
    bitAt += codeBits;

    if (code === CLEAR) {
      codeBits = MIN_CODE_BITS;
      widenAt = (1 << MIN_CODE_BITS) - early;
      nextCode = FIRST_FREE;
      previousLength = 0;
      continue;
    }
    if (code === END_OF_INFORMATION) throw endsEarly(written, decoded);

    // The new entry: the previous string and the first byte of this one, which follows it in the output.
    if (previousLength > 0 && nextCode < TABLE_SIZE) {
      starts[nextCode] = previousStart;
      lengths[nextCode] = previousLength + 1;
      nextCode++;
    }
    previousStart = written;
    if (code < CLEAR) {
      decoded[written++] = code;
      previousLength = 1;
    } else {
      if (code >= nextCode) throw damaged(`its LZW data uses code ${code} before defining it`);
      let from = starts[code]!;
      previousLength = lengths[code]!;
      const end = Math.min(written + previousLength, decoded.length);
      // Byte by byte: a string that was just defined overlaps the place it is copied to.
      while (written < end) decoded[written++] = decoded[from++]!;
    }
    if (nextCode >= widenAt && codeBits < MAX_CODE_BITS) {
      codeBits++;
      widenAt = (1 << codeBits) - early;
    }
  }
  return decoded;
}

function endsEarly(written: number, decoded: Uint8Array): Error {
  return damaged(`its LZW data ends after ${written} of ${decoded.length} bytes`);
}

/**
 * Streams of the time before TIFF 6.0 fill bytes from their low bit: the initial CLEAR then reads 0x00, 0x01, and
 * no stream of the present kind starts so (libtiff, tif_lzw.c, LZWPreDecode).
 */
function isOldStyle(encoded: Uint8Array): boolean {
  return encoded[0] === 0 && (encoded[1]! & 1) === 1;
}
