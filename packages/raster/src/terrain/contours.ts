import type { Surface } from './surface.ts';

/** How contour lines are drawn. Heights are in the raster's own unit. */
export interface ContourOptions {
  /** Height between two lines, positive. */
  readonly increment: number;
  /** Lowest and highest line drawn. */
  readonly minimum: number;
  readonly maximum: number;
}

/** Brown, as on printed maps. */
const LINE_COLOR = [0x7a, 0x4b, 0x1e] as const;

/** Opacity of ordinary lines and of every fifth one. */
const LINE_ALPHA = 160;
const INDEX_LINE_ALPHA = 255;
const INDEX_EVERY = 5;

/**
 * Contour lines on nothing, RGBA, 4 * (width - 2) * (height - 2) of the surface's pixels: a pixel is on a line where the
 * pixel to its right or below it lies on the line's other side.
 */
export function contours(surface: Surface, { increment, minimum, maximum }: ContourOptions): Uint8Array {
  const { width, height, samples, valid } = surface;
  const outWidth = width - 2;
  const data = new Uint8Array(4 * outWidth * (height - 2));
  for (let row = 1; row < height - 1; row++) {
    for (let col = 1; col < width - 1; col++) {
      const at = row * width + col;
      if (valid[at] === 0) continue;
      const step = Math.floor(samples[at]! / increment);
      let line = NaN;
      for (const other of [at + 1, at + width]) {
        if (valid[other] === 0) continue;
        const otherStep = Math.floor(samples[other]! / increment);
        if (otherStep !== step) line = preferred(line, step, otherStep);
      }
      const level = line * increment;
      if (!(level >= minimum && level <= maximum)) continue;
      const to = 4 * ((row - 1) * outWidth + col - 1);
      data.set(LINE_COLOR, to);
      data[to + 3] = line % INDEX_EVERY === 0 ? INDEX_LINE_ALPHA : LINE_ALPHA;
    }
  }
  return data;
}

/** The line between two steps: the upper one's, unless an index line lies between them, or was found before. */
function preferred(found: number, step: number, otherStep: number): number {
  if (found % INDEX_EVERY === 0) return found;
  const top = Math.max(step, otherStep);
  const index = Math.floor(top / INDEX_EVERY) * INDEX_EVERY;
  return index > Math.min(step, otherStep) ? index : top;
}
