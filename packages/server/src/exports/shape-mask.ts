import type { Window } from '@inlay/geo';
import type { PictureShape } from '../pixels/pixel-task.ts';

/**
 * Which pixels of a window have their centre inside of a shape: length = width * height, 1 = inside, 0 = not; null where
 * all are. An edge holds its upper end and not its lower one, so that shapes side by side share no pixel.
 */
export function shapeMask(shape: PictureShape, { colOff, rowOff, width, height }: Window): Uint8Array | null {
  const crossings = crossingsOf(shape, rowOff, height);
  const flags = new Uint8Array(width * height);
  let count = 0;
  for (const [row, across] of crossings.entries()) {
    across.sort((a, b) => a - b);
    for (let pair = 0; pair + 1 < across.length; pair += 2) {
      const first = Math.max(0, Math.ceil(across[pair]! - 0.5) - colOff);
      const end = Math.min(width, Math.ceil(across[pair + 1]! - 0.5) - colOff);
      if (end <= first) continue;
      flags.fill(1, row * width + first, row * width + end);
      count += end - first;
    }
  }
  return count === flags.length ? null : flags;
}

/** Where the middle of each row crosses the edges of a shape; edges above and below are passed over at once. */
function crossingsOf(shape: PictureShape, rowOff: number, height: number): number[][] {
  const crossings = Array.from({ length: height }, (): number[] => []);
  for (const ring of shape) {
    for (let i = 0, last = ring.length - 2; i < ring.length; last = i, i += 2) {
      const [x1, y1, x2, y2] = [ring[last]!, ring[last + 1]!, ring[i]!, ring[i + 1]!];
      const [upper, lower] = y1 < y2 ? [y1, y2] : [y2, y1];
      // Rows whose middle y has upper <= y < lower.
      const first = Math.max(0, Math.ceil(upper - 0.5) - rowOff);
      const end = Math.min(height, Math.ceil(lower - 0.5) - rowOff);
      for (let row = first; row < end; row += 1) {
        const y = rowOff + row + 0.5;
        crossings[row]!.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
      }
    }
  }
  return crossings;
}
