/** The lengths, in bits, of a prefix code of least total length; 0 for symbols that do not occur. */
export function codeLengths(frequencies: Uint32Array, longest: number): Uint8Array {
  const lengths = new Uint8Array(frequencies.length);
  const symbols = Array.from(frequencies.keys())
    .filter((symbol) => frequencies[symbol] !== 0)
    .sort((a, b) => frequencies[a]! - frequencies[b]! || a - b);
  if (symbols.length < 2) {
    for (const symbol of symbols) lengths[symbol] = 1;
    return lengths;
  }
  const counts = countsByLength(
    symbols.map((symbol) => frequencies[symbol]!),
    longest,
  );
  // The rarest symbols have the longest codes.
  let next = 0;
  for (let length = longest; length > 0; length--) {
    for (let i = 0; i < counts[length]!; i++) lengths[symbols[next++]!] = length;
  }
  return lengths;
}

/** How many codes have each length: Huffman's, made to fit. `ascending` has at least two frequencies. */
function countsByLength(ascending: readonly number[], longest: number): number[] {
  const counts = Array.from({ length: longest + 1 }, () => 0);
  for (const depth of leafDepths(ascending)) counts[Math.min(depth, longest)]!++;
  // Codes that were cut off take more room than there is (Kraft's inequality): it is made by lengthening others.
  let room = 2 ** longest;
  for (let length = 1; length <= longest; length++) room -= counts[length]! * 2 ** (longest - length);
  for (; room < 0; room++) {
    let length = longest - 1;
    while (counts[length] === 0) length--;
    counts[length]!--;
    counts[length + 1]! += 2;
    counts[longest]!--;
  }
  return counts;
}

/** Depth of each leaf of the Huffman tree, in the order of the frequencies, which ascend. */
function leafDepths(ascending: readonly number[]): number[] {
  const leaves = ascending.length;
  const weights: number[] = [...ascending];
  const parents: number[] = [];
  let leaf = 0;
  let inner = leaves;
  const lightest = (): number =>
    leaf < leaves && (inner >= weights.length || weights[leaf]! <= weights[inner]!) ? leaf++ : inner++;
  while (weights.length < 2 * leaves - 1) {
    const [first, second] = [lightest(), lightest()];
    parents[first] = parents[second] = weights.length;
    weights.push(weights[first]! + weights[second]!);
  }
  const depths = weights.map(() => 0);
  for (let node = weights.length - 2; node >= 0; node--) depths[node] = depths[parents[node]!]! + 1;
  return depths.slice(0, leaves);
}

/**
 * The codes of lengths, numbered as RFC 1951, 3.2.2 says, their bits in the order in which they are written: the first one
 * lowest.
 */
export function codesOf(lengths: Uint8Array): Uint16Array {
  const counts = Array.from({ length: 17 }, () => 0);
  for (const length of lengths) if (length !== 0) counts[length]!++;
  const next = [0];
  for (let bits = 1; bits <= 16; bits++) next[bits] = (next[bits - 1]! + counts[bits - 1]!) << 1;
  return Uint16Array.from(lengths, (length) => (length === 0 ? 0 : reversed(next[length]!++, length)));
}

function reversed(code: number, length: number): number {
  let bits = 0;
  for (let i = 0; i < length; i++) bits |= ((code >>> i) & 1) << (length - 1 - i);
  return bits;
}
