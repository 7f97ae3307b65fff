import { type NumericSamples, type Picture, type Stretch, rescaleToBytes } from '@inlay/raster';

/** One channel of a picture to be: length of both arrays = width * height. */
export interface Channel {
  readonly samples: NumericSamples;
  /** Non-zero = valid. */
  readonly valid: Uint8Array;
  readonly stretch: Stretch;
}

/**
 * Paints one channel in gray or three in colour. A pixel is transparent where none of its channels is valid; with
 * `opacity` (length = width * height, 0..255) others are as opaque as that says. The picture has an alpha channel only
 * where it is needed.
 */
export function paintChannels(
  channels: readonly Channel[],
  size: { readonly width: number; readonly height: number },
  opacity: Uint8ClampedArray | null,
): Picture {
  const pixelCount = size.width * size.height;
  const alpha = new Uint8Array(pixelCount);
  for (let i = 0; i < pixelCount; i++) {
    if (channels.some(({ valid }) => valid[i] !== 0)) alpha[i] = opacity === null ? 255 : opacity[i]!;
  }
  const isOpaque = alpha.every((value) => value === 255);
  const planes: ArrayLike<number>[] = channels.map(({ samples, stretch }) => rescaleToBytes(samples, stretch));
  if (!isOpaque) planes.push(alpha);
  const count = planes.length as Picture['channels'];
  const data = new Uint8Array(pixelCount * count);
  for (const [channel, plane] of planes.entries()) {
    for (let i = 0; i < pixelCount; i++) {
      // Colours under full transparency are zeroed: they would only cost bytes.
      if (alpha[i] !== 0) data[i * count + channel] = plane[i]!;
    }
  }
  return { layout: 'pixel-interleaved', ...size, channels: count, data };
}

/** Turns a picture upside down (`rows`) or left side right (`cols`). */
export function flipPicture(picture: Picture, { rows, cols }: { rows: boolean; cols: boolean }): Picture {
  if (!rows && !cols) return picture;
  const { width, height, channels, data } = picture;
  const flipped = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const from = ((rows ? height - 1 - row : row) * width + (cols ? width - 1 - col : col)) * channels;
      flipped.set(data.subarray(from, from + channels), (row * width + col) * channels);
    }
  }
  return { ...picture, data: flipped };
}
