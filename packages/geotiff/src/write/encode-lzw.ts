/*
 * Terminology as in codecs/lzw.ts: a *code* stands for a string of bytes. The table of strings is a hash from a known
 * string's code and the byte that follows it to the code of both.
 */
const CLEAR = 256;
const END_OF_INFORMATION = 257;
const FIRST_FREE = 258;
const MIN_CODE_BITS = 9;
const MAX_CODE_BITS = 12;
/** TIFF clears the table before a code of 13 bits would be needed: "as soon as we add table entry 4094" (page 60). */
const LAST_ENTRY = 4094;
const HASH_SLOTS = 1 << 14;

/** Compression 5: LZW with codes of 9 to 12 bits (TIFF 6.0, section 13, page 57). */
export function encodeLzw(bytes: Uint8Array): Uint8Array {
  // The worst is a code of 12 bits for each byte, and the clear codes between.
  const out = new Uint8Array(Math.ceil((bytes.length * 12) / 8) + Math.ceil(bytes.length / 1000) + 16);
  const keys = new Int32Array(HASH_SLOTS);
  const codes = new Uint16Array(HASH_SLOTS);
  let codeBits = MIN_CODE_BITS;
  let next = FIRST_FREE;
  let pending = 0;
  let pendingBits = 0;
  let written = 0;

  const put = (code: number): void => {
    pending = (pending << codeBits) | code;
    pendingBits += codeBits;
    while (pendingBits >= 8) {
      pendingBits -= 8;
      out[written++] = (pending >>> pendingBits) & 0xff;
    }
    pending &= (1 << pendingBits) - 1;
  };
  const clear = (): void => {
    put(CLEAR);
    keys.fill(-1);
    codeBits = MIN_CODE_BITS;
    next = FIRST_FREE;
  };

  clear();
  let prefix = -1;
  for (const byte of bytes) {
    if (prefix === -1) {
      prefix = byte;
      continue;
    }
    const key = (prefix << 8) | byte;
    let slot = (Math.imul(key, 0x9e3779b1) >>> 18) & (HASH_SLOTS - 1);
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & (HASH_SLOTS - 1);
    if (keys[slot] === key) {
      prefix = codes[slot]!;
      continue;
    }
    put(prefix);
    keys[slot] = key;
    codes[slot] = next;
    prefix = byte;
    if (next === LAST_ENTRY) {
      clear();
      continue;
    }
    next += 1;
    // One entry early: the reader's table is one behind (page 61).
    if (next === 1 << codeBits && codeBits < MAX_CODE_BITS) codeBits += 1;
  }
  if (prefix !== -1) {
    put(prefix);
    // The reader adds an entry for this code, too, before it reads the next.
    if (next + 1 === 1 << codeBits && codeBits < MAX_CODE_BITS) codeBits += 1;
  }
  put(END_OF_INFORMATION);
  if (pendingBits > 0) out[written++] = (pending << (8 - pendingBits)) & 0xff;
  return out.subarray(0, written);
}
