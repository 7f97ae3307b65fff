import { type CodecBlock, requireLength, wantedBytes } from './codec.ts';

/** Compression 1: the pixels as they are. */
export function decodeUncompressed(encoded: Uint8Array, block: CodecBlock): Uint8Array {
  // A copy where the bytes are part of a larger read: it would be kept, and changed, with all the blocks in it.
  const isOwn = encoded.byteLength === encoded.buffer.byteLength;
  return requireLength(isOwn ? encoded : new Uint8Array(encoded.subarray(0, wantedBytes(block))), block);
}
