import type { PredictedRows } from '../codecs/predictor.ts';
import { HOST_IS_LITTLE_ENDIAN } from '../codecs/byte-order.ts';

/**
 * Predictor 2, horizontal differencing (TIFF 6.0, section 14, page 64), in place: each sample becomes its difference
 * from the same band's in the pixel to its left, modulo 2^bits. Samples of 8, 16 and 32 bits, in the machine's byte order.
 */
export function predictHorizontally({ bytes, rowBytes, samplesPerPixel, bitsPerSample }: PredictedRows): void {
  const { buffer, byteOffset, byteLength } = bytes;
  const samples =
    bitsPerSample === 8
      ? bytes
      : bitsPerSample === 16
        ? new Uint16Array(buffer, byteOffset, byteLength / 2)
        : new Uint32Array(buffer, byteOffset, byteLength / 4);
  const samplesPerRow = (rowBytes * 8) / bitsPerSample;
  for (let rowEnd = samples.length; rowEnd > 0; rowEnd -= samplesPerRow) {
    const first = rowEnd - samplesPerRow + samplesPerPixel;
    for (let at = rowEnd - 1; at >= first; at -= 1) samples[at]! -= samples[at - samplesPerPixel]!;
  }
}

/**
 * Predictor 3, floating point (Adobe's TIFF Technical Note 3, 2005), in place: a row's bytes are sorted into planes, the
 * most significant bytes of all samples first, and then differenced as bytes.
 */
export function predictFloats({ bytes, rowBytes, samplesPerPixel, bitsPerSample }: PredictedRows): void {
  const sampleBytes = bitsPerSample / 8;
  const samplesPerRow = rowBytes / sampleBytes;
  const planes = new Uint8Array(rowBytes);
  for (let rowStart = 0; rowStart < bytes.length; rowStart += rowBytes) {
    for (let significance = 0; significance < sampleBytes; significance += 1) {
      const place = HOST_IS_LITTLE_ENDIAN ? sampleBytes - 1 - significance : significance;
      const plane = significance * samplesPerRow;
      for (let at = 0; at < samplesPerRow; at += 1) {
        planes[plane + at] = bytes[rowStart + at * sampleBytes + place]!;
      }
    }
    for (let at = rowBytes - 1; at >= samplesPerPixel; at -= 1) planes[at]! -= planes[at - samplesPerPixel]!;
    bytes.set(planes, rowStart);
  }
}
