import type { Picture } from '@inlay/raster';
import type { PictureShape } from './pixel-task.ts';

/** The picture, transparent where a pixel's centre lies outside of a shape. */
export function cutOut(picture: Picture, shape: PictureShape): Picture {
  const { width, height, channels, data } = picture;
  const hasAlpha = channels === 2 || channels === 4;
  const colors = hasAlpha ? channels - 1 : channels;
  const step = colors + 1;
  const cut = new Uint8Array(width * height * step);
  for (let row = 0; row < height; row += 1) {
    const crossings = crossingsOf(shape, row + 0.5);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const first = Math.max(0, Math.ceil(crossings[pair]! - 0.5));
      const end = Math.min(width, Math.ceil(crossings[pair + 1]! - 0.5));
      for (let col = first; col < end; col += 1) {
        const from = (row * width + col) * channels;
        const to = (row * width + col) * step;
        for (let channel = 0; channel < colors; channel += 1) cut[to + channel] = data[from + channel]!;
        cut[to + colors] = hasAlpha ? data[from + colors]! : 255;
      }
    }
  }
  return { layout: 'pixel-interleaved', width, height, channels: step as 2 | 4, data: cut };
}

/** Where a horizontal line crosses the edges of a shape, ascending. An edge holds its upper end and not its lower one. */
function crossingsOf(shape: PictureShape, y: number): number[] {
  const crossings: number[] = [];
  for (const ring of shape) {
    for (let i = 0, last = ring.length - 2; i < ring.length; last = i, i += 2) {
      const [x1, y1, x2, y2] = [ring[last]!, ring[last + 1]!, ring[i]!, ring[i + 1]!];
      if (y1 <= y !== y2 <= y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
    }
  }
  return crossings.sort((a, b) => a - b);
}
