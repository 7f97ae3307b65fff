import { isCodedError } from '@inlay/geo';
import type { GeoTiffRaster } from '@inlay/geotiff';
import { renderQuicklook } from '@inlay/tiler';
import type { QuicklookFacts, StoredStatistics } from '../db/tables.ts';
import type { Storage } from '../storage/storage.ts';
import { summarizeRaster } from './band-summaries.ts';

/** Longer side of stored thumbnails in pixels; smaller ones are made of them. */
export const QUICKLOOK_SIZE = 512;

export function quicklookKey(jobId: string, attempt: number | string): string {
  return `quicklooks/${jobId}/${attempt}.png`;
}

export interface DrawnQuicklook {
  /** Null where none could be drawn; then `warning` says why. */
  readonly facts: QuicklookFacts | null;
  readonly statistics: readonly (StoredStatistics | null)[] | null;
  readonly warning: string | null;
}

/** Draws and stores a raster's thumbnail, and summarises its bands; a raster that cannot be read is a warning. */
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
    return {
      facts: { width, height, stretch: [...stretch] },
      statistics: await summarizeRaster(raster, signal),
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
