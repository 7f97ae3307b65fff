import type { NumericSamples } from './numeric-samples.ts';

/** The values that become black and white. `lo` may equal `hi`: a constant image. */
export interface Stretch {
  readonly lo: number;
  readonly hi: number;
}

/** The stretch that leaves bytes as they are. */
export const BYTE_STRETCH: Stretch = { lo: 0, hi: 255 };

/** What a constant image becomes: neither black nor white, both of which read as "no data". */
const MIDDLE_GRAY = 128;

/**
 * Bytes 0..255, linear between the stretch's ends and clamped beyond: `round(255 * (value - lo) / (hi - lo))`.
 * Length = samples.length. NaN becomes 0. Where lo = hi, that value is middle gray, less is black, more is white.
 */
export function rescaleToBytes(samples: NumericSamples, { lo, hi }: Stretch): Uint8ClampedArray {
  const bytes = new Uint8ClampedArray(samples.length);
  if (lo === hi) {
    for (let i = 0; i < bytes.length; i++) bytes[i] = MIDDLE_GRAY + Math.sign(samples[i]! - lo) * 255;
    return bytes;
  }
  // Divided before it is multiplied: the ends of a Float64 band may be further apart than a double can say.
  const span = hi / 255 - lo / 255;
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round(samples[i]! / span - lo / span);
  return bytes;
}

/** The value a stretched byte stands for, to within half a step: the inverse of {@link rescaleToBytes}. */
export function valueOfByte(byte: number, { lo, hi }: Stretch): number {
  return lo + (byte / 255) * (hi - lo);
}
