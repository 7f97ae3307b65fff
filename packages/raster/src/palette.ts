import type { ColorEntry } from '@inlay/geo';
import type { NumericSamples } from './numeric-samples.ts';
import type { Picture } from './raster-array.ts';

/**
 * A palette image in colour, RGBA. Indices without an entry and invalid pixels are transparent.
 *
 * @param indices length = width * height.
 * @param valid length = width * height, non-zero = valid.
 */
export function applyPalette(
  indices: NumericSamples,
  valid: Uint8Array,
  palette: readonly ColorEntry[],
  size: { readonly width: number; readonly height: number },
): Picture {
  const data = new Uint8Array(4 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    const color = valid[i] === 0 ? undefined : palette[indices[i]!];
    if (color !== undefined) data.set(color, 4 * i);
  }
  return { layout: 'pixel-interleaved', width: size.width, height: size.height, channels: 4, data };
}
