import { type CodecBlock, damaged, wantedBytes } from './codec.ts';

/** Compression 32773: byte-wise run lengths (TIFF 6.0, section 9, page 42). */
export function decodePackBits(encoded: Uint8Array, block: CodecBlock): Uint8Array {
  const decoded = new Uint8Array(wantedBytes(block));
  let read = 0;
  let written = 0;
  while (written < decoded.length) {
    if (read >= encoded.length) {
      throw damaged(`its PackBits data ends after ${written} of ${decoded.length} bytes`);
    }
    const header = encoded[read++]!;
    if (header < 128) {
      const literals = encoded.subarray(read, read + header + 1);
      if (literals.length <= header) throw damaged('its PackBits data ends within a run');
      decoded.set(literals.subarray(0, decoded.length - written), written);
      read += header + 1;
      written += header + 1;
    } else if (header > 128) {
      // 129..255 are -127..-1 in two's complement: repeat the next byte 1 - n times. 128 is a no-op.
      const count = 257 - header;
      const value = encoded[read++];
      if (value === undefined) throw damaged('its PackBits data ends within a run');
      decoded.fill(value, written, written + count);
      written += count;
    }
  }
  return decoded;
}
