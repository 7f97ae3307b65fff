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
    } else if (samples instanceof Uint8Array) {
      sumUp(samples.subarray(rowStart, end), samplesPerPixel);
    } else if (samplesPerPixel === 1) {
      let sum = 0;
      for (let i = rowStart; i < end; i++) samples[i] = sum = (sum + samples[i]!) | 0;
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
  const planes = new Uint8Array(rowBytes);
  const words =
    bitsPerSample === 16
      ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2)
      : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const wordsPerRow = (rowBytes * words.length) / bytes.length;
  for (let rowStart = 0, wordStart = 0; rowStart < bytes.length; rowStart += rowBytes, wordStart += wordsPerRow) {
    planes.set(bytes.subarray(rowStart, rowStart + rowBytes));
    sumUp(planes, samplesPerPixel);
    if (bitsPerSample === 16) {
      joinPairs(planes, words, wordStart);
    } else if (bitsPerSample === 32) {
      joinQuadruples(planes, words, wordStart, 1);
    } else {
      const [high, low] = hostIsLittleEndian ? [1, 0] : [0, 1];
      joinQuadruples(planes.subarray(0, rowBytes / 2), words, wordStart + high, 2);
      joinQuadruples(planes.subarray(rowBytes / 2), words, wordStart + low, 2);
    }
  }
}

/**
 * Each byte plus the one `step` before it, modulo 256. The sums of gray and RGB stay in registers: reading back what was
 * just written takes half as long again.
 */
function sumUp(bytes: Uint8Array, step: number): void {
  if (step === 1) {
    let sum = 0;
    for (let i = 0; i < bytes.length; i++) bytes[i] = sum = (sum + bytes[i]!) & 0xff;
  } else if (step === 3) {
    let [red, green, blue] = [0, 0, 0];
    for (let i = 0; i + 2 < bytes.length; i += 3) {
      bytes[i] = red = (red + bytes[i]!) & 0xff;
      bytes[i + 1] = green = (green + bytes[i + 1]!) & 0xff;
      bytes[i + 2] = blue = (blue + bytes[i + 2]!) & 0xff;
    }
  } else {
    for (let i = step; i < bytes.length; i++) bytes[i]! += bytes[i - step]!;
  }
}

type Words = Uint16Array | Uint32Array;

/** Words of two planes, the more significant one first. */
function joinPairs(planes: Uint8Array, words: Words, start: number): void {
  const count = planes.length / 2;
  for (let i = 0; i < count; i++) words[start + i] = (planes[i]! << 8) | planes[count + i]!;
}

/** Words of four planes, the most significant one first, `step` apart. */
function joinQuadruples(planes: Uint8Array, words: Words, start: number, step: number): void {
  const count = planes.length / 4;
  for (let i = 0, at = start; i < count; i++, at += step) {
    words[at] =
      (planes[i]! << 24) | (planes[count + i]! << 16) | (planes[2 * count + i]! << 8) | planes[3 * count + i]!;
  }
}
