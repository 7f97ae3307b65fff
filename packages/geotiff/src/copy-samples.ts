import type { Samples } from '@inlay/raster';

/** A rectangle of one band to copy between two arrays. Places and steps count samples, complex ones as one. */
export interface SampleRect {
  /** Columns and rows of the rectangle. */
  readonly width: number;
  readonly height: number;
  /** Its first sample in the source, and the distances from there to the next column and row. */
  readonly from: number;
  readonly fromStep: number;
  readonly fromRow: number;
  /** Its first sample in the target, whose columns lie side by side, and the distance to the next row. */
  readonly to: number;
  readonly toRow: number;
}

/**
 * Copies a rectangle.
 * @param parts array entries of a sample: 2 for complex ones.
 */
export function copySamples(source: Samples, target: Samples, rect: SampleRect, parts: number): void {
  if (rect.fromStep === 1) copyRows(source, target, rect, parts);
  else copyWords(wordsOf(source), wordsOf(target), rect, (parts * source.BYTES_PER_ELEMENT) / wordBytes(source));
}

/**
 * Copies a rectangle of the three samples that each pixel begins with, of at most 32 bits each, in one go: the samples
 * of RGB are read once, not three times.
 * @param rect `from` is the first sample of its first pixel.
 */
export function copyTriples(source: Samples, targets: readonly [Samples, Samples, Samples], rect: SampleRect): void {
  const pixels = wordsOf(source);
  const [red, green, blue] = targets.map(wordsOf) as [Words, Words, Words];
  const { width, height, fromStep } = rect;
  for (let row = 0; row < height; row++) {
    let from = rect.from + row * rect.fromRow;
    let to = rect.to + row * rect.toRow;
    for (const end = to + width; to < end; to++, from += fromStep) {
      red[to] = pixels[from]!;
      green[to] = pixels[from + 1]!;
      blue[to] = pixels[from + 2]!;
    }
  }
}

/** Sets a rectangle of the target to one value. */
export function fillSamples(target: Samples, value: number | bigint, rect: SampleRect, parts: number): void {
  for (let row = 0; row < rect.height; row++) {
    const start = (rect.to + row * rect.toRow) * parts;
    target.fill(value as never, start, start + rect.width * parts);
  }
}

function copyRows(source: Samples, target: Samples, rect: SampleRect, parts: number): void {
  const length = rect.width * parts;
  for (let row = 0; row < rect.height; row++) {
    const from = (rect.from + row * rect.fromRow) * parts;
    target.set(source.subarray(from, from + length) as never, (rect.to + row * rect.toRow) * parts);
  }
}

/** Samples as they are moved. */
export type Words = Uint8Array | Uint16Array | Uint32Array;

function wordBytes({ BYTES_PER_ELEMENT }: Samples): 1 | 2 | 4 {
  return BYTES_PER_ELEMENT === 1 ? 1 : BYTES_PER_ELEMENT === 2 ? 2 : 4;
}

/**
 * The same memory as unsigned words of at most 32 bits: samples are only moved, and a loop over three kinds of array
 * stays quick where one over ten does not.
 */
export function wordsOf(samples: Samples): Words {
  const { buffer, byteOffset, byteLength } = samples;
  const bytes = wordBytes(samples);
  if (bytes === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (bytes === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** @param words of a sample */
function copyWords(source: Words, target: Words, rect: SampleRect, words: number): void {
  const { width, height, fromStep } = rect;
  const skip = fromStep * words;
  for (let row = 0; row < height; row++) {
    let from = (rect.from + row * rect.fromRow) * words;
    let to = (rect.to + row * rect.toRow) * words;
    const end = to + width * words;
    if (words === 1) {
      for (; to < end; to++, from += skip) target[to] = source[from]!;
    } else {
      for (; to < end; to += words, from += skip) {
        for (let word = 0; word < words; word++) target[to + word] = source[from + word]!;
      }
    }
  }
}
