import type { RasterArray } from '@inlay/raster';
import { nonZero } from './read-window.ts';

/** The same pixels, masked also where the alpha band is 0; `alphaOffset` is 0-based. */
export function maskByAlpha(pixels: RasterArray, alphaOffset: number): RasterArray {
  const alpha = nonZero(pixels.bands[alphaOffset]!);
  const { mask } = pixels;
  return { ...pixels, mask: mask === null ? alpha : alpha.map((opaque, i) => (mask[i] === 0 ? 0 : opaque)) };
}
