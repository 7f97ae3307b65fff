/** Where bits go, the first one lowest (RFC 1951, 3.1.1). */
export interface BitWriter {
  readonly bytes: Uint8Array;
  /** Of the same bytes. */
  readonly view: DataView;
  /** The byte that is written next. */
  at: number;
  /** Bits that are not yet in a whole byte, and how many they are: fewer than 8. */
  pending: number;
  pendingBits: number;
}

export function createBitWriter(byteLength: number): BitWriter {
  const bytes = new Uint8Array(byteLength);
  return { bytes, view: new DataView(bytes.buffer), at: 0, pending: 0, pendingBits: 0 };
}

/** Writes at most 24 bits; the four bytes from where they go have to be there. */
export function writeBits(writer: BitWriter, bits: number, count: number): void {
  const pending = writer.pending | (bits << writer.pendingBits);
  const pendingBits = writer.pendingBits + count;
  writer.view.setUint32(writer.at, pending, true);
  writer.at += pendingBits >>> 3;
  writer.pending = pending >>> (pendingBits & 24);
  writer.pendingBits = pendingBits & 7;
}
