import { GeoTiffError } from '../error.ts';

/** Rows of samples as a codec left them. */
export interface PredictedRows {
  /** Length = rows * rowBytes; changed in place. */
  readonly bytes: Uint8Array;
  readonly rowBytes: number;
  /** Samples of a pixel side by side: a sample is predicted from the same band's in the pixel to its left. */
  readonly samplesPerPixel: number;
  readonly bitsPerSample: number;
}

/**
 * Undoes predictor 2, horizontal differencing (TIFF 6.0, section 14, page 64): each sample was stored as the
 * difference from the pixel to its left, modulo 2^bits. Samples must be in the machine's byte order already.
 * @throws GeoTiffError `geotiff/unsupported`
 */
export function undoHorizontalPredictor({ bytes, rowBytes, samplesPerPixel, bitsPerSample }: PredictedRows): void {
  const samplesPerRow = (rowBytes * 8) / bitsPerSample;
  const samples = integerView(bytes, bitsPerSample);
  for (let rowStart = 0; rowStart < samples.length; rowStart += samplesPerRow) {
    const end = rowStart + samplesPerRow;
    if (samples instanceof BigUint64Array) {
      for (let i = rowStart + samplesPerPixel; i < end; i++) samples[i]! += samples[i - samplesPerPixel]!;
    } else {
      for (let i = rowStart + samplesPerPixel; i < end; i++) samples[i]! += samples[i - samplesPerPixel]!;
    }
  }
}

function integerView(
  { buffer, byteOffset, byteLength }: Uint8Array,
  bits: number,
): Uint8Array | Uint16Array | Uint32Array | BigUint64Array {
  switch (bits) {
    case 8:
      return new Uint8Array(buffer, byteOffset, byteLength);
    case 16:
      return new Uint16Array(buffer, byteOffset, byteLength / 2);
    case 32:
      return new Uint32Array(buffer, byteOffset, byteLength / 4);
    case 64:
      return new BigUint64Array(buffer, byteOffset, byteLength / 8);
    default:
      throw new GeoTiffError('geotiff/unsupported', `predictor 2 with ${bits} bits a sample is not read`, {
        details: { predictor: 2, bits },
      });
  }
}

/**
 * Undoes predictor 3, floating point (Adobe's TIFF Technical Note 3, 2005): a row's bytes were sorted into planes, the
 * most significant bytes of all samples first, and then differenced as bytes. The planes make the file's byte order
 * irrelevant; samples come out in the machine's.
 */
export function undoFloatingPointPredictor(rows: PredictedRows, hostIsLittleEndian: boolean): void {
  const { bytes, rowBytes, samplesPerPixel, bitsPerSample } = rows;
  const sampleBytes = bitsPerSample / 8;
  const samplesPerRow = rowBytes / sampleBytes;
  const planes = new Uint8Array(rowBytes);
  for (let rowStart = 0; rowStart < bytes.length; rowStart += rowBytes) {
    const row = bytes.subarray(rowStart, rowStart + rowBytes);
    for (let i = samplesPerPixel; i < rowBytes; i++) row[i]! += row[i - samplesPerPixel]!;
    planes.set(row);
    for (let significance = 0; significance < sampleBytes; significance++) {
      const plane = significance * samplesPerRow;
      const place = hostIsLittleEndian ? sampleBytes - 1 - significance : significance;
      for (let i = 0; i < samplesPerRow; i++) row[i * sampleBytes + place] = planes[plane + i]!;
    }
  }
}
