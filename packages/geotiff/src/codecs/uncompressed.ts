import { type CodecBlock, requireLength, wantedBytes } from './codec.ts';

/** Compression 1: the pixels as they are. */
export function decodeUncompressed(encoded: Uint8Array, block: CodecBlock): Uint8Array {
  // A copy: the bytes may be part of a larger read that holds other blocks.
  return requireLength(new Uint8Array(encoded.subarray(0, wantedBytes(block))), block);
}
