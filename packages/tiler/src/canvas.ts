import { type Picture, type Stretch, valueOfByte } from '@inlay/raster';

/** One channel being painted, in the values of the rasters: length of both arrays = width * height. */
export interface CanvasChannel {
  readonly samples: Float64Array;
  /** Non-zero = painted. */
  readonly valid: Uint8Array;
}

/** A rectangle in pixels of the canvas, fractional; may reach beyond it. */
export interface CanvasRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Which channel of a picture becomes which channel of a canvas, and what its bytes stand for. Both 0-based. */
export interface ChannelUse {
  readonly picture: number;
  readonly canvas: number;
  readonly stretch: Stretch;
}

/** What thumbnails are painted on. Channels come into being when they are first painted. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly channels: CanvasChannel[];
}

/** Source pixels averaged into one canvas pixel, in each direction: more cost time and change nothing one can see. */
const MAX_TAPS = 4;

export function createCanvas(width: number, height: number): Canvas {
  return { width, height, channels: [] };
}

/**
 * Paints a picture into a rectangle, over what is there, as the values its stretches stand for.
 *
 * A canvas pixel takes the mean of a few picture pixels under it; it is painted where its centre lies in the rectangle
 * and any of those is not transparent. A rectangle without any centre still paints one pixel if nothing is there yet,
 * so that a lone small raster does not vanish.
 */
export function paintPicture(canvas: Canvas, picture: Picture, rect: CanvasRect, uses: readonly ChannelUse[]): void {
  const cols = centresWithin(rect.x, rect.width, canvas.width);
  const rows = centresWithin(rect.y, rect.height, canvas.height);
  const isTiny = cols.isBetween || rows.isBetween;
  const brushes = uses.map(({ picture: from, canvas: to, stretch }) => ({
    from,
    to: channelOf(canvas, to),
    values: Float64Array.from({ length: 256 }, (_, byte) => valueOfByte(byte, stretch)),
  }));
  const tapCols = tapsOf(cols, rect.x, rect.width, picture.width);
  const tapRows = tapsOf(rows, rect.y, rect.height, picture.height);
  for (let row = rows.first; row < rows.end; row++) {
    for (let col = cols.first; col < cols.end; col++) {
      const at = row * canvas.width + col;
      if (isTiny && brushes.some(({ to }) => to.valid[at] !== 0)) continue;
      paintPixel(picture, tapCols[col - cols.first]!, tapRows[row - rows.first]!, brushes, at);
    }
  }
}

interface Brush {
  readonly from: number;
  readonly to: CanvasChannel;
  /** The value each byte stands for. */
  readonly values: Float64Array;
}

function channelOf(canvas: Canvas, index: number): CanvasChannel {
  const length = canvas.width * canvas.height;
  return (canvas.channels[index] ??= { samples: new Float64Array(length), valid: new Uint8Array(length) });
}

/** For each canvas pixel of a range, in one direction, the 0-based picture pixels that are averaged for it. */
function tapsOf(range: CentreRange, start: number, length: number, pictureLength: number): Uint32Array[] {
  const pixelsPerCanvasPixel = pictureLength / length;
  const count = Math.max(1, Math.min(MAX_TAPS, Math.round(pixelsPerCanvasPixel)));
  return Array.from({ length: range.end - range.first }, (_, i) =>
    Uint32Array.from({ length: count }, (_, tap) => {
      const position = Math.floor((range.first + i + (tap + 0.5) / count - start) * pixelsPerCanvasPixel);
      return Math.max(0, Math.min(pictureLength - 1, position));
    }),
  );
}

function paintPixel(
  { width, channels: step, data }: Picture,
  cols: Uint32Array,
  rows: Uint32Array,
  brushes: readonly Brush[],
  at: number,
): void {
  const alpha = step === 2 || step === 4 ? step - 1 : null;
  for (const { from, to, values } of brushes) {
    let sum = 0;
    let count = 0;
    for (const row of rows) {
      for (const col of cols) {
        const pixel = (row * width + col) * step;
        if (alpha !== null && data[pixel + alpha] === 0) continue;
        sum += values[data[pixel + from]!]!;
        count++;
      }
    }
    if (count === 0) continue;
    to.samples[at] = sum / count;
    to.valid[at] = 1;
  }
}

/** Pixels [first, end) in one direction. */
interface CentreRange {
  readonly first: number;
  readonly end: number;
  /** No centre lies within; the one pixel is where the middle is. */
  readonly isBetween: boolean;
}

/** The canvas pixels [first, end) whose centres lie in [start, start + length), or the one that holds its middle. */
function centresWithin(start: number, length: number, canvasLength: number): CentreRange {
  const first = Math.max(0, Math.ceil(start - 0.5));
  const end = Math.min(canvasLength, Math.ceil(start + length - 0.5));
  if (first < end) return { first, end, isBetween: false };
  const middle = Math.floor(start + length / 2);
  const isInside = middle >= 0 && middle < canvasLength;
  return { first: middle, end: isInside ? middle + 1 : middle, isBetween: true };
}
