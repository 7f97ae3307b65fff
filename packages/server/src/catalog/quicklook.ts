import { type BandStatistics, isCodedError } from '@inlay/geo';
import type { GeoTiffRaster } from '@inlay/geotiff';
import { renderQuicklook } from '@inlay/tiler';
import type { QuicklookFacts } from '../db/tables.ts';
import type { Storage } from '../storage/storage.ts';

/** Longer side of stored thumbnails in pixels; smaller ones are made of them. */
export const QUICKLOOK_SIZE = 512;

export function quicklookKey(jobId: string, attempt: number | string): string {
  return `quicklooks/${jobId}/${attempt}.png`;
}

export interface DrawnQuicklook {
  /** Null where none could be drawn; then `warning` says why. */
  readonly facts: QuicklookFacts | null;
  readonly statistics: readonly (BandStatistics | null)[] | null;
  readonly warning: string | null;
}

/** Draws and stores a raster's thumbnail, with statistics from the same read; one that cannot be drawn is a warning. */
export async function drawQuicklook(
  storage: Storage,
  raster: GeoTiffRaster,
  key: string,
  signal: AbortSignal,
): Promise<DrawnQuicklook> {
  try {
    const drawn = await renderQuicklook(raster, { size: QUICKLOOK_SIZE, signal });
    await storage.put(key, bytesOf(drawn.png), { signal });
    const { width, height, stretch } = drawn;
    const known = raster.profile.statistics;
    return {
      facts: { width, height, stretch: [...stretch] },
      // What the file itself says was computed from every pixel, or is at least what its maker meant.
      statistics: drawn.statistics.map((statistics, bandOffset) => known[bandOffset] ?? statistics),
      warning: null,
    };
  } catch (error) {
    if (!isCodedError(error) || !/^(geotiff|tiler)\//.test(error.code)) throw error;
    return { facts: null, statistics: null, warning: `No thumbnail: ${error.message}` };
  }
}

async function* bytesOf(buffer: Uint8Array): AsyncGenerator<Uint8Array> {
  yield buffer;
}
