import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeGeoTiff } from '@inlay/testing';

export const TINY_TILES = 1040;
export const TINY_TILE_BANDS = 5;

/**
 * Writes a folder of tiles whose mosaic is large enough for chunks, and cheap: 5 bands each, so that 1,040 of them are
 * 5,200 source elements; 8 x 6 pixels each, two by two on top of each other, in 26 columns and 20 rows that are 80
 * pixels apart. Wider apart than chunks reach out for their neighbours, or there would be nothing to cut.
 */
export async function writeTinyTiles(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let tile = 0; tile < TINY_TILES; tile += 1) {
    const place = tile >> 1;
    const shift = tile % 2;
    const col = 80 * (place % 26) + 3 * shift;
    const row = 80 * Math.floor(place / 26) + 2 * shift;
    const bytes = makeGeoTiff({
      width: 8,
      height: 6,
      origin: [500_000 + 10 * col, 5_300_000 - 10 * row],
      resolution: 10,
      epsg: 32633,
      bands: TINY_TILE_BANDS,
      nodata: 0,
      value: (x, y, band) => (x === y ? 0 : 1 + ((tile * 7 + x * 3 + y * 11 + band * 31) % 250)),
    });
    await writeFile(join(folder, `tile-${String(tile).padStart(4, '0')}.tif`), bytes);
  }
}
