import type { BlockCache } from '@inlay/geotiff';
import { geotiffPixelSource, type PixelSource } from '@inlay/tiler';
import { mosaicPixelSource } from './mosaic-source.ts';
import type { HeldRaster, OpenableRaster, OpenedRasters } from './opened-rasters.ts';
import { inOwnPlace } from './placed-raster.ts';
import type { RasterSource } from './raster-source.ts';

/** What reading in a thread takes. */
export interface ReadingDeps {
  readonly opened: OpenedRasters;
  readonly cache: BlockCache;
}

/**
 * Does something with the pixels of a raster, be it single or virtual. What cannot be read of it is transparent, and
 * told: one bad block costs its own place in a tile, not the tile, and so does one bad source of ten thousand.
 */
export async function withPixels<T>(
  deps: ReadingDeps,
  source: RasterSource,
  signal: AbortSignal,
  work: (pixels: PixelSource) => Promise<T>,
): Promise<T> {
  const { place } = source;
  const placed = inOwnPlace(source);
  if (place.kind === 'mosaic') return await work(mosaicPixelSource(deps, placed, place));
  return await withRaster(deps.opened, { ...source, place }, signal, async ({ levels }) => {
    const profile = { ...placed, georeference: 'affine' as const };
    const pixels = geotiffPixelSource(profile, levels, { cache: deps.cache, damage: 'transparent' });
    if (pixels === null) throw new Error(`${source.name} has a place and is not placed`);
    return await work(pixels);
  });
}

/** Does something with a single raster; what it comes to is thrown away where the file was written over meanwhile. */
export async function withRaster<T>(
  opened: OpenedRasters,
  raster: OpenableRaster,
  signal: AbortSignal,
  work: (held: HeldRaster) => Promise<T>,
): Promise<T> {
  const held = await opened.hold(raster, signal);
  try {
    const result = await work(held);
    held.requireSameFile();
    return result;
  } finally {
    held.release();
  }
}
