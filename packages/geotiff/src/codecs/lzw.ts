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

/** Compression 5: LZW with codes of 9 to 12 bits (TIFF 6.0, section 13, page 57). */
export function decodeLzw(encoded: Uint8Array, block: CodecBlock): Uint8Array {
  const decoded = new Uint8Array(wantedBytes(block));
  const oldStyle = isOldStyle(encoded);
  // Where the string of a code starts in the output, and its length.
  const starts = new Uint32Array(TABLE_SIZE);
  const lengths = new Uint32Array(TABLE_SIZE);
  // TIFF widens codes one entry early: "the first 10-bit code is added to the table at 511" (page 61). Old-style
  // streams, as compress(1) made them, do not.
  const early = oldStyle ? 0 : 1;

  let codeBits = MIN_CODE_BITS;
  let nextCode = FIRST_FREE;
  let previousStart = 0;
  let previousLength = 0;
  let bits = 0;
  let bitCount = 0;
  let read = 0;
  let written = 0;

  while (written < decoded.length) {
    while (bitCount < codeBits && read < encoded.length) {
      // At most 19 bits are held, so 32-bit integers do.
      bits = oldStyle ? bits | (encoded[read++]! << bitCount) : ((bits << 8) | encoded[read++]!) & 0xfffff;
      bitCount += 8;
    }
    if (bitCount < codeBits) throw damaged(`its LZW data ends after ${written} of ${decoded.length} bytes`);
    bitCount -= codeBits;
    const codeMask = (1 << codeBits) - 1;
    const code = oldStyle ? bits & codeMask : (bits >> bitCount) & codeMask;
    if (oldStyle) bits >>= codeBits;

    if (code === CLEAR) {
      codeBits = MIN_CODE_BITS;
      nextCode = FIRST_FREE;
      previousLength = 0;
      continue;
    }
    if (code === END_OF_INFORMATION) {
      throw damaged(`its LZW data ends after ${written} of ${decoded.length} bytes`);
    }

    // The new entry: the previous string and the first byte of this one, which follows it in the output.
    if (previousLength > 0 && nextCode < TABLE_SIZE) {
      starts[nextCode] = previousStart;
      lengths[nextCode] = previousLength + 1;
      nextCode++;
    }
    const start = written;
    if (code < CLEAR) {
      decoded[written++] = code;
      previousLength = 1;
    } else {
      if (code >= nextCode) throw damaged(`its LZW data uses code ${code} before defining it`);
      const from = starts[code]!;
      previousLength = lengths[code]!;
      const end = Math.min(written + previousLength, decoded.length);
      // Byte by byte: a string that was just defined overlaps the place it is copied to.
      for (let at = from; written < end; at++) decoded[written++] = decoded[at]!;
    }
    previousStart = start;
    if (nextCode + early >= 1 << codeBits && codeBits < MAX_CODE_BITS) codeBits++;
  }
  return decoded;
}

/**
 * Streams of the time before TIFF 6.0 fill bytes from their low bit: the initial CLEAR then reads 0x00, 0x01, and
 * no stream of the present kind starts so (libtiff, tif_lzw.c, LZWPreDecode).
 */
function isOldStyle(encoded: Uint8Array): boolean {
  return encoded[0] === 0 && (encoded[1]! & 1) === 1;
}
