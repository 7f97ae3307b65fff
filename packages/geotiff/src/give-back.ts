/**
 * Arrays smaller than this are left to the garbage collector: small ones of Node's may share their memory with others
 * (Node.js, `Buffer.poolSize`).
 */
const LEAST_BYTES = 2 ** 16;

/**
 * Gives an array's memory back at once; the array is empty afterwards. Left to V8, it would be found again by looking
 * through the whole heap, which V8 does for every 64 MiB of such memory: at some megabytes a tile, that took a third of the
 * processor's time.
 * @param bytes nobody else's: its memory holds nothing beside it but room that was not needed
 */
export function giveBack({ buffer, byteLength }: ArrayBufferView): void {
  if (byteLength < LEAST_BYTES || !(buffer instanceof ArrayBuffer) || buffer.detached) return;
  buffer.transfer(0);
}
