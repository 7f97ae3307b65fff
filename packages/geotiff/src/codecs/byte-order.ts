/** Whether this machine stores the least significant byte first, as typed arrays show it. */
export const HOST_IS_LITTLE_ENDIAN: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reverses the bytes of every value in place; `valueBytes` is 1, 2, 4 or 8. */
export function swapBytes(bytes: Uint8Array, valueBytes: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (valueBytes === 2) buffer.swap16();
  else if (valueBytes === 4) buffer.swap32();
  else if (valueBytes === 8) buffer.swap64();
}

/** Reverses each three bytes in place. */
export function swapTriplets(bytes: Uint8Array): void {
  for (let i = 0; i + 2 < bytes.length; i += 3) {
    const first = bytes[i]!;
    bytes[i] = bytes[i + 2]!;
    bytes[i + 2] = first;
  }
}

const REVERSED_BITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
});

/** A copy with the bits of every byte in reverse: what FillOrder 2 (TIFF 6.0, page 32) asks for. */
export function reverseBits(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => REVERSED_BITS[byte]!);
}
