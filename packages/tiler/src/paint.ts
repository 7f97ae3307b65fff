import { type NumericSamples, type Picture, type Stretch, rescaleToBytes } from '@inlay/raster';

/** One channel of a picture to be: length of both arrays = width * height. */
export interface Channel {
  readonly samples: NumericSamples;
  /** Non-zero = valid. */
  readonly valid: Uint8Array;
  readonly stretch: Stretch;
}

/** Size of a picture in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Opacity of each pixel, 0..255: length = width * height. */
export type Opacity = Uint8Array | Uint8ClampedArray;

/**
 * Paints one channel in gray or three in colour. A pixel is transparent where none of its channels is valid; with
 * `opacity` others are as opaque as that says. The picture has an alpha channel only where it is needed.
 */
export function paintChannels(channels: readonly Channel[], size: PictureSize, opacity: Opacity | null): Picture {
  return paintPlanes(
    channels.map(({ samples, stretch }) => rescaleToBytes(samples, stretch)),
    channels.map(({ valid }) => valid),
    size,
    opacity,
  );
}

/**
 * {@link paintChannels} of bytes: one plane for gray, three for red, green and blue.
 * @param masks what is valid, one or several: a pixel is transparent where it is in none.
 */
export function paintPlanes(
  planes: readonly (Uint8Array | Uint8ClampedArray)[],
  masks: readonly Uint8Array[],
  { width, height }: PictureSize,
  opacity: Opacity | null,
): Picture {
  const alpha = combine(masks, opacity, width * height);
  const count = (planes.length + (alpha === null ? 0 : 1)) as Picture['channels'];
  const data = new Uint8Array(width * height * count);
  const [red, green, blue] = planes;
  if (count === 3 && red !== undefined && green !== undefined && blue !== undefined) {
    // What most tiles are, in one go: two passes less over the picture.
    for (let i = 0, to = 0; i < red.length; i++, to += 3) {
      data[to] = red[i]!;
      data[to + 1] = green[i]!;
      data[to + 2] = blue[i]!;
    }
    return { layout: 'pixel-interleaved', width, height, channels: count, data };
  }
  for (const [channel, plane] of planes.entries()) {
    if (alpha === null) {
      for (let i = 0, to = channel; i < plane.length; i++, to += count) data[to] = plane[i]!;
    } else {
      // Colours under full transparency are zeroed: they would only cost bytes.
      for (let i = 0, to = channel; i < plane.length; i++, to += count) if (alpha[i] !== 0) data[to] = plane[i]!;
    }
  }
  if (alpha !== null) for (let i = 0, to = count - 1; i < alpha.length; i++, to += count) data[to] = alpha[i]!;
  return { layout: 'pixel-interleaved', width, height, channels: count, data };
}

/** Opacity of pixels valid in any mask, 0 elsewhere; null where all are opaque. */
function combine(masks: readonly Uint8Array[], opacity: Opacity | null, length: number): Uint8Array | null {
  const distinct = new Set(masks);
  if (opacity === null && distinct.size === 1 && !masks[0]!.includes(0)) return null;
  const alpha = new Uint8Array(length);
  for (const mask of distinct) for (let i = 0; i < length; i++) if (mask[i] !== 0) alpha[i] = 255;
  if (opacity !== null) for (let i = 0; i < length; i++) if (alpha[i] !== 0) alpha[i] = opacity[i]!;
  for (let i = 0; i < length; i++) if (alpha[i] !== 255) return alpha;
  return null;
}

/**
 * A picture of colours, RGBA: without its alpha channel where all is opaque.
 * @param data length = 4 * width * height; with `opacity`, alpha is at most that.
 */
export function pictureOfRgba(data: Uint8Array, { width, height }: PictureSize, opacity: Opacity | null): Picture {
  if (opacity !== null) {
    for (let i = 0; i < opacity.length; i++) {
      if (opacity[i] === 0) data.fill(0, 4 * i, 4 * i + 4);
      else if (opacity[i]! < data[4 * i + 3]!) data[4 * i + 3] = opacity[i]!;
    }
  }
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] !== 255) return { layout: 'pixel-interleaved', width, height, channels: 4, data };
  }
  const opaque = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    opaque[to] = data[from]!;
    opaque[to + 1] = data[from + 1]!;
    opaque[to + 2] = data[from + 2]!;
  }
  return { layout: 'pixel-interleaved', width, height, channels: 3, data: opaque };
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
