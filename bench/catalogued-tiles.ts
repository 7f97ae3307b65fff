import type { RasterProfile } from '@inlay/geo';
import type { VrtSourceInput } from '@inlay/vrt';
import { tileOrigin } from './tiles.ts';

/** Sources as a catalogue holds them: each its own place, all of them the first one's CRS and layout **objects**. */
export function cataloguedTiles(count: number, first: RasterProfile): VrtSourceInput[] {
  const [a = NaN, b = NaN, , d = NaN, e = NaN] = first.affine ?? [];
  return Array.from({ length: count }, (_, index): VrtSourceInput => {
    const [x, y] = tileOrigin(index, count);
    return { label: `${index}`, profile: { ...first, affine: [a, b, x, d, e, y] } };
  });
}
