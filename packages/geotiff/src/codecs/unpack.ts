import type { DataType } from '@inlay/geo';
import { type Samples, allocateSamples } from '@inlay/raster';

/** Rows of samples packed without regard to byte boundaries, each row starting on one. */
export interface PackedRows {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly rowBytes: number;
  readonly samplesPerRow: number;
  /** 1..32. */
  readonly bitsPerSample: number;
}

/**
 * Unsigned samples of an odd width (GDAL's NBITS) in the next larger type, row-major, values as stored: 1-bit samples
 * are 0 and 1 whatever the photometric interpretation, as in GDAL. Packed from each byte's high bit on, in files of
 * either byte order (TIFF 6.0, page 29).
 */
export function unpackBits(packed: PackedRows, dataType: DataType): Samples {
  const { bytes, rows, rowBytes, samplesPerRow, bitsPerSample } = packed;
  const samples = allocateSamples(dataType, rows * samplesPerRow);
  let written = 0;
  for (let row = 0; row < rows; row++) {
    let read = row * rowBytes;
    let held = 0;
    let heldBits = 0;
    for (let col = 0; col < samplesPerRow; col++) {
      // Arithmetic, not shifts: up to 31 + 8 bits are held.
      while (heldBits < bitsPerSample) {
        held = held * 256 + bytes[read++]!;
        heldBits += 8;
      }
      heldBits -= bitsPerSample;
      const scale = 2 ** heldBits;
      const value = Math.floor(held / scale);
      held -= value * scale;
      samples[written++] = value;
    }
  }
  return samples;
}

/** 16-bit floats (IEEE 754 binary16) as 32-bit ones, which hold every value exactly. */
export function widenHalfFloats(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = (half & 0x8000) === 0 ? 1 : -1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
